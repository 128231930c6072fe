"""Step 2 of nine: at a date, ranked wishes become seats in workshops. Next: rules/allocation.py.

One transaction under the event's lock, like every other grant: nobody is told of a seat that is not theirs. The mails
follow, a few to a transaction, so that whoever registers meanwhile does not wait for six hundred of them.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.allocations import Allocation, AllocationResult, RankedWish
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from services.registration.queries import ranking as queries
from services.registration.queries.standing import standing
from services.registration.rules import allocation as rules
from services.registration.rules.choices import N_
from services.registration.rules.seats import CALLED_OFF
from services.registration.use_cases import links, ranking, registering, seats
from shared import audit
from shared.errors import RuleError

AT_ONCE = 50
"""So many mails to a transaction."""


def set_terms(session: Session, event: Event, due_at: dt.datetime | None, now: dt.datetime, *, who: str) -> None:
    """Ask for ranks and allocate at `due_at`; None: first come, first served. Raises RuleError when it is too late."""
    seats.lock_event(session, event.id)
    found = queries.terms(session, event.id)
    if found is not None and found.made_at is not None:
        raise RuleError("allocated", N_("Les ateliers sont déjà répartis."))
    if due_at is not None and not now < due_at < event.starts_at:
        raise RuleError(
            "due-date",
            N_("La répartition a lieu après maintenant et avant le début de la rencontre."),
            status=422,
            field="due",
        )
    if (due_at is None) != (found is None):
        _refuse_begun(session, event.id, ranked=found is not None)
    before = found.due_at.isoformat() if found else None
    if due_at is None and found is not None:
        session.delete(found)
    elif due_at is not None and found is None:
        session.add(Allocation(event_id=event.id, seed=secrets.token_hex(8), due_at=due_at))
        _rank_choices(session, event.id)
    elif due_at is not None and found is not None:
        found.due_at = due_at
    session.flush()
    after = due_at.isoformat() if due_at else None
    _note(session, who, "allocation terms", event.id, {"due": before}, {"due": after}, now)


def _refuse_begun(session: Session, event_id: uuid.UUID, *, ranked: bool) -> None:
    if ranked:
        begun = (
            sa.select(RankedWish.registration_id)
            .join(Registration, Registration.id == RankedWish.registration_id)
            .where(Registration.event_id == event_id)
        )
    else:
        begun = (
            sa.select(SeatClaim.registration_id)
            .join(Quota, Quota.id == SeatClaim.quota_id)
            .where(Quota.event_id == event_id, Quota.kind == "workshop")
        )
    if session.scalar(begun.limit(1)):
        raise RuleError(
            "choices-begun",
            N_("Des personnes ont déjà choisi leurs ateliers : on ne change plus la façon de les attribuer."),
        )


def _rank_choices(session: Session, event_id: uuid.UUID) -> None:
    """What those who wait for a seat chose before ranks were asked is their first wish; nobody queues any more."""
    chosen, ranked = seats.wishes, ranking.ranked
    people = sa.select(Registration.id).where(Registration.event_id == event_id)
    each = sa.select(chosen.c.registration_id, chosen.c.slot_id, sa.literal(1), chosen.c.workshop_id)
    names = ["registration_id", "slot_id", "rank", "workshop_id"]
    session.execute(sa.insert(ranked).from_select(names, each.where(chosen.c.registration_id.in_(people))))
    session.execute(sa.delete(chosen).where(chosen.c.registration_id.in_(people)))
    queues = sa.select(Quota.id).where(Quota.event_id == event_id, Quota.kind == "workshop")
    session.execute(sa.delete(WaitingEntry).where(WaitingEntry.quota_id.in_(queues)))


def propose(session: Session, event: Event) -> tuple[queries.Round, dict[str, dict[str, rules.Got]]]:
    """What the allocation would give now. Nothing is written, and nothing is drawn again. Raises RuleError."""
    terms = _open_terms(session, event.id)
    round_ = queries.gather(session, event, terms.seed)
    return round_, rules.allocate(round_.problem)


def apply(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> dict[str, list[int]]:
    """Make it so, once: claims, queues of dearer wishes, the record. Returns the summary. Raises RuleError."""
    # Computed before the lock, and again under it only if a wish changed meanwhile: nobody waits for arithmetic.
    early, proposed = propose(session, registering.load_event(session, event_id))
    seats.lock_event(session, event_id)
    session.expire_all()
    terms = _open_terms(session, event_id)
    if now < terms.due_at:
        raise RuleError("not-due", N_("La date annoncée n’est pas atteinte : les souhaits peuvent encore changer."))
    event = registering.load_event(session, event_id)
    if event.state == "called_off":
        raise RuleError("event-called-off", CALLED_OFF)
    round_ = queries.gather(session, event, terms.seed)
    got = proposed if round_.problem == early.problem else rules.allocate(round_.problem)
    record = rules.record(round_.problem, got)
    _seat(session, round_, got, record["lots"], now)
    terms.made_at = now
    terms.record = record | {"titles": round_.titles, "event": event.slug, "made_at": now.isoformat()}
    session.flush()
    summary = rules.summary(round_.problem, got)
    _note(session, who, "workshops allocated", event_id, None, {"people": len(got), "by rank": summary}, now)
    return summary


def _seat(
    session: Session,
    round_: queries.Round,
    got: Mapping[str, Mapping[str, rules.Got]],
    lots: Mapping[str, int],
    now: dt.datetime,
) -> None:
    claims, wished, waits = [], [], []
    for who, slots in got.items():
        for slot, (room, rank) in slots.items():
            asked = round_.problem.people[who][slot]
            person, slot_id = round_.people[who], round_.slots[slot]
            wished.append({"registration_id": person, "slot_id": slot_id, "workshop_id": uuid.UUID(room or asked[0])})
            if room:
                claims.append((person, round_.quotas[room]))
            for dearer, other in enumerate(asked[: (rank or len(asked) + 1) - 1], start=1):
                waits.append(((bool(room), dearer, lots[who]), (person, round_.quotas[other], None)))
    seats.claim(session, claims, now)
    if wished:
        session.execute(sa.insert(seats.wishes).values(wished))
    # Who has nothing comes first in each queue, then the dearest wish, then the lots.
    seats.queue(session, [wait for _, wait in sorted(waits, key=lambda one: one[0])], now)
    if got:
        event_id = sa.select(Registration.event_id).where(Registration.id == next(iter(round_.people.values())))
        rows = [
            {"registration_id": round_.people[who], "event_id": event_id.scalar_subquery(), "lot": lots[who]}
            for who in got
        ]
        session.execute(sa.insert(AllocationResult).values(rows))
        session.execute(
            sa.update(Registration)
            .where(Registration.id.in_(round_.people.values()))
            .values(calendar_sequence=Registration.calendar_sequence + 1, changed_at=now),
            execution_options={"synchronize_session": False},
        )


def tell(session: Session, now: dt.datetime, *, site: str) -> int:
    """Mail the next few their workshops and why; 0 when everybody knows. Two workers never tell the same person."""
    due = (
        sa.select(AllocationResult)
        .join(Event, Event.id == AllocationResult.event_id)
        .where(AllocationResult.told_at.is_(None), Event.state != "called_off")
        .order_by(AllocationResult.event_id, AllocationResult.lot)
        .limit(AT_ONCE)
        .with_for_update(of=AllocationResult, skip_locked=True)
    )
    found = list(session.scalars(due))
    for one in found:
        one.told_at = now
        stands = standing(session, one.registration_id)
        told = queries.explained(session, stands)
        if stands.registration.status != "confirmed" or stands.event.ends_at <= now or told is None:
            continue
        got = {outcome.slot.label: outcome.workshop.title if outcome.workshop else None for outcome in told.outcomes}
        audit.record(
            session,
            who="system",
            what="workshops allocated",
            thing="registration",
            thing_id=one.registration_id,
            before=None,
            after=got,
            now=now,
        )
        link = links.address(site, links.issue(session, one.registration_id, "allocated", now))
        announce.workshops_allocated(session, stands, told, site=site, link=link)
    return len(found)


def _open_terms(session: Session, event_id: uuid.UUID) -> Allocation:
    found = queries.terms(session, event_id)
    if found is None:
        raise RuleError("no-ranks", N_("Cette rencontre ne demande pas de souhaits classés."))
    if found.made_at is not None:
        raise RuleError("allocated", N_("Les ateliers sont déjà répartis."))
    return found


def _note(
    session: Session,
    who: str,
    what: str,
    event_id: uuid.UUID,
    before: dict[str, object] | None,
    after: dict[str, object],
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=before, after=after, now=now)
