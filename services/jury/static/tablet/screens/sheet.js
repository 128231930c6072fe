// One project: read it, choose a level per criterion in words, write to the jury and to the applicant.
// Built once when the project is opened; afterwards only words and states change, so nothing jumps.

import { button, h, say, tap } from "../elements.js";
import { country, named, score, t } from "../messages.js";
import { belowMinimum, cellKey, sectionPoints, sections, standing, total, valueOf } from "../model.js";
import { announce } from "../status.js";
import { criterionField } from "./criterion.js";
import { noticesIn } from "./notices.js";
import { stepAside } from "./aside.js";
import { textField } from "./text.js";

/** Returns update(). `dock`: the bar at the bottom. */
export function showSheet(pane, dock, app, id) {
  const { tablet } = app;
  const at = tablet.pack.projects.findIndex((project) => project.id === id);
  const project = () => tablet.pack.projects.find((one) => one.id === id);
  const found = () => standing(project(), tablet.pack.grid, tablet.snapshot.cells);
  const { grid, projects } = tablet.pack;
  const sum = grid.criteria.reduce((all, criterion) => all + criterion.weight, 0);
  const context = {
    app,
    tablet,
    id,
    cell: (field) => tablet.snapshot.cells.get(cellKey(id, field)),
    // The newest: what is being kept is not in the snapshot yet, and a field that showed what was there before would lose it.
    value: (field) => (tablet.writing.get(cellKey(id, field)) || { value: valueOf(tablet.snapshot.cells, id, field) }).value,
    writing: (field) => tablet.writing.has(cellKey(id, field)),
  };

  const place = t("position", { at: at + 1, all: projects.length });
  const position = h("p", { class: "eyebrow" }, tablet.exercise ? `${t("exerciseTitle")} · ${place}` : place);
  const updates = [];
  const open = project();
  const body = h("div", { class: "sheet-body" });
  const recused = found().state === "recused";
  if (recused) body.append(h("h1", { tabindex: "-1" }, t("recusedTitle")), h("p", { class: "lead" }, t("recusedLead")));
  else drawBody();
  pane.replaceChildren(h("article", { class: "sheet" }, position, body));
  updates.push(drawDock());
  update();
  return update;

  function update() {
    // Given to somebody else: the list says so.
    if (!tablet.pack.projects.some((one) => one.id === id)) return app.go("#/");
    // Recused in the meantime, here or at the secretariat: nothing of the project may stay on screen.
    if (!recused && found().state === "recused") return app.restart();
    if (regraded() && !typing()) return app.redraw();
    for (const one of updates) one();
  }

  /** Whether the pack now holds another grid than the one on screen. */
  function regraded() {
    const now = tablet.pack.grid;
    return now !== grid && JSON.stringify(now) !== JSON.stringify(grid);
  }

  // What is being typed is not torn away: the sheet is drawn anew once the field is left.
  function typing() {
    return document.activeElement instanceof HTMLTextAreaElement;
  }

  function drawBody() {
    const text = (name, limit) => {
      const field = textField(context, name, limit);
      updates.push(field.update);
      return field.element;
    };
    body.append(
      h("h1", { tabindex: "-1" }, open.title),
      h("p", { class: "who" }, [open.structure, country(open.country)].filter(Boolean).join(" · ")),
      h("p", { class: "summary" }, open.summary),
      ...(tablet.readable(open) ? [h("p", {}, h("a", { class: tap("read"), href: `#/p/${id}/dossier` }, t("readDossier")))] : []),
    );
    const told = h("div", { class: "notices", role: "status" });
    updates.push(noticesIn(told, app, (one) => one === id));
    body.append(told);
    const aside = stepAside(context);
    updates.push(aside.update);
    body.append(aside.state);
    let number = 0;
    for (const section of sections(grid)) {
      if (section.title) body.append(sectionHead(section));
      for (const criterion of section.criteria) {
        const field = criterionField(context, criterion, (number += 1), sum);
        updates.push(field.update);
        body.append(field.element);
      }
    }
    // Nobody bears a sample: there is nothing to tell an applicant.
    body.append(text("comment", 2000), ...(tablet.exercise ? [] : [text("feedback", 2000)]), result());
    body.append(former());
    if (tablet.pack.round.shows_others) body.append(others());
    body.append(aside.element);
  }

  /** A heading with the points of this sheet so far, and what lacks. */
  function sectionHead(section) {
    const points = h("p", { class: "section-points", role: "status" });
    const most = section.criteria.reduce((all, criterion) => all + criterion.weight, 0);
    updates.push(() => {
      const { cells } = tablet.snapshot;
      const n = section.criteria.filter((c) => valueOf(cells, id, c.id) === null).length;
      const low = belowMinimum(project(), section, cells);
      const words = [t("sectionPoints", { points: score(sectionPoints(project(), section, cells)), most })];
      if (section.minimum !== null) words.push(t(low ? "sectionLow" : "sectionMinimum", { n: section.minimum }));
      if (n) words.push(t("lacking", { n }));
      say(points, words.join(" · "));
      points.classList.toggle("wanted", low);
    });
    return h("header", { class: "section-head" }, h("h2", {}, named(section)), points);
  }

  function result() {
    const line = h("p", { class: "total" });
    const hint = h("p", { class: "hint" });
    const rest = h("ul", { class: "lacking" });
    updates.push(() => {
      const { lacking, unexplained, state } = found();
      const value = total(project(), grid, tablet.snapshot.cells);
      say(line, value === null ? t("lacking", { n: lacking.length }) : t("sheetTotal", { score: score(value) }));
      const which = unexplained.map((criterion) => named(criterion)).join(", ");
      const hinted = t(tablet.exercise ? "exerciseHint" : "sheetTotalHint");
      const provisional = value === null || tablet.closed ? "" : hinted;
      // The server decides whether such a sheet counts; a round opened before that rule says no more than before.
      const asked = grid.comments_count ? t("notCounted", { which }) : `${t("comment")} : ${t("commentNeeded", { which })}`;
      say(hint, which ? asked : provisional);
      hint.classList.toggle("wanted", which !== "");
      line.parentElement.hidden = state === "abstained";
      const key = lacking.map((criterion) => criterion.id).join();
      if (rest.dataset.key === key) return;
      rest.dataset.key = key;
      rest.replaceChildren(...lacking.map((criterion) => h("li", {}, button(named(criterion), () => jump(criterion.id), "plain"))));
    });
    return h("div", { class: "result" }, line, hint, rest);
  }

  /** What the round before gave this project, as soon as the server tells it: once this sheet is complete. */
  function former() {
    const line = h("p", { class: "hint" });
    updates.push(() => {
      const { former: before } = project();
      line.hidden = !before;
      say(line, before ? t("former", { score: score(Math.round(Number(before) * 100)) }) : "");
    });
    return line;
  }

  /** The others' scores, once this sheet is complete and received; without a network it says so. */
  function others() {
    const said = h("p", { role: "status" });
    const show = button(t("others"), async () => {
      try {
        const scores = await tablet.othersScores(id);
        const words = scores.map((one) => score(Math.round(Number(one) * 100))).join(" · ");
        say(said, words ? t("othersAre", { scores: words }) : t("othersNone"));
      } catch {
        say(said, t("othersFailed"));
      }
    });
    updates.push(() => {
      const { state, pending } = found();
      show.disabled = state !== "scored" || pending > 0;
    });
    return h("section", { class: "others" }, h("p", { class: "hint" }, t("othersHint")), show, said);
  }

  function jump(criterionId) {
    const target = document.getElementById(`c-${criterionId}`);
    target.scrollIntoView({ block: "start" });
    target.querySelector("input")?.focus({ preventScroll: true });
  }

  function drawDock() {
    const before = projects[at - 1];
    const after = projects[at + 1];
    const back = h("a", { class: tap("before"), href: before && `#/p/${before.id}`, "aria-label": t("previous") });
    // Words on a wide screen, a sign under the thumb: the name is there for both.
    back.append(h("span", { class: "dock-words", "aria-hidden": "true" }, t("previous")));
    if (!before) {
      back.setAttribute("role", "link"); // without an address it would be nothing that may have a name
      back.setAttribute("aria-disabled", "true");
    }
    const list = h("a", { class: tap("home"), href: "#/" }, t("list"));
    const on = after
      ? h("a", { class: tap("after main"), href: `#/p/${after.id}` }, t("next"))
      : h("a", { class: tap("main"), href: "#/" }, t("end"));
    const undo = button(t("undo"), async () => {
      const undone = await app.keep(() => tablet.undo());
      if (undone) announce(t("undone", { what: undone.what }));
    }, "undo");
    dock.replaceChildren(list, back, undo, on);
    return () => {
      const last = tablet.changes.at(-1);
      undo.setAttribute("aria-disabled", String(!last || !tablet.writable));
      undo.setAttribute("aria-label", last ? t("undoLabel", { what: last.what }) : t("nothingToUndo"));
    };
  }
}
