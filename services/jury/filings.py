"""The filings of one application, and in what two of them differ. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.jury import application_rules, budget

TEXTS = (*application_rules.TEXTS, *(f"request_{year}" for year in range(1, budget.YEARS + 2)))
"""Fields that are compared one by one; the rows of the budget are compared table by table."""


@dataclass(frozen=True)
class Filing:
    """What was filed at one time, with its proof. `number`: 1 is the first; `filed`: as in models.Application."""

    number: int
    filed_at: dt.datetime
    filed_hash: str
    filed: Mapping[str, Any]

    @property
    def content(self) -> Mapping[str, str]:
        said: Mapping[str, str] = self.filed["content"]
        return said

    def files(self, paper: str) -> list[tuple[str, str]]:
        """(name, SHA-256) of what was filed under one heading."""
        return [(one["name"], one["sha256"]) for one in self.filed["papers"] if one["paper"] == paper]


@dataclass(frozen=True)
class Difference:
    """Names of what is not the same: fields, tables of the budget, headings of papers."""

    fields: list[str]
    tables: list[str]
    papers: list[str]


def differences(before: Filing, after: Filing) -> Difference:
    """What changed from one filing to a later one; names that were erased since are gone from both."""
    old, new = budget.of(before.content), budget.of(after.content)
    headings = dict.fromkeys(one["paper"] for one in [*before.filed["papers"], *after.filed["papers"]])
    return Difference(
        fields=[name for name in TEXTS if _said(before, name) != _said(after, name)],
        tables=[kind for kind in budget.KINDS if list(old.lines[kind]) != list(new.lines[kind])],
        papers=[paper for paper in headings if before.files(paper) != after.files(paper)],
    )


def successive(filings: Iterable[Filing]) -> list[tuple[Filing, Filing]]:
    """Each filing with the one before it: (before, after), the first correction first."""
    found = list(filings)
    return list(itertools.pairwise(found))


def _said(filing: Filing, name: str) -> str:
    return filing.content.get(name, "")


def wanted(filings: Sequence[Filing], number: str) -> Filing | None:
    """The filing of this number as an address says it; the last one where it names none; None before the first."""
    if number.isascii() and number.isdigit() and 1 <= int(number[:4]) <= len(filings):
        return filings[int(number[:4]) - 1]
    return filings[-1] if filings else None
