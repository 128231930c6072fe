"""Step 5 of nine: facts about what the staff write to a selection. Next: shared/messaging/outbox.py.

The words are data: no service reads a template in them.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.registration.announce import occasion
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.rules.people import is_reachable
from shared.messaging import outbox


def written(
    session: Session, message_id: uuid.UUID, to: Registration, *, subject: str, body: str, site: str, link: str
) -> None:
    """One person of the selection is written to; nobody without an address."""
    if is_reachable(to.email):
        person = {name: getattr(to, name) for name in ("first_name", "last_name", "email", "locale")}
        data = {"registration_id": to.id, "message_id": message_id, "link": link}
        _add(session, to.event, data, person, subject, body, site)


def tried(
    session: Session, event: Event, trial_id: uuid.UUID, person: dict[str, str], *, subject: str, body: str, site: str
) -> None:
    """The same words to who wrote them. It is of nobody's registration, and its button opens nobody's page."""
    data = {"registration_id": trial_id, "message_id": trial_id, "link": f"{site}/e/{event.slug}", "trial": True}
    _add(session, event, data, person, subject, body, site)


def _add(
    session: Session, event: Event, data: dict[str, Any], person: dict[str, str], subject: str, body: str, site: str
) -> None:
    data |= {
        "occasion": occasion(event, site, person["locale"]),
        "person": person,
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "title": subject,
        "body": body,
    }
    outbox.add(session, "registration.message.written.v1", data, thing=data["registration_id"])
