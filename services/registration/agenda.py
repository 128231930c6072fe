"""One person's calendar: the event, and the workshops that are certain, each with its room.

Read by announce.py for the mail and by web/personal.py for the download, so both say the same.
"""

from __future__ import annotations

import dataclasses

from services.registration.models.events import Event
from services.registration.queries.standing import Place, Standing
from services.registration.rules.english import told
from shared.calendar import Slot


def seat_uid(standing: Standing, quota_id: int) -> str:
    """Stable for one seat of one person: a later version replaces the entry instead of adding one."""
    return f"seat-{standing.registration.id}-{quota_id}@agora"


def event_uid(event: Event) -> str:
    """The event as such: in the agenda's feed, and for who is called to it before they register."""
    return f"event-{event.id}@agora"


def of_call(standing: Standing, site: str, *, cancelled: bool = False) -> list[Slot]:
    """For who registered and has no seat: the entry of the call to a meeting of their group; none for all others."""
    if not standing.called:
        return []
    seat = slots(standing, site, cancelled=cancelled)[0]
    return [dataclasses.replace(seat, uid=event_uid(standing.event), sequence=standing.event.revision)]


def slots(standing: Standing, site: str, *, cancelled: bool = False, dropped: list[Place] | None = None) -> list[Slot]:
    """The event and each certain workshop.

    cancelled: all entries are called off. dropped: workshops that were certain before and are not any more;
    they come as cancelled entries. So does the entry of a call: from now on the seat's own tells when and where.
    """
    event, registration = standing.event, standing.registration
    language = registration.locale
    sequence = registration.calendar_sequence + event.revision
    url = f"{site}/e/{event.slug}"
    found = [
        Slot(
            uid=seat_uid(standing, standing.event_quota_id),
            sequence=sequence,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
            summary=told(event, "title", language),
            location=event.where[:300],
            description=told(event, "to_bring", language)[:2000],
            url=url,
            cancelled=cancelled,
        )
    ]
    if standing.called:
        found.append(dataclasses.replace(found[0], uid=event_uid(event), sequence=event.revision + 1, cancelled=True))
    certain = [place for place in standing.places if place.outcome == "confirmed"]
    for place, off in [(one, cancelled) for one in certain] + [(one, True) for one in dropped or []]:
        room = f"{place.workshop.room}, {event.place}" if place.workshop.room else event.place
        found.append(
            Slot(
                uid=seat_uid(standing, place.quota_id),
                sequence=sequence,
                starts_at=place.workshop.starts_at,
                ends_at=place.workshop.ends_at,
                summary=told(place.workshop, "title", language),
                location=room[:300],
                description=told(place.workshop, "summary", language)[:2000],
                url=url,
                cancelled=off,
            )
        )
    return found
