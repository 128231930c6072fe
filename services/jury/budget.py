"""The budget of an application: expenses, income and what is asked for must agree; help in kind stands apart. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.jury import rulebooks

ROWS = 6
YEARS = 3
KINDS = ("expense", "income", "kind")


@dataclass(frozen=True)
class Budget:
    """Cents. `unread`: fields whose text is no amount. `in_kind` counts on neither side."""

    expenses: int
    income: int
    in_kind: int
    yearly: tuple[int, ...]
    unread: tuple[str, ...]

    @property
    def requested(self) -> int:
        return sum(self.yearly)

    @property
    def gap(self) -> int:
        """What is missing (positive) or too much (negative) on the side of income."""
        return self.expenses - self.income - self.requested


def amount_fields() -> list[str]:
    rows = [f"{kind}_amount_{row}" for kind in KINDS for row in range(1, ROWS + 1)]
    return rows + [f"request_{year}" for year in range(1, YEARS + 2)]


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
    totals = {kind: sum(cents[f"{kind}_amount_{row}"] for row in range(1, ROWS + 1)) for kind in KINDS}
    yearly = [cents[f"request_{year}"] for year in range(1, YEARS + 2)]
    while yearly and not yearly[-1]:
        yearly.pop()
    return Budget(totals["expense"], totals["income"], totals["kind"], tuple(yearly), tuple(unread))
