"""Step 2 of nine: moments, slots and workshops are added, changed and removed. Next: rules/editing.py.

The event's quotas are locked first, as for every edit. Nobody loses a seat unseen: a workshop that people chose moves
them to another one, with a mail, or stays.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.events import Event, ProgrammeItem, Slot, Speaker, Workshop
from services.registration.models.registrations import Registration
from services.registration.models.seats import Quota, SeatClaim
from services.registration.queries.programme import chosen_in, in_both, rankers
from services.registration.queries.standing import standing
from services.registration.rules import editing as rules
from services.registration.rules import english
from services.registration.rules.choices import N_
from services.registration.rules.people import NOWHERE
from services.registration.use_cases import emptying, events, links, registering, seats, workshop_attendance
from shared import audit
from shared.errors import NotFound, RuleError, Sentence

Entry = ProgrammeItem | Slot | Workshop
KINDS: dict[str, type[Entry]] = {"moment": ProgrammeItem, "creneau": Slot, "atelier": Workshop}
_COLUMNS = {
    "moment": ("title", "starts_at", "ends_at", "place", "slides", *english.MOMENT),
    "creneau": ("label", "starts_at", "ends_at", *english.SLOT),
    "atelier": ("title", "summary", "host", "room", *english.WORKSHOP),
}
_TOLD = {"creneau": ("starts_at", "ends_at"), "atelier": ("title", "room")}
"""What whoever sits in a workshop should hear of."""


def load(event: Event, kind: str, entry_id: uuid.UUID) -> Entry:
    """One thing of this event's programme. Raises NotFound."""
    rows: Sequence[Entry] = (
        event.programme if kind == "moment" else event.slots if kind == "creneau" else event.workshops
    )
    found = next((row for row in rows if row.id == entry_id), None)
    if found is None:
        raise NotFound("entry-unknown", N_("Cette ligne du programme n’existe plus."))
    return found


def values(session: Session, kind: str, entry: Entry) -> dict[str, Any]:
    """What the form shows of it, and what an edit may change."""
    found = {name: getattr(entry, name) for name in _COLUMNS[kind]}
    if isinstance(entry, Workshop):
        capacity = sa.select(Quota.capacity).where(Quota.workshop_id == entry.id)
        found["capacity"] = session.scalars(capacity).one()
    if not isinstance(entry, Slot):
        found["speakers"] = [(one.name, one.role, one.minutes) for one in entry.speakers]
    if isinstance(entry, ProgrammeItem) and not found["speakers"] and entry.speaker:
        found["speakers"] = [(entry.speaker, "", None)]
    return found


def add(
    session: Session,
    event_id: uuid.UUID,
    kind: str,
    data: Mapping[str, Any],
    now: dt.datetime,
    *,
    who: str,
    slot_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """A new moment, slot, or workshop of a slot; its id. Speakers: (name, role, minutes)."""
    event = _locked(session, event_id)
    entry: Entry
    columns = {name: data[name] for name in _COLUMNS[kind] if name in data}
    if kind == "moment":
        entry = ProgrammeItem(position=len(event.programme), **columns)
        event.programme.append(entry)
    elif kind == "creneau":
        entry = Slot(position=len(event.slots), **columns)
        event.slots.append(entry)
    else:
        assert slot_id is not None
        slot = load(event, "creneau", slot_id)
        assert isinstance(slot, Slot)
        entry = Workshop(position=len(slot.workshops), starts_at=slot.starts_at, ends_at=slot.ends_at, **columns)
        slot.workshops.append(entry)
    _set_speakers(session, entry, data)
    session.flush()
    if isinstance(entry, Workshop):
        session.add(Quota(event_id=event.id, kind="workshop", workshop_id=entry.id, capacity=data["capacity"]))
        session.flush()
    _record(session, event, "programme added", who, None, {_name(entry): rules.plain(dict(data))}, now)
    return entry.id


def change(
    session: Session,
    event_id: uuid.UUID,
    kind: str,
    entry_id: uuid.UUID,
    data: Mapping[str, Any],
    now: dt.datetime,
    *,
    who: str,
    site: str,
    seen: str,
    tell: bool,
) -> int:
    """Write what differs; returns how many were told. Raises RuleError "edited-meanwhile", "slots-overlap" or
    "capacity-below-taken": then nothing is written."""
    event = _locked(session, event_id)
    entry = load(event, kind, entry_id)
    before = values(session, kind, entry)
    if rules.stamp(before) != seen:
        raise RuleError(
            "edited-meanwhile",
            N_("Quelqu’un a modifié cette ligne pendant que vous écriviez. Comparez les deux versions."),
        )
    changes = rules.differences(before, data)
    if not changes:
        return 0
    for name, _old, new in changes:
        if name in _COLUMNS[kind]:
            setattr(entry, name, new)
    if isinstance(entry, Slot):
        for workshop in entry.workshops:
            workshop.starts_at, workshop.ends_at = entry.starts_at, entry.ends_at
        _refuse_overlap(session, event, entry)
    _set_speakers(session, entry, data)
    moved = any(name in _TOLD.get(kind, ()) for name, _old, _new in changes)
    event.revision += moved
    session.flush()
    was, is_now = rules.for_audit(changes)
    _record(session, event, "programme changed", who, {_name(entry): was}, {_name(entry): is_now}, now)
    told = _tell(session, _people(session, entry), now, site=site) if moved and tell else 0
    if isinstance(entry, Workshop) and before["capacity"] != data["capacity"]:
        quota = sa.select(Quota.id).where(Quota.workshop_id == entry.id)
        events.set_capacity(session, session.scalars(quota).one(), data["capacity"], now, who=who, site=site)
    return told


def remove(
    session: Session,
    event_id: uuid.UUID,
    kind: str,
    entry_id: uuid.UUID,
    now: dt.datetime,
    *,
    who: str,
    site: str,
    move_to: uuid.UUID | None = None,
) -> int:
    """Take it out; returns how many people moved to the workshop `move_to` of the same slot, or on to other wishes.

    Raises RuleError "workshop-chosen" when people chose it and there is nowhere for them to go.
    """
    event = _locked(session, event_id)
    entry = load(event, kind, entry_id)
    moved = 0
    if isinstance(entry, Workshop):
        workshop_attendance.refuse_seen(session, [entry.id])
        moved = emptying.empty(session, event, entry, move_to, now, who=who, site=site)
        session.execute(sa.delete(Quota).where(Quota.workshop_id == entry.id))
        entry.slot.workshops.remove(entry)
    elif isinstance(entry, Slot):
        workshops = [one.id for one in entry.workshops]
        workshop_attendance.refuse_seen(session, workshops)
        if any(chosen_in(session, one) for one in workshops) or rankers(session, workshops):
            raise RuleError(
                "workshop-chosen",
                N_("Des personnes ont choisi un atelier de ce créneau : retirez d’abord ses ateliers, un par un."),
            )
        session.execute(sa.delete(Quota).where(Quota.workshop_id.in_(workshops)))
        event.slots.remove(entry)
    else:
        event.programme.remove(entry)
    session.flush()
    _record(session, event, "programme removed", who, {_name(entry): ""}, None, now)
    return moved


def concerned(session: Session, kind: str, entry: Entry, changes: Sequence[tuple[str, Any, Any]]) -> int:
    """How many sit in what changes, and should be told."""
    if not any(name in _TOLD.get(kind, ()) for name, _old, _new in changes):
        return 0
    return len(_people(session, entry))


def _people(session: Session, entry: Entry) -> list[uuid.UUID]:
    rows = entry.workshops if isinstance(entry, Slot) else [entry] if isinstance(entry, Workshop) else []
    query = (
        sa.select(Registration.id)
        .join(SeatClaim, SeatClaim.registration_id == Registration.id)
        .join(Quota, Quota.id == SeatClaim.quota_id)
        .where(
            Quota.workshop_id.in_([one.id for one in rows]),
            SeatClaim.state == "confirmed",
            Registration.email != "",
            Registration.email_key.not_like(f"%{NOWHERE}"),
        )
        .distinct()
        .order_by(Registration.id)
    )
    return list(session.scalars(query))


def _tell(session: Session, people: Sequence[uuid.UUID], now: dt.datetime, *, site: str) -> int:
    for one in people:
        link = links.address(site, links.issue(session, one, "changed", now))
        announce.changed(session, standing(session, one), site=site, link=link)
    return len(people)


def _refuse_overlap(session: Session, event: Event, slot: Slot) -> None:
    """A slot may stand at the time of another one, as long as nobody chose a workshop in both."""
    session.flush()
    for other in event.slots:
        if other is slot or not (other.starts_at < slot.ends_at and slot.starts_at < other.ends_at):
            continue
        if count := in_both(session, slot.id, other.id):
            raise RuleError(
                "slots-overlap",
                Sentence(
                    "À cette heure, %(count)s personnes auraient deux ateliers en même temps, avec « %(label)s ».",
                    count=count,
                    label=other.label,
                ),
                field="starts",
            )


def _set_speakers(session: Session, entry: Entry, data: Mapping[str, Any]) -> None:
    if isinstance(entry, Slot):
        return
    wanted = data["speakers"]
    if [(one.name, one.role, one.minutes) for one in entry.speakers] != list(wanted):
        entry.speakers.clear()
        session.flush()
        entry.speakers.extend(
            Speaker(position=number, name=name, role=role, minutes=minutes)
            for number, (name, role, minutes) in enumerate(wanted)
        )
    if isinstance(entry, ProgrammeItem):
        entry.speaker = ", ".join(name for name, _role, _minutes in wanted)[:200]


def _locked(session: Session, event_id: uuid.UUID) -> Event:
    seats.lock_event(session, event_id)
    event = registering.load_event(session, event_id)
    if event.state == "called_off":
        raise RuleError("event-called-off", rules.CALLED_OFF)
    return event


def _name(entry: Entry) -> str:
    return entry.label if isinstance(entry, Slot) else entry.title


def _record(
    session: Session,
    event: Event,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(session, who=who, what=what, thing="event", thing_id=event.id, before=before, after=after, now=now)
