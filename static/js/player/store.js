// What this device keeps: an append log of answers in IndexedDB. An entry leaves it only when the server has
// acknowledged it. Where IndexedDB does not work the log lives in memory, and `durable` says so: the page must too.

const NAME = "liangcai-player";
const VERSION = 1;
const LOG = "log"; // {key, attempt, slot, revision, value, flagged, at, spoilt?}
const KEPT = "kept"; // small things of an attempt: marks, notes, the last known answers, the paper
const KEPT_MS = 2 * 24 * 3600 * 1000;

export async function openStore(attempt) {
  try {
    const database = await open();
    const store = durableStore(database, attempt);
    store.tidy().catch(() => {});
    return store;
  } catch (error) {
    console.warn("no lasting store:", error);
    return memoryStore();
  }
}

function open() {
  return new Promise((resolve, reject) => {
    if (!("indexedDB" in window)) return void reject(new Error("no IndexedDB"));
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const log = request.result.createObjectStore(LOG, { keyPath: "key" });
      log.createIndex("attempt", "attempt");
      request.result.createObjectStore(KEPT);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
    setTimeout(() => reject(new Error("no answer from IndexedDB")), 5000);
  });
}

function durableStore(database, attempt) {
  let broken = false;
  database.onversionchange = () => database.close();

  function run(mode, stores, work) {
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      let result;
      transaction.oncomplete = () => resolve(result?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
      result = work(transaction);
    });
  }
  async function write(stores, work) {
    try {
      const result = await run("readwrite", stores, work);
      broken = false;
      return result;
    } catch (error) {
      broken = true;
      throw error;
    }
  }

  return {
    /** Whether what is put here outlives the page. */
    get durable() {
      return !broken;
    },
    /** Resolves when the entry is on this device. */
    put: (entry) => write([LOG], (transaction) => void transaction.objectStore(LOG).put({ ...entry, attempt })),
    remove: (keys) =>
      write([LOG], (transaction) => {
        for (const key of keys) transaction.objectStore(LOG).delete(key);
      }),
    /** All entries of the attempt, oldest first. */
    async entries() {
      const all = await run("readonly", [LOG], (transaction) => transaction.objectStore(LOG).index("attempt").getAll(attempt));
      return all.sort((a, b) => (a.key < b.key ? -1 : 1));
    },
    keep: (name, value) => write([KEPT], (transaction) => void transaction.objectStore(KEPT).put(value, `${attempt}/${name}`)),
    kept: (name) => run("readonly", [KEPT], (transaction) => transaction.objectStore(KEPT).get(`${attempt}/${name}`)),
    /** Papers of attempts that ended elsewhere do not stay on a shared machine. */
    tidy: () =>
      write([KEPT], (transaction) => {
        const request = transaction.objectStore(KEPT).openCursor();
        request.onsuccess = () => {
          const cursor = request.result;
          if (!cursor) return;
          if (String(cursor.key).endsWith("/snapshot") && Date.now() - (cursor.value.kept_at ?? 0) > KEPT_MS) cursor.delete();
          cursor.continue();
        };
      }),
    /** Forget marks and notes of a finished attempt. The log is never cleared: its entries leave one by one. */
    forget: () =>
      write([KEPT], (transaction) => void transaction.objectStore(KEPT).delete(IDBKeyRange.bound(`${attempt}/`, `${attempt}/\uffff`))),
  };
}

function memoryStore() {
  const log = new Map();
  const kept = new Map();
  return {
    durable: false,
    async put(entry) {
      log.set(entry.key, entry);
    },
    async remove(keys) {
      for (const key of keys) log.delete(key);
    },
    entries: async () => [...log.values()],
    async keep(name, value) {
      kept.set(name, value);
    },
    kept: async (name) => kept.get(name),
    async forget() {
      kept.clear();
    },
  };
}
