// What may happen to an operation. Pure functions on plain objects: the store calls them inside its transactions.
// The rules in words: docs/outbox.md. Next: store.js.

export const OUTCOMES = ["applied", "duplicate", "conflict", "refused", "late"];
const NEVER_WRITTEN = { version: 0, value: null };

/** The operation that a write becomes, and the waiting one it replaces (null when there is none).
 *  `ops`: the cell's operations, any order. `known`: what the server last said of the cell. `seen`: the version that stood
 *  before whoever wrote, where the device may know a newer one already. */
export function write({ id, cell, value, extra, counter, at, seen = Infinity }, ops, known) {
  const waiting = ops.find((op) => op.state === "waiting") || null;
  const base = waiting ? waiting.base : Math.min((known || NEVER_WRITTEN).version, seen);
  return { op: { id, cell, value, extra, base, counter, at, state: "waiting" }, replaces: waiting };
}

/** What the person sees in a cell: the newest write that is not answered, else what the server said. */
export function shown(ops, known) {
  const newest = ops.reduce((best, op) => (best && best.counter > op.counter ? best : op), null);
  return newest ? newest.value : (known || NEVER_WRITTEN).value;
}

/** The next request: operations of one lane, oldest first, at most `limit`, never two of one cell, and none that
 *  waits behind a sent one. Those that may have reached the server go before new ones. None overtakes an older one about
 *  the same subject that goes by another lane. */
export function batch(ops, { limit = 200, lane = () => "", subject = ({ cell }) => cell } = {}) {
  const usable = ops
    .filter((op) => op.state !== "aside")
    .sort((a, b) => (a.state === b.state ? a.counter - b.counter : a.state === "sent" ? -1 : 1));
  if (!usable.length) return [];
  const first = lane(usable[0]);
  const sent = new Set(usable.filter((op) => op.state === "sent").map((op) => op.cell));
  const held = new Set(); // subjects of which something stays
  const goes = (op) => lane(op) === first && !held.has(subject(op)) && (op.state === "sent" || !sent.has(op.cell));
  return usable.filter((op) => goes(op) || !held.add(subject(op))).slice(0, limit);
}

/** Whether an answer's entry may be believed at all. */
export function credible(result) {
  return (
    result !== null &&
    typeof result === "object" &&
    typeof result.id === "string" &&
    OUTCOMES.includes(result.outcome) &&
    Number.isInteger(result.version) &&
    result.version >= 0 &&
    (result.value === null || ["string", "number"].includes(typeof result.value))
  );
}

/** The cell after an answer, the write that waited behind it, and the notice to leave (null when all went as wished). */
export function settle(op, result, ops, known, at) {
  const behind = ops.find((other) => other.state === "waiting" && other.id !== op.id);
  const before = known || NEVER_WRITTEN;
  const newer = result.version >= before.version;
  const after = {
    key: op.cell,
    version: newer ? result.version : before.version,
    value: newer ? result.value : before.value,
    late: result.outcome === "late" ? { value: op.value, at } : null,
  };
  const rebased = behind ? { ...behind, base: after.version } : null;
  const surprising = ["conflict", "refused", "late"].includes(result.outcome);
  const notice = surprising
    ? {
        id: op.id,
        cell: op.cell,
        outcome: result.outcome,
        reason: result.reason || null,
        mine: op.value,
        theirs: result.value,
        at,
      }
    : null;
  return { after, rebased, notice };
}

/** The cell that a pack from the server leaves behind; null when the pack knows nothing newer or writes are pending. */
export function merge(fromPack, ops, known) {
  if (ops.length || (known && known.version >= fromPack.version)) return null;
  return { key: fromPack.key, version: fromPack.version, value: fromPack.value, late: null };
}

/** Whether the server lost what it had confirmed: it says an older version of a cell than it said before. */
export const lost = (fromServer, known) => known.version > (fromServer ? fromServer.version : 0);

/** Milliseconds that an answer is waited for: 5 s, doubled by each failure in a row up to 20 s. A server that a whole
 *  room comes back to works on; whoever gives up too early only asks for the same work again. */
export function patience(failures) {
  return Math.min(20000, 5000 * 2 ** failures);
}

/** Milliseconds until the next attempt after `failures` in a row: 1 s doubling to 30 s, times 0.5–1. */
export function delay(failures, random = Math.random) {
  return Math.min(30000, 1000 * 2 ** Math.max(0, failures - 1)) * (0.5 + random() / 2);
}
