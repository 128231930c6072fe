"""Step 2 of nine: a seat that is offered is taken, left, or lost when its time is over. Next: queues.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event, Workshop
from services.registration.models.seats import WorkshopWish
from services.registration.queries.places import claims, quotas
from services.registration.queries.standing import Standing, standing
from services.registration.rules import offers as rules
from services.registration.rules import seats as seat_rules
from services.registration.rules.choices import N_
from services.registration.use_cases import changing, links, queues, seats
from shared import audit
from shared.errors import RuleError


def accept(
    session: Session, registration_id: uuid.UUID, workshop_id: uuid.UUID | None, now: dt.datetime, *, site: str
) -> Standing:
    """Take the seat that is offered, in the event or in a workshop. A second click changes nothing.

    Raises RuleError "offer-over" when there is no such offer, or not any more.
    """
    before = changing.begin(session, registration_id, now)
    quota_id, outcome, until = _offered(before, workshop_id)
    if outcome == "confirmed":
        return before
    if until is None or until < now:
        raise RuleError(
            "offer-over",
            N_("Cette proposition est terminée : le délai pour y répondre est passé."),
        )
    mine = (claims.c.registration_id == registration_id) & (claims.c.quota_id == quota_id)
    session.execute(sa.update(claims).where(mine).values(state="confirmed", expires_at=None, claimed_at=now))
    if workshop_id is None:
        queues.confirm(session, registration_id, before.event.id, now)
    after = standing(session, registration_id)
    changing.update(session, after, {}, now)
    _record(session, after, "offer accepted", "participant", quota_id, now)
    link = links.address(site, links.issue(session, registration_id, "promoted", now))
    say = announce.promoted if workshop_id is None else announce.changed
    say(session, after, site=site, link=link)
    return after


def decline(
    session: Session, registration_id: uuid.UUID, workshop_id: uuid.UUID | None, now: dt.datetime, *, site: str
) -> Standing:
    """Leave the seat to the next. Who leaves a seat in the event leaves its waiting list with it."""
    before = changing.begin(session, registration_id, now)
    quota_id, outcome, _until = _offered(before, workshop_id)
    if outcome != "offered":
        return before
    _record(session, before, "offer declined", "participant", quota_id, now)
    if workshop_id is None:
        return changing.cancel(session, registration_id, now, site=site)
    _drop(session, registration_id, quota_id)
    changing.tell_promoted(session, queues.promote(session, before.event.id, now), now, site=site)
    return standing(session, registration_id)


def expire(session: Session, event_id: uuid.UUID, now: dt.datetime, *, site: str) -> int:
    """End the offers of an event whose time is over, tell whom they were made to, and pass the seats on."""
    seats.lock_event(session, event_id)
    late = session.execute(
        sa.select(claims.c.registration_id, claims.c.quota_id, quotas.c.kind)
        .join(quotas, quotas.c.id == claims.c.quota_id)
        .where(quotas.c.event_id == event_id, claims.c.state == "held", claims.c.expires_at < now)
        .order_by(claims.c.expires_at, claims.c.registration_id)
    ).all()
    for row in late:
        found = standing(session, row.registration_id)
        _record(session, found, "offer expired", "system", row.quota_id, now)
        if row.kind == "event":
            seats.release(session, row.registration_id)
            gone = {"status": seat_rules.CANCELLED, "cancelled_at": now, "cancelled_from": seat_rules.WAIT_LISTED}
            changing.update(session, found, gone, now)
        else:
            _drop(session, row.registration_id, row.quota_id)
        link = links.address(site, links.issue(session, row.registration_id, "offer", now))
        announce.offer_expired(session, found, _workshop(found, row.quota_id), site=site, link=link)
    if late:
        changing.tell_promoted(session, queues.promote(session, event_id, now), now, site=site)
    return len(late)


def due(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Events with an offer that is over, not those that are over themselves or called off."""
    late = sa.select(quotas.c.event_id).join(claims, claims.c.quota_id == quotas.c.id)
    late = late.where(claims.c.state == "held", claims.c.expires_at < now)
    held = sa.select(Event.id).where(Event.id.in_(late), Event.ends_at > now, Event.state != "called_off")
    return list(session.scalars(held))


def set_hours(session: Session, event: Event, hours: int | None, now: dt.datetime, *, who: str) -> None:
    """From now on a freed seat is offered for so many hours; None: it belongs to the next at once."""
    if hours is not None and not 1 <= hours <= rules.MOST_HOURS:
        raise RuleError("offer-hours", N_("Écrivez un nombre d’heures, de 1 à 336."), status=422, field="hours")
    before, event.offer_hours = event.offer_hours, hours
    session.flush()
    audit.record(
        session,
        who=who,
        what="offers changed",
        thing="event",
        thing_id=event.id,
        before={"offer_hours": before},
        after={"offer_hours": hours},
        now=now,
    )


def _offered(found: Standing, workshop_id: uuid.UUID | None) -> tuple[int, str, dt.datetime | None]:
    """(quota, outcome, until) of the seat that an answer is about."""
    if workshop_id is None:
        outcome = "confirmed" if found.registration.status == seat_rules.CONFIRMED else "offered" if found.until else ""
        return found.event_quota_id, outcome, found.until
    place = next((one for one in found.places if one.workshop.id == workshop_id), None)
    return (place.quota_id, place.outcome, place.until) if place else (0, "", None)


def _workshop(found: Standing, quota_id: int) -> Workshop | None:
    """Whose seat that is; None for a seat in the event itself."""
    return next((one.workshop for one in found.places if one.quota_id == quota_id), None)


def _drop(session: Session, registration_id: uuid.UUID, quota_id: int) -> None:
    """Give back one seat of a workshop, and the wish with it: it is not offered to the same person again."""
    session.execute(sa.delete(claims).where(claims.c.registration_id == registration_id, claims.c.quota_id == quota_id))
    workshop = sa.select(quotas.c.workshop_id).where(quotas.c.id == quota_id).scalar_subquery()
    session.execute(
        sa.delete(WorkshopWish).where(
            WorkshopWish.registration_id == registration_id, WorkshopWish.workshop_id == workshop
        )
    )


def _record(session: Session, found: Standing, what: str, who: str, quota_id: int, now: dt.datetime) -> None:
    place = {"place": (_workshop(found, quota_id) or found.event).title}
    changing.record(session, found.registration.id, what, who, None, place, now)
