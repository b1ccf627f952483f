// The candidate's answers: what the server has acknowledged, and on top of it what this device still holds.
// Every change is an entry with the slot's next revision; the highest revision is the answer.

import { canonicalJson } from "./digest.js";

const SLOW_WRITE_MS = 1500;

/** Characters that no answer can be stored with: NUL and half surrogates. */
function storable(value) {
  if (typeof value === "string") {
    const text = value.replaceAll("\0", "");
    return text.toWellFormed ? text.toWellFormed() : [...text].map((sign) => (/^[\ud800-\udfff]$/.test(sign) ? "\ufffd" : sign)).join("");
  }
  if (Array.isArray(value)) return value.map(storable);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, storable(inner)]));
  return value;
}

const same = (a, b) => a.flagged === b.flagged && canonicalJson(a.value) === canonicalJson(b.value);

export function createAnswers(attempt, store, clock, onChange = () => {}) {
  const tab = Math.random().toString(36).slice(2, 10);
  const held = new Map(); // slot → {revision, value, flagged}: acknowledged
  const pending = new Map(); // slot → entries that are not, by revision
  const writes = new Set(); // when the writes under way into the store began

  const waiting = (slot) => pending.get(slot) ?? [];
  const newest = (slot) => Math.max(held.get(slot)?.revision ?? 0, waiting(slot).at(-1)?.revision ?? 0);
  const keyOf = (slot, revision) => [attempt, slot, revision].map((n) => String(n).padStart(12, "0")).join("/") + `/${tab}`;

  /** The answer as the candidate sees it: `{value, flagged, revision}`. */
  function current(slot) {
    return waiting(slot).at(-1) ?? held.get(slot) ?? { value: null, flagged: false, revision: 0 };
  }

  /** All entries not acknowledged, oldest revision of each slot first. */
  function unsent() {
    return [...pending.values()].flat();
  }

  async function persist(entry) {
    const write = { began: performance.now() };
    writes.add(write);
    try {
      const { key, slot, revision, value, flagged, at, spoilt } = entry;
      await store.put({ key, slot, revision, value, flagged, at, ...(spoilt ? { spoilt } : {}) });
    } catch (error) {
      console.warn("not stored on this device:", error);
    } finally {
      writes.delete(write);
      onChange();
    }
  }

  function add(slot, value, flagged, at, more = {}) {
    const revision = newest(slot) + 1;
    const entry = { key: keyOf(slot, revision), slot, revision, value, flagged, at, ...more };
    pending.set(slot, [...waiting(slot), entry]);
    persist(entry);
    return entry;
  }

  /**
   * Note a change. Typing goes on in the same entry until it is sent; every other change is an entry of its own.
   * Returns whether anything changed.
   */
  function record(slot, value, flagged, { typing = false } = {}) {
    const clean = storable(value);
    const now = current(slot);
    if (same(now, { value: clean, flagged })) return false;
    const last = waiting(slot).at(-1);
    if (typing && last?.typing && !last.sent) {
      Object.assign(last, { value: clean, flagged, at: clock.stamp() });
      persist(last);
    } else {
      add(slot, clean, flagged, clock.stamp(), { typing });
    }
    onChange();
    return true;
  }

  /**
   * Take the server's word at loading, and what an earlier page left on this device. What the server has already is
   * acknowledged. What is newer than the server's answer is put on top of it; what is older keeps its place below.
   */
  async function load(serverEntries) {
    refresh(serverEntries);
    pending.clear();
    const gone = [];
    const left = await store.entries();
    for (const entry of left.sort((a, b) => a.slot - b.slot || a.revision - b.revision)) {
      const server = held.get(entry.slot);
      if (server && server.revision === entry.revision && same(server, entry)) {
        gone.push(entry.key);
      } else if (entry.revision > newest(entry.slot)) {
        pending.set(entry.slot, [...waiting(entry.slot), { ...entry, sent: false }]);
      } else if (!server || Date.parse(entry.at) > Date.parse(server.at ?? 0)) {
        gone.push(entry.key);
        add(entry.slot, entry.value, entry.flagged, entry.at);
      } else {
        pending.set(entry.slot, [{ ...entry, sent: false, older: true }, ...waiting(entry.slot)]);
      }
    }
    await keepHeld();
    if (gone.length) await store.remove(gone).catch(() => {});
    onChange();
  }

  /** What is known to be saved, for a reload without a connection. */
  function keepHeld() {
    return store.keep("held", [...held.values()]).catch(() => {});
  }

  /** Take the server's newest entries without touching what waits to be sent. */
  function refresh(serverEntries) {
    for (const entry of serverEntries) {
      if ((held.get(entry.slot)?.revision ?? 0) <= entry.revision) held.set(entry.slot, entry);
    }
  }

  /** The server holds these entries now: they leave the log. */
  async function acknowledge(entries) {
    for (const entry of entries) {
      const list = waiting(entry.slot).filter((other) => other.key !== entry.key);
      if (list.length) pending.set(entry.slot, list);
      else pending.delete(entry.slot);
      if ((held.get(entry.slot)?.revision ?? 0) < entry.revision) held.set(entry.slot, { ...entry });
    }
    await keepHeld();
    await store.remove(entries.map((entry) => entry.key)).catch((error) => console.warn("log not shortened:", error));
  }

  /** These entries are in safe hands otherwise (late material): they leave the log without being the answer. */
  async function release(entries) {
    for (const entry of entries) {
      const list = waiting(entry.slot).filter((other) => other.key !== entry.key);
      if (list.length) pending.set(entry.slot, list);
      else pending.delete(entry.slot);
    }
    await store.remove(entries.map((entry) => entry.key)).catch(() => {});
  }

  /** Another answer holds this revision; the server's newest is `last`. Newer answers go on top, older ones yield. */
  async function rebase(entry, last) {
    const rest = waiting(entry.slot).filter((other) => other.key !== entry.key);
    pending.set(entry.slot, rest);
    if ((held.get(entry.slot)?.revision ?? 0) < last) held.set(entry.slot, { ...(held.get(entry.slot) ?? entry), revision: last });
    if (!entry.older && !rest.some((other) => other.revision > entry.revision)) add(entry.slot, entry.value, entry.flagged, entry.at);
    if (!waiting(entry.slot).length) pending.delete(entry.slot);
    await store.remove([entry.key]).catch(() => {});
  }

  /** The server cannot take this entry as it is: it stays here, visibly, and is not sent again. */
  function spoil(entry, message) {
    entry.spoilt = message;
    persist(entry);
  }

  /** A command of a practical task was accepted: it is the slot's newest entry. */
  function accepted(slot, revision, command) {
    if (revision >= (held.get(slot)?.revision ?? 0)) held.set(slot, { slot, revision, value: command, flagged: false });
    keepHeld();
    onChange();
  }

  return {
    current,
    record,
    load,
    refresh,
    unsent,
    acknowledge,
    release,
    rebase,
    spoil,
    accepted,
    /** The newest acknowledged entry of each slot: what the digest is made over. */
    acknowledged: () => [...held].map(([slot, entry]) => ({ slot, revision: entry.revision, value: entry.value })),
    isWaiting: (slot) => pending.has(slot),
    /** Whether everything unsent is on this device for good. */
    get kept() {
      return store.durable && ![...writes].some((write) => performance.now() - write.began > SLOW_WRITE_MS);
    },
  };
}
