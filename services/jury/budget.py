"""The budget of an application: expenses, income and what is asked for must agree; help in kind stands apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.jury import rulebooks

ROWS = 3  # of each kind on an empty form
MOST = 30  # of each kind, added one by one
YEARS = 3
KINDS = ("expense", "income", "kind")
PARTS = ("label", "amount")


@dataclass(frozen=True)
class Line:
    """One row that somebody filled in. `cents`: None when `amount`, as typed, is no amount. `status`: of another
    funder's money, "asked", "obtained" or "" where nobody said."""

    label: str
    amount: str
    cents: int | None
    status: str = ""


@dataclass(frozen=True)
class Budget:
    """Cents. `unread`: fields whose text is no amount. `in_kind` counts on neither side. `lines`: by kind."""

    expenses: int
    income: int
    in_kind: int
    yearly: tuple[int, ...]
    unread: tuple[str, ...]
    lines: Mapping[str, Sequence[Line]]

    @property
    def requested(self) -> int:
        return sum(self.yearly)

    @property
    def gap(self) -> int:
        """What is missing (positive) or too much (negative) on the side of income."""
        return self.expenses - self.income - self.requested


def amount_fields() -> list[str]:
    rows = [f"{kind}_amount_{row}" for kind in KINDS for row in range(1, MOST + 1)]
    return rows + [f"request_{year}" for year in range(1, YEARS + 2)]


def rows(content: Mapping[str, str], kind: str, wanted: int = 0) -> int:
    """How many rows of a kind the form shows: all that hold something, as many as asked for, at least three."""
    filled = [row for row in range(1, MOST + 1) if any(content.get(f"{kind}_{part}_{row}") for part in PARTS)]
    return min(MOST, max(ROWS, wanted, *filled))


def of(content: Mapping[str, str]) -> Budget:
    """The budget that the text of a form says; an amount that cannot be read counts as nothing and is named."""
    cents: dict[str, int] = {}
    unread = []
    for name in amount_fields():
        text = content.get(name, "")
        value = rulebooks.cents(text) if text else 0
        if value is None:
            unread.append(name)
        cents[name] = value or 0
    totals = {kind: sum(cents[f"{kind}_amount_{row}"] for row in range(1, MOST + 1)) for kind in KINDS}
    yearly = [cents[f"request_{year}"] for year in range(1, YEARS + 2)]
    while yearly and not yearly[-1]:
        yearly.pop()
    lines = {kind: _lines(content, kind) for kind in KINDS}
    return Budget(totals["expense"], totals["income"], totals["kind"], tuple(yearly), tuple(unread), lines)


def _lines(content: Mapping[str, str], kind: str) -> list[Line]:
    parts = (*PARTS, "status")
    typed = [[content.get(f"{kind}_{part}_{row}", "") for part in parts] for row in range(1, MOST + 1)]
    return [Line(label, amount, rulebooks.cents(amount), status) for label, amount, status in typed if label or amount]
