"""From a ranking and an envelope to awards and a reserve list: whole cents, nothing else. Pure.

Two published rules for the line: "stop" ends at the first project that does not fit; "skip" passes over it and goes
on with the ones that do. The sum of the awards never exceeds the envelope.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Rule = Literal["stop", "skip"]


@dataclass(frozen=True)
class Wish:
    """What a project asks, in cents. `minimum`: the least its bearer can do it with; None: only the whole sum.

    `yearly`: how it asks for that year by year; empty: in equal parts over the years of the terms.
    """

    project: str
    asked: int
    minimum: int | None = None
    yearly: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.asked <= 0:
            raise ValueError(f"Projet {self.project} : la somme demandée doit être positive.")
        if self.minimum is not None and not 0 < self.minimum <= self.asked:
            raise ValueError(f"Projet {self.project} : le minimum doit être positif et au plus égal à la demande.")


@dataclass(frozen=True)
class Terms:
    """How awards weigh on an envelope. `yearly`: only the first instalment counts; else the whole sum.

    `years`: over how many an award is paid whose project did not say it.

    `unit`: each award is a whole number of these cents ("per person" envelopes).
    """

    years: int = 1
    yearly: bool = False
    unit: int = 1

    def weight(self, cents: int, yearly: Sequence[int] = ()) -> int:
        """What an award takes out of the envelope; yearly: as in Wish."""
        return instalments(cents, self.years, yearly)[0] if self.yearly else cents

    def most(self, left: int, asked: int, yearly: Sequence[int] = ()) -> int:
        """The largest award that weighs at most `left`, of a wish that weighs more: never above what is asked."""
        first = yearly[0] if yearly else 1
        cents = left * (sum(yearly) or self.years) // max(first, 1) if self.yearly else left
        cents = min(cents, asked)
        return cents - cents % self.unit


PLAIN = Terms()


@dataclass(frozen=True)
class Award:
    """Cents. `rank`: place in the ranking that was given, from 1. `weight`: what it takes out of the envelope."""

    project: str
    rank: int
    asked: int
    awarded: int
    weight: int

    @property
    def is_partial(self) -> bool:
        return self.awarded < self.asked


@dataclass(frozen=True)
class Reserve:
    """Next in line. `missing`: the cents that lack for the whole sum once the awards are made; 0 under "stop" when it
    would have fitted had no better project been refused."""

    project: str
    rank: int
    asked: int
    missing: int


@dataclass(frozen=True)
class Selection:
    """Both lists stand in the order of the ranking."""

    awards: tuple[Award, ...]
    reserve: tuple[Reserve, ...]
    envelope: int
    terms: Terms = PLAIN

    @property
    def committed(self) -> int:
        """What the awards take out of the envelope."""
        return sum(award.weight for award in self.awards)

    @property
    def remaining(self) -> int:
        return self.envelope - self.committed


def select(
    ranked: Iterable[Wish], envelope: int, rule: Rule, *, partial: bool = False, terms: Terms = PLAIN
) -> Selection:
    """Share `envelope` (cents) out to the projects, best first.

    `partial`: a project that does not fit gets what is left when that is at least its minimum. Eliminated projects
    are not to be passed. Raises ValueError for a negative envelope, an unknown rule or a project named twice.
    """
    if envelope < 0:
        raise ValueError("L’enveloppe ne peut pas être négative.")
    if rule not in ("stop", "skip"):
        raise ValueError(f"unknown rule: {rule}")
    awards: list[Award] = []
    waiting: list[tuple[int, Wish]] = []
    seen: set[str] = set()
    left, stopped = envelope, False
    for rank, wish in enumerate(ranked, start=1):
        if wish.project in seen:
            raise ValueError(f"Le projet {wish.project} est cité deux fois.")
        seen.add(wish.project)
        awarded = 0 if stopped else _fitting(wish, left, terms, partial=partial)
        if awarded:
            weight = terms.weight(awarded, wish.yearly)
            awards.append(Award(wish.project, rank, wish.asked, awarded, weight))
            left -= weight
        else:
            waiting.append((rank, wish))
        # Cut at the line or refused there: under "stop" nobody behind is served.
        stopped = stopped or (rule == "stop" and awarded < wish.asked)
    reserve = tuple(
        Reserve(wish.project, rank, wish.asked, max(0, terms.weight(wish.asked, wish.yearly) - left))
        for rank, wish in waiting
    )
    return Selection(tuple(awards), reserve, envelope, terms)


def _fitting(wish: Wish, left: int, terms: Terms, *, partial: bool) -> int:
    """The cents that a project gets out of what is left; 0: none."""
    if terms.weight(wish.asked, wish.yearly) <= left:
        return wish.asked
    most = terms.most(left, wish.asked, wish.yearly)
    return most if partial and wish.minimum is not None and wish.minimum <= most else 0


def instalments(amount: int, years: int, yearly: Sequence[int] = ()) -> tuple[int, int, int]:
    """The award by year: in the proportions of what was asked for each year, else in equal parts over `years`; the
    cents that do not divide come one by one with the first years that have a part in them. So no year of a cut award
    is above what was asked for it, and none that asked for nothing gets any."""
    asked = yearly or [1] * years
    if not 1 <= len(asked) <= 3 or amount < 0 or sum(asked) <= 0:
        raise ValueError("Une aide est versée sur un à trois ans.")
    shares = [divmod(amount * part, sum(asked)) for part in asked]
    odd = amount - sum(whole for whole, _rest in shares)
    parts = [0, 0, 0]
    for year, (whole, rest) in enumerate(shares):
        parts[year] = whole + (1 if rest and odd else 0)
        odd -= parts[year] - whole
    return parts[0], parts[1], parts[2]
