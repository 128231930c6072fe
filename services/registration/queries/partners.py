"""Logos of the names that stand behind events. Next, for what they are: models/partners.py."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from services.registration.models.events import Event
from services.registration.models.partners import Logo
from services.registration.rules.people import fold


def names(event: Event) -> list[str]:
    """Everybody behind it, the one that answers first."""
    return [event.organiser_name, *(one.name for one in event.partners)]


def logos(session: Session, names: Iterable[str], *, drawn: bool = False) -> dict[str, Logo]:
    """The logos that there are, by name as it is written. drawn: with their octets. One statement."""
    keys = {name: fold(name) for name in names}
    query = sa.select(Logo).where(Logo.name_key.in_(set(keys.values())))
    found = {one.name_key: one for one in session.scalars(query.options(undefer(Logo.body)) if drawn else query)}
    return {name: found[key] for name, key in keys.items() if key in found}


def served(session: Session, address: str) -> bytes | None:
    """The PNG of an address."""
    return session.scalar(sa.select(Logo.body).where(Logo.address == address))
