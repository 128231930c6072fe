// What a device must be able to do before anyone relies on it, and the last resort when it may not send any more.

/** Why this browser cannot keep anything, as a short code; null when it can.
 *  "insecure": no HTTPS. "old": something is missing. "full" or "private": a test write failed. */
export async function obstacle() {
  if (!window.isSecureContext) return "insecure";
  if (!window.indexedDB || !navigator.locks || !window.BroadcastChannel || !navigator.serviceWorker) return "old";
  try {
    await writeTest();
  } catch (error) {
    return error && error.name === "QuotaExceededError" ? "full" : "private";
  }
  return (await room()) < 2_000_000 ? "full" : null;
}

/** Bytes left for this address, as far as the browser says so within a second. */
async function room() {
  const asked = navigator.storage?.estimate?.().catch(() => null);
  const unknown = new Promise((resolve) => setTimeout(resolve, 1000, null));
  const { quota = Infinity, usage = 0 } = (await Promise.race([asked, unknown])) || {};
  return quota - usage;
}

/** Write 64 kB, read it back, delete the database. */
async function writeTest() {
  const name = "agora-write-test";
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  const done = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const opening = indexedDB.open(name, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore("test");
  const db = await done(opening);
  try {
    const tx = db.transaction("test", "readwrite", { durability: "strict" });
    tx.objectStore("test").put(bytes, 1);
    await new Promise((resolve, reject) => {
      tx.oncomplete = resolve;
      tx.onabort = () => reject(tx.error);
    });
    const back = await done(db.transaction("test").objectStore("test").get(1));
    if (!back || back.length !== bytes.length || back.some((byte, i) => byte !== bytes[i])) {
      throw new Error("what was written did not come back");
    }
  } finally {
    db.close();
    indexedDB.deleteDatabase(name);
  }
}

/** "fr" or "en": what ?lang= asks for, which this device remembers, else what it remembers, else French. */
export function language() {
  const asked = new URLSearchParams(location.search).get("lang");
  let remembered = null;
  try {
    if (asked) localStorage.setItem("agora_lang", asked);
    remembered = localStorage.getItem("agora_lang");
  } catch {
    // No storage at all: obstacle() says so in words.
  }
  return (asked || remembered) === "en" ? "en" : "fr";
}

/** Whether this page was opened from what the device keeps. */
export const stored = () => Boolean(navigator.serviceWorker.controller);

/** Keep this page on the device, trying again while the network does not let it. `then()` once it opens without one. */
export function store(then) {
  const again = () => stored() || setTimeout(attempt, 5000);
  async function attempt() {
    try {
      const found = await navigator.serviceWorker.register(new URL("sw.js", document.baseURI), { updateViaCache: "none" });
      found.installing?.addEventListener("statechange", ({ target }) => target.state === "redundant" && again());
    } catch {
      again();
    }
  }
  attempt();
  navigator.serviceWorker.ready.then(then);
}

/** Ask that the browser never clears our data by itself. Resolves with whether it promised. */
export async function persist() {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}

/** Hold `name` as long as this tab lives, or until `left` resolves. Resolves with true if we hold it, else calls `then()`
 *  once it is ours. */
export function hold(name, then, left = new Promise(() => {})) {
  return new Promise((resolve) => {
    navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      resolve(Boolean(lock));
      if (lock) return left;
      navigator.locks.request(name, () => {
        then();
        return left;
      });
      return undefined;
    });
  });
}

/** Save the whole outbox as a JSON file that a person can carry to the secretary. `about`: who and what, plain data. */
export function saveAsFile(filename, about, { operations, notices }) {
  const content = { format: "agora-outbox-1", saved_at: new Date().toISOString(), about, operations, notices };
  saveBlob(filename, new Blob([JSON.stringify(content, null, 2)], { type: "application/json" }));
}

/** Hand bytes to the browser's downloads. */
export function saveBlob(filename, blob) {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
