"""Which expert to ask about a project, and why another one not; what an opinion must say. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from services.jury import languages, place_names
from services.jury.conflicts import words
from services.jury.texts import fold

Against = Literal["away", "asked", "conflict", "read_before", "language", "load"]
PARTS: dict[str, int] = {"strengths": 3000, "weaknesses": 3000, "to_check": 2000}
"""The frame of an opinion: what convinces, what worries, what to check on the spot or with whom."""
NEEDED: dict[str, tuple[str, ...]] = {
    "favourable": ("strengths",),
    "reserved": ("strengths", "weaknesses"),
    "unfavourable": ("weaknesses",),
    "none": ("to_check",),
}
"""What each choice must say: an opinion without a reason helps nobody."""
ALIKE = 0.6
"""From this share of common words on, two titles are one."""


@dataclass(frozen=True)
class Reader:
    """An expert as they are asked. `waiting`: requests that they have not answered; `most`: as many as they take."""

    id: str
    themes: str
    countries: str
    languages: str
    waiting: int
    most: int | None
    is_away: bool = False


@dataclass(frozen=True)
class Subject:
    """The project. `language`: a code, or "" for French. `asked`, `recused`, `before`: ids of experts who were asked
    about it already, who have a conflict with it, and who read it when it was filed the first time."""

    text: str
    country: str
    language: str
    asked: frozenset[str] = frozenset()
    recused: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Weighed:
    """Why an expert suits a project: themes and country that they know; and why they are not to be asked."""

    reader: Reader
    themes: tuple[str, ...]
    country: bool
    against: tuple[Against, ...]

    @property
    def fit(self) -> int:
        return self.country + bool(self.themes)


def weigh(reader: Reader, subject: Subject) -> Weighed:
    written = words(subject.text)
    themes = [one.strip() for one in reader.themes.split(",") if one.strip()]
    against: dict[Against, bool] = {
        "away": reader.is_away,
        "asked": reader.id in subject.asked,
        "conflict": reader.id in subject.recused,
        "read_before": reader.id in subject.before,
        "language": not languages.reads(reader.languages, subject.language),
        "load": reader.most is not None and reader.waiting >= reader.most,
    }
    return Weighed(
        reader,
        tuple(one for one in themes if words(one) and words(one) <= written),
        bool({subject.country.upper(), subject.country.upper()[:2]} & place_names.codes(reader.countries)),
        tuple(name for name, holds in against.items() if holds),
    )


def suggested(readers: Iterable[Reader], subject: Subject) -> list[Weighed]:
    """Who may be asked first: those who suit it best, then who has least to read; who may not comes last."""
    found = [weigh(reader, subject) for reader in readers]
    return sorted(found, key=lambda one: (bool(one.against), -one.fit, one.reader.waiting))


def is_again(title: str, structure: str, other_title: str, other_structure: str) -> bool:
    """Whether two projects are one that was filed again: by the same structure, under the same or a like title."""
    if not words(structure) or words(structure) != words(other_structure):
        return False
    mine, other = frozenset(fold(title).split()), frozenset(fold(other_title).split())
    return bool(mine) and len(mine & other) >= ALIKE * len(mine | other)


def lacking(choice: str, said: Mapping[str, str]) -> list[str]:
    """The parts that this choice needs and that say nothing."""
    return [name for name in NEEDED[choice] if not said.get(name, "").strip()]
