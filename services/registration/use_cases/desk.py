"""Step 2 of nine for the desk: pair a device, apply what it sends, each tap once. Next: rules/desk.py.

Locks: the desk's row, then (walk-ins only) quotas of the event in the order of use_cases/seats.py, all of them where a
walk-in may give a seat back, then the event's row, shared, then the attendance rows by ascending id. Two desks that
admit the same person take turns, and the second is told.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.desk import Attendance, Desk, DeskOperation
from services.registration.models.events import Event, Workshop
from services.registration.models.registrations import Registration
from services.registration.models.workshop_attendance import WorkshopAttendance
from services.registration.rules import days, device
from services.registration.rules import desk as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import arrivals, seats, walk_ins
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError

SIGN_EVERY = dt.timedelta(seconds=15)


class Fenced(RuleError):
    """The device was revoked, or never paired."""

    status = 401


@dataclass(frozen=True)
class Result:
    """The answer to one operation. `first_desk`, `first_at`: the admission that came first, which `reason` names."""

    id: str | None
    outcome: rules.Outcome
    version: int
    value: int | None
    reason: str | None
    first_desk: int | None = None
    first_at: dt.datetime | None = None
    wrote: bool = False
    """Whether it changed something just now."""


def open_desk(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str) -> tuple[Desk, str]:
    """One more device for this event: its row, and the code that pairs it once."""
    state = session.scalar(sa.select(Event.state).where(Event.id == event_id).with_for_update(key_share=True))
    if state == "called_off":
        raise RuleError("event-called-off", rules.CALLED_OFF)
    last = session.scalar(sa.select(sa.func.max(Desk.number)).where(Desk.event_id == event_id)) or 0
    code = rules.code_of(secrets.token_bytes(rules.CODE_LENGTH))
    made = Desk(
        event_id=event_id,
        number=last + 1,
        code_hash=hash_token(code),
        code_expires_at=now + rules.CODE_LIFETIME,
        created_at=now,
    )
    session.add(made)
    session.flush()
    _note(session, who, "desk opened", made, now)
    return made, code


def find(session: Session, event_id: uuid.UUID, desk_id: uuid.UUID, *, lock: bool = False) -> Desk:
    found = session.get(Desk, desk_id, with_for_update=True if lock else None)
    if found is None or found.event_id != event_id:
        raise NotFound("desk-unknown", N_("Ce poste n’existe pas."))
    return found


def revoke(session: Session, event_id: uuid.UUID, desk_id: uuid.UUID, now: dt.datetime, *, who: str) -> Desk:
    """The device may neither read nor send from now on."""
    found = find(session, event_id, desk_id, lock=True)
    if found.revoked_at is None:
        found.revoked_at = now
        _note(session, who, "desk revoked", found, now)
    return found


def pair(session: Session, typed: str, now: dt.datetime) -> tuple[Desk, str]:
    """Swap the code for a bearer token."""
    digest = hash_token(rules.read_code(typed))
    found = session.scalar(sa.select(Desk).where(Desk.code_hash == digest).with_for_update())
    if found is None:
        raise NotFound("unknown-code", N_("Ce code n’est pas connu. Demandez-en un autre à l’organisation."))
    if found.paired_at is not None:
        raise Gone("used-code", N_("Ce code a déjà servi. Demandez-en un autre à l’organisation."))
    if found.revoked_at is not None or found.code_expires_at <= now:
        raise Gone("expired-code", N_("Ce code n’est plus valable. Demandez-en un autre à l’organisation."))
    token = new_token()
    found.token_hash, found.paired_at, found.last_seen_at = hash_token(token), now, now
    _note(session, f"desk:{found.number}", "desk paired", found, now)
    return found, token


def authenticate(session: Session, token: str, *, lock: bool = False) -> Desk:
    """The desk that a bearer token belongs to. Raises Fenced when it may no longer speak."""
    query = sa.select(Desk).where(Desk.token_hash == hash_token(token))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise Fenced("unknown-token", N_("Ce poste n’est pas appairé. Demandez un code à l’organisation."))
    if found.revoked_at is not None:
        raise Fenced("fenced", N_("Ce poste a été retiré. Ce qui n’est pas parti reste gardé ici."))
    return found


def look(session: Session, token: str, now: dt.datetime) -> Desk:
    """The desk that asks for its list, and the sign that it gave by that."""
    found = authenticate(session, token)
    session.execute(
        sa.update(Desk).where(Desk.id == found.id, Desk.last_seen_at < now - SIGN_EVERY).values(last_seen_at=now)
    )
    return found


def write(session: Session, token: str, raw: list[Any], now: dt.datetime, *, site: str) -> list[Result]:
    """Apply a batch in the order of the device's counter; one result per operation, in the order sent."""
    desk = authenticate(session, token, lock=True)
    desk.last_seen_at = now
    return apply(session, desk, raw, now, site=site)


def apply(session: Session, desk: Desk, raw: list[Any], now: dt.datetime, *, site: str) -> list[Result]:
    """The same for a desk that is locked already, whoever brings what it wrote."""
    read = [rules.read(one) for one in raw]
    good = [one for one in read if isinstance(one, rules.Operation)]
    batch = _Batch(session, desk, good, now, site)
    results: dict[int, Result] = {}
    for index in sorted(range(len(raw)), key=lambda i: getattr(read[i], "counter", 0)):
        operation = read[index]
        if isinstance(operation, rules.Operation):
            results[index] = batch.apply(operation)
        else:
            sent = raw[index].get("id") if isinstance(raw[index], dict) else None
            results[index] = Result(sent[:36] if isinstance(sent, str) else None, "refused", 0, None, operation)
    return [results[index] for index in range(len(raw))]


def keep_within(session: Session, event: Event, now: dt.datetime, *, who: str) -> None:
    """The dates of an event were changed: whoever came on a day that it has no more came on the nearest that it has."""
    has = days.of(event.starts_at, event.ends_at)
    query = sa.select(Attendance).join(Registration).where(Registration.event_id == event.id)
    rows = session.scalars(
        query.order_by(Attendance.registration_id, Attendance.day).with_for_update(of=Attendance)
    ).all()
    held = {(one.registration_id, one.day): one for one in rows}
    for one in rows:
        day = days.nearest(one.day, has)
        if day == one.day:
            continue
        there = held.get((one.registration_id, day))
        if there is None:
            held[one.registration_id, day] = one
            one.day = day
            session.flush()
            continue
        audit.record(
            session,
            who=who,
            what="days merged",
            thing="registration",
            thing_id=one.registration_id,
            before={"day": one.day.isoformat(), "present": one.present},
            after={"day": day.isoformat(), "present": one.present or there.present},
            now=now,
        )
        if one.present and (not there.present or there.desk_id is None):
            there.present, there.desk_id, there.at = True, one.desk_id, one.at
        there.version += one.version
        session.delete(one)


class _Batch:
    def __init__(
        self, session: Session, desk: Desk, operations: list[rules.Operation], now: dt.datetime, site: str
    ) -> None:
        self.session, self.desk, self.now, self.site = session, desk, now, site
        found = session.scalars(sa.select(DeskOperation).where(DeskOperation.id.in_([one.id for one in operations])))
        self.known = {one.id: one for one in found}
        event = session.get_one(Event, desk.event_id)
        self.called_off = event.state == "called_off"
        admitted = [one for one in operations if one.walk_in is not None and one.present and one.id not in self.known]
        admitted = [] if self.called_off else sorted(admitted, key=lambda one: one.registration_id)
        wanted = {one.registration_id for one in operations}
        undone = {one.registration_id for one in operations if not one.present}
        # All quotas before the event's own, which an admission locks: nobody may wait in a circle.
        locked_event = walk_ins.leaving(session, wanted, undone) or bool(admitted and undone)
        if locked_event:
            seats.lock_event(session, desk.event_id)
        for one in admitted:
            assert one.walk_in is not None
            walk_ins.admit(session, desk, one.registration_id, one.walk_in, device.when(one.at, now))
        # Whoever moves its dates has the seats first and then this row; the days hold until the end of the batch.
        event = session.get_one(Event, desk.event_id, with_for_update={"read": True}, populate_existing=True)
        self.days = days.of(event.starts_at, event.ends_at)
        people = sa.select(Registration).where(Registration.id.in_(wanted), Registration.event_id == desk.event_id)
        self.people = {one.id: one for one in session.scalars(people)}
        self.rows: dict[tuple[uuid.UUID, dt.date], Attendance] = {}
        self.seen: dict[tuple[uuid.UUID, dt.date], dt.datetime] = {}
        if self.people:
            cells = {self._cell(one) for one in operations if one.registration_id in self.people}
            rows = [{"registration_id": person, "day": day} for person, day in sorted(cells)]
            session.execute(insert(Attendance).values(rows).on_conflict_do_nothing())
            theirs = sa.select(Attendance).where(Attendance.registration_id.in_(self.people))
            session.scalars(theirs.order_by(Attendance.registration_id, Attendance.day).with_for_update()).all()
            # Another desk may have admitted them on another day meanwhile, or taken that back.
            self.rows = {(one.registration_id, one.day): one for one in session.scalars(_afresh(theirs))}
            session.scalars(_afresh(people)).all()
            if not locked_event and walk_ins.leaving(session, wanted, undone):
                raise seats.busy()  # the device sends it again, and the event is locked first
            self.seen = self._seen()
            # Another desk of the event may have sent the same while this one waited for the lock.
            sent = sa.select(DeskOperation).where(DeskOperation.id.in_([one.id for one in operations]))
            self.known = {one.id: one for one in session.scalars(sent)}
        self.numbers = {
            row[0]: row[1]
            for row in session.execute(sa.select(Desk.id, Desk.number).where(Desk.event_id == desk.event_id))
        }

    def _seen(self) -> dict[tuple[uuid.UUID, dt.date], dt.datetime]:
        """On which day who was seen in a workshop, and when: no desk takes that back."""
        query = (
            sa.select(WorkshopAttendance.registration_id, Workshop.starts_at, WorkshopAttendance.at)
            .join(Workshop, Workshop.id == WorkshopAttendance.workshop_id)
            .where(WorkshopAttendance.registration_id.in_(self.people))
        )
        rows = self.session.execute(query)
        return {(who, days.at(starts, self.days)): at for who, starts, at in rows if at is not None}

    def _cell(self, operation: rules.Operation) -> tuple[uuid.UUID, dt.date]:
        if operation.day is not None:
            return operation.registration_id, days.nearest(operation.day, self.days)
        return operation.registration_id, days.at(device.when(operation.at, self.now), self.days)

    def _before(self, person: uuid.UUID, day: dt.date) -> int:
        """What is added to the version of that day for a page that knows a person once."""
        versions = {on: row.version for (who, on), row in self.rows.items() if who == person}
        return days.version_before(day, self.days, versions)

    def apply(self, operation: rules.Operation) -> Result:
        known = self.known.get(operation.id)
        if known is not None:
            if known.desk_id not in self.numbers:
                return Result(str(operation.id), "refused", 0, None, N_("Cette opération vient d’un autre évènement."))
            outcome: rules.Outcome = "duplicate" if known.outcome == "applied" else known.outcome  # type: ignore[assignment]
            return self._answer(known, outcome)
        if self.called_off:  # kept nowhere: once it takes place after all, the same tap counts
            return Result(str(operation.id), "refused", 0, None, rules.CALLED_OFF)
        cell = self._cell(operation)
        row = self.rows.get(cell)
        if row is None:
            if operation.walk_in is not None and not operation.present:  # admitted and taken back before it was sent
                return Result(str(operation.id), "applied", 0, 0, None)
            return Result(
                str(operation.id), "refused", 0, None, N_("Cette personne n’est pas inscrite à cet évènement.")
            )
        number = self.numbers[row.desk_id] if row.desk_id else None
        before = 0 if operation.day else self._before(*cell)
        there = rules.Attendance(row.present, before + row.version, number, row.at, self.seen.get(cell))
        decision = rules.decide(there, operation, self.desk.number)
        other, other_at = (row.desk_id, row.at) if decision.outcome == "conflict" else (None, None)
        if decision.reason == rules.SEEN:
            other, other_at = None, there.seen_at
        at = device.when(operation.at, self.now)
        if decision.writes:
            self._write(row, operation.present, at)
        made = DeskOperation(
            id=operation.id,
            desk_id=self.desk.id,
            registration_id=row.registration_id,
            day=row.day,
            present=operation.present,
            outcome=decision.outcome,
            version=before + row.version,
            value=int(row.present),
            reason=decision.reason,
            other_desk_id=other,
            other_at=other_at,
            at=at,
            received_at=self.now,
        )
        self.session.add(made)
        self.known[operation.id] = made
        return replace(self._answer(made, decision.outcome), wrote=decision.writes)

    def _answer(self, known: DeskOperation, outcome: rules.Outcome) -> Result:
        first = self.numbers[known.other_desk_id] if known.other_desk_id else None
        return Result(str(known.id), outcome, known.version, known.value, known.reason, first, known.other_at)

    def _write(self, row: Attendance, present: bool, at: dt.datetime) -> None:
        before = row.present
        # Whoever was seen in a workshop already came when they first came.
        came = min(row.at, at) if before and present and row.at is not None else at
        row.present, row.version, row.desk_id, row.at = present, row.version + 1, self.desk.id, came
        what = "checked in" if present else "check-in undone"
        which = {"day": row.day.isoformat()} if len(self.days) > 1 else {}
        audit.record(
            self.session,
            who=f"desk:{self.desk.number}",
            what=what,
            thing="registration",
            thing_id=row.registration_id,
            before={"present": before},
            after={"present": present, "at": at.isoformat()} | which,
            now=self.now,
        )
        person = self.people[row.registration_id]
        if present != before:
            arrivals.tell(self.session, person, self._days(row.registration_id), row)
        if present:
            walk_ins.come_back(self.session, person, at, who=f"desk:{self.desk.number}")
        elif not any(one.present for one in self._days(row.registration_id)):
            walk_ins.leave(self.session, person, self.now, site=self.site, who=f"desk:{self.desk.number}")

    def _days(self, person: uuid.UUID) -> list[Attendance]:
        return [one for (who, _day), one in self.rows.items() if who == person]


def _afresh(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.execution_options(populate_existing=True)


def _note(session: Session, who: str, what: str, desk: Desk, now: dt.datetime) -> None:
    audit.record(
        session,
        who=who,
        what=what,
        thing="event",
        thing_id=desk.event_id,
        before=None,
        after={"desk": desk.number},
        now=now,
    )
