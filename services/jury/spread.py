"""How far apart a jury's levels are on one criterion: what the room looks at after the calibration exercise. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """The levels that were given on one criterion. `counts`: jurors per level, from 0 to the highest there is."""

    title: str
    help: str
    levels: tuple[Mapping[str, Any], ...]
    counts: tuple[int, ...]

    @property
    def given(self) -> tuple[int, ...]:
        """The levels that somebody chose, lowest first."""
        return tuple(level for level, count in enumerate(self.counts) if count)

    @property
    def readings(self) -> int:
        return sum(self.counts)

    @property
    def gap(self) -> int:
        """Levels between the lowest and the highest that were chosen."""
        return self.given[-1] - self.given[0] if self.given else 0

    @property
    def wide(self) -> bool:
        """Worth talking about: two levels apart, and two fifths of the scale (eight on a scale of twenty)."""
        return self.gap >= 2 and 5 * self.gap >= 2 * (len(self.counts) - 1)


def spread(criterion: Mapping[str, Any], values: Iterable[Any]) -> Spread:
    """criterion: as a round freezes it. values: what jurors gave; None and what is no level of it are left out."""
    counts = [0] * (criterion["max"] + 1)
    for value in values:
        if isinstance(value, int) and 0 <= value < len(counts):
            counts[value] += 1
    return Spread(criterion["title"], criterion["help"], tuple(criterion["levels"]), tuple(counts))
