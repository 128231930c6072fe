"""Step 2 of nine: appointments with structures are noted, followed up and forgotten. Next: rules/support.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.support import SupportAppointment
from services.registration.queries.support import about, with_them
from services.registration.rules import support as rules
from services.registration.rules.choices import N_
from services.registration.rules.erasure import years_before
from services.registration.use_cases import structures
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError


@dataclass(frozen=True)
class Draft:
    """An appointment as the form gives it."""

    held_on: dt.date
    kind: str
    adviser: str
    person: str = ""
    email: str = ""
    dossier: str = ""
    note: str = ""
    next_step: str = ""
    next_on: dt.date | None = None


def note(session: Session, structure_id: uuid.UUID, draft: Draft, now: dt.datetime, *, who: str) -> SupportAppointment:
    """Write an appointment down. Raises RuleError, beside the field."""
    _check(draft, now)
    structure = structures.get(session, structure_id, lock=True)
    structure.known = True  # the staff spoke with it
    row = SupportAppointment(structure_id=structure_id, **asdict(draft))
    session.add(row)
    session.flush()
    _record(session, row, "appointment noted", now, who)
    return row


def change(session: Session, appointment_id: uuid.UUID, draft: Draft, now: dt.datetime, *, who: str) -> None:
    """Correct an appointment; another day for what comes next makes it wait again."""
    _check(draft, now)
    row = get(session, appointment_id, lock=True)
    if draft.next_on != row.next_on:
        row.done_at = None
    for name, value in asdict(draft).items():
        setattr(row, name, value)
    session.flush()
    _record(session, row, "appointment changed", now, who)


def settle(session: Session, appointment_id: uuid.UUID, now: dt.datetime, *, who: str) -> SupportAppointment:
    """The next step was taken. Again changes nothing."""
    row = get(session, appointment_id, lock=True)
    if row.done_at is None:
        row.done_at = now
        session.flush()
        _record(session, row, "next step taken", now, who)
    return row


def get(session: Session, appointment_id: uuid.UUID, *, lock: bool = False) -> SupportAppointment:
    found = session.get(SupportAppointment, appointment_id, with_for_update=lock)
    if found is None:
        raise NotFound("appointment-unknown", N_("Ce rendez-vous n’existe pas."))
    return found


def forget(
    session: Session, email: str, name: str, structure_ids: Collection[uuid.UUID], *, alone: bool = False
) -> int:
    """Take a person out of the appointments: theirs lose their text, others their name. Returns how many.

    alone: the address serves nobody else."""
    found = [row.appointment for row in about(session, email, name, structure_ids, alone=alone)]
    for one in found:
        if with_them(one, email, "" if alone else name):
            _empty(one)
        else:
            one.person = "" if rules.names(one.person, name) else one.person
            one.note, one.next_step = rules.without(one.note, name), rules.without(one.next_step, name)
    session.flush()
    return len(found)


def expire(session: Session, now: dt.datetime, *, dry_run: bool = False) -> int:
    """What names people in an appointment goes three years after it, or is counted. Returns how many."""
    old = years_before(now, rules.NOTES_KEPT_YEARS).astimezone(PARIS).date()
    texts = ("person", "email", "note", "next_step")
    told = sa.or_(*(getattr(SupportAppointment, name) != "" for name in texts))
    rows = list(session.scalars(sa.select(SupportAppointment).where(SupportAppointment.held_on < old, told)))
    if not dry_run:
        for one in rows:
            _empty(one)
        session.flush()
    return len(rows)


def _empty(row: SupportAppointment) -> None:
    row.person = row.email = row.note = row.next_step = ""
    row.next_on = None


def _check(draft: Draft, now: dt.datetime) -> None:
    today = now.astimezone(PARIS).date()
    wrong = [
        ("kind", draft.kind not in rules.KINDS, N_("Choisissez dans la liste.")),
        ("held_on", draft.held_on > today, N_("Ce jour est à venir : notez-le comme suite d’un rendez-vous passé.")),
        (
            "next_on",
            draft.next_on is not None and draft.next_on < draft.held_on,
            N_("La suite vient après le rendez-vous."),
        ),
        (
            "next_on",
            bool(draft.next_step) and draft.next_on is None,
            N_("Dites pour quand : la liste du lundi le rappelle."),
        ),
        (
            "next_step",
            draft.next_on is not None and not draft.next_step,
            N_("Dites en quelques mots ce qu’il faut faire."),
        ),
    ]
    for field, bad, words in wrong:
        if bad:
            raise RuleError("appointment-wrong", words, status=422, field=field)


def _record(session: Session, row: SupportAppointment, what: str, now: dt.datetime, who: str) -> None:
    """That it was done, on the structure's page; never the words, which leave with the people they name."""
    after = {"held_on": row.held_on.isoformat(), "kind": row.kind}
    audit.record(
        session, who=who, what=what, thing="structure", thing_id=row.structure_id, before=None, after=after, now=now
    )
