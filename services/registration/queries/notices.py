"""Who registered and who gave up within a while, and who is to be told of it. Next: use_cases/notices.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.registration.models.accounts import StaffAccount
from services.registration.models.desk import WalkIn
from services.registration.models.events import Workshop
from services.registration.models.notices import Notice
from services.registration.models.parties import PartyMember
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from services.registration.rules.seats import CONFIRMED
from shared.audit import audit_entries


@dataclass(frozen=True)
class Arrived:
    """One registration; `party_id`: those of one form have the same; `waits_for`: titles of workshops."""

    registration: Registration
    party_id: uuid.UUID | None = None
    waits_for: Sequence[str] = ()


@dataclass(frozen=True)
class Promoted:
    """Somebody who waited and has a place now: at the event, or in the workshops of these titles alone."""

    registration: Registration
    event: bool
    workshops: Sequence[str] = ()


@dataclass(frozen=True)
class Window:
    """Who came, who left the waiting list for a place and who went after `since`, up to `until`; who did several of
    these came, or only went."""

    since: dt.datetime
    until: dt.datetime
    arrivals: Sequence[Arrived] = ()
    promotions: Sequence[Promoted] = ()
    departures: Sequence[Arrived] = ()

    def groups(self) -> list[Window]:
        """One window for each form that was sent, in the order in which they came; then one for all who waited."""
        found: dict[uuid.UUID, list[Arrived]] = {}
        for one in self.arrivals:
            found.setdefault(one.party_id or one.registration.id, []).append(one)
        forms = [Window(self.since, self.until, each) for each in found.values()]
        return forms + ([Window(self.since, self.until, promotions=self.promotions)] if self.promotions else [])

    @property
    def alone(self) -> Registration | None:
        """The one registration that all of it is about."""
        people = [one.registration for one in self.arrivals] + [one.registration for one in self.promotions]
        people += [one.registration for one in self.departures]
        return people[0] if len(people) == 1 else None


def arrivals(session: Session, event_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> list[Arrived]:
    """One statement."""
    waits_for = (
        sa.select(sa.func.array_agg(aggregate_order_by(Workshop.title, Workshop.starts_at)))
        .join(Quota, Quota.workshop_id == Workshop.id)
        .join(WaitingEntry, WaitingEntry.quota_id == Quota.id)
        .where(WaitingEntry.registration_id == Registration.id)
        .scalar_subquery()
    )
    query = (
        sa.select(Registration, PartyMember.party_id, waits_for)
        .outerjoin(PartyMember, PartyMember.registration_id == Registration.id)
        .where(
            Registration.event_id == event_id,
            Registration.status != "cancelled",
            Registration.registered_at > since,
            Registration.registered_at <= until,
            *_TOLD,
        )
        .order_by(Registration.registered_at, Registration.id)
    )
    return [Arrived(one, party, titles or ()) for one, party, titles in session.execute(query)]


def promotions(session: Session, event_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> list[Promoted]:
    """Who was there before, by the journal: a seat that is claimed anew, at a change or an undo, was not waited for."""
    told = audit_entries.c
    of_then = SeatClaim.claimed_at == told.at
    mine = sa.select(Quota.id).join(SeatClaim, SeatClaim.quota_id == Quota.id)
    mine = mine.where(SeatClaim.registration_id == Registration.id, SeatClaim.state == "confirmed", of_then)
    titles = (
        sa.select(sa.func.array_agg(aggregate_order_by(Workshop.title, Workshop.starts_at)))
        .join(Quota, Quota.workshop_id == Workshop.id)
        .where(Quota.id.in_(mine))
        .scalar_subquery()
    )
    at_event = (told.what == "promoted") | sa.exists(mine.where(Quota.kind == "event"))
    query = (
        sa.select(Registration, at_event, titles)
        .join(audit_entries, (told.thing == "registration") & (told.thing_id == sa.cast(Registration.id, sa.Text)))
        .where(
            Registration.event_id == event_id,
            Registration.status == CONFIRMED,
            Registration.registered_at <= since,
            Registration.changed_at > since,
            told.what.in_(_PROMOTED),
            told.at > since,
            told.at <= until,
            *_TOLD,
        )
        .order_by(told.at, Registration.id)
    )
    found: dict[uuid.UUID, Promoted] = {}
    for one, event, workshops in session.execute(query):
        before = found.get(one.id, Promoted(one, event=False))
        at_all = event or before.event
        found[one.id] = Promoted(one, at_all, () if at_all else (*before.workshops, *(workshops or ())))
    return list(found.values())


def departures(session: Session, event_id: uuid.UUID, since: dt.datetime, until: dt.datetime) -> list[Arrived]:
    query = (
        sa.select(Registration)
        .where(
            Registration.event_id == event_id,
            Registration.status == "cancelled",
            Registration.cancelled_at > since,
            Registration.cancelled_at <= until,
            *_TOLD,
        )
        .order_by(Registration.cancelled_at, Registration.id)
    )
    return [Arrived(one) for one in session.scalars(query)]


_PROMOTED = ("promoted", "promoted to workshop", "offer accepted")
_TOLD = (
    Registration.email_key.not_like("erased %"),
    # Who was let in at the door is dated when the device noted it, which may come hours later: the desk counts them.
    ~sa.exists().where(WalkIn.registration_id == Registration.id),
)


def told(session: Session, event_id: uuid.UUID) -> list[tuple[Notice, StaffAccount | None]]:
    """Who is told of an event, by name or address."""
    query = (
        sa.select(Notice, StaffAccount)
        .outerjoin(StaffAccount, StaffAccount.id == Notice.staff_id)
        .where(Notice.event_id == event_id)
        .order_by(sa.func.lower(sa.func.coalesce(StaffAccount.name, Notice.email)), Notice.id)
    )
    return [(notice, account) for notice, account in session.execute(query)]


def staff(session: Session) -> Sequence[StaffAccount]:
    """Accounts that may be told, by name."""
    return session.scalars(sa.select(StaffAccount).where(StaffAccount.active).order_by(StaffAccount.name)).all()
