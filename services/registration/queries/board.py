"""The board as it stands, and the statutes it is kept under."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.models.board import BoardSeat
from services.registration.queries import statutes as versions
from services.registration.rules.assembly.board import Seat
from services.registration.rules.assembly.statutes import Statutes, from_json


def rules(session: Session) -> Statutes | None:
    """The latest version of the statutes; without one, those of the latest assembly; None when neither stands."""
    if own := versions.versions(session):
        return from_json(own[0].rules)
    real = sa.select(Assembly.statutes).where(~Assembly.rehearsal).order_by(Assembly.held_at.desc()).limit(1)
    kept = session.scalar(real)
    return from_json(kept) if kept else None


def labels(session: Session, rules: Statutes | None, seats: Collection[str]) -> dict[str, str]:
    """Of the statutes' colleges by key, then of those that only the board still has, as earlier statutes named them."""
    named = {one.key: one.label for one in rules.colleges} if rules else {}
    if left := [key for key in seats if key not in named]:
        earlier = [one for own in versions.versions(session) for one in from_json(own.rules).colleges]
        said = {one.key: one.label for one in reversed(earlier)}
        named |= {key: said.get(key, key) for key in left}
    return named


def seats(session: Session) -> dict[str, list[BoardSeat]]:
    """By college, in the order of their numbers."""
    found: dict[str, list[BoardSeat]] = {}
    for one in session.scalars(sa.select(BoardSeat).order_by(BoardSeat.college, BoardSeat.number)):
        found.setdefault(one.college, []).append(one)
    return found


def plain(seats: Sequence[BoardSeat]) -> list[Seat]:
    """As the rules read them."""
    return [Seat(one.number, one.ends, one.name) for one in seats]


def waiting(session: Session) -> list[Assembly]:
    """Closed assemblies with an election of a college whose elected do not sit yet; the earliest first."""
    closed = sa.select(Assembly).where(Assembly.state == "closed", ~Assembly.rehearsal, Assembly.renewal.is_(None))
    last = session.scalar(sa.select(sa.func.max(Assembly.held_at)).where(_SEATED))
    return [
        one
        for one in session.scalars(closed.order_by(Assembly.held_at))
        if one.statutes.get("renewal_thirds") and (last is None or one.held_at > last) and elections(one)
    ]


def elections(assembly: Assembly) -> list[int]:
    """The places on the agenda of decided elections of one college, a later round behind its first."""
    return [
        motion.position
        for motion in assembly.motions
        if motion.kind == "election" and motion.college and motion.state == "decided"
    ]


def done(session: Session) -> Sequence[Assembly]:
    """Assemblies whose elected sit, the latest first."""
    return session.scalars(sa.select(Assembly).where(_SEATED).order_by(Assembly.held_at.desc())).all()


_SEATED = sa.func.jsonb_array_length(Assembly.renewal["elections"]) > 0
"""Those they elected sit; of an assembly that was passed over nobody does."""
