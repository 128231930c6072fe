"""Step 5 of nine: facts about what people write to each other to share a car. Next: shared/messaging/outbox.py."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.registration.announce import occasion
from services.registration.models.carpool import CarpoolNote
from services.registration.models.registrations import Registration
from shared.messaging import outbox


def written(
    session: Session, note: CarpoolNote, sender: Registration, to: Registration, *, site: str, link: str
) -> None:
    """One participant writes to another. Of the sender only the first name leaves."""
    data = {"note_id": note.id, "from_name": sender.first_name, "text": note.text}
    outbox.add(session, "registration.carpool.written.v1", data | _to(to, site, link), thing=to.id)


def refused(
    session: Session, answer_id: uuid.UUID, person: Registration, to_name: str, reason: str, *, site: str, link: str
) -> None:
    """What somebody answered by mail does not reach the other: they are told why."""
    data = {"answer_id": answer_id, "to_name": to_name, "reason": reason}
    outbox.add(session, "registration.carpool.refused.v1", data | _to(person, site, link), thing=person.id)


def _to(person: Registration, site: str, link: str) -> dict[str, Any]:
    """Who gets the mail, about which event, and their page."""
    named = {name: getattr(person, name) for name in ("first_name", "last_name", "email", "locale")}
    return {
        "registration_id": person.id,
        "occasion": occasion(person.event, site, person.locale),
        "person": named,
        "organiser": {"name": person.event.organiser_name, "email": person.event.organiser_email},
        "link": link,
    }
