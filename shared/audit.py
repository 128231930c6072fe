"""Every change that a person makes leaves a row: who, when, what, before and after."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from shared.db import new_id, shared_metadata
from shared.tracing import correlation_id

audit_entries = sa.Table(
    "audit_entries",
    shared_metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("thing", sa.Text, nullable=False),
    sa.Column("thing_id", sa.Text, nullable=False),
    sa.Column("before", JSONB),
    sa.Column("after", JSONB),
    sa.Column("correlation_id", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_audit_entries_thing", "thing", "thing_id", "at"),
)
_INSERT = audit_entries.insert()


def record(
    session: Session,
    *,
    who: str,
    what: str,
    thing: str,
    thing_id: uuid.UUID | str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> None:
    """Write one entry in the current transaction, as `entry` describes it."""
    session.execute(
        _INSERT, entry(who=who, what=what, thing=thing, thing_id=thing_id, before=before, after=after, now=now)
    )


def entry(
    *,
    who: str,
    what: str,
    thing: str,
    thing_id: uuid.UUID | str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    now: dt.datetime,
) -> dict[str, Any]:
    """One row, for whoever writes it together with others.

    who: a staff e-mail, "participant", "juror:<id>"… what: a past-tense verb ("cancelled"). thing: the kind
    ("registration"). before and after: only what changed, as plain JSON; never a secret.
    """
    return {
        "id": new_id(),
        "at": now,
        "who": who,
        "what": what,
        "thing": thing,
        "thing_id": str(thing_id),
        "before": before,
        "after": after,
        "correlation_id": correlation_id(),
    }


def forget(session: Session, thing: str, thing_id: uuid.UUID | str) -> None:
    """Take away all entries about a thing that never was real."""
    about = (audit_entries.c.thing == thing) & (audit_entries.c.thing_id == str(thing_id))
    session.execute(audit_entries.delete().where(about))


def history(session: Session, thing: str, thing_id: uuid.UUID | str) -> list[sa.Row[Any]]:
    """All entries about one thing, oldest first."""
    query = (
        sa.select(audit_entries)
        .where(audit_entries.c.thing == thing, audit_entries.c.thing_id == str(thing_id))
        .order_by(audit_entries.c.at, audit_entries.c.id)
    )
    return list(session.execute(query))


def first(session: Session, thing: str, what: str, ids: Iterable[uuid.UUID]) -> dict[str, dt.datetime]:
    """When this happened first to each of these, by id; who is not among them never saw it."""
    query = (
        sa.select(audit_entries.c.thing_id, sa.func.min(audit_entries.c.at))
        .where(audit_entries.c.thing == thing, audit_entries.c.what == what)
        .where(audit_entries.c.thing_id.in_([str(one) for one in ids]))
        .group_by(audit_entries.c.thing_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def moments(session: Session, thing: str, what: str, thing_id: uuid.UUID | str) -> list[dt.datetime]:
    """Each time this happened to one thing, the oldest first."""
    query = (
        sa.select(audit_entries.c.at)
        .where(audit_entries.c.thing == thing, audit_entries.c.thing_id == str(thing_id), audit_entries.c.what == what)
        .order_by(audit_entries.c.at)
    )
    return list(session.scalars(query))
