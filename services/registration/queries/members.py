"""The members of the network on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from services.registration.models.structures import Membership, Structure, StructureType
from services.registration.rules.people import may_name


@dataclass(frozen=True)
class Row:
    """A membership under the structure of today. actor_type: that of the structure on the day, "" for none."""

    structure: Structure
    membership: Membership
    actor_type: str


def leads(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Each of these structures with the one that it is today: itself, or the one it was merged into."""
    today = sa.func.coalesce(Structure.merged_into, Structure.id)
    return {row[0]: row[1] for row in session.execute(sa.select(Structure.id, today).where(Structure.id.in_(ids)))}


def membership_of(session: Session, structure_id: uuid.UUID) -> Membership | None:
    """Its own; where it has none, that of a structure that was merged into it."""
    theirs = sa.or_(Structure.id == structure_id, Structure.merged_into == structure_id)
    query = sa.select(Membership).join(Structure, Structure.id == Membership.structure_id).where(theirs)
    return session.scalar(query.order_by(Structure.merged_into.nulls_first(), Structure.id).limit(1))


def spoken_for(session: Session, email: str, name: str = "") -> list[tuple[str, Membership]]:
    """The members that the person of this address speaks for, by name. name: theirs, if the address may be shared."""
    query = (
        sa.select(Structure.name, Membership)
        .join(Structure, Structure.id == Membership.structure_id)
        .where(sa.func.lower(Membership.email) == email.lower(), Membership.email != "")
        .order_by(Structure.name_key, Structure.id)
    )
    return [(row[0], row[1]) for row in session.execute(query) if may_name(name, row[1].representative)]


def members(session: Session, on: dt.date | None, today: dt.date) -> list[Row]:
    """Members on that day by name, one row a structure; on None: all, also those who left, with today's type.

    Two merged structures that were both members are one: its own membership, else any.
    """
    own, lead = aliased(Structure), aliased(Structure)
    day = on or today
    query = (
        sa.select(lead, Membership, StructureType.actor_type)
        .join(own, own.id == Membership.structure_id)
        .join(lead, lead.id == sa.func.coalesce(own.merged_into, own.id))
        .outerjoin(
            StructureType,
            (StructureType.structure_id == lead.id) & StructureType.held_on(day),
        )
        .order_by(lead.name_key, lead.id, own.merged_into.nulls_first(), own.id)
    )
    if on:
        query = query.where(Membership.since <= on, Membership.until.is_(None) | (Membership.until > on))
    found: dict[uuid.UUID, Row] = {}
    for structure, membership, actor_type in session.execute(query):
        found.setdefault(structure.id, Row(structure, membership, actor_type or ""))
    return list(found.values())
