// The tables on the device: operations, cells, notices and a drawer for the application's own records.
// Every write asks for strict durability: it completes when the bytes are on the disk. Next: outbox.js.

import { lost, merge, settle, shown, write } from "./rules.js";

const VERSION = 1;
const ALL = ["operations", "cells", "notices", "drawer"];

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

export class Store {
  /** Open (and make) the database `name`. Rejects where the browser keeps nothing. */
  static async open(name) {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("operations", { keyPath: "id" }).createIndex("cell", "cell");
      db.createObjectStore("cells", { keyPath: "key" });
      db.createObjectStore("notices", { keyPath: "id" });
      db.createObjectStore("drawer");
    };
    return new Store(await asked(request));
  }

  constructor(db) {
    this.db = db;
    db.onversionchange = () => db.close();
  }

  /** Run `work(tables)` in one transaction; resolves with its value once the transaction has completed. */
  async transaction(mode, work) {
    const tx = this.db.transaction(ALL, mode, { durability: "strict" });
    const done = new Promise((resolve, reject) => {
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error || new DOMException("aborted", "AbortError"));
    });
    done.catch(() => {});
    const tables = Object.fromEntries(ALL.map((name) => [name, tx.objectStore(name)]));
    let value;
    try {
      value = await work(tables);
    } catch (error) {
      try {
        tx.abort();
      } catch {
        // It had already aborted by itself: the first error is the one to tell.
      }
      throw error;
    }
    await done;
    return value;
  }

  /** Store a write of a cell; the waiting one for the same cell goes. Resolves with the operation. */
  put({ id, cell, value, extra, at, seen }) {
    return this.transaction("readwrite", async ({ operations, cells, drawer }) => {
      // Asked together: each answer that is waited for alone costs a tap several milliseconds on a slow tablet.
      const requests = [drawer.get("counter"), operations.index("cell").getAll(cell), cells.get(cell)];
      const [counted, ops, known] = await Promise.all(requests.map(asked));
      const counter = (counted || 0) + 1;
      const { op, replaces } = write({ id, cell, value, extra, counter, at, seen }, ops, known);
      if (replaces) operations.delete(replaces.id);
      operations.put(op);
      drawer.put(counter, "counter");
      return op;
    });
  }

  /** Mark operations as sent: from here on they are never edited. Resolves with those that still exist.
   *  Reads them at once and writes only what changes: a tap waits for this transaction, and after an hour without a
   *  network there are hundreds of them at each attempt. */
  markSent(ids) {
    return this.transaction("readwrite", async ({ operations }) => {
      const found = await Promise.all(ids.map((id) => asked(operations.get(id))));
      const there = found.filter(Boolean); // the others were replaced by a newer write in between
      for (const op of there) if (op.state !== "sent") operations.put({ ...op, state: "sent" });
      return there.map((op) => ({ ...op, state: "sent" }));
    });
  }

  setAside(id) {
    return this.transaction("readwrite", async ({ operations }) => {
      const op = await asked(operations.get(id));
      if (op) operations.put({ ...op, state: "aside" });
    });
  }

  /** Operations set aside before get another chance: the server may have been repaired. */
  takeBack() {
    return this.transaction("readwrite", async ({ operations }) => {
      for (const op of await asked(operations.getAll())) {
        if (op.state === "aside") operations.put({ ...op, state: "sent" });
      }
    });
  }

  /** Store the server's answers and delete exactly the operations they name. Resolves with what was settled. */
  settle(results, at) {
    return this.transaction("readwrite", async ({ operations, cells, notices }) => {
      const settled = [];
      for (const result of results) {
        const op = await asked(operations.get(result.id));
        if (!op) continue; // answered twice
        const ops = await asked(operations.index("cell").getAll(op.cell));
        const { after, rebased, notice } = settle(op, result, ops, await asked(cells.get(op.cell)), at);
        operations.delete(op.id);
        cells.put(after);
        if (rebased) operations.put(rebased);
        if (notice) notices.put(notice);
        settled.push({ op, result, notice });
      }
      return settled;
    });
  }

  /** Take over what the server holds, [{key, version, value}], except where writes are pending, and with it the
   *  application's own `records` of the same answer, by name. */
  learn(fromServer, records = {}) {
    return this.transaction("readwrite", async ({ operations, cells, drawer }) => {
      for (const [name, value] of Object.entries(records)) drawer.put(value, name);
      // Two questions instead of two per cell: a tap waits for this transaction.
      const [waiting, held] = await Promise.all([operations, cells].map((table) => asked(table.getAll())));
      const known = new Map(held.map((cell) => [cell.key, cell]));
      for (const cell of fromServer) {
        const ops = waiting.filter((op) => op.cell === cell.key);
        const merged = merge(cell, ops, known.get(cell.key));
        if (merged) cells.put(merged);
      }
    });
  }

  /** The server was restored from a backup: what it had confirmed and lost is written again, over what it holds now.
   *  `fromServer`: all that it holds. `ours(key)`: whether the cell is one that it would tell. `stamp()` → {id, at}.
   *  Resolves with how many operations that made. */
  sendAgain(fromServer, ours, stamp) {
    const held = new Map(fromServer.map((cell) => [cell.key, cell]));
    return this.transaction("readwrite", async ({ operations, cells, drawer }) => {
      let counter = (await asked(drawer.get("counter"))) || 0;
      let made = 0;
      for (const known of await asked(cells.getAll())) {
        const there = held.get(known.key) || { version: 0, value: null };
        if (!ours(known.key) || !lost(there, known)) continue;
        const ops = await asked(operations.index("cell").getAll(known.key));
        cells.put({ key: known.key, version: there.version, value: there.value, late: null });
        if (ops.length) continue; // a newer write of that cell is on its way already
        counter += 1;
        const { id, at } = stamp();
        const again = { id, at, cell: known.key, value: known.value, extra: null, counter };
        operations.put({ ...again, base: there.version, state: "waiting" });
        made += 1;
      }
      drawer.put(counter, "counter");
      return made;
    });
  }

  /** What arrived late was decided elsewhere, [{id, key, outcome}]: the cell waits no longer, and a notice says how it
   *  ended, once, whether or not the one that announced the decision was read. */
  decided(entries, at) {
    return this.transaction("readwrite", async ({ cells, notices }) => {
      for (const { id, key, outcome } of entries) {
        const cell = await asked(cells.get(key));
        if (!cell?.late) continue;
        cells.put({ ...cell, late: null });
        notices.put({ id, cell: key, outcome, reason: null, mine: cell.late.value, theirs: cell.value, at });
      }
    });
  }

  /** Drop cells that are only remembered here, unless a write is pending in them. */
  forget(keys) {
    return this.transaction("readwrite", async ({ operations, cells }) => {
      for (const key of keys) {
        if (!(await asked(operations.index("cell").count(key)))) cells.delete(key);
      }
    });
  }

  /** Everything a screen needs: Map of cell → {value, version, late, pending}, the operations and the notices. */
  snapshot() {
    return this.transaction("readonly", async (tables) => {
      const [operations, cells, notices] = await Promise.all(
        ["operations", "cells", "notices"].map((name) => asked(tables[name].getAll())),
      );
      const seen = new Map(cells.map((cell) => [cell.key, { ...cell, pending: 0 }]));
      const byCell = new Map();
      for (const op of operations) byCell.set(op.cell, [...(byCell.get(op.cell) || []), op]);
      for (const [key, ops] of byCell) {
        const known = seen.get(key);
        const version = known ? known.version : 0;
        seen.set(key, { key, version, late: null, value: shown(ops, known), pending: ops.length });
      }
      operations.sort((a, b) => a.counter - b.counter);
      return { cells: seen, operations, notices };
    });
  }

  forgetNotice(id) {
    return this.transaction("readwrite", async ({ notices }) => void notices.delete(id));
  }

  /** A record of the application's own, by name (undefined when there is none). */
  read(name) {
    return this.transaction("readonly", ({ drawer }) => asked(drawer.get(name)));
  }

  /** {name: record} of several. */
  readAll(names) {
    return this.transaction("readonly", async ({ drawer }) => {
      const found = await Promise.all(names.map((name) => asked(drawer.get(name))));
      return Object.fromEntries(names.map((name, n) => [name, found[n]]));
    });
  }

  keep(name, value) {
    return this.keepAll({ [name]: value });
  }

  keepAll(records) {
    return this.transaction("readwrite", async ({ drawer }) => {
      for (const [name, value] of Object.entries(records)) drawer.put(value, name);
    });
  }

  drop(name) {
    return this.transaction("readwrite", async ({ drawer }) => void drawer.delete(name));
  }

  /** Every record whose name begins so. */
  dropAll(beginning) {
    const range = IDBKeyRange.bound(beginning, `${beginning}\uffff`);
    return this.transaction("readwrite", async ({ drawer }) => void drawer.delete(range));
  }

  /** Empty everything but the counter, which must never go back. The caller has checked that nothing is pending. */
  clear() {
    return this.transaction("readwrite", async ({ operations, cells, notices, drawer }) => {
      const counter = (await asked(drawer.get("counter"))) || 0;
      for (const table of [operations, cells, notices, drawer]) table.clear();
      drawer.put(counter, "counter");
    });
  }
}
