"""Step 5 of nine: rows become contract events; payloads are built nowhere else. Next: shared/messaging/outbox.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from services.registration import agenda
from services.registration.announce.workshops import told_places
from services.registration.models.erasures import Erasure
from services.registration.models.events import Event, Workshop
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation
from services.registration.models.kept_forms import KeptForm
from services.registration.models.registrations import Registration
from services.registration.queries import identity
from services.registration.queries.ranking import Explained, explained
from services.registration.queries.standing import Place, Standing, with_seats_beside
from services.registration.rules.english import told
from services.registration.rules.people import email_hash, is_reachable
from shared import clock
from shared.calendar import Slot
from shared.messaging import outbox

_R = "registration.registration."


def registered(
    session: Session, standing: Standing, *, site: str, link: str, by: str = "", passed_on_by: str = ""
) -> None:
    """A registration came in, or came back: certain, or on the waiting list.

    by: the colleague who made it. passed_on_by: who had this seat before.
    """
    if standing.registration.status == "confirmed":
        data = _certain(session, standing, site, link) | {"registered_by": by, "passed_on_by": passed_on_by}
        _mail(session, _R + "confirmed.v1", data, standing.registration)
    else:
        wait_listed(session, standing, site=site, link=link, by=by)


def wait_listed(
    session: Session,
    standing: Standing,
    *,
    site: str,
    link: str,
    by: str = "",
    withdrawn: Workshop | None = None,
    wished: Sequence[Workshop] = (),
) -> None:
    """Nothing is certain yet. withdrawn: a workshop they had asked for, and that will not take place; wished: what
    they rank in its slot from here on."""
    data = _common(standing, site, link) | _ranked(session, standing)
    data |= {"rank": standing.rank, "registered_by": by} | ({"together": True} if standing.together else {})
    data |= _withdrawn(withdrawn, wished, standing.registration.locale)
    _mail(session, _R + "wait_listed.v1", data, standing.registration)


def promoted(session: Session, standing: Standing, *, site: str, link: str) -> None:
    """Off the event's waiting list: certain now."""
    _mail(session, _R + "promoted.v1", _certain(session, standing, site, link), standing.registration)


def reminded(session: Session, standing: Standing, *, site: str, link: str, days_left: int) -> None:
    """The day comes near: what to bring, and a way to give the place up for who waits. days_left: 0 is today."""
    access = [[one.name, one.access] for one in standing.event.sites if one.access]
    data = _certain(session, standing, site, link) | {
        "cancel_link": f"{link}/annuler",
        "days_left": days_left,
        "directions": [" : ".join(one) for one in access],
    }
    _mail(session, _R + "reminded.v1", data, standing.registration)


def evaluation_asked(session: Session, standing: Standing, *, site: str, link: str) -> None:
    """Who came is asked what they thought. `link` is to the questions, and not the personal one: it names nobody."""
    _mail(session, "registration.evaluation.asked.v1", _common(standing, site, link), standing.registration)


def seat_offered(session: Session, standing: Standing, *, site: str, link: str) -> None:
    """A seat is kept for this person until a deadline; the page behind the link takes or leaves it."""
    language = standing.registration.locale
    title = told(standing.event, "title", language)
    event = [{"title": title, "workshop": False, "until": standing.until}] if standing.until else []
    workshops = [
        {"title": told(place.workshop, "title", language), "workshop": True, "until": place.until}
        for place in standing.places
        if place.until
    ]
    data = _common(standing, site, link) | {"offers": event + workshops}
    _mail(session, "registration.seat.offered.v1", data, standing.registration)


def offer_expired(session: Session, standing: Standing, workshop: Workshop | None, *, site: str, link: str) -> None:
    """Nobody answered in time: the seat goes to the next. workshop: None for a seat in the event itself."""
    title = told(workshop or standing.event, "title", standing.registration.locale)
    data = _common(standing, site, link) | {"title": title, "workshop": workshop is not None}
    _mail(session, "registration.seat.expired.v1", data, standing.registration)


def changed(
    session: Session,
    standing: Standing,
    *,
    site: str,
    link: str,
    dropped: list[Place] | None = None,
    withdrawn: Workshop | None = None,
    wished: Sequence[Workshop] = (),
    gained: Sequence[Workshop] = (),
) -> None:
    """A certain registration changed. dropped: workshops that were certain before. withdrawn, wished: as above.
    gained: workshops that were waited for, and are certain now."""
    language = standing.registration.locale
    data = _certain(session, standing, site, link, dropped) | _withdrawn(withdrawn, wished, language)
    if gained:
        data |= {"gained": [told(one, "title", language) for one in gained]}
    _mail(session, _R + "changed.v1", data, standing.registration)


def _withdrawn(workshop: Workshop | None, wished: Sequence[Workshop], language: str) -> dict[str, Any]:
    if workshop is None:
        return {}
    titles = [told(one, "title", language) for one in wished]
    return {"withdrawn": told(workshop, "title", language), **({"wishes": titles} if titles else {})}


def rescheduled(
    session: Session, standing: Standing, was: dict[str, Any], reason: str, *, site: str, link: str
) -> None:
    """The event has another date, hour or place. was: starts_at, ends_at and place of before. reason: may be ""."""
    certain = standing.registration.status == "confirmed"
    data = _common(standing, site, link) | {
        "certain": certain,
        "was": was,
        "calendar": _plain(agenda.slots(standing, site) if certain else agenda.of_call(standing, site)),
        **({"reason": reason} if reason else {}),
    }
    _mail(session, _R + "rescheduled.v1", data, standing.registration)


def called_off(
    session: Session,
    standing: Standing,
    reason: str,
    *,
    certain: bool,
    site: str,
    link: str,
    mailed: bool = True,
    assembly: str = "",
) -> None:
    """The event does not take place. standing: as it was before, with its workshops. certain: it had a seat. mailed:
    the person hears it by this. assembly: one of which they heard before that it does not take place."""
    data = _common(standing, site, link) | {
        "certain": certain,
        "reason": reason,
        "calendar": _plain(withdrawn(standing, site, certain=certain)),
        **({} if mailed else {"mailed": False}),
        **({"assembly": assembly} if assembly else {}),
    }
    _mail(session, _R + "called_off.v1", data, standing.registration)


def withdrawn(standing: Standing, site: str, *, certain: bool) -> list[Slot]:
    """The entries that an event which does not take place has in the calendar of who had a seat, or waited for one."""
    return (agenda.slots if certain else agenda.of_call)(standing, site, cancelled=True)


def workshops_allocated(session: Session, standing: Standing, why: Explained, *, site: str, link: str) -> None:
    """What came of the ranked wishes, and why."""
    language = standing.registration.locale
    outcomes = [
        {
            "slot": told(one.slot, "label", language),
            "title": told(one.workshop, "title", language) if one.workshop else "",
            "room": one.workshop.room if one.workshop else "",
            "rank": one.rank,
            "better": [
                {
                    "title": told(each.workshop, "title", language),
                    "rank": each.rank,
                    "asked": each.asked,
                    "first": each.first,
                    "seats": each.seats,
                }
                for each in one.better
            ],
        }
        for one in why.outcomes
    ]
    data = _certain(session, standing, site, link) | {
        "outcomes": outcomes,
        "lot": why.lot,
        "people": why.people,
    }
    _mail(session, "registration.workshops.allocated.v1", data, standing.registration)


def cancelled(
    session: Session,
    standing: Standing,
    *,
    site: str,
    link: str,
    undo_until: dt.datetime | None,
    held: bool,
    passed_on_to: str = "",
    reason: str = "",
) -> None:
    """The place is given up. standing: as it was before, with its workshops. held: it was certain.

    passed_on_to: who has the seat now, when it was passed on. reason: why the staff took it back.
    """
    data = _common(standing, site, link) | {
        "calendar": _plain((agenda.slots if held else agenda.of_call)(standing, site, cancelled=True)),
        "undo_until": undo_until,
        "passed_on_to": passed_on_to,
        "reason": reason,
    }
    _mail(session, _R + "cancelled.v1", data, standing.registration)


def link_requested(session: Session, standing: Standing, *, site: str, link: str) -> None:
    _mail(session, "registration.link.requested.v1", _common(standing, site, link), standing.registration)


def form_kept(session: Session, kept: KeptForm, event: Event, person: dict[str, Any], *, site: str, link: str) -> None:
    """A half-filled form is kept: the link to finish it."""
    data = {
        "kept_form_id": kept.id,
        "occasion": occasion(event, site, person["locale"]),
        "person": person,
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "link": link,
        "expires_at": kept.expires_at,
    }
    outbox.add(session, "registration.form.kept.v1", data, thing=kept.id)


def newsletter_consented(
    session: Session, registration: Registration, *, wording: str, wording_version: str, now: dt.datetime
) -> None:
    """The newsletter box was ticked, with the words that stood beside it."""
    data = {
        "registration_id": registration.id,
        "person": _person(registration),
        "structure": registration.structure,
        "topics": [],
        "wording": wording,
        "wording_version": wording_version,
        "consented_at": now,
    }
    outbox.add(session, "registration.newsletter.consented.v1", data, thing=registration.id)


def newsletter_withdrawn(
    session: Session,
    registration: Registration,
    *,
    subscribed: str,
    wording: str,
    wording_version: str,
    now: dt.datetime,
) -> None:
    """The agreement to the newsletter was taken back. subscribed: the address it was given under."""
    elsewhere = {} if subscribed == registration.email else {"subscribed_email": subscribed}
    data = elsewhere | {
        "registration_id": registration.id,
        "person": _person(registration),
        "wording": wording,
        "wording_version": wording_version,
        "withdrawn_at": now,
    }
    outbox.add(session, "registration.newsletter.withdrawn.v1", data, thing=registration.id)


def erasure_asked(
    session: Session, request: Erasure, of: Registration | GroupMember | Invitation, *, link: str
) -> None:
    if isinstance(of, Registration):
        person = _person(of)
        organiser = {"name": of.event.organiser_name, "email": of.event.organiser_email}
    else:
        person = {"first_name": of.first_name, "last_name": of.last_name, "email": of.email, "locale": of.locale}
        organiser = identity.organiser(session, clock.now())
    data = {
        "request_id": request.id,
        "person": person,
        "organiser": organiser,
        "link": link,
        "expires_at": request.expires_at,
    }
    outbox.add(session, "registration.erasure.asked.v1", data, thing=request.id)


def person_erased(session: Session, request: Erasure, *, email: str, email_hash: str, now: dt.datetime) -> None:
    """Confirmed: the other services erase too."""
    data = {"request_id": request.id, "email": email, "email_hash": email_hash, "at": now}
    outbox.add(session, "registration.person.erased.v1", data, thing=request.id)


def attendance(session: Session, registration: Registration, *, present: bool, at: dt.datetime) -> None:
    """Someone came through the door, or that was a mistake. The address leaves as a hash only."""
    data = {
        "registration_id": registration.id,
        "event_id": registration.event_id,
        "email_hash": email_hash(registration.email_key),
        "at": at,
    }
    type = "registration.attendee.checked_in.v1" if present else "registration.attendee.undone.v1"
    outbox.add(session, type, data, thing=registration.id)


def _mail(session: Session, type: str, data: dict[str, Any], registration: Registration) -> None:
    """A fact that owes its person a mail: none for who came through the door without giving an address."""
    if is_reachable(registration.email):
        outbox.add(session, type, data, thing=registration.id)


def _certain(
    session: Session, standing: Standing, site: str, link: str, dropped: list[Place] | None = None
) -> dict[str, Any]:
    said = _common(standing, site, link, with_seats_beside(session, standing)) | _ranked(session, standing)
    return said | {
        "ticket": standing.registration.ticket,
        "calendar": _plain(agenda.slots(standing, site, dropped=dropped)),
    }


def _ranked(session: Session, standing: Standing) -> dict[str, Any]:
    """The ranked wishes that wait for the allocation, and when it is. No statement where no ranks are asked."""
    found = explained(session, standing) if standing.event.asks_ranks else None
    if found is None:
        return {}
    language = standing.registration.locale
    return {
        "allocated_at": found.allocation.due_at,
        "ranked": [
            {"slot": told(slot, "label", language), "titles": [told(one, "title", language) for one in workshops]}
            for slot, workshops in found.wished
        ],
    }


def _common(
    standing: Standing, site: str, link: str, beside: Mapping[uuid.UUID, Sequence[Workshop]] | None = None
) -> dict[str, Any]:
    registration, event = standing.registration, standing.event
    return {
        "registration_id": registration.id,
        "reference": registration.reference,
        "occasion": occasion(event, site, registration.locale),
        "person": _person(registration),
        "organiser": {"name": event.organiser_name, "email": event.organiser_email},
        "workshops": told_places(standing, beside or {}),
        "link": link,
    }


def occasion(event: Event, site: str, language: str = "fr") -> dict[str, Any]:
    """When and where an event is, and its page, as facts tell it. language: of who reads the mail."""
    word = told(event, "word", language)
    return {
        "id": event.id,
        "title": told(event, "title", language),
        "starts_at": event.starts_at,
        "ends_at": event.ends_at,
        "place": event.where[:300],
        "to_bring": told(event, "to_bring", language),
        "url": f"{site}/e/{event.slug}",
    } | ({"word": word} if word else {})


def _person(registration: Registration) -> dict[str, Any]:
    return {
        "first_name": registration.first_name,
        "last_name": registration.last_name,
        "email": registration.email,
        "locale": registration.locale,
    }


def _plain(slots: list[Slot]) -> list[dict[str, Any]]:
    return [vars(slot) for slot in slots]
