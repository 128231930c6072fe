"""The replay export: what an outsider needs to recompute a ranking, and the recomputation itself. Pure.

It names no juror, not even by a pseudonym: a ranking needs to know which sheets a project got, never from whom. Values,
rule and seed are exact, so the result must be equal, not close.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from services.jury import rules, scoring

FORMAT = "agora-replay/2"
BY_JUROR = "agora-replay/1"
"""What minutes signed before hold the hash of: every sheet, under a pseudonym of its juror."""


class NotAReplay(ValueError):
    """The file is no replay export, or one that was damaged."""


def export(
    frozen: Mapping[str, Any],
    seed: str,
    projects: Sequence[tuple[str, int, str]],
    sheets: Sequence[scoring.Sheet],
    standings: Sequence[scoring.Standing],
    round: tuple[int, str] | None = None,
    votes: Sequence[Sequence[str]] = (),
    opinions: Sequence[tuple[str, str]] = (),
    *,
    format: str = FORMAT,
) -> dict[str, Any]:
    """Plain JSON. projects: (id, number, title). round: (number, title) in a call of several. votes: orders of equal
    projects that the jury adopted, see scoring.Rule. opinions: (project id, choice) of experts, told beside the sheets
    and read by no computation. What tells of required comments, of sections, of votes, of the round and of opinions is
    there only where there is any, so that the export of a round signed earlier keeps its hash."""
    asks = bool(frozen.get("comments_count"))
    wanted = ("id", "title", "weight", "max", "minimum", *(("comment_required_for",) if asks else ()))
    return {
        "format": format,
        **({"round": {"number": round[0], "title": round[1]}} if round else {}),
        "criteria": [{key: c[key] for key in (*wanted, "section") if key in c} for c in frozen["criteria"]],
        **({"comments_count": True} if asks else {}),
        "rulebook": dict(frozen["rulebook"]),
        **({"votes": [list(order) for order in votes]} if votes else {}),
        "seed": seed,
        "projects": [{"id": id, "number": number, "title": title} for id, number, title in projects],
        "sheets": _under_pseudonyms(sheets, asks) if format == BY_JUROR else _counted(frozen, sheets),
        "ranking": [_line(standing) for standing in standings],
        **({"opinions": [{"project": project, "choice": choice} for project, choice in opinions]} if opinions else {}),
    }


def _counted(frozen: Mapping[str, Any], sheets: Sequence[scoring.Sheet]) -> list[dict[str, Any]]:
    """The sheets that count, by project and by what they say, so that their order tells nothing of their jurors."""
    criteria = rules.criteria_of(frozen)
    counted = [
        {"project": sheet.project, "values": dict(sorted(sheet.values.items()))}
        for sheet in sheets
        if scoring.state(criteria, sheet) == "complete"
    ]
    return sorted(counted, key=lambda one: (one["project"], sorted(one["values"].items())))


def _under_pseudonyms(sheets: Sequence[scoring.Sheet], asks: bool) -> list[dict[str, Any]]:
    order = sorted({sheet.juror for sheet in sheets})
    pseudonyms = {juror: f"J{index:02d}" for index, juror in enumerate(order, start=1)}
    return [
        {
            "juror": pseudonyms[sheet.juror],
            "project": sheet.project,
            "values": dict(sorted(sheet.values.items())),
            "abstained": sheet.abstained,
            "recused": sheet.recused,
            **({"commented": sheet.commented} if asks else {}),
        }
        for sheet in sorted(sheets, key=lambda s: (pseudonyms[s.juror], s.project))
    ]


def recompute(document: Any) -> tuple[list[scoring.Standing], bool]:
    """The ranking computed anew, and whether it equals the one in the export. Raises NotAReplay."""
    if not isinstance(document, dict) or document.get("format") not in (FORMAT, BY_JUROR):
        raise NotAReplay("This is not a replay export of a ranking.")
    try:
        _refuse_unnamed(document)
        criteria = rules.criteria_of(document)
        rule = rules.rule_of(document, document["seed"], document.get("votes", []))
        sheets = [
            scoring.Sheet(
                s["juror"] if document["format"] == BY_JUROR else str(place),
                s["project"],
                s["values"],
                abstained=bool(s.get("abstained")),
                recused=bool(s.get("recused")),
                # A sheet that lacks its comment does not count, and only those that count stand there.
                commented=bool(s.get("commented", True)),
            )
            for place, s in enumerate(document["sheets"])
        ]
        standings = scoring.rank(criteria, rule, [p["id"] for p in document["projects"]], sheets)
        same = [_line(standing) for standing in standings] == document["ranking"]
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise NotAReplay(f"The export is damaged: {error}") from error
    return standings, same


def _refuse_unnamed(document: Mapping[str, Any]) -> None:
    """What the answer calls projects, criteria and the round by."""
    for one in (*document["projects"], *([document["round"]] if "round" in document else ())):
        if not isinstance(one["number"], int):
            raise TypeError(f"{one['number']!r} is no number")
    for one in (*document["projects"], *document["criteria"]):
        if not isinstance(one["title"], str):
            raise TypeError(f"{one['title']!r} is no title")


def _line(standing: scoring.Standing) -> dict[str, Any]:
    score: Fraction | None = standing.score
    return {
        "project": standing.project,
        "rank": standing.rank,
        "score": None if score is None else str(score),
        "eliminated": standing.eliminated,
    }
