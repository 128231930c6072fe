"""What became of single mails becomes facts. The sender's housekeeping calls this; several may at once."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import announce
from services.mailer.models.ledger import Message
from shared import tracing

_AT_ONCE = 200
_OVER = ("accepted", "rejected", "suppressed")
_VERDICTS = {"absent": "remove", "address": "remove", "ours": "ours"}
"""Of a mail that did not leave, by its reason: nobody is there, or the mailer is to act; "keep": it may work later."""


def announce_outcomes(session: Session) -> int:
    """Tell of the single mails that the relay took, or that will not leave, each once; returns how many."""
    due = (
        sa.select(Message)
        .where(Message.state.in_(_OVER), Message.lane == "transactional", ~Message.announced)
        .order_by(Message.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    found = list(session.scalars(due))
    for message in found:
        with tracing.thread_of(message.correlation_id, message.traceparent):
            _tell(session, message, message.changed_at)
        message.announced = True
    session.flush()
    return len(found)


def _tell(session: Session, message: Message, at: dt.datetime) -> None:
    if message.state == "accepted":
        announce.message_accepted(session, message, now=at)
    else:
        verdict = _VERDICTS.get(message.reason, "keep")
        announce.message_refused(session, message, verdict=verdict, now=at)
