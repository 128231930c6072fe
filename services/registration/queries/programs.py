"""What partners' programs read, and what the staff sees of them."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.programs import ApiToken, Delivery, Webhook
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim


def event_of(session: Session, slug: str) -> uuid.UUID | None:
    """The id of an event that the public knows; a draft is nobody's business yet."""
    if "\x00" in slug:
        return None
    return session.scalar(sa.select(Event.id).where(Event.slug == slug, Event.state != "draft"))


def registrations(
    session: Session, event_id: uuid.UUID, *, after: uuid.UUID | None, status: str, limit: int
) -> list[tuple[Registration, list[uuid.UUID]]]:
    """A page of registrations by ascending id, each with the workshops that are certain. One statement."""
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
    query = sa.select(Registration, seats).where(Registration.event_id == event_id).order_by(Registration.id)
    if after is not None:
        query = query.where(Registration.id > after)
    if status:
        query = query.where(Registration.status == status)
    return [(row[0], list(row[1] or [])) for row in session.execute(query.limit(limit))]


def tokens(session: Session) -> list[ApiToken]:
    """Tokens that open something, by name."""
    return list(session.scalars(sa.select(ApiToken).where(ApiToken.revoked_at.is_(None)).order_by(ApiToken.name)))


def webhooks(session: Session) -> list[tuple[Webhook, dict[str, int]]]:
    """Addresses in the order they were added, each with how many deliveries are in which state."""
    counts: dict[Any, dict[str, int]] = {}
    counted = sa.select(Delivery.webhook_id, Delivery.state, sa.func.count()).group_by(
        Delivery.webhook_id, Delivery.state
    )
    for webhook_id, state, number in session.execute(counted):
        counts.setdefault(webhook_id, {})[state] = number
    rows = session.scalars(sa.select(Webhook).order_by(Webhook.created_at, Webhook.id))
    return [(row, counts.get(row.id, {})) for row in rows]


def deliveries(session: Session, webhook_id: uuid.UUID) -> list[Delivery]:
    """The last thirty for one address, the latest first."""
    query = sa.select(Delivery).where(Delivery.webhook_id == webhook_id)
    return list(session.scalars(query.order_by(Delivery.made_at.desc(), Delivery.id).limit(30)))
