"""Step 2 of nine: people of one département share cars and write through us. Next: rules/carpool.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.announce import carpool as announce
from services.registration.models.carpool import CarpoolBlock, CarpoolNote, CarpoolRide, CarpoolTrip
from services.registration.models.registrations import Consent, Registration
from services.registration.queries.carpool import matches
from services.registration.rules import carpool as rules
from services.registration.rules.choices import CONSENT_WORDING_VERSION, N_
from services.registration.rules.forms import CARPOOL
from services.registration.rules.people import is_reachable
from services.registration.rules.question_library import LIBRARY
from services.registration.use_cases import links
from shared import audit
from shared.db import new_id
from shared.errors import NotFound, Refusal, RuleError


def travel(
    session: Session,
    registration_id: uuid.UUID,
    kind: str,
    seats: int | None,
    town: str,
    km: int | None,
    now: dt.datetime,
    back: str = "",
) -> None:
    """Offer seats, or seek some; back: when they return. The button agrees to be put in touch, and keeps its words."""
    rules.check_trip(kind, seats, km, back)
    person = _confirmed(session, registration_id, now)
    _agree(session, person, True, now)
    said = {"town": town.strip()[:80], "back": back.strip()[:60], "km": km}
    _keep(session, registration_id, {"kind": kind, "seats": seats, "at": now} | said)
    _note(session, registration_id, "carpool trip", {"kind": kind, "seats": seats}, now)


def from_form(
    session: Session,
    registration_id: uuid.UUID,
    data: Mapping[str, Any],
    now: dt.datetime,
    before: Mapping[str, Any] | None = None,
) -> None:
    """What the form asked about the car becomes a trip, where the agreement came with it: nobody says it twice.

    before: the answers of before, by question; what the carpool's own page said since stays until one changes.
    """
    asked, before = data.get("asked") or {}, before or {}
    said = {key: asked[key].value for key in CARPOOL if key in asked}
    unchanged = said == {key: one for key, one in before.items() if key in CARPOOL}
    if not data["carpool"] or "carpool_role" not in (data.get("form_keys") or ()) or unchanged:
        return
    kind = said.get("carpool_role")
    if kind in ("offer", "seek"):
        seats = min(max(int(said.get("carpool_seats") or 1), 1), rules.MOST_SEATS) if kind == "offer" else 1
        words = {name: str(said.get(key) or "")[:limit] for key, name, limit in _WORDS if key in data["form_keys"]}
        _keep(session, registration_id, {"kind": kind, "seats": seats, "at": now} | words)
    elif before:
        end_trip(session, registration_id)


_WORDS = (("carpool_place", "town", 80), ("carpool_return", "back", 60))


def _keep(session: Session, registration_id: uuid.UUID, values: dict[str, Any]) -> None:
    row = insert(CarpoolTrip).values(registration_id=registration_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["registration_id"], set_=values))
    if values["kind"] == "offer":  # a driver is nobody's passenger
        session.execute(sa.delete(CarpoolRide).where(CarpoolRide.passenger_id == registration_id))
    else:
        session.execute(sa.delete(CarpoolRide).where(CarpoolRide.driver_id == registration_id))


def stop(session: Session, registration_id: uuid.UUID, now: dt.datetime) -> None:
    """Nobody sees this person any more, and nobody can write to them. Again changes nothing."""
    person = session.get_one(Registration, registration_id, with_for_update=True)
    _agree(session, person, False, now)
    end_trip(session, registration_id)
    _note(session, registration_id, "carpool stopped", None, now)


def end_trip(session: Session, registration_id: uuid.UUID) -> None:
    """Once the agreement is taken back, wherever that was: what was offered or sought goes, and who rides along."""
    session.execute(sa.delete(CarpoolTrip).where(CarpoolTrip.registration_id == registration_id))
    mine = (CarpoolRide.driver_id == registration_id) | (CarpoolRide.passenger_id == registration_id)
    session.execute(sa.delete(CarpoolRide).where(mine))


def write(session: Session, from_id: uuid.UUID, to_id: uuid.UUID, text: str, now: dt.datetime, *, site: str) -> None:
    """One message through us: neither address nor telephone goes with it. Raises RuleError, NotFound."""
    person = _confirmed(session, from_id, now)
    other = _match(session, person, to_id, answering=True)
    sent = session.execute(
        sa.select(CarpoolNote.to_id, CarpoolNote.at).where(
            CarpoolNote.from_id == from_id, CarpoolNote.at > now - dt.timedelta(days=1)
        )
    )
    rules.check_note(text, str(to_id), [rules.Note(str(row.to_id), row.at) for row in sent], now)
    note = CarpoolNote(id=new_id(), from_id=from_id, to_id=to_id, text=text.strip(), at=now)
    session.add(note)
    session.flush()
    link = _page(session, to_id, now, site)
    announce.written(session, note, person, other, site=site, link=link)
    _note(session, from_id, "carpool note", None, now)


def answered(session: Session, answer: Mapping[str, Any], *, site: str) -> None:
    """An answer by mail is one more message, under the rules of the page; one that does not pass is told to its writer.

    answer: the mailer's fact. Whoever holds a mail of ours also holds the link to the page of whom it went to, and may
    write from there: an answer opens nothing more.
    """
    now = answer["at"]
    person = session.get(Registration, answer["registration_id"])
    if person is None or not is_reachable(person.email):  # erased since: nobody is there to be told
        return
    note = session.get(CarpoolNote, answer["note_id"])
    other = session.get(Registration, note.from_id) if note is not None and note.to_id == person.id else None
    try:
        if other is None:
            raise _unknown()
        rules.check_reading(answer["read"])
        write(session, person.id, other.id, answer["text"], now, site=site)
    except Refusal as error:
        name, link = other.first_name if other else "", _page(session, person.id, now, site)
        announce.refused(session, answer["answer_id"], person, name, error.code, site=site, link=link)


def _page(session: Session, registration_id: uuid.UUID, now: dt.datetime, site: str) -> str:
    """A fresh link to where somebody shares cars."""
    return links.address(site, links.issue(session, registration_id, "carpool", now)) + "/covoiturage"


def ride(session: Session, driver_id: uuid.UUID, passenger_id: uuid.UUID, now: dt.datetime) -> None:
    """The driver takes this person along. Again changes nothing. Raises RuleError "carpool-full"."""
    person = _confirmed(session, driver_id, now)
    trip = session.get(CarpoolTrip, driver_id, with_for_update=True)
    if trip is None or trip.kind != "offer":
        raise RuleError("carpool-no-car", N_("Dites d’abord combien de places vous proposez."))
    _match(session, person, passenger_id)
    # Who cancelled binds nobody: neither a driver their passenger, nor a passenger a seat.
    off = sa.exists().where(
        Registration.id.in_([CarpoolRide.driver_id, CarpoolRide.passenger_id]), Registration.status != "confirmed"
    )
    either = (CarpoolRide.driver_id == driver_id) | (CarpoolRide.passenger_id == passenger_id)
    session.execute(sa.delete(CarpoolRide).where(either, off))
    taken = sa.select(sa.func.count()).select_from(CarpoolRide)
    others = taken.where(CarpoolRide.driver_id == driver_id, CarpoolRide.passenger_id != passenger_id)
    if (session.scalar(others) or 0) >= trip.seats:
        raise RuleError("carpool-full", N_("Toutes vos places sont prises."))
    km = trip.km or rules.distance(person.department, person.event.where)
    row = insert(CarpoolRide).values(passenger_id=passenger_id, driver_id=driver_id, km=km, at=now)
    if session.scalar(row.on_conflict_do_nothing().returning(CarpoolRide.passenger_id)) is None:
        mine = session.scalar(sa.select(CarpoolRide.driver_id).where(CarpoolRide.passenger_id == passenger_id))
        if mine != driver_id:
            raise RuleError("carpool-taken", N_("Cette personne voyage déjà avec quelqu’un d’autre."))
        return
    _note(session, driver_id, "carpool ride", None, now)


def leave(session: Session, one: uuid.UUID, other: uuid.UUID, now: dt.datetime) -> None:
    """They do not travel together after all, whoever of the two says so."""
    for driver, passenger in ((one, other), (other, one)):
        gone = (CarpoolRide.driver_id == driver) & (CarpoolRide.passenger_id == passenger)
        if session.execute(sa.delete(CarpoolRide).where(gone).returning(CarpoolRide.passenger_id)).all():
            _note(session, one, "carpool ride ended", None, now)


def block(session: Session, by: uuid.UUID, about: uuid.UUID, now: dt.datetime) -> None:
    """Neither sees the other any more. Raises NotFound for somebody of another event."""
    same = sa.select(Registration.event_id).where(Registration.id == by).scalar_subquery()
    known = sa.select(Registration.id).where(Registration.id == about, Registration.event_id == same)
    if session.scalar(known) is None:
        raise _unknown()
    if by == about:
        return
    session.execute(insert(CarpoolBlock).values(by_id=by, about_id=about).on_conflict_do_nothing())
    leave(session, by, about, now)
    _note(session, by, "carpool stopped hearing", None, now)


def report(session: Session, by: uuid.UUID, note_id: uuid.UUID, now: dt.datetime) -> None:
    """The staff reads this note; and its writer is stopped for who reports it. Raises NotFound."""
    note = session.get(CarpoolNote, note_id, with_for_update=True)
    if note is None or note.to_id != by:
        raise NotFound("carpool-note-unknown", N_("Ce message n’existe pas."))
    if note.reported_at is None:
        note.reported_at = now
        _note(session, by, "carpool note reported", None, now)
    block(session, by, note.from_id, now)


def _confirmed(session: Session, registration_id: uuid.UUID, now: dt.datetime) -> Registration:
    """The person's row, locked: two of their messages at once see each other.

    Not against rows that only name them: two people who write to each other at once would each wait for the other."""
    person = session.get_one(Registration, registration_id, with_for_update={"key_share": True})
    if person.status != "confirmed":
        raise RuleError("carpool-uncertain", N_("Le covoiturage est pour les personnes dont la place est certaine."))
    if now >= person.event.ends_at:
        raise RuleError("event-over", N_("Cet évènement est passé."))
    return person


def _match(session: Session, person: Registration, other_id: uuid.UUID, *, answering: bool = False) -> Registration:
    """The other, if they may be reached. answering: who wrote to me may be answered as long as they agree."""
    own = session.get(CarpoolTrip, person.id)
    if own is None or not person.carpool:
        raise RuleError("carpool-no-trip", N_("Dites d’abord ce que vous proposez ou cherchez."))
    other = session.get(Registration, other_id)
    if other is None or other.event_id != person.event_id:
        raise _unknown()
    if any(one.registration_id == other_id for one in matches(session, person, own)):
        return other
    wrote = sa.exists().where(CarpoolNote.from_id == other_id, CarpoolNote.to_id == person.id)
    stopped = sa.exists().where(
        ((CarpoolBlock.by_id == person.id) & (CarpoolBlock.about_id == other_id))
        | ((CarpoolBlock.by_id == other_id) & (CarpoolBlock.about_id == person.id))
    )
    if answering and other.carpool and other.status == "confirmed" and session.scalar(sa.select(wrote & ~stopped)):
        return other
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound("carpool-unknown", N_("Cette personne ne cherche plus de covoiturage avec vous."))


def _agree(session: Session, person: Registration, given: bool, now: dt.datetime) -> None:
    if person.carpool == given:
        return
    person.carpool = given
    session.add(
        Consent(
            registration_id=person.id,
            purpose="carpool",
            given=given,
            wording=LIBRARY["carpool"].label.of(person.locale),
            wording_version=CONSENT_WORDING_VERSION,
            at=now,
        )
    )
    session.flush()


def _note(
    session: Session, registration_id: uuid.UUID, what: str, after: dict[str, Any] | None, now: dt.datetime
) -> None:
    audit.record(
        session,
        who="participant",
        what=what,
        thing="registration",
        thing_id=registration_id,
        before=None,
        after=after,
        now=now,
    )
