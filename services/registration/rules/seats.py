"""Step 3 of nine: who gets a seat and who waits. Next: services/registration/models/seats.py.

A *quota* limits one thing: the event itself, or one workshop. A person wants the event and at most one
workshop per slot. Everything here sees counts that were read under a lock; it takes no lock itself.
"""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.registration.rules.choices import N_
from shared.errors import RuleError, Sentence

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
    apart: int = 0
    """Of those waiting, how many take a seat only together with others, who are too many for what is free."""

    @property
    def free(self) -> int:
        """Seats left, never negative: a capacity may have been lowered below what was granted."""
        return max(0, self.capacity - self.taken)

    @property
    def grants(self) -> bool:
        """Whether a newcomer gets a seat now. Who waits goes first, so a queue means no: unless all of it are
        parties too large for what is free, since no seat stays empty for their sake."""
        return self.free > 0 and self.waiting == self.apart


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
class Wish:
    """What one person of a party asks for: quotas of workshops."""

    workshops: tuple[int, ...]


def decide_party(
    event: Count, workshops: Mapping[int, Count], wishes: Sequence[Wish], *, together: bool
) -> list[tuple[Grant, dict[int, Count]]]:
    """`decide` for several people one after the other, each with the counts that they met.

    together: all get a seat in the event, or all wait for it. Otherwise as many as possible, in the order given.
    Workshops are granted one by one in both cases: colleagues need not sit in the same room.
    """
    counts = {event.quota_id: event, **workshops}
    waits_all = together and not (event.grants and event.free >= len(wishes))
    found = []
    for wish in wishes:
        own = counts[event.quota_id]
        if waits_all:
            grant = Grant(WAIT_LISTED, (), (own.quota_id,))
        else:
            grant = decide(own, [counts[one] for one in wish.workshops])
        found.append((grant, dict(counts)))
        for one in grant.claims:
            counts[one] = replace(counts[one], taken=counts[one].taken + 1)
        for one in grant.waits:
            apart = counts[one].apart + waits_all
            counts[one] = replace(counts[one], waiting=counts[one].waiting + 1, apart=apart)
    return found


def next_in_line(free: int, queue: Iterable[tuple[int, uuid.UUID | None]]) -> list[int]:
    """The places in a queue, (number, party) in order of arrival, that `free` seats go to.

    A party stands where its first member stands and moves as a whole. One that is too large keeps its rank and
    is passed over: nobody who could sit waits for an empty seat.
    """
    units: dict[object, list[int]] = {}
    for number, party in queue:
        units.setdefault(party or number, []).append(number)
    taken: list[int] = []
    for members in units.values():
        if len(members) <= free - len(taken):
            taken += members
    return sorted(taken)


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
            Sentence(
                "« %(one)s » et « %(other)s » ont lieu en même temps : choisissez l’un des deux. "
                "Vos autres réponses sont conservées.",
                one=clash[0].title,
                other=clash[1].title,
            ),
            status=422,
            field="workshops",
        )


CALLED_OFF = N_("Cette rencontre est annulée : elle ne prend plus d’inscriptions.")


def may_undo(cancelled_at: dt.datetime | None, now: dt.datetime) -> bool:
    """A cancellation can be taken back for fifteen minutes, the last instant included."""
    return cancelled_at is not None and cancelled_at <= now <= cancelled_at + UNDO_FOR


def refuse_closed(
    state: str, opens_at: dt.datetime | None, closes_at: dt.datetime | None, ends_at: dt.datetime, now: dt.datetime
) -> None:
    """Raise unless the event takes registrations at `now`. No closing date means until the event is over."""
    if state == "called_off":
        raise RuleError("event-called-off", CALLED_OFF, status=409)
    if state != "published":
        raise RuleError("event-not-open", N_("Cet évènement n’est pas ouvert aux inscriptions."), status=409)
    if opens_at is not None and now < opens_at:
        raise RuleError("registration-not-open-yet", N_("Les inscriptions ne sont pas encore ouvertes."))
    if now >= ends_at or (closes_at is not None and now >= closes_at):
        raise RuleError("registration-closed", N_("Les inscriptions sont closes."))
