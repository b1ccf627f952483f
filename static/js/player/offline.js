// What a reload without a connection needs: the page and its scripts by the service worker, and a snapshot of the
// attempt (paper, order, deadline) beside the log of answers. All of it is dropped when the attempt ends.

const CACHE = "liangcai-player-1"; // as in worker.js

/** Keep page and scripts for a time without a connection. Never throws: it is a help, not a need. */
export async function keepPage(config) {
  try {
    if (!("serviceWorker" in navigator) || !("caches" in window)) return;
    await navigator.serviceWorker.register(config.worker, { scope: config.home });
    await navigator.serviceWorker.ready;
    const cache = await caches.open(CACHE);
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name));
    const assets = loaded.filter((url) => url.origin === location.origin && url.pathname.startsWith("/static/")).map((url) => url.href);
    await Promise.all([location.origin + location.pathname, ...new Set(assets)].map((url) => add(cache, url)));
  } catch (error) {
    console.warn("page not kept:", error);
  }
}

async function add(cache, url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) await cache.put(url, answer);
}

/** The attempt is over: the page is not kept on this machine any longer. */
export async function dropPage() {
  try {
    const cache = await caches.open(CACHE);
    await cache.delete(location.origin + location.pathname);
  } catch {
    // there was none
  }
}

/** Remember the attempt as it stands, and how far this device's clock is from the server's. */
export function keepSnapshot(store, { state, paper, now }) {
  const { entries: _entries, ...rest } = state;
  return store.keep("snapshot", { state: rest, paper, ahead: now === null ? 0 : now - Date.now(), kept_at: Date.now() }).catch(() => {});
}

/** The attempt as remembered, with the answers known to be saved; null where there is none. */
export async function readSnapshot(store) {
  try {
    const [snapshot, held, deadline] = await Promise.all([store.kept("snapshot"), store.kept("held"), store.kept("deadline")]);
    if (!snapshot) return null;
    return { ...snapshot, state: { ...snapshot.state, entries: held ?? [], deadline: deadline ?? snapshot.state.deadline } };
  } catch {
    return null;
  }
}
