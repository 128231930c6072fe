// What this tablet knows: who it is paired with, the pack, the outbox, and the words for all that. One per page.
// app.js decides which screen is shown; the screens read from here and write through here.

import { hold, persist } from "../shared/outbox/device.js";
import { Outbox } from "../shared/outbox/outbox.js";
import { lost } from "../shared/outbox/rules.js";
import { Store } from "../shared/outbox/store.js";
import { Fenced, Offline } from "../shared/outbox/transport.js";
import { uuid7 } from "../shared/outbox/uuid7.js";
import * as api from "./api.js";
import { Dossiers, forget } from "./dossiers.js";
import { CONFLICT, cellKey, splitKey, standing } from "./model.js";

const DECLARED = "declared"; // the record of it: project → {kind, note}
const POLL = 20000; // milliseconds between two looks at the server, times 0.75–1.25
const nameOf = (session) => `agora-jury-${session.round.id}-${session.juror.id}`;

const cellsOf = (pack) =>
  pack.cells.map((cell) => ({ key: cellKey(cell.project_id, cell.field), version: cell.version, value: cell.value }));

/** What the chair decided about late values, newest per cell. Servers before it was told say nothing. */
const decisionsOf = (pack) =>
  (pack.decisions || []).map((one) => ({
    id: one.operation_id,
    key: cellKey(one.project_id, one.field),
    outcome: one.state === "accepted" ? "lateAccepted" : "lateRefused",
  }));

export class Tablet extends EventTarget {
  constructor() {
    super();
    this.session = null; // {token, epoch, juror, round, confirmed, rehearsed}
    this.pack = null;
    this.snapshot = { cells: new Map(), operations: [], notices: [] };
    this.dossiers = { held: 0, all: 0 };
    this.others = []; // sessions left behind on this device, with what they still have to send
    this.readonly = false;
    this.locked = false; // by the code of a lent tablet
    this.pairing = false;
    this.fenced = false;
    this.promised = false;
    this.offline = null; // the error of the last attempt, null after a contact
    this.sending = false;
    this.reading = null; // the reading of the store that is under way
    this.following = null; // the one that follows it
    this.touched = 0; // when a finger or a key was last on this page, milliseconds
    this.contact = null; // when the server last answered, milliseconds
    this.handed = null; // {more, fewer}: projects that were given or taken since this page was opened
    this.changes = []; // for undo: {projectId, field, before, what}
    this.writing = new Map(); // cell → {value} that is being kept and that the snapshot does not show yet
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }

  get closed() {
    return Boolean(this.pack && this.pack.round.state !== "open");
  }

  /** Whether more was filed for a project than its sheet shows, and this juror may read it. */
  readable(project) {
    return Boolean(project.dossier) && !this.fenced && standing(project, this.pack.grid, this.snapshot.cells).state !== "recused";
  }

  /** Before the round: sample projects on the same sheets, and nothing of it counts. */
  get exercise() {
    return Boolean(this.pack?.round.exercise);
  }

  get writable() {
    return !this.readonly && !this.fenced && !this.closed;
  }

  /** Seconds since somebody touched this tablet; null when nobody did since the page was opened. */
  get idle() {
    return this.touched ? Math.max(0, Math.round((Date.now() - this.touched) / 1000)) : null;
  }

  get pending() {
    return this.snapshot.operations.length;
  }

  /** What others kept here and still goes out with their own token: it waits on this device like the rest. */
  get waiting() {
    return this.others.filter((other) => other.pending && !other.outbox.fenced);
  }

  /** What others kept here and nobody can send any more, until it was saved as a file. */
  get stranded() {
    return this.others.filter((other) => other.outbox.fenced && other.pending > (other.session.filed || 0));
  }

  /** All that has not left this device and still can. */
  get unsent() {
    return this.waiting.reduce((sum, other) => sum + other.pending, this.pending);
  }

  /** What happened to entries and waits to be read. A score on a project one has just stepped back from is refused:
   *  that was the wish. */
  get notices() {
    const { projects, grid } = this.pack || { projects: [] };
    return this.snapshot.notices.filter((notice) => {
      if (notice.outcome !== "refused") return true;
      const project = projects.find((one) => one.id === splitKey(notice.cell).project_id);
      return project && standing(project, grid, this.snapshot.cells).state !== "recused";
    });
  }

  async open() {
    this.readonly = !(await hold("agora-tablet:writer", () => location.reload()));
    this.device = await Store.open("agora-tablet");
    if (!(await this.device.read("device"))) await this.device.keep("device", uuid7());
    const sessions = (await this.device.read("sessions")) || [];
    const current = await this.device.read("current");
    for (const session of sessions) {
      if (nameOf(session) === current) await this.take(session);
      else await this.leaveBehind(session);
    }
    // Some browsers ask the person: the page does not wait for the answer.
    persist().then((promised) => {
      this.promised = promised;
      this.changed();
    });
  }

  /** Make `session` the one this page scores for. */
  async take(session) {
    this.session = session;
    this.store = await Store.open(nameOf(session));
    this.pack = (await this.store.read("pack"))?.body || null;
    this.contact = (await this.store.read("contact")) || null;
    this.fenced = Boolean(session.fenced);
    this.dossiers = new Dossiers(this.store, session.token, () => this.changed());
    this.outbox = this.makeOutbox(session, this.store);
    this.outbox.fenced = this.fenced;
    for (const type of ["kept", "received", "conflict", "refused", "late", "change"]) {
      this.outbox.addEventListener(type, () => this.refresh());
    }
    this.outbox.addEventListener("received", ({ detail }) => {
      if (splitKey(detail.op.cell).field === CONFLICT) this.look();
    });
    // Refused or late: the round is no longer what this page believes.
    for (const type of ["refused", "late"]) this.outbox.addEventListener(type, () => this.lookSoon());
    this.outbox.addEventListener("sending", ({ detail }) => {
      this.sending = detail.busy;
      this.changed();
    });
    this.outbox.addEventListener("contact", () => this.reached());
    this.outbox.addEventListener("offline", ({ detail }) => this.lost(detail.error));
    this.outbox.addEventListener("fenced", () => this.fence());
    await this.refresh();
    if (!this.readonly) await this.outbox.start();
  }

  makeOutbox(session, store) {
    return new Outbox({ name: nameOf(session), store, deliver: api.deliverer(session), lane: api.lane });
  }

  /** Another juror scored here before: what they left is still sent with their own token, what they read goes. */
  async leaveBehind(session) {
    const store = await Store.open(nameOf(session));
    await forget(store);
    await store.drop(DECLARED);
    const outbox = this.makeOutbox(session, store);
    const other = { session, store, outbox, pending: await outbox.pending() };
    this.others.push(other);
    if (!other.pending || this.readonly) return;
    outbox.addEventListener("received", async () => {
      other.pending = await outbox.pending();
      this.changed();
    });
    outbox.addEventListener("fenced", () => this.changed());
    await outbox.start();
  }

  /** Read everything again. Whoever asks while a reading is under way shares the one that follows it, so that eight
   *  answers in a row cost one reading, and nobody sees what was read before they asked. */
  refresh() {
    this.following ||= (this.reading || Promise.resolve())
      .catch(() => {})
      .then(() => {
        this.following = null;
        this.reading = this.read();
        return this.reading;
      });
    return this.following;
  }

  async read() {
    this.snapshot = await this.store.snapshot();
    this.changed();
  }

  reached() {
    this.contact = Date.now();
    this.offline = null;
    this.store.keep("contact", this.contact).catch(() => {});
    this.changed();
  }

  lost(error) {
    this.offline = error;
    this.changed();
  }

  async fence() {
    if (this.pairing) return; // the old right is gone because the new one is on its way
    this.fenced = this.outbox.fenced = true;
    await this.dossiers.end();
    await this.remember({ ...this.session, fenced: true });
    this.changed();
  }

  /** Store the session among those of this device, as the current one. */
  async remember(session) {
    const sessions = ((await this.device.read("sessions")) || []).filter((one) => nameOf(one) !== nameOf(session));
    await this.device.keep("sessions", [...sessions, session]);
    await this.device.keep("current", nameOf(session));
    this.session = session;
  }

  /** Note that what `other` kept here was saved as a file: it need not be told again. */
  async filed(other) {
    other.session = { ...other.session, filed: other.pending };
    const sessions = await this.device.read("sessions");
    await this.device.keep("sessions", sessions.map((one) => (nameOf(one) === nameOf(other.session) ? other.session : one)));
    this.changed();
  }

  /** Swap a code for the right to score. The page is loaded again by the caller afterwards. */
  async pair(code) {
    const device = await this.device.read("device");
    this.pairing = true;
    try {
      const { body } = await api.pair(code, device);
      await this.remember({ ...body, confirmed: false, fenced: false, paired_at: Date.now() });
      await this.device.keep("pin", null); // the secretary vouched for who holds it
    } catch (error) {
      this.pairing = false;
      throw error;
    }
  }

  /** The juror said who they are and which projects they are close to: [{project_id, kind, note}]. */
  async confirm(conflicts) {
    // In the exercise only the name is asked for: links with the true projects come when the round opens.
    if (this.exercise) return this.remember({ ...this.session, confirmed: true, rehearsed: true });
    await api.confirm(this.session.token, conflicts);
    for (const { project_id, ...link } of conflicts) await this.noteDeclared(project_id, link);
    await this.remember({ ...this.session, confirmed: true });
    this.reached();
    await this.fetchPack();
  }

  /** One look for a whole batch of answers. */
  lookSoon() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.look(), 200);
  }

  /** Look at the server: the pack if it changed, and a sign of life for the chair's board. */
  async look() {
    if (this.fenced || !this.session) return;
    try {
      await this.fetchPack();
      if (this.session.confirmed) await api.heartbeat(this.session.token, this.pending, this.idle);
      const waited = this.offline !== null && this.pending > 0;
      this.reached();
      if (waited) this.outbox.soon(Math.random() * 1000);
      // Behind everything else, and never waited for: scores go first.
      if (this.session.confirmed && !this.readonly && !this.exercise) this.gather();
    } catch (error) {
      if (error instanceof Fenced) await this.fence();
      else this.lost(error instanceof Offline ? error : new Offline(error.message));
    }
  }

  gather() {
    this.dossiers.gather(this.pack).catch((error) => {
      if (error instanceof Fenced) this.fence();
      else if (!(error instanceof Offline)) console.warn("dossiers", error);
    });
  }

  async fetchPack() {
    // Declarations the server has: from the next pack on it says itself who is recused, and may take it back.
    const declared = [...this.snapshot.cells.values()]
      .filter((cell) => splitKey(cell.key).field === CONFLICT && !cell.pending)
      .map((cell) => cell.key);
    const held = await this.store.read("pack");
    // An answer that comes while the pack is under way, or being kept, may be newer than the pack.
    const meanwhile = new Set();
    const note = ({ detail }) => meanwhile.add(detail.op.cell);
    this.outbox.addEventListener("received", note);
    let answer;
    try {
      answer = await api.pack(this.session.token, held && !this.ahead(held.body) ? held.etag : undefined);
      if (answer.status === 200) await this.keepPack(answer, meanwhile);
    } finally {
      this.outbox.removeEventListener("received", note);
    }
    // Asked whatever the answer was: the page may have died between keeping the pack and noting that the round began.
    if (this.session.rehearsed && this.pack && !this.exercise) await this.begin();
    // Said here, and the server does not know: it was restored from a backup of before.
    if (this.session.confirmed && !this.exercise && !this.readonly && this.pack?.juror.confirmed === false) {
      await api.confirm(this.session.token, []);
    }
    if (declared.length) await this.store.forget(declared);
    if (declared.length || answer.status === 200) await this.refresh();
  }

  /** Compare a new pack with what is held here, then keep it. `meanwhile`: cells answered for since it was asked for.
   *  Kept last: once it is, the server says only that nothing changed, and a page that died halfway would never have
   *  told the juror what was decided. */
  async keepPack({ etag, body }, meanwhile) {
    const found = cellsOf(body);
    if (!this.readonly) await this.outbox.sendAgain(found, this.toldBy(body, meanwhile));
    if (!this.readonly && body.declared) await this.declareAgain(body, meanwhile);
    await this.store.decided(decisionsOf(body), new Date().toISOString());
    await this.store.learn(found);
    await this.store.keep("pack", { etag, body });
    this.compare(body);
    this.pack = body;
  }

  /** Remember what was declared here for as long as the server may forget it. link: {kind, note}. */
  async noteDeclared(projectId, link) {
    await this.store.keep(DECLARED, { ...(await this.store.read(DECLARED)), [projectId]: link });
  }

  /** A link declared here that the server never heard of was lost with it, when it was restored from a backup. One that
   *  it knows and that does not stand was lifted by the secretariat. */
  async declareAgain({ projects, declared }, meanwhile) {
    const known = new Set(declared);
    const open = new Set(projects.filter((project) => !project.recused).map((project) => project.id));
    const noted = Object.entries((await this.store.read(DECLARED)) || {});
    const kept = noted.filter(([id]) => !known.has(id) || !open.has(id));
    if (kept.length < noted.length) await this.store.keep(DECLARED, Object.fromEntries(kept));
    for (const [id, link] of kept) {
      const cell = cellKey(id, CONFLICT);
      if (!open.has(id) || meanwhile.has(cell) || this.snapshot.cells.get(cell)?.pending) continue;
      await this.outbox.put(cell, link.kind, link);
    }
  }

  /** The exercise is over and the round is open: its projects have not been asked about yet. */
  async begin() {
    await this.remember({ ...this.session, confirmed: false, rehearsed: false });
    this.changes = [];
    this.dispatchEvent(new Event("began"));
  }

  /** Say when the secretary gave this juror other projects to read. */
  compare(pack) {
    if (!this.pack || !this.session.confirmed || this.exercise !== pack.round.exercise) return;
    const before = new Set(this.pack.projects.map((project) => project.id));
    const now = new Set(pack.projects.map((project) => project.id));
    const more = [...now].filter((id) => !before.has(id)).length + (this.handed?.more || 0);
    const fewer = [...before].filter((id) => !now.has(id)).length + (this.handed?.fewer || 0);
    if (more || fewer) this.handed = { more, fewer };
  }

  /** {difference: hundredths of a point or null, projects}, once the round is closed. */
  async beside() {
    return (await api.beside(this.session.token)).body;
  }

  /** The others' scores of a project; the server refuses as long as the own sheet is not complete there. */
  async othersScores(projectId) {
    return (await api.others(this.session.token, projectId)).body.scores;
  }

  /** Which cells a pack tells: those of projects that it shows, but not a declaration, nor what changed `meanwhile`. */
  toldBy(pack, meanwhile = new Set()) {
    const open = new Set(pack.projects.filter((project) => !project.recused).map((project) => project.id));
    return (key) => {
      const { project_id, field } = splitKey(key);
      return open.has(project_id) && field !== CONFLICT && !meanwhile.has(key);
    };
  }

  /** Whether the server has confirmed more than this pack holds: its ETag would not show that it was lost. */
  ahead(pack) {
    const held = new Map(cellsOf(pack).map((cell) => [cell.key, cell]));
    const told = this.toldBy(pack);
    return [...this.snapshot.cells.values()].some((cell) => told(cell.key) && lost(held.get(cell.key), cell));
  }

  watch() {
    const again = () => {
      setTimeout(
        async () => {
          if (document.visibilityState === "visible") await this.look();
          again();
        },
        POLL * (0.75 + Math.random() / 2),
      );
    };
    again();
    for (const what of ["pointerdown", "keydown"]) addEventListener(what, () => (this.touched = Date.now()), { capture: true, passive: true });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.look());
    window.addEventListener("online", () => setTimeout(() => this.look(), Math.random() * 500));
  }

  /** Keep a write; resolves once the snapshot shows it. `what` names it for the undo button; null when it is itself an undo.
   *  What is being kept counts from the tap on: a juror may be quicker than the disk. */
  async write(projectId, field, value, what = null) {
    const cell = cellKey(projectId, field);
    const before = (this.writing.get(cell) || this.snapshot.cells.get(cell) || { value: null }).value;
    if (before === value) return;
    const mine = { value };
    const change = { projectId, field, before, what };
    this.writing.set(cell, mine);
    if (what !== null) this.changes = [...this.changes.slice(-49), change];
    try {
      await this.outbox.put(cell, value);
      await (this.following || this.reading); // asked for as it was kept
    } catch (error) {
      this.changes = this.changes.filter((one) => one !== change);
      throw error;
    } finally {
      if (this.writing.get(cell) === mine) this.writing.delete(cell);
    }
  }

  /** Put back what the last change replaced. Resolves with it, or null. A second press takes back the one before. */
  async undo() {
    const last = this.changes.at(-1);
    if (!last) return null;
    this.changes = this.changes.slice(0, -1);
    await this.write(last.projectId, last.field, last.before);
    this.changed();
    return last;
  }

  /** Declare a conflict of interest: kept at once, sent like a score. kind: direct or indirect. */
  async declare(projectId, kind, note) {
    await this.noteDeclared(projectId, { kind, note }); // first: a sheet that is kept as recused loads the page anew
    await this.outbox.put(cellKey(projectId, CONFLICT), kind, { kind, note });
    this.changes = this.changes.filter((change) => change.projectId !== projectId);
  }

  /** Hand the tablet back: only with nothing left to send. */
  async unpair() {
    if ((await this.outbox.pending()) || this.waiting.length) throw new Error("still pending");
    await api.unpair(this.session.token);
    this.outbox.stop();
    await this.store.clear();
    const sessions = (await this.device.read("sessions")).filter((one) => nameOf(one) !== nameOf(this.session));
    await this.device.keep("sessions", sessions);
    await this.device.keep("current", null);
    await this.device.keep("pin", null);
    this.session = null;
  }
}
