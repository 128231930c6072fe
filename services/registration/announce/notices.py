"""Step 5 of nine: what those who organise are told of registrations. Next: shared/messaging/outbox.py.

Name, structure and type of actor: nothing of meals, access, telephones or any other answer.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.registration.announce import occasion
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.queries.notices import Arrived, Window
from services.registration.rules.notices import LISTED
from services.registration.rules.people import email_hash
from services.registration.rules.seats import CONFIRMED, Count
from shared.messaging import outbox


def told(
    session: Session,
    notice_id: uuid.UUID,
    event: Event,
    person: dict[str, str],
    how: str,
    window: Window,
    left: Count,
    *,
    site: str,
    page: str,
    link: str,
    **more: Any,
) -> None:
    """One mail to one of them. window: those beyond its first LISTED people are only counted."""
    arrivals = [_arrival(one) for one in window.arrivals[:LISTED]]
    promotions = [
        _who(one.registration) | {"event": one.event, "workshops": list(one.workshops)}
        for one in window.promotions[: LISTED - len(arrivals)]
    ]
    departures = [_departure(one.registration) for one in window.departures[: LISTED - len(arrivals) - len(promotions)]]
    everybody = len(window.arrivals) + len(window.promotions) + len(window.departures)
    data = {
        "notice_id": notice_id,
        "occasion": occasion(event, site, person["locale"]) | {"to_bring": ""},
        "person": person,
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "how": how,
        "since": window.since,
        "until": window.until,
        "arrivals": arrivals,
        "promotions": promotions,
        "departures": departures,
        "unnamed": everybody - len(arrivals) - len(promotions) - len(departures),
        "places_left": left.left,
        "waiting": left.waiting,
        "page": page,
        "link": link,
    }
    outbox.add(session, "registration.organiser.told.v1", data | more, thing=notice_id)


def _arrival(one: Arrived) -> dict[str, Any]:
    certain = one.registration.status == CONFIRMED
    return _who(one.registration) | {
        "actor_type": one.registration.actor_type,
        "certain": certain,
        "waits_for": list(one.waits_for) if certain else [],
    }


def _departure(one: Registration) -> dict[str, Any]:
    passed_on = {"passed_on": True} if one.transferred_to else {}
    return _who(one) | {"held": one.cancelled_from == CONFIRMED} | passed_on


def _who(one: Registration) -> dict[str, Any]:
    return {"name": one.full_name, "structure": one.structure, "email_hash": email_hash(one.email_key)}
