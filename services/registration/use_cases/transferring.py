"""Step 2 of nine: a seat passes from one person to another. Next: services/registration/rules/seats.py.

The seats change hands in place, under the event's lock: nobody on the waiting list is overtaken, and none is free for
an instant. The taker gets a registration of their own, with another ticket and another link, so that nothing the giver
said, agreed to or did is theirs to read (decision 0225).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.desk import Attendance
from services.registration.models.events import Event
from services.registration.models.registrations import PersonalLink, Registration
from services.registration.queries.standing import Standing, standing
from services.registration.rules import days, people
from services.registration.rules import seats as rules
from services.registration.rules.choices import CONSENTS, N_
from services.registration.use_cases import answering, changing, links, registering, seats
from shared.db import hash_token
from shared.errors import RuleError

KEPT = ("structure", "actor_type", "department", "meal")
"""What is about the seat or the structure it stands for; everything else the taker answers anew."""


def transfer(
    session: Session, registration_id: uuid.UUID, taker: Mapping[str, Any], now: dt.datetime, *, site: str
) -> Standing:
    """Give every seat of this registration to `taker` (first_name, last_name, email), and tell both.

    Raises RuleError when there is no certain seat to give, it was used at the door, or the taker is registered.
    """
    before = changing.begin(session, registration_id, now)
    giver = before.registration
    if giver.status != rules.CONFIRMED:
        raise RuleError("no-seat-to-pass-on", N_("Il n’y a pas de place certaine à transmettre."))
    event = session.get_one(Event, giver.event_id)
    rules.refuse_uninvited(event.by_invitation)
    changing.refuse_twin(session, before, taker)
    _refuse_present(session, registration_id, event)
    answers = _answers(giver, taker)
    made = registering.insert_registration(session, giver.event_id, answers, now)
    if made is None:
        raise seats.busy()
    seats.hand_over(session, registration_id, made.id)
    gone = {
        "status": rules.CANCELLED,
        "cancelled_at": now,
        "cancelled_from": rules.CONFIRMED,
        "transferred_to": made.id,
    }
    changing.update(session, before, gone, now)
    links.revoke_all(session, registration_id, now)
    after = standing(session, made.id)
    changing.record(session, registration_id, "seat passed on", "participant", None, {"reference": made.reference}, now)
    changing.record(session, made.id, "seat received", "participant", None, {"reference": giver.reference}, now)
    announce.cancelled(
        session,
        before,
        site=site,
        link=links.address(site, links.issue(session, registration_id, "passed on", now)),
        undo_until=None,
        held=True,
        passed_on_to=after.registration.full_name,
    )
    link = links.address(site, links.issue(session, made.id, "confirmation", now))
    announce.registered(session, after, site=site, link=link, passed_on_by=giver.full_name)
    return after


def repeated(session: Session, token: str, taker: Mapping[str, Any]) -> str | None:
    """The event's slug when this very transfer was made with this link, which it closed: a second click is no error."""
    given = (
        sa.select(Registration.transferred_to)
        .join(PersonalLink, PersonalLink.registration_id == Registration.id)
        .where(PersonalLink.token_hash == hash_token(token))
    )
    same = (
        sa.select(Event.slug)
        .join(Registration, Registration.event_id == Event.id)
        .where(
            Registration.id.in_(given),
            Registration.email_key == people.email_key(taker["email"]),
            Registration.name_key == people.fold(f"{taker['last_name']} {taker['first_name']}"),
        )
    )
    return session.scalar(same)


def may_transfer(session: Session, token: str) -> Standing:
    """Where the holder of this link stands. Raises RuleError when there is no certain seat."""
    found = standing(session, links.open_link(session, token))
    if found.registration.status != rules.CONFIRMED:
        raise RuleError("no-seat-to-pass-on", N_("Vous n’avez pas de place certaine à transmettre."))
    return found


def _answers(giver: Registration, taker: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **dict.fromkeys(answering.ORDINARY, ""),
        **dict.fromkeys(CONSENTS, False),
        **{name: getattr(giver, name) for name in KEPT},
        **{name: taker[name] for name in ("first_name", "last_name", "email")},
        "locale": giver.locale,
        "form_version": giver.form_version_id,
        "form_key": f"passed on {giver.id}",
    }


def _refuse_present(session: Session, registration_id: uuid.UUID, event: Event) -> None:
    """Lock the rows that the desk writes: a person is either admitted or passes the seat on."""
    rows = [{"registration_id": registration_id, "day": day} for day in days.of(event.starts_at, event.ends_at)]
    session.execute(insert(Attendance).values(rows).on_conflict_do_nothing())
    locked = sa.select(Attendance.present).where(Attendance.registration_id == registration_id)
    if any(session.scalars(locked.order_by(Attendance.day).with_for_update())):
        raise RuleError("already-present", N_("Cette place a servi à l’accueil : elle ne peut plus être transmise."))
