"""The sections of a grid: which criteria stand together, what they can give, and what eliminates. Pure.

A criterion may begin a section, {"title", "title_en", "minimum"}; it runs until another criterion begins the next one.
Points are weights: a section of weights 20 and 10 is worth 30.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Section:
    """`id`: like no criterion's. `most`: all its points. `minimum`: a project whose mean points are lower is out; None:
    nobody is. `title_en`: empty when there is none."""

    id: str
    title: str
    title_en: str
    criteria: tuple[str, ...]
    most: int
    minimum: int | None

    @property
    def least(self) -> Fraction | None:
        """The minimum as a share of the points, which holds under any weights that are tried."""
        return None if self.minimum is None else Fraction(self.minimum, self.most)

    def named(self, language: str) -> str:
        return (self.title_en if language == "en" else "") or self.title


def titled(criterion: Mapping[str, Any], language: str) -> str:
    """The title of a criterion in that language, in French where nobody wrote it."""
    return (criterion.get("title_en", "") if language == "en" else "") or str(criterion["title"])


def sections_of(criteria: Iterable[Mapping[str, Any]]) -> list[Section]:
    """criteria: as a round froze them, in order. Those before the first section are in none."""
    grouped: list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] = []
    for criterion in criteria:
        if begun := criterion.get("section"):
            grouped.append((begun, []))
        if grouped:
            grouped[-1][1].append(criterion)
    return [
        Section(
            f"section:{inside[0]['id']}",
            begun["title"],
            begun["title_en"],
            tuple(c["id"] for c in inside),
            sum(c["weight"] for c in inside),
            begun["minimum"],
        )
        for begun, inside in grouped
    ]
