// One live tab for each token. A reload keeps its token; a tab copied by the browser brings the token along and must
// not write beside the original, so it takes a new lease. Tabs of one browser tell each other at once.

const WAIT_MS = 1200;

/** `onTaken()` is called when another tab of this browser has taken the attempt over. */
export function claimTab(attempt, onTaken) {
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`liangcai-attempt-${attempt}`) : null;
  let release = () => {};
  channel?.addEventListener("message", (event) => event.data === "taken" && onTaken());

  /** Resolves to whether this tab is the only live one with the token. */
  async function claim(token) {
    if (!navigator.locks) return true;
    release();
    const name = `liangcai-${attempt}-${token.slice(-24)}`;
    return new Promise((resolve) => {
      navigator.locks
        .request(name, { signal: AbortSignal.timeout(WAIT_MS) }, () => {
          resolve(true);
          return new Promise((free) => {
            release = free;
          });
        })
        .catch(() => resolve(false));
    });
  }

  return { claim, announce: () => channel?.postMessage("taken") };
}
