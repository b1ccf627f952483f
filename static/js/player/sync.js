// Sending the log: in batches, again and again until acknowledged, with one truth about it for the screen.

import { backoffMs, Refused, Unreachable } from "./api.js";

const TYPING_MS = 800;
const TYPING_MOST_MS = 5000;
const BATCH_ENTRIES = 100;
const BATCH_CHARS = 60_000;

/**
 * `on.status(status)`: `{state, pending, spoilt, savedAt, kept, busy}`, state one of saved saving offline closed.
 * `on.refused(error)`: the attempt takes no answers now; nothing is sent until `resume()`.
 * `on.reply(reply)`: each answer of the server to a save.
 */
export function createSync({ api, answers, clock, on }) {
  let timer = 0;
  let due = Infinity;
  let firstTyped = 0;
  let sending = null;
  let failures = 0;
  let most = BATCH_ENTRIES;
  let blocked = false;
  let closed = false;
  let online = true;
  let busyServer = false;
  let savedAt = null;

  const sendable = () => answers.unsent().filter((entry) => !entry.spoilt);

  function status() {
    const spoilt = answers.unsent().filter((entry) => entry.spoilt);
    const pending = sendable().length;
    const state = closed ? "closed" : !online ? "offline" : pending ? (blocked ? "held" : "saving") : "saved";
    return { state, pending, spoilt, savedAt, kept: answers.kept, busy: busyServer };
  }
  const report = () => on.status(status());

  function schedule(ms) {
    const at = performance.now() + ms;
    if (at >= due) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(pump, ms);
  }

  /** Something was recorded. Typing waits a moment for more; anything else goes out at once. */
  function changed({ typing = false } = {}) {
    report();
    if (!online) return schedule(backoffMs(failures)); // a retry is planned already; typing goes on in one entry
    if (!typing) return schedule(0);
    const now = performance.now();
    firstTyped ||= now;
    if (due === Infinity || now - firstTyped < TYPING_MOST_MS) {
      clearTimeout(timer);
      due = Infinity;
      schedule(Math.min(TYPING_MS, Math.max(0, firstTyped + TYPING_MOST_MS - now)));
    }
  }

  function batch() {
    const entries = [];
    let size = 0;
    for (const entry of sendable()) {
      size += JSON.stringify(entry.value).length + 120;
      if (entries.length && (entries.length >= most || size > BATCH_CHARS)) break;
      entries.push(entry);
    }
    return entries;
  }

  async function send(entries) {
    for (const entry of entries) entry.sent = true;
    const reply = await api.save(entries.map(({ slot, revision, value, flagged, at }) => ({ slot, revision, value, flagged, at })));
    const at = (slot, revision) => entries.find((entry) => entry.slot === slot && entry.revision === revision);
    const saved = reply.saved.map(([slot, revision]) => at(slot, revision)).filter(Boolean);
    await answers.acknowledge(saved);
    const last = new Map(reply.conflicts);
    for (const entry of entries) {
      if (!saved.includes(entry) && last.has(entry.slot)) await answers.rebase(entry, last.get(entry.slot));
    }
    savedAt = Date.parse(reply.server_time);
    on.reply(reply);
  }

  function pump() {
    clearTimeout(timer);
    timer = 0;
    due = Infinity;
    firstTyped = 0;
    if (sending || blocked || closed) return sending ?? Promise.resolve();
    sending = work().finally(() => {
      sending = null;
      report();
    });
    return sending;
  }

  async function work() {
    report();
    for (let entries = batch(); entries.length && !blocked && !closed; entries = batch()) {
      try {
        await send(entries);
        reached();
        most = Math.min(BATCH_ENTRIES, most * 2);
        report();
      } catch (error) {
        if (error instanceof Refused) {
          if (!refused(error, entries)) return;
        } else {
          missed(error);
          return;
        }
      }
    }
  }

  /** True if sending may go on. */
  function refused(error, entries) {
    reached();
    if (error.status === 413 || error.status === 400) {
      const index = error.data.index;
      if (entries.length === 1 || entries[index]) {
        answers.spoil(entries[index] ?? entries[0], error.message);
        report();
      } else {
        most = Math.max(1, Math.floor(entries.length / 2));
      }
      return true;
    }
    blocked = true;
    on.refused(error);
    return false;
  }

  /** The server was reached, by whatever request. */
  function reached() {
    failures = 0;
    busyServer = false;
    if (online) return;
    online = true;
    report();
    schedule(0);
  }

  /** A request got no answer: keep everything, try again later. */
  function missed(error) {
    failures += 1;
    online = false;
    busyServer = error instanceof Unreachable && /^HTTP/.test(error.message);
    report();
    schedule(error.retryAfterMs || backoffMs(failures));
  }

  /** Send everything now. Resolves to whether nothing is left unsent. */
  async function flush() {
    if (sending) await sending;
    await pump();
    return sendable().length === 0;
  }

  return {
    changed,
    flush,
    reached,
    missed,
    status,
    report,
    get online() {
      return online;
    },
    /** What is shown as the moment of the last confirmation. */
    confirmedAt(ms) {
      savedAt = Math.max(savedAt ?? 0, ms);
      report();
    },
    block() {
      blocked = true;
      report();
    },
    resume() {
      blocked = false;
      report();
      schedule(0);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      report();
    },
    now() {
      failures = 0;
      return pump();
    },
  };
}
