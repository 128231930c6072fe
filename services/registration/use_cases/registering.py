"""Step 2 of nine: someone registers. Next: services/registration/rules/seats.py."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import instance_dict

from services.registration import announce
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Consent, PersonalLink, Registration, SensitiveAnswers
from services.registration.queries.standing import Place, Standing, standing, was_called
from services.registration.rules import people
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import answering, carpool, links, parties, ranking, seats
from shared import audit, hot
from shared.db import Insertion, insert_with, new_id
from shared.errors import NotFound, RuleError

_READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two, so that each is as likely as the others among 256."""
THEMSELVES = ("registered", "participant")
"""What the history says of a registration that is made, and who made it."""
CONTACT = "contact"
"""Who made it for a colleague: the first on the form."""
_EVENT = (
    sa.select(Event)
    .where(Event.id == sa.bindparam("event"))
    .options(joinedload(Event.slots).joinedload(Slot.workshops), joinedload(Event.allocation))
    .execution_options(populate_existing=True)
)

_STATUS = sa.text("UPDATE registrations SET status = :status WHERE id = :registration")


@dataclass(frozen=True)
class Registered:
    """What came of it. `token` opens the personal page; it is None when the same person was registered
    before from elsewhere: then the link goes by mail and nothing about that registration is shown."""

    registration_id: uuid.UUID
    token: str | None
    standing: Standing | None
    repeated: bool


def register(
    session: Session,
    event_id: uuid.UUID,
    data: Mapping[str, Any],
    now: dt.datetime,
    *,
    site: str,
    noted: tuple[str, str] = THEMSELVES,
) -> Registered:
    """`register_party` for one person."""
    return register_party(session, event_id, [data], now, site=site, noted=noted)[0]


def register_party(
    session: Session,
    event_id: uuid.UUID,
    party: Sequence[Mapping[str, Any]],
    now: dt.datetime,
    *,
    site: str,
    together: bool = False,
    event: Event | None = None,
    noted: tuple[str, str] = THEMSELVES,
    invited: bool = False,
    trial: bool = False,
) -> list[Registered]:
    """Register everyone on one form, seats included, and announce each; the first is the contact.

    data: clean answers, keys of ORDINARY and SENSITIVE, `workshops` (ids), `wishes` (ids, the dearest first),
    `form_key`, `locale`. Wishes sent when they are allocated already are kept, and served by what is left. The same
    submission sent again gives the same registrations; with one colleague more, it adds that one.
    together: the event's seats go to all at once or all wait. event: as `load_event` gives it, when the caller has
    just read it; no lock is held on it either way. noted: (what, who) for the history; who did not do it themselves
    reads in the mail that the organiser did. invited: by the link of an invitation. trial: of a transaction that the
    caller undoes, at an event that may take no registrations. Raises RuleError when the event
    takes no registrations, or only of who was invited, workshops overlap or are unknown, ranks are not asked any more
    or asked since, or the seats are too busy.
    """
    event = event or load_event(session, event_id)
    try:
        by_staff = noted != THEMSELVES
        if not trial:
            rules.refuse_closed(event.state, event.opens_at, event.closes_at, event.ends_at, now, by_staff=by_staff)
            rules.refuse_uninvited(event.by_invitation and not (invited or by_staff))
    except RuleError:
        # Sent in time, the answer lost, sent again too late: who has a place must not read that there is none.
        if again := sent_before(session, event.id, party, now):
            return again
        raise
    chosen = [choices(event, data) for data in party]
    wished, asked = [one for one, _ in chosen], [one for _, one in chosen]
    seats.wait_briefly(session)
    rows = _insert_all(session, event, party, wished, now, noted)
    fresh = [place for place, row in enumerate(rows) if row is not None]
    found = {
        place: _repeated(session, event.id, data, now, site=site)
        for place, data in enumerate(party)
        if rows[place] is None
    }
    # All that needs no seat is written first: from the grant to the commit, everybody else waits.
    for new, data, workshops in zip(rows, party, wished, strict=True):
        if new is not None:
            seats.wish(session, new.row.id, workshops)
            answering.claim_files(session, new.row.id, data)
            carpool.from_form(session, new.row.id, data, now)
            answering.announce_newsletter(session, new.row, {}, now)
    ids = [new.row.id if new else found[place].registration_id for place, new in enumerate(rows)]
    joined = parties.join(session, event.id, ids, fresh, together, now) if len(party) > 1 and fresh else None
    for place in fresh:
        if asked[place]:
            ranking.keep(session, ids[place], event, asked[place])
    wanted = [seats.Wanted(ids[place], wished[place], party[place]["actor_type"]) for place in fresh]
    granted = seats.grant_party(session, event.id, wanted, joined if together else None, now) if fresh else []
    allocated = False
    if granted:
        revision, by_rank, allocated = granted[0].event
        if by_rank != (event.allocation is not None):
            raise ranking.way_changed()
        if revision != event.revision:
            event = load_event(session, event.id)  # moved between the form and the lock: too late to be told of it
    for place, got in zip(fresh, granted, strict=True):
        new = rows[place]
        assert new is not None
        row = new.row
        if got.status != row.status:
            row.status = got.status
            hot.later(session, _STATUS, {"registration": row.id, "status": got.status})
        if asked[place] and got.status == rules.CONFIRMED and allocated:
            ranking.serve(session, row.id, now)  # allocated between the form and the lock
            stands = standing(session, row.id)
        elif joined and together and got.status != rules.CONFIRMED:
            stands = standing(session, row.id)  # their rank is that of the first of them
        else:
            stands = replace(_standing(event, row, got), called=was_called(session, event, row.email_key))
        others = "" if noted == THEMSELVES else event.organiser_name
        by = f"{party[0]['first_name']} {party[0]['last_name']}" if place else others
        announce.registered(session, stands, site=site, link=links.address(site, new.token), by=by)
        found[place] = Registered(row.id, new.token, stands, repeated=False)
    return [found[place] for place in range(len(party))]


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
    event = session.scalars(_EVENT, {"event": event_id}).unique().one_or_none()
    if event is None:
        raise NotFound("event-unknown", N_("Cet évènement n’existe pas."))
    return event


def choices(event: Event, data: Mapping[str, Any]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
    """(workshops, wishes) that these answers ask for, checked; one of the two is empty. Raises RuleError.

    Workshops chosen before the event asked for ranks are wishes now, the only ones of their slots.
    """
    workshops = chosen_workshops(event, data["workshops"])
    wishes = ranking.chosen(event, data.get("wishes", []))
    if event.asks_ranks:
        return [], wishes or workshops
    return ([], wishes) if ranking.by_rank(event, data) else (workshops, [])


def chosen_workshops(event: Event, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """The wished workshops, checked: of this event, one per slot, none at the same time as another."""
    known: dict[uuid.UUID, Workshop] = {workshop.id: workshop for workshop in event.workshops}
    chosen = list(dict.fromkeys(ids))
    if any(one not in known for one in chosen):
        raise seats.workshop_gone()
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


@dataclass(frozen=True)
class _New:
    """A registration that was just inserted, an object of its own outside the session; the token of its link."""

    row: Registration
    token: str


def _insert_all(
    session: Session,
    event: Event,
    party: Sequence[Mapping[str, Any]],
    wished: Sequence[Sequence[uuid.UUID]],
    now: dt.datetime,
    noted: tuple[str, str],
) -> list[_New | None]:
    """One insert each, always in the same order: two forms with the same people never wait in a circle."""
    rows: list[_New | None] = [None] * len(party)
    values = [_values(event.id, data, now) for data in party]
    for place in sorted(range(len(party)), key=lambda place: bytes(values[place]["submission_key"])):
        done = (noted[0], CONTACT) if place and noted == THEMSELVES else noted
        rows[place] = _insert(session, event, values[place], party[place], wished[place], now, done)
    return rows


def _insert(
    session: Session,
    event: Event,
    values: dict[str, Any],
    data: Mapping[str, Any],
    wished: Sequence[uuid.UUID],
    now: dt.datetime,
    noted: tuple[str, str],
) -> _New | None:
    """The row with its answers, consents, audit entry and link, in one statement; None when it stands already."""
    who = values["id"]
    token, link = links.drawn(who, "confirmation", now)
    what, by = noted
    entry = audit.entry(
        who=by,
        what=what,
        thing="registration",
        thing_id=who,
        before=None,
        after={"workshops": [workshop.title for workshop in event.workshops if workshop.id in wished]},
        now=now,
    )
    insertion = insert_with(
        (Registration, values),
        (SensitiveAnswers, answering.sensitive_rows(who, data)),
        (FormAnswer, answering.given_rows(who, data, now)),
        (Consent, answering.consent_rows(who, {}, data, now, locale=values["locale"])),
        (audit.audit_entries, [entry]),
        (PersonalLink, [link]),
    )
    return _New(_row(values), token) if _inserted(session, insertion) else None


def insert_registration(
    session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime
) -> Registration | None:
    """The bare row, certain until the seats say otherwise; None when it stands already.

    Returns an object of its own, outside the session. A second submission waits here for the first to commit.
    """
    values = _values(event_id, data, now)
    return _row(values) if _inserted(session, insert_with((Registration, values))) else None


def _inserted(session: Session, insertion: Insertion) -> bool:
    return seats.patiently(session, *insertion) == [(1,)]


def _row(values: dict[str, Any]) -> Registration:
    """The row as it was inserted. Set one by one, its columns would note every change, and no session asks."""
    row = Registration()
    instance_dict(row).update(values)
    return row


def _values(event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    drawn = secrets.token_bytes(18)  # at once: each time gives the other threads their turn
    reference = "".join(_READABLE[one % len(_READABLE)] for one in drawn[:8])
    return {
        "id": new_id(),
        "event_id": event_id,
        "submission_key": submission_key(event_id, data),
        "reference": reference,
        "ticket": drawn[8:].hex().upper(),
        "status": rules.CONFIRMED,
        "locale": data.get("locale", "fr"),
        "registered_at": now,
        "changed_at": now,
        "calendar_sequence": 0,
        **answering.columns(data, reference),
    }


def submission_key(event_id: uuid.UUID, data: Mapping[str, Any]) -> bytes:
    """What the same form of the same person has each time. data: `form_key`, `email`, `first_name`, `last_name`."""
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


def sent_before(
    session: Session, event_id: uuid.UUID, party: Sequence[Mapping[str, Any]], now: dt.datetime
) -> list[Registered]:
    """What this very form made before, whatever has closed since; [] when part of it is new."""
    again = [_same_submission(session, event_id, data, now) for data in party]
    return [one for one in again if one] if all(again) else []


def _same_submission(
    session: Session, event_id: uuid.UUID, data: Mapping[str, Any], now: dt.datetime
) -> Registered | None:
    """What this very submission made before, with a fresh link to it; None when it is new."""
    same = session.scalar(
        sa.select(Registration.id).where(Registration.submission_key == submission_key(event_id, data))
    )
    if same is None:
        return None
    return Registered(same, links.issue(session, same, "page", now), standing(session, same), repeated=True)
