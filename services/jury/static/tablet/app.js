// The jury's tablet: opens what the device kept, decides which screen to show, and keeps the strip right.
// What the tablet knows is in tablet.js; each screen is a file in screens/.

import { language, obstacle, saveAsFile, stored } from "../shared/outbox/device.js";
import { button, inPlace, say, steady } from "./elements.js";
import { speak, t } from "./messages.js";
import { showConfirmation, showPairing } from "./screens/pairing.js";
import { showDossier } from "./screens/dossier.js";
import { showList } from "./screens/list.js";
import { showLock } from "./screens/lock.js";
import { showSheet } from "./screens/sheet.js";
import { showStop } from "./screens/stop.js";
import { showBanners, showStatus } from "./status.js";
import * as pin from "./pin.js";
import { Tablet } from "./tablet.js";
import * as updates from "./updates.js";

const AWAY = 60000; // milliseconds out of sight after which a lent tablet asks for its code
const OPENED = "agora_opened"; // this tab has been opened with the code: loading it again does not ask
const CODE = /^#(lien=)?([A-Za-z0-9_-]{16,64})$/; // "lien=": from a mail
const tablet = new Tablet();
const pane = document.getElementById("pane");
const listPane = document.getElementById("list-pane");
const dock = document.getElementById("dock");
let screen = null; // {name, id, update?}
let list = null;
let ended = false; // whether the page says already that this tablet was replaced
let lock = null; // of the screen: it stays lit while a sheet is open

const app = {
  tablet,
  go: (hash) => {
    location.hash = hash;
  },
  stop: (reason) => enter("stop", reason),
  restart: () => location.reload(),
  redraw: () => route(),
  /** held: the tablet itself, or one of its others. */
  saveFile: async (held = tablet) => {
    const { operations, notices } = await held.store.snapshot();
    const { juror, round, epoch } = held.session;
    const stamp = new Date().toISOString().slice(0, 16).replace(":", "");
    saveAsFile(`agora-${juror.last_name}-${stamp}.json`, { juror, round, epoch }, { operations, notices });
  },
  pairAgain: () => enter("pairing", { again: true }),
  lock: () => {
    tablet.locked = true;
    sessionStorage.removeItem(OPENED);
    enter("lock");
    update();
  },
  unlock: () => {
    tablet.locked = false;
    sessionStorage.setItem(OPENED, "yes");
    route();
    update();
  },
  versions: updates.versions,
  /** Run a write; a device that cannot store it any more stops here, with paper as the answer. what: the write in
   *  words, to be copied onto the paper of the project that is open. */
  keep: async (work, what = "") => {
    try {
      return await work();
    } catch (error) {
      console.error(error);
      const open = tablet.pack?.projects.find(({ id }) => location.hash === `#/p/${id}`);
      enter("stop", "Write", what && open ? `${open.number}. ${open.title} – ${what}` : what);
      throw error;
    }
  },
};

function enter(name, detail, lost) {
  screen = { name };
  Object.assign(pane.parentElement.style, { minHeight: "", paddingTop: "" });
  document.body.dataset.screen = name;
  dock.hidden = name !== "sheet" && name !== "dossier";
  listPane.hidden = name !== "sheet" && name !== "list";
  pane.hidden = name === "list";
  if (name === "pairing") showPairing(pane, app, detail);
  if (name === "confirm") screen.update = showConfirmation(pane, app);
  if (name === "stop") showStop(pane, app, detail, lost);
  if (name === "lock") showLock(pane, app);
  if (name === "sheet") screen.update = showSheet(pane, dock, app, detail);
  if (name === "dossier") screen.update = showDossier(pane, dock, app, detail);
  if (name === "list" || name === "sheet") {
    list ||= showList(listPane, app);
    list(name === "sheet" ? detail : null);
  }
  light(name === "sheet" || name === "dossier");
}

/** Which screen the address and the state of the tablet ask for. */
function route() {
  if (screen?.name === "stop") return;
  const [, mailed, code] = CODE.exec(location.hash) || [];
  if (code) {
    // The code opens a juror's sheet: out of the address bar and the history at once.
    history.replaceState(null, "", location.pathname + location.search);
    enter("pairing", { code, mailed: Boolean(mailed) });
  } else if (!tablet.session) enter("pairing", {});
  else if (tablet.locked) enter("lock");
  else if (!tablet.session.confirmed) enter("confirm");
  else {
    const [, id, reading] = /^#\/p\/([^/]+)(\/dossier)?$/.exec(location.hash) || [];
    const project = tablet.pack?.projects.find((one) => one.id === id);
    const before = screen?.name;
    if (project && reading && tablet.readable(project)) enter("dossier", id);
    else if (project) enter("sheet", id);
    else enter("list");
    if (before) land(before);
  }
}

/** After a change of screen: the top of a sheet, with its title in focus; where one was in the list, and in a sheet
 *  that one left to read its dossier. */
const places = new Map();
function land(before) {
  if (screen.name !== "list") {
    window.scrollTo(0, (screen.name === "sheet" && before === "dossier" && places.get("sheet")) || 0);
    pane.querySelector("h1")?.focus({ preventScroll: true });
  } else {
    window.scrollTo(0, places.get("list") || 0);
    listPane.querySelector("h1")?.focus({ preventScroll: true });
  }
}

async function light(wanted) {
  try {
    if (wanted && !lock) lock = await navigator.wakeLock?.request("screen");
    lock?.addEventListener("release", () => {
      lock = null;
    });
    if (!wanted && lock) await lock.release();
  } catch {
    // Not offered, or the battery is low: the tablet's own setting decides.
  }
}

function update() {
  inPlace([pane, listPane], () => {
    showStatus(tablet);
    showBanners(tablet, app);
    if (screen?.name === "sheet" || screen?.name === "list") list?.(screen.name === "sheet" ? undefined : null);
    screen?.update?.();
  });
  if (tablet.fenced && !ended) window.scrollTo(0, 0); // nothing can be written any more: what to do now stands at the top
  ended = tablet.fenced;
  quiet();
}

/** A new version may take over at a quiet moment. Whoever asks meanwhile is answered by one more look. */
async function quiet() {
  if (quiet.busy) {
    quiet.again = true;
    return;
  }
  quiet.busy = true;
  try {
    do {
      quiet.again = false;
      await takeOver();
    } while (quiet.again);
  } finally {
    quiet.busy = false;
  }
}

/** Nothing to send, on the list, one tab. */
async function takeOver() {
  if (screen?.name !== "list" || tablet.pending || tablet.readonly) return;
  const found = await updates.versions();
  if (!found || found.current === found.ready) return;
  if (screen.name !== "list" || (await tablet.outbox.pending())) return;
  await updates.adopt();
  location.reload();
}

async function start() {
  speak(language());
  document.title = `Agora · ${t("title")}`;
  say(document.querySelector(".skip"), t("skip"));
  say(document.getElementById("opening"), t("loading"));
  dock.setAttribute("aria-label", t("dock"));
  showStatus(tablet);

  const problem = await obstacle();
  if (problem) return enter("stop", { insecure: "Insecure", old: "Old", full: "Full", private: "Private" }[problem]);
  tablet.unkept = !stored();
  const kept = () => {
    tablet.unkept = false;
    showStatus(tablet);
  };
  updates.register(steady(kept));

  tablet.locked = sessionStorage.getItem(OPENED) !== "yes"; // until the disk says whether there is a code
  await tablet.open();
  tablet.locked &&= await pin.isSet(tablet.device);
  updates.whenReady(quiet);
  tablet.addEventListener("change", steady(update));
  tablet.addEventListener("began", route);
  history.scrollRestoration = "manual";
  const remember = () => screen && places.set(screen.name, window.scrollY);
  window.addEventListener("scroll", remember, { passive: true });
  window.addEventListener("hashchange", route);
  window.addEventListener("pagehide", () => {
    sessionStorage.setItem("place", `${screen.name}${location.hash} ${window.scrollY}`);
  });
  let hidden = 0;
  document.addEventListener("visibilitychange", async () => {
    if (document.visibilityState !== "visible") hidden = Date.now();
    else if (tablet.session && Date.now() - hidden > AWAY && (await pin.isSet(tablet.device))) app.lock();
    else light(screen?.name === "sheet" || screen?.name === "dossier");
  });

  route();
  update();
  const [place, y] = (sessionStorage.getItem("place") || " 0").split(" ");
  if (place === screen.name + location.hash) window.scrollTo(0, Number(y));
  if (tablet.session) await tablet.look();
  // The first pack may have arrived only now: the screen asked for can be shown.
  if (screen.name === "list" && /^#\/p\//.test(location.hash)) route();
  tablet.watch();
  setInterval(updates.look, 10 * 60 * 1000);
}

start().catch((error) => {
  console.error(error);
  pane.hidden = false;
  showStop(pane, app, "Private");
  pane.append(button(t("stopRetry"), () => location.reload()));
});
