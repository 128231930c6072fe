"""`python -m services.mailer retention [--dry-run]`, and the same every hour in the worker: what is past its time goes.

Contacts are not touched here: how long they stay is a matter of their consent.
"""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import moments, photos, rules, settings
from services.mailer.marks import mark
from services.mailer.partners import ORDERED
from shared import clock
from shared.db import Database


@dataclass(frozen=True)
class Gone:
    """How many rows went, or would."""

    attempts: int
    returns: int
    orders: int
    names: int
    photos: int
    moments: int = 0
    drafts: int = 0

    @property
    def total(self) -> int:
        return self.attempts + self.returns + self.orders + self.names + self.photos + self.moments + self.drafts


# What is still open is never touched: a mail that waits, is on its way, or whose outcome nobody knows.
_SETTLED = "state IN ('accepted', 'rejected', 'suppressed', 'cancelled')"
# That a mail came back, or was complained of, is said as long as the mail is; who it was goes with its name.
_DONE_WITH = "at < :returns AND NOT (kind IN ('bounce', 'complaint') AND message_id IS NOT NULL)"
_PAST = {
    "attempts": (
        "DELETE FROM attempts a USING messages m",
        f"FROM attempts a JOIN messages m ON m.id = a.message_id WHERE a.at < :attempts AND m.{_SETTLED}",
        f"WHERE m.id = a.message_id AND a.at < :attempts AND m.{_SETTLED}",
    ),
    "returns": ("DELETE FROM returns", f"FROM returns WHERE {_DONE_WITH}", f"WHERE {_DONE_WITH}"),
    "orders": ("DELETE FROM orders", "FROM orders WHERE at < :orders", "WHERE at < :orders"),
    "drafts": (
        "DELETE FROM contribution_drafts",
        "FROM contribution_drafts WHERE at < :drafts",
        "WHERE at < :drafts",
    ),
}
_NAMED = f"FROM messages WHERE changed_at < :names AND {_SETTLED} AND email_key NOT LIKE 'erased %'"


def retain(session: Session, now: dt.datetime, *, dry_run: bool = False) -> Gone:
    """Count what is past its time, or let it go."""
    until = {
        "attempts": now - rules.ATTEMPTS_KEPT,
        "returns": now - rules.RETURNS_KEPT,
        "orders": now - rules.ORDERS_KEPT,
        "drafts": now - rules.UNPUBLISHED_KEPT,
    }
    if not dry_run:
        # The trigger that keeps attempts as they are lets this transaction remove them, and no other.
        session.execute(sa.text("SET LOCAL agora.retention = 'on'"))
    counts: dict[str, int] = {}
    for name, (verb, counted, chosen) in _PAST.items():
        bound = {name: until[name]}
        if dry_run:
            counts[name] = session.scalar(sa.text(f"SELECT count(*) {counted}"), bound) or 0
        else:
            done: Any = session.execute(sa.text(f"{verb} {chosen}"), bound)
            counts[name] = int(done.rowcount)
    unused = photos.drop_unused(session, now, dry_run=dry_run)
    names = now - rules.NAMES_KEPT
    past = moments.expire(session, names, dry_run=dry_run)
    return Gone(**counts, names=_names(session, names, dry_run), photos=unused, moments=past)


def _names(session: Session, until: dt.datetime, dry_run: bool) -> int:
    """As for an erased person: the row stays for the sums, and its mark for "nobody twice". The key of an order goes
    too: a program may have put a name into it."""
    named = session.execute(sa.text(f"SELECT id, email_key {_NAMED}"), {"names": until}).all()
    if named and not dry_run:
        session.execute(
            sa.text("UPDATE returns SET email_key = '', recipient = '', said = '' WHERE message_id = ANY(:ids)"),
            {"ids": [row.id for row in named]},
        )
        session.execute(
            sa.text(
                "UPDATE messages SET email = '', contact_id = NULL, data = '{}', last_text = '', email_key = new.mark,"
                " thing_version = CASE WHEN kind = :ordered THEN CAST(messages.id AS text) ELSE thing_version END"
                " FROM unnest(CAST(:ids AS uuid[]), CAST(:marks AS text[])) AS new(id, mark) WHERE messages.id = new.id"
            ),
            {"ordered": ORDERED, "ids": [row.id for row in named], "marks": [mark(row.email_key) for row in named]},
        )
    return len(named)


def hourly(db: Database) -> int:
    """What the worker does every hour; two at once take the same rows, which is harmless."""
    with db.transaction() as session:
        return retain(session, clock.now()).total


def main(arguments: list[str]) -> int:
    """Print what is past its time, and let it go unless this is a dry run."""
    parser = argparse.ArgumentParser(prog="retention", description=main.__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only count")
    chosen = parser.parse_args(arguments)
    db = Database(settings.load().database_url, pool_size=1, application_name="mailer retention")
    try:
        with db.transaction() as session:
            found = retain(session, clock.now(), dry_run=chosen.dry_run)
    finally:
        db.dispose()
    verb = "would go" if chosen.dry_run else "gone"
    print(
        f"{verb}: {found.attempts} attempts, {found.returns} mails that came back, {found.orders} answers to programs, "
        f"addresses in {found.names} rows of the ledger, {found.photos} photos that nothing shows, "
        f"{found.moments} facts about people, {found.drafts} drafts of authors"
    )
    return 0
