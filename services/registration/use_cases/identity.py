"""Step 2 of nine: the network takes a name from a day on. Next: services/registration/models/identity.py."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.models.identity import Identity
from services.registration.rules.choices import N_
from shared import audit
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.messaging.tables import outbox_sequences
from shared.network import NETWORK

_UNTOLD = sa.select(sa.exists(sa.select(Identity.since))).where(
    ~sa.exists().where(outbox_sequences.c.thing == str(NETWORK))
)
_KEPT = ("name", "legal_form", "address", "email")


def keep(session: Session, since: dt.date, values: dict[str, str], now: dt.datetime, *, who: str) -> None:
    """The identity from that day on; one that begins the same day is corrected. values: those of _KEPT.

    Raises RuleError "identity-to-come" when no name would hold today: the first one holds for all days before it too.
    """
    _hold(session)
    row = session.get(Identity, since)
    before = {name: getattr(row, name) for name in _KEPT} if row else None
    if before == values:
        return
    if row is None:
        session.add(Identity(since=since, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
    _hold_today(session, now, N_("Écrivez d’abord le nom d’aujourd’hui : sans lui, celui-ci vaudrait déjà."))
    _record(session, "identity kept", since, before, values, now, who)


def remove(session: Session, since: dt.date, now: dt.datetime, *, who: str) -> None:
    """One that was written by mistake goes. Raises NotFound when it is not there any more, RuleError as `keep` does."""
    _hold(session)
    row = session.get(Identity, since)
    if row is None:
        raise NotFound("identity-unknown", N_("Ce nom n’est plus là."))
    session.delete(row)
    _hold_today(session, now, N_("Retirez d’abord le nom qui vient après : sans celui-ci, il vaudrait déjà."))
    _record(session, "identity removed", since, {name: getattr(row, name) for name in _KEPT}, None, now, who)


def tell_untold(session: Session) -> bool:
    """Tell the other services of names that were written before there was a fact for it. Whether that was owed."""
    if not session.scalar(_UNTOLD):
        return False
    _hold(session)
    if untold := bool(session.scalar(_UNTOLD)):
        gatherings.identity_changed(session)
    return untold


def _hold(session: Session) -> None:
    """One change at a time: a fact tells all the names."""
    session.execute(sa.text("LOCK TABLE identities IN SHARE ROW EXCLUSIVE MODE"))


def _hold_today(session: Session, now: dt.datetime, words: str) -> None:
    first = session.scalar(sa.select(sa.func.min(Identity.since)))
    if first is not None and first > now.astimezone(PARIS).date():
        raise RuleError("identity-to-come", words, field="since")


def _record(
    session: Session,
    what: str,
    since: dt.date,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
    who: str,
) -> None:
    session.flush()
    gatherings.identity_changed(session)
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
