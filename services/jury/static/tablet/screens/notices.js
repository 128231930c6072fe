// What became of entries that did not simply arrive: another tablet wrote too, refused, late, decided by the chair.

import { button, h } from "../elements.js";
import { splitKey } from "../model.js";
import { named, refusal, t } from "../messages.js";

const NAMES = {
  conflict: "noticeConflict",
  refused: "noticeRefused",
  late: "noticeLate",
  lateAccepted: "noticeLateAccepted",
  lateRefused: "noticeLateRefused",
};
// Of one project these are told together: a juror who was away for an hour has one thing to read, not one per value.
const TOGETHER = ["late", "lateAccepted", "lateRefused"];
const LONGEST = 60; // characters of a comment that are said again

/** Returns update(): shows in `box` the notices whose project `wanted(id)` accepts, until each has been read. */
export function noticesIn(box, app, wanted) {
  const { tablet } = app;
  return () => {
    const found = tablet.notices.filter((notice) => wanted(splitKey(notice.cell).project_id));
    const key = found.map((notice) => notice.id + notice.outcome).join();
    if ((box.dataset.key || "") === key) return;
    box.dataset.key = key;
    const boxes = grouped(found).map((one) => noticeBox(one, tablet));
    box.replaceChildren(...(found.length ? [h("h2", {}, t("notices"))] : []), ...boxes);
  };
}

/** Notices that are read together, in the order of the first of each. */
function grouped(notices) {
  const groups = new Map();
  for (const notice of notices) {
    const { outcome, id, cell } = notice;
    const key = TOGETHER.includes(outcome) ? outcome + splitKey(cell).project_id : id;
    groups.set(key, [...(groups.get(key) || []), notice]);
  }
  return [...groups.values()];
}

function shown(value) {
  if (value === null || value === "") return t("nothing");
  const text = String(value);
  return t("quoted", { text: text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text });
}

function noticeBox(notices, tablet) {
  const { criteria } = tablet.pack.grid;
  const places = [...criteria.map((one) => one.id), "comment", "feedback", "status"];
  const place = ({ cell }) => places.indexOf(splitKey(cell).field);
  const ordered = [...notices].sort((a, b) => place(a) - place(b));
  const values = ordered.map((one) => valuesOf(one, tablet));
  const [{ outcome }] = notices;
  if (outcome === "late") values.splice(0, values.length, { ...values[0], what: values.map((one) => one.what).join(", ") });
  const read = button(t("noted"), async () => {
    for (const { id } of notices) await tablet.store.forgetNotice(id);
    await tablet.refresh();
  });
  const passed = outcome === "late" && notices[0].reason?.startsWith("Ce projet est passé");
  const lines = values.map((one) => h("p", {}, t(passed ? "noticePassed" : NAMES[outcome], one)));
  return h("div", { class: "note note-wait" }, ...lines, tablet.readonly ? null : read);
}

/** What a notice is about, in words. */
function valuesOf(notice, tablet) {
  const { project_id, field } = splitKey(notice.cell);
  const project = tablet.pack.projects.find((one) => one.id === project_id);
  const criterion = tablet.pack.grid.criteria.find((one) => one.id === field);
  return {
    title: project?.title || t("recusedTitle"),
    what: criterion ? named(criterion) : t(["comment", "feedback", "status", "conflict"].includes(field) ? field : "goneCriterion"),
    mine: notice.mine === "abstained" ? t("abstained") : shown(notice.mine),
    theirs: shown(notice.theirs),
    reason: refusal(notice.reason || ""),
  };
}
