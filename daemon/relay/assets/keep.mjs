// What this browser keeps: its passkey's name, its kiosk, which captures it signed for, what it told its owner. One
// record in IndexedDB, since only there a key can lie that no script reads.

const [NAME, STORE, RECORD, LONGEST] = ["wetsign", "kept", "phone", 100];

function opened() {
  return new Promise((done, failed) => {
    const open = indexedDB.open(NAME, 1);
    open.onupgradeneeded = () => open.result.createObjectStore(STORE);
    open.onsuccess = () => done(open.result);
    open.onerror = () => failed(open.error);
  });
}

async function within(mode, work) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction(STORE, mode, { durability: "strict" });
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** What is kept; at first nothing is. */
export async function read() {
  const found = await within("readonly", (store) => store.get(RECORD));
  return found ?? { passkey: null, kiosk: null, counters: new Map(), told: [] };
}

/** Keeps it; durable when this resolves. */
export const write = (kept) => within("readwrite", (store) => store.put(kept, RECORD));

/** One more line of what happened, the newest first. */
export const note = (kept, line) => write({ ...kept, told: [line, ...kept.told].slice(0, LONGEST) });
