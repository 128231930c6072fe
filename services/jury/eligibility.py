"""Ten answers against the articles of a rulebook: a verdict per article, never without saying which. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.jury import deadlines, rulebooks, zones

Verdict = Literal["met", "not_met", "to_complete", "unknown"]
LEGAL_FORMS = ("association", "authority", "public_body", "teaching", "company", "other")
AUTHORITY = ("letter", "expected", "none")


@dataclass(frozen=True)
class Answers:
    """What the person said; None where they said nothing. Money in cents. `sums`: of each year, where they are known;
    else `yearly` stands for each."""

    legal_form: str | None = None
    department: str | None = None
    founded_on: dt.date | None = None
    place: str | None = None
    authority: str | None = None
    starts_on: dt.date | None = None
    years: int | None = None
    yearly: int | None = None
    total: int | None = None
    first: bool | None = None
    sums: tuple[int, ...] = ()
    school_kind: str | None = None
    school_department: str | None = None


@dataclass(frozen=True)
class Finding:
    """What one article says to the answers. `over`: the ceilings that are passed, when it is about money."""

    article: Mapping[str, Any]
    verdict: Verdict
    over: tuple[rulebooks.Over, ...] = ()


def findings(
    rulebook: Mapping[str, Any],
    answers: Answers,
    closes_at: dt.datetime,
    earlier: rulebooks.Earlier = rulebooks.NEVER,
) -> list[Finding]:
    """One finding per article, in their order. Facts are dated at the closing instant, in Paris."""
    day = deadlines.day_of(closes_at)
    return [_finding(rulebook, article, answers, day, earlier) for article in rulebook["articles"]]


def overall(found: list[Finding]) -> Verdict:
    """The hardest of the verdicts: a single article that is not met refuses the whole."""
    for verdict in ("not_met", "to_complete", "unknown"):
        if any(one.verdict == verdict for one in found):
            return verdict
    return "met"


def _finding(
    rulebook: Mapping[str, Any],
    article: Mapping[str, Any],
    answers: Answers,
    day: dt.date,
    earlier: rulebooks.Earlier,
) -> Finding:
    value = getattr(answers, article["fact"])
    if value is None or value == "":
        return Finding(article, "unknown")
    test = article["test"]
    if test in ("ceilings", "years", "share"):
        return _money(rulebook, article, answers, earlier)
    if test == "zone":
        if rulebook["zones"]["mode"] != "gate":  # a bonus is for the jury to give: nobody is refused for a place
            return Finding(article, "met")
        where = zones.within(value, rulebook["zones"]["codes"])
        return Finding(article, {"in": "met", "out": "not_met", "unsure": "unknown"}[where])  # type: ignore[arg-type]
    if test == "authority":
        # No letter is not a refusal: a person looks at it, and it may follow.
        return Finding(article, "met" if value == "letter" else "to_complete")
    if test == "age":
        return Finding(article, _met(_anniversary(value, article["least"]) <= day))
    if test == "not_begun":
        return Finding(article, _met(value > day))
    if test == "yes":
        return Finding(article, _met(bool(value)))
    return Finding(article, _met(str(value) in article["values"]))


def _money(
    rulebook: Mapping[str, Any], article: Mapping[str, Any], answers: Answers, earlier: rulebooks.Earlier
) -> Finding:
    yearly = answers.sums or [answers.yearly or 0] * (answers.years or 1)
    wanted = {"years": {"years"}, "share": {"share"}, "ceilings": {"per_year", "per_project"}}[article["test"]]
    found = rulebooks.over_ceilings(rulebook, yearly, total=answers.total, earlier=earlier)
    over = tuple(one for one in found if one.ceiling in wanted)
    return Finding(article, _met(not over), over)


def _met(holds: bool) -> Verdict:
    return "met" if holds else "not_met"


def _anniversary(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February, or a year beyond 9999
        return day.replace(year=day.year + years, month=3, day=1) if day.year + years <= 9999 else dt.date.max
