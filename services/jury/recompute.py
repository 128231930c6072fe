"""`rank`, `calibrate`, `select` and `assign` on plain files, so that an outsider can recompute every result.

Results go to standard output as CSV (or JSON with --json), reasons to standard error. 0: done; 2: refused. numpy and
scipy are imported by the commands that need them, never by the web process.
"""

from __future__ import annotations

import argparse
import codecs
import csv
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from services.jury import csv_tables, recompute_help, replay, rules, scoring, selection
from services.jury.csv_tables import Unreadable

MOST_PROJECTS = 5_000
"""The correction holds a number for every two of them, several times over."""


def _parser(command: str, description: str | None, told: str) -> argparse.ArgumentParser:
    """A parser for `FILE --json`; told: what --help says after the options."""
    parser = argparse.ArgumentParser(
        prog=f"python -m services.jury {command}",
        description=description,
        epilog=told,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="JSON instead of CSV")
    return parser


def _answer(file: Path, work: Callable[[bytes], int | None]) -> int:
    """Read the file and do the work, which may return a status of its own; what was refused is said, with status 2."""
    try:
        status = work(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (OSError, ValueError, RecursionError, OverflowError, MemoryError) as error:
        print(f"{file}: {refusal(error)}", file=sys.stderr)
        return 2
    return status or 0


def refusal(error: Exception) -> str:
    """What a command says of a file that it cannot use."""
    if isinstance(error, FileNotFoundError):
        return "Ce fichier n’existe pas."
    if isinstance(error, OSError):
        return "Ce fichier ne peut pas être lu."
    if isinstance(error, OverflowError):
        return "Un nombre de ce fichier, ou de la commande, est trop grand."
    if isinstance(error, MemoryError):
        return "La mémoire de cette machine ne suffit pas à ce fichier."
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "Ce fichier n’est pas du JSON lisible."
    return str(error)


def _csv(rows: Iterable[Sequence[object]]) -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)


def _json(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))


def rank(arguments: list[str]) -> int:
    """Recompute the ranking of a replay export (JSON) or of scores (CSV)."""
    parser = _parser("rank", rank.__doc__, recompute_help.RANK)
    parser.add_argument(
        "--score", choices=scoring.SCORES, default="mean", help="of a project, from CSV; mean unless said"
    )
    parser.add_argument("--seed", help="of the lots between equal scores, from CSV")
    chosen = parser.parse_args(arguments)

    def work(data: bytes) -> int:
        """An export is told from a table by what is in it: names of files are anybody's."""
        plain = data.removeprefix(codecs.BOM_UTF8).lstrip()
        if plain[:1] in (b"{", b"[") or chosen.file.suffix.casefold() == ".json":
            return _rank_again(json.loads(plain), chosen)
        _rank(data, chosen)
        return 0

    return _answer(chosen.file, work)


def _rank_again(document: Any, chosen: argparse.Namespace) -> int:
    standings, same = replay.recompute(document)
    known = {project["id"]: project for project in document["projects"]}
    if chosen.json:
        _json(
            {
                "equals_published": same,
                "projects": [
                    {
                        "rank": s.rank,
                        "project": known[s.project]["title"],
                        "number": known[s.project]["number"],
                        "score": None if s.score is None else float(s.score),
                        "exact": None if s.score is None else str(s.score),
                        "readings": s.readings,
                        "eliminated": s.eliminated,
                        "decided_by": s.decided_by,
                    }
                    for s in standings
                ],
            }
        )
        return 0 if same else 1
    if "round" in document:
        print(f"Round {document['round']['number']}: {document['round']['title']}")
    print(f"{'rank':>4}  {'no.':>4}  {'score/20':>8}  {'n':>3}  project")
    for standing in standings:
        project = known[standing.project]
        place = "–" if standing.rank is None else str(standing.rank)
        note = f"  (eliminated{_reason(standing, document)})" if standing.eliminated else ""
        note += "" if standing.decided_by == "score" else f"  (tie: {standing.decided_by})"
        score = scoring.shown(standing.score, separator=".") or "–"
        line = f"{place:>4}  {project['number']:>4}  {score:>8}  {standing.readings:>3}  {project['title']}{note}"
        print(line)
    print("The ranking equals the published one." if same else "THE RANKING DIFFERS from the published one.")
    print("It is the ranking by scores: ranks that the jury moved are in the minutes, each with its reason.")
    return 0 if same else 1


def _reason(standing: scoring.Standing, document: Mapping[str, Any]) -> str:
    reasons = rules.why(standing, document, "en") + ["below the minimum total"] * standing.below_minimum
    return f": {'; '.join(reasons)}"


def _rank(data: bytes, chosen: argparse.Namespace) -> None:
    given: dict[str, list[Fraction]] = {}
    for project, _, score in csv_tables.scores(data):
        given.setdefault(project, []).append(score)
    scores: dict[str, Fraction] = {}
    for project, found in given.items():  # in whole numbers over one denominator, as sheets are
        whole = math.lcm(*(score.denominator for score in found))
        points = sorted(int(score * whole) for score in found)
        scores[project] = scoring.official_score(chosen.score, points, whole)
    drawn = chosen.seed is not None
    order = sorted(scores, key=lambda name: (-scores[name], scoring.draw(chosen.seed, name) if drawn else b"", name))
    rows: list[dict[str, Any]] = []
    place = 1
    for position, project in enumerate(order, start=1):
        score = scores[project]
        if drawn or not rows or score != scores[order[position - 2]]:
            place = position
        shown = scoring.shown(score, separator=".").replace("−", "-")
        readings = len(given[project])
        rows.append({"rank": place, "project": project, "score": shown, "exact": str(score), "readings": readings})
    if chosen.json:
        _json({"projects": [row | {"score": float(scores[row["project"]])} for row in rows]})
        return
    _blocks(rows)


def calibrate(arguments: list[str]) -> int:
    """Correct scores for severe and kind jurors. A severity above 0 is a kinder juror than the others."""
    parser = _parser("calibrate", calibrate.__doc__, recompute_help.CALIBRATE)
    parser.add_argument("--table", choices=("model", "projects", "jurors"), help="only this one, as plain CSV")
    parser.add_argument("--variances", nargs=3, type=float, metavar=("τ²", "β²", "σ²"), help="instead of REML")
    parser.add_argument("--funded", type=int, metavar="K", help="how many projects can be funded")
    parser.add_argument("--seed", type=int, default=0, help="of the draws that give the chances of being funded")
    parser.add_argument("--force", action="store_true", help="leave out the minimum counts, never the connection")
    chosen = parser.parse_args(arguments)
    if chosen.seed < 0:
        parser.error("--seed must not be negative")
    return _answer(chosen.file, lambda data: _calibrate(data, chosen))


def _calibrate(data: bytes, chosen: argparse.Namespace) -> None:
    # Matrices this small gain nothing from threads, which wait for each other on a busy machine. Read at import.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from services.jury import calibration, reliability, score_table

    given = score_table.table((project, juror, float(score)) for project, juror, score in csv_tables.scores(data))
    if len(given.projects) > MOST_PROJECTS:
        raise Unreadable(
            f"{len(given.projects)} projets : la correction, qui les compare deux à deux, en prend {MOST_PROJECTS}."
        )
    try:
        score_table.check(given, force=chosen.force)
    except score_table.Refused as refused:
        if refused.code not in ("few-sheets", "few-readings"):
            raise
        raise Unreadable(f"{refused} Pour calculer quand même : --force.") from None
    if not chosen.variances and min(len(given.projects), len(given.jurors)) < 2:
        raise Unreadable(
            "Il faut au moins deux projets et deux jurés : autrement, rien ne distingue ce qui vient des projets de ce "
            "qui vient des jurés (ou donnez les variances : --variances)."
        )
    variances = calibration.Variances(*chosen.variances) if chosen.variances else calibration.estimate(given)
    solution = calibration.solve(given, variances)
    ranks = calibration.expected_ranks(solution)
    agreed = reliability.reliability(given, variances)
    chances = None if chosen.funded is None else calibration.chances(solution, chosen.funded, chosen.seed)
    projects = []
    for i in sorted(range(len(given.projects)), key=lambda i: (-solution.scores[i], given.projects[i])):
        found: dict[str, Any] = {
            "project": given.projects[i],
            "readings": int(given.readings[i]),
            "mean": float(given.means[i]),
            "corrected": float(solution.scores[i]),
            "standard_error": float(solution.score_errors[i]),
            "expected_rank": float(ranks[i]),
            "effect": float(solution.scores[i] - solution.mean),
            "effect_standard_error": float(solution.covariance[i, i]) ** 0.5,
        }
        if chances is not None:
            found |= {"chance": float(chances[i]), "zone": calibration.zone(float(chances[i]))}
        projects.append(found)
    jurors = [
        {
            "juror": juror,
            "sheets": int(given.sheets[j]),
            "severity": float(solution.severities[j]),
            "standard_error": float(solution.severity_errors[j]),
        }
        for j, juror in enumerate(given.jurors)
    ]
    whole = {
        "mean": solution.mean,
        "mean_standard_error": solution.mean_error,
        "variance_project": variances.project,
        "variance_juror": variances.juror,
        "variance_noise": variances.noise,
        "icc_a1": agreed.icc,
        "icc_mean": agreed.icc_mean,
        "readings_harmonic_mean": agreed.readings,
        "krippendorff_alpha": agreed.alpha,
        "scores": len(given.score),
    }
    if given.is_complete:
        print(calibration.COMPLETE, file=sys.stderr)
    if chosen.json:
        notes = [calibration.COMPLETE] if given.is_complete else []
        _json({"notes": notes, "model": whole, "projects": projects, "jurors": jurors})
        return
    found = {
        "model": [{"quantity": name, "value": value} for name, value in whole.items()],
        "projects": projects,
        "jurors": jurors,
    }
    _blocks(*([found[chosen.table]] if chosen.table else found.values()))


def _blocks(*tables: Sequence[dict[str, Any]]) -> None:
    """Several tables in one CSV, an empty line between them. Six decimals."""
    for index, rows in enumerate(tables):
        if index:
            print()
        _csv([list(rows[0])])
        # + 0.0: no minus before a zero.
        _csv([[f"{round(v, 6) + 0.0:.6f}" if isinstance(v, float) else v for v in row.values()] for row in rows])


def select(arguments: list[str]) -> int:
    """Share an envelope out, best project first."""
    parser = _parser("select", select.__doc__, recompute_help.SELECT)
    parser.add_argument("--envelope", required=True, help="in euros: 30000 or 30000,50")
    parser.add_argument("--rule", required=True, choices=("stop", "skip"), help="what happens at the line")
    parser.add_argument("--partial", action="store_true", help="the rest of the envelope may go to a cut award")
    parser.add_argument(
        "--yearly", type=int, choices=(1, 2, 3), metavar="N", help="only the first of N instalments weighs"
    )
    parser.add_argument("--unit", default="0,01", metavar="EUROS", help="a cut award is a whole number of these")
    parser.add_argument("--seed", help="of the lots between equal ranks or scores")
    chosen = parser.parse_args(arguments)
    return _answer(chosen.file, lambda data: _select(data, chosen))


def _select(data: bytes, chosen: argparse.Namespace) -> None:
    envelope = csv_tables.cents({"envelope": chosen.envelope, "line": "--envelope"}, "envelope")
    unit = csv_tables.cents({"unit": chosen.unit, "line": "--unit"}, "unit")
    if unit <= 0:
        raise Unreadable("--unit : il faut une somme positive.")
    terms = selection.Terms(chosen.yearly or 1, chosen.yearly is not None, unit)
    rows = csv_tables.read(data, ("project", "asked"), ("rank", "score", "minimum", "first_year"))
    if not rows:
        raise Unreadable("Il n’y a aucun projet dans ce fichier.")
    key = "rank" if any(row["rank"] for row in rows) else "score"
    places: dict[str, Fraction] = {}
    taken: set[Fraction] = set()
    wishes: dict[str, selection.Wish] = {}
    for row in rows:
        project, place = csv_tables.named(row, "project"), csv_tables.number(row, key)
        if project in places:
            raise Unreadable(f"Ligne {row['line']} : le projet {project} est cité deux fois.")
        place = place if key == "rank" else -place
        if place in taken and chosen.seed is None:
            raise Unreadable(
                f"Ligne {row['line']} : deux projets à égalité ; donnez leur rang, ou --seed pour un tirage."
            )
        places[project] = place
        taken.add(place)
        minimum = csv_tables.cents(row, "minimum") if row["minimum"] else None
        asked = csv_tables.cents(row, "asked")
        yearly: tuple[int, ...] = ()
        if chosen.yearly and row["first_year"]:
            first = csv_tables.cents(row, "first_year")
            if not 0 <= first <= asked:
                raise Unreadable(f"Ligne {row['line']} : la première année va de 0 à la somme demandée.")
            yearly = (first, asked - first)
        wishes[project] = selection.Wish(project, asked, minimum, yearly)
    order = sorted(wishes, key=lambda name: (places[name], scoring.draw(chosen.seed or "", name), name))
    ranked = [wishes[name] for name in order]
    found = selection.select(ranked, envelope, chosen.rule, partial=chosen.partial, terms=terms)
    lines: list[dict[str, Any]] = [
        {
            "rank": a.rank,
            "project": a.project,
            "result": "partial" if a.is_partial else "full",
            "asked": _euros(a.asked),
            "awarded": _euros(a.awarded),
        }
        for a in found.awards
    ] + [
        {"rank": r.rank, "project": r.project, "result": "reserve", "asked": _euros(r.asked), "awarded": _euros(0)}
        for r in found.reserve
    ]
    totals = {"envelope": envelope, "committed": found.committed, "remaining": found.remaining}
    if chosen.json:
        _json({"projects": lines, **{name: _euros(value) for name, value in totals.items()}})
        return
    _blocks(lines, [{"quantity": name, "value": _euros(value)} for name, value in totals.items()])


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def assign(arguments: list[str]) -> int:
    """Share the readings out: balanced, apt, connected, never across a conflict."""
    parser = _parser("assign", assign.__doc__, recompute_help.ASSIGN)
    parser.add_argument("--readings", type=int, required=True, metavar="R", help="jurors per project")
    parser.add_argument("--max", type=int, dest="most", metavar="N", help="projects per juror at most; all unless said")
    parser.add_argument("--min", type=int, dest="least", default=0, metavar="N", help="projects per juror at least")
    parser.add_argument("--seed", default="", help="decides between equal affinities")
    chosen = parser.parse_args(arguments)
    return _answer(chosen.file, lambda data: _assign(data, chosen))


def _assign(data: bytes, chosen: argparse.Namespace) -> None:
    from services.jury import assignment, assignment_input

    pool = assignment_input.read(data)
    found = assignment.assign(
        pool.projects,
        [
            assignment.Juror(juror, max(least, chosen.least), most, college=pool.colleges.get(juror, ""))
            for juror, least, most in pool.jurors
        ],
        pool.affinities,
        pool.conflicts,
        readings=chosen.readings,
        most=len(pool.projects) or 1 if chosen.most is None else chosen.most,
        seed=chosen.seed,
        unread=pool.unread,
    )
    if not found.is_connected:
        print("Les lectures ne relient pas tous les projets : une calibration serait refusée.", file=sys.stderr)
    if chosen.json:
        _json(
            {
                "pairs": [{"project": project, "juror": juror} for project, juror in found.pairs],
                "loads": dict(found.loads),
                "affinity": found.affinity,
                "worst_project_affinity": found.worst,
                "connected": found.is_connected,
                "one_college": found.one_college,
            }
        )
        return
    _csv([("project", "juror"), *found.pairs])
