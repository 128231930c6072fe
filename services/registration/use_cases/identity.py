"""Step 2 of nine: the network takes a name from a day on. Next: services/registration/models/identity.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy.orm import Session

from services.registration.models.identity import Identity
from services.registration.rules.choices import N_
from shared import audit
from shared.errors import NotFound

NETWORK = uuid.UUID(int=0)
"""What the journal is about: there is one network."""
_KEPT = ("name", "legal_form", "address", "email")


def keep(session: Session, since: dt.date, values: dict[str, str], now: dt.datetime, *, who: str) -> None:
    """The identity from that day on; one that begins the same day is corrected. values: those of _KEPT."""
    row = session.get(Identity, since)
    before = {name: getattr(row, name) for name in _KEPT} if row else None
    if before == values:
        return
    if row is None:
        session.add(Identity(since=since, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    _record(session, "identity kept", since, before, values, now, who)


def remove(session: Session, since: dt.date, now: dt.datetime, *, who: str) -> None:
    """One that was written by mistake. Raises NotFound when it is not there any more."""
    row = session.get(Identity, since)
    if row is None:
        raise NotFound("identity-unknown", N_("Ce nom n’est plus là."))
    session.delete(row)
    _record(session, "identity removed", since, {name: getattr(row, name) for name in _KEPT}, None, now, who)


def _record(
    session: Session,
    what: str,
    since: dt.date,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
    who: str,
) -> None:
    day = {"since": since.isoformat()}
    audit.record(
        session,
        who=who,
        what=what,
        thing="network",
        thing_id=NETWORK,
        before=before and before | day,
        after=after and after | day,
        now=now,
    )
