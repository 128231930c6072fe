// The server's addresses for a tablet, and how a batch of kept operations is posted. Next: shared outbox/transport.js.

import { Offline, ask } from "../shared/outbox/transport.js";
import { CONFLICT, splitKey } from "./model.js";

const at = (path) => new URL(`../api/tablet/${path}`, document.baseURI).pathname;

export function pair(code, device) {
  return ask(at("pair"), { method: "POST", body: { code, device }, expect: [201], patience: 10000 });
}

export function confirm(token, conflicts) {
  return ask(at("confirm"), { method: "POST", token, body: { conflicts }, expect: [204], patience: 10000 });
}

/** {status: 200, body, etag}, or {status: 304} when `etag` is still right. */
export async function pack(token, etag) {
  const answer = await ask(at("pack"), { token, etag, expect: [200, 304], patience: 10000 });
  if (answer.status === 200 && !Array.isArray(answer.body.projects)) throw new Error("a pack without projects");
  return answer;
}

export function others(token, projectId) {
  return ask(at(`projects/${projectId}/others`), { token, expect: [200], patience: 10000 });
}

/** How this juror scored beside the others. */
export function beside(token) {
  return ask(at("beside"), { token, expect: [200], patience: 10000 });
}

/** What was filed for a project, in words. */
export function dossier(token, projectId) {
  return ask(at(`projects/${projectId}/dossier`), { token, expect: [200], patience: 20000 });
}

/** The bytes of a paper, as they were attached. Rejects with Offline when nobody, or somebody else, answers. */
export async function paper(token, projectId, paperId) {
  const headers = { Authorization: `Bearer ${token}` };
  const options = { headers, cache: "no-store", credentials: "omit", redirect: "manual" };
  const answer = await fetch(at(`projects/${projectId}/papers/${paperId}`), options).catch(() => null);
  const ours = answer?.ok && (answer.headers.get("Content-Disposition") || "").startsWith("attachment");
  if (!ours) throw new Offline(answer ? `status ${answer.status}` : "no connection");
  return answer.blob();
}

export function heartbeat(token, pending, idle) {
  return ask(at("heartbeat"), { method: "POST", token, body: { pending, idle }, expect: [204] });
}

export function unpair(token) {
  return ask(at("unpair"), { method: "POST", token, body: {}, expect: [204] });
}

/** Declared conflicts go to their own address; everything else is an operation. */
export function lane(op) {
  return splitKey(op.cell).field === CONFLICT ? "declarations" : "operations";
}

/** How the outbox delivers for one session: a batch of one lane, answered by id. */
export function deliverer(session) {
  return async (ops, which, patience) => {
    if (which === "declarations") {
      const conflicts = ops.map((op) => ({ project_id: splitKey(op.cell).project_id, ...op.extra }));
      await confirm(session.token, conflicts);
      return ops.map((op) => ({ id: op.id, outcome: "applied", version: op.base + 1, value: op.value, reason: null }));
    }
    const operations = ops.map((op) => ({
      id: op.id,
      ...splitKey(op.cell),
      value: op.value,
      base_version: op.base,
      counter: op.counter,
      client_time: op.at,
    }));
    const { body } = await ask(at("operations"), { method: "POST", token: session.token, body: { operations }, patience });
    return Array.isArray(body.results) ? body.results : [];
  };
}
