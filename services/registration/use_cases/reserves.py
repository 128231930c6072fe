"""Step 2 of nine: seats kept for some types of actor, until a day. Next: rules/seats.py, which counts with them.

Every function locks the event's quotas first. A day that is over frees nothing by itself: seats are common once the
reserve is released under that lock, by the worker or by the staff, and they go to who waits in the same transaction.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.models.seats import Reserve
from services.registration.queries.places import claims, places
from services.registration.rules.choices import N_
from services.registration.use_cases import changing, queues, seats
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError, Sentence


def keep(
    session: Session,
    event_id: uuid.UUID,
    actor_types: Sequence[str],
    number: int,
    until: dt.date,
    now: dt.datetime,
    *,
    who: str,
) -> Reserve:
    """From now on `number` seats are kept for these types; those that they have already count among them.

    Raises RuleError "reserve-for-nobody", "reserve-twice", "reserve-day", or "reserve-too-large".
    """
    seats.lock_event(session, event_id)
    if not actor_types:
        raise RuleError("reserve-for-nobody", N_("Cochez au moins un type d’acteur."), status=422, field="actor_types")
    if {one for row in standing(session, event_id) for one in row.actor_types} & set(actor_types):
        raise RuleError(
            "reserve-twice",
            N_("Une réserve existe déjà pour l’un de ces types d’acteur : changez son nombre de places."),
            field="actor_types",
        )
    _check_day(session, event_id, until, now)
    _check_room(session, event_id, actor_types, number)
    made = Reserve(event_id=event_id, actor_types=sorted(actor_types), seats=number, kept_until=until)
    session.add(made)
    session.flush()
    _record(session, made, "reserve made", who, None, _said(made), now)
    return made


def keep_again(session: Session, earlier: Event, event: Event, now: dt.datetime, *, who: str) -> int:
    """What an earlier event kept is kept at one that was made from it, until as many days before. Returns how many.

    One that the event has no room or no day for is left out; of two for the same types, the later one stands.
    """
    gap = event.starts_at.astimezone(PARIS).date() - earlier.starts_at.astimezone(PARIS).date()
    theirs = sa.select(Reserve).where(Reserve.event_id == earlier.id).order_by(Reserve.id.desc())
    kept = 0
    for one in session.scalars(theirs).all():
        with contextlib.suppress(RuleError):
            keep(session, event.id, one.actor_types, one.seats, one.kept_until + gap, now, who=who)
            kept += 1
    return kept


def change(
    session: Session,
    event_id: uuid.UUID,
    reserve_id: uuid.UUID,
    number: int,
    until: dt.date,
    now: dt.datetime,
    *,
    who: str,
    site: str,
    sure: bool = False,
) -> int:
    """Another number of seats, another day. Returns how many left the waiting list by it.

    sure: the staff were told that fewer seats are kept than its people have already; nobody loses theirs.
    Raises RuleError "reserve-gone", "reserve-day", "reserve-too-large", or "reserve-below-granted" unless `sure`.
    """
    reserve = _locked(session, event_id, reserve_id)
    if until != reserve.kept_until:
        _check_day(session, event_id, until, now)
    if number > reserve.seats:
        _check_room(session, event_id, reserve.actor_types, number, reserve)
    used = _used(session, event_id, reserve.actor_types)
    if number < min(used, reserve.seats) and not sure:
        raise RuleError(
            "reserve-below-granted",
            Sentence(
                "%(used)s places de cette réserve sont déjà données. Chacun garde la sienne ; au-dessous, elles "
                "comptent parmi les places communes. Cochez la case pour le confirmer.",
                used=min(used, reserve.seats),
            ),
            field="seats",
        )
    before = _said(reserve)
    reserve.seats, reserve.kept_until = number, until
    session.flush()
    if before != _said(reserve):
        _record(session, reserve, "reserve changed", who, before, _said(reserve), now)
    return _pass_on(session, event_id, now, site=site)


def release(
    session: Session, event_id: uuid.UUID, reserve_id: uuid.UUID, now: dt.datetime, *, who: str, site: str
) -> int:
    """What is left of this reserve is common from now on. Returns how many left the waiting list by it."""
    reserve = _locked(session, event_id, reserve_id)
    _end(session, reserve, who, now)
    return _pass_on(session, event_id, now, site=site)


def release_late(session: Session, event_id: uuid.UUID, now: dt.datetime, *, site: str) -> int:
    """End the reserves of this event whose day is over. Returns how many left the waiting list by it."""
    seats.lock_event(session, event_id)
    late = session.scalars(_late(now).where(Reserve.event_id == event_id).order_by(Reserve.id)).all()
    for reserve in late:
        _end(session, reserve, "system", now)
    return _pass_on(session, event_id, now, site=site) if late else 0


def due(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Events with a reserve whose day is over, or which have begun; not those that are over themselves."""
    return list(session.scalars(_late(now).with_only_columns(Reserve.event_id).distinct()))


def standing(session: Session, event_id: uuid.UUID) -> Sequence[Reserve]:
    """The reserves that are not released, the first to be so first."""
    query = sa.select(Reserve).where(Reserve.event_id == event_id, Reserve.released_at.is_(None))
    return session.scalars(query.order_by(Reserve.kept_until, Reserve.id)).all()


def _late(now: dt.datetime) -> sa.Select[Reserve]:
    over = (Reserve.kept_until < now.astimezone(PARIS).date()) | (Event.starts_at <= now)
    query = sa.select(Reserve).join(Event, Event.id == Reserve.event_id)
    query = query.where(Reserve.released_at.is_(None), over, Event.ends_at > now)
    return query.execution_options(populate_existing=True)


def _locked(session: Session, event_id: uuid.UUID, reserve_id: uuid.UUID) -> Reserve:
    seats.lock_event(session, event_id)
    reserve = session.get(Reserve, reserve_id, populate_existing=True)
    if reserve is None or reserve.event_id != event_id:
        raise NotFound("reserve-unknown", N_("Cette réserve n’existe pas."))
    if reserve.released_at is not None:
        raise RuleError("reserve-gone", N_("Ces places sont déjà rendues à tout le monde. Rien n’a été modifié."))
    return reserve


def _check_day(session: Session, event_id: uuid.UUID, until: dt.date, now: dt.datetime) -> None:
    begins = session.scalars(sa.select(Event.starts_at).where(Event.id == event_id)).one().astimezone(PARIS).date()
    if not now.astimezone(PARIS).date() <= until < begins:
        raise RuleError(
            "reserve-day",
            N_("Choisissez un jour à venir, au plus tard la veille de la rencontre."),
            status=422,
            field="kept_until",
        )


def _check_room(
    session: Session, event_id: uuid.UUID, actor_types: Sequence[str], number: int, own: Reserve | None = None
) -> None:
    """Seats that others have, or that other reserves keep, cannot be kept."""
    count = places(session, event_id).event
    mine = count.reserve_of(own.actor_types[0]) if own else None
    others = sum(one.unused for one in count.reserves if one is not mine)
    most = _used(session, event_id, actor_types) + max(0, count.left - others)
    if number > most:
        raise RuleError(
            "reserve-too-large",
            Sentence(
                "%(most)s places au plus : celles que ces personnes ont déjà, et celles qui restent libres.", most=most
            ),
            status=422,
            field="seats",
        )


def _used(session: Session, event_id: uuid.UUID, actor_types: Sequence[str]) -> int:
    """Seats in the event that people of these types have."""
    mine = (
        sa.select(sa.func.count())
        .select_from(claims)
        .join(Registration, Registration.id == claims.c.registration_id)
        .where(claims.c.quota_id == places(session, event_id).event.quota_id, Registration.actor_type.in_(actor_types))
    )
    return session.scalar(mine) or 0


def _end(session: Session, reserve: Reserve, who: str, now: dt.datetime) -> None:
    reserve.released_at = now
    session.flush()
    _record(session, reserve, "reserve released", who, _said(reserve), None, now)


def _pass_on(session: Session, event_id: uuid.UUID, now: dt.datetime, *, site: str) -> int:
    promoted = queues.promote(session, event_id, now)
    changing.tell_promoted(session, promoted, now, site=site)
    return len(promoted)


def _said(reserve: Reserve) -> dict[str, Any]:
    return {"for": reserve.actor_types, "seats": reserve.seats, "until": reserve.kept_until.isoformat()}


def _record(
    session: Session,
    reserve: Reserve,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    event = reserve.event_id
    audit.record(session, who=who, what=what, thing="event", thing_id=event, before=before, after=after, now=now)
