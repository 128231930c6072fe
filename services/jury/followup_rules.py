"""After an award: what is paid when, which report opens it, when to remind, what a report must say. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.jury import rulebooks

REMINDERS = (dt.timedelta(days=-30), dt.timedelta(days=-7), dt.timedelta(days=7))
"""From the day a report is due: twice before, once after."""

TEXTS: dict[str, int] = {
    "done": 5000,
    "results": 5000,
    "difficulties": 2000,
    "people": 9,
    "spent": 20,
    "others": 20,
}
REQUIRED = ("done", "results", "people", "spent")

AGREEMENT_CENTS = 2_300_000
"""Above this sum of public subsidy a year and body, French law asks for a written agreement (convention)."""

State = Literal["paid", "due", "blocked", "cancelled"]


@dataclass(frozen=True)
class Part:
    """One payment to plan, in cents."""

    year: int
    kind: str
    cents: int


def plan(yearly: Sequence[int], advance_percent: int) -> list[Part]:
    """Each year's sum as an advance and a balance; the cents that do not divide come with the balance.

    With 100 per cent there is no balance: the next year's advance alone waits for the report.
    """
    if not 1 <= advance_percent <= 100:
        raise ValueError("an advance is 1 to 100 per cent")
    parts = []
    for year, cents in enumerate(yearly, start=1):
        advance = cents * advance_percent // 100
        parts += [Part(year, "advance", advance), Part(year, "balance", cents - advance)]
    return [one for one in parts if one.cents]


def report_needed(year: int, kind: str) -> int:
    """The year whose report must be accepted before this payment; 0: none."""
    return year if kind == "balance" else year - 1


def state_of(year: int, kind: str, *, paid: bool, cancelled: bool, accepted: set[int]) -> State:
    if cancelled:
        return "cancelled"
    if paid:
        return "paid"
    needed = report_needed(year, kind)
    return "due" if not needed or needed in accepted else "blocked"


def same_day(day: dt.date, later: int) -> dt.date:
    """That day, `later` years on; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year + later)
    except ValueError:
        return day.replace(year=day.year + later, day=28)


def reminders_by(due_on: dt.date, today: dt.date) -> int:
    """How many reminders should have gone out by today for a report that has not come."""
    return sum(due_on + step <= today for step in REMINDERS)


def kept(given: Mapping[str, str]) -> dict[str, str]:
    """The fields of a report, cut to their length; others are dropped."""
    return {name: given.get(name, "")[:limit] for name, limit in TEXTS.items()}


def problems(content: Mapping[str, str]) -> dict[str, str]:
    """What stops the sending: field → "missing", "number" or "amount"."""
    found = {name: "missing" for name in REQUIRED if not content.get(name)}
    people = content.get("people", "")
    if people and not (people.isascii() and people.isdigit()):
        found["people"] = "number"
    for name in ("spent", "others"):
        if content.get(name) and rulebooks.cents(content[name]) is None:
            found[name] = "amount"
    return found


def years_of(award: Any) -> list[int]:
    """The sums of the years of an award, without the empty years at its end."""
    yearly = [award.year_1, award.year_2, award.year_3]
    while yearly and not yearly[-1]:
        yearly.pop()
    return yearly
