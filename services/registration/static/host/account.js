// What this device knows of one workshop: the link, the three parts, who is there, the outbox. host.js and presence.js show
// it and write through it. Each text and each tap is kept on this device first and sent when it can be; the rules of the outbox stand in docs/outbox.md.

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

const HERE = "here/"; // before the id of a person: the cell of whether they are there

/** Whose presence this cell is; "" for a text. */
export const personOf = (cell) => (cell.startsWith(HERE) ? cell.slice(HERE.length) : "");

export class Account extends Station {
  constructor() {
    super();
    this.token = null;
    this.pack = null; // {workshop, people, others, sights, skew}, as the server last said; skew: milliseconds by which this clock is behind
    this.busyWith = () => null; // the part that somebody is typing in
    this.seen = new Map(); // part → the version that stands in its field, or that what stands there was joined with
    this.rival = null; // {link, workshop, title} of the tab that writes while this one only shows
    this.left = new Promise((resolve) => (this.letGo = resolve));
  }

  /** Open the link in the address, else the one this device opened last. */
  async open(token) {
    this.readonly = !(await hold("agora-host:writer", () => location.reload(), this.left));
    this.device = await Store.open("agora-host");
    persist();
    this.token = token || (await this.device.read("token"));
    if (!this.token) return;
    await this.device.keep("token", this.token);
    this.mark = await digest(this.token);
    this.name = `agora-host-${this.mark}`;
    // A link that replaced another goes on in the drawer of that one (settle): the words and taps that wait there are its own.
    this.drawer = (await this.device.read(`drawer/${this.name}`)) || this.name;
    this.store = await Store.open(this.drawer);
    this.pack = (await this.store.read("pack")) || null;
    await this.tellTabs();
    const outbox = new Outbox({ name: this.drawer, store: this.store, lane: ({ cell }) => (personOf(cell) ? "presence" : "operations"), deliver: (ops, lane, patience) => this.deliver(ops, lane, patience) });
    outbox.addEventListener("received", ({ detail: { op, result } }) => this.seen.set(op.cell, Math.max(this.seen.get(op.cell) || 0, result.version))); // a refusal tells none
    outbox.addEventListener("conflict", ({ detail }) => personOf(detail.op.cell) || this.join(detail));
    await this.follow(outbox);
  }

  /** The version of the text that `text` tells. */
  version(part) {
    return this.snapshot.cells.get(part)?.version || 0;
  }

  text(part) {
    return this.snapshot.cells.get(part)?.value || "";
  }

  /** Whether the day has come on which somebody can be there. A server from before that tells no such day. */
  get opened() {
    return Date.now() + (this.pack.skew || 0) >= Date.parse(this.pack.workshop.opens_at);
  }

  isHere(person) {
    return this.snapshot.cells.get(HERE + person.id)?.value === 1;
  }

  /** Everybody who is there or expected, those without a seat last. */
  get listed() {
    return [...this.pack.people, ...(this.pack.others || []).filter((one) => this.isHere(one))];
  }

  /** The workshop in which somebody was seen last and when, {elsewhere, at}; null while that is this one, or none. */
  elsewhere(person) {
    const sight = (this.pack.sights || []).find(({ id }) => id === person.id);
    return sight?.elsewhere && !this.isHere(person) ? sight : null;
  }

  /** How the parts stand. The one that is being typed in is left alone: its next text meets the server's. */
  async learn() {
    const { body } = await ask(at("pack"), { token: this.token, patience: 15000 });
    const { workshop, people, others, sights, now } = body;
    this.pack = { workshop, people, others, sights, skew: now ? Date.parse(now) - Date.now() : 0 };
    await this.tellTabs();
    await this.settle(workshop.id);
    await this.store.keep("pack", this.pack);
    const quiet = body.parts.filter((one) => one.part !== this.busyWith());
    const seen = (sights || []).map(({ id, version, here }) => ({ key: HERE + id, version, value: here ? 1 : 0 }));
    await this.store.learn([...quiet.map(({ part, version, value }) => ({ key: part, version, value })), ...seen]);
  }

  /** The tab that writes says what it is; one that only shows learns who that is. */
  async tellTabs() {
    if (this.readonly) this.rival = (await this.device.read("writer")) || null;
    else await this.device.keep("writer", { link: this.name, workshop: this.pack?.workshop.id, title: this.pack?.workshop.title });
  }

  /** Which tab to write in, as a key of words.js, while this one only shows; "" when it writes, or its link is replaced. */
  get second() {
    if (!this.readonly || this.fenced) return "";
    if (!this.rival?.workshop || !this.pack || this.rival.link === this.name) return "second";
    return this.rival.workshop === this.pack.workshop.id ? "secondNewer" : "secondOther";
  }

  /** A link that was replaced writes nothing more: another tab, which has the new one, may. */
  giveWay() {
    this.readonly = true;
    this.letGo();
  }

  /** One drawer for each workshop on this device, that of its first link. The page opens again when it is another one. */
  async settle(workshop) {
    const held = await this.device.read(`workshop/${workshop}`);
    if (!held) await this.device.keep(`workshop/${workshop}`, this.drawer);
    else if (held !== this.drawer && !this.readonly && !this.pending) {
      await this.device.keep(`drawer/${this.name}`, held);
      location.reload();
    }
  }

  async deliver(ops, lane, patience) {
    const operations = ops.map((op) => ({
      id: op.id,
      ...(lane === "presence" ? { registration_id: personOf(op.cell) } : { part: op.cell }),
      value: op.value,
      base_version: op.base,
      counter: op.counter,
      client_time: op.at,
    }));
    const { body } = await ask(at(lane), { method: "POST", token: this.token, body: { operations }, patience });
    return Array.isArray(body.results) ? body.results : [];
  }

  /** Keep the words of one part. Resolves once they are on this device, and in the snapshot. What was under the fingers when the link was
   *  replaced is kept too, and leaves by the new one. */
  async write(part, text) {
    if (this.readonly) return;
    await this.outbox.put(part, text, null, this.seen.get(part));
    await this.reading; // asked for as they were kept
  }

  /** Somebody is there, or that was a mistake. Resolves once it is kept on this device. */
  async see(person, here) {
    if (this.readonly || this.fenced) return;
    await this.outbox.put(HERE + person.id, here ? 1 : 0);
  }

  /** Somebody else wrote the same part: both texts stay. The write begins before the next request is made. */
  join({ op, result }) {
    this.dispatchEvent(new CustomEvent("joining", { detail: { part: op.cell, theirs: result.value } }));
  }

  async dismiss(notice) {
    await this.store.forgetNotice(notice.id);
    await this.refresh();
  }
}

/** A mark of this link that does not say the link: it names its drawer on the device, and the file that is saved of it. */
async function digest(token) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return [...new Uint8Array(bytes).slice(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
