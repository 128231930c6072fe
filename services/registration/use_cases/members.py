"""Step 2 of nine: who is a member, until when its fees are paid, and who speaks for it. Next: rules/structures.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.structures import Membership, StructureType
from services.registration.queries.members import membership_of, spoken_for
from services.registration.rules.choices import N_
from services.registration.rules.structures import college
from services.registration.use_cases import structures
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError

_FIELDS = "since until paid_until representative email".split()


@dataclass(frozen=True)
class Draft:
    """until: the first day it is no member any more."""

    since: dt.date
    until: dt.date | None = None
    paid_until: dt.date | None = None
    representative: str = ""
    email: str = ""


@dataclass(frozen=True)
class Line:
    """One member as a list says it. What is empty changes nothing."""

    structure: str
    actor_type: str = ""
    representative: str = ""
    email: str = ""
    paid_until: dt.date | None = None


@dataclass
class Entered:
    """otherwise: structures whose actor type is another than the list says; it stays. gone: those that left before."""

    new: int = 0
    changed: int = 0
    same: int = 0
    otherwise: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def write(session: Session, structure_id: uuid.UUID, draft: Draft, now: dt.datetime, *, who: str) -> None:
    """Make a structure a member, or correct what is known of its membership."""
    if draft.until and draft.until < draft.since:
        raise RuleError("until-before", N_("La fin de l’adhésion précède son début."), status=422, field="until")
    structure = structures.get(session, structure_id, lock=True)
    structure.known = True  # a member is vouched for
    found = session.get(Membership, structure_id)
    before = _said(found)
    row = found or Membership(structure_id=structure_id)
    for name in _FIELDS:
        setattr(row, name, getattr(draft, name))
    session.add(row)
    session.flush()
    if _said(row) != before:
        _record(session, structure_id, before, _said(row), now, who)


def enter(session: Session, lines: Iterable[Line], now: dt.datetime, *, who: str) -> Entered:
    """A list of members: structures are found by name or made. The same again changes nothing; nobody is removed."""
    today, done = now.astimezone(PARIS).date(), Entered()
    for line in lines:
        structure_id = structures.settle(session, line.structure, line.actor_type, now)
        assert structure_id is not None  # the form refuses a line without a name
        kind = session.scalar(
            sa.select(StructureType.actor_type).where(
                StructureType.structure_id == structure_id, StructureType.until.is_(None)
            )
        )
        if kind is None and college(line.actor_type):
            structures.set_type(session, structure_id, line.actor_type, today, now, who=who)
        elif line.actor_type and line.actor_type != kind:
            done.otherwise.append(line.structure)
        found = membership_of(session, structure_id)
        if found and found.until and found.until <= today:
            done.gone.append(line.structure)
        draft = Draft(
            since=found.since if found else today,
            until=found.until if found else None,
            paid_until=line.paid_until or (found.paid_until if found else None),
            representative=line.representative or (found.representative if found else ""),
            email=line.email or (found.email if found else ""),
        )
        if found is None:
            done.new += 1
        elif _said(found) == _said(draft):
            done.same += 1
            continue
        else:
            done.changed += 1
        write(session, structure_id, draft, now, who=who)
    return done


def forget(session: Session, email: str, name: str = "") -> int:
    """Take a person out of the memberships they speak for; the structure stays a member. Returns how many.

    name: theirs; who represents a structure under the same address and another name stays."""
    theirs = spoken_for(session, email, name)
    for _structure, membership in theirs:
        membership.representative = membership.email = ""
    session.flush()
    return len(theirs)


def expire(session: Session, long_ago: dt.datetime, *, dry_run: bool = False) -> int:
    """Who spoke for a structure that left the network before `long_ago` is forgotten, or counted. Returns how many."""
    told = (Membership.representative != "") | (Membership.email != "")
    query = sa.select(Membership).where(Membership.until < long_ago.astimezone(PARIS).date(), told)
    found = list(session.scalars(query))
    if not dry_run:
        for one in found:
            one.representative = one.email = ""
        session.flush()
    return len(found)


def _said(row: Membership | Draft | None) -> dict[str, Any] | None:
    if row is None:
        return None
    values = {name: getattr(row, name) for name in _FIELDS}
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()}


def _record(
    session: Session,
    structure_id: uuid.UUID,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
    who: str,
) -> None:
    """Without the person: who spoke for it is on the membership, and leaves with it."""
    kept = [
        {k: v for k, v in one.items() if k not in ("representative", "email")} if one else None
        for one in (before, after)
    ]
    audit.record(
        session,
        who=who,
        what="membership written",
        thing="structure",
        thing_id=structure_id,
        before=kept[0],
        after=kept[1],
        now=now,
    )
