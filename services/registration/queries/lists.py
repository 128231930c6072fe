"""Saved filters, marks, and what became of the people of a bulk action."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.lists import BulkActionPerson, RegistrationMark, SavedFilter
from services.registration.models.registrations import Registration
from services.registration.rules.people import fold

_SUGGESTED = 60


def filters(session: Session, event_id: uuid.UUID) -> Sequence[SavedFilter]:
    return session.scalars(
        sa.select(SavedFilter).where(SavedFilter.event_id == event_id).order_by(SavedFilter.name)
    ).all()


def marks(session: Session, event_id: uuid.UUID) -> list[str]:
    """Every mark in use at this event."""
    query = (
        sa.select(RegistrationMark.label)
        .join(Registration, Registration.id == RegistrationMark.registration_id)
        .where(Registration.event_id == event_id)
        .distinct()
    )
    return sorted(session.scalars(query))


def known_marks(session: Session) -> list[str]:
    """Those in use at any event, the most frequent first: what is suggested, so that each is spelt once."""
    label = RegistrationMark.label
    query = sa.select(label).group_by(label).order_by(sa.func.count().desc(), label).limit(_SUGGESTED)
    return list(session.scalars(query))


def spelled(session: Session, event_id: uuid.UUID, label: str) -> str:
    """As this event spells it already, if it does: « Bénévole » and « benevole » are one mark. Where both are in use,
    from before that was so, each is itself: what is taken off is what was chosen."""
    known = marks(session, event_id)
    return label if label in known else next((one for one in known if fold(one) == fold(label)), label)


def marks_of(session: Session, registration_id: uuid.UUID) -> Sequence[str]:
    query = sa.select(RegistrationMark.label).where(RegistrationMark.registration_id == registration_id)
    return session.scalars(query.order_by(RegistrationMark.label)).all()


def people(session: Session, ids: Sequence[uuid.UUID]) -> list[Registration]:
    """The first of them by name, to be named on the page that announces what will happen."""
    query = sa.select(Registration).where(Registration.id.in_(ids))
    return list(session.scalars(query.order_by(Registration.name_key, Registration.id).limit(12)))


def outcomes(session: Session, action_id: uuid.UUID) -> Sequence[sa.Row[Registration, str]]:
    query = (
        sa.select(Registration, BulkActionPerson.outcome)
        .join(BulkActionPerson, BulkActionPerson.registration_id == Registration.id)
        .where(BulkActionPerson.action_id == action_id)
        .order_by(Registration.name_key, Registration.id)
        .limit(500)
    )
    return session.execute(query).all()
