"""People and events for the tests of registration."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.registration.models import Event
from services.registration.presets import EventDraft, SlotDraft, WorkshopDraft
from services.registration.rules.dates import at
from services.registration.use_cases import events

SITE = "http://127.0.0.1:8001"
DAY = dt.date(2016, 10, 14)
NOW = at(dt.date(2016, 10, 3), dt.time(9))


def an_event(
    session: Session,
    *,
    capacity: int = 10,
    workshops: list[list[int]] | None = None,
    slug: str = "agora-2016",
    kind: str = "agora",
) -> Event:
    """A published event; `workshops` gives the capacities, slot by slot."""
    slots = [
        SlotDraft(
            f"Créneau {number}",
            at(DAY, dt.time(10 + 2 * number)),
            at(DAY, dt.time(11 + 2 * number, 30)),
            [
                WorkshopDraft(f"Atelier {number}.{place}", f"Salle {place}", seats)
                for place, seats in enumerate(capacities)
            ],
        )
        for number, capacities in enumerate(workshops or [])
    ]
    draft = EventDraft(
        slug=slug,
        kind=kind,
        title="Journée d’essai",
        starts_at=at(DAY, dt.time(9)),
        ends_at=at(DAY, dt.time(17)),
        place="Toulouse",
        capacity=capacity,
        organiser_name="Réseau",
        organiser_email="reseau@agora.example",
        slots=slots,
    )
    event = events.create(session, draft, NOW, who="test")
    return events.publish(session, event.id, NOW, who="test", site=SITE)


def answers(number: int = 1, *, workshops: list[uuid.UUID] | None = None, **more: Any) -> dict[str, Any]:
    """Clean answers of an invented person."""
    return {
        "form_key": f"key-{number}",
        "first_name": "Noé",
        "last_name": f"Personne{number}",
        "email": f"personne{number}@example.org",
        "phone": "",
        "structure": "Les Amis du Lac",
        "function": "",
        "actor_type": "association",
        "department": "31",
        "meal": True,
        "newsletter": False,
        "participant_list": False,
        "carpool": False,
        "photo": False,
        "diet": "",
        "diet_note": "",
        "access": "",
        "call_back": False,
        "workshops": workshops or [],
        "locale": "fr",
    } | more
