"""Step 3 of nine: which project a lent skill suits, and why. Pure. Next: models/skills.py.

An offer in water shows to the few projects that lack water skills where the company can go, not to all: something in
common on what it is about comes first, then the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from services.registration.rules.choices import N_
from services.registration.rules.people import fold
from shared.errors import RuleError

T = TypeVar("T")
MOST = 6
"""How many projects one offer is shown."""
LONGEST_DAYS = 999
_SHORTEST = 5
"""Letters from which on a word says what it is about; "forage" and "forages" begin alike."""


@dataclass(frozen=True)
class Offer:
    """goals: keys of the ODD; zones: ISO 3166, none: anywhere. left: days that nobody has yet."""

    skills: str
    goals: frozenset[str]
    zones: frozenset[str]
    left: int


@dataclass(frozen=True)
class Need:
    """days: about how many, None where nobody said. place: ISO 3166 of a country or a part of it."""

    skills: str
    goals: frozenset[str]
    place: str
    days: int | None


def reasons(offer: Offer, need: Need) -> list[str]:
    """Why they suit each other: "words", "goal", "zone", "days"; empty when they do not."""
    if offer.left < 1 or (offer.zones and not _within(need.place, offer.zones)):
        return []
    found = []
    if _stems(offer.skills) & _stems(need.skills):
        found.append("words")
    if offer.goals & need.goals:
        found.append("goal")
    if not found:
        return []
    if offer.zones:
        found.append("zone")
    if need.days is not None and need.days <= offer.left:
        found.append("days")
    return found


def _within(place: str, zones: Iterable[str]) -> bool:
    """A country holds its parts: "CN" takes CN-SC."""
    return any(place == zone or place.startswith(f"{zone}-") for zone in zones)


def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"[a-z]+", fold(text))
    return frozenset(word[:_SHORTEST] for word in words if len(word) >= _SHORTEST)


def suited(offer: Offer, needs: Sequence[tuple[T, Need]]) -> list[tuple[T, list[str]]]:
    """The projects that an offer is shown, the best first; those that suit as well stand in the order given."""
    found = [(thing, why) for thing, need in needs if (why := reasons(offer, need))]
    return sorted(found, key=lambda one: -len(one[1]))[:MOST]


def check_days(days: int, left: int) -> None:
    """Raises RuleError when an agreement takes no day, or more than the offer still has."""
    if days < 1:
        raise RuleError("skills-days", N_("Un jour au moins."), field="days", status=422)
    if days > left:
        raise RuleError("skills-left", N_("Cette offre n’a plus autant de jours."), field="days", status=409)
