// What this desk knows: its pairing, the people of the event, the outbox. desk.js shows it and writes through it.
// A tap is kept on this device first and sent when it can be; the rules of the outbox stand in docs/outbox.md.

import { hold, persist } from "../shared/outbox/device.js";
import { joined, matching } from "../shared/outbox/names.js";
import { Outbox } from "../shared/outbox/outbox.js";
import { Station } from "../shared/outbox/station.js";
import { Store } from "../shared/outbox/store.js";
import { ask } from "../shared/outbox/transport.js";
import { uuid7 } from "../shared/outbox/uuid7.js";

const at = (path) => new URL(`../api/desk/${path}`, document.baseURI).pathname;

export class Door extends Station {
  constructor() {
    super();
    this.session = null; // {token, desk, event, store: the name of its drawer on this device}
    this.others = []; // what this device was for other events, while something of theirs is not sent or not read
    this.people = []; // the last list of the server, and who was registered here
    this.days = []; // those of the event, none before a server told them; people are admitted on each of them anew
    this.chosen = ""; // the one of them that is noted afterwards, from the list on paper
    this.slots = []; // those of the event, with their workshops; an older server tells none
    this.room = ""; // the workshop at whose door this desk stands; "": at the entrance
    this.roomTitle = ""; // how that one was last called
    this.rehearsed = ""; // the day on which somebody said that entries are noted for practice, before the event
    this.skew = 0; // milliseconds by which this device's clock is behind the server's
    this.listed = false; // whether the server, or this device, ever said who is expected
  }

  get pending() {
    return super.pending + this.others.reduce((sum, other) => sum + other.pending, 0);
  }

  async open() {
    this.readonly = !(await hold("agora-desk:writer", () => location.reload()));
    this.device = await Store.open("agora-desk");
    persist();
    const session = await this.device.read("session");
    await this.leaveBehind((await this.device.read("others")) || []);
    if (session) await this.take(session);
  }

  /** Swap a code for a desk. What this device kept for the same event leaves with the new right; what it kept for
   *  another goes on leaving with its own. The caller loads the page again when it was a desk before. */
  async pair(code) {
    const { body } = await ask(at("pair"), { method: "POST", body: { code }, patience: 10000 });
    const before = [...((await this.device.read("others")) || []), this.session].filter(Boolean);
    const same = before.find((one) => one.event.id === body.event.id);
    const session = { ...body, store: same ? storeOf(same) : `agora-desk-${body.event.id}` };
    await this.device.transaction("readwrite", ({ drawer }) => {
      drawer.put(before.filter((one) => one !== same), "others");
      drawer.put(session, "session"); // both or neither: a store that neither names would never be sent
    });
    if (!this.session) await this.take(session);
  }

  /** What was not sent goes on being sent; once it is, and what the server said of it was read, nobody's name stays on
   *  the device. */
  async leaveBehind(sessions) {
    for (const session of sessions) {
      const store = await Store.open(storeOf(session));
      const other = { session, store, people: (await store.read("people")) || [] };
      await this.recount(other);
      if (other.pending || other.notices.length) this.others.push(other);
      else if (!this.readonly) await store.clear();
      if (!other.pending || this.readonly) continue;
      const outbox = this.makeOutbox(session, store);
      outbox.addEventListener("received", () => this.recount(other));
      outbox.addEventListener("fenced", () => {
        other.fenced = true;
        this.changed();
      });
      await outbox.start();
    }
    if (!this.readonly) await this.device.keep("others", this.others.map((other) => other.session));
  }

  async recount(other) {
    const { operations, notices } = await other.store.snapshot();
    Object.assign(other, { pending: operations.length, notices });
    this.changed();
  }

  makeOutbox(session, store) {
    return new Outbox({ name: storeOf(session), store, lane: laneOf, subject: ({ cell }) => personOf(cell), deliver: (ops, lane, patience) => deliver(session.token, ops, lane, patience) });
  }

  async take(session) {
    this.store = await Store.open(storeOf(session));
    const held = await this.store.readAll(["people", "days", "skew", "rehearsed", "slots", "room", "roomTitle"]);
    const { people = [], days = [], skew = 0, rehearsed = "", slots = [], room = "", roomTitle = "" } = held;
    // All at once: a page that is drawn meanwhile is no desk yet. The days come with the list, who is registered here before it.
    Object.assign(this, { session, people, listed: Boolean(held.days), days, skew, rehearsed, slots, room, roomTitle });
    await this.follow(this.makeOutbox(session, this.store));
  }

  /** The list of the server, and who was registered here and is not in it yet. Kept at once with who is in: a page that is
   *  left halfway, or a badge that is read, would take people for absent, or the event for one of a single day. */
  async learn() {
    const { body } = await ask(at("pack"), { token: this.session.token, patience: 15000 });
    const { days = [], slots = [] } = body; // an older server tells none
    const known = new Set(body.people.map((one) => one.id));
    const people = () => [...body.people, ...this.people.filter((one) => one.here && !known.has(one.id))];
    const skew = body.now ? Date.parse(body.now) - Date.now() : this.skew;
    const roomTitle = () => this.gate?.workshop.title || this.roomTitle; // as it was called till now: it may be gone
    const cells = (one) => days.length > 1 ? one.days.map((on) => ({ ...on, key: `${one.id}@${on.day}` })) : [{ ...one, key: one.id }];
    const told = [...body.people, ...(body.taken_back || [])]; // who was registered here and taken back elsewhere
    const entries = told.flatMap(cells).map(({ key, version, present }) => ({ key, version, value: present ? 1 : 0 }));
    const sights = body.people.flatMap((one) => (one.seen || []).map(({ slot, version, workshop }) => ({ key: `${one.id}/${slot}`, version, value: workshop || "" })));
    // The tab that writes keeps the list: this one may not know whom that one registered.
    await this.store.learn([...entries, ...sights], this.readonly ? {} : { people: people(), days, slots, skew, roomTitle: roomTitle() });
    return () => Object.assign(this, { people: people(), days, slots, skew, roomTitle: roomTitle(), listed: true });
  }

  get several() {
    return this.days.length > 1;
  }

  /** The day of today. A clock that is a day wrong would admit everybody for another one: the server's counts. */
  get date() {
    return dayOf(Date.now() + this.skew);
  }

  /** The day of the event that is nearest to today: before it begins, the first. */
  get today() {
    const now = this.date;
    return this.days.findLast((day) => day <= now) || this.days[0] || "";
  }

  /** The first day of the event while it is still to come; "" from then on. */
  get ahead() {
    return this.days[0] > this.date ? this.days[0] : "";
  }

  /** Whether an entry would be noted before the event without anybody having said today that it is for practice. */
  get unsure() {
    return Boolean(this.ahead) && !this.closed && this.rehearsed !== this.date;
  }

  /** Until tomorrow, entries noted before the event are for practice. */
  async rehearse() {
    this.rehearsed = this.date;
    await this.store.keep("rehearsed", this.rehearsed);
  }

  /** Who was admitted for practice. */
  get practised() {
    return this.ahead ? this.people.flatMap((one) => (this.days.some((day) => this.isPresent(one, day)) ? [one] : [])) : [];
  }

  /** Take every entry back that was noted before the event. */
  async takeBack() {
    for (const one of this.practised) for (const day of this.days) if (this.isPresent(one, day)) await this.tap(one, false, day);
  }

  /** The day that people are admitted for. */
  get day() {
    return this.days.includes(this.chosen) ? this.chosen : this.today; // its dates may have been moved
  }

  cellOf(person, day = this.day) {
    return this.several ? `${person.id}@${day}` : person.id;
  }

  isPresent(person, day = this.day) {
    return this.snapshot.cells.get(this.cellOf(person, day))?.value === 1;
  }

  /** The other days on which this person came. */
  otherDays(person) {
    return this.several ? this.days.filter((day) => day !== this.day && this.isPresent(person, day)) : [];
  }

  /** The days that this person announced, when the one that people are admitted for is none of them. */
  otherwise(person) {
    const announced = (person.announced || []).filter((day) => this.days.includes(day)); // an older server tells none
    return this.several && !announced.includes(this.day) ? announced : [];
  }

  /** Why nothing can be kept here, as a key of words.js; "" when it can. */
  get closed() {
    return this.fenced ? "fenced" : this.readonly ? "second" : this.adrift ? "adrift" : "";
  }

  /** Whether the workshop at whose door this desk stood is not in the programme of today any more. */
  get adrift() {
    return Boolean(this.room) && !this.gate;
  }

  /** Keep a write. Resolves once the snapshot shows it: the same badge, read at once again, is in already. */
  async put(cell, value, extra) {
    await this.outbox.put(cell, value, extra);
    await this.reading; // asked for as it was kept
  }

  /** Admit someone, or take it back. Resolves once it is kept on this device. Whom this device registered and takes back
   *  was in no workshop of that day either: without a registration that could be written nowhere. */
  async tap(person, present, day = this.day) {
    if (this.closed) return;
    for (const slot of person.here && !present ? this.slots : []) {
      const seen = this.snapshot.cells.get(`${person.id}/${slot.id}`)?.value;
      const thatDay = !this.several || dayOf(Date.parse(slot.starts_at)) === day;
      if (seen && thatDay) await this.put(`${person.id}/${slot.id}`, "", { workshop: seen });
    }
    await this.put(this.cellOf(person, day), present ? 1 : 0, person.here ? person.walkIn : null);
  }

  /** The slots whose day has come, at whose workshops this desk may stand. */
  get gates() {
    return this.slots.filter(({ starts_at }) => dayOf(Date.parse(starts_at)) <= this.date);
  }

  /** The workshop at whose door this desk stands, with its slot; null at the entrance. */
  get gate() {
    for (const slot of this.gates) for (const workshop of slot.workshops) if (workshop.id === this.room) return { slot, workshop };
    return null;
  }

  /** The day on which somebody comes who is noted here: at a workshop's door its own, often noted afterwards. */
  get dayHere() {
    const day = this.gate ? dayOf(Date.parse(this.gate.slot.starts_at)) : this.day;
    return this.days.includes(day) ? day : this.day;
  }

  async stand(room) {
    this.room = room;
    this.roomTitle = this.gate?.workshop.title || "";
    await this.store.keepAll({ room, roomTitle: this.roomTitle });
  }

  /** The workshop of the gate's slot in which somebody has a seat; null when in none. */
  expectedIn(person) {
    return this.gate.slot.workshops.find(({ id }) => (person.workshops || []).includes(id)) || null;
  }

  /** Whether somebody is expected in this very workshop; at the entrance everybody is. */
  expects(person) {
    return !this.gate || this.expectedIn(person)?.id === this.room;
  }

  /** The workshop of the gate's slot in which somebody was seen last; null when in none. */
  seenIn(person) {
    const seen = this.snapshot.cells.get(`${person.id}/${this.gate.slot.id}`)?.value;
    return this.gate.slot.workshops.find(({ id }) => id === seen) || null;
  }

  /** Whether somebody is where this desk notes it: in the building that day, or in the workshop. */
  isIn(person) {
    return this.gate ? this.seenIn(person)?.id === this.room : this.isPresent(person);
  }

  /** Note that somebody is there, or take it back. Resolves once it is kept on this device. */
  async note(person, present) {
    if (!this.gate) return this.tap(person, present);
    // Registered here and taken back: who is in the workshop after all is registered again.
    if (present && person.here && !this.isPresent(person, this.dayHere)) await this.tap(person, true, this.dayHere);
    if (!this.closed) await this.put(`${person.id}/${this.gate.slot.id}`, present ? this.room : "", { workshop: this.room });
    return undefined;
  }

  /** Register someone who came without a registration, and admit them. The person is kept before the tap. */
  async register(walkIn) {
    const person = { id: uuid7(), ticket: "", meal: false, room: "", access: false, waiting: false, ...walkIn, here: true, walkIn };
    this.people = [...this.people, person];
    await this.store.keep("people", this.people);
    await this.tap(person, true, this.dayHere);
    if (this.gate) await this.note(person, true); // behind the registration, which leaves first
    return person;
  }

  /** other: of `others`, when it is not the desk of today that was told. */
  async dismiss(notice, other) {
    await (other || this).store.forgetNotice(notice.id);
    await (other ? this.recount(other) : this.refresh());
  }
}

const storeOf = ({ event, desk, store }) => store || `agora-desk-${event.id}-${desk}`;

/** Entries and workshops go to two addresses. */
const laneOf = ({ cell }) => (cell.includes("/") ? "presence" : "operations");

async function deliver(token, ops, lane, patience) {
  const about = (op) => (lane === "presence" ? { workshop_id: op.extra.workshop, value: op.value ? 1 : 0 } : { day: op.cell.split("@")[1], value: op.value, walk_in: op.extra });
  const operations = ops.map((op) => ({
    id: op.id,
    registration_id: personOf(op.cell),
    base_version: op.base,
    counter: op.counter,
    client_time: op.at,
    ...about(op),
  }));
  const { body } = await ask(at(lane), { method: "POST", token, body: { operations }, patience });
  return Array.isArray(body.results) ? body.results : [];
}

/** Whose cell this is: that of a person, of a person on one day of an event that has several, or in one slot. */
export const personOf = (cell) => cell.split(/[@/]/)[0];

const PARIS = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Paris", year: "numeric", month: "2-digit", day: "2-digit" });

/** The day that an instant belongs to: it begins at four in the morning, as rules/days.py has it. */
function dayOf(instant) {
  const parts = Object.fromEntries(PARIS.formatToParts(instant - 4 * 3600 * 1000).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}`;
}

/** Whose badge was read. A hand-held reader set for an American keyboard writes « & » for 1 on a French one, and Q for A. */
export function byTicket(people, typed) {
  const codes = readings(typed);
  return people.find((one) => one.ticket && codes.includes(one.ticket.toUpperCase()));
}

/** Whether this is the code of a badge, of this event or another. */
export const isBadge = (typed) => readings(typed).some((code) => /^[0-9A-F]{20}$/.test(code));

function readings(typed) {
  const code = typed.trim().toUpperCase();
  return [code, Array.from(code, (sign) => FRENCH_KEYS[sign] || sign).join("")];
}

const FRENCH_KEYS = { "&": "1", É: "2", '"': "3", "'": "4", "(": "5", "-": "6", È: "7", _: "8", Ç: "9", À: "0", Q: "A" };

const nameOf = (one) => `${one.last_name} ${one.first_name}`;

/** Whether somebody on the list has this very name, last name first, in one piece or not. */
export function namesake(people, whole) {
  return people.some((one) => joined(nameOf(one)) === joined(whole));
}

/** Whose badge was read, else everyone whom these words may mean. */
export function find(people, typed) {
  const holder = byTicket(people, typed);
  return holder ? [holder] : matching(people, typed, nameOf);
}
