"""Step 2 of nine: a structure stays one to be counted when its name goes. Next: models/erasures.py.

Decision 0514: a mark, the same for one structure within one year, that leads to nobody.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.erasures import YearSalt
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.models.structures import Structure
from services.registration.queries.report import marked, structure_key, year_of


def keep_structures(session: Session, ids: list[uuid.UUID]) -> None:
    """Mark the structures of these registrations, whose names are about to go."""
    theirs = Registration.id.in_(ids) & (Registration.structure != "")
    years = session.scalars(sa.select(year_of(Event)).join(Registration).where(theirs).distinct())
    for year in sorted(years):
        salt = insert(YearSalt).values(year=year, salt=secrets.token_bytes(32))
        session.execute(salt.on_conflict_do_nothing())
    known = (
        sa.select(Registration.id, marked(structure_key(), YearSalt.salt).label("mark"))
        .join(Event, Event.id == Registration.event_id)
        .join(YearSalt, YearSalt.year == year_of(Event))
        .outerjoin(Structure, Structure.id == Registration.structure_id)
        .where(theirs)
        .subquery()
    )
    session.execute(
        sa.update(Registration).where(Registration.id == known.c.id).values(structure_mark=known.c.mark),
        execution_options={"synchronize_session": False},
    )


def forget_salts(session: Session, before: dt.datetime) -> None:
    """Of the years that were over then and have no name left: nothing tells any more which structure a mark is of."""
    named = sa.exists().where(
        Registration.event_id == Event.id,
        ~Registration.email_key.startswith("erased "),
        year_of(Event) == YearSalt.year,
    )
    session.execute(sa.delete(YearSalt).where(YearSalt.year < before.year, ~named))
