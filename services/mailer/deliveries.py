"""What became of single mails becomes facts. The sender's housekeeping calls this; several may at once."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import announce
from services.mailer.models.ledger import Message
from shared import clock, tracing

_AT_ONCE = 200
_OVER = ("accepted", "rejected", "suppressed")
_VERDICTS = {"absent": "remove", "address": "remove", "ours": "ours"}
"""Of a mail that did not leave, by its reason: nobody is there, or the mailer is to act; "keep": it may work later."""


def announce_outcomes(session: Session) -> int:
    """Tell of the single mails that the relay took, that will not leave, or of which nobody knows; returns how many.

    Each once, but for those of unknown outcome: they are told again when that is known.
    """
    # Two statements: each has a partial index of its own, and housekeeping asks every second.
    found = _due(session, Message.state.in_(_OVER), ~Message.announced)
    found += _due(session, Message.state == "unknown", ~Message.doubted)
    for message in found:
        with tracing.thread_of(message.correlation_id, message.traceparent):
            _tell(session, message, clock.lived(message.changed_at))
        message.doubted = message.doubted or message.state == "unknown"
        message.announced = message.state in _OVER
    session.flush()
    return len(found)


def _due(session: Session, *which: sa.ColumnElement[bool]) -> list[Message]:
    due = sa.select(Message).where(Message.lane == "transactional", *which).order_by(Message.id)
    return list(session.scalars(due.limit(_AT_ONCE).with_for_update(skip_locked=True)))


def _tell(session: Session, message: Message, at: dt.datetime) -> None:
    if message.state == "accepted":
        announce.message_accepted(session, message, now=at)
    elif message.state == "unknown":
        announce.message_unknown(session, message, now=at)
    else:
        verdict = _VERDICTS.get(message.reason, "keep")
        announce.message_refused(session, message, verdict=verdict, now=at)
