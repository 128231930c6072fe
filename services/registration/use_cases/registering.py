"""Step 2 of nine: someone registers. Next: services/registration/rules/seats.py."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from services.registration import announce
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.registrations import Consent, Registration, SensitiveAnswers
from services.registration.queries.standing import Place, Standing, standing
from services.registration.rules import people
from services.registration.rules import seats as rules
from services.registration.rules.choices import CONSENT_WORDING_VERSION, CONSENTS, N_
from services.registration.use_cases import links, seats
from shared import audit
from shared.db import new_id
from shared.errors import NotFound, RuleError

ORDINARY = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "structure",
    "function",
    "actor_type",
    "department",
    "meal",
    *CONSENTS,
)
SENSITIVE = ("diet", "diet_note", "access", "call_back")
_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


@dataclass(frozen=True)
class Registered:
    """What came of it. `token` opens the personal page; it is None when the same person was registered
    before from elsewhere: then the link goes by mail and nothing about that registration is shown."""

    registration_id: uuid.UUID
    token: str | None
    standing: Standing | None
    repeated: bool


def register(
    session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime, *, site: str
) -> Registered:
    """Register one person, seats included, and announce it.

    data: clean answers, keys of ORDINARY and SENSITIVE, `workshops` (ids), `form_key`, `locale`. The same
    submission sent again gives the same registration. Raises RuleError when the event takes no registrations,
    workshops overlap or are unknown, or the seats are too busy.
    """
    event = load_event(session, event_id)
    try:
        rules.refuse_closed(event.state, event.opens_at, event.closes_at, event.ends_at, now)
    except RuleError:
        # Sent in time, the answer lost, sent again too late: who has a place must not read that there is none.
        if again := _same_submission(session, event.id, data, now):
            return again
        raise
    wished = chosen_workshops(event, data["workshops"])
    seats.wait_briefly(session)
    registration = _insert(session, event.id, data, now)
    if registration is None:
        return _repeated(session, event.id, data, now, site=site)
    # All that needs no seat is written first: from `grant` to the commit, everybody else waits.
    seats.wish(session, registration.id, wished)
    write_sensitive(session, registration.id, data)
    write_consents(session, registration.id, {}, data, now)
    token = links.issue(session, registration.id, "confirmation", now)
    announce_newsletter(session, registration, False, now)
    titles = [workshop.title for workshop in event.workshops if workshop.id in wished]
    audit.record(
        session,
        who="participant",
        what="registered",
        thing="registration",
        thing_id=registration.id,
        before=None,
        after={"workshops": titles},
        now=now,
    )
    granted = seats.grant(session, registration.id, event.id, wished, now)
    if granted.status != registration.status:
        registration.status = granted.status
        session.execute(
            sa.update(Registration).where(Registration.id == registration.id).values(status=granted.status),
            execution_options={"synchronize_session": False},
        )
    found = _standing(event, registration, granted)
    announce.registered(session, found, site=site, link=links.address(site, token))
    return Registered(registration.id, token, found, repeated=False)


def _standing(event: Event, registration: Registration, granted: seats.Granted) -> Standing:
    """Where the person stands, from what was just counted: no question to the database under the lock."""

    def rank(count: rules.Count) -> int | None:
        return None if count.quota_id in granted.claims else count.waiting + 1

    certain = granted.status == rules.CONFIRMED
    places = [
        Place(
            count.quota_id,
            workshop,
            slot,
            "confirmed" if count.quota_id in granted.claims else "waiting",
            rank(count) if certain else None,
        )
        for slot in event.slots
        for workshop in slot.workshops
        if (count := granted.counts.get(workshop.id)) is not None
    ]
    own = granted.counts[None]
    return Standing(registration, event, own.quota_id, rank(own), places)


def load_event(session: Session, event_id: uuid.UUID) -> Event:
    """The event with its slots and workshops, in one statement. Raises NotFound."""
    query = sa.select(Event).where(Event.id == event_id).options(joinedload(Event.slots).joinedload(Slot.workshops))
    event = session.scalars(query).unique().one_or_none()
    if event is None:
        raise NotFound("event-unknown", N_("Cet évènement n’existe pas."))
    return event


def chosen_workshops(event: Event, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The wished workshops, checked: of this event, one per slot, none at the same time as another."""
    known: dict[uuid.UUID, Workshop] = {workshop.id: workshop for workshop in event.workshops}
    chosen = list(dict.fromkeys(ids))
    if any(one not in known for one in chosen):
        raise RuleError(
            "workshop-unknown",
            N_("Un des ateliers choisis n’existe plus. Choisissez-en un autre : vos autres réponses sont conservées."),
            status=422,
            field="workshops",
        )
    rules.refuse_overlap(
        rules.Session(one, known[one].title, known[one].starts_at, known[one].ends_at) for one in chosen
    )
    if len({known[one].slot_id for one in chosen}) < len(chosen):
        raise RuleError(
            "one-workshop-per-slot",
            N_("Un seul atelier par créneau : choisissez l’un des deux. Vos autres réponses sont conservées."),
            status=422,
            field="workshops",
        )
    return chosen


def columns(data: Mapping[str, Any], reference: str) -> dict[str, Any]:
    """The columns of `registrations` that come from answers, with the keys derived from them."""
    values = {name: data[name] for name in ORDINARY}
    name = f"{data['last_name']} {data['first_name']}"
    return values | {
        "email_key": people.email_key(data["email"]),
        "name_key": people.fold(name),
        "search": people.fold(" ".join((name, data["structure"], data["email"], reference))),
    }


def _insert(session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime) -> Registration | None:
    """Insert the row, certain until the seats say otherwise; None when it stands already.

    Returns an object of its own, outside the session. A second submission waits here for the first to commit.
    """
    reference = "".join(secrets.choice(_READABLE) for _ in range(8))
    values = {
        "id": new_id(),
        "event_id": event_id,
        "submission_key": _submission_key(event_id, data),
        "reference": reference,
        "ticket": secrets.token_hex(10).upper(),
        "status": rules.CONFIRMED,
        "locale": data.get("locale", "fr"),
        "registered_at": now,
        "changed_at": now,
        "calendar_sequence": 0,
        **columns(data, reference),
    }
    row = insert(Registration).values(**values).on_conflict_do_nothing().returning(Registration.id)
    return None if seats.patiently(session, row) is None else Registration(**values)


def _submission_key(event_id: uuid.UUID, data: Mapping[str, Any]) -> bytes:
    return people.same_submission_key(
        f"{event_id}:{data['form_key']}", data["email"], data["first_name"], data["last_name"]
    )


def _repeated(
    session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime, *, site: str
) -> Registered:
    if same := _same_submission(session, event_id, data, now):
        return same
    person = session.scalar(
        sa.select(Registration.id).where(
            Registration.event_id == event_id,
            Registration.email_key == people.email_key(data["email"]),
            Registration.name_key == people.fold(f"{data['last_name']} {data['first_name']}"),
            Registration.status != rules.CANCELLED,
        )
    )
    if person is None:
        raise seats.busy()  # a reference met its twin, once in a million million: the next try draws another
    links.resend(session, person, now, site=site)
    return Registered(person, None, None, repeated=True)


def _same_submission(
    session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime
) -> Registered | None:
    """What this very submission made before, with a fresh link to it; None when it is new."""
    same = session.scalar(
        sa.select(Registration.id).where(Registration.submission_key == _submission_key(event_id, data))
    )
    if same is None:
        return None
    return Registered(same, links.issue(session, same, "page", now), standing(session, same), repeated=True)


def write_sensitive(session: Session, registration_id: uuid.UUID, data: Mapping[str, Any]) -> None:
    """Replace the sensitive answers; no row at all when there are none."""
    values = {name: data[name] for name in SENSITIVE}
    if any(values.values()):
        row = insert(SensitiveAnswers).values(registration_id=registration_id, **values)
        session.execute(row.on_conflict_do_update(index_elements=["registration_id"], set_=values))
    else:
        session.execute(sa.delete(SensitiveAnswers).where(SensitiveAnswers.registration_id == registration_id))


def write_consents(
    session: Session,
    registration_id: uuid.UUID,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    now: dt.datetime,
) -> None:
    """A row for each box that changed; at first for each that is ticked. None is ever overwritten."""
    rows = [
        {
            "id": new_id(),
            "registration_id": registration_id,
            "purpose": purpose,
            "given": after[purpose],
            "wording": wording,
            "wording_version": CONSENT_WORDING_VERSION,
            "at": now,
        }
        for purpose, wording in CONSENTS.items()
        if bool(before.get(purpose)) != after[purpose]
    ]
    if rows:
        session.execute(sa.insert(Consent).values(rows))


def announce_newsletter(session: Session, registration: Registration, before: bool, now: dt.datetime) -> None:
    """Tell the mailer, when the box was ticked just now. An unticked box never unsubscribes anyone."""
    if registration.newsletter and not before:
        announce.newsletter_consented(
            session,
            registration,
            wording=CONSENTS["newsletter"],
            wording_version=CONSENT_WORDING_VERSION,
            now=now,
        )
