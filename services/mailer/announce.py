"""Step 5 of nine: rows become facts for the other services. The only place where this service builds payloads.

Next: `shared/messaging/outbox.py`, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from services.mailer import partners
from services.mailer.answers import Answer
from services.mailer.models.contacts import Contact
from services.mailer.models.issues import Issue
from services.mailer.models.ledger import Message
from services.mailer.models.returns import Return
from shared.messaging import outbox


def issue_planned(session: Session, issue: Issue) -> None:
    """A number was opened, or its title or days changed."""
    told = {name: getattr(issue, name) for name in ("number", "title", "planned_on", "contributions_until")}
    outbox.add(session, "mailer.issue.planned.v1", {"issue_id": issue.id} | told, thing=issue.id)


def issue_published(session: Session, issue: Issue, *, url: str, recipients: int, now: dt.datetime) -> None:
    """L'Écho is out. `recipients` is the frozen audience."""
    outbox.add(
        session,
        "mailer.issue.published.v1",
        {
            "issue_id": issue.id,
            "number": issue.number,
            "title": issue.title,
            "published_at": now,
            "url": url,
            "recipients": recipients,
            "pieces": [{"title": one.title, "structure": one.structure} for one in issue.items if one.structure],
        },
        thing=issue.id,
    )


def contact_unsubscribed(session: Session, contact: Contact, *, list: str, source: str, now: dt.datetime) -> None:
    """Somebody left a list. source: of the consent, where the team and registration name themselves."""
    by = "staff" if source.startswith("équipe : ") else "service" if source == "registration" else "person"
    outbox.add(
        session,
        "mailer.contact.unsubscribed.v1",
        {"contact_id": contact.id, "list": list, "email": contact.email, "at": now, "by": by},
        thing=contact.id,
    )


def carpool_answered(
    session: Session, about: Mapping[str, Any], answer_id: uuid.UUID, answer: Answer, *, now: dt.datetime
) -> None:
    """Somebody answered a mail about a car. about: the fact that asked for that mail."""
    note = uuid.UUID(about["note_id"])
    data = {
        "note_id": note,
        "registration_id": uuid.UUID(about["registration_id"]),
        "answer_id": answer_id,
        "read": answer.read,
        "text": answer.text,
        "at": now,
    }
    outbox.add(session, "mailer.carpool.answered.v1", data, thing=note)


def message_accepted(session: Session, message: Message, *, now: dt.datetime) -> None:
    """The relay took a single mail."""
    _tell(session, "accepted", message, {}, now)


def message_unknown(session: Session, message: Message, *, now: dt.datetime) -> None:
    """Nobody knows whether the relay took a single mail."""
    _tell(session, "unknown", message, {}, now)


def message_refused(session: Session, message: Message, *, verdict: str, now: dt.datetime) -> None:
    """A single mail did not leave, and will not."""
    told = {"status": message.last_enhanced[:20], "reason": message.reason[:40] or "refused", "verdict": verdict}
    _tell(session, "refused", message, told, now)


def message_bounced(session: Session, message: Message, returned: Return, *, now: dt.datetime) -> None:
    """A mail came back."""
    told = {"status": returned.status, "reason": returned.reason, "verdict": returned.verdict}
    _tell(session, "bounced", message, told, now)


def message_complained(session: Session, message: Message, *, now: dt.datetime) -> None:
    """Somebody told their provider that they do not want our mail."""
    _tell(session, "complained", message, {}, now)


def _tell(session: Session, what: str, message: Message, told: dict[str, str], now: dt.datetime) -> None:
    """Which mail, what it was about and what became of it, to the services and to the program that ordered it.

    No address leaves the mailer.
    """
    type = f"mailer.message.{what}.v1"
    about = {"message_id": message.id, "template": message.template, "event_id": message.event_id}
    data = about | {"about": message.thing[:200], "at": now} | told
    fact_id = outbox.add(session, type, data, thing=message.id)
    partners.tell(session, message, fact_id, type, told, now=now)
