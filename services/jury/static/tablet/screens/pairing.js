// From a code to a juror: type or scan it, say "yes, that is me", declare the links one has with projects.

import { Offline, Refused } from "../../shared/outbox/transport.js";
import { button, h, say, tap } from "../elements.js";
import { t } from "../messages.js";

/** code: from the QR's fragment, tried at once; mailed: from a mail, used only when asked for, since the programs that
 *  look at mails open what they find. */
export function showPairing(pane, app, { code = "", mailed = false, again = false } = {}) {
  const { tablet } = app;
  const input = h("input", {
    class: "input code-input",
    id: "code",
    name: "code",
    autocomplete: "off",
    autocapitalize: "characters",
    spellcheck: "false",
    "aria-describedby": "code-hint code-error",
    value: code,
  });
  const error = h("p", { class: "error", id: "code-error", role: "alert", hidden: true });
  const go = h("button", { type: "submit", class: tap("main") }, t("pairGo"));
  let busy = false;

  async function submit(event) {
    event?.preventDefault();
    if (busy) return;
    const typed = input.value.replace(/\s/g, "").replace(/^.*#/, "");
    error.hidden = true;
    if (!typed) return fail(t("pairEmpty"));
    busy = true;
    say(go, t("pairBusy"));
    go.setAttribute("aria-disabled", "true");
    try {
      await tablet.pair(typed);
      app.restart();
    } catch (problem) {
      busy = false;
      say(go, t("pairGo"));
      go.removeAttribute("aria-disabled");
      fail(explain(problem));
    }
  }

  function fail(words) {
    error.hidden = false;
    say(error, words);
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }

  pane.replaceChildren(
    h(
      "section",
      { class: "narrow" },
      h("p", { class: "eyebrow" }, t("title")),
      h("h1", { tabindex: "-1" }, t(mailed ? "pairDevice" : "pairTitle")),
      h("p", { class: "lead" }, t(mailed ? "pairMailed" : "pairLead")),
      h(
        "form",
        { onsubmit: submit, novalidate: true },
        h(
          "div",
          { class: "field" },
          h("label", { for: "code" }, t("pairCode")),
          h("span", { class: "hint", id: "code-hint" }, t(mailed ? "pairMailedHint" : "pairHint")),
          error,
          input,
        ),
        h(
          "div",
          { class: "actions" },
          go,
          again || tablet.session ? button(t("cancel"), () => app.restart(), "plain") : null,
        ),
      ),
      h("p", { class: "small" }, t("pairPaper")),
    ),
  );
  if (tablet.readonly) {
    say(pane.querySelector(".lead"), t("secondTab"));
    pane.querySelector("form").remove();
  } else if (mailed) go.focus();
  else if (code) submit();
}

function explain(problem) {
  if (problem instanceof Refused) return problem.message;
  if (problem instanceof Offline && problem.message === "too many requests") return t("pairMany");
  if (problem instanceof Offline && problem.portal) return t("pairPortal");
  return t("pairOffline");
}

/** « Vous êtes bien … ? », and the declaration. Returns what to call when the tablet's state changes. */
export function showConfirmation(pane, app) {
  const { tablet } = app;
  const { juror, round } = tablet.session;
  const name = `${juror.first_name} ${juror.last_name}`;
  const chosen = new Map(); // project id → kind
  const projects = h("div", { class: "links" });
  const error = h("p", { class: "error", role: "alert", hidden: true });
  const none = h("input", { type: "checkbox", id: "no-link" });
  // Not before the projects: they would push it away from under the finger, and be ticked in its place.
  const free = h("label", { class: "box none", for: "no-link", hidden: true }, none, h("span", {}, t("conflictNone")));
  const go = button(t("confirmGo", { name }), submit, "main", { disabled: true }); // until the projects are here
  const eyebrow = h("p", { class: "eyebrow" }, round.title);
  const rehearsal = h("p", { class: "lead", hidden: true }, t("exerciseConfirm"));
  let drawn = false;
  let exercise = false;

  function draw() {
    if (drawn || !tablet.pack) return;
    drawn = true;
    go.disabled = free.hidden = false;
    exercise = tablet.exercise;
    rehearsal.hidden = !exercise;
    links.hidden = exercise;
    if (exercise) say(eyebrow, t("exerciseTitle"));
    projects.replaceChildren(...tablet.pack.projects.filter((project) => !project.recused).map(line));
  }

  function line(project) {
    const id = `link-${project.id}`;
    const kinds = h("div", { class: "kinds", hidden: true });
    const box = h("input", { type: "checkbox", id });
    box.addEventListener("change", () => {
      kinds.hidden = !box.checked;
      if (box.checked) chosen.set(project.id, "direct");
      else chosen.delete(project.id);
    });
    for (const kind of ["direct", "indirect"]) {
      const radio = h("input", { type: "radio", name: id, value: kind, checked: kind === "direct" });
      radio.addEventListener("change", () => chosen.set(project.id, kind));
      const help = h("span", { class: "hint" }, t(`${kind}Help`));
      kinds.append(h("label", { class: "box" }, radio, h("span", {}, t(kind), help)));
    }
    return h(
      "div",
      { class: "link" },
      h(
        "label",
        { class: "box", for: id },
        box,
        h("span", {}, `${project.number}. ${project.title}`, h("span", { class: "hint" }, project.structure)),
      ),
      kinds,
    );
  }

  async function submit() {
    if (!exercise && !chosen.size && !none.checked) {
      error.hidden = false;
      say(error, t("conflictMust"));
      none.focus();
      return;
    }
    go.disabled = true;
    try {
      await tablet.confirm([...chosen].map(([project_id, kind]) => ({ project_id, kind, note: "" })));
      history.replaceState(null, "", "#/");
      app.restart();
    } catch (problem) {
      go.disabled = false;
      error.hidden = false;
      say(error, problem instanceof Offline && problem.portal ? t("pairPortal") : t("unpairFailed"));
    }
  }

  const waiting = h("p", { class: "hint" }, t("waitingPack"));
  const links = h(
    "div",
    {},
    h("h2", {}, t("conflictTitle")),
    h("p", {}, t("conflictLead")),
    waiting,
    projects,
    free,
  );
  pane.replaceChildren(
    h(
      "section",
      { class: "narrow" },
      eyebrow,
      h("h1", { tabindex: "-1" }, t("confirmTitle", { name })),
      h("p", { class: "row" }, button(t("confirmNo"), notMe, "plain")),
      rehearsal,
      links,
      error,
      h("div", { class: "actions" }, go),
    ),
  );

  function notMe() {
    pane.replaceChildren(
      h(
        "section",
        { class: "narrow" },
        h("h1", { tabindex: "-1" }, t("confirmNo")),
        h("p", { class: "lead" }, t("notMe")),
        h("div", { class: "actions" }, button(t("pairAgain"), app.pairAgain, "main"), button(t("cancel"), app.restart)),
      ),
    );
  }

  return () => {
    // The round opened while this was asked: now the links count too.
    if (drawn && exercise && !tablet.exercise) return app.redraw();
    draw();
    waiting.hidden = drawn;
    if (tablet.offline && !drawn) say(waiting, t("packFailed"));
  };
}
