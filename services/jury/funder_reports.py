"""What each funder is told of a year, from the same supports: money, projects, places, structures. Pure.

A support belongs to one funder, and each cent of it to one year: the reports of all funders and years add up to the
awards, and to the payments.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.jury.texts import fold

PARTS = ("money", "projects", "places", "themes", "goals", "structures", "departments", "people", "figures")
"""What a report may hold, in the order that it has unless its funder asks for another."""


@dataclass(frozen=True)
class Payment:
    """Money that was paid: when, cents, and the reference that the treasurer noted."""

    on: dt.date
    cents: int
    reference: str


@dataclass(frozen=True)
class Support:
    """One project that a funder helps. `plan`: year → cents engaged. `proofs`: year → the day its report was accepted.

    `people`: year → how many its accepted report counts; `women`, `men`: how many its application expected; None where
    nobody said. `minutes`: the hash of the minutes that decided it; "" for a project of before this service.
    """

    funder: str
    envelope: str
    call: str
    title: str
    structure: str
    place: str
    theme: str
    plan: Mapping[int, int]
    paid: Sequence[Payment] = ()
    goals: Sequence[str] = ()
    legal_form: str = ""
    department: str = ""
    proofs: Mapping[int, dt.date] = field(default_factory=dict)
    people: Mapping[int, int] = field(default_factory=dict)
    women: int | None = None
    men: int | None = None
    minutes: str = ""

    def engaged_in(self, year: int) -> int:
        return self.plan.get(year, 0)

    def paid_in(self, year: int) -> int:
        return sum(one.cents for one in self.paid if one.on.year == year)


@dataclass(frozen=True)
class Sums:
    """Cents. engaged and paid: in the year; remaining: engaged up to its end and not paid by then."""

    engaged: int
    paid: int
    remaining: int


@dataclass(frozen=True)
class Report:
    """One funder, one year. Each count is of projects, the largest first."""

    funder: str
    year: int
    supports: Sequence[Support]
    sums: Sums
    places: Sequence[tuple[str, int]]
    themes: Sequence[tuple[str, int]]
    goals: Sequence[tuple[str, int]]
    legal_forms: Sequence[tuple[str, int]]
    departments: Sequence[tuple[str, int]]
    people: int
    women: int
    men: int

    @property
    def structures(self) -> int:
        return len({fold(one.structure) for one in self.supports})


def funders(supports: Iterable[Support]) -> dict[str, str]:
    """key → name, by name. Names that differ in case or accents only are one funder, under the first that was seen."""
    found: dict[str, str] = {}
    for one in supports:
        found.setdefault(fold(one.funder), one.funder)
    return dict(sorted(found.items(), key=lambda pair: pair[0]))


def years(supports: Iterable[Support]) -> list[int]:
    """Every year in which something was engaged or paid, the latest first."""
    found = {year for one in supports for year in (*one.plan, *(paid.on.year for paid in one.paid))}
    return sorted(found, reverse=True)


def sums(supports: Sequence[Support], year: int) -> Sums:
    before = sum(cents for one in supports for at, cents in one.plan.items() if at <= year)
    gone = sum(paid.cents for one in supports for paid in one.paid if paid.on.year <= year)
    return Sums(
        sum(one.engaged_in(year) for one in supports), sum(one.paid_in(year) for one in supports), before - gone
    )


def report(supports: Iterable[Support], key: str, year: int) -> Report:
    """What the funder of that key is told of that year: the projects that it engaged or paid money for in it."""
    own = [one for one in supports if fold(one.funder) == key]
    told = [one for one in own if one.engaged_in(year) or one.paid_in(year)]
    told.sort(key=lambda one: (-one.engaged_in(year), one.title.casefold()))
    return Report(
        funder=own[0].funder if own else "",
        year=year,
        supports=told,
        sums=sums(own, year),
        places=_counted(one.place for one in told),
        themes=_counted(one.theme for one in told),
        goals=_counted(goal for one in told for goal in one.goals),
        legal_forms=_counted(one.legal_form for one in told),
        departments=_counted(one.department for one in told),
        people=sum(one.people.get(year, 0) for one in told),
        women=sum(one.women or 0 for one in told),
        men=sum(one.men or 0 for one in told),
    )


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Where nobody said is counted too, as "", and last."""
    found = Counter(values)
    return sorted(found.items(), key=lambda pair: (not pair[0], -pair[1], pair[0]))
