"""Step 2 of nine: structures are found, made, dated and merged. Next: services/registration/rules/structures.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.registration.models.registrations import Registration
from services.registration.models.structures import Membership, Structure, StructureMerge, StructureType
from services.registration.rules import structures as rules
from services.registration.rules.choices import N_
from shared import audit
from shared.clock import PARIS
from shared.db import new_id
from shared.errors import NotFound, RuleError


def settle_new(session: Session, now: dt.datetime) -> int:
    """Link the registrations that name a structure and have none yet. Returns how many it looked at.

    Not while somebody registers: a hundred people of one new structure would wait for each other. Each name is looked
    up once, and all are linked at once: it costs every registration otherwise.
    """
    waiting = sa.select(Registration.id, Registration.structure, Registration.actor_type).where(
        Registration.structure != "", Registration.structure_id.is_(None)
    )
    rows = session.execute(
        waiting.order_by(Registration.registered_at, Registration.id).limit(500).with_for_update(skip_locked=True)
    ).all()
    keys = [rules.key(name) for _id, name, _type in rows]
    found = _leads(session, {key for key in keys if key}) if rows else {}
    for key, (_id, name, actor_type) in zip(keys, rows, strict=True):
        if key and key not in found and (made := settle(session, name, actor_type, now)):
            found[key] = made
    linked = [(row.id, found[key]) for key, row in zip(keys, rows, strict=True) if key in found]
    if linked:
        people, leads = map(list, zip(*linked, strict=True))
        session.execute(_LINK, {"people": people, "structures": leads})
    return len(rows)


_LINK = sa.text("""UPDATE registrations SET structure_id = linked.structure
    FROM unnest(CAST(:people AS uuid[]), CAST(:structures AS uuid[])) AS linked (person, structure)
    WHERE registrations.id = linked.person
""")


def settle(session: Session, name: str, actor_type: str, now: dt.datetime) -> uuid.UUID | None:
    """The structure of that name, made when there is none; a merged name leads to the one kept."""
    key = rules.key(name)
    if not key:
        return None
    if found := _named(session, key):
        return found
    values = {"id": new_id(), "name": name, "name_key": key, "known": False, "made_at": now}
    row = insert(Structure).values(**values).on_conflict_do_nothing().returning(Structure.id)
    made = session.scalar(row)
    if made is None:  # somebody of the same structure came first, a moment ago
        return _named(session, key)
    if rules.college(actor_type):
        session.execute(
            sa.insert(StructureType).values(
                id=new_id(), structure_id=made, actor_type=actor_type, since=now.astimezone(PARIS).date()
            )
        )
    return made


def _named(session: Session, key: str) -> uuid.UUID | None:
    return _leads(session, [key]).get(key)


def _leads(session: Session, keys: Collection[str]) -> dict[str, uuid.UUID]:
    """The structure that each of these names leads to; none for a name that no structure has.

    A merge that goes on is waited for, of what bears the name or of what it leads to, and none begins until the
    transaction ends: whom it did not see would stay linked to what is gone. Locked in the order in which `merge` does.
    """
    bears = Structure.name_key.in_(keys)
    ids: sa.CompoundSelect[Any] = sa.union(
        sa.select(Structure.id).where(bears), sa.select(Structure.merged_into).where(bears)
    )
    query = sa.select(Structure.id, Structure.name_key, Structure.merged_into).where(Structure.id.in_(ids))
    rows = session.execute(query.order_by(Structure.id).with_for_update(read=True, key_share=True)).all()
    named = [row for row in rows if row.name_key in keys]
    kept = {row.id for row in rows if row.merged_into is None}
    if any((row.merged_into or row.id) not in kept for row in named):
        return _leads(session, keys)  # merged while its lock was waited for: what it leads to now is locked as well
    named.sort(key=lambda row: row.merged_into is None)  # last the one that bears the name itself, if one does
    return {row.name_key: row.merged_into or row.id for row in named}


def get(session: Session, structure_id: uuid.UUID, *, lock: bool = False) -> Structure:
    found = session.get(Structure, structure_id, with_for_update=lock)
    if found is None or found.merged_into is not None:
        raise NotFound("structure-unknown", N_("Cette structure n’existe pas, ou a été réunie avec une autre."))
    return found


def rename(session: Session, structure_id: uuid.UUID, name: str, known: bool, now: dt.datetime, *, who: str) -> None:
    """Another name, and whether it is proposed to everybody. What people wrote stays as they wrote it."""
    row = get(session, structure_id, lock=True)
    key = rules.key(name)
    if not key or len(name) > 200:
        raise RuleError("structure-name", N_("Écrivez un nom, 200 caractères au plus."), status=422, field="name")
    twin = sa.select(Structure.id).where(
        Structure.name_key == key, Structure.merged_into.is_(None), Structure.id != structure_id
    )
    if session.scalar(twin):
        raise RuleError("structure-twin", N_("Une autre structure porte ce nom : réunissez-les."), field="name")
    before = {"name": row.name, "known": row.known}
    row.name, row.name_key, row.known = name, key, known
    session.flush()
    _record(session, row.id, "structure changed", who, before, {"name": name, "known": known}, now)


def set_type(
    session: Session, structure_id: uuid.UUID, actor_type: str, since: dt.date, now: dt.datetime, *, who: str
) -> None:
    """Another actor type, and so another college, from a day on. What it was before stays, dated."""
    get(session, structure_id, lock=True)
    current = session.scalar(
        sa.select(StructureType).where(StructureType.structure_id == structure_id, StructureType.until.is_(None))
    )
    before = {"type": current.actor_type, "since": current.since.isoformat()} if current else None
    if current and current.actor_type == actor_type:
        return
    if current and since < current.since:
        raise RuleError(
            "type-before",
            N_("Cette date précède celle du type actuel : l’historique ne se réécrit pas."),
            status=422,
            field="since",
        )
    if current:
        current.until = since
        session.flush()
    session.add(StructureType(structure_id=structure_id, actor_type=actor_type, since=since))
    session.flush()
    _record(session, structure_id, "type changed", who, before, {"type": actor_type, "since": since.isoformat()}, now)


def merge(session: Session, kept_id: uuid.UUID, gone_id: uuid.UUID, now: dt.datetime, *, who: str) -> StructureMerge:
    """Two are one: the registrations of the second move to the first. `undo` takes it back."""
    if kept_id == gone_id:
        raise RuleError("structure-itself", N_("Une structure ne se réunit pas avec elle-même."), status=422)
    first, second = sorted((kept_id, gone_id))
    rows = {one: get(session, one, lock=True) for one in (first, second)}
    gone = rows[gone_id]
    moved = list(
        session.scalars(
            sa.update(Registration)
            .where(Registration.structure_id == gone_id)
            .values(structure_id=kept_id)
            .returning(Registration.id)
        )
    )
    session.execute(sa.update(Structure).where(Structure.merged_into == gone_id).values(merged_into=kept_id))
    gone.merged_into = kept_id
    row = StructureMerge(kept_id=kept_id, gone_id=gone_id, moved=sorted(map(str, moved)), who=who, at=now)
    session.add(row)
    session.flush()
    after = {"name": gone.name, "registrations": len(moved)}
    _record(session, kept_id, "structure merged", who, None, after, now)
    return row


def undo(session: Session, merge_id: uuid.UUID, now: dt.datetime, *, who: str) -> StructureMerge:
    """Take a merge back: what moved returns, and what had been merged into it before leads to it again. What was
    registered under the old name since then stays."""
    row = session.get(StructureMerge, merge_id, with_for_update=True)
    if row is None:
        raise NotFound("merge-unknown", N_("Cette réunion n’existe pas."))
    if row.undone_at is not None:
        return row
    gone = session.get_one(Structure, row.gone_id, with_for_update=True)
    if gone.merged_into != row.kept_id:
        raise RuleError(
            "merge-deeper", N_("La structure a été réunie de nouveau depuis : défaites d’abord la dernière.")
        )
    twin = sa.select(Structure.id).where(Structure.name_key == gone.name_key, Structure.merged_into.is_(None))
    if session.scalar(twin):
        raise RuleError("structure-twin", N_("Une autre structure porte ce nom : réunissez-les."))
    gone.merged_into = None
    session.execute(
        sa.update(Structure)
        .where(Structure.id.in_(_within(session, row.gone_id)), Structure.merged_into == row.kept_id)
        .values(merged_into=row.gone_id)
    )
    ids = [uuid.UUID(one) for one in row.moved]
    back = sa.update(Registration).where(Registration.id.in_(ids), Registration.structure_id == row.kept_id)
    session.execute(back.values(structure_id=row.gone_id))
    row.undone_at = now
    session.flush()
    _record(session, row.kept_id, "merge undone", who, {"name": gone.name}, None, now)
    return row


def _within(session: Session, structure_id: uuid.UUID) -> set[uuid.UUID]:
    """What was merged into this one, and into those in turn."""
    found: set[uuid.UUID] = set()
    level = {structure_id}
    while level:
        into = sa.select(StructureMerge.gone_id).where(StructureMerge.kept_id.in_(level))
        level = set(session.scalars(into.where(StructureMerge.undone_at.is_(None)))) - found
        found |= level
    return found


def forget(session: Session, ids: set[uuid.UUID]) -> None:
    """After an erasure: a name that nobody gives any more, and that the staff do not vouch for, may be a person's."""
    used = sa.exists().where(Registration.structure_id == Structure.id)
    other = sa.orm.aliased(Structure)
    target = sa.exists().where(other.merged_into == Structure.id)
    member = sa.exists().where(Membership.structure_id == Structure.id)
    session.execute(
        sa.delete(Structure).where(Structure.id.in_(ids), ~Structure.known, ~used, ~target, ~member),
        execution_options={"synchronize_session": False},
    )


def _record(
    session: Session,
    structure_id: uuid.UUID,
    what: str,
    who: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    audit.record(
        session, who=who, what=what, thing="structure", thing_id=structure_id, before=before, after=after, now=now
    )
