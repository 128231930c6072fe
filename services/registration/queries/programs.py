"""What partners' programs read, and what the staff sees of them."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.programs import ApiToken
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries.staff import marks_of


def event_of(session: Session, slug: str) -> uuid.UUID | None:
    """The id of an event that the public knows; a draft is nobody's business yet."""
    if "\x00" in slug:
        return None
    return session.scalar(sa.select(Event.id).where(Event.slug == slug, Event.state != "draft"))


def registrations(
    session: Session, event_id: uuid.UUID, *, after: uuid.UUID | None, status: str, limit: int
) -> list[tuple[Registration, list[uuid.UUID], list[str]]]:
    """A page of registrations by ascending id, with the workshops that are certain and its marks. One statement."""
    seats = (
        sa.select(sa.func.array_agg(aggregate_order_by(Quota.workshop_id, Quota.workshop_id)))
        .join(SeatClaim, SeatClaim.quota_id == Quota.id)
        .where(
            SeatClaim.registration_id == Registration.id,
            SeatClaim.state == "confirmed",
            Quota.workshop_id.is_not(None),
        )
        .correlate(Registration)
        .scalar_subquery()
    )
    query = (
        sa.select(Registration, seats, marks_of()).where(Registration.event_id == event_id).order_by(Registration.id)
    )
    if after is not None:
        query = query.where(Registration.id > after)
    if status:
        query = query.where(Registration.status == status)
    return [(row[0], list(row[1] or []), list(row[2] or [])) for row in session.execute(query.limit(limit))]


def tokens(session: Session) -> list[ApiToken]:
    """Tokens that open something, by name."""
    return list(session.scalars(sa.select(ApiToken).where(ApiToken.revoked_at.is_(None)).order_by(ApiToken.name)))
