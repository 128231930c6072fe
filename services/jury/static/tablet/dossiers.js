// What was filed for each project: fetched one by one behind the pack, kept on the device, read without a network.

import { Refused } from "../shared/outbox/transport.js";
import * as api from "./api.js";
import { language } from "./messages.js";

const INDEX = "dossiers"; // project → the mark and the language of what is kept
const nameOf = (id) => `dossier/${id}`;

/** Nobody reads any more with this store: nothing of what was filed stays on the device. */
export function forget(store) {
  return store.dropAll("dossier"); // all of them, and their index
}

export class Dossiers {
  /** told(): after each change of `held` or `all`. */
  constructor(store, token, told) {
    this.store = store;
    this.token = token;
    this.told = told;
    this.held = 0;
    this.all = 0;
    this.busy = null;
    this.ended = false;
  }

  /** Fetch what the pack names and the device lacks; drop what it names no more.
   *  Rejects as soon as the server does not answer: the next look goes on from there. */
  gather(pack) {
    if (this.ended) return Promise.resolve();
    this.busy ||= this.bring(pack).finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  async bring(pack) {
    const wanted = new Map(
      pack.projects.filter((one) => one.dossier).map((one) => [one.id, `${one.dossier} ${language()}`]),
    );
    let index = (await this.store.read(INDEX)) || {};
    for (const id of Object.keys(index)) {
      if (wanted.has(id)) continue;
      await this.store.drop(nameOf(id));
      delete index[id];
      await this.store.keep(INDEX, index);
    }
    const missing = [...wanted].filter(([id, mark]) => index[id] !== mark);
    this.count(wanted.size, wanted.size - missing.length);
    for (const [id, mark] of missing) {
      try {
        const { body } = await api.dossier(this.token, id);
        if (this.ended) return;
        await this.store.keep(nameOf(id), body);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        continue; // taken from this juror since the pack was made: the next one says so
      }
      if (this.ended) return;
      index = { ...index, [id]: mark };
      await this.store.keep(INDEX, index);
      this.count(wanted.size, this.held + 1);
    }
  }

  count(all, held) {
    if (this.all === all && this.held === held) return;
    this.all = all;
    this.held = held;
    this.told();
  }

  /** This tablet may not read any more. */
  async end() {
    this.ended = true;
    await forget(this.store);
    this.count(0, 0);
  }

  /** {facts, texts, tables, asked, papers}, or undefined while it has not arrived. */
  read(id) {
    return this.store.read(nameOf(id));
  }

  paper(id, paperId) {
    return api.paper(this.token, id, paperId);
  }
}
