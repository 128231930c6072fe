"""Mails of unknown outcome, settled by the relay's log."""

from __future__ import annotations

import datetime as dt
import gzip
import os
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from services.mailer import log_settling
from services.mailer.relay_log import Fate
from shared.db import Database
from tests.mailer_people import campaign, counts, readers, run


def line(queue_id: str, program: str, text: str) -> str:
    return f"Oct 14 09:12:01 relay postfix/{program}[77]: {queue_id}: {text}\n"


def delivered(queue_id: str, message_id: str, end: str) -> str:
    return (
        line(queue_id, "cleanup", f"message-id={message_id}")
        + line(queue_id, "qmgr", "from=<echo@agora.example>, size=48211, nrcpt=1 (queue active)")
        + line(queue_id, "smtp", f"to=<x@lecteurs.test>, relay=mx[10.0.0.9]:25, delay=1, delays=0/0/0/1, {end}")
        + line(queue_id, "qmgr", "removed")
    )


@pytest.fixture
def unknown(mailer_db: Database) -> dict[str, str]:
    """Four readers whose connection was cut after the dot: address → Message-ID."""
    readers(mailer_db, 4)
    campaign(mailer_db)
    for step in (
        "UPDATE messages SET state = 'claimed', lease_owner = '1 b1 1', lease_until = now() + interval '1 min'",
        "UPDATE messages SET state = 'transmitting', message_id = '<' || email || '>'",
        "UPDATE messages SET state = 'unknown', lease_until = NULL, reason = 'lease'",
    ):
        run(mailer_db, step)
    return {
        row.email.partition("@")[0]: row.message_id for row in run(mailer_db, "SELECT email, message_id FROM messages")
    }


@pytest.fixture
def command(
    mailer_db: Database, environment_of: Callable[[str, str], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """command(argument, …) → exit status and what was printed."""

    def called(*arguments: object) -> tuple[int, str]:
        with patch.dict(os.environ, environment_of("mailer", mailer_db.url)):
            status = log_settling.main([str(one) for one in arguments])
        return status, capsys.readouterr().out

    return called


def test_the_log_settles_what_it_tells_and_nothing_else(
    mailer_db: Database, unknown: dict[str, str], command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    older, newer = tmp_path / "mail.log.1.gz", tmp_path / "mail.log"
    older.write_bytes(
        gzip.compress(
            delivered("4A1B2C3D4E", unknown["lecteur1"], "dsn=2.0.0, status=sent (250 2.0.0 Ok)").encode()
            + line("5A1B2C3D4E", "cleanup", f"message-id={unknown['lecteur2']}").encode()
            + line("6A1B2C3D4E", "cleanup", f"message-id={unknown['lecteur3']}").encode()
        )
    )
    newer.write_text(
        line("5A1B2C3D4E", "qmgr", "from=<echo@agora.example>, size=48211, nrcpt=1 (queue active)")
        + line(
            "5A1B2C3D4E",
            "smtp",
            "to=<x@y>, relay=mx, delay=1, dsn=5.1.1, status=bounced (said: 550 5.1.1 unknown user)",
        )
    )
    os.utime(older, (1_000_000, 1_000_000))
    status, printed = command("--dry-run", newer, older)
    assert (status, counts(mailer_db)) == (0, {"unknown": 4})
    assert printed.endswith("4 unknown: 1 accepted, 1 rejected, 1 begun and not kept, 1 not in the log\n")

    status, printed = command(newer, older)
    assert status == 0
    rows = {row.email.partition("@")[0]: row for row in run(mailer_db, "SELECT * FROM messages")}
    assert {name: row.state for name, row in rows.items()} == {
        "lecteur1": "accepted",
        "lecteur2": "rejected",
        "lecteur3": "unknown",
        "lecteur4": "unknown",
    }
    assert rows["lecteur1"].last_text == "4A1B2C3D4E: 2.0.0 250 2.0.0 Ok"
    assert rows["lecteur2"].reason == "absent"
    assert [row.email_key for row in run(mailer_db, "SELECT email_key FROM suppressions")] == ["lecteur2@lecteurs.test"]
    tries = run(mailer_db, "SELECT owner, outcome FROM attempts ORDER BY owner")
    assert [tuple(row) for row in tries] == [("log 4A1B2C3D4E", "accepted"), ("log 5A1B2C3D4E", "rejected")]
    written = run(mailer_db, "SELECT who, what FROM audit_entries WHERE thing = 'message'")
    assert [row.what for row in written] == ["resolved", "resolved"]
    assert all(row.who.startswith("command:") for row in written)

    assert command(newer, older)[1].startswith("2 unknown: 0 accepted, 0 rejected")
    assert run(mailer_db, "SELECT count(*) AS n FROM attempts")[0].n == 2


def test_a_log_that_cannot_be_read_settles_nothing(
    mailer_db: Database, unknown: dict[str, str], command: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    good = tmp_path / "mail.log"
    good.write_text(delivered("4A1B2C3D4E", unknown["lecteur1"], "dsn=2.0.0, status=sent (250 2.0.0 Ok)"))
    broken = tmp_path / "mail.log.1.gz"
    broken.write_bytes(b"this is no archive")
    assert command(good, broken)[0] == 1
    assert command(good, tmp_path / "nowhere")[0] == 1
    assert counts(mailer_db) == {"unknown": 4}


def test_what_was_settled_meanwhile_stays_as_it_is(mailer_db: Database, unknown: dict[str, str]) -> None:
    run(mailer_db, "UPDATE messages SET state = 'accepted', reason = 'hand' WHERE email LIKE 'lecteur1@%'")
    with mailer_db.transaction() as session:
        fates = {unknown["lecteur1"]: Fate("rejected", "4A1B2C3D4E", "5.0.0", "no")}
        assert log_settling.settle(session, fates, who="test", now=dt.datetime.now(dt.UTC)) == []
    assert counts(mailer_db) == {"accepted": 1, "unknown": 3}
