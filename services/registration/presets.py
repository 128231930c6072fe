"""The Agora of one edition, whole, for the commands, the load tests and the tests."""

from __future__ import annotations

import dataclasses
import datetime as dt

from services.registration.drafts import EventDraft, ItemDraft, SlotDraft, WorkshopDraft, draft
from services.registration.event_templates import TEMPLATES
from services.registration.rules.dates import at

__all__ = ["EventDraft", "ItemDraft", "SlotDraft", "WorkshopDraft", "agora"]


def agora(edition: int, day: dt.date, *, capacity: int = 300, opens: dt.date | None = None) -> EventDraft:
    """The yearly Agora: a day with a plenary, the Tribune, and five workshops in two slots."""
    made = draft(TEMPLATES["agora"], day, edition=edition)
    return dataclasses.replace(
        made,
        slug=f"agora-{day.year}",
        place="Centre de congrès de la Garonne",
        address="12 allée des Peupliers, 31000 Toulouse",
        capacity=capacity,
        opens_at=at(opens, dt.time(9)) if opens else made.opens_at,
    )
