"""Step 2 of nine: a workshop that does not take place lets its people go, and each is told. Next: ranking.py.

Who chose it by hand goes to a workshop that the staff name. Who ranked it goes on with their other wishes: before the
allocation these move up, after it the dearest one that is free is theirs, and the one named comes last.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event, Workshop
from services.registration.models.seats import Quota
from services.registration.queries import ranking as ranks
from services.registration.queries.places import claims, entries
from services.registration.queries.programme import choosers, rankers
from services.registration.queries.standing import Standing, standing
from services.registration.rules.choices import N_
from services.registration.rules.seats import CONFIRMED
from services.registration.use_cases import changing, links, queues, ranking, seats
from shared.errors import RuleError


def empty(
    session: Session,
    event: Event,
    workshop: Workshop,
    move_to: uuid.UUID | None,
    now: dt.datetime,
    *,
    who: str,
    site: str,
) -> int:
    """Everybody who chose this workshop goes elsewhere: those with a seat first, then the queue, then who waits for
    the event; who only ranked it keeps the rest. Returns how many were concerned. Call under `lock_event`.

    Raises RuleError "workshop-chosen" when people chose it and `move_to` is not another workshop of its slot.
    """
    people, wishing = choosers(session, workshop.id), rankers(session, [workshop.id])
    if people and move_to not in {one.id for one in workshop.slot.workshops if one is not workshop}:
        raise RuleError(
            "workshop-chosen",
            N_("Des personnes ont choisi cet atelier : dites vers quel atelier du même créneau elles vont."),
            field="move_to",
        )
    quota_id = session.scalars(sa.select(Quota.id).where(Quota.workshop_id == workshop.id)).one()
    for registration_id in people:
        assert move_to is not None
        before = standing(session, registration_id)
        if registration_id in wishing:
            _rank_without(session, before, workshop, quota_id, now, last=move_to)
        else:
            wished = [move_to if one.workshop.id == workshop.id else one.workshop.id for one in before.places]
            keep = ranking.dearer_queues(session, registration_id, wished) if event.allocation else []
            seats.move_workshops(session, registration_id, event.id, wished, now, keep)
        _tell(session, before, workshop, now, who=who, site=site)
    others = wishing - set(people)
    for registration_id in sorted(others):
        before = standing(session, registration_id)
        _rank_without(session, before, workshop, quota_id, now)
        if event.asks_ranks:
            _tell(session, before, workshop, now, who=who, site=site)
    if people:
        changing.tell_promoted(session, queues.promote(session, event.id, now), now, site=site)
    return len(people) + (len(others) if event.asks_ranks else 0)


def _rank_without(
    session: Session,
    found: Standing,
    workshop: Workshop,
    quota_id: int,
    now: dt.datetime,
    last: uuid.UUID | None = None,
) -> None:
    """Rank the others, `last` at the end; who had a seat here or waited for one is served anew in this slot."""
    registration_id = found.registration.id
    wished = [one for one in ranks.wishes(session, registration_id) if one != workshop.id]
    if last is not None and last not in wished:
        wished.append(last)
    ranking.keep(session, registration_id, found.event, wished)
    for table in (claims, entries):
        session.execute(
            sa.delete(table).where(table.c.registration_id == registration_id, table.c.quota_id == quota_id)
        )
    if last is not None and found.registration.status == CONFIRMED:
        ranking.serve(session, registration_id, now, {workshop.slot_id})
    elif last is not None:
        mine = (seats.wishes.c.registration_id == registration_id) & (seats.wishes.c.workshop_id == workshop.id)
        session.execute(sa.delete(seats.wishes).where(mine))
        seats.wish(session, registration_id, [last])


def _tell(session: Session, before: Standing, workshop: Workshop, now: dt.datetime, *, who: str, site: str) -> None:
    """Write it into their history, and mail what they have and wish from here on."""
    registration_id = before.registration.id
    changing.update(session, before, {}, now)
    after = standing(session, registration_id)
    titles = {one.id: one for one in workshop.slot.workshops}
    wished = [titles[one] for one in ranks.wishes(session, registration_id) if one in titles]
    place = next((one.workshop for one in after.places if one.slot.id == workshop.slot_id), None)
    instead = [place.title] if place else [one.title for one in wished]
    key = "workshops" if place else "wishes"
    changing.record(session, registration_id, "changed", who, {key: [workshop.title]}, {key: instead}, now)
    if not after.registration.email:
        return
    link = links.address(site, links.issue(session, registration_id, "changed", now))
    pending = wished if after.event.asks_ranks else []
    if after.registration.status == CONFIRMED:
        lost = [one for one in before.places if one.workshop.id == workshop.id and one.outcome == "confirmed"]
        announce.changed(session, after, site=site, link=link, dropped=lost, withdrawn=workshop, wished=pending)
    else:
        announce.wait_listed(session, after, site=site, link=link, withdrawn=workshop, wished=pending)
