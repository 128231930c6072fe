"""Where one person stands: status, rank, and what became of each workshop wished."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.groups import GroupMeeting, GroupMember
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry, WorkshopWish
from services.registration.queries.places import places
from shared.audit import audit_entries


@dataclass(frozen=True)
class Place:
    """One workshop wished. `outcome` is "confirmed", "offered" (until `until`) or "waiting"; `rank` counts from 1,
    None when certain or offered, or while the person still waits for the event itself."""

    quota_id: int
    workshop: Workshop
    slot: Slot
    outcome: str
    rank: int | None
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Standing:
    registration: Registration
    event: Event
    event_quota_id: int
    rank: int | None
    """In the event's own waiting list, from 1; None unless wait-listed. Those who wait together have one."""
    places: list[Place]
    until: dt.datetime | None = None
    """A seat in the event is offered until then; None unless wait-listed."""
    together: bool = False
    """They wait for the event with others of their form: a seat for each at once, or none."""
    called: bool = False
    """To this meeting of their group, by a mail with an entry of its own for the calendar."""


def standing(session: Session, registration_id: uuid.UUID) -> Standing:
    """Two statements, three for the meeting of a group. Raises NoResultFound when there is no such registration."""
    registration = session.execute(_REGISTRATION, {"who": registration_id}).scalar_one()
    rows = session.execute(_PLACES, {"who": registration_id, "event": registration.event_id}).all()
    *workshops, own = rows
    return Standing(
        registration,
        registration.event,
        own[0],
        own[5],
        [
            Place(quota_id, workshop, slot, _OUTCOMES[claim], rank, until)
            for quota_id, workshop, slot, claim, until, rank, _together in workshops
        ],
        own[4],
        own[6],
        was_called(session, registration.event, registration.email_key, registration_id),
    )


def offer_ran_out(session: Session, registration: Registration) -> bool:
    """Whether they are off the event's waiting list for not having answered an offer in time, and not by themselves."""
    if registration.cancelled_from != "wait_listed":
        return False
    told = audit_entries.c
    expired = (told.what == "offer expired") & (told.at == registration.cancelled_at)
    mine = (told.thing == "registration") & (told.thing_id == str(registration.id))
    return bool(session.scalar(sa.select(sa.exists().where(mine, expired))))


def was_called(session: Session, event: Event, email_key: str, seat_of: uuid.UUID | None = None) -> bool:
    """Whether the group whose meeting this is called this address to it. No statement for other events.

    seat_of: a registration; who had its seat when the group was called got no entry with the call, as if not called.
    """
    if event.kind != "exchange_group":
        return False
    query = (
        sa.select(GroupMember.id)
        .join(GroupMeeting, GroupMeeting.group_id == GroupMember.group_id)
        .where(GroupMeeting.event_id == event.id, GroupMember.joined_at <= GroupMeeting.convened_at)
        .where(GroupMember.email_key == email_key)
        .where(
            ~sa.exists()
            .where(SeatClaim.registration_id == seat_of, SeatClaim.quota_id == Quota.id, Quota.kind == "event")
            .where(SeatClaim.claimed_at < GroupMeeting.convened_at)
        )
    )
    return session.scalar(query) is not None


def with_seats_beside(session: Session, found: Standing) -> dict[uuid.UUID, list[Workshop]]:
    """By slot in which a full workshop is waited for: those that still have seats, for who would rather be sure. No
    statement when nothing is waited for, as nothing is before an allocation."""
    slots = [place.slot for place in found.places if place.outcome == "waiting" and place.rank]
    if not slots:
        return {}
    left = places(session, found.event.id).workshops
    return {slot.id: [one for one in slot.workshops if left[one.id].grants] for slot in slots}


_OUTCOMES = {"confirmed": "confirmed", "held": "offered", None: "waiting"}
_mine = WaitingEntry.__table__.alias("mine")
_who = sa.bindparam("who", type_=sa.Uuid())

# Every personal page and every mail ask: built once.
_REGISTRATION = (
    sa.select(Registration)
    .where(Registration.id == _who)
    .options(joinedload(Registration.event).joinedload(Event.allocation))
    .execution_options(populate_existing=True)
)
_party = WaitingEntry.__table__.alias("party")
_with_me = (_party.c.quota_id == _mine.c.quota_id) & (_party.c.party_id == _mine.c.party_id)
_first = sa.select(sa.func.min(_party.c.number)).where(_with_me).correlate(_mine).scalar_subquery()
_others = sa.exists().where(_with_me, _party.c.number != _mine.c.number).correlate(_mine)
_ahead = (
    sa.select(sa.func.count())
    .where(WaitingEntry.quota_id == Quota.id, WaitingEntry.number <= sa.func.coalesce(_first, _mine.c.number))
    .correlate(Quota, _mine)
    .scalar_subquery()
)
_PLACES = (
    sa.select(
        Quota.id,
        Workshop,
        Slot,
        SeatClaim.state,
        SeatClaim.expires_at,
        sa.case((_mine.c.number.is_not(None), _ahead)),
        _others,
    )
    .outerjoin(Workshop, Workshop.id == Quota.workshop_id)
    .outerjoin(Slot, Slot.id == Workshop.slot_id)
    .outerjoin(WorkshopWish, (WorkshopWish.workshop_id == Workshop.id) & (WorkshopWish.registration_id == _who))
    .outerjoin(SeatClaim, (SeatClaim.quota_id == Quota.id) & (SeatClaim.registration_id == _who))
    .outerjoin(_mine, (_mine.c.quota_id == Quota.id) & (_mine.c.registration_id == _who))
    .where(
        Quota.event_id == sa.bindparam("event"),
        (Quota.kind == "event") | WorkshopWish.workshop_id.is_not(None),
    )
    .order_by(Quota.kind == "event", Slot.starts_at, Slot.position)
)


def has_twin(session: Session, registration: Registration, email_key: str, name_key: str) -> bool:
    """Whether somebody else of that name and address is registered for the same event."""
    twin = sa.exists().where(
        Registration.event_id == registration.event_id,
        Registration.id != registration.id,
        Registration.status != "cancelled",
        Registration.email_key == email_key,
        Registration.name_key == name_key,
    )
    return bool(session.scalar(sa.select(twin)))
