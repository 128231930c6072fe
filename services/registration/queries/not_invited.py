"""Who wants no invitation any more: by name where we still know one, else counted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation, InvitationStop
from services.registration.models.orm import HASHED
from services.registration.models.registrations import Registration

MOST = 500
"""Lines on the page, the latest first."""


@dataclass(frozen=True)
class Stopped:
    name: str
    email: str
    since: dt.datetime


def named(table: type[GroupMember] | type[Registration] | type[Invitation]) -> sa.Select[str, str, str, str]:
    """Hash, names and address of those of this table who are stopped, the latest row last. The indexes of the hashes
    lead there: no address is hashed for it."""
    stop = InvitationStop.email_hash
    same = table.email_hash == stop if table is Invitation else sa.func.decode(stop, "hex") == HASHED
    query = sa.select(stop, table.first_name, table.last_name, table.email).join(table, same)
    return query.order_by(table.id)


def stopped(session: Session) -> tuple[list[Stopped], int]:
    """Those whose address an invitation, a registration or a group still holds, the latest first, and how many others
    there are: of these only the hash is kept. Four statements."""
    query = sa.select(InvitationStop.email_hash, InvitationStop.stopped_at)
    since = {row[0]: row[1] for row in session.execute(query.order_by(InvitationStop.stopped_at.desc()))}
    known: dict[str, tuple[str, str]] = {}
    for table in (GroupMember, Registration, Invitation) if since else ():
        for one, first_name, last_name, email in session.execute(named(table)):
            known[one] = (f"{first_name} {last_name}".strip(), email)
    found = [Stopped(*known[one], at) for one, at in since.items() if one in known]
    return found[:MOST], len(since) - len(found)
