// Plays at the door of a workshop, with the desk's own code and this server, on a device that keeps everything in memory:
// somebody is registered there, then gestures follow. Prints what the desk was told.
// Arguments: server, token, days and slots as JSON, id of the workshop, rows of gestures.

import { Door } from "./desk/door.js";
import { merge, settle, shown, write } from "./shared/outbox/rules.js";

const [site, token, days, slots, room, ...rows] = process.argv.slice(2);
globalThis.document = { baseURI: `${site}/poste/`, documentElement: { lang: "fr" } };
const locks = { request: (_name, _how, work) => Promise.resolve(work({})) };
Object.defineProperty(globalThis, "navigator", { value: { locks } });
const served = globalThis.fetch;
globalThis.fetch = (path, { signal: _signal, ...more }) => served(new URL(path, site), { ...more, cache: "default" });

class Memory {
  constructor() {
    Object.assign(this, { operations: [], cells: new Map(), notices: [], counter: 0 });
  }

  async put(wanted) {
    this.counter += 1;
    const ops = this.operations.filter((op) => op.cell === wanted.cell);
    const { op, replaces } = write({ ...wanted, counter: this.counter }, ops, this.cells.get(wanted.cell));
    this.operations = [...this.operations.filter((one) => one !== replaces), op];
    return op;
  }

  async markSent(ids) {
    this.operations = this.operations.map((op) => (ids.includes(op.id) ? { ...op, state: "sent" } : op));
    return ids.flatMap((id) => this.operations.filter((op) => op.id === id));
  }

  async settle(results, at) {
    for (const result of results) {
      const op = this.operations.find(({ id }) => id === result.id);
      const ops = this.operations.filter((one) => one.cell === op.cell);
      const { after, rebased, notice } = settle(op, result, ops, this.cells.get(op.cell), at);
      this.operations = this.operations.filter((one) => one !== op).map((one) => (one.id === rebased?.id ? rebased : one));
      this.cells.set(op.cell, after);
      if (notice) this.notices.push(notice);
    }
    return [];
  }

  async snapshot() {
    const keys = new Set([...this.cells.keys(), ...this.operations.map(({ cell }) => cell)]);
    const value = (key) => shown(this.operations.filter(({ cell }) => cell === key), this.cells.get(key));
    return { cells: new Map([...keys].map((key) => [key, { key, value: value(key) }])), operations: this.operations, notices: this.notices };
  }

  async keep() {}
}

/** Register somebody at the workshop's door, then these gestures: D noted there, d taken back there, E admitted at the
 *  entrance, e taken back there, F and f the same for the second day, ! what waits is sent. N: a neighbour is admitted for
 *  the second day; n, before anything else: was noted away from the workshop, and that waits. */
async function play(gestures) {
  const door = Object.assign(new Door(), { days: JSON.parse(days), slots: JSON.parse(slots), room, session: { token, event: {} }, store: new Memory() });
  door.outbox = door.makeOutbox({ store: "desk" }, door.store);
  door.outbox.deliver = door.makeOutbox({ token, store: "desk" }, door.store).deliver;
  door.outbox.running = true;
  door.outbox.soon = () => {};
  door.outbox.addEventListener("offline", ({ detail }) => {
    throw detail.error;
  });
  const look = async () => (door.snapshot = await door.store.snapshot());
  const enters = (name) => door.register({ first_name: "", last_name: `${name} ${gestures || "seul"}`, structure: "" });
  let neighbour = null;
  if (/n/i.test(gestures)) {
    neighbour = await enters("Voisine");
    await door.outbox.flush();
    if (gestures.startsWith("n")) await door.note(neighbour, false);
  }
  const person = await enters("Geste");
  await look();
  for (const gesture of gestures.replace(/^n/, "")) {
    if (gesture === "!") {
      await door.outbox.flush();
    } else if (gesture === "N") {
      door.room = "";
      door.chosen = door.days[1];
      await door.note(neighbour, true);
    } else {
      door.room = "Dd".includes(gesture) ? room : "";
      door.chosen = "Ff".includes(gesture) ? door.days[1] : door.days[0];
      const present = "DEF".includes(gesture);
      if (door.isIn(person) === present) throw new Error(`${gestures}: the screen offers no ${gesture} then`);
      await door.note(person, present);
    }
    await look();
  }
  await door.outbox.flush();
  await look();
  return { gestures, person: person.id, waiting: door.store.operations.length, told: door.store.notices.map(({ reason }) => reason) };
}

const played = [];
for (const row of rows) played.push(await play(row));
console.log(JSON.stringify(played));
process.exit(0);
