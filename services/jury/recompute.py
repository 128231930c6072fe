"""`rank`, `calibrate`, `select` and `assign` on plain files, so that an outsider can recompute every result.

Results go to standard output as CSV (or JSON with --json), reasons to standard error. 0: done; 2: refused. numpy and
scipy are imported by the commands that need them, never by the web process.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from services.jury import csv_tables, scoring, selection
from services.jury.csv_tables import Unreadable


def _answer(file: Path, work: Callable[[bytes], None]) -> int:
    """Read the file and do the work; what was refused is said, with status 2."""
    try:
        work(file.read_bytes())
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, RecursionError) as error:
        print(f"{file}: {refusal(error)}", file=sys.stderr)
        return 2
    return 0


def refusal(error: Exception) -> str:
    """What a command says of a file that it cannot use."""
    if isinstance(error, FileNotFoundError):
        return "Ce fichier n’existe pas."
    if isinstance(error, OSError):
        return "Ce fichier ne peut pas être lu."
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "Ce fichier n’est pas du JSON lisible."
    return str(error)


def _csv(rows: Iterable[Sequence[object]]) -> None:
    csv.writer(sys.stdout, lineterminator="\n").writerows(rows)


def _json(content: Any) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=1))


def rank(file: Path) -> int:
    """Official mean per project, exactly; equal means share a rank. Only `score` is rounded (half to even)."""
    return _answer(file, _rank)


def _rank(data: bytes) -> None:
    given: dict[str, list[Fraction]] = {}
    for project, _, score in csv_tables.scores(data):
        given.setdefault(project, []).append(score)
    means = {project: sum(found, Fraction(0)) / len(found) for project, found in given.items()}
    rows: list[Sequence[object]] = [("rank", "project", "score", "exact", "readings")]
    for project in sorted(means, key=lambda name: (-means[name], name)):
        mean = means[project]
        place = 1 + sum(other > mean for other in means.values())
        rows.append((place, project, scoring.shown(mean, separator="."), mean, len(given[project])))
    _csv(rows)


def calibrate(arguments: list[str]) -> int:
    """Correct scores for severe and kind jurors. A severity above 0 is a kinder juror than the others."""
    parser = argparse.ArgumentParser(prog="calibrate", description=calibrate.__doc__)
    parser.add_argument("file", type=Path, help="CSV: project, juror, score")
    parser.add_argument("--json", action="store_true", help="JSON instead of CSV")
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
    score_table.check(given, force=chosen.force)
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
    _blocks([{"quantity": name, "value": value} for name, value in whole.items()], projects, jurors)


def _blocks(*tables: Sequence[dict[str, Any]]) -> None:
    """Several tables in one CSV, an empty line between them. Six decimals."""
    for index, rows in enumerate(tables):
        if index:
            print()
        _csv([list(rows[0])])
        _csv([[f"{v:.6f}" if isinstance(v, float) else v for v in row.values()] for row in rows])


def select(arguments: list[str]) -> int:
    """Share an envelope out: columns project, rank (or score), asked, and minimum if partial awards are allowed."""
    parser = argparse.ArgumentParser(prog="select", description=select.__doc__)
    parser.add_argument("file", type=Path, help="CSV: project, rank or score, asked[, minimum]; euros")
    parser.add_argument("--envelope", required=True, help="in euros: 30000 or 30000,50")
    parser.add_argument("--rule", required=True, choices=("stop", "skip"), help="what happens at the line")
    parser.add_argument("--partial", action="store_true", help="the rest of the envelope may go to a cut award")
    parser.add_argument("--seed", help="draws between equal scores, as the official ranking does")
    parser.add_argument("--json", action="store_true", help="JSON instead of CSV")
    chosen = parser.parse_args(arguments)
    return _answer(chosen.file, lambda data: _select(data, chosen))


def _select(data: bytes, chosen: argparse.Namespace) -> None:
    envelope = csv_tables.cents({"envelope": chosen.envelope, "line": "--envelope"}, "envelope")
    rows = csv_tables.read(data, ("project", "asked"), ("rank", "score", "minimum"))
    if not rows:
        raise Unreadable("Il n’y a aucun projet dans ce fichier.")
    key = "rank" if any(row["rank"] for row in rows) else "score"
    places: dict[str, Fraction] = {}
    wishes: dict[str, selection.Wish] = {}
    for row in rows:
        project, place = csv_tables.named(row, "project"), csv_tables.number(row, key)
        if project in places:
            raise Unreadable(f"Ligne {row['line']} : le projet {project} est cité deux fois.")
        place = place if key == "rank" else -place
        if place in places.values() and chosen.seed is None:
            raise Unreadable(
                f"Ligne {row['line']} : deux projets à égalité ; donnez leur rang, ou --seed pour un tirage."
            )
        places[project] = place
        minimum = csv_tables.cents(row, "minimum") if row["minimum"] else None
        wishes[project] = selection.Wish(project, csv_tables.cents(row, "asked"), minimum)
    order = sorted(wishes, key=lambda name: (places[name], scoring.draw(chosen.seed or "", name), name))
    found = selection.select([wishes[name] for name in order], envelope, chosen.rule, partial=chosen.partial)
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
    """Share the readings out: CSV with juror, project, affinity, conflict, one line per pair; or JSON."""
    parser = argparse.ArgumentParser(prog="assign", description=assign.__doc__)
    parser.add_argument("file", type=Path, help="CSV, or JSON with projects, jurors, affinities, conflicts")
    parser.add_argument("--readings", type=int, required=True, help="jurors per project")
    parser.add_argument("--max", type=int, required=True, dest="most", help="projects per juror at most")
    parser.add_argument("--seed", default="", help="decides between equal affinities")
    parser.add_argument("--json", action="store_true", help="JSON instead of CSV")
    chosen = parser.parse_args(arguments)
    return _answer(chosen.file, lambda data: _assign(data, chosen))


def _assign(data: bytes, chosen: argparse.Namespace) -> None:
    from services.jury import assignment, assignment_input

    pool = assignment_input.read(data)
    found = assignment.assign(
        pool.projects,
        [assignment.Juror(*juror, college=pool.colleges.get(juror[0], "")) for juror in pool.jurors],
        pool.affinities,
        pool.conflicts,
        readings=chosen.readings,
        most=chosen.most,
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
