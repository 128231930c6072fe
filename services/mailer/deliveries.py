"""Single mails that the relay took become facts. The sender's housekeeping calls this; several may at once."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import announce
from services.mailer.models.ledger import Message
from shared import tracing

_AT_ONCE = 200


def announce_accepted(session: Session, now: dt.datetime) -> int:
    """Tell of the single mails accepted since the last time, each once; returns how many."""
    due = (
        sa.select(Message)
        .where(Message.state == "accepted", Message.lane == "transactional", ~Message.announced)
        .order_by(Message.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(due))
    for message in found:
        with tracing.thread_of(message.correlation_id, message.traceparent):
            announce.message_accepted(session, message, now=now)
        message.announced = True
    session.flush()
    return len(found)
