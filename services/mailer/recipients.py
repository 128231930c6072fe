"""Reading the ledger of one campaign: its recipients, one by one, and the proof of what became of each."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import rules
from services.mailer.contacts import searchable
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Campaign, Message
from services.mailer.models.returns import came_back, fate
from shared.errors import NotFound

PAGE = 50


@dataclass(frozen=True)
class Recipient:
    """One row of the ledger, with the person's name as it is today. answer: the relay's last words.

    back: the reason for which the mail came back after the relay had taken it, "" when it did not.
    """

    id: uuid.UUID
    contact_id: uuid.UUID | None
    email: str
    name: str
    structure: str
    state: str
    attempts: int
    code: int | None
    answer: str
    reason: str
    message_id: str
    relay: str
    changed_at: dt.datetime
    next_at: dt.datetime
    back: str


def campaign(session: Session, campaign_id: uuid.UUID) -> Campaign:
    found = session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound("campaign-unknown", "Cet envoi n’existe pas.")
    return found


def campaigns(session: Session) -> list[Campaign]:
    """All campaigns, the latest first; without their bodies."""
    query = sa.select(Campaign).options(sa.orm.defer(Campaign.html), sa.orm.defer(Campaign.text))
    return list(session.scalars(query.order_by(Campaign.created_at.desc())))


def _query(campaign_id: uuid.UUID, words: str, state: str) -> sa.Select[Message, str, str, str, str]:
    query = (
        sa.select(Message, Contact.first_name, Contact.last_name, Contact.structure, came_back())
        .outerjoin(Contact, Contact.id == Message.contact_id)
        .where(Message.campaign_id == campaign_id)
    )
    for word in searchable(words).split()[:8]:
        query = query.where(
            sa.or_(Contact.search.contains(word, autoescape=True), Message.email_key.contains(word, autoescape=True))
        )
    if state in rules.FATES:
        query = query.where(fate == state)
    return query


def page(
    session: Session, campaign_id: uuid.UUID, *, words: str = "", state: str = "", page: int = 1
) -> tuple[list[Recipient], int]:
    """One page of recipients, those that need a look first, and how many there are in all."""
    query = _query(campaign_id, words, state)
    total = session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    urgent = sa.case({"unknown": 0, "rejected": 1, "returned": 1, "deferred": 2, "suppressed": 3}, value=fate, else_=4)
    rows = session.execute(query.order_by(urgent, Message.email_key).limit(PAGE).offset((max(page, 1) - 1) * PAGE))
    return [_recipient(*row) for row in rows], total


def every(session: Session, campaign_id: uuid.UUID) -> Iterator[Recipient]:
    """All recipients, by address: the proof."""
    rows = session.execute(_query(campaign_id, "", "").order_by(Message.email_key).execution_options(yield_per=500))
    for row in rows:
        yield _recipient(*row)


def _recipient(
    message: Message, first_name: str | None, last_name: str | None, structure: str | None, back: str | None
) -> Recipient:
    return Recipient(
        id=message.id,
        contact_id=message.contact_id,
        email=message.email,
        name=f"{first_name or ''} {last_name or ''}".strip(),
        structure=structure or "",
        state=message.state,
        attempts=message.attempts,
        code=message.last_code,
        answer=message.last_text,
        reason=message.reason,
        message_id=message.message_id or "",
        relay=message.relay,
        changed_at=message.changed_at,
        next_at=message.next_at,
        back=back or "",
    )
