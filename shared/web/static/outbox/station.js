// What a page that writes through an outbox knows of this device and of the network; it tells "change" whenever that
// changes. Who extends it opens a store and an outbox, and says how it asks the server (learn).

import { Fenced } from "./transport.js";

const POLL = 20000; // milliseconds between two looks at the server, times 0.75–1.25

export class Station extends EventTarget {
  constructor() {
    super();
    this.snapshot = { cells: new Map(), operations: [], notices: [] };
    // readonly: another window writes; fenced: the server takes nothing of this device any more.
    Object.assign(this, { readonly: false, fenced: false, offline: false });
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

  async refresh() {
    this.snapshot = await this.store.snapshot();
    this.changed();
  }

  /** Ask the server how things stand; without a network the last answer goes on. */
  async look() {
    clearTimeout(this.timer);
    try {
      await this.learn();
      this.offline = false;
      await this.refresh();
    } catch (error) {
      if (error instanceof Fenced) this.fence();
      else this.reached(false);
    }
    if (!this.fenced) this.timer = setTimeout(() => this.look(), POLL * (0.75 + Math.random() / 2));
  }
}
