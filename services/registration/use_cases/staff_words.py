"""Step 2 of nine: what the team wrote no longer names who is erased. Next: services/registration/rules/support.py.

Messages to a selection, reasons given to many at once, why a meeting is off or was moved, marks and notes, kept
filters, marks that badges print, what the journal quotes of them.
The address goes wherever it stands, unless it serves others too. The name goes where all its words stand together, in
what was written about the meetings that the person registered for: elsewhere it is a namesake's, and a last name alone
is other people's too. What was noted on a namesake at the same meeting is theirs.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.models.calling_off import AssemblyCallingOff, CallingOff
from services.registration.models.events import Event
from services.registration.models.lists import BulkAction, RegistrationMark, SavedFilter
from services.registration.models.messages import StaffMessage
from services.registration.models.registrations import Registration
from services.registration.models.reschedulings import Rescheduling
from services.registration.rules.support import Named
from shared.audit import audit_entries as entries

GONE = "…"
"""What is left of a reason that has to be there; as of a name in one."""
_WRITTEN = ("subject", "body", "subject_en", "body_en")


def forget_reasons(
    session: Session,
    found: Collection[Registration],
    email: str,
    names: Collection[str],
    assemblies: Collection[uuid.UUID] = (),
) -> int:
    """`forget` of why a meeting does not take place or was moved: its page says so to everybody.

    Before any meeting is locked: whoever tells that one is off, or takes that back, locks these first, in this order.
    """
    event_ids = {one.event_id for one in found}
    address, person = Named(email), Named(email, tuple(names))
    near: list[tuple[Any, sa.ColumnElement[bool]]] = [
        (AssemblyCallingOff, _off(event_ids, assemblies)),
        (CallingOff, CallingOff.event_id.in_(event_ids)),
        (Rescheduling, Rescheduling.event_id.in_(event_ids)),
    ]
    count = 0
    for model, theirs in near:
        told = [theirs]
        if email:
            told += [one.icontains(email, autoescape=True) for one in (model.reason, model.reason_en)]
        key = sa.inspect(model).primary_key
        query = sa.select(model, theirs).where(sa.or_(*told)).order_by(*key).with_for_update(of=model, key_share=True)
        for one, mine in session.execute(query, execution_options={"populate_existing": True}).all():
            before = (one.reason, one.reason_en)
            one.reason, one.reason_en = [(person if mine else address).out_of(text) for text in before]
            count += before != (one.reason, one.reason_en)
    session.flush()
    return count


def _off(event_ids: Collection[uuid.UUID], assemblies: Collection[uuid.UUID]) -> sa.ColumnElement[bool]:
    """The assemblies that were called off, of these or with these events."""
    return AssemblyCallingOff.assembly_id.in_(assemblies) | AssemblyCallingOff.event_id.in_(event_ids)


def forget(
    session: Session,
    found: Collection[Registration],
    email: str,
    names: Collection[str],
    assemblies: Collection[uuid.UUID] = (),
) -> int:
    """Take a person of these registrations, by address and names, out of what the team wrote. Returns in how many texts
    they stood.

    email: "" for an address that serves others too. assemblies: those whose list has them. Each text is locked: it may
    be about two who are erased at once.
    """
    event_ids = {one.event_id for one in found}
    address, person = Named(email), Named(email, tuple(names))
    count = 0
    messages: list[str] = []
    for message in _near(session, StaffMessage, event_ids, email, *_WRITTEN):
        mine = person if message.event_id in event_ids else address
        messages += [str(message.id)] if mine is person else []
        before = [getattr(message, name) for name in _WRITTEN] + [message.selection]
        for name in _WRITTEN:
            setattr(message, name, mine.out_of(getattr(message, name)))
        message.selection = _search(mine, message.selection)
        count += before != [getattr(message, name) for name in _WRITTEN] + [message.selection]
    for action in _near(session, BulkAction, event_ids, email, "words"):
        words = (person if action.event_id in event_ids else address).out_of(action.words)
        count += words != action.words
        action.words = words
    for kept in _near(session, SavedFilter, event_ids, email, "name"):
        mine = person if kept.event_id in event_ids else address
        if mine.out_of(kept.name) != kept.name or _search(mine, kept.selection) != kept.selection:
            session.delete(kept)  # it found the person, or was made for them
            count += 1
    noted_on = Registration.event_id.in_(event_ids) & (
        Registration.id.in_([one.id for one in found])
        | Registration.name_key.not_in({one.name_key for one in found if one.name_key})
    )
    marks = sa.select(RegistrationMark).join(Registration, Registration.id == RegistrationMark.registration_id)
    for mark in session.scalars(marks.where(noted_on)).all():
        if person.out_of(mark.label) != mark.label:
            session.delete(mark)
            count += 1
    for event in session.scalars(sa.select(Event).where(Event.badge["marks"] != sa.cast([], JSONB)).order_by(Event.id)):
        printed = [one for one in event.badge["marks"] if person.out_of(one) == one]
        if printed != event.badge["marks"]:
            event.badge = event.badge | {"marks": printed}
            count += 1
    notes = sa.select(Registration).where(noted_on, Registration.staff_note != "").order_by(Registration.id)
    for one in session.scalars(notes.with_for_update()):
        note = person.out_of(one.staff_note)
        count += note != one.staff_note
        one.staff_note = note
    session.flush()
    noted = (
        (entries.c.thing == "registration")
        & entries.c.what.in_(["noted", "marked", "unmarked", "cancelled"])
        & entries.c.thing_id.in_(sa.select(sa.cast(Registration.id, sa.Text)).where(noted_on))
    )
    meetings = [str(one) for one in event_ids]
    with_them = sa.select(sa.cast(AssemblyCallingOff.assembly_id, sa.Text)).where(_off(event_ids, assemblies))
    theirs = entries.c.thing_id.in_([str(one) for one in assemblies]) | entries.c.thing_id.in_(with_them)
    off = (entries.c.what == "called off") & sa.or_(
        (entries.c.thing == "event") & entries.c.thing_id.in_(meetings), (entries.c.thing == "assembly") & theirs
    )
    quotes = sa.or_(noted, off, _quotes(meetings, messages))
    return count + _journal(session, quotes, address, person)


def expire(session: Session, before: dt.datetime, *, dry_run: bool = False) -> int:
    """What the team wrote about meetings that ended before this instant goes, or is counted; that it was done stays in
    the journal, and that a meeting is off or was moved on its page."""
    over, held = (
        sa.select(Event.id).where(Event.ends_at < before),
        sa.select(Assembly.id).where(Assembly.held_at < before),
    )
    found = {
        model: list(session.scalars(sa.select(model.id).where(model.event_id.in_(over))))
        for model in (StaffMessage, BulkAction, SavedFilter)
    }
    reasons: list[tuple[Any, sa.ColumnElement[bool], str]] = [
        (AssemblyCallingOff, AssemblyCallingOff.assembly_id.in_(held), GONE),
        (CallingOff, CallingOff.event_id.in_(over), GONE),
        (Rescheduling, Rescheduling.event_id.in_(over), ""),
    ]
    count = sum(map(len, found.values()))
    for model, old, left in reasons:
        said = old & ((model.reason != left) | (model.reason_en != ""))
        count += session.scalar(sa.select(sa.func.count()).select_from(model).where(said)) or 0
        if not dry_run:
            session.execute(sa.update(model).where(said).values(reason=left, reason_en=""))
    if not dry_run:
        meetings = [str(one) for one in session.scalars(over)]
        off = (entries.c.what == "called off") & sa.or_(
            (entries.c.thing == "event") & entries.c.thing_id.in_(meetings),
            (entries.c.thing == "assembly") & entries.c.thing_id.in_([str(one) for one in session.scalars(held)]),
        )
        quotes = off | _quotes(meetings, [str(one) for one in found[StaffMessage]])
        told = sa.cast(entries.c.after, sa.Text) != "null"  # also of a filter that was dropped long ago
        session.execute(sa.update(entries).where(quotes, told).values(before=None, after=None))
        for kind, ids in found.items():
            session.execute(sa.delete(kind).where(kind.id.in_(ids)))
    return count


def _near(session: Session, model: Any, event_ids: Collection[uuid.UUID], email: str, *columns: str) -> Sequence[Any]:
    """What may name the person: all of their meetings, and what holds the address."""
    told = [model.event_id.in_(event_ids)]
    if email:
        told += [getattr(model, name).icontains(email, autoescape=True) for name in columns]
        if hasattr(model, "selection"):
            told.append(sa.cast(model.selection, sa.Text).icontains(email, autoescape=True))
    return session.scalars(sa.select(model).where(sa.or_(*told)).order_by(model.id).with_for_update()).all()


def _search(of: Named, selection: dict[str, Any]) -> dict[str, Any]:
    searched = str(selection.get("q", ""))
    left: dict[str, Any] = of.out_of(selection)
    return left | {"q": of.out_of_search(searched)} if searched else left


def _journal(session: Session, quotes: sa.ColumnElement[bool], address: Named, person: Named) -> int:
    """What it quotes of the texts above, and the address in whatever it tells of a change. Accounts keep theirs."""
    told = [quotes]
    if address.email:
        told += [
            sa.cast(column, sa.Text).icontains(address.email, autoescape=True)
            for column in (entries.c.before, entries.c.after)
        ]
    query = sa.select(entries.c.id, entries.c.before, entries.c.after, quotes.label("quotes"))
    query = query.where(entries.c.thing != "staff", sa.or_(*told)).order_by(entries.c.id).with_for_update()
    count = 0
    for row in session.execute(query).all():
        mine = person if row.quotes else address
        before, after = mine.out_of(row.before), mine.out_of(row.after)
        if (before, after) != (row.before, row.after):
            session.execute(sa.update(entries).where(entries.c.id == row.id).values(before=before, after=after))
            count += 1
    return count


def _quotes(meetings: Collection[str], messages: Collection[str]) -> sa.ColumnElement[bool]:
    """The entries of the journal that quote what was written to, or noted of, people."""
    of_many = entries.c.what.startswith("filter ") | entries.c.what.startswith("bulk ")
    return sa.or_(
        (entries.c.thing == "message") & entries.c.thing_id.in_(messages),
        (entries.c.thing == "event") & entries.c.thing_id.in_(meetings) & of_many,
    )
