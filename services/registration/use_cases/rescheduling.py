"""Step 2 of nine, by the clock: who is registered hears that the event moved. Next: services/registration/announce/.

Who is to be told is written with the change, in one statement; the mails follow in small transactions of their own.
Six hundred of them written under the event's lock would keep everybody who registers waiting (decision 0245).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.models.reschedulings import Rescheduling, ReschedulingRecipient
from services.registration.queries.reschedulings import moves
from services.registration.queries.standing import standing
from services.registration.rules.people import is_reachable
from services.registration.rules.seats import CANCELLED
from services.registration.use_cases import invitation_news, links
from shared.db import new_id

AT_ONCE = 50


def keep(
    session: Session,
    event: Event,
    was: Mapping[str, Any],
    whom: sa.Select[uuid.UUID],
    now: dt.datetime,
    *,
    who: str,
    reason: str = "",
    reason_en: str = "",
) -> int:
    """Note whom to tell of a change. whom: their registrations; who is invited is told too. was: as the fact says it,
    and `access` of the sites.

    Who was not told of the change before is told once, of both: what they know is what was before that one; when that
    is how it is again, they are told nothing. Returns how many will be told.
    """
    plain = {name: value.isoformat() if isinstance(value, dt.datetime) else value for name, value in was.items()}
    made = Rescheduling(id=new_id(), event_id=event.id, was=plain, made_at=now, reason=reason, reason_en=reason_en)
    session.add(made)
    session.flush()
    pending = (
        sa.select(ReschedulingRecipient.registration_id)
        .join(Rescheduling, Rescheduling.id == ReschedulingRecipient.rescheduling_id)
        .where(Rescheduling.event_id == event.id)
    )
    # Whom a worker is telling at this moment read the event of before: they are waited for, and told again.
    session.execute(pending.with_for_update(of=ReschedulingRecipient))
    rows = whom.where(Registration.id.not_in(pending)).add_columns(sa.literal(made.id, sa.Uuid()))
    session.execute(sa.insert(ReschedulingRecipient).from_select(["registration_id", "rescheduling_id"], rows))
    earlier = session.scalars(sa.select(Rescheduling).where(Rescheduling.event_id == event.id))
    back = [one.id for one in earlier if _known(one.was) == _stands(event)]
    to_tell = ReschedulingRecipient.registration_id.in_(whom) & ReschedulingRecipient.rescheduling_id.not_in(back)
    registered = session.scalar(sa.select(sa.func.count()).select_from(ReschedulingRecipient).where(to_tell)) or 0
    return registered + invitation_news.moved(session, made, back, now, who=who)


def leave(session: Session, now: dt.datetime, *, site: str) -> int:
    """Tell the next few, the oldest change first; 0 when nobody is left. Two workers never tell the same person.

    Whose registration is being changed is left for the next time: a cancellation never waits for us, nor we for it.
    """
    query = (
        sa.select(ReschedulingRecipient, Rescheduling)
        .join(Rescheduling, Rescheduling.id == ReschedulingRecipient.rescheduling_id)
        .join(Registration, Registration.id == ReschedulingRecipient.registration_id)
        .join(Event, Event.id == Rescheduling.event_id)
        .where(Event.state != "called_off")  # until that is told, or taken back
        .order_by(Rescheduling.made_at, Rescheduling.id, ReschedulingRecipient.registration_id)
        .limit(AT_ONCE)
        .with_for_update(of=[ReschedulingRecipient, Registration], skip_locked=True, key_share=True)
    )
    rows = session.execute(query).all()
    for recipient, first in rows:
        _tell(session, recipient.registration_id, first, now, site=site)
        session.delete(recipient)
    session.flush()
    return len(rows)


def _tell(session: Session, registration_id: uuid.UUID, first: Rescheduling, now: dt.datetime, *, site: str) -> None:
    """One fact, with a fresh link and the calendar that replaces theirs; none for who cancelled meanwhile, nor of
    a move that was taken back or is over."""
    person = session.get_one(Registration, registration_id)
    if person.status == CANCELLED or not is_reachable(person.email) or person.event.ends_at <= now:
        return
    if told := news(session, person.event, first, person.locale):
        link = links.address(site, links.issue(session, registration_id, "rescheduled", now))
        announce.rescheduled(session, standing(session, registration_id), *told, site=site, link=link)


def news(session: Session, event: Event, first: Rescheduling, locale: str) -> tuple[dict[str, Any], str] | None:
    """When and where it was before the first change, and why it moved; None when it is back."""
    before = _known(first.was)
    if before == _stands(event):
        return None
    # Cut only here: a change at the end of a long place is a change.
    was = {name: before[name] for name in ("starts_at", "ends_at")} | {"place": before["place"][:300]}
    # Several moves are told at once, with the last reason given: who changed only the room did not repeat it.
    reasons = [one.reason_in(locale) for one in moves(session, event.id) if one.made_at >= first.made_at]
    return was, next(filter(None, reasons), "")


def _known(was: Mapping[str, Any]) -> dict[str, Any]:
    """When and where it was, as `_stands` says it, of what is kept in a row."""
    instants = {name: dt.datetime.fromisoformat(was[name]) for name in ("starts_at", "ends_at")}
    return instants | {"place": was["place"], "access": was.get("access")}


def _stands(event: Event) -> dict[str, Any]:
    """When and where it is now, as `keep` gets it."""
    access = [site.access for site in event.sites]
    return {"starts_at": event.starts_at, "ends_at": event.ends_at, "place": event.where, "access": access}
