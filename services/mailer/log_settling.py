"""`python -m services.mailer relay-log FILE…`: mails of unknown outcome, settled by what the relay's log says.

A row that the log does not tell of stays unknown: the log may not reach back far enough. Who was waiting for the
mail is not asked; what Postfix wrote is proof enough, and is kept in the attempt.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import os
import sys
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import settings
from services.mailer.relay_log import Fate, LogReader
from shared import audit, clock
from shared.db import Database

_UNKNOWN = sa.text("SELECT message_id FROM messages WHERE state = 'unknown'")

_SETTLE = sa.text("""
    WITH told AS (
        SELECT * FROM unnest(CAST(:ids AS text[]), CAST(:states AS text[]), CAST(:enhanced AS text[]),
            CAST(:words AS text[]), CAST(:reasons AS text[]), CAST(:queues AS text[]))
            AS t (message_id, state, enhanced, words, reason, queue_id)
    ), settled AS (
        -- As with the relay's own word: a personal link and private words are needed no more once the mail is out.
        UPDATE messages m
        SET state = told.state, last_code = NULL, last_enhanced = told.enhanced, last_text = told.words,
            reason = told.reason, data = m.data - ARRAY['link', 'text'], lease_owner = NULL
        FROM told WHERE m.message_id = told.message_id AND m.state = 'unknown'
        RETURNING m.id, m.email, m.email_key, m.message_id, m.relay, told.state, told.enhanced, told.words, told.reason,
            told.queue_id
    ), noted AS (
        INSERT INTO attempts (message_id, owner, relay, outcome, enhanced, text, reason, milliseconds)
        SELECT id, 'log ' || queue_id, relay, state, enhanced, words, reason, 0 FROM settled
        ON CONFLICT DO NOTHING
    )
    SELECT id, email, email_key, message_id, state, words FROM settled ORDER BY email_key
""")

_SUPPRESS = sa.text("""
    INSERT INTO suppressions (email_key, scope, reason, evidence) VALUES (:key, 'bulk', 'absent', :evidence)
    ON CONFLICT (email_key, scope) DO UPDATE SET evidence = EXCLUDED.evidence, until = NULL
""")


def unknown(session: Session) -> set[str]:
    """The Message-IDs of all mails of unknown outcome."""
    return set(session.scalars(_UNKNOWN))


def settle(
    session: Session, fates: Mapping[str, Fate], *, who: str, now: dt.datetime
) -> Sequence[sa.Row[tuple[object]]]:
    """Write what the log tells; returns the rows that were still unknown, each with its new state.

    An address that does not exist is suppressed for campaigns, as when the relay had said so at once.
    """
    told = sorted(fates.items())
    rows = session.execute(
        _SETTLE,
        {
            "ids": [message_id for message_id, _ in told],
            "states": [fate.outcome for _, fate in told],
            "enhanced": [fate.enhanced for _, fate in told],
            "words": [_words(fate) for _, fate in told],
            "reasons": [fate.verdict.reason or "log" for _, fate in told],
            "queues": [fate.queue_id for _, fate in told],
        },
    ).all()
    for row in rows:
        if fates[row.message_id].verdict.suppress:
            session.execute(_SUPPRESS, {"key": row.email_key, "evidence": row.words})
        audit.record(
            session,
            who=who,
            what="resolved",
            thing="message",
            thing_id=row.id,
            before={"state": "unknown"},
            after={"state": row.state, "queue_id": fates[row.message_id].queue_id},
            now=now,
        )
    return rows


def main(arguments: list[str]) -> int:
    """Print one line per settled mail. Status 1 when a file could not be read; then nothing is settled."""
    parser = argparse.ArgumentParser(prog="relay-log", description="Settle mails of unknown outcome by Postfix's log.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="a log, also as .gz; - is standard input")
    parser.add_argument("--dry-run", action="store_true", help="only say what the log tells")
    chosen = parser.parse_args(arguments)
    db = Database(settings.load().database_url, pool_size=1, application_name="mailer relay-log")
    try:
        with db.reading() as session:
            wanted = unknown(session)
        reader = LogReader(wanted)
        try:
            for line in lines(chosen.files):
                reader.feed(line)
        except (OSError, EOFError, zlib.error) as error:  # the last two from an archive that was cut off
            print(f"relay-log: {error}", file=sys.stderr)
            return 1
        fates = reader.fates()
        if chosen.dry_run:
            for message_id, fate in sorted(fates.items()):
                print(f"{fate.outcome}  {message_id}  {_words(fate)}")
        else:
            with db.transaction() as session:
                who = f"command:{os.environ.get('USER', '?')}"
                for row in settle(session, fates, who=who, now=clock.now()):
                    print(f"{row.state}  {row.email}  {row.message_id}  {row.words}")
        states = Counter(fate.outcome for fate in fates.values())
        print(
            f"{len(wanted)} unknown: {states['accepted']} accepted, {states['rejected']} rejected, "
            f"{len(reader.begun())} begun and not kept, {len(wanted) - len(fates) - len(reader.begun())} not in the log"
        )
        return 0
    finally:
        db.dispose()


def lines(files: Sequence[str]) -> Iterator[str]:
    """The lines of all files, the oldest file first, whatever the order of their names. Raises OSError."""
    named = [name for name in files if name != "-"]
    for name in sorted(named, key=lambda name: Path(name).stat().st_mtime):
        with gzip.open(name, "rb") if name.endswith(".gz") else Path(name).open("rb") as log:
            for line in log:
                yield line.decode("utf-8", "replace").rstrip("\r\n")
    if len(named) < len(files):
        for line in sys.stdin.buffer:
            yield line.decode("utf-8", "replace").rstrip("\r\n")


def _words(fate: Fate) -> str:
    """Kept in the ledger beside the row: 500 characters at most, as everything that a relay says."""
    text = f"{fate.queue_id}: {'waits, ' if fate.waits else ''}{fate.enhanced} {fate.words}"
    return " ".join(text.replace("\0", "").split())[:500]
