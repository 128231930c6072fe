"""Step 2 of nine, by the clock: who has a place is reminded on the days the event chose. Next: rules/reminders.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event
from services.registration.models.registrations import Registration, Reminder
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries.standing import standing
from services.registration.rules import people
from services.registration.rules import reminders as rules
from services.registration.use_cases import links

AT_ONCE = 50
"""So many to a transaction: a crash repeats none, and nobody who registers waits behind a long lock."""
_sent = cast(sa.Table, Reminder.__table__)


def remind(session: Session, now: dt.datetime, *, site: str) -> int:
    """Remind the next few; 0 when nobody is left or it is night. Two workers never remind the same person."""
    if not rules.is_hour(now):
        return 0
    furthest = now + dt.timedelta(days=max(rules.CHOICES) + 1)
    near = sa.select(Event.id, Event.starts_at, Event.reminders).where(
        Event.state.in_(["published", "closed"]), Event.starts_at > now, Event.starts_at <= furthest
    )
    for event_id, starts_at, chosen in session.execute(near.order_by(Event.starts_at)).all():
        due = rules.due(starts_at, chosen, now)
        if due is None:
            continue
        found = _people(session, event_id, due)
        for registration_id in found:
            _remind(session, registration_id, due, now, site=site)
        if found:
            return len(found)
    return 0


def _people(session: Session, event_id: uuid.UUID, due: rules.Due) -> list[uuid.UUID]:
    """The next who have a place since before that day and were not told yet, locked."""
    told = sa.exists().where(Reminder.registration_id == Registration.id, Reminder.days_before == due.days_before)
    query = (
        sa.select(Registration.id)
        .join(SeatClaim, SeatClaim.registration_id == Registration.id)
        .join(Quota, (Quota.id == SeatClaim.quota_id) & (Quota.kind == "event"))
        .where(
            Registration.event_id == event_id,
            Registration.status == "confirmed",
            Registration.registered_at < due.since,
            SeatClaim.claimed_at < due.since,
            Registration.email != "",
            Registration.email_key.not_like(f"%{people.NOWHERE}"),
            ~told,
        )
        .order_by(Registration.id)
        .limit(AT_ONCE)
        .with_for_update(of=Registration, skip_locked=True, key_share=True)
    )
    return list(session.scalars(query))


def _remind(session: Session, registration_id: uuid.UUID, due: rules.Due, now: dt.datetime, *, site: str) -> None:
    mark = insert(_sent).values(registration_id=registration_id, days_before=due.days_before, sent_at=now)
    if session.execute(mark.on_conflict_do_nothing().returning(_sent.c.registration_id)).first() is None:
        return  # another worker, between our reading and our lock
    address = links.address(site, links.issue(session, registration_id, "reminded", now))
    announce.reminded(session, standing(session, registration_id), site=site, link=address, days_left=due.left)
