"""Step 2 of nine: someone changes, cancels, or takes a cancellation back. Next: services/registration/rules/seats.py.

Each starts by locking the event's quotas: whatever it frees goes to whoever waits, in the same transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.desk import WalkIn
from services.registration.models.forms import FormAnswer
from services.registration.models.registrations import Registration, SensitiveAnswers
from services.registration.models.seats import WaitingEntry, WorkshopWish
from services.registration.queries import ranking as ranks
from services.registration.queries.mails import FATES
from services.registration.queries.standing import Standing, has_twin, standing
from services.registration.rules import editing, participants, people
from services.registration.rules import seats as rules
from services.registration.rules.choices import CONSENTS, N_
from services.registration.use_cases import answering, carpool, links, queues, ranking, registering, seats
from shared import audit
from shared.errors import RuleError


def answers(session: Session, registration_id: uuid.UUID, *, by_rank: bool = False) -> dict[str, Any]:
    """All answers of one person as the form names them, sensitive ones included.

    by_rank: as the form that asks for ranks names them, though they are allocated.
    """
    registration = session.get_one(Registration, registration_id)
    sensitive = session.get(SensitiveAnswers, registration_id)
    wished = session.scalars(sa.select(WorkshopWish.workshop_id).where(WorkshopWish.registration_id == registration_id))
    values = {name: getattr(registration, name) for name in answering.ORDINARY}
    empty = {"diet": "", "diet_note": "", "access": "", "call_back": False}
    kept = {name: getattr(sensitive, name) for name in empty} if sensitive else empty
    ranked = ranks.wishes(session, registration_id) if by_rank or registration.event.asks_ranks else []
    return values | kept | {"workshops": [] if by_rank else sorted(wished, key=str), "wishes": ranked}


def given(session: Session, registration_id: uuid.UUID) -> dict[str, Any]:
    """The answers to the questions without a column of their own: question -> value."""
    query = sa.select(FormAnswer.question, FormAnswer.value).where(FormAnswer.registration_id == registration_id)
    return {row.question: row.value for row in session.execute(query.order_by(FormAnswer.question))}


def stamp(session: Session, registration_id: uuid.UUID) -> str:
    """Of all that the form was filled with."""
    return editing.stamp(answers(session, registration_id) | {"given": given(session, registration_id)})


def with_unasked(old: Mapping[str, Any], data: Mapping[str, Any], asked: Collection[str]) -> dict[str, Any]:
    """`data`, with each agreement that the form does not ask as it was: silence takes nothing back."""
    return {**data, **{name: old[name] for name in CONSENTS if name not in asked}}


def differs(session: Session, registration_id: uuid.UUID, data: Mapping[str, Any]) -> bool:
    """Whether these answers are other ones than those kept; the order of workshops does not count."""
    event = session.get_one(Registration, registration_id).event
    kept = answers(session, registration_id, by_rank=ranking.by_rank(event, data))
    if {key: one.value for key, one in (data.get("asked") or {}).items()} != given(session, registration_id):
        return True
    typed = {"wishes": kept["wishes"], **data, "workshops": sorted(data["workshops"], key=str)}
    return any(typed[name] != old for name, old in kept.items())


def change(
    session: Session,
    registration_id: uuid.UUID,
    data: Mapping[str, Any],
    now: dt.datetime,
    *,
    site: str,
    who: str = "participant",
    link: str = "",
    asked: Collection[str] = CONSENTS.keys(),
    tell: bool = True,
    seen: str = "",
) -> Standing:
    """Replace answers and workshops; seats are given back and claimed again in this one transaction.

    link: the token in use. With another address it is the only earlier one that still opens the registration.
    asked: the questions of the form; an agreement that is not among them stays as it is.
    tell: whether a mail says so to the person; whoever gets a seat by it is told in any case.
    seen: the stamp of what the form was filled with, "" for a form without. RuleError "edited-meanwhile" when the
    registration is another by now: nothing is written.
    """
    before = begin(session, registration_id, now)
    if before.registration.status == rules.CANCELLED:
        raise RuleError("already-cancelled", N_("Cette inscription est annulée : elle ne peut plus être modifiée."))
    if seen and seen != stamp(session, registration_id):
        raise RuleError(
            "edited-meanwhile", N_("Cette inscription a changé pendant que vous écriviez. Comparez d’abord.")
        )
    event = registering.load_event(session, before.event.id)
    wished, ranked = registering.choices(event, data)
    by_rank = ranking.by_rank(event, data)
    old = answers(session, registration_id, by_rank=by_rank)
    data = with_unasked(old, data, asked)
    if old[participants.CONSENT]:  # in whatever words they agreed: a form that stays ticked widens nothing
        data |= {"list_reach": before.registration.list_reach}
    old_given = given(session, registration_id)
    refuse_twin(session, before, data)
    if event.asks_ranks:
        ranking.keep(session, registration_id, event, ranked)
    elif by_rank:
        certain = before.registration.status == rules.CONFIRMED
        ranking.keep_late(session, registration_id, event, ranked, now, certain=certain)
    else:
        kept = ranking.dearer_queues(session, registration_id, wished)
        seats.move_workshops(session, registration_id, event.id, wished, now, kept)
        still = {workshop.slot_id for workshop in event.workshops if workshop.id in wished}
        if left := {place.slot.id for place in before.places} - still:
            ranking.give_up(session, registration_id, left)
    values = answering.columns(data, before.registration.reference)
    if data["structure"] != old["structure"]:
        values["structure_id"] = None  # found again within seconds: use_cases/structures.py
    update(session, before, values, now)
    answering.write_sensitive(session, registration_id, data)
    answering.write_given(session, registration_id, data, now)
    answering.write_consents(
        session, registration_id, old, data, now, locale=data.get("locale") or before.registration.locale
    )
    if old["carpool"] and not data["carpool"]:
        carpool.end_trip(session, registration_id)
    carpool.from_form(session, registration_id, data, now, old_given if old["carpool"] else None)
    if people.email_key(old["email"]) != people.email_key(data["email"]):
        links.revoke_others(session, registration_id, link, now)
        if tell:  # what stands goes to the new address, and is followed there
            FATES.settle(session, [registration_id], now)
    promoted = queues.promote(session, event.id, now)
    after = standing(session, registration_id)
    new = answers(session, registration_id, by_rank=by_rank)
    changed = people.differences(old, new, [*answering.ORDINARY, *answering.SENSITIVE, "workshops", "wishes"])
    # Of the form's own questions, that they changed: their words may be sensitive, and the audit outlives them.
    new_given = given(session, registration_id)
    changed += [
        (f"q-{key}", "…" if key in old_given else None, "…" if key in new_given else None)
        for key in sorted(old_given.keys() | new_given.keys())
        if old_given.get(key) != new_given.get(key)
    ]
    if changed:
        record(session, registration_id, "changed", who, *_for_audit(changed), now)
        if tell:
            _announce_change(session, before, after, now, site=site)
        answering.announce_newsletter(session, after.registration, old, now)
    tell_promoted(session, promoted, now, site=site)
    return after


def cancel(
    session: Session,
    registration_id: uuid.UUID,
    now: dt.datetime,
    *,
    site: str,
    who: str = "participant",
    reason: str = "",
    called_off: bool = False,
) -> Standing:
    """Give up the place, or leave the waiting list. Cancelling again changes nothing.

    reason: why the staff cancelled; the mail says it. called_off: also where the event does not take place.
    """
    before = begin(session, registration_id, now, called_off=called_off)
    if before.registration.status == rules.CANCELLED:
        return before
    give_up(session, before, now, site=site, who=who, reason=reason)
    tell_promoted(session, queues.promote(session, before.event.id, now), now, site=site)
    return standing(session, registration_id)


def give_up(session: Session, before: Standing, now: dt.datetime, *, site: str, who: str, reason: str = "") -> None:
    """One person's seats or ranks are free, and they are told. The caller passes the seats on, once for everybody."""
    registration_id, status = before.registration.id, before.registration.status
    seats.release(session, registration_id)
    update(session, before, {"status": rules.CANCELLED, "cancelled_at": now, "cancelled_from": status}, now)
    why = {"reason": reason} if reason else {}
    record(session, registration_id, "cancelled", who, {"status": status}, {"status": rules.CANCELLED} | why, now)
    token = links.issue(session, registration_id, "cancelled", now)
    # The row object is shared: `before` still has the places of before, and the new sequence number.
    announce.cancelled(
        session,
        before,
        site=site,
        link=links.address(site, token),
        undo_until=now + rules.UNDO_FOR,
        held=status == rules.CONFIRMED,
        reason=reason,
    )


def undo(
    session: Session,
    registration_id: uuid.UUID,
    now: dt.datetime,
    *,
    site: str,
    accept_waiting: bool = False,
    who: str = "participant",
) -> Standing:
    """Take a cancellation back within 15 minutes.

    Who only waited comes back at the end of the list, or to a seat if one is free by now.
    Raises RuleError "seat-gone" when a certain seat is not free any more, unless `accept_waiting`.
    """
    before = begin(session, registration_id, now)
    if before.registration.status != rules.CANCELLED:
        return before
    if before.registration.transferred_to is not None:
        raise RuleError("seat-passed-on", N_("Cette place a été transmise : elle appartient à une autre personne."))
    if not rules.may_undo(before.registration.cancelled_at, now):
        raise RuleError(
            "undo-too-late",
            N_(
                "L’annulation date de plus de quinze minutes : elle ne peut plus être reprise. "
                "Vous pouvez vous inscrire de nouveau."
            ),
        )
    refuse_twin(session, before, {name: getattr(before.registration, name) for name in answering.ORDINARY})
    allocated = ranking.made(session, before.event.id)
    wished = [] if allocated else [place.workshop.id for place in before.places]
    granted = seats.grant(session, registration_id, before.event.id, wished, before.registration.actor_type, now)
    had_seat = before.registration.cancelled_from != rules.WAIT_LISTED
    if granted.status == rules.WAIT_LISTED and had_seat and not accept_waiting:
        raise RuleError(
            "seat-gone",
            N_(
                "Votre place n’est plus libre : une place rendue va aussitôt à qui attend, ou à la prochaine personne "
                "qui s’inscrit. Vous pouvez rejoindre la liste d’attente."
            ),
        )
    update(session, before, {"status": granted.status, "cancelled_at": None, "cancelled_from": None}, now)
    # Who was let in beyond the places stands in line now, or has a seat, like anybody.
    session.execute(sa.update(WalkIn).where(WalkIn.registration_id == registration_id).values(beyond_capacity=False))
    if allocated and granted.status == rules.CONFIRMED:
        queues.serve(session, registration_id, before.event.id, now)
    record(
        session,
        registration_id,
        "cancellation undone",
        who,
        {"status": rules.CANCELLED},
        {"status": granted.status},
        now,
    )
    after = standing(session, registration_id)
    token = links.issue(session, registration_id, "confirmation", now)
    announce.registered(session, after, site=site, link=links.address(site, token))
    return after


def leave_queue(session: Session, registration_id: uuid.UUID, workshop_id: uuid.UUID, now: dt.datetime) -> None:
    """Stop waiting for one workshop. A seat there, if it was given meanwhile, is not touched."""
    before = begin(session, registration_id, now)
    place = next((one for one in before.places if one.workshop.id == workshop_id), None)
    if place is None or place.outcome != "waiting":
        raise RuleError("not-waiting", N_("Vous n’êtes pas sur la liste d’attente de cet atelier."))
    session.execute(
        sa.delete(WaitingEntry).where(
            WaitingEntry.registration_id == registration_id, WaitingEntry.quota_id == place.quota_id
        )
    )
    session.execute(
        sa.delete(WorkshopWish).where(
            WorkshopWish.registration_id == registration_id, WorkshopWish.workshop_id == workshop_id
        )
    )
    if not ranking.show_next(session, registration_id, place.slot.id):
        ranking.give_up(session, registration_id, {place.slot.id})
    title = place.workshop.title
    record(session, registration_id, "left queue", "participant", {"waiting for": title}, None, now)


def stay(session: Session, registration_id: uuid.UUID, slot_id: uuid.UUID, now: dt.datetime) -> None:
    """Keep the workshop of this slot: a dearer wish that comes free moves nobody who said so."""
    begin(session, registration_id, now)
    if ranking.stay(session, registration_id, slot_id):
        record(session, registration_id, "left queue", "participant", None, {"slot": str(slot_id)}, now)


def tell_promoted(session: Session, promoted: list[queues.Promotion], now: dt.datetime, *, site: str) -> None:
    """Record and announce each promotion, with a fresh link for the mail."""
    for one in promoted:
        found = standing(session, one.registration_id)
        update(session, found, {}, now)
        if one.until:
            titles = [place.workshop.title for place in found.places if place.outcome == "offered"]
            offered = {"until": one.until.isoformat(), "workshops": titles}
            record(session, one.registration_id, "seat offered", "system", None, offered, now)
            token = links.issue(session, one.registration_id, "offer", now)
            announce.seat_offered(session, found, site=site, link=links.address(site, token))
            continue
        what = "promoted" if one.to_event else "promoted to workshop"
        places = [place.workshop.title for place in found.places if place.outcome == "confirmed"]
        record(session, one.registration_id, what, "system", None, {"workshops": places}, now)
        link = links.address(site, links.issue(session, one.registration_id, "promoted", now))
        if one.to_event:
            announce.promoted(session, found, site=site, link=link)
        else:
            dropped = ranks.places(session, list(one.given_back)) if one.given_back else None
            gained = [place.workshop for place in ranks.places(session, list(one.gained))]
            announce.changed(session, found, site=site, link=link, dropped=dropped, gained=gained)


def begin(session: Session, registration_id: uuid.UUID, now: dt.datetime, *, called_off: bool = False) -> Standing:
    """Lock the event's quotas, then read: what is read stays true until the commit.

    called_off: also where the event does not take place.
    """
    event_id = session.scalar(sa.select(Registration.event_id).where(Registration.id == registration_id))
    if event_id is None:
        raise LookupError(f"no registration {registration_id}")
    seats.lock_event(session, event_id)
    found = standing(session, registration_id)
    if now >= found.event.ends_at:
        raise RuleError("event-over", N_("Cet évènement est passé : l’inscription ne peut plus être modifiée."))
    if found.event.state == "called_off" and not called_off:
        raise RuleError("event-called-off", N_("Cette rencontre est annulée : l’inscription ne se modifie plus."))
    return found


def update(session: Session, found: Standing, values: Mapping[str, Any], now: dt.datetime) -> None:
    """Write columns; the calendar's SEQUENCE grows, so that readers replace what they have."""
    registration = found.registration
    for name, value in values.items():
        setattr(registration, name, value)
    registration.changed_at = now
    registration.calendar_sequence += 1
    session.flush()


def refuse_twin(session: Session, before: Standing, data: Mapping[str, Any]) -> None:
    """Raise when somebody else of that name and address is registered for the same event."""
    name_key = people.fold(f"{data['last_name']} {data['first_name']}")
    if has_twin(session, before.registration, people.email_key(data["email"]), name_key):
        raise RuleError(
            "person-registered",
            N_("Une autre inscription existe avec ce nom et cette adresse. Rien n’a été modifié."),
            field="email",
        )


def _announce_change(session: Session, before: Standing, after: Standing, now: dt.datetime, *, site: str) -> None:
    if after.until and not before.until:
        return  # a seat is offered by this change: they are told so
    link = links.address(site, links.issue(session, after.registration.id, "changed", now))
    if after.until:  # no rank any more: what they have to know is still until when the seat is theirs to take
        announce.seat_offered(session, after, site=site, link=link)
        return
    if after.registration.status == rules.WAIT_LISTED:
        announce.wait_listed(session, after, site=site, link=link)
        return
    kept = {place.quota_id for place in after.places if place.outcome == "confirmed"}
    dropped = [one for one in before.places if one.outcome == "confirmed" and one.quota_id not in kept]
    announce.changed(session, after, site=site, link=link, dropped=dropped)


def _for_audit(changed: list[tuple[str, Any, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What changed, without the words of sensitive answers: the audit outlives them."""

    def shown(name: str, value: Any) -> Any:
        if name in answering.SENSITIVE:
            return "…"
        return [str(one) for one in value] if isinstance(value, list) else value

    return (
        {name: shown(name, old) for name, old, _ in changed},
        {name: shown(name, new) for name, _, new in changed},
    )


def record(
    session: Session,
    registration_id: uuid.UUID,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(
        session,
        who=who,
        what=what,
        thing="registration",
        thing_id=registration_id,
        before=before,
        after=after,
        now=now,
    )
