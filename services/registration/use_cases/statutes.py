"""Step 2 of nine: the association writes its statutes down. Next: rules/assembly/statutes.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import StatutesVersion
from services.registration.rules.assembly.statutes import Statutes, check, from_json
from services.registration.rules.choices import N_
from shared import audit
from shared.errors import NotFound, RuleError


def get(session: Session, version_id: uuid.UUID) -> StatutesVersion:
    found = session.get(StatutesVersion, version_id)
    if found is None:
        raise NotFound("statutes-unknown", N_("Cette version des statuts n’existe pas."))
    return found


def write(
    session: Session, rules: Statutes, title: str, now: dt.datetime, *, who: str, after: StatutesVersion | None = None
) -> StatutesVersion:
    """A new version; those before it never change, nor the assemblies held under them. after: what it was made from.

    Raises RuleError when the statutes cannot be, or are those of `after` under the same title.
    """
    check(rules)
    if after and after.title == title and from_json(after.rules) == rules:
        raise RuleError("nothing-changed", N_("Rien n’a changé : cette version existe déjà."))
    session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('registration.statutes'))"))
    last = session.scalar(sa.select(sa.func.max(StatutesVersion.number))) or 0
    made = StatutesVersion(
        number=last + 1,
        title=title,
        rules=rules.to_json(),
        after_id=after.id if after else None,
        made_at=now,
        who=who,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        who=who,
        what="statutes written",
        thing="statutes",
        thing_id=made.id,
        before=after.rules if after else None,
        after=made.rules,
        now=now,
    )
    return made
