"""The list of applications that were filed, searched and filtered, with what each filter would leave. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from services.jury.texts import fold

FACETS = ("state", "place", "goal", "theme")


@dataclass(frozen=True)
class Dossier:
    """One filed application as a line. `standing`: its state, or "withdrawn"; `goals`: numbers of the ODD,
    as text; `requested`: cents."""

    id: uuid.UUID
    reference: str
    standing: str
    title: str
    structure: str
    bearer: str
    place: str
    theme: str
    goals: tuple[str, ...]
    requested: int
    filed_at: dt.datetime


@dataclass(frozen=True)
class Wanted:
    """What to show; an empty text leaves that open. A country holds its parts."""

    words: str = ""
    state: str = ""
    place: str = ""
    goal: str = ""
    theme: str = ""

    @property
    def filtered(self) -> bool:
        return any((self.words, self.state, self.place, self.goal, self.theme))


@dataclass(frozen=True)
class Found:
    """`lines`: what fits. `counts`: per facet, each value and how many would be shown under it, the others kept."""

    lines: list[Dossier]
    counts: dict[str, Counter[str]]


def goals_of(content: Mapping[str, str]) -> tuple[str, ...]:
    """The ODD that an application names, each once, the first one first."""
    return tuple(dict.fromkeys(one for one in (content.get("goal_1"), content.get("goal_2")) if one))


def search(dossiers: Iterable[Dossier], wanted: Wanted) -> Found:
    """Every word of `wanted` must begin a word of the title, the structure, the bearer's name or the reference."""
    asked = fold(wanted.words).split()
    found = [one for one in dossiers if _has_words(one, asked)]
    fits = [tuple(_fits(one, wanted, facet) for facet in FACETS) for one in found]
    counts = {}
    for at, facet in enumerate(FACETS):
        kept = (one for one, fit in zip(found, fits, strict=True) if all(fit[:at] + fit[at + 1 :]))
        counts[facet] = Counter(value for one in kept for value in _values(one, facet))
    return Found([one for one, fit in zip(found, fits, strict=True) if all(fit)], counts)


def _has_words(one: Dossier, asked: list[str]) -> bool:
    if not asked:
        return True
    written = " " + fold(f"{one.title} {one.structure} {one.bearer} {one.reference}")
    return all(f" {word}" in written for word in asked)


def _values(one: Dossier, facet: str) -> set[str]:
    """What a line counts under. A part of a country counts under both."""
    if facet == "place":
        return {one.place, one.place[:2]} - {""}
    if facet == "goal":
        return set(one.goals)
    if facet == "theme":
        return {fold(one.theme)} - {""}
    return {one.standing}


def _fits(one: Dossier, wanted: Wanted, facet: str) -> bool:
    value: str = getattr(wanted, facet)
    return not value or (fold(value) if facet == "theme" else value) in _values(one, facet)


SORTS: dict[str, Callable[[Dossier], object]] = {
    "filed": lambda one: one.filed_at,
    "title": lambda one: fold(one.title),
    "reference": lambda one: one.reference,
    "requested": lambda one: one.requested,
}


def ordered(lines: Iterable[Dossier], key: str, *, descending: bool) -> list[Dossier]:
    """Sorted by one of SORTS; what ties stays in the order it was filed in."""
    return sorted(lines, key=SORTS[key], reverse=descending)  # type: ignore[arg-type]
