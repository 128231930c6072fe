// What the pack and the cells mean for the juror. Pure functions; the server's word is services/jury/scoring.py.

export const CONFLICT = "conflict";

export const cellKey = (projectId, field) => `${projectId}/${field}`;

export function splitKey(key) {
  const at = key.indexOf("/");
  return { project_id: key.slice(0, at), field: key.slice(at + 1) };
}

/** The value shown in a cell: what waits for the chair when it came late, else the newest write. */
export function valueOf(cells, projectId, field) {
  const cell = cells.get(cellKey(projectId, field));
  if (!cell) return null;
  return cell.late ? cell.late.value : cell.value;
}

/** One project as the list shows it.
 *  state: recused, abstained, scored (the server's "complete"), started or missing. `done` criteria out of `all`. `pending`: writes not received. */
export function standing(project, grid, cells) {
  let pending = 0;
  let late = false;
  for (const field of [...grid.criteria.map((c) => c.id), "comment", "feedback", "status", CONFLICT]) {
    const cell = cells.get(cellKey(project.id, field));
    if (cell) {
      pending += cell.pending;
      late ||= Boolean(cell.late);
    }
  }
  const all = grid.criteria.length;
  const given = grid.criteria.filter((c) => valueOf(cells, project.id, c.id) !== null);
  const lacking = grid.criteria.filter((c) => valueOf(cells, project.id, c.id) === null);
  const unexplained = needsComment(project, grid, cells);
  let state = "missing";
  if (project.recused || valueOf(cells, project.id, CONFLICT) !== null) state = "recused";
  else if (valueOf(cells, project.id, "status") === "abstained") state = "abstained";
  else if (given.length === all && !unexplained.length) state = "scored";
  else if (given.length || written(project, cells)) state = "started";
  return { state, done: given.length, all, lacking, unexplained, pending, late };
}

function written(project, cells) {
  return ["comment", "feedback"].some((field) => valueOf(cells, project.id, field));
}

/** Criteria whose chosen level asks for a comment that is not there. */
export function needsComment(project, grid, cells) {
  if ((valueOf(cells, project.id, "comment") || "").trim()) return [];
  return grid.criteria.filter((c) => (c.comment_required_for || []).includes(valueOf(cells, project.id, c.id)));
}

/** The sheet on 20 in hundredths, rounded half to even; null unless every criterion has a value.
 *  y = 20 · Σ w·(s/M) / Σ w, in whole numbers so that it agrees with the server to the last digit. */
export function total(project, grid, cells) {
  if (grid.criteria.some((c) => valueOf(cells, project.id, c.id) === null)) return null;
  const { top, common, weights } = weighed(project, grid.criteria, cells);
  return rounded(2000n * top, common * weights);
}

/** The points of a section of this sheet so far, in hundredths of the weights. */
export function sectionPoints(project, section, cells) {
  const { top, common } = weighed(project, section.criteria, cells);
  return rounded(100n * top, common);
}

/** Whether the whole section is scored and below its minimum, exactly. */
export function belowMinimum(project, section, cells) {
  if (section.minimum === null || section.criteria.some((c) => valueOf(cells, project.id, c.id) === null)) return false;
  const { top, common } = weighed(project, section.criteria, cells);
  return top < BigInt(section.minimum) * common;
}

/** The criteria in groups: {title, title_en, minimum, criteria}. What stands before the first section has no title. */
export function sections(grid) {
  const found = [];
  for (const criterion of grid.criteria) {
    if (criterion.section || !found.length) found.push({ title: "", title_en: "", minimum: null, ...criterion.section, criteria: [] });
    found.at(-1).criteria.push(criterion);
  }
  return found;
}

// Σ w·(s/M) = top / common; what is not scored adds nothing.
function weighed(project, criteria, cells) {
  const common = criteria.reduce((product, c) => product * BigInt(c.max), 1n);
  let top = 0n;
  let weights = 0n;
  for (const c of criteria) {
    top += BigInt(c.weight) * BigInt(valueOf(cells, project.id, c.id) ?? 0) * (common / BigInt(c.max));
    weights += BigInt(c.weight);
  }
  return { top, common, weights };
}

function rounded(over, under) {
  const whole = over / under;
  const rest = 2n * (over % under);
  const up = rest > under || (rest === under && whole % 2n === 1n);
  return Number(whole + (up ? 1n : 0n));
}

/** Where to go on: the first project that is neither scored nor set apart, after `from` if there is one. */
export function next(projects, grid, cells, from = null) {
  const open = (project) => ["missing", "started"].includes(standing(project, grid, cells).state);
  const at = from === null ? -1 : projects.findIndex((project) => project.id === from);
  return projects.slice(at + 1).find(open) || projects.find(open) || null;
}

export function counts(projects, grid, cells) {
  const found = { recused: 0, abstained: 0, scored: 0, started: 0, missing: 0 };
  for (const project of projects) found[standing(project, grid, cells).state] += 1;
  return found;
}
