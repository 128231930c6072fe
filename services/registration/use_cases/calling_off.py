"""Step 2 of nine: an event does not take place; who is registered or invited hears of it. Next: registration/announce/.

From the click on, its pages say so and take nobody any more. What cannot be undone (seats, ranks, offers, mails) waits
ten minutes and is then done by the worker: until then taking it back leaves nothing to repair (decision 0354).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.announce import gatherings
from services.registration.models.calling_off import CallingOff
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.models.reschedulings import Rescheduling
from services.registration.queries import callings_off as queries
from services.registration.queries import groups as group_queries
from services.registration.queries import identity
from services.registration.queries.standing import standing
from services.registration.rules import messages
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import (
    changing,
    event_editing,
    groups,
    invitation_news,
    links,
    queues,
    registering,
    seats,
)
from services.registration.use_cases import messages as written
from shared import audit
from shared.errors import RuleError

AT_ONCE = 50
"""So many to a transaction: a crash repeats none, and nobody waits behind a long lock."""


def call_off(
    session: Session,
    event_id: uuid.UUID,
    now: dt.datetime,
    *,
    reason: str,
    reason_en: str = "",
    who: str,
    told: int,
) -> CallingOff:
    """No registration is taken any more; the mails leave when the window is over.

    told: how many people the staff was shown. Raises RuleError "event-not-open", "event-begun" or "people-to-tell":
    then nothing is written.
    """
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state not in ("published", "closed"):
        raise RuleError("event-not-open", N_("Seule une rencontre annoncée s’annule."))
    if event.starts_at <= now:
        raise RuleError("event-begun", N_("Cette rencontre a commencé : elle ne s’annule plus."))
    if event_editing.concerned(session, event, now).all != told:
        raise RuleError("people-to-tell", event_editing.OTHERS)
    made = CallingOff(
        event_id=event_id,
        reason=reason,
        reason_en=reason_en,
        state_before=event.state,
        made_by=who,
        made_at=now,
        leaves_at=now + messages.WINDOW,
    )
    session.add(made)
    _turn(session, event, "called_off")
    _note(session, event_id, "called off", who, {"people": told, "reason": reason}, now)
    return made


def take_back(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> None:
    """It takes place after all, and seats that came free meanwhile go to who waits; again changes nothing.

    Raises RuleError "called-off-told" once people are told.
    """
    made = session.get(CallingOff, event_id, with_for_update=True)
    if made is None:
        return
    seats.lock_event(session, event_id)
    if now >= made.leaves_at or _begun(session, made):
        raise RuleError(
            "called-off-told",
            N_("Les personnes sont prévenues : l’annulation ne se reprend plus. Créez une rencontre d’après celle-ci."),
        )
    _turn(session, registering.load_event(session, event_id), made.state_before)
    session.delete(made)
    _note(session, event_id, "called off undone", who, None, now)
    changing.tell_promoted(session, queues.promote(session, event_id, now), now, site=site)


def _begun(session: Session, made: CallingOff) -> bool:
    """A worker has told somebody, even one whose clock is ahead."""
    ended = sa.exists().where(Registration.event_id == made.event_id, Registration.cancelled_at >= made.leaves_at)
    return made.ended_at is not None or bool(session.scalar(sa.select(ended)))


def leave(session: Session, now: dt.datetime, *, site: str) -> int:
    """End the next few registrations and tell them; with the last ones, the other services. 0 when all is done.

    Whoever is still registered is who is left: somebody whose form was on its way at the click is told too.
    """
    due = sa.select(CallingOff).where(CallingOff.leaves_at <= now, CallingOff.ended_at.is_(None))
    due = due.where(~queries.assembly_first(CallingOff.event_id))
    made = session.scalar(due.order_by(CallingOff.leaves_at).limit(1).with_for_update(skip_locked=True))
    if made is None:
        return 0
    event_id = made.event_id
    seats.lock_event(session, event_id)
    living = sa.select(Registration.id).where(
        Registration.event_id == event_id, Registration.status.in_((rules.CONFIRMED, rules.WAIT_LISTED))
    )
    ids = list(session.scalars(living.order_by(Registration.id).limit(AT_ONCE)))
    heard = queries.heard(session, event_id)
    known = queries.assembly_told(session, registering.load_event(session, event_id))
    for registration_id in ids:
        _end(session, registration_id, made, now, heard, known, site=site)
    if len(ids) < AT_ONCE:
        made.ended_at = now
        session.execute(sa.delete(Rescheduling).where(Rescheduling.event_id == event_id))  # told of this instead
        _tell_called(session, made, now, heard, known, site=site)
        invitation_news.called_off(session, event_id, now, heard, who=made.made_by)
        written.drop_overtaken(session, event_id, now, who=made.made_by)
        gatherings.event_called_off(session, registering.load_event(session, event_id), made, site=site)
    return len(ids)


def _end(
    session: Session,
    registration_id: uuid.UUID,
    made: CallingOff,
    now: dt.datetime,
    heard: Mapping[str, str],
    known: tuple[str, Mapping[str, str]],
    *,
    site: str,
) -> None:
    """Seats, ranks and offers go; nobody moves up. heard: who hears it as a voter of an assembly, by key of their
    address. known: the title of an assembly, and who heard before that it does not take place."""
    before = standing(session, registration_id)
    status = before.registration.status
    seats.release(session, registration_id)
    gone = {"status": rules.CANCELLED, "cancelled_at": now, "cancelled_from": status}
    changing.update(session, before, gone, now)
    changing.record(
        session, registration_id, "event called off", made.made_by, {"status": status}, {"status": rules.CANCELLED}, now
    )
    link = links.address(site, links.issue(session, registration_id, "called off", now))
    reason = made.reason_in(before.registration.locale)
    mailed = not queries.hears(heard, before.registration.email_key, before.registration.full_name)
    assembly = queries.known_to(known, before.registration)
    certain = status == rules.CONFIRMED
    announce.called_off(
        session, before, reason, certain=certain, site=site, link=link, mailed=mailed, assembly=assembly
    )


def _tell_called(
    session: Session,
    made: CallingOff,
    now: dt.datetime,
    heard: Mapping[str, str],
    known: tuple[str, Mapping[str, str]],
    *,
    site: str,
) -> None:
    """The members of a group who keep the day free without having registered, but who hears it as a voter. heard,
    known: as of `_end`."""
    event, ours = registering.load_event(session, made.event_id), identity.organiser(session, now)
    for group, member in group_queries.called_only(session, event.id):
        if queries.hears(heard, member.email_key, member.full_name):
            continue
        link = f"{site}/g/{groups.issue(session, member.id, now)}"
        gatherings.group_called_off(
            session,
            group,
            member,
            event,
            made.reason_in(member.locale),
            organiser=ours,
            site=site,
            link=link,
            assembly=queries.known_to(known, member),
        )


def _turn(session: Session, event: Event, state: str) -> None:
    """Calendars that follow the agenda read the entry again."""
    event.state = state
    event.revision += 1
    session.flush()


def _note(
    session: Session, event_id: uuid.UUID, what: str, who: str, after: dict[str, str | int] | None, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=None, after=after, now=now)
