// The outbox: keeps each write, sends when it can, and tells what became of it. Rules: docs/outbox.md.
//
//   const outbox = new Outbox({ name: "agora-jury", store, deliver });
//   outbox.addEventListener("received", ({ detail }) => …);
//   await outbox.put("project/field", 4);      // resolves when kept
//   outbox.start();
//
// deliver(ops, lane, patience) → [{id, outcome, version, value, reason}], or throws Offline, Fenced or Refused
// (transport.js); patience: milliseconds to wait for the answer. lane(op): what travels together. subject(op): what keeps
// its order across lanes, a cell where nothing else is said.
// Events: kept {op} · received {op, result} · conflict, refused, late {op, result, notice} · fenced · offline {error}
//   · contact (the server answered) · sending {busy} · change (another tab wrote).

import { batch, credible, delay, patience } from "./rules.js";
import { Fenced, Refused } from "./transport.js";
import { uuid7 } from "./uuid7.js";

const DEBOUNCE = 1000; // milliseconds between the last write and the first attempt
const LIMIT = 200; // operations per request

export class Outbox extends EventTarget {
  constructor({ name, store, deliver, lane = () => "", subject, now = () => Date.now(), random = Math.random }) {
    super();
    Object.assign(this, { name, store, deliver, lane, subject, now, random });
    this.failures = 0;
    this.limit = LIMIT;
    this.fenced = false;
    this.running = false;
    this.timer = null;
    this.due = Infinity;
    this.busy = null;
    this.more = false; // whether somebody asked to send meanwhile
    this.channel = new BroadcastChannel(`${name}:outbox`);
    this.channel.onmessage = () => this.tell("change");
  }

  tell(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Keep a write. Resolves with the operation once it is on the disk; rejects when it could not be stored. `seen`: the
   *  version of the cell that it was written over, when the device may know a newer one already. */
  async put(cell, value, extra = null, seen = undefined) {
    const at = new Date(this.now()).toISOString();
    const op = await this.store.put({ id: uuid7(this.now()), cell, value, extra, at, seen });
    this.tell("kept", { op });
    this.channel.postMessage("kept");
    this.soon(Math.max(DEBOUNCE, this.failures ? this.due - performance.now() : 0));
    return op;
  }

  /** Put what the server lost into the outbox again (store.js); resolves with how many operations that were. */
  async sendAgain(fromServer, ours) {
    const stamp = () => ({ id: uuid7(this.now()), at: new Date(this.now()).toISOString() });
    const made = await this.store.sendAgain(fromServer, ours, stamp);
    if (made) {
      this.tell("change");
      this.soon(this.random() * 1000);
    }
    return made;
  }

  /** How many operations the server has not answered for. */
  async pending() {
    return (await this.store.snapshot()).operations.length;
  }

  /** Begin to send: now, and whenever there is a reason to try. */
  async start() {
    if (this.running) return;
    this.running = true;
    this.hurry = () => this.soon(this.random() * 500);
    this.seen = () => document.visibilityState === "visible" && this.hurry();
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.seen);
    await this.store.takeBack();
    this.soon(0);
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.seen);
  }

  /** The device has a right to write again (a new token). */
  unfence() {
    this.fenced = false;
    this.failures = 0;
    this.soon(0);
  }

  /** Try in `wait` milliseconds; a sooner attempt that is already due stays, except that a write pushes it back. */
  soon(wait) {
    if (!this.running || this.fenced) return;
    clearTimeout(this.timer);
    this.due = performance.now() + wait; // what a network corrects may go back by an hour
    this.timer = setTimeout(() => this.flush(), wait);
  }

  /** Send until nothing is left or something fails. Never two at a time on this device: whoever asks while one that may
   *  have seen all it will is still ending is answered by one more. */
  flush() {
    this.more = Boolean(this.busy);
    if (!this.busy) {
      this.busy = navigator.locks
        .request(`${this.name}:sender`, { ifAvailable: true }, (lock) => (lock ? this.drain() : this.yielded()))
        .finally(() => {
          this.busy = null;
          if (this.more) this.soon(0);
        });
    }
    return this.busy;
  }

  async yielded() {
    // Another tab is sending. It may die halfway, so look again later.
    this.soon(5000);
  }

  async drain() {
    this.tell("sending", { busy: true });
    const shut = new Map(); // lanes whose address the server does not have: it is older than this page
    try {
      while (this.running && !this.fenced && (await this.round(shut)));
    } catch (error) {
      this.failed(error);
    } finally {
      this.tell("sending", { busy: false });
    }
  }

  /** One request. False when there was nothing to send; throws when only `shut` lanes hold something, which it adds to. */
  async round(shut) {
    const { operations } = await this.store.snapshot();
    const open = operations.filter((op) => !shut.has(this.lane(op)));
    const chosen = batch(open, { limit: this.limit, lane: this.lane, subject: this.subject });
    if (!chosen.length) {
      for (const error of shut.values()) throw error;
      return false;
    }
    // Marked before the request leaves: from here on nobody can tell whether the server has them.
    const ops = await this.store.markSent(chosen.map((op) => op.id));
    if (!ops.length) return true;
    let results;
    try {
      results = await this.deliver(ops, this.lane(ops[0]), patience(this.failures));
    } catch (error) {
      if (error instanceof Refused && [404, 405].includes(error.status)) {
        shut.set(this.lane(ops[0]), error);
        return true;
      }
      if (!(error instanceof Refused) || ![400, 413, 422].includes(error.status)) throw error;
      if (ops.length > 1) this.limit = Math.ceil(ops.length / 2);
      else await this.store.setAside(ops[0].id);
      this.failures = 0;
      return true;
    }
    this.tell("contact");
    const asked = new Set(ops.map((op) => op.id));
    const answers = results.filter((result) => credible(result) && asked.has(result.id));
    if (!answers.length) throw new Error("an answer that names none of our operations");
    this.failures = 0;
    this.limit = LIMIT;
    const settled = await this.store.settle(answers, new Date(this.now()).toISOString());
    for (const { op, result, notice } of settled) {
      this.tell("received", { op, result });
      if (notice) this.tell(notice.outcome, { op, result, notice });
    }
    this.channel.postMessage("received");
    return true;
  }

  failed(error) {
    if (error instanceof Fenced) {
      this.fenced = true;
      this.tell("fenced");
      return;
    }
    this.failures += 1;
    this.more = false; // it is tried again anyway, and not at once
    this.tell("offline", { error });
    this.soon(Math.max(delay(this.failures, this.random), error.wait || 0));
  }
}
