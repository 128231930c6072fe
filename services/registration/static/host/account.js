// What this device knows of one workshop: the link, the three parts, the outbox. host.js shows it and writes through it.
// Each text is kept on this device first and sent when it can be; the rules of the outbox stand in docs/outbox.md.

import { hold, persist } from "../shared/outbox/device.js";
import { Outbox } from "../shared/outbox/outbox.js";
import { Station } from "../shared/outbox/station.js";
import { Store } from "../shared/outbox/store.js";
import { ask } from "../shared/outbox/transport.js";

const at = (path) => new URL(`../api/host/${path}`, document.baseURI).pathname;

export const PARTS = ["findings", "proposals", "next_steps"];

/** Both texts, one after the other; only one when it holds the other. */
export function joined(theirs, mine) {
  if (mine.includes(theirs)) return mine;
  return theirs.includes(mine) ? theirs : `${theirs.trimEnd()}\n\n${mine.trimStart()}`;
}

export class Account extends Station {
  constructor() {
    super();
    this.token = null;
    this.pack = null; // {workshop, people}, as the server last said
    this.busyWith = () => null; // the part that somebody is typing in
  }

  /** Open the link in the address, else the one this device opened last. */
  async open(token) {
    this.readonly = !(await hold("agora-host:writer", () => location.reload()));
    this.device = await Store.open("agora-host");
    persist();
    this.token = token || (await this.device.read("token"));
    if (!this.token) return;
    await this.device.keep("token", this.token);
    const name = `agora-host-${await digest(this.token)}`;
    this.store = await Store.open(name);
    this.pack = (await this.store.read("pack")) || null;
    const outbox = new Outbox({ name, store: this.store, deliver: (ops, _lane, patience) => this.deliver(ops, patience) });
    outbox.addEventListener("conflict", ({ detail }) => this.join(detail));
    await this.follow(outbox);
  }

  text(part) {
    return this.snapshot.cells.get(part)?.value || "";
  }

  /** How the parts stand. The one that is being typed in is left alone: its next text meets the server's. */
  async learn() {
    const { body } = await ask(at("pack"), { token: this.token, patience: 15000 });
    this.pack = { workshop: body.workshop, people: body.people };
    await this.store.keep("pack", this.pack);
    const quiet = body.parts.filter((one) => one.part !== this.busyWith());
    await this.store.learn(quiet.map(({ part, version, value }) => ({ key: part, version, value })));
  }

  async deliver(ops, patience) {
    const operations = ops.map((op) => ({
      id: op.id,
      part: op.cell,
      value: op.value,
      base_version: op.base,
      counter: op.counter,
      client_time: op.at,
    }));
    const { body } = await ask(at("operations"), { method: "POST", token: this.token, body: { operations }, patience });
    return Array.isArray(body.results) ? body.results : [];
  }

  /** Keep the words of one part. Resolves once they are on this device. */
  async write(part, text) {
    if (this.readonly || this.fenced) return;
    await this.outbox.put(part, text);
  }

  /** Somebody else wrote the same part: both texts stay. The write begins before the next request is made. */
  join({ op, result }) {
    this.dispatchEvent(new CustomEvent("joining", { detail: { part: op.cell, theirs: result.value, mine: op.value } }));
  }

  async dismiss(notice) {
    await this.store.forgetNotice(notice.id);
    await this.refresh();
  }
}

/** A name for this link's drawer on the device, which does not say the link. */
async function digest(token) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(bytes).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
