// What was filed for one project, to read beside nothing else: its parts, the budget, the papers. Next: dossiers.js.

import { saveBlob } from "../../shared/outbox/device.js";
import { button, h, say, tap } from "../elements.js";
import { country, t } from "../messages.js";

/** Returns update(). `dock`: the bar at the bottom. */
export function showDossier(pane, dock, app, id) {
  const { tablet } = app;
  const { projects } = tablet.pack;
  const at = projects.findIndex((one) => one.id === id);
  const project = projects[at];
  const sheet = `#/p/${id}`;
  const body = h("div", { class: "dossier-body" }, h("p", { class: "lead", role: "status" }, t("loading")));
  const place = t("position", { at: at + 1, all: projects.length });
  let drawn = false;
  let asking = false;
  pane.replaceChildren(
    h(
      "article",
      { class: "sheet dossier" },
      h("p", { class: "eyebrow" }, t("dossierOf", { place })),
      h("h1", { tabindex: "-1" }, project.title),
      h("p", { class: "who" }, [project.structure, country(project.country)].filter(Boolean).join(" · ")),
      h("p", { class: "summary" }, project.summary),
      body,
    ),
  );
  dock.replaceChildren(
    h("a", { class: tap("home"), href: "#/" }, t("list")),
    h("a", { class: tap("main back"), href: sheet }, t("dossierBack")),
  );
  update();
  return update;

  async function update() {
    const now = tablet.pack.projects.find((one) => one.id === id);
    // Stepped back from it, or it was given to somebody else: nothing of it may stay on screen.
    if (!now || !tablet.readable(now)) return app.go(now ? sheet : "#/");
    if (drawn || asking) return;
    asking = true;
    const found = await tablet.dossiers.read(id);
    asking = false;
    if (!found) return say(body.firstChild, t("dossierLate"));
    drawn = true;
    body.replaceChildren(...parts(found));
  }

  function parts({ facts, texts, tables, asked, papers }) {
    const brief = facts.flatMap((one) => [h("dt", {}, one.title), h("dd", {}, one.text)]);
    const sections = texts.map((one) => section(one.title, h("p", { class: "typed" }, one.text)));
    for (const one of tables) sections.push(section(one.title, money(one)));
    if (asked) sections.push(section(t("dossierAsked"), h("p", { class: "total" }, asked)));
    if (papers.length) sections.push(section(t("papers"), h("p", { class: "hint" }, t("papersHint")), list(papers)));
    const jumps = sections.map((one) => h("li", {}, button(one.firstChild.textContent, () => jump(one), "plain")));
    return [h("details", { class: "parts" }, h("summary", {}, t("dossierParts")), h("ol", {}, ...jumps)), h("dl", { class: "facts" }, ...brief), ...sections];
  }

  function section(title, ...content) {
    return h("section", { class: "part" }, h("h2", { tabindex: "-1" }, title), ...content);
  }

  function jump(part) {
    part.scrollIntoView({ block: "start" });
    part.firstChild.focus({ preventScroll: true });
  }

  function money({ title, lines, total }) {
    const row = (kind, label, amount) => h("tr", { class: kind }, h("th", { scope: "row" }, label), h("td", {}, amount));
    return h(
      "table",
      { class: "money" },
      h("caption", { class: "sr" }, title),
      h("tbody", {}, ...lines.map((one) => row("", one.label, one.amount)), row("sum", t("dossierTotal"), total)),
    );
  }

  function list(papers) {
    const said = h("p", { class: "hint", role: "status" });
    const items = papers.map((paper) => {
      const size = Math.ceil(paper.size / 1000);
      const open = button(t("paperOpen", { name: paper.name, size }), async () => {
        try {
          saveBlob(paper.name, await tablet.dossiers.paper(id, paper.id));
          say(said, t("paperSaved", { name: paper.name }));
        } catch {
          say(said, t("paperFailed"));
        }
      });
      return h("li", {}, open);
    });
    return h("div", { class: "papers" }, h("ul", {}, ...items), said);
  }
}
