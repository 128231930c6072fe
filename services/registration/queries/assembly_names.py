"""Where a person stands by name or address in assemblies and on the board: what an erasure keeps, and says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter, Motion, StruckVoter
from services.registration.models.board import BoardSeat
from services.registration.rules.people import fold


@dataclass(frozen=True)
class Kept:
    voters: list[tuple[Assembly, AssemblyVoter]]
    """Lists that have their address; rehearsals invent theirs."""
    candidates: list[tuple[Assembly, Motion]]
    counted: list[tuple[Assembly, Motion]]
    """Votes whose minutes name them as a teller."""
    seats: list[BoardSeat]
    struck: list[tuple[Assembly, StruckVoter]] = field(default_factory=list)
    """Lists that they were struck from; an erasure takes them."""

    def surely(self) -> Kept:
        """Without what may be a namesake's: a name alone says who it is only in an assembly that has their address."""
        theirs = {assembly.id for assembly, _voter in self.voters}
        return Kept(
            self.voters,
            [one for one in self.candidates if one[0].id in theirs],
            [one for one in self.counted if one[0].id in theirs],
            [one for one in self.seats if one.elected_in_id in theirs],
            self.struck,
        )

    def told(self) -> list[tuple[str, str, int]]:
        """As a receipt names it: what stays, why, how much of it."""
        return [
            ("assembly_voters", "assembly-record", len(self.voters)),
            ("candidates", "assembly-record", len(self.candidates)),
            ("tellers", "assembly-record", len(self.counted)),
            ("board", "board-record", len(self.seats)),
        ]


def kept(session: Session, email: str, names: Iterable[str]) -> Kept:
    """Four statements. names: of the person, first and last name in either order; letter case and accents do not
    count."""
    listed = (
        sa.select(Assembly, AssemblyVoter)
        .join(AssemblyVoter, AssemblyVoter.assembly_id == Assembly.id)
        .where(sa.func.lower(AssemblyVoter.email) == email.lower(), AssemblyVoter.email != "")
        .order_by(Assembly.held_at, AssemblyVoter.structure)
    )
    struck = (
        sa.select(Assembly, StruckVoter)
        .join(StruckVoter, StruckVoter.assembly_id == Assembly.id)
        .where(sa.func.lower(StruckVoter.email) == email.lower())
        .order_by(Assembly.held_at, StruckVoter.structure)
    )
    votes = (
        sa.select(Assembly, Motion)
        .join(Motion, Motion.assembly_id == Assembly.id)
        .where(~Assembly.rehearsal, Motion.kind != "point")
        .order_by(Assembly.held_at, Motion.position)
    )
    theirs = {_words(name) for name in names} - {()}
    seats = sa.select(BoardSeat).where(BoardSeat.name != "").order_by(BoardSeat.college, BoardSeat.number)
    held = [(row[0], row[1]) for row in session.execute(votes)]
    return Kept(
        [(row[0], row[1]) for row in session.execute(listed)],
        [one for one in held if any(_words(each["name"]) in theirs for each in one[1].candidates)],
        [one for one in held if any(_words(name) in theirs for name in one[1].tellers)],
        [one for one in session.scalars(seats) if _words(one.name) in theirs],
        [(row[0], row[1]) for row in session.execute(struck)],
    )


def _words(name: str) -> tuple[str, ...]:
    return tuple(sorted(fold(name).split()))
