"""The people of an event who agreed to be found."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.matchmaking import MatchProfile
from services.registration.models.registrations import Registration
from services.registration.rules.matchmaking import Person


def agreed(session: Session, event_id: uuid.UUID) -> list[Person]:
    """By name, cancelled ones aside. One statement."""
    query = (
        sa.select(Registration, MatchProfile)
        .join(MatchProfile, MatchProfile.registration_id == Registration.id)
        .where(Registration.event_id == event_id, Registration.status == "confirmed")
        .order_by(Registration.name_key, Registration.id)
    )
    return [person(registration, profile) for registration, profile in session.execute(query)]


def person(registration: Registration, profile: MatchProfile) -> Person:
    return Person(
        registration.id,
        registration.full_name,
        registration.structure,
        registration.actor_type,
        frozenset(profile.zones),
        frozenset(profile.every_goal),
        profile.place,
    )
