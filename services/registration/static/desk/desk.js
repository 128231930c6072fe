// The desk's screen: one field, three letters, one tap. What it knows and keeps: door.js.

import { obstacle, saveAsFile, store, stored } from "../shared/outbox/device.js";
import { h, leading, lines, steady } from "../shared/outbox/elements.js";
import { Offline } from "../shared/outbox/transport.js";
import { Camera } from "../shared/camera.js";
import { byTicket, Door, find, isBadge, namesake, personOf } from "./door.js";
import { dated, other, quoted, remark, t } from "./words.js";

const SHOWN = 8;
const DOUBLE = 500; // milliseconds within which people tap twice
const door = new Door();
let code = decodeURIComponent(location.hash.replace(/^#code=/, ""));
let pairing = Boolean(code); // a code is asked for, whatever desk this device is already
let badge = {}; // what the last one said, or what keeps it from being read; shown while the field holds `typed`
const settling = new Set(); // whose line says only just now that they are in
let camera = null;
let opens = stored(); // whether this page opens without a network
let list = { typed: "", ids: [] }; // who stands there for these words
const early = new Set(); // badges held up before the list of the event came: they admit when the list is here
const byId = (id) => document.getElementById(id);

const pill = (words, tone) => h("span", { class: `pill pill-${tone}` }, words);
const button = (words, onclick, kind) => h("button", { type: "button", class: `btn btn-${kind}`, onclick }, words);
const field = (id, label, more = {}) =>
  h("div", { class: "field" }, h("label", { for: id }, label), h("input", { class: "input", id, autocomplete: "off", spellcheck: "false", ...more }));

const listed = (days) => days.map((day) => dated(day)).join(", ");

function say(words) {
  byId("spoken").textContent = words;
}

/** What the list shows of somebody: the key of their line, and the line. A tap does what its button says, to who that is
 *  when it falls. */
function person(one) {
  const present = door.isIn(one);
  const placed = door.gate && place(one);
  const came = listed(door.otherDays(one));
  const otherwise = listed(door.otherwise(one));
  const words = t(present ? (door.gate ? "undoHere" : "undo") : !door.gate ? "admit" : door.expects(one) ? "isHere" : "anyway");
  const about = (placed ? [one.structure] : [one.structure, one.room, one.meal ? t("meal") : ""]).filter(Boolean).join(" · ");
  const name = `${one.first_name} ${one.last_name}`;
  const act = async () => {
    const typed = byId("search").value;
    if (!present && door.unsure && !(await sure())) return;
    if (!(await keeps(door.note(door.people.find(({ id }) => id === one.id) || one, !present)))) {
      badge = { typed, words: t("blocked"), tone: "stop" };
      showPeople();
      return say(badge.words);
    }
    say(door.closed ? t(door.closed) : remark(name, t(present ? (door.gate ? "undoHere" : "undo") : door.gate ? "noted" : "admitted")));
    if (door.closed) byId("closed").scrollIntoView();
    return ready(typed);
  };
  const line = () => h(
    "li",
    { class: present ? "person is-in" : "person", id: `p-${one.id}` },
    h("div", {}, h("b", {}, `${one.last_name} ${one.first_name}`), h("p", { class: "small about" }, present && h("span", {}, `${t(placed ? "isHere" : "admitted")} `), about),
      h("p", {}, placed && pill(...placed), " ", otherwise && pill(t("otherwise", { days: otherwise }), "wait"), " ", came && pill(t("came", { days: came }), "none"), " ", one.waiting && pill(t("waiting"), "wait"), " ", one.access && pill(t("access"), "going"))),
    h("button", { type: "button", class: `btn ${present ? "btn-quiet" : "btn-main"}`, disabled: present && settling.has(one.id), "aria-label": `${words} ${name}`, onclick: act }, words),
  );
  return [JSON.stringify([one.id, name, about, present, came, otherwise, one.waiting, one.access, settling.has(one.id), door.day, placed, words]), line];
}

/** Where somebody belongs who stands at the door of a workshop: the words and their colour. */
function place(one) {
  const [seen, expected] = [door.seenIn(one), door.expectedIn(one)];
  const named = ({ title, room }) => [quoted(title), room].filter(Boolean).join(", ");
  if (seen && seen.id !== door.room) return [t("seenThere", { workshop: named(seen) }), "wait"];
  if (!expected) return [t("expectedNowhere"), "wait"];
  return door.expects(one) ? [t("expectedHere"), "done"] : [t("expectedThere", { workshop: named(expected) }), "wait"];
}

/** Ask before anything else is done. answers: [[words, kind, value], …]. Resolves with the value of the one that was
 *  pressed, "" when the question was put away. */
function ask(words, answers) {
  const shown = performance.now();
  const answer = (value) => (event) => event.timeStamp - shown < DOUBLE || asked.close(value); // not the second tap of a double one
  const asked = h("dialog", { "aria-labelledby": "asked" }, h("p", { id: "asked" }, words),
    h("div", { class: "row" }, answers.map(([said, kind, value]) => button(said, answer(value), kind))));
  document.body.append(asked);
  asked.showModal();
  return new Promise((resolve) => asked.addEventListener("close", () => {
    asked.remove();
    resolve(asked.returnValue);
  }));
}

/** Before the event an entry is noted for practice, or by mistake: asked once a day. Resolves to whether to note it. */
async function sure() {
  if (document.querySelector("dialog")) return false; // a badge held up meanwhile
  const answer = await ask(t("ahead", { day: dated(door.ahead, true) }), [[t("notNow"), "main", ""], [t("rehearse"), "quiet", "yes"]]);
  if (answer) await door.rehearse();
  return Boolean(answer);
}

/** The workshop at whose door this desk stood is gone: nobody is noted before somebody read where it stands now. */
async function comeBack() {
  if (!door.adrift || door.readonly || document.querySelector("dialog")) return;
  await ask(t("gone", { workshop: door.roomTitle }), [[t("atEntrance"), "main", ""]]);
  await chooseGate({ target: { value: "" } });
  byId(door.gates.length ? "of-gate" : "search").focus();
}

/** Where one could admit stands the button that undoes it, whoever admitted: not before a second tap, meant for what stood
 *  there, fell. It counts from when it is shown, as a slow device shows it late. */
function settle(one) {
  const line = byId(`p-${one.id}`);
  if (!line || line.classList.contains("is-in") || !door.isIn(one)) return;
  settling.add(one.id);
  setTimeout(() => {
    settling.delete(one.id);
    render();
  }, DOUBLE);
}

/** The keyboard stays on a line that was drawn anew, unless its button does the contrary now, or it is gone. */
function keepFocus(held) {
  if (!held || held.isConnected) return;
  const line = byId(held.parentElement.id);
  const button = line?.querySelector("button");
  if (button?.textContent === held.textContent) return button.focus();
  byId("search").focus();
  if (line?.classList.contains("is-in")) say(remark(line.querySelector("b").textContent, t("admitted")));
}

/** The search awaits the next person: what is typed replaces the last name, which stays shown until then. Whoever
 *  was quicker than the disk has begun already, and is left alone. */
function ready(typed) {
  const search = byId("search");
  if (search.value !== typed) return;
  search.focus();
  search.select();
}

/** A hand-held reader types the code of a badge and presses Enter: that admits, or says whose it is not. A name never does, it may be another's. */
async function pressed(event) {
  if (event.key !== "Enter") return;
  event.preventDefault();
  const code = byId("search").value;
  ready(code); // the next badge may be read while this one is still being kept
  if (byTicket(door.people, code) || isBadge(code)) await admit(code);
  ready(code);
}

/** Resolves to whether this device could keep it: one that cannot any more says that, and not that somebody is in. */
const keeps = (writing) => writing.then(() => true).catch((error) => void console.error(error));

/** Whose badge this is comes in, and is said to be in already when shown again. No other code does anything. Nothing is
 *  said of them before that is kept: a page that is drawn meanwhile must not say it either. */
async function admit(code) {
  const read = (badge = { typed: code, words: "" });
  if (!door.listed) early.add(code);
  const one = door.listed ? byTicket(door.people, code) : undefined; // a list on its way says nothing yet of who is in
  const again = one && door.isIn(one);
  const [where, tone] = one && door.gate ? place(one) : [];
  const belongs = one && door.expects(one); // who does not is let in by a tap, once they were told where they belong
  const came = () => {
    const name = `${one.first_name} ${one.last_name}`;
    if (where) return remark(name, again ? t("alreadyHere") : [where, belongs && t("noted")].filter(Boolean).join(", "));
    const days = listed(door.otherwise(one));
    return [remark(name, t(again ? "already" : "admitted")), days && t("otherwise", { days })].filter(Boolean).join(" · ");
  };
  let kept = true;
  let words = one ? (door.closed ? t(door.closed) : came()) : t(door.listed ? "unknown" : "coming", { code: code.slice(0, 40) });
  if (one && !again && door.unsure && !(await sure())) words = t("notNoted");
  else if (one && !again && belongs) kept = await keeps(door.note(one, true));
  if (!kept) words = t("blocked");
  Object.assign(read, { words, tone: !kept ? "stop" : again ? "done" : tone });
  steady(showPeople)();
  say(words);
}

/** One after the other: each may be asked about. */
async function admitEarly() {
  const held = [...early];
  early.clear();
  for (const code of held) await admit(code);
}

/** For the same words everybody stays where they stand, as a finger may be on its way there: who arrives comes after. */
function standing(found, typed) {
  if (list.typed !== typed) return found;
  const place = ({ id }) => (list.ids.includes(id) ? list.ids.indexOf(id) : list.ids.length);
  return [...found].sort((a, b) => place(a) - place(b));
}

function showPeople() {
  const typed = byId("search").value;
  const found = find(door.people, typed);
  const held = document.activeElement.closest(".person button");
  const shown = standing(found, typed).slice(0, SHOWN);
  list = { typed, ids: shown.map((one) => one.id) };
  shown.forEach(settle);
  lines(byId("found"), shown.map(person));
  keepFocus(held);
  const rest = found.length - SHOWN;
  const none = typed.trim() && !found.length ? t(door.listed ? "none" : "coming") : "";
  showGate();
  showDay();
  const told = door.gate ? "presentIn" : door.several ? "presentOn" : "present";
  const n = door.people.filter((one) => door.isIn(one)).length;
  byId("present").textContent = t(told, { day: dated(door.day, true), n, capacity: door.gate?.workshop.capacity });
  byId("rest").textContent = rest > 0 ? t("more", { n: rest }) : badge.typed === typed ? badge.words : none;
  byId("rest").className = rest <= 0 && badge.typed === typed && badge.tone ? `verdict note note-${badge.tone}` : "";
}

/** At which door this desk stands: the entrance, or a workshop whose day has come. */
function showGate() {
  const { gates } = door;
  const pick = byId("gate");
  if (pick.hidden === Boolean(gates.length)) pick.hidden = !gates.length;
  if (!gates.length) return;
  const drawn = JSON.stringify(gates);
  if (pick.drawn !== drawn) {
    const about = ({ id, title, room }) => h("option", { value: id }, [title, room].filter(Boolean).join(" · "));
    byId("of-gate").replaceChildren(h("option", { value: "" }, t("entrance")), ...gates.map((slot) => h("optgroup", { label: slot.label }, slot.workshops.map(about))));
    pick.drawn = drawn;
  }
  byId("of-gate").value = door.gate ? door.room : "";
  byId("at-gate").hidden = !door.gate;
  byId("at-gate").textContent = door.gate ? t("atGate", { workshop: door.gate.workshop.title }) : "";
}

async function chooseGate({ target }) {
  const kept = door.stand(target.value); // from now on: a badge may be read before that is kept
  badge = {};
  showPeople();
  await kept;
}

/** For which day of several people are admitted. It follows the clock, unless somebody notes another from the paper. */
function showDay() {
  const pick = byId("day");
  const asked = door.several && !door.gate;
  if (pick.hidden === asked) pick.hidden = !asked;
  if (!asked) return;
  const days = door.days.join();
  if (pick.dataset.days !== `${days} ${door.date}`) {
    const about = (day) => [dated(day, true), day === door.date ? t("today") : ""].filter(Boolean).join(" · ");
    byId("of-day").replaceChildren(...door.days.map((day) => h("option", { value: day }, about(day))));
    pick.dataset.days = `${days} ${door.date}`;
  }
  byId("of-day").value = door.day;
  byId("another-day").hidden = door.day === door.today;
  byId("another-day").textContent = byId("another-day").hidden ? "" : t("anotherDay", { day: dated(door.day, true) });
}

function chooseDay({ target }) {
  door.chosen = target.value === door.today ? "" : target.value;
  badge = {};
  showPeople();
}

function showStatus() {
  const n = door.pending;
  const told = byId("notices").children.length;
  const said = (words, tone) => [words, () => pill(words, tone)];
  lines(byId("status"), [
    said(n ? t("kept", { n }) : t("received"), n ? "wait" : "done"),
    door.offline && said(t("offline"), "wait"),
    !opens && said(t("notYet"), "wait"),
    told && leading(byId("notices"), t("toRead", { n: told })),
  ].filter(Boolean));
  document.body.dataset.pending = String(n);
}

/** Why nobody can be admitted stands above all. What else there is to read stands below, where it moves nothing. */
function showNotices() {
  const said = (notice, people, other) => {
    const one = people.find((person) => person.id === personOf(notice.cell));
    const whose = [other?.session.event.title, one && `${one.first_name} ${one.last_name}`].filter(Boolean).join(", ");
    const words = remark(whose, notice.reason || notice.outcome);
    return [`${notice.id} ${words}`, () => h("div", { class: "note note-wait" }, h("p", {}, words), button(t("seen"), () => door.dismiss(notice, other), "quiet"))];
  };
  const note = (words, kind, key = "") => [key + words, () => h("div", { class: kind }, h("p", {}, words))];
  const notes = door.snapshot.notices.map((notice) => said(notice, door.people));
  for (const other of door.others) notes.push(...other.notices.map((notice) => said(notice, other.people, other)));
  for (const { pending, session, fenced } of door.others.filter((one) => one.pending)) {
    const words = t(fenced ? "leftFenced" : "left", { n: pending, event: session.event.title });
    notes.push(note(words, fenced ? "note note-wait" : "note", session.event.id)); // two may have one title
  }
  if (door.practised.length) {
    const words = t("practised", { day: dated(door.ahead, true), n: door.practised.length });
    notes.push([`practised ${words}`, () => h("div", { class: "note note-wait" }, h("p", {}, words), button(t("takeBack"), () => door.takeBack(), "quiet"))]);
  }
  const closed = door.readonly ? [note(t("second"), "note note-wait")] : [];
  if (door.fenced) {
    const save = () => saveAsFile("accueil.json", { desk: door.session.desk, event: door.session.event }, door.snapshot);
    closed.push([`fenced ${door.pending > 0}`, () => h("div", { class: "note note-stop", role: "alert" }, h("p", {}, t("fenced")),
      h("div", { class: "row" }, button(t("newCode"), askCode, "main"), door.pending > 0 && button(t("save"), save, "quiet")))]);
  }
  lines(byId("closed"), pairing ? [] : closed); // whoever writes a code sees to that already
  lines(byId("notices"), notes);
}

function showDesk() {
  const first = field("first", t("first"));
  const last = field("last", t("last"));
  const structure = field("structure", t("structure"));
  const wrong = h("p", { class: "error", id: "walk-in-error", role: "alert" });
  const typed = () => ["first", "last", "structure"].map((id) => byId(id).value.trim());
  const keeping = new Set(); // what was typed of those who are being kept
  let registered = -Infinity;
  const register = async (event, another) => {
    event.preventDefault();
    const asked = typed().join("\n");
    if (keeping.has(asked)) return undefined;
    const [first_name, last_name, structureName] = typed();
    wrong.textContent = door.closed ? t(door.closed) : last_name ? "" : t("lastNeeded");
    if (door.closed) return undefined;
    if (!last_name) return byId("last").focus();
    const whole = `${last_name} ${first_name}`.trim();
    if (!another && namesake(door.people, whole)) return doubt(whole);
    if (door.unsure && !(await sure())) return undefined;
    // Whoever is quicker than the disk begins with the next person: nothing typed meanwhile is taken away.
    let searched = false;
    const next = () => (searched = true);
    byId("search").addEventListener("input", next);
    keeping.add(asked);
    const kept = await keeps(door.register({ first_name, last_name, structure: structureName }));
    keeping.delete(asked);
    byId("search").removeEventListener("input", next);
    if (!kept) return void (wrong.textContent = t("blocked"));
    if (typed().join("\n") !== asked) return undefined;
    registered = performance.now();
    form.reset();
    if (!searched) {
      byId("search").value = whole; // of several with this name, the one who just came in
      badge = {};
      showPeople();
      ready(whole);
    }
    return undefined;
  };
  /** Whoever has this name on the list is shown above: a guest may have been looked for in another way. Nothing moves:
   *  the second tap of a double one would press what comes under it. */
  function doubt(whole) {
    byId("search").value = whole;
    badge = { typed: whole, words: t("sameName") };
    showPeople();
    wrong.replaceChildren(t("sameName"), " ", button(t("another"), (event) => register(event, true), "quiet"));
  }
  const form = h("form", { onsubmit: register, novalidate: true }, first, last, structure, wrong, h("button", { class: "btn btn-main" }, t("add")));
  const foot = h("p", { class: "row small" }, button(t("newCode"), askCode, "plain"), otherLanguage());
  const second = (event) => event.timeStamp - registered < DOUBLE && (event.preventDefault(), event.stopPropagation());
  foot.addEventListener("click", second, { capture: true }); // it moves up under the finger that registered somebody
  byId("pane").replaceChildren(
    h("h1", {}, `${door.session.event.title} · ${t("desk", { n: door.session.desk })}`),
    h("div", { class: "field", id: "gate", hidden: true },
      h("label", { for: "of-gate" }, t("gate")), h("select", { class: "input", id: "of-gate", onchange: chooseGate, "aria-describedby": "at-gate" }),
      h("p", { class: "note note-wait", id: "at-gate", role: "status", hidden: true })),
    h("div", { class: "field", id: "day", hidden: true },
      h("label", { for: "of-day" }, t("day")), h("select", { class: "input", id: "of-day", onchange: chooseDay, "aria-describedby": "another-day" }),
      h("p", { class: "note note-wait", id: "another-day", role: "status", hidden: true })),
    field("search", t("search"), { type: "search", "aria-describedby": "hint", oninput: showPeople, onkeydown: pressed, enterkeyhint: "search" }),
    h("p", { class: "small", id: "hint" }, t("hint")),
    button(t("scan"), scan, "quiet"),
    h("video", { id: "camera", hidden: true, playsinline: true, muted: true }),
    h("ul", { id: "found", class: "people" }),
    h("p", { id: "rest" }),
    h("p", { id: "present", class: "small" }),
    h("details", { class: "asked" }, h("summary", {}, t("walkIn")), form),
    foot,
  );
  byId("search").focus();
}

/** Read badges with the camera until it is stopped. The field is not focused: on a tablet its keyboard would cover all. */
async function scan({ currentTarget: press }) {
  const video = byId("camera");
  if (camera?.video !== video) {
    camera = new Camera(video, (code) => {
      byId("search").value = code;
      return admit(code);
    });
    video.addEventListener("stopped", () => (press.textContent = t("scan")));
  }
  if (camera.on) return camera.stop();
  badge = {};
  press.disabled = true;
  const why = await camera.start();
  press.disabled = false;
  if (!press.isConnected) return undefined;
  if (camera.on) press.textContent = t("stop");
  if (why) {
    badge = { typed: byId("search").value, words: t(why) };
    say(badge.words);
  }
  return showPeople();
}

function askCode() {
  camera?.stop();
  pairing = true;
  render();
  byId("code").focus();
}

/** Away from the form of the code, whether it served or not: the address forgets it. */
function leavePairing() {
  history.replaceState(null, "", location.pathname + location.search);
  [code, pairing] = ["", false];
}

function showPairing() {
  const wrong = h("p", { class: "error", id: "code-error", role: "alert" });
  const before = door.session;
  let asking = false;
  const pair = async (event) => {
    event.preventDefault();
    if (asking) return undefined; // a code serves once
    wrong.textContent = door.readonly ? t("second") : byId("code").value.trim() ? "" : t("codeNeeded");
    if (wrong.textContent) return byId("code").focus();
    asking = true;
    try {
      await door.pair(byId("code").value);
    } catch (error) {
      wrong.textContent = error instanceof Offline ? t(error.wait ? "busy" : "unreached") : error.message;
      return undefined;
    } finally {
      asking = false;
    }
    leavePairing();
    return before ? location.reload() : render();
  };
  const back = () => {
    leavePairing();
    showDesk();
    render();
  };
  byId("pane").replaceChildren(
    h("h1", {}, t("title")),
    before ? h("p", {}, t("before", { n: before.desk, event: before.event.title })) : "",
    h("form", { onsubmit: pair, novalidate: true }, field("code", t("code"), { value: code, "aria-describedby": "code-error", autocapitalize: "characters" }), wrong,
      h("div", { class: "row" }, h("button", { class: "btn btn-main" }, t("pair")), before ? button(t("back"), back, "quiet") : "")),
    h("p", { class: "row small" }, otherLanguage()),
  );
}

const otherLanguage = () => h("a", { href: `?lang=${other.lang}${location.hash}`, lang: other.lang, hreflang: other.lang }, other.name);

function render() {
  if (door.session) {
    showNotices();
    showStatus();
  }
  if (pairing || !door.session) return byId("code") ? undefined : showPairing();
  if (!byId("search")) showDesk();
  comeBack();
  if (door.listed) admitEarly();
  return showPeople();
}

if (await obstacle()) byId("pane").replaceChildren(h("p", { class: "note note-stop" }, t("blocked")));
else {
  await door.open();
  pairing &&= Boolean(door.session); // who is no desk yet is asked anyway
  door.addEventListener("change", steady(render));
  addEventListener("hashchange", () => location.hash && location.reload());
  render();
  const kept = () => {
    opens = true;
    render();
  };
  store(steady(kept));
}
