"""The list of participants: those with a certain place who agreed to be seen that far. Next: web/participants.py."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.rules.participants import REACHES, Listed, at_least


def listed(session: Session, event_id: uuid.UUID, reach: str) -> list[Listed]:
    """Who stands on a list that goes as far as `reach`, by name."""
    query = (
        sa.select(
            Registration.first_name,
            Registration.last_name,
            Registration.structure,
            Registration.actor_type,
            Registration.department,
        )
        .where(_certain(event_id), Registration.participant_list, Registration.list_reach.in_(at_least(reach)))
        .order_by(Registration.name_key, Registration.id)
    )
    return [
        Listed(f"{first} {last}", structure, type, department)
        for first, last, structure, type, department in session.execute(query)
    ]


@dataclass(frozen=True)
class Agreed:
    """Of the certain places: how many, and how many agreed to which list and to none wider."""

    certain: int
    by_reach: dict[str, int]

    def on(self, reach: str) -> int:
        """How many stand on a list that goes that far."""
        return sum(self.by_reach[one] for one in at_least(reach))

    def less(self, reach: str) -> int:
        """How many agreed to a list, and to none that goes that far."""
        return self.on(REACHES[0]) - self.on(reach)


def agreed(session: Session, event_id: uuid.UUID) -> Agreed:
    """One statement."""
    said = sa.case((Registration.participant_list, Registration.list_reach), else_=None)
    query = sa.select(said, sa.func.count()).where(_certain(event_id)).group_by(said)
    rows: dict[str | None, int] = dict(map(tuple, session.execute(query)))
    return Agreed(sum(rows.values()), {one: rows.get(one, 0) for one in REACHES})


def _certain(event_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return (Registration.event_id == event_id) & (Registration.status == "confirmed")
