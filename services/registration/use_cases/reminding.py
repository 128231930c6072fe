"""Step 2 of nine, by the clock: who has a place is reminded once, three days ahead. Next: rules/reminders.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.queries.standing import standing
from services.registration.rules import reminders as rules
from services.registration.use_cases import links

AT_ONCE = 50
"""So many to a transaction: a crash repeats none, and nobody who registers waits behind a long lock."""


def remind(session: Session, now: dt.datetime, *, site: str) -> int:
    """Remind the next few; 0 when nobody is left or it is night. Two workers never remind the same person."""
    if not rules.is_hour(now):
        return 0
    due = (
        sa.select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Registration.status == "confirmed",
            Registration.reminded_at.is_(None),
            Registration.registered_at < now - rules.FRESH,
            Event.state.in_(["published", "closed"]),
            Event.starts_at > now,
            Event.starts_at <= now + rules.AHEAD,
        )
        .order_by(Event.starts_at, Registration.id)
        .limit(AT_ONCE)
        .with_for_update(of=Registration, skip_locked=True)
    )
    ids = list(session.scalars(due))
    for registration_id in ids:
        _remind(session, registration_id, now, site=site)
    return len(ids)


def _remind(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, site: str) -> None:
    mark = sa.update(Registration).where(Registration.id == registration_id).values(reminded_at=now)
    session.execute(mark)
    address = links.address(site, links.issue(session, registration_id, "reminded", now))
    announce.reminded(session, standing(session, registration_id), site=site, link=address)
