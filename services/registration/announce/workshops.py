"""Step 5 of nine: what became of somebody's workshops, as the facts about their registration tell it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from services.registration.models.events import Workshop
from services.registration.queries.standing import Place, Standing
from services.registration.rules.english import told


def told_places(standing: Standing, beside: Mapping[uuid.UUID, Sequence[Workshop]]) -> list[dict[str, Any]]:
    """beside: of a slot in which a full workshop is waited for, those that have seats."""
    language = standing.registration.locale
    return [_place(place, beside.get(place.slot.id, ()), language) for place in standing.places]


def _place(place: Place, beside: Sequence[Workshop], language: str) -> dict[str, Any]:
    said = {
        "title": told(place.workshop, "title", language),
        "slot": told(place.slot, "label", language),
        "starts_at": place.slot.starts_at,
        "room": place.workshop.room,
        "outcome": "confirmed" if place.outcome == "confirmed" else "waiting",
        "rank": place.rank,
    }
    if place.until:
        said["offered_until"] = place.until
    if place.rank and beside:
        said["beside"] = [told(one, "title", language) for one in beside]
    return said
