// The host's page: who is there, and three fields, written with or without a network. What it knows and keeps: account.js.

import { obstacle, saveAsFile, store, stored } from "../shared/outbox/device.js";
import { h, leading, lines, steady } from "../shared/outbox/elements.js";
import { Account, joined, PARTS, personOf } from "./account.js";
import { drawPeople, listOfPeople } from "./presence.js";
import { other, t } from "./words.js";

const PAUSE = 300; // milliseconds without a key before the words are kept
const LONGEST = 3000;
const account = new Account();
const typed = new Map(); // part → timer, while its words are not kept yet
const keeping = new Map(); // part → how many times its words are on their way to the disk: what is read of it may be older
let full = false; // whether the device kept nothing of what was written last
let opens = stored(); // whether this page opens without a network
const byId = (id) => document.getElementById(id);

const button = (words, onclick, kind) => h("button", { type: "button", class: `btn btn-${kind}`, onclick }, words);

function keep(part) {
  clearTimeout(typed.get(part));
  if (!typed.delete(part)) return undefined;
  return write(part, byId(part).value);
}

async function write(part, text) {
  keeping.set(part, (keeping.get(part) || 0) + 1);
  try {
    await account.write(part, text);
    full = false;
  } catch (error) {
    console.error(error);
    full = true;
    if (!typed.has(part)) typed.set(part, 0); // it stands on the screen alone: the next key, or leaving the field, tries again
  }
  keeping.set(part, keeping.get(part) - 1);
  draw();
}

const keepAll = () => [...typed.keys()].map(keep);

const underWay = () => [...keeping.values()].reduce((sum, each) => sum + each, 0);

function later(part) {
  clearTimeout(typed.get(part));
  typed.set(part, setTimeout(() => keep(part), PAUSE));
  showStatus();
}

function showStatus() {
  const n = account.pending + typed.size + underWay();
  const told = byId("notices").children.length;
  const said = (words, tone) => [words, () => h("span", { class: `pill pill-${tone}` }, words)];
  lines(byId("status"), [
    full ? leading(byId("closed"), t("toRead", { n: 1 })) : said(account.pending ? t("keptCount", { n: account.pending }) : n ? t("kept") : t("received"), n ? "wait" : "done"),
    account.offline && said(t("offline"), "wait"),
    !opens && said(t("notYet"), "wait"),
    account.fenced && leading(byId("closed"), t("replaced")), // it stands above, out of sight of who writes
    told && leading(byId("notices"), t("toRead", { n: told })),
  ].filter(Boolean));
  // What is on the disk and not sent: words still under the fingers are not counted as kept.
  document.body.dataset.pending = String(account.pending);
}

/** What became of a text or a tap that did not go as wished. */
function said({ cell, outcome, reason, mine }) {
  const whose = personOf(cell);
  const person = whose && [...account.pack.people, ...(account.pack.others || [])].find(({ id }) => id === whose);
  if (whose) return t("tapped", { name: person ? person.name : "", reason: reason || outcome });
  return t(outcome === "conflict" ? "joined" : "refused", { part: t(cell), reason: reason || "", mine });
}

function showNotices() {
  const notes = account.snapshot.notices.map((notice) => {
    const words = said(notice);
    return [`${notice.id} ${words}`, () => h("div", { class: "note note-wait" }, h("p", {}, words), button(t("seen"), () => account.dismiss(notice), "quiet"))];
  });
  const which = account.second && t(account.second, { workshop: account.rival?.title });
  const closed = full ? [["full", () => h("div", { class: "note note-stop", role: "alert" }, h("p", {}, t("blocked")))]] : [];
  if (which) closed.push([which, () => h("div", { class: "note note-wait" }, h("p", {}, which))]);
  if (account.fenced && account.pack) {
    const save = () => saveAsFile("restitution.json", { ...account.pack.workshop, link: account.mark }, account.snapshot);
    closed.push(["fenced", () => h("div", { class: "note note-stop", role: "alert" }, h("p", {}, t("fenced")), button(t("save"), save, "main"))]);
  }
  lines(byId("closed"), closed);
  lines(byId("notices"), notes);
}

const otherLanguage = () =>
  h("p", { class: "small" }, h("a", { href: `?lang=${other.lang}${location.hash}`, lang: other.lang, hreflang: other.lang }, other.name));

function showFields() {
  const { workshop } = account.pack;
  const about = [workshop.event, workshop.room, workshop.host].filter(Boolean).join(" · ");
  const fields = PARTS.map((part) =>
    h("div", { class: "field" }, h("label", { for: part }, t(part)), h("p", { class: "hint", id: `${part}-hint` }, t(`${part}Hint`)),
      h("textarea", { class: "input", id: part, rows: 6, maxlength: LONGEST, "aria-describedby": `${part}-hint`, disabled: account.readonly, oninput: () => later(part), onblur: () => keep(part) })),
  );
  const people = listOfPeople(account);
  byId("pane").replaceChildren(h("h1", {}, workshop.title), h("p", { class: "small about" }, about), ...(account.opened ? [people] : []), h("p", { class: "lead" }, t("lead")), ...fields, ...(account.opened ? [] : [people]), otherLanguage());
}

function render() {
  if (!account.token) return byId("pane").replaceChildren(h("p", { class: "note" }, t("noLink")));
  if (account.fenced && !account.readonly) Promise.all(keepAll()).then(() => account.giveWay());
  showNotices();
  // Before the pack there is nothing that the server could have received, nor does this tab know what another link’s keeps.
  if (account.pack && ["", "second"].includes(account.second)) showStatus();
  if (account.fenced && !account.pack) return byId("pane").replaceChildren(h("p", { class: "note note-stop" }, t("deadLink")), otherLanguage());
  if (!account.pack) return account.offline && byId("pane").replaceChildren(h("p", { class: "note note-wait" }, t("first")));
  if (!byId(PARTS[0]) || (account.opened && !byId("rooms") && !typed.size && !underWay())) showFields(); // the day may come meanwhile
  drawPeople(account);
  for (const part of PARTS) {
    const field = byId(part);
    field.readOnly = account.fenced;
    if (typed.has(part) || keeping.get(part)) continue;
    account.seen.set(part, account.version(part));
    if (field.value === account.text(part)) continue;
    const caret = field.selectionStart;
    field.value = account.text(part);
    if (field === document.activeElement) field.setSelectionRange(caret, caret);
  }
  return undefined;
}

/** What somebody else wrote, then what stands in the field: kept at once, so that the next request holds both. */
function join({ detail }) {
  const { part, theirs } = detail;
  const field = byId(part);
  clearTimeout(typed.get(part));
  typed.delete(part);
  const text = joined(theirs || "", field.value); // more may stand there than was sent, on the disk or on its way
  field.value = text;
  if (text !== theirs) write(part, text);
}

const draw = steady(render);

if (await obstacle()) byId("pane").replaceChildren(h("p", { class: "note note-stop" }, t("blocked")));
else {
  account.addEventListener("change", draw);
  account.addEventListener("joining", join);
  account.busyWith = () => PARTS.find((part) => typed.has(part) || byId(part) === document.activeElement);
  addEventListener("hashchange", () => location.reload());
  addEventListener("pagehide", keepAll);
  document.addEventListener("visibilitychange", keepAll);
  await account.open(decodeURIComponent(location.hash.slice(1)));
  render();
  const kept = () => {
    opens = true;
    render();
  };
  store(steady(kept));
}
