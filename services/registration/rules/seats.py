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
INVITATION_ONLY = N_("On s’inscrit à cette rencontre sur invitation, par le lien reçu par courriel.")
UNDO_FOR = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Reserve:
    """Seats of the event kept for some types of actor until `until`, that day included."""

    actor_types: frozenset[str]
    seats: int
    used: int
    """Seats in the event that people of these types have: they fill the reserve first, then the common seats."""
    waiting: int
    """People of these types in the event's queue, those aside who wait as a party."""
    until: dt.date

    @property
    def unused(self) -> int:
        return max(0, self.seats - self.used)


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
    reserves: tuple[Reserve, ...] = ()
    """Of the event's own quota; no two are for the same type of actor."""

    @property
    def left(self) -> int:
        """Seats left, kept ones included; never negative: a capacity may have been lowered below what was granted."""
        return max(0, self.capacity - self.taken)

    @property
    def kept(self) -> int:
        """Seats left that only the types of a reserve may take."""
        return min(self.left, sum(one.unused for one in self.reserves)) if self.reserves else 0

    @property
    def free(self) -> int:
        """Seats left for everybody."""
        return self.left - self.kept

    @property
    def grants(self) -> bool:
        """Whether a newcomer gets a seat now. Who waits goes first, so a queue means no: unless all of it are
        parties too large for what is free, since no seat stays empty for their sake."""
        return self.free > 0 and self.waiting == self.apart

    def reserve_of(self, actor_type: str) -> Reserve | None:
        return next((one for one in self.reserves if actor_type in one.actor_types), None)

    def free_to(self, actor_type: str) -> bool:
        """Whether a seat is left that this type may take."""
        reserve = self.reserve_of(actor_type)
        return self.free > 0 or (reserve is not None and reserve.unused > 0 and self.left > 0)

    def grants_to(self, actor_type: str) -> bool:
        """`grants`, to a newcomer of this type: before a reserve only its own types queue."""
        reserve = self.reserve_of(actor_type)
        if reserve is not None and reserve.unused and self.left:
            return reserve.waiting == 0
        return self.grants

    def taking(self, actor_type: str) -> Count:
        """After one more of this type took a seat."""
        return replace(self, taken=self.taken + 1, reserves=self._reserves(actor_type, used=1))

    def leaving(self, actor_type: str) -> Count:
        """After one of this type gave a seat back."""
        return replace(self, taken=self.taken - 1, reserves=self._reserves(actor_type, used=-1))

    def queueing(self, actor_type: str, *, together: bool) -> Count:
        """After one more of this type joined the queue; together: with others, of whom none sits alone."""
        reserves = self.reserves if together else self._reserves(actor_type, waiting=1)
        return replace(self, waiting=self.waiting + 1, apart=self.apart + together, reserves=reserves)

    def _reserves(self, actor_type: str, *, used: int = 0, waiting: int = 0) -> tuple[Reserve, ...]:
        return tuple(
            replace(one, used=one.used + used, waiting=one.waiting + waiting) if actor_type in one.actor_types else one
            for one in self.reserves
        )


@dataclass(frozen=True)
class Grant:
    """What one registration gets: quotas to claim, and quotas to wait for."""

    status: str
    claims: tuple[int, ...]
    waits: tuple[int, ...]


def decide(event: Count, workshops: Sequence[Count], actor_type: str = "") -> Grant:
    """A partial result is normal: the event may be certain while one workshop has a waiting list.

    Without a seat in the event nothing else is claimed: the wishes are kept, and served on promotion.
    """
    if not event.grants_to(actor_type):
        return Grant(WAIT_LISTED, (), (event.quota_id,))
    return Grant(
        CONFIRMED,
        (event.quota_id, *(count.quota_id for count in workshops if count.grants)),
        tuple(count.quota_id for count in workshops if not count.grants),
    )


@dataclass(frozen=True)
class Wish:
    """What one person of a party asks for: quotas of workshops; and their type, which may open a reserve."""

    workshops: tuple[int, ...]
    actor_type: str = ""


def decide_party(
    event: Count, workshops: Mapping[int, Count], wishes: Sequence[Wish], *, together: bool
) -> list[tuple[Grant, dict[int, Count]]]:
    """`decide` for several people one after the other, each with the counts that they met.

    together: all get a seat in the event, or all wait for it. Otherwise as many as possible, in the order given.
    Workshops are granted one by one in both cases: colleagues need not sit in the same room.
    """
    counts = {event.quota_id: event, **workshops}
    waits_all = together and _seated(event, [wish.actor_type for wish in wishes], newcomers=True) is None
    found = []
    for wish in wishes:
        own = counts[event.quota_id]
        if waits_all:
            grant = Grant(WAIT_LISTED, (), (own.quota_id,))
        else:
            grant = decide(own, [counts[one] for one in wish.workshops], wish.actor_type)
        found.append((grant, dict(counts)))
        for one in grant.claims:
            counts[one] = counts[one].taking(wish.actor_type)
        for one in grant.waits:
            counts[one] = counts[one].queueing(wish.actor_type, together=waits_all)
    return found


def _seated(count: Count, actor_types: Iterable[str], *, newcomers: bool = False) -> Count | None:
    """The count once all of these have a seat; None when one of them finds none. newcomers: they pass no queue."""
    for one in actor_types:
        if not (count.grants_to(one) if newcomers else count.free_to(one)):
            return None
        count = count.taking(one)
    return count


def next_in_line(count: Count, queue: Iterable[tuple[int, uuid.UUID | None, str]]) -> list[int]:
    """The places in a queue, (number, party, type) in order of arrival, that the seats left go to.

    A party stands where its first member stands and moves as a whole. One that is too large keeps its rank and
    is passed over, as is who may not take what is kept for others: nobody who could sit waits for an empty seat.
    """
    units: dict[object, list[tuple[int, str]]] = {}
    for number, party, actor_type in queue:
        units.setdefault(party or number, []).append((number, actor_type))
    taken: list[int] = []
    for members in units.values():
        after = _seated(count, [kind for _, kind in members]) if len(members) <= count.left else None
        if after is not None:
            taken += [number for number, _ in members]
            count = after
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


def refuse_uninvited(uninvited: bool) -> None:
    """Raises RuleError for who comes without an invitation to an event that takes no others."""
    if uninvited:
        raise RuleError("invitation-only", INVITATION_ONLY, status=403)


def refuse_closed(
    state: str,
    opens_at: dt.datetime | None,
    closes_at: dt.datetime | None,
    ends_at: dt.datetime,
    now: dt.datetime,
    *,
    by_staff: bool = False,
) -> None:
    """Raise unless the event takes registrations at `now`. No closing date means until the event is over.

    by_staff: who telephones before the opening, or after the close, is registered all the same until it is over.
    """
    if by_staff:
        state, opens_at, closes_at = "published" if state == "closed" else state, None, None
    if state == "called_off":
        raise RuleError("event-called-off", CALLED_OFF, status=409)
    if state != "published":
        raise RuleError("event-not-open", N_("Cet évènement n’est pas ouvert aux inscriptions."), status=409)
    if opens_at is not None and now < opens_at:
        raise RuleError("registration-not-open-yet", N_("Les inscriptions ne sont pas encore ouvertes."))
    if now >= ends_at or (closes_at is not None and now >= closes_at):
        raise RuleError("registration-closed", N_("Les inscriptions sont closes."))
