// The strip at the top: what is kept, what is received, and when the server last answered.

import { Offline } from "../shared/outbox/transport.js";
import { button, h, say } from "./elements.js";
import { clock, t } from "./messages.js";

let spoken = null;

export const nameOf = ({ juror }) => `${juror.first_name} ${juror.last_name}`;

/** Words for the strip: {tone, main, more}. tone: done, wait or stop. */
export function describe(tablet) {
  const n = tablet.fenced ? tablet.pending : tablet.unsent;
  const when = tablet.contact ? clock(tablet.contact) : t("never");
  if (tablet.fenced) return { tone: "stop", main: n ? t("kept", { n }) : t("allReceived"), more: t("fencedTitle") };
  const more = [];
  if (tablet.offline) {
    more.push(t(tablet.offline instanceof Offline && tablet.offline.portal ? "portalShort" : "offlineShort"));
  }
  if (tablet.unkept) more.push(t("notYet"));
  for (const { session, pending } of tablet.locked ? [] : tablet.waiting) more.push(t("ofWhich", { name: nameOf(session), n: pending }));
  if (tablet.closed && tablet.pack && !tablet.exercise) more.push(t("closedShort"));
  if (tablet.notices.length) more.push(t("toRead", { n: tablet.notices.length }));
  more.push(t("lastContact", { when }));
  const main = n ? t(tablet.sending && !tablet.offline ? "sending" : "kept", { n }) : t("allReceived");
  return { tone: n ? "wait" : "done", main, more: more.join(" · ") };
}

export function showStatus(tablet) {
  const box = document.getElementById("status");
  if (!tablet.session) {
    box.replaceChildren(h("b", {}, t("title")));
    box.dataset.tone = "none";
    return;
  }
  const { tone, main, more } = describe(tablet);
  if (!box.querySelector(".strip-more")) box.replaceChildren(h("b", {}), h("span", { class: "strip-more" }));
  say(box.querySelector("b"), main);
  say(box.querySelector(".strip-more"), more);
  box.dataset.tone = tone;
  document.body.dataset.pending = String(tablet.pending);
  // A tap goes from kept to received in a second or two: only what lasts is read aloud.
  clearTimeout(spoken);
  spoken = setTimeout(() => say(document.getElementById("spoken"), main), 1500);
}

/** Say something at once to those who listen, and leave it there. */
export function announce(text) {
  clearTimeout(spoken);
  say(document.getElementById("spoken"), text);
}

function banner(words) {
  return h("div", { class: "note note-wait" }, h("p", {}, words));
}

/** What must be read before anything else: fenced, left here by another, second tab, closed. Rebuilt only when it changes. */
export function showBanners(tablet, { saveFile, pairAgain }) {
  const box = document.getElementById("banners");
  const n = tablet.pending;
  const stranded = tablet.stranded.map((other) => [nameOf(other.session), other.pending]);
  const key = JSON.stringify([tablet.locked, tablet.readonly, tablet.fenced, tablet.closed, tablet.fenced && n, tablet.exercise, stranded]);
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  // Behind the code of a lent tablet: neither whose it is, nor a file of what was scored.
  if (tablet.locked) return box.replaceChildren();
  const found = [];
  if (tablet.fenced) {
    found.push(
      h(
        "div",
        { class: "note note-stop", role: "alert" },
        h("h2", {}, t("fencedTitle")),
        h("p", {}, t("fenced")),
        n ? h("p", {}, t("fencedPending", { n })) : null,
        h(
          "div",
          { class: "actions" },
          button(t("pairAgain"), pairAgain, "main"),
          n ? button(t("saveFile"), () => saveFile()) : null,
        ),
      ),
    );
  }
  for (const other of tablet.stranded) {
    const save = async () => {
      await saveFile(other);
      await tablet.filed(other);
    };
    found.push(
      h(
        "div",
        { class: "note note-stop", role: "alert" },
        h("p", {}, t("stranded", { name: nameOf(other.session), n: other.pending })),
        h("div", { class: "actions" }, button(t("saveFile"), save)),
      ),
    );
  }
  if (tablet.readonly) found.push(banner(t("secondTab")));
  if (tablet.exercise && !tablet.fenced) found.push(banner(t(tablet.closed ? "exerciseClosed" : "exercise")));
  else if (tablet.closed && !tablet.fenced) found.push(banner(t("closed")));
  box.replaceChildren(...found);
}
