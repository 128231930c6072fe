"""Step 3 of nine: who gets a seat and who waits. Next: services/registration/models/seats.py.

A *quota* limits one thing: the event itself, or one workshop. A person wants the event and at most one
workshop per slot. Everything here sees counts that were read under a lock; it takes no lock itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.registration.rules.choices import N_
from shared.errors import RuleError

CONFIRMED = "confirmed"
WAIT_LISTED = "wait_listed"
CANCELLED = "cancelled"
UNDO_FOR = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Count:
    """One quota as counted under its lock. `workshop` is False for the event's own quota."""

    quota_id: int
    capacity: int
    taken: int
    waiting: int
    workshop: bool

    @property
    def free(self) -> int:
        """Seats left, never negative: a capacity may have been lowered below what was granted."""
        return max(0, self.capacity - self.taken)

    @property
    def grants(self) -> bool:
        """Whether a newcomer gets a seat now. Who waits goes first, so a queue means no."""
        return self.free > 0 and self.waiting == 0


@dataclass(frozen=True)
class Grant:
    """What one registration gets: quotas to claim, and quotas to wait for."""

    status: str
    claims: tuple[int, ...]
    waits: tuple[int, ...]


def decide(event: Count, workshops: Sequence[Count]) -> Grant:
    """A partial result is normal: the event may be certain while one workshop has a waiting list.

    Without a seat in the event nothing else is claimed: the wishes are kept, and served on promotion.
    """
    if not event.grants:
        return Grant(WAIT_LISTED, (), (event.quota_id,))
    return Grant(
        CONFIRMED,
        (event.quota_id, *(count.quota_id for count in workshops if count.grants)),
        tuple(count.quota_id for count in workshops if not count.grants),
    )


@dataclass(frozen=True)
class Session:
    """A workshop in time, for the overlap rule."""

    id: object
    title: str
    starts_at: dt.datetime
    ends_at: dt.datetime


def first_overlap(sessions: Iterable[Session]) -> tuple[Session, Session] | None:
    """Two sessions nobody can both attend, or None. Touching ends do not overlap."""
    ordered = sorted(sessions, key=lambda session: (session.starts_at, session.ends_at))
    for earlier, later in itertools.pairwise(ordered):
        if later.starts_at < earlier.ends_at:
            return earlier, later
    return None


def refuse_overlap(sessions: Iterable[Session]) -> None:
    """Raise when two chosen workshops take place at the same time."""
    if clash := first_overlap(sessions):
        raise RuleError(
            "workshops-overlap",
            f"« {clash[0].title} » et « {clash[1].title} » ont lieu en même temps : choisissez l’un des deux. "
            "Vos autres réponses sont conservées.",
            status=422,
            field="workshops",
        )


def may_undo(cancelled_at: dt.datetime | None, now: dt.datetime) -> bool:
    """A cancellation can be taken back for fifteen minutes, the last instant included."""
    return cancelled_at is not None and cancelled_at <= now <= cancelled_at + UNDO_FOR


def refuse_closed(
    state: str, opens_at: dt.datetime | None, closes_at: dt.datetime | None, ends_at: dt.datetime, now: dt.datetime
) -> None:
    """Raise unless the event takes registrations at `now`. No closing date means until the event is over."""
    if state != "published":
        raise RuleError("event-not-open", N_("Cet évènement n’est pas ouvert aux inscriptions."), status=409)
    if opens_at is not None and now < opens_at:
        raise RuleError("registration-not-open-yet", N_("Les inscriptions ne sont pas encore ouvertes."))
    if now >= ends_at or (closes_at is not None and now >= closes_at):
        raise RuleError("registration-closed", N_("Les inscriptions sont closes."))
