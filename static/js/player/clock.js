// The server's time, as well as it can be known here. Deadlines are judged by the server; this only shows them.
//
// It runs on the monotonic clock, so that setting the device's clock moves nothing. A device that slept is noticed
// by its two clocks drifting apart; `onJump` then asks for a new reading.

const JUMP_MS = 2000;
const STALE_MS = 60_000;

export function createClock(onJump = () => {}) {
  let best = null; // {server, mine, error, wall}
  let gap = Date.now() - performance.now();

  /** A reading: the server said `iso` somewhere between `began` and `ended` (performance.now()). */
  function sync(iso, began, ended) {
    const server = Date.parse(iso);
    if (!Number.isFinite(server)) return;
    const error = (ended - began) / 2;
    const mine = began + error;
    const off = best ? Math.abs(server - (best.server + (mine - best.mine))) : Infinity;
    if (!best || error <= best.error * 1.5 || off > error + best.error + 250 || ended - best.mine > STALE_MS) {
      best = { server, mine, error };
    }
  }

  /** Without any reading yet: what this device's clock and its last known lead suggest. The next reading replaces it. */
  function guess(ahead) {
    best ??= { server: Date.now() + ahead, mine: performance.now(), error: Infinity };
  }

  /** Milliseconds since 1970 by the server; null before the first reading. */
  function now() {
    return best ? best.server + (performance.now() - best.mine) : null;
  }

  /** Call regularly: tells when the device slept or its clock was set. */
  function watch() {
    const fresh = Date.now() - performance.now();
    if (Math.abs(fresh - gap) > JUMP_MS) {
      gap = fresh;
      onJump();
    }
  }

  /** Now as an ISO string for entries; the device's own time if the server's is not known. */
  function stamp() {
    return new Date(now() ?? Date.now()).toISOString();
  }

  return { sync, guess, now, watch, stamp };
}

/** "1:02:03" or "02:03" of a span in milliseconds, rounded up: 00:00 is shown when nothing is left. */
export function countdown(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const pad = (n) => String(n).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${pad(Math.floor((seconds % 3600) / 60))}:${pad(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** Clock time in the exam's time zone. */
export function clockTime(ms, timeZone, seconds = true) {
  return new Intl.DateTimeFormat("zh-CN", {
    hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}), hourCycle: "h23", timeZone,
  }).format(ms);
}

/** Date and time in the exam's time zone. */
export function dateTime(ms, timeZone) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("zh-CN", {
      year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone,
    }).formatToParts(ms).map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}
