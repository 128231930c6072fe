"""Step 5 of nine: rows become facts for the other services. The only place where this service builds payloads.

Next: `shared/messaging/outbox.py`, in the same transaction.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from services.mailer.models.contacts import Contact
from services.mailer.models.issues import Issue
from shared.messaging import outbox


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
        },
        thing=issue.id,
    )


def contact_unsubscribed(session: Session, contact: Contact, *, list: str, now: dt.datetime) -> None:
    """Somebody left a list."""
    outbox.add(
        session,
        "mailer.contact.unsubscribed.v1",
        {"contact_id": contact.id, "list": list, "at": now},
        thing=contact.id,
    )
