// What became of entries that did not simply arrive: another tablet wrote too, refused, late, decided by the chair.

import { button, h } from "../elements.js";
import { splitKey } from "../model.js";
import { refusal, t } from "../messages.js";

const NAMES = {
  conflict: "noticeConflict",
  refused: "noticeRefused",
  late: "noticeLate",
  lateAccepted: "noticeLateAccepted",
  lateRefused: "noticeLateRefused",
};
const LONGEST = 60; // characters of a comment that are said again

/** Returns update(): shows in `box` the notices whose project `wanted(id)` accepts, until each has been read. */
export function noticesIn(box, app, wanted) {
  const { tablet } = app;
  return () => {
    const found = tablet.notices.filter((notice) => wanted(splitKey(notice.cell).project_id));
    const key = found.map((notice) => notice.id + notice.outcome).join();
    if ((box.dataset.key || "") === key) return;
    box.dataset.key = key;
    box.replaceChildren(...(found.length ? [h("h2", {}, t("notices"))] : []), ...found.map((one) => noticeBox(one, tablet)));
  };
}

function shown(value) {
  if (value === null || value === "") return t("nothing");
  const text = String(value);
  return t("quoted", { text: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text });
}

function noticeBox(notice, tablet) {
  const { project_id, field } = splitKey(notice.cell);
  const project = tablet.pack.projects.find((one) => one.id === project_id);
  const criterion = tablet.pack.grid.criteria.find((one) => one.id === field);
  const values = {
    title: project?.title || t("recusedTitle"),
    what: criterion ? criterion.title : t(["comment", "feedback", "status", "conflict"].includes(field) ? field : "goneCriterion"),
    mine: notice.mine === "abstained" ? t("abstained") : shown(notice.mine),
    theirs: shown(notice.theirs),
    reason: refusal(notice.reason || ""),
  };
  const read = button(t("noted"), async () => {
    await tablet.store.forgetNotice(notice.id);
    await tablet.refresh();
  });
  return h("div", { class: "note note-wait" }, h("p", {}, t(NAMES[notice.outcome], values)), tablet.readonly ? null : read);
}
