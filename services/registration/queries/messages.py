"""The messages of an event, and who got what."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.calling_off import CallingOff
from services.registration.models.messages import StaffMessage, StaffMessageRecipient
from services.registration.models.registrations import Registration
from services.registration.queries.selection import Wanted, people

PAGE = 100

overtaken = StaffMessage.began_at.is_(None) & sa.exists().where(
    CallingOff.event_id == StaffMessage.event_id,
    CallingOff.made_at >= StaffMessage.confirmed_at,
    StaffMessage.cancelled_at.is_(None) | (StaffMessage.cancelled_at == CallingOff.ended_at),
)
"""Written to the people of an event that was called off since: not begun, nor taken back by hand."""


@dataclass(frozen=True)
class Sent:
    """A message with how many people it is for and how many it left to, and whether the event was called off first."""

    message: StaffMessage
    people: int
    told: int
    overtaken: bool


def of_event(session: Session, event_id: uuid.UUID) -> list[Sent]:
    """The latest first. One statement."""
    query = (
        sa.select(StaffMessage, sa.func.count(), sa.func.count(StaffMessageRecipient.told_at), overtaken)
        .join(StaffMessageRecipient, StaffMessageRecipient.message_id == StaffMessage.id)
        .where(StaffMessage.event_id == event_id)
        .group_by(StaffMessage.id)
        .order_by(StaffMessage.confirmed_at.desc(), StaffMessage.id.desc())
    )
    return [Sent(*row) for row in session.execute(query)]


def recipients(
    session: Session, message_id: uuid.UUID, *, page: int
) -> Sequence[sa.Row[Registration, StaffMessageRecipient]]:
    query = (
        sa.select(Registration, StaffMessageRecipient)
        .join(StaffMessageRecipient, StaffMessageRecipient.registration_id == Registration.id)
        .where(StaffMessageRecipient.message_id == message_id)
        .order_by(Registration.name_key, Registration.id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    return session.execute(query).all()


def counted(session: Session, message: StaffMessage) -> Sent:
    mine = StaffMessageRecipient.message_id == message.id
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count(StaffMessageRecipient.told_at),
            sa.exists().where(StaffMessage.id == message.id, overtaken),
        ).where(mine)
    ).one()
    return Sent(message, row[0], row[1], row[2])


def reached(session: Session, event_id: uuid.UUID, wanted: Wanted) -> tuple[Sequence[uuid.UUID], list[Registration]]:
    """Whom a message would reach, and the first of them by name, for the preview."""
    chosen = people(event_id, wanted).subquery()
    ids = session.scalars(sa.select(chosen.c.id)).all()
    first = (
        sa.select(Registration)
        .where(Registration.id.in_(sa.select(chosen.c.id)))
        .order_by(Registration.name_key, Registration.id)
        .limit(50)
    )
    return ids, list(session.scalars(first))
