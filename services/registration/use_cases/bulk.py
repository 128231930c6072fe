"""Step 2 of nine: one thing is done to many registrations, as it was announced. Next: changing.py, queues.py.

The people are chosen again under the lock; when they are others than were shown, nothing is done.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.models.events import Event
from services.registration.models.lists import BulkAction, BulkActionPerson, RegistrationMark
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota
from services.registration.queries import lists as marks
from services.registration.queries.places import entries, places
from services.registration.queries.selection import Wanted, matching
from services.registration.rules import lists as rules
from services.registration.rules import seats as seat_rules
from services.registration.rules.choices import N_
from services.registration.use_cases import changing, queues, seats
from shared import audit
from shared.errors import NotFound, RuleError


def run(
    session: Session,
    event_id: uuid.UUID,
    kind: str,
    wanted: Wanted,
    now: dt.datetime,
    *,
    action_id: uuid.UUID,
    expected: int,
    seen: str | None = None,
    words: str = "",
    add_seats: bool = False,
    who: str,
    site: str,
) -> BulkAction:
    """Do it, and note what became of each. The same action_id again changes nothing.

    kind: "admit" from the waiting list, "cancel" for the reason in `words` if any, "mark" with the word in `words`, or
    "unmark".
    expected: how many people the page announced; seen: their fingerprint, where there was a page. add_seats: capacity
    grows by what is missing for all of "admit".
    Raises RuleError: "bulk-moved", "bulk-too-many", and what `rules.lists.check` raises.
    """
    words = rules.check(kind, words, alone=expected == 1)
    seats.lock_event(session, event_id)  # before the spelling is read: two at once would make two
    if kind in rules.MARKS:
        words = marks.spelled(session, event_id, words)
    row = {"id": action_id, "event_id": event_id, "kind": kind, "words": words, "who": who, "at": now}
    made = insert(BulkAction).values(row).on_conflict_do_nothing().returning(BulkAction.id)
    if session.scalar(made) is None:
        return find(session, event_id, action_id)
    if kind not in rules.MARKS:
        _refuse_called_off(session, event_id)
    chosen = selected(session, event_id, kind, wanted)
    if len(chosen) != expected or (seen is not None and seen != rules.fingerprint(chosen)):
        raise RuleError("bulk-moved", N_("Depuis l’aperçu, la sélection a changé. Relisez, puis confirmez."))
    if kind == "admit":
        done = _admit(session, event_id, chosen, now, add_seats=add_seats, who=who, site=site)
    elif kind == "cancel":
        done = _cancel(session, event_id, chosen, now, words=words, who=who, site=site)
    elif kind == "mark":
        done = _mark(session, chosen, words)
    else:
        done = _unmark(session, chosen, words)
    if chosen:
        outcomes = [
            {"action_id": action_id, "registration_id": one, "outcome": "done" if one in done else "left"}
            for one in chosen
        ]
        session.execute(sa.insert(BulkActionPerson).values(outcomes))
    report: dict[str, str | int] = {"people": len(done), "words": words, "action": str(action_id)}
    _note(session, event_id, f"bulk {kind}", who, report, now)
    return find(session, event_id, action_id)


def _refuse_called_off(session: Session, event_id: uuid.UUID) -> None:
    if session.get_one(Event, event_id, populate_existing=True).state == "called_off":
        raise RuleError("event-called-off", seat_rules.CALLED_OFF)


def selected(session: Session, event_id: uuid.UUID, kind: str, wanted: Wanted) -> list[uuid.UUID]:
    """Those of the selection whom this action concerns, in the order in which it takes them.

    Raises RuleError "bulk-too-many": each person is a mail and a place, and everybody else waits meanwhile.
    """
    query = sa.select(Registration.id).where(*matching(event_id, wanted))
    if kind == "admit":
        own = sa.select(Quota.id).where(Quota.event_id == event_id, Quota.kind == "event").scalar_subquery()
        query = query.join(entries, (entries.c.registration_id == Registration.id) & (entries.c.quota_id == own))
        query = query.order_by(entries.c.number)
    elif kind == "cancel":
        # Who waits first: a seat that is given back must not go to somebody who is cancelled a moment later.
        query = query.where(Registration.status != "cancelled").order_by(
            Registration.status != "wait_listed", Registration.id
        )
    else:  # nothing is noted on who was erased
        query = query.where(Registration.email != "").order_by(Registration.id)
    limit = rules.MOST_MARKED if kind in rules.MARKS else rules.MOST
    found = list(session.scalars(query.limit(limit + 1)))
    if len(found) > limit:
        raise RuleError(
            "bulk-too-many",
            N_("C’est trop de monde à la fois. Choisissez moins de personnes, avec un filtre ou des cases."),
            status=422,
        )
    return found


def find(session: Session, event_id: uuid.UUID, action_id: uuid.UUID, *, lock: bool = False) -> BulkAction:
    query = sa.select(BulkAction).where(BulkAction.id == action_id, BulkAction.event_id == event_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("bulk-unknown", N_("Cette action n’existe pas."))
    return found


def may_undo(action: BulkAction, now: dt.datetime) -> bool:
    if action.undone_at is not None or action.kind == "admit":
        return False
    return action.kind in rules.MARKS or seat_rules.may_undo(action.at, now)


def undo(session: Session, event_id: uuid.UUID, action_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> None:
    """Take it back for those for whom it can be: a seat that went to somebody else stays theirs.

    Whoever lost their seat that way is on the waiting list again. Raises RuleError "bulk-undo-late".
    """
    seats.lock_event(session, event_id)  # before the action and before the spelling is read, as `run` does
    action = find(session, event_id, action_id, lock=True)
    if action.undone_at is not None:
        return
    if not may_undo(action, now):
        raise RuleError("bulk-undo-late", N_("Cette action ne peut plus être reprise."))
    people = session.scalars(
        sa.select(BulkActionPerson)
        .where(BulkActionPerson.action_id == action_id, BulkActionPerson.outcome == "done")
        .order_by(BulkActionPerson.registration_id)
    ).all()
    if action.kind in rules.MARKS:
        ids = [one.registration_id for one in people]
        if action.kind == "mark":
            _unmark(session, ids, marks.spelled(session, event_id, action.words))
        else:
            living = sa.select(Registration.id).where(Registration.id.in_(ids), Registration.email != "")
            _mark(session, session.scalars(living).all(), marks.spelled(session, event_id, action.words))
        for one in people:
            one.outcome = "back"
    else:
        _refuse_called_off(session, event_id)
        for one in people:
            one.outcome = _restored(session, one.registration_id, action, now, who=who, site=site)
    action.undone_at = now
    report: dict[str, str | int] = {"people": len(people), "words": action.words, "action": str(action_id)}
    _note(session, event_id, f"bulk {action.kind} undone", who, report, now)


def _restored(
    session: Session, registration_id: uuid.UUID, action: BulkAction, now: dt.datetime, *, who: str, site: str
) -> str:
    person = session.get_one(Registration, registration_id, populate_existing=True)
    if person.status != seat_rules.CANCELLED or person.cancelled_at != action.at or not person.email:
        return "left"  # came back by themselves meanwhile, or was erased
    try:
        back = changing.undo(session, registration_id, now, site=site, accept_waiting=True, who=who)
    except RuleError:
        return "left"  # registered again meanwhile
    return "back" if back.registration.status == seat_rules.CONFIRMED else "waiting"


def _cancel(
    session: Session,
    event_id: uuid.UUID,
    chosen: Sequence[uuid.UUID],
    now: dt.datetime,
    *,
    words: str,
    who: str,
    site: str,
) -> set[uuid.UUID]:
    """Everybody's seats first, then one promotion: no seat passes through somebody who is cancelled a moment later."""
    if not chosen:
        return set()
    for before in [changing.begin(session, one, now) for one in chosen]:
        changing.give_up(session, before, now, site=site, who=who, reason=words)
    changing.tell_promoted(session, queues.promote(session, event_id, now), now, site=site)
    return set(chosen)


def _admit(
    session: Session,
    event_id: uuid.UUID,
    chosen: Sequence[uuid.UUID],
    now: dt.datetime,
    *,
    add_seats: bool,
    who: str,
    site: str,
) -> set[uuid.UUID]:
    """Give a seat to each as far as they go. A party that waits together comes whole or not at all."""
    count = places(session, event_id).event
    queue = session.execute(
        sa.select(entries.c.registration_id, entries.c.party_id)
        .where(entries.c.quota_id == count.quota_id)
        .order_by(entries.c.number)
    ).all()
    units = rules.units([(row.registration_id, row.party_id) for row in queue], set(chosen))
    free = count.free
    missing = sum(map(len, units)) - free
    if add_seats and missing > 0:
        _grow(session, event_id, count.quota_id, count.capacity + missing, now, who=who, site=site)
        free += missing
    admitted = rules.fitting(units, free)
    if admitted:
        mine = entries.c.registration_id.in_(admitted) & (entries.c.quota_id == count.quota_id)
        session.execute(sa.delete(entries).where(mine))
        seats.claim(session, [(one, count.quota_id) for one in admitted], now)
        for one in admitted:
            queues.confirm(session, one, event_id, now)
            changing.record(session, one, "admitted", who, None, None, now)
        # A kept seat that one of them took leaves one of those that were added.
        moved = [*(queues.Promotion(one, True, None) for one in admitted), *queues.promote(session, event_id, now)]
        changing.tell_promoted(session, moved, now, site=site)
    return set(admitted)


def _grow(
    session: Session, event_id: uuid.UUID, quota_id: int, capacity: int, now: dt.datetime, *, who: str, site: str
) -> None:
    quota = session.get_one(Quota, quota_id, populate_existing=True)
    before, quota.capacity = quota.capacity, capacity
    session.flush()
    audit.record(
        session,
        who=who,
        what="capacity changed",
        thing="event",
        thing_id=event_id,
        before={"capacity": before},
        after={"capacity": capacity},
        now=now,
    )
    event = session.get_one(Event, event_id)
    if event.state == "published":
        gatherings.event_published(session, event, capacity, site=site)


def _mark(session: Session, chosen: Sequence[uuid.UUID], label: str) -> set[uuid.UUID]:
    """Those who did not have this mark yet."""
    if not chosen:
        return set()
    rows = [{"registration_id": one, "label": label} for one in chosen]
    put = insert(RegistrationMark).values(rows).on_conflict_do_nothing().returning(RegistrationMark.registration_id)
    return set(session.scalars(put))


def _unmark(session: Session, chosen: Sequence[uuid.UUID], label: str) -> set[uuid.UUID]:
    """Those who had it."""
    gone = RegistrationMark.registration_id.in_(chosen) & (RegistrationMark.label == label)
    return set(session.scalars(sa.delete(RegistrationMark).where(gone).returning(RegistrationMark.registration_id)))


def _note(
    session: Session, event_id: uuid.UUID, what: str, who: str, after: dict[str, str | int], now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event_id, before=None, after=after, now=now)
