// What a page that writes through an outbox knows of this device and of the network; it tells "change" whenever that
// changes. Who extends it opens a store and an outbox, and says how it asks the server: learn() keeps what it says, and may
// resolve with what else that changes on the page, in the same step as the snapshot.

import { Fenced } from "./transport.js";

const POLL = 20000; // milliseconds between two looks at the server, times 0.75–1.25
const SOON = 3000; // milliseconds between two looks at least, however often the network or the person comes back

export class Station extends EventTarget {
  constructor() {
    super();
    this.snapshot = { cells: new Map(), operations: [], notices: [] };
    // readonly: another window writes; fenced: the server takes nothing of this device any more.
    Object.assign(this, { readonly: false, fenced: false, offline: false });
    Object.assign(this, { due: Infinity, looked: -Infinity, looking: false }); // when the next look comes and the last began; whether it lasts
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  get pending() {
    return this.snapshot.operations.length;
  }

  /** Follow the outbox, send what it keeps unless another window does, and look at the server from here on. */
  async follow(outbox) {
    this.outbox = outbox;
    for (const type of ["kept", "received", "change"]) outbox.addEventListener(type, () => this.refresh());
    outbox.addEventListener("contact", () => this.reached(true));
    outbox.addEventListener("offline", () => this.reached(false));
    outbox.addEventListener("fenced", () => this.fence());
    await this.refresh();
    if (!this.readonly) await outbox.start();
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
    this.look();
  }

  reached(yes) {
    this.offline = !yes;
    this.changed();
  }

  fence() {
    this.fenced = true;
    this.offline = false; // the server answered
    this.changed();
  }

  /** Read what the device holds. Whoever waits for the reading that a write asked for, once it is kept, finds it in `reading`. */
  refresh(also) {
    return (this.reading = this.read(also));
  }

  async read(also) {
    this.snapshot = await this.store.snapshot();
    also?.();
    this.changed();
  }

  /** Look in so many milliseconds, unless a look is due sooner. */
  soon(wait) {
    if (this.due <= performance.now() + wait) return;
    clearTimeout(this.timer);
    this.due = performance.now() + wait;
    this.timer = setTimeout(() => this.look(), wait);
  }

  /** There is a reason to look before the poll. Not all devices of a room at once; a look that lasts is followed by one more. */
  hurry() {
    this.again = this.looking;
    if (!this.looking && !this.fenced) this.soon(Math.max(Math.random() * 500, this.looked + SOON - performance.now()));
  }

  /** Ask the server how things stand; without a network the last answer goes on. */
  async look() {
    clearTimeout(this.timer);
    Object.assign(this, { due: Infinity, looked: performance.now(), looking: true });
    try {
      const also = await this.learn();
      this.offline = false;
      await this.refresh(also);
    } catch (error) {
      if (error instanceof Fenced) this.fence();
      else this.reached(false);
    }
    this.looking = false;
    if (this.fenced) return;
    this.soon(POLL * (0.75 + Math.random() / 2));
    if (this.again) this.hurry();
  }
}
