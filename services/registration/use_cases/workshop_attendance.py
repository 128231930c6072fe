"""Step 2 of nine for a workshop's door: who is seen in which, each tap once. Next: rules/workshop_attendance.py.

Whoever is seen in a workshop is in the building: their day is written too, without a desk, and goes with the sight that
wrote it. A newcomer whom a desk had taken back is registered again (docs/decisions/0674). Locks: the host's link or the
desk, then (newcomers only) the quotas of the event, then its row, shared, then the rows of the days and of the
workshops, each by ascending id; the desk takes the same ones in the same order.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.desk import Attendance, Desk
from services.registration.models.events import Event, Slot, Workshop
from services.registration.models.registrations import Registration
from services.registration.models.restitution import HostLink
from services.registration.models.workshop_attendance import WorkshopAttendance, WorkshopOperation
from services.registration.rules import days
from services.registration.rules import desk as desk_rules
from services.registration.rules import workshop_attendance as rules
from services.registration.rules.choices import N_
from services.registration.use_cases import arrivals, desk, restitution, seats, walk_ins
from shared import audit
from shared.errors import RuleError


@dataclass(frozen=True)
class Result:
    """The answer to one tap. `seen_in`: the workshop of that slot in which they were seen last. `other_at`, `title`:
    the other sight, which `reason` names."""

    id: str | None
    outcome: rules.Outcome
    version: int
    reason: str | None
    seen_in: uuid.UUID | None = None
    title: str = ""
    other_at: dt.datetime | None = None
    workshop_id: uuid.UUID | None = None
    """That of the tap: where the device asks whether they are in it."""
    wrote: bool = False
    """Whether it changed something just now."""


@dataclass(frozen=True)
class By:
    """Whose taps these are: of a host, for one workshop alone, or of a desk."""

    event_id: uuid.UUID
    who: str
    workshop_id: uuid.UUID | None = None
    desk_id: uuid.UUID | None = None
    host_link_id: uuid.UUID | None = None


def of_host(session: Session, link: HostLink) -> By:
    event_id = session.scalars(sa.select(Slot.event_id).join(Workshop).where(Workshop.id == link.workshop_id)).one()
    return By(event_id, f"host:{link.id}", link.workshop_id, host_link_id=link.id)


def of_desk(found: Desk) -> By:
    return By(found.event_id, f"desk:{found.number}", desk_id=found.id)


def write_as_host(session: Session, token: str, raw: list[Any], now: dt.datetime, *, site: str) -> list[Result]:
    """Taps of the host of one workshop, in the order of the device's counter; one result each, in the order sent."""
    link = restitution.authenticate(session, token, lock=True)
    link.last_seen_at = now
    return apply(session, of_host(session, link), raw, now, site=site)


def write_at_desk(session: Session, token: str, raw: list[Any], now: dt.datetime, *, site: str) -> list[Result]:
    """Taps of a desk that stands at the door of a workshop: each names its own."""
    found = desk.authenticate(session, token, lock=True)
    found.last_seen_at = now
    return apply(session, of_desk(found), raw, now, site=site)


def refuse_seen(session: Session, workshop_ids: list[uuid.UUID]) -> None:
    """A workshop in which people were seen took place. Call under the event's lock."""
    query = sa.select(WorkshopAttendance.registration_id).where(WorkshopAttendance.workshop_id.in_(workshop_ids))
    if session.scalar(query.limit(1)) is not None:
        raise RuleError(
            "workshop-attended",
            N_("Des personnes ont été vues dans cet atelier : il a eu lieu, et reste au programme."),
        )


def apply(session: Session, by: By, raw: list[Any], now: dt.datetime, *, site: str) -> list[Result]:
    """Each tap of a device that may write, and whose link or desk is locked, in the order of its counter."""
    read = [rules.read(one) for one in raw]
    batch = _Batch(session, by, [one for one in read if isinstance(one, rules.Operation)], now, site)
    results: dict[int, Result] = {}
    for index in sorted(range(len(raw)), key=lambda i: getattr(read[i], "counter", 0)):
        operation = read[index]
        if isinstance(operation, rules.Operation):
            results[index] = batch.apply(operation)
        else:
            sent = raw[index].get("id") if isinstance(raw[index], dict) else None
            results[index] = Result(sent[:36] if isinstance(sent, str) else None, "refused", 0, operation)
    return [results[index] for index in range(len(raw))]


class _Batch:
    def __init__(
        self, session: Session, by: By, operations: list[rules.Operation], now: dt.datetime, site: str
    ) -> None:
        self.session, self.by, self.now, self.site = session, by, now, site
        wanted = {one.registration_id for one in operations}
        undone = {one.registration_id for one in operations if not one.present}
        locked_event = walk_ins.leaving(session, wanted, undone)
        if locked_event:
            seats.lock_event(session, by.event_id)
        self.event = session.get_one(Event, by.event_id, with_for_update={"read": True}, populate_existing=True)
        self.days = days.of(self.event.starts_at, self.event.ends_at)
        programme = sa.select(Workshop).join(Slot).where(Slot.event_id == by.event_id)
        self.workshops = {one.id: one for one in session.scalars(_afresh(programme))}
        people = sa.select(Registration).where(Registration.id.in_(wanted), Registration.event_id == by.event_id)
        self.people = {one.id: one for one in session.scalars(people)}
        self._lock({self._cell(one) for one in operations if one.registration_id in self.people} - {None})
        session.scalars(_afresh(people)).all()
        if not locked_event and walk_ins.leaving(session, wanted, undone):
            raise seats.busy()  # the device sends it again, and the event is locked first
        sent = sa.select(WorkshopOperation).where(WorkshopOperation.id.in_([one.id for one in operations]))
        self.known = {one.id: one for one in session.scalars(sent)}

    def _lock(self, cells: set[Any]) -> None:
        self.rows: dict[tuple[uuid.UUID, uuid.UUID], WorkshopAttendance] = {}
        self.entries: dict[tuple[uuid.UUID, dt.date], Attendance] = {}
        if not cells:
            return
        dated = sorted({(person, self._day(workshop)) for person, workshop in cells})
        rows = [{"registration_id": person, "day": day} for person, day in dated]
        self.session.execute(insert(Attendance).values(rows).on_conflict_do_nothing())
        whose = [person for person, _day in dated]
        entries = sa.select(Attendance).where(Attendance.registration_id.in_(whose))
        held = entries.order_by(Attendance.registration_id, Attendance.day).with_for_update()
        self.entries = {(one.registration_id, one.day): one for one in self.session.scalars(_afresh(held))}
        slots = sorted({(person, self.workshops[workshop].slot_id) for person, workshop in cells})
        made = [{"registration_id": person, "slot_id": slot} for person, slot in slots]
        self.session.execute(insert(WorkshopAttendance).values(made).on_conflict_do_nothing())
        seen = sa.select(WorkshopAttendance).where(WorkshopAttendance.registration_id.in_(whose))
        ordered = seen.order_by(WorkshopAttendance.registration_id, WorkshopAttendance.slot_id).with_for_update()
        self.rows = {(one.registration_id, one.slot_id): one for one in self.session.scalars(_afresh(ordered))}

    def _cell(self, operation: rules.Operation) -> tuple[uuid.UUID, uuid.UUID] | None:
        workshop = self.workshops.get(self.by.workshop_id or operation.workshop_id or uuid.UUID(int=0))
        return (operation.registration_id, workshop.id) if workshop else None

    def _day(self, workshop_id: uuid.UUID) -> dt.date:
        """The workshop's, whenever it is noted: often afterwards, from the paper."""
        return days.at(self.workshops[workshop_id].starts_at, self.days)

    def apply(self, operation: rules.Operation) -> Result:
        known = self.known.get(operation.id)
        if known is not None:
            mine = self.by.workshop_id in (None, known.workshop_id) and known.workshop_id in self.workshops
            if not mine:
                return self._refused(operation, N_("Cette opération vient d’un autre atelier."))
            return self._answer(known, "duplicate" if known.outcome == "applied" else "conflict")
        if self.event.state == "called_off":
            return self._refused(operation, desk_rules.CALLED_OFF)
        cell = self._cell(operation)
        if cell is None:
            return self._refused(operation, rules.GONE)
        if operation.registration_id not in self.people:
            if not operation.present:  # registered at the door, noted and taken back before it was sent
                return Result(str(operation.id), "applied", 0, None, workshop_id=cell[1])
            return self._refused(operation, N_("Cette personne n’est pas inscrite à cet évènement."))
        workshop = self.workshops[cell[1]]
        opens_at = days.begins(days.day_of(workshop.starts_at))
        if self.now < opens_at:
            return self._refused(operation, rules.TOO_EARLY)
        row = self.rows[operation.registration_id, workshop.slot_id]
        at = rules.when(operation.at, opens_at, self.now)
        decision = rules.decide(rules.Seen(row.workshop_id, row.version, row.at), workshop.id, operation, at)
        other = self.workshops[row.workshop_id].title if decision.reason and row.workshop_id else ""
        other_at = row.at if decision.reason else None
        if decision.writes:
            self._see(row, workshop, operation.present, at)
        made = WorkshopOperation(
            id=operation.id,
            registration_id=row.registration_id,
            workshop_id=workshop.id,
            desk_id=self.by.desk_id,
            host_link_id=self.by.host_link_id,
            present=operation.present,
            outcome=decision.outcome,
            version=row.version,
            seen_in=row.workshop_id,
            reason=decision.reason,
            other_title=other,
            other_at=other_at,
            at=at,
            received_at=self.now,
        )
        self.session.add(made)
        self.known[operation.id] = made
        return replace(self._answer(made, decision.outcome), wrote=decision.writes)

    def _refused(self, operation: rules.Operation, reason: str) -> Result:
        return Result(str(operation.id), "refused", 0, reason)

    def _answer(self, known: WorkshopOperation, outcome: Any) -> Result:
        return Result(
            str(known.id),
            outcome,
            known.version,
            known.reason,
            known.seen_in,
            known.other_title,
            known.other_at,
            known.workshop_id,
        )

    def _see(self, row: WorkshopAttendance, workshop: Workshop, present: bool, at: dt.datetime) -> None:
        before = self.workshops[row.workshop_id].title if row.workshop_id else None
        row.workshop_id, row.version, row.at = workshop.id if present else None, row.version + 1, at
        row.desk_id, row.host_link_id = self.by.desk_id, self.by.host_link_id
        what = "seen in workshop" if present else "not seen in workshop after all"
        after = {"workshop": workshop.title, "at": at.isoformat()} if present else None
        self._note(what, row.registration_id, {"workshop": before} if before else None, after)
        for day in sorted(day for who, day in self.entries if who == row.registration_id):
            self._enter(row.registration_id, day, at)
        person = self.people[row.registration_id]
        if present:
            walk_ins.come_back(self.session, person, at, who=self.by.who)
        elif not any(one.present for (who, _day), one in self.entries.items() if who == person.id):
            walk_ins.leave(self.session, person, self.now, site=self.site, who=self.by.who)

    def _enter(self, person: uuid.UUID, day: dt.date, at: dt.datetime) -> None:
        """Somebody seen in a workshop came that day, and who was seen in none did not, unless a desk let them in. Asked
        of each of their days: the workshop may have been moved to another one since they were seen there."""
        entry = self.entries[person, day]
        seen = any(
            row.workshop_id is not None and self._day(row.workshop_id) == day
            for (who, _slot), row in self.rows.items()
            if who == person
        )
        if entry.present == seen or (entry.present and entry.desk_id is not None):
            return
        entry.present, entry.version, entry.desk_id, entry.at = seen, entry.version + 1, None, at
        which = {"day": day.isoformat()} if len(self.days) > 1 else {}
        after = {"present": seen, "at": at.isoformat()} | which
        self._note("came by a workshop" if seen else "left with the workshop", person, {"present": not seen}, after)
        theirs = [one for (who, _day), one in self.entries.items() if who == person]
        arrivals.tell(self.session, self.people[person], theirs, entry)

    def _note(self, what: str, person: uuid.UUID, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
        audit.record(
            self.session,
            who=self.by.who,
            what=what,
            thing="registration",
            thing_id=person,
            before=before,
            after=after,
            now=self.now,
        )


def _afresh(query: sa.Select[Any]) -> sa.Select[Any]:
    return query.execution_options(populate_existing=True)
