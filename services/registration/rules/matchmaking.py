"""Step 3 of nine: who works with the same places or on the same themes. Pure.

Themes are the sustainable development goals, as the forms and the directory have them. Countries and regions are keys
(ISO 3166); a place is what the person typed, compared without accents or capitals.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.rules.choices import N_
from services.registration.rules.people import fold
from services.registration.rules.question_library import GOALS
from shared.errors import RuleError, refuse_long

ZONES: dict[str, str] = {
    "BR": N_("Brésil"),
    "KH": N_("Cambodge"),
    "CN-SC": N_("Chine, Sichuan"),
    "MG": N_("Madagascar"),
    "PS": N_("Palestine"),
    "SN": N_("Sénégal"),
    "BJ": N_("Bénin"),
    "BF": N_("Burkina Faso"),
    "CM": N_("Cameroun"),
    "HT": N_("Haïti"),
    "LB": N_("Liban"),
    "MA": N_("Maroc"),
    "ML": N_("Mali"),
    "TN": N_("Tunisie"),
    "TG": N_("Togo"),
    "VN": N_("Viêt Nam"),
}
WORDING = N_(
    "J’accepte que les autres personnes qui ont accepté voient mon nom, ma structure, son type, mes pays et mes "
    "thèmes, avant et après la rencontre."
)
_FORMER = {
    "water": "6",
    "education": "4",
    "health": "3",
    "farming": "2",
    "youth": "4",
    "culture": "11",
    "economy": "8",
    "climate": "13",
    "rights": "10",
    "government": "16",
}
PLACE = 80
MOST = 8


@dataclass(frozen=True)
class Person:
    """What one person agreed to show."""

    id: uuid.UUID
    name: str
    structure: str
    actor_type: str
    zones: frozenset[str]
    themes: frozenset[str]
    place: str


@dataclass(frozen=True)
class Group:
    """Others who have something in common with me. kind: "place", "both", "zone" or "theme"; keys name it."""

    kind: str
    zone: str
    theme: str
    place: str
    people: tuple[Person, ...]


def as_goals(said: Iterable[str]) -> list[str]:
    """Keys of goals, in the order of the list; a theme of an earlier version is the goal nearest to it."""
    named = {_FORMER.get(one, one) for one in said}
    return [key for key in GOALS if key in named]


def proposed(countries: Iterable[str], goals: Iterable[str]) -> dict[str, list[str]]:
    """{zones, themes}: what somebody said on the form of the event, for them to agree to. Both: keys of its options."""
    places, subjects = {one.upper() for one in countries}, set(goals)
    return {
        "zones": [key for key in ZONES if key in places][:MOST],
        "themes": [key for key in GOALS if key in subjects][:MOST],
    }


def check(zones: Iterable[str], themes: Iterable[str], place: str) -> tuple[list[str], list[str], str]:
    """Known keys in the order of the lists. Raises RuleError when there is nothing, or too much, to compare."""
    wanted_zones, wanted_themes = set(zones), set(themes)
    kept_zones = [key for key in ZONES if key in wanted_zones]
    kept_themes = [key for key in GOALS if key in wanted_themes]
    place = " ".join(place.split())
    if not kept_zones and not kept_themes and not place:
        message = N_("Choisissez au moins un pays, un thème ou un lieu.")
        raise RuleError("match-nothing", message, field="zones", status=422)
    if len(kept_zones) > MOST or len(kept_themes) > MOST:
        message = N_("Huit pays et huit thèmes au plus : ceux où vous êtes le plus.")
        raise RuleError("match-much", message, field="zones", status=422)
    refuse_long("match-place", place, PLACE, field="place")
    return kept_zones, kept_themes, place


def groups(me: Person, others: Sequence[Person], *, actor_type: str = "") -> list[Group]:
    """The closest first: the same place, then zone and theme, then zone, then theme. Each person once, where closest.

    actor_type: only people of this type.
    """
    found: dict[tuple[str, str, str, str], list[Person]] = {}
    order = {key: number for number, key in enumerate([*ZONES, *GOALS])}
    for other in others:
        if other.id == me.id or (actor_type and other.actor_type != actor_type):
            continue
        zones = sorted(me.zones & other.zones, key=order.__getitem__)
        themes = sorted(me.themes & other.themes, key=order.__getitem__)
        if me.place and fold(me.place) == fold(other.place):
            key = ("place", "", "", me.place)
        elif zones and themes:
            key = ("both", zones[0], themes[0], "")
        elif zones:
            key = ("zone", zones[0], "", "")
        elif themes:
            key = ("theme", "", themes[0], "")
        else:
            continue
        found.setdefault(key, []).append(other)
    kinds = ("place", "both", "zone", "theme")
    ranked = sorted(found, key=lambda key: (kinds.index(key[0]), order.get(key[1], 0), order.get(key[2], 0)))
    return [Group(*key, tuple(found[key])) for key in ranked]
