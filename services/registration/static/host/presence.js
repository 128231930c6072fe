// Who is expected and, from the day of the workshop on, who is there: one tap each. What it knows and keeps: account.js.

import { h, lines } from "../shared/outbox/elements.js";
import { matching } from "../shared/outbox/names.js";
import { t } from "./words.js";

const SHOWN = 6;
const DOUBLE = 500; // milliseconds within which people tap twice: the second tap undoes nothing
const tapped = new Set(); // ids of those whose line is about to say the contrary
const byId = (id) => document.getElementById(id);
const pill = (words, tone) => h("span", { class: `pill pill-${tone}` }, words);

/** The list, empty as yet. Before the day it is folded, for who prepares. */
export function listOfPeople(account) {
  const print = h("button", { type: "button", class: "btn btn-quiet", onclick: () => window.print() }, t("print"));
  const parts = account.opened ? asking(account) : [h("ul", { id: "there" })];
  return h("details", { class: "asked", id: "people", open: account.opened, hidden: true }, h("summary", { id: "count" }), ...parts, print);
}

const asking = (account) => [
  h("p", { class: "small" }, t("hereLead")),
  h("div", { class: "field", id: "someone-else" }, h("label", { for: "someone" }, t("someone")), h("p", { class: "hint", id: "someone-hint" }, t("someoneHint")),
    h("input", { class: "input", id: "someone", type: "search", autocomplete: "off", spellcheck: "false", "aria-describedby": "someone-hint", oninput: () => drawPeople(account) }),
    h("ul", { id: "others", class: "people" }), h("p", { id: "nobody", role: "status" })),
  h("ul", { id: "there", class: "people" }),
  h("p", { id: "rooms", class: "small" }),
  h("p", { id: "over", class: "note note-wait", hidden: true }, t("over")),
];

export function drawPeople(account) {
  const { people, others = [], workshop } = account.pack;
  const n = people.length;
  byId("people").hidden = !n && !account.opened;
  if (!byId("rooms")) {
    byId("count").textContent = t(n > 1 ? "people" : "person", { n });
    return lines(byId("there"), people.map((one) => [JSON.stringify(one), () => h("li", {}, about(one), answers(one))]));
  }
  const held = document.activeElement?.closest(".person")?.id;
  const expected = new Set(people.map(({ id }) => id));
  const draw = (one) => line(account, one, expected.has(one.id));
  const here = account.listed.filter((one) => account.isHere(one)).length;
  const more = account.listed.length - n;
  byId("count").textContent = t(more ? "more" : "who", { here: here - more, n, more });
  lines(byId("there"), account.listed.map(draw));
  byId("rooms").textContent = t("rooms", { here, n, capacity: workshop.capacity });
  byId("over").hidden = here <= workshop.capacity;
  const typed = byId("someone").value;
  const listed = new Set(account.listed.map(({ id }) => id));
  const found = typed.trim().length < 3 ? [] : matching([...people, ...others], typed, ({ name }) => name.split(" ").reverse().join(" "));
  lines(byId("others"), found.filter(({ id }) => !listed.has(id)).slice(0, SHOWN).map(draw));
  const below = found.filter(({ id }) => listed.has(id)).slice(0, SHOWN);
  const unknown = typed.trim().length > 2 && !found.length ? t("nobody") : "";
  byId("nobody").textContent = below.length ? t("below", { names: below.map(({ name }) => name).join(", ") }) : unknown;
  // The keyboard stays with the person whose line was drawn anew, or whom a tap brought into the list.
  if (held && !document.activeElement?.closest(".person")) byId(held)?.querySelector("button")?.focus();
  return undefined;
}

/** What the list shows of somebody: the key of their line, and the line. */
function line(account, one, expected) {
  const here = account.isHere(one);
  const elsewhere = account.elsewhere(one);
  const act = () => {
    tapped.add(one.id);
    account.see(one, !here);
  };
  const pills = [
    !expected && pill(t("guest"), "wait"),
    elsewhere && pill(t("elsewhere", { at: elsewhere.at, workshop: elsewhere.elsewhere }), "none"),
    one.access && pill(t("access"), "going"),
  ].filter(Boolean);
  const words = t(here ? "undo" : "here");
  const make = () => {
    const shown = tapped.delete(one.id) ? Date.now() : 0; // counted from here, as a slow device shows it late
    const once = () => Date.now() - shown > DOUBLE && act();
    return h("li", { class: here ? "person is-in" : "person", id: `p-${one.id}` },
      h("div", {}, h("b", {}, one.name), h("p", { class: "small about" }, here && h("span", {}, `${t("here")} `), [one.structure, one.type].filter(Boolean).join(", ")),
        h("p", {}, pills.flatMap((each) => [each, " "])), answers(one)),
      h("button", { type: "button", class: `btn ${here ? "btn-quiet" : "btn-main"}`, disabled: account.readonly || account.fenced, "aria-label": `${words} ${one.name}`, onclick: once }, words));
  };
  return [JSON.stringify([one, here, elsewhere, expected, account.readonly || account.fenced]), make];
}

const about = (one) => [one.name, one.structure, one.type].filter(Boolean).join(", ");
const answers = (one) => (one.answers || []).map(({ question, said }) => h("p", { class: "small" }, `${question} `, h("b", {}, said)));
