// The tablet cannot be relied on: say why, and offer paper.

import { button, h } from "../elements.js";
import { t } from "../messages.js";

/** reason: Insecure, Old, Full, Private or Write. lost: what could not be stored, in words. */
export function showStop(pane, app, reason, lost = "") {
  pane.replaceChildren(
    h(
      "section",
      { class: "narrow" },
      h("p", { class: "eyebrow" }, t("title")),
      h("h1", { tabindex: "-1" }, t("stopTitle")),
      h("p", { class: "lead" }, t(`stop${reason}`)),
      lost ? h("p", { class: "note note-wait lost" }, t("stopLost", { lost })) : null,
      h("p", {}, t("stopPaper")),
      h("div", { class: "actions" }, button(t("stopRetry"), () => app.restart())),
    ),
  );
}
