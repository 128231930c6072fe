"""Appointments with structures: those of one, what waits, and how many in a period."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.registrations import Registration
from services.registration.models.structures import Structure, StructureNews
from services.registration.models.support import SupportAppointment
from services.registration.rules.people import fold, may_name
from services.registration.rules.support import AHEAD_DAYS, names


@dataclass(frozen=True)
class Row:
    """structure: the one of today, also when the appointment was with one that was merged into it."""

    structure: Structure
    appointment: SupportAppointment


def _rows() -> sa.Select[Structure, SupportAppointment]:
    own, lead = aliased(Structure), Structure
    return (
        sa.select(lead, SupportAppointment)
        .join(own, own.id == SupportAppointment.structure_id)
        .join(lead, lead.id == sa.func.coalesce(own.merged_into, own.id))
    )


def of_structure(session: Session, structure_id: uuid.UUID) -> list[SupportAppointment]:
    """The latest first."""
    query = _rows().where(Structure.id == structure_id)
    query = query.order_by(SupportAppointment.held_on.desc(), SupportAppointment.id.desc()).limit(200)
    return [row[1] for row in session.execute(query)]


def waiting(session: Session, today: dt.date) -> list[Row]:
    """Next steps that are late or due within a week, the longest awaited first."""
    until = today + dt.timedelta(days=AHEAD_DAYS)
    query = (
        _rows()
        .where(SupportAppointment.done_at.is_(None), SupportAppointment.next_on <= until)
        .order_by(SupportAppointment.next_on, SupportAppointment.id)
        .limit(200)
    )
    return [Row(row[0], row[1]) for row in session.execute(query)]


def latest(session: Session) -> list[Row]:
    """The last fifty appointments of all."""
    query = _rows().order_by(SupportAppointment.held_on.desc(), SupportAppointment.id.desc()).limit(50)
    return [Row(row[0], row[1]) for row in session.execute(query)]


def counted(session: Session, first: dt.date, after: dt.date) -> tuple[int, int]:
    """Structures and appointments in [first, after); a structure counts once."""
    own = aliased(Structure)
    lead = sa.func.coalesce(own.merged_into, own.id)
    query = (
        sa.select(sa.func.count(lead.distinct()), sa.func.count(SupportAppointment.id))
        .join(own, own.id == SupportAppointment.structure_id)
        .where(SupportAppointment.held_on >= first, SupportAppointment.held_on < after)
    )
    row = session.execute(query).one()
    return row[0], row[1]


def with_them(one: SupportAppointment, email: str, name: str) -> bool:
    """Whether an appointment was with the person of this address. name: theirs, "" when it serves nobody else."""
    return bool(one.email) and one.email.lower() == email.lower() and may_name(name, one.person)


def dossiers(session: Session, structure_id: uuid.UUID) -> list[str]:
    """The projects that the jury told of, to choose from; the latest first, each title once."""
    own = (Structure.id == structure_id) | (Structure.merged_into == structure_id)
    names_of = sa.select(Structure.name_key).where(own)
    query = sa.select(StructureNews.title).where(StructureNews.kind == "application")
    query = query.where(StructureNews.name_key.in_(names_of)).order_by(StructureNews.at.desc()).limit(50)
    return list(dict.fromkeys(session.scalars(query)))


def about(
    session: Session,
    email: str,
    name: str,
    structures: Collection[uuid.UUID] | None = None,
    *,
    alone: bool = False,
) -> list[Row]:
    """The appointments with a person, and those with their structures whose text names them.

    name: theirs. structures: those that they registered for; None: look. alone: the address serves nobody else.
    A name and a structure are typed by whoever registers: where another address is known for that name there, a text
    that names it is not taken for theirs.
    """
    if structures is None:
        mine = sa.select(Registration.structure_id).where(
            Registration.email_key == email.lower(), Registration.structure_id.is_not(None)
        )
        structures = {one for one in session.scalars(mine) if one}
    same = (SupportAppointment.email != "") & (sa.func.lower(SupportAppointment.email) == email.lower())
    query = _rows().where(same | Structure.id.in_(structures)).order_by(SupportAppointment.held_on.desc())
    rows = [Row(row[0], row[1]) for row in session.execute(query)]
    doubted = not alone and _known_elsewhere(session, email, name, structures, rows)
    return [
        row
        for row in rows
        if with_them(row.appointment, email, "" if alone else name)
        or (not doubted and names(_text(row.appointment), name))
    ]


def _text(one: SupportAppointment) -> str:
    return f"{one.person} {one.note} {one.next_step}"


def _known_elsewhere(
    session: Session, email: str, name: str, structures: Collection[uuid.UUID], rows: Collection[Row]
) -> bool:
    """Whether somebody of this name, at these structures, has another address."""
    met = (row.appointment for row in rows if row.appointment.email.lower() not in ("", email.lower()))
    if any(names(one.person, name) for one in met):
        return True
    namesake = sa.exists().where(
        Registration.structure_id.in_(structures),
        Registration.name_key == fold(name),
        Registration.email_key != email.lower(),
    )
    return bool(session.scalar(sa.select(namesake)))
