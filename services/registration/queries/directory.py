"""The structures of the directory, with what they declared and what their people answered."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.directory import DirectoryPage, DirectoryWork
from services.registration.models.forms import FormAnswer
from services.registration.models.matchmaking import MatchProfile
from services.registration.models.registrations import Registration
from services.registration.models.structures import Membership, Structure, StructureType
from services.registration.rules.directory import Entry, Work
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.people import fold
from services.registration.rules.question_library import GOALS

_LEAD = sa.func.coalesce(Structure.merged_into, Structure.id)


def entries(session: Session, today: dt.date, *, public: bool = False) -> list[Entry]:
    """Each structure that the staff vouch for, that has a page, or whose people said where it works.

    public: only those that agreed, with what they declared, and no person. Seven statements, three for the public.
    """
    pages: dict[uuid.UUID, DirectoryPage] = {}
    for lead, row in session.execute(_own(DirectoryPage)):
        pages.setdefault(lead, row)
    works: dict[uuid.UUID, dict[tuple[str, str], Work]] = defaultdict(dict)
    for lead, row in session.execute(_own(DirectoryWork)):
        works[lead].setdefault((row.kind, row.key), _work(row))
    homes: dict[uuid.UUID, str] = {}
    speakers: dict[uuid.UUID, str] = {}
    if not public:
        for lead, work in _answered(session):
            works[lead].setdefault((work.kind, fold(work.key) if work.kind == "place" else work.key), work)
        homes = _homes(session)
        for lead, member in session.execute(_own(Membership).where(Membership.until.is_(None))):
            speakers.setdefault(lead, member.representative)
    query = (
        sa.select(Structure, StructureType.actor_type)
        .outerjoin(StructureType, (StructureType.structure_id == Structure.id) & StructureType.held_on(today))
        .where(Structure.merged_into.is_(None))
    )
    found = []
    for row, actor_type in session.execute(query):
        page = pages.get(row.id)
        agreed = page is not None and page.agreed_on is not None
        if (public and not agreed) or not (row.known or page or works.get(row.id)):
            continue
        found.append(
            Entry(
                row.id,
                row.name,
                actor_type or "",
                (page.department if page else "") or homes.get(row.id, ""),
                tuple(works.get(row.id, {}).values()),
                page.email if page else "",
                page.phone if page else "",
                page.website if page else "",
                agreed,
                speakers.get(row.id, ""),
            )
        )
    return found


def page_of(session: Session, structure_id: uuid.UUID) -> DirectoryPage | None:
    """Its own; where it has none, that of a structure that was merged into it."""
    return session.scalars(_own(DirectoryPage, structure_id).with_only_columns(DirectoryPage).limit(1)).first()


def reached_at(session: Session, email: str) -> list[str]:
    """The structures that the directory reaches at this address, by name."""
    query = (
        sa.select(Structure.name)
        .join(DirectoryPage, DirectoryPage.structure_id == Structure.id)
        .where(DirectoryPage.email != "", sa.func.lower(DirectoryPage.email) == email.lower())
        .order_by(Structure.name_key, Structure.id)
    )
    return list(session.scalars(query))


def declared(session: Session, structure_id: uuid.UUID) -> list[DirectoryWork]:
    """What it works on, places first by name; each once, also when a merged structure said it too."""
    rows = session.scalars(_own(DirectoryWork, structure_id).with_only_columns(DirectoryWork))
    once: dict[tuple[str, str], DirectoryWork] = {}
    for row in rows:
        once.setdefault((row.kind, row.key), row)
    order = {"zone": 0, "place": 1, "goal": 2}
    return sorted(once.values(), key=lambda one: (order[one.kind], one.key.zfill(2)))


def answered(session: Session, structure_id: uuid.UUID) -> list[Work]:
    """What its people answered about where they work, and on what; each once."""
    once = {(work.kind, fold(work.key)): work for _lead, work in _answered(session, structure_id)}
    return list(once.values())


def _own(model: Any, structure_id: uuid.UUID | None = None) -> sa.Select[Any]:
    """(structure of today, row), its own row before those of structures merged into it."""
    query = sa.select(_LEAD, model).join(Structure, Structure.id == model.structure_id)
    query = query.order_by(Structure.merged_into.is_not(None), Structure.id)
    return query.where(_LEAD.is_not_distinct_from(structure_id)) if structure_id else query


def _work(row: DirectoryWork) -> Work:
    return Work(row.kind, row.said or row.key, row.since, row.source)


def _answered(session: Session, structure_id: uuid.UUID | None = None) -> list[tuple[uuid.UUID, Work]]:
    """From the forms and from who wants to be found by those who work alike. Two statements."""
    living = (Registration.status != "cancelled") & Registration.structure_id.is_not(None)
    if structure_id:
        living &= Registration.structure_id == structure_id
    said = (
        sa.select(Registration.structure_id, FormAnswer.question, FormAnswer.value)
        .join(FormAnswer, FormAnswer.registration_id == Registration.id)
        .where(living, FormAnswer.question.in_(("countries", "themes")), ~FormAnswer.sensitive)
    )
    found: list[tuple[Any, Work]] = []
    for lead, question, value in session.execute(said):
        for key in value if isinstance(value, list) else ():
            kind, known = ("zone", str(key).upper()) if question == "countries" else ("goal", str(key))
            if known in (ZONES if kind == "zone" else GOALS):
                found.append((lead, Work(kind, known, declared=False)))
    alike = sa.select(Registration.structure_id, MatchProfile).join(
        Registration, Registration.id == MatchProfile.registration_id
    )
    for lead, profile in session.execute(alike.where(living)):
        found += [(lead, Work("zone", key, declared=False)) for key in profile.zones if key in ZONES]
        if fold(profile.place):
            found.append((lead, Work("place", profile.place, declared=False)))
    return found


def _homes(session: Session) -> dict[uuid.UUID, str]:
    """The département that most of its people come from."""
    counted: dict[Any, Counter[str]] = defaultdict(Counter)
    query = (
        sa.select(Registration.structure_id, Registration.department, sa.func.count())
        .where(Registration.structure_id.is_not(None), Registration.status != "cancelled")
        .where(Registration.department.not_in(("", "other", "unsaid")))
        .group_by(Registration.structure_id, Registration.department)
        .order_by(Registration.department)
    )
    for lead, department, number in session.execute(query):
        counted[lead][department] = number
    return {lead: numbers.most_common(1)[0][0] for lead, numbers in counted.items()}
