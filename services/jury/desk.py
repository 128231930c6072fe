"""The what-if desk: beside what an envelope gives today, what it would give. Pure; nothing here is ever written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.jury import selection
from services.jury.selection import Rule, Selection, Terms, Wish


@dataclass(frozen=True)
class Trial:
    """One rule at the line, in cents: `now` with the envelope and order of today, `tried` with those of the desk."""

    rule: Rule
    now: Selection
    tried: Selection

    @property
    def given(self) -> dict[str, int]:
        """What each helped project would get."""
        return {award.project: award.awarded for award in self.tried.awards}

    @property
    def entering(self) -> list[str]:
        """Projects that would be helped and are not today, best first."""
        today = {award.project for award in self.now.awards}
        return [award.project for award in self.tried.awards if award.project not in today]

    @property
    def leaving(self) -> list[str]:
        """Projects that are helped today and would not be, best first."""
        return [award.project for award in self.now.awards if award.project not in self.given]


def trials(
    now: Sequence[Wish], tried: Sequence[Wish], envelope: int, wanted: int, *, partial: bool, terms: Terms
) -> list[Trial]:
    """Both rules, "stop" first. now, tried: ranked projects, best first; envelope: of today, wanted: on the desk."""
    rules: tuple[Rule, ...] = ("stop", "skip")
    return [
        Trial(
            rule,
            selection.select(now, envelope, rule, partial=partial, terms=terms),
            selection.select(tried, wanted, rule, partial=partial, terms=terms),
        )
        for rule in rules
    ]
