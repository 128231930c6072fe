"""Step 1 of nine: an event as search engines and assistants read it (schema.org). Next: public.py."""

from __future__ import annotations

from typing import Any

from flask_babel import get_locale

from services.registration.models.events import Event
from services.registration.models.reschedulings import Rescheduling
from services.registration.rules.english import told
from shared.clock import PARIS

_STATUS = "https://schema.org/Event"


def structured(event: Event, site: str, moved: Rescheduling | None = None) -> dict[str, Any]:
    """What, when (with the offset of Paris), where, by whom, and whether it takes place. moved: from another day."""
    language = str(get_locale() or "fr")
    places = [(event.place, event.address), *((one.name, one.address) for one in event.sites)]
    status = "Cancelled" if event.state == "called_off" else "Rescheduled" if moved else "Scheduled"
    found: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": told(event, "title", language),
        "startDate": event.starts_at.astimezone(PARIS).isoformat(),
        "endDate": event.ends_at.astimezone(PARIS).isoformat(),
        "eventStatus": f"{_STATUS}{status}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": [{"@type": "Place", "name": name, "address": address or name} for name, address in places],
        "organizer": [
            {"@type": "Organization", "name": name}
            for name in dict.fromkeys([event.organiser_name, *(one.name for one in event.organisers)])
        ],
        "isAccessibleForFree": True,
        "url": f"{site}/e/{event.slug}",
    }
    if summary := told(event, "summary", language):
        found["description"] = summary
    if moved:
        found["previousStartDate"] = moved.day.astimezone(PARIS).isoformat()
    return found
