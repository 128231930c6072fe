"""Who came on the same form."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.parties import Party, PartyMember
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, WaitingEntry


def colleagues(session: Session, registration_id: uuid.UUID) -> list[sa.Row[Any]]:
    """(full name, status, state, whether they wait together, workshops waited for) of everyone whom this person
    registered; nobody for others.

    The contact sees who has a place and who waits, and opens nobody's page.
    """
    return list(session.execute(_COLLEAGUES, {"contact": registration_id}))


def companions(session: Session, registration_id: uuid.UUID) -> list[sa.Row[Any]]:
    """(id, full name, state, whether they sent the form) of the others on the same form, for the staff."""
    mine = aliased(PartyMember)
    query = (
        sa.select(
            Registration.id,
            (Registration.first_name + " " + Registration.last_name).label("name"),
            Registration.state.label("state"),
            PartyMember.contact,
        )
        .join(PartyMember, PartyMember.registration_id == Registration.id)
        .join(mine, mine.party_id == PartyMember.party_id)
        .where(mine.registration_id == registration_id, Registration.id != registration_id)
        .order_by(~PartyMember.contact, Registration.registered_at, Registration.id)
    )
    return list(session.execute(query))


def transfers(session: Session, registration: Registration) -> list[tuple[Registration, bool]]:
    """Who has the seat that was this registration's, and whose it was: (registration, whether it went to them)."""
    given = Registration.id == registration.transferred_to
    query = sa.select(Registration).where(given | (Registration.transferred_to == registration.id))
    return [(one, one.id == registration.transferred_to) for one in session.scalars(query)]


_mine = aliased(PartyMember)
_waits = (
    sa.select(sa.func.count())
    .select_from(WaitingEntry)
    .join(Quota, Quota.id == WaitingEntry.quota_id)
    .where(WaitingEntry.registration_id == Registration.id, Quota.kind == "workshop")
    .correlate(Registration)
    .scalar_subquery()
)
# Every personal page asks: built once.
_COLLEAGUES = (
    sa.select(
        (Registration.first_name + " " + Registration.last_name).label("name"),
        Registration.status,
        Registration.state.label("state"),
        Party.together,
        _waits.label("waits"),
    )
    .join(PartyMember, PartyMember.registration_id == Registration.id)
    .join(Party, Party.id == PartyMember.party_id)
    .join(_mine, (_mine.party_id == Party.id) & _mine.contact)
    .where(_mine.registration_id == sa.bindparam("contact"), ~PartyMember.contact)
    .order_by(Registration.registered_at, Registration.id)
)
