// Not scoring a project: abstain (and come back), or declare a link and step back for good.

import { button, h } from "../elements.js";
import { t } from "../messages.js";

/** {element, state, update}: the two choices at the foot of the sheet, and the words at its head once abstained. */
export function stepAside(context) {
  const { app, tablet, id } = context;
  const abstain = button(t("abstain"), () => app.keep(() => tablet.write(id, "status", "abstained", t("abstain")), t("abstain")));
  const abstainHelp = h("p", { class: "hint" }, t("abstainHelp"));
  const resume = button(t("resume"), () => app.keep(() => tablet.write(id, "status", null, t("resume")), t("resume")), "main");
  const state = h(
    "div",
    { class: "note note-wait", hidden: true },
    h("p", {}, h("b", {}, t("abstainedLead")), " ", t("abstainHelp")),
    resume,
  );

  const note = h("input", { class: "input", id: "declare-note", maxlength: "500", autocomplete: "off" });
  const kinds = ["direct", "indirect"].map((kind) =>
    h(
      "label",
      { class: "box" },
      h("input", { type: "radio", name: "declare-kind", value: kind, checked: kind === "direct" }),
      h("span", {}, t(kind), h("span", { class: "hint" }, t(`${kind}Help`))),
    ),
  );
  const form = h(
    "div",
    { class: "declare note note-stop", hidden: true },
    h("fieldset", {}, h("legend", {}, t("declareKind")), kinds),
    h("div", { class: "field" }, h("label", { for: "declare-note" }, t("declareNote")), note),
    h("p", {}, t("declareWhat")),
    h(
      "div",
      { class: "actions" },
      button(t("declareGo"), declare, "main"),
      button(t("cancel"), () => toggle(false), "plain"),
    ),
  );
  const open = button(t("declare"), () => toggle(true));

  function toggle(shown) {
    form.hidden = !shown;
    open.setAttribute("aria-expanded", String(shown));
    if (shown) form.querySelector("input").focus();
    else open.focus();
  }

  async function declare() {
    const kind = form.querySelector("input:checked").value;
    await app.keep(() => tablet.declare(id, kind, note.value), `${t("conflict")} : ${t(kind)}. ${note.value}`);
    app.go("#/");
  }

  const element = h(
    "section",
    { class: "step-aside" },
    h("h2", {}, t("notScoring")),
    h("div", { class: "row" }, abstain, tablet.exercise ? null : open),
    abstainHelp,
    form,
  );

  function update() {
    const abstained = context.value("status") === "abstained";
    state.hidden = !abstained;
    abstain.hidden = abstained;
    abstainHelp.hidden = abstained;
    for (const one of [abstain, resume, open]) one.disabled = !tablet.writable;
  }

  return { element, state, update };
}
