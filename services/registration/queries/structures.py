"""Structures: what is proposed while somebody types, what the staff see."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from services.registration.models.assembly import Assembly, AssemblyVoter
from services.registration.models.events import Event
from services.registration.models.forms import FormAnswer
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.models.registrations import Registration
from services.registration.models.structures import Structure, StructureMerge, StructureNews, StructureType
from services.registration.queries.attendance import came
from services.registration.queries.forms import version
from services.registration.rules.choices import DEPARTMENTS
from services.registration.rules.form_answers import said_in
from services.registration.rules.question_library import LIBRARY
from services.registration.rules.structures import core, key

LEAST, MOST = 2, 8


def proposed(session: Session, typed: str) -> list[str]:
    """Names that hold what was typed, accents aside: only those of the staff, or that two addresses gave.

    A name that one person gave may be that person's: it is proposed to nobody.
    """
    wanted = key(typed)
    if len(wanted) < LEAST:
        return []
    given = sa.select(sa.func.count(sa.distinct(Registration.email_key))).where(
        Registration.structure_id == Structure.id, Registration.status != "cancelled"
    )
    query = (
        sa.select(Structure.name)
        .where(Structure.merged_into.is_(None), Structure.name_key.contains(wanted, autoescape=True))
        .where(Structure.known | (given.scalar_subquery() > 1))
        .order_by(Structure.name_key.startswith(wanted, autoescape=True).desc(), Structure.name_key)
        .limit(MOST)
    )
    return list(session.scalars(query))


@dataclass(frozen=True)
class Row:
    """where: the countries and territories that its people named."""

    structure: Structure
    actor_type: str
    people: int
    events: int
    where: tuple[str, ...] = ()


def listed(
    session: Session, today: dt.date, search: str = "", *, names_only: bool = False, limit: int = 100
) -> list[Row]:
    """Structures that every word leads to, those that come most often first. Two statements.

    A word begins one of the name (« eau » is not in « bureau »), and unless names_only of the département, what its
    people answered about where they work and on what, or the titles of its projects and articles. Accents do not count.
    """
    living = sa.func.count(Registration.id).filter(Registration.status != "cancelled")
    query = (
        sa.select(Structure, StructureType.actor_type, living, sa.func.count(sa.distinct(Registration.event_id)))
        .outerjoin(StructureType, (StructureType.structure_id == Structure.id) & StructureType.held_on(today))
        .outerjoin(Registration, Registration.structure_id == Structure.id)
        .where(Structure.merged_into.is_(None))
        .group_by(Structure.id, StructureType.actor_type)
        .order_by(living.desc(), Structure.name_key, Structure.id)
        .limit(limit)
    )
    for word in key(search).split()[:6]:
        named = Structure.name_key.regexp_match(_begins(word))
        query = query.where(named if names_only else named | _leads_to(word))
    rows = session.execute(query).all()
    where = {} if names_only else _where(session, [row[0].id for row in rows])
    return [Row(row[0], row[1] or "", row[2], row[3], where.get(row[0].id, ())) for row in rows]


_SEARCHED = ("countries", "themes")
"""The library's questions about where people work, and on what."""
_ACCENTS = ("àâäáãçéèêëíîïóôöõúùûüÿñ’", "aaaaaceeeeiiioooouuuuyn'")


def _folded(column: Any) -> sa.ColumnElement[str]:
    """As `key` folds a word."""
    return sa.func.translate(sa.func.replace(sa.func.lower(column), "œ", "oe"), *_ACCENTS)


def _begins(word: str) -> str:
    """A regular expression of PostgreSQL: a word that begins so. Signs, and letters that not every database takes for
    letters, may stand anywhere."""
    return (r"\m" if word[0].isascii() and word[0].isalnum() else "") + re.escape(word)


def _leads_to(word: str) -> sa.ColumnElement[bool]:
    """Whether a word stands in what is known of a structure besides its name."""
    begins = _begins(word)
    codes = [code for code, name in DEPARTMENTS.items() if re.search(rf"\b{re.escape(word)}", key(name))]
    person, other = aliased(Registration), aliased(Structure)
    own = sa.select(person.id).where(person.structure_id == Structure.id, person.status != "cancelled")
    spoken = _folded(FormAnswer.said).regexp_match(begins)
    for asked in _SEARCHED:  # also by who answered in English
        options = LIBRARY[asked].options
        chosen = [one.key for one in options if re.search(rf"\b{re.escape(word)}", key(one.words.fr))]
        if chosen:
            spoken |= (FormAnswer.question == asked) & FormAnswer.value.has_any(sa.cast(chosen, ARRAY(sa.Text)))
    answered = own.join(FormAnswer, FormAnswer.registration_id == person.id).where(
        FormAnswer.question.in_(_SEARCHED), ~FormAnswer.sensitive, spoken
    )
    told = (
        sa.select(StructureNews.thing)
        .join(other, other.name_key == StructureNews.name_key)
        .where(sa.func.coalesce(other.merged_into, other.id) == Structure.id)
        .where(_folded(StructureNews.title).regexp_match(begins))
    )
    found = answered.exists() | told.exists()
    return found | own.where(person.department.in_(codes)).exists() if codes else found


def _where(session: Session, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID | None, tuple[str, ...]]:
    query = (
        sa.select(Registration.structure_id, FormAnswer.version_id, FormAnswer.value, FormAnswer.said)
        .join(FormAnswer, FormAnswer.registration_id == Registration.id)
        .where(Registration.structure_id.in_(ids), Registration.status != "cancelled")
        .where(FormAnswer.question == _SEARCHED[0], ~FormAnswer.sensitive)
        .distinct()
    )
    found: dict[uuid.UUID | None, set[str]] = {}
    for structure_id, version_id, value, kept in session.execute(query):
        said = said_in(version(session, version_id).get(_SEARCHED[0]), value, kept, "fr")
        found.setdefault(structure_id, set()).update(one.strip() for one in said.split(" · ") if one.strip())
    return {structure_id: tuple(sorted(names)) for structure_id, names in found.items()}


def alike(session: Session) -> list[list[Structure]]:
    """Groups of names that may be one structure: the same words once « association », « les », « de » are gone."""
    rows = session.scalars(sa.select(Structure).where(Structure.merged_into.is_(None)).order_by(Structure.name_key))
    groups: dict[str, list[Structure]] = {}
    for row in rows:
        groups.setdefault(core(row.name_key), []).append(row)
    return [group for group in groups.values() if len(group) > 1][:20]


@dataclass(frozen=True)
class Visit:
    """One registration under a structure's name."""

    registration: Registration
    event: Event
    came: bool


def visits(session: Session, structure_id: uuid.UUID) -> list[Visit]:
    """Who came, or means to, the latest event first."""
    query = (
        sa.select(Registration, Event, came())
        .join(Event, Event.id == Registration.event_id)
        .where(Registration.structure_id == structure_id)
        .order_by(Event.starts_at.desc(), Registration.name_key, Registration.id)
        .limit(500)
    )
    return [Visit(row[0], row[1], row[2]) for row in session.execute(query)]


def types(session: Session, structure_id: uuid.UUID) -> Sequence[StructureType]:
    query = sa.select(StructureType).where(StructureType.structure_id == structure_id)
    return session.scalars(query.order_by(StructureType.since.desc(), StructureType.until.desc().nulls_first())).all()


def merges(session: Session, structure_id: uuid.UUID) -> list[tuple[StructureMerge, str]]:
    """What was merged into this one, with the name that is gone; the latest first."""
    query = (
        sa.select(StructureMerge, Structure.name)
        .join(Structure, Structure.id == StructureMerge.gone_id)
        .where(StructureMerge.kept_id == structure_id, StructureMerge.undone_at.is_(None))
        .order_by(StructureMerge.at.desc(), StructureMerge.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def _names(structure_id: uuid.UUID) -> sa.Select[str]:
    """Its name and those that were merged into it, as names are compared."""
    own = (Structure.id == structure_id) | (Structure.merged_into == structure_id)
    return sa.select(Structure.name_key).where(own)


def told(session: Session, structure_id: uuid.UUID) -> list[StructureNews]:
    """What the jury and the mailer told, under its name or one that was merged into it; the latest first."""
    query = sa.select(StructureNews).where(StructureNews.name_key.in_(_names(structure_id)))
    return list(session.scalars(query.order_by(StructureNews.at.desc(), StructureNews.position).limit(500)))


@dataclass(frozen=True)
class Seat:
    """Who stands for a structure in an assembly or a group. Both write its name: it is compared as everywhere."""

    person: str
    college: str = ""
    assembly: Assembly | None = None
    group: ExchangeGroup | None = None


def seats(session: Session, structure_id: uuid.UUID) -> list[Seat]:
    """In assemblies, rehearsals aside, the latest first; then in exchange groups, for who is a member now."""
    own = set(session.scalars(_names(structure_id)))
    voters = (
        sa.select(AssemblyVoter, Assembly)
        .join(Assembly, Assembly.id == AssemblyVoter.assembly_id)
        .where(~Assembly.rehearsal)
        .order_by(Assembly.held_at.desc(), AssemblyVoter.id)
        .limit(5000)
    )
    members = (
        sa.select(GroupMember, ExchangeGroup)
        .join(ExchangeGroup, ExchangeGroup.id == GroupMember.group_id)
        .where(GroupMember.left_at.is_(None), GroupMember.structure != "")
        .order_by(ExchangeGroup.name, GroupMember.last_name, GroupMember.id)
        .limit(5000)
    )
    return [
        *(Seat(v.representative, v.college, assembly=a) for v, a in session.execute(voters) if key(v.structure) in own),
        *(Seat(m.full_name, group=g) for m, g in session.execute(members) if key(m.structure) in own),
    ]
