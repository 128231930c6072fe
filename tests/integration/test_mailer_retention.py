"""What is past its time goes: attempts after a year, answers after 90 days, names after three years; then bounces."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from services.mailer import erasure, orders, previews, retention
from services.mailer.models.programs import Program
from services.mailer.retention import Gone
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.mailer_people import campaign, counts, readers, run

DAY = dt.timedelta(days=1)
TO = "zoe@lecteurs.test"


@pytest.fixture
def now(mailer_db: Database) -> dt.datetime:
    """Three letters, of which one left, one is of unknown outcome and one waits; one that came back; one order."""
    at = clock.now()
    readers(mailer_db, 3)
    campaign(mailer_db)
    ids = [row.id for row in run(mailer_db, "SELECT id FROM messages ORDER BY email_key")]
    for state, message in (("accepted", ids[0]), ("unknown", ids[1])):
        leased = "lease_owner = 'o', lease_until = now(), message_id = '<' || id || '@x>'"
        run(mailer_db, f"UPDATE messages SET state = 'claimed', {leased} WHERE id = :id", id=message)
        run(mailer_db, "UPDATE messages SET state = 'transmitting' WHERE id = :id", id=message)
        run(mailer_db, f"UPDATE messages SET state = '{state}', lease_until = NULL WHERE id = :id", id=message)
        run(
            mailer_db,
            """INSERT INTO attempts (message_id, owner, relay, outcome, enhanced, text, reason, milliseconds)
               VALUES (:id, 'o', 'r', :state, '', 'words', '', 1)""",
            id=message,
            state=state,
        )
    for kind in ("bounce", "complaint"):
        run(
            mailer_db,
            """INSERT INTO returns (hash, at, message_id, email_key, kind, recipient, status, reason, verdict, action,
                said)
               VALUES (:kind, :at, :id, 'lecteur1@lecteurs.test', :kind, 'lecteur1@x', '', 'x', 'keep', 'none',
                'full')""",
            kind=kind,
            at=at,
            id=ids[0],
        )
    order(mailer_db, at)
    return at


def order(db: Database, at: dt.datetime) -> orders.Answer:
    with db.transaction() as session:
        if not session.scalar(sa.select(Program.id)):
            orders.register(session, "site", ["subscription_confirm"], who="test", now=at)
        program = session.scalars(sa.select(Program)).one()
        data = previews.sample("subscription_confirm")
        return orders.place(session, program, "key-1", "subscription_confirm", TO, data, at)


def retain(db: Database, at: dt.datetime, *, dry_run: bool = False) -> Gone:
    with db.transaction() as session:
        return retention.retain(session, at, dry_run=dry_run)


def test_each_part_goes_when_its_use_ends(mailer_db: Database, now: dt.datetime) -> None:
    steps = [
        (now + 89 * DAY, Gone(0, 0, 0, 0, 0)),
        (now + 91 * DAY, Gone(0, 0, 1, 0, 0)),
        (now + 364 * DAY, Gone(0, 0, 0, 0, 0)),
        (now + 366 * DAY, Gone(1, 0, 0, 0, 0)),
        (now + 1095 * DAY, Gone(0, 0, 0, 0, 0)),
        (now + 1097 * DAY, Gone(0, 0, 0, 1, 0)),
        (now + 9999 * DAY, Gone(0, 0, 0, 0, 0)),
    ]
    for at, expected in steps:
        assert retain(mailer_db, at, dry_run=True) == expected, at - now
        assert retain(mailer_db, at) == expected, at - now
    rows = run(mailer_db, "SELECT email, email_key, state FROM messages WHERE lane = 'bulk' ORDER BY state")
    assert [tuple(row) for row in rows] == [
        ("", erasure.mark("lecteur1@lecteurs.test"), "accepted"),
        ("lecteur3@lecteurs.test", "lecteur3@lecteurs.test", "pending"),
        ("lecteur2@lecteurs.test", "lecteur2@lecteurs.test", "unknown"),
    ]
    back = run(mailer_db, "SELECT email_key, recipient, reason, said FROM returns")
    assert [tuple(one) for one in back] == [
        ("", "", "x", "")
    ] * 2  # never said to have arrived, nor to have been welcome
    assert run(mailer_db, "SELECT outcome FROM attempts")[0].outcome == "unknown"  # what is open keeps its history


def test_a_dry_run_touches_nothing(mailer_db: Database, now: dt.datetime) -> None:
    before = run(mailer_db, "SELECT * FROM attempts ORDER BY id"), counts(mailer_db)
    assert retain(mailer_db, now + 9999 * DAY, dry_run=True) == Gone(1, 0, 1, 1, 0)
    assert (run(mailer_db, "SELECT * FROM attempts ORDER BY id"), counts(mailer_db)) == before


def test_an_order_whose_answer_is_gone_is_not_sent_again(mailer_db: Database, now: dt.datetime) -> None:
    assert order(mailer_db, now).replayed
    retain(mailer_db, now + 91 * DAY)
    with pytest.raises(RuleError, match="déjà été écrit"):
        order(mailer_db, now + 91 * DAY)
    assert run(mailer_db, "SELECT count(*) AS n FROM messages WHERE kind = 'order'")[0].n == 1


@pytest.mark.parametrize("how", ["three years", "erased"])
def test_the_key_of_an_order_goes_with_the_address(mailer_db: Database, now: dt.datetime, how: str) -> None:
    """A program may have put a name into it."""
    run(mailer_db, "UPDATE messages SET state = 'suppressed' WHERE kind = 'order'")
    if how == "erased":
        with mailer_db.transaction() as session:
            erasure.forget(session, TO, now)
    else:
        retain(mailer_db, now + 1097 * DAY)
    (row,) = run(mailer_db, "SELECT id, email, thing, thing_version FROM messages WHERE kind = 'order'")
    assert (row.email, row.thing_version) == ("", str(row.id))
    assert row.thing.startswith("program ")


def test_nobody_else_removes_an_attempt(mailer_db: Database, now: dt.datetime) -> None:
    retain(mailer_db, now)  # what it is allowed ends with its transaction
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        run(mailer_db, "DELETE FROM attempts")


def test_the_command_counts_by_the_clock_that_is_set(
    mailer_db: Database,
    now: dt.datetime,
    environment_of: Callable[[str, str], dict[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with patch.dict(os.environ, environment_of("mailer", mailer_db.url)):
        assert retention.main(["--dry-run"]) == 0
        assert "would go: 0 attempts, 0 mails" in capsys.readouterr().out
        later = {"AGORA_CLOCK": (now + 400 * DAY).isoformat(), "AGORA_CLOCK_SET_AT": clock.now().isoformat()}
        with patch.dict(os.environ, later):
            clock._shift.cache_clear()
            status = retention.main([])
        clock._shift.cache_clear()
    assert status == 0
    assert capsys.readouterr().out == (
        "gone: 1 attempts, 0 mails that came back, 1 answers to programs, addresses in 0 rows of the ledger, "
        "0 photos that nothing shows, 0 facts about people, 0 drafts of authors\n"
    )
