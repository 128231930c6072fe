// What was filed for each project: fetched one by one behind the pack, kept on the device, read without a network.

import { Refused } from "../shared/outbox/transport.js";
import * as api from "./api.js";
import { language } from "./messages.js";

const INDEX = "dossiers"; // project → the mark and the language of what is kept
const nameOf = (id) => `dossier/${id}`;

export class Dossiers {
  constructor(store, token) {
    this.store = store;
    this.token = token;
    this.held = 0;
    this.all = 0;
    this.busy = null;
  }

  /** Fetch what the pack names and the device lacks; drop what it names no more. `told()` after each change.
   *  Rejects as soon as the server does not answer: the next look goes on from there. */
  gather(pack, told) {
    this.busy ||= this.bring(pack, told).finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  async bring(pack, told) {
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
    this.count(wanted.size, wanted.size - missing.length, told);
    for (const [id, mark] of missing) {
      try {
        const { body } = await api.dossier(this.token, id);
        await this.store.keep(nameOf(id), body);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        continue; // taken from this juror since the pack was made: the next one says so
      }
      index = { ...index, [id]: mark };
      await this.store.keep(INDEX, index);
      this.count(wanted.size, this.held + 1, told);
    }
  }

  count(all, held, told) {
    if (this.all === all && this.held === held) return;
    this.all = all;
    this.held = held;
    told();
  }

  /** {facts, texts, tables, asked, papers}, or undefined while it has not arrived. */
  read(id) {
    return this.store.read(nameOf(id));
  }

  paper(id, paperId) {
    return api.paper(this.token, id, paperId);
  }
}
