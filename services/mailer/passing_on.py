"""An answer to one of our mails is handed to the service whose people write to each other through us. Nobody is told
the address of the other: of the mail only what its writer wrote leaves this module, and none of it is kept here.

The reading is in `answers.py`; who may write to whom, how much and how often, is the other service's business.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer import announce, answers
from services.mailer.bounces.mails import parse
from services.mailer.models.ledger import Message
from services.mailer.models.returns import Return
from shared.db import new_id

KINDS = frozenset({"carpool_note"})
"""The mails whose answers go to who wrote their words; those of all others go to the organiser. A mail that a program
ordered is of a kind of its own, whatever its template: it speaks for nobody here."""
PER_DAY = 20
"""Answers to one mail that are handed on in a day: each that cannot pass is told back, and nobody is flooded."""


def receive(
    session: Session, raw: bytes, message_id: uuid.UUID, *, sender: str | None, ours: tuple[str, ...], now: dt.datetime
) -> str:
    """Hand one answer on; returns the action, "" when the very same answer was there already.

    sender, ours: as for `answers.read`.
    """
    # Locked: of several answers at once each is counted before the next.
    message = session.get(Message, message_id, with_for_update=True)
    answer = answers.read(raw, sender, ours)
    human = answer.read != "machine"
    about = message.data if message is not None and message.kind in KINDS else {}
    wanted = human and "note_id" in about and _today(session, message_id, now) < PER_DAY
    row = {
        "hash": _once(raw, message_id),
        "at": now,
        "message_id": message.id if message else None,
        "email_key": message.email_key if message else "",
        "kind": "answer" if human else "auto-reply",
        "recipient": "",
        "status": "",
        "reason": "ordinary" if human else "auto-reply",
        "verdict": "keep",
        "action": "passed_on" if wanted else "none",
        "said": "",
    }
    kept = session.scalar(insert(Return).values(row).on_conflict_do_nothing().returning(Return.action))
    if kept == "passed_on":
        announce.carpool_answered(session, about, new_id(), answer, now=now)
    return kept or ""


def _once(raw: bytes, message_id: uuid.UUID) -> str:
    """The same mail taken twice may have other lines on top: the name that its writer's program gave it tells it."""
    named = parse(raw).first("message-id")
    return hashlib.sha256(message_id.bytes + (named.encode("utf-8", "replace") if named else raw)).hexdigest()


def _today(session: Session, message_id: uuid.UUID, now: dt.datetime) -> int:
    theirs = (Return.message_id == message_id) & (Return.action == "passed_on")
    query = sa.select(sa.func.count()).select_from(Return).where(theirs, Return.at > now - dt.timedelta(days=1))
    return session.scalar(query) or 0
