"""What was done anywhere in the network, by whom, and about which thing."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.accounts import StaffAccount
from services.registration.models.assembly import Assembly
from services.registration.models.events import Event, Workshop
from services.registration.models.groups import ExchangeGroup
from services.registration.models.invitations import InvitationRound
from services.registration.models.messages import StaffMessage
from services.registration.models.registrations import Registration
from services.registration.models.structures import Structure
from shared.audit import audit_entries

AT_ONCE = 100
_NAMED: dict[str, sa.Select[uuid.UUID, str, str]] = {
    "event": sa.select(Event.id, Event.title, Event.slug),
    "workshop": sa.select(Workshop.id, Workshop.title, sa.literal("")),
    "message": sa.select(StaffMessage.id, StaffMessage.subject, Event.slug).join(
        Event, Event.id == StaffMessage.event_id
    ),
    "invitation_round": sa.select(InvitationRound.id, Event.title, Event.slug).join(
        Event, Event.id == InvitationRound.event_id
    ),
    "assembly": sa.select(Assembly.id, Assembly.title, sa.literal("")),
    "group": sa.select(ExchangeGroup.id, ExchangeGroup.name, ExchangeGroup.slug),
    "structure": sa.select(Structure.id, Structure.name, sa.literal("")),
    "registration": sa.select(Registration.id, Registration.reference, sa.literal("")),
    "staff": sa.select(StaffAccount.id, StaffAccount.name, sa.literal("")),
}


@dataclass(frozen=True)
class Entry:
    """row: of the audit. name: of the thing, as it is called today, "" when it is no more; slug: of its address."""

    row: sa.Row[Any]
    name: str
    slug: str


def entries(session: Session, things: Collection[str], *, before: uuid.UUID | None = None) -> tuple[list[Entry], bool]:
    """Newest first, at most AT_ONCE, and whether there is more. before: only what is older than that entry."""
    query = sa.select(audit_entries).where(audit_entries.c.thing.in_(things))
    if before is not None:
        query = query.where(audit_entries.c.id < before)
    rows = session.execute(query.order_by(audit_entries.c.id.desc()).limit(AT_ONCE + 1)).all()
    named: dict[tuple[str, str], tuple[str, str]] = {}
    for thing in {row.thing for row in rows} & _NAMED.keys():
        known = _NAMED[thing]
        ids = {uuid.UUID(row.thing_id) for row in rows if row.thing == thing}
        found = session.execute(known.where(known.selected_columns.id.in_(ids)))
        named |= {(thing, str(id)): (name, slug) for id, name, slug in found}
    shown = [Entry(row, *named.get((row.thing, row.thing_id), ("", ""))) for row in rows[:AT_ONCE]]
    return shown, len(rows) > AT_ONCE
