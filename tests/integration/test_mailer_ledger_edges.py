"""The edges of docs/ledger.md: what is not due yet, what lapsed, what is paused while a connection holds it."""

from __future__ import annotations

import pytest

from services.mailer import campaigns, ledger
from services.mailer.writer import Result, Writer
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_mailer_ledger import NOW, claim, flushed, transactional, transmit, writer
from tests.mailer_people import campaign, counts, readers, run, suppress

__all__ = ["writer"]


def test_a_deferred_mail_waits_for_its_time_though_others_of_its_provider_are_due(mailer_db: Database) -> None:
    later, due = transactional(mailer_db, "plus-tard@example.org"), transactional(mailer_db)
    run(mailer_db, "UPDATE messages SET next_at = now() + interval '1 hour' WHERE id = :id", id=later)
    assert [mail.id for mail in claim(mailer_db, lane="transactional")] == [due]


def test_a_suppression_that_lapsed_bars_nobody(mailer_db: Database) -> None:
    suppress(mailer_db, "jeanne@example.org", "all")
    run(mailer_db, "UPDATE suppressions SET until = now() - interval '1 minute'")
    made = transactional(mailer_db)
    assert [mail.id for mail in claim(mailer_db, lane="transactional")] == [made]


def test_a_mail_on_the_wire_when_its_lease_ends_was_tried(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    campaign(mailer_db)
    _held, sent = claim(mailer_db, lease=0.1)
    assert transmit(writer, sent, lease=0.1)
    run(mailer_db, "SELECT pg_sleep(0.2)")
    with mailer_db.transaction() as session:
        ledger.reap(session)
    rows = run(mailer_db, "SELECT state, attempts FROM messages ORDER BY state")
    assert [tuple(row) for row in rows] == [("pending", 0), ("unknown", 1)]


def test_a_fault_of_ours_holds_up_what_other_connections_have_in_hand(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    campaign(mailer_db)
    refused, in_hand = claim(mailer_db)
    flushed(writer, Result(mail=refused, state="rejected", code=550, text="5.7.1 SPF", reason="ours", pause=True))
    assert transmit(writer, in_hand) is False
    assert counts(mailer_db) == {"claimed": 1, "rejected": 1}


def test_a_connection_that_lost_patience_may_still_hear_the_answer(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    (mail,) = claim(mailer_db)
    assert transmit(writer, mail)
    flushed(writer, Result(mail=mail, state="unknown", reason="silence"))
    assert counts(mailer_db) == {"unknown": 1}
    flushed(writer, Result(mail=mail, state="accepted", code=250))
    assert counts(mailer_db) == {"accepted": 1}


def test_nothing_of_a_cancelled_campaign_leaves_again(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    (mail,) = claim(mailer_db)
    assert transmit(writer, mail, lease=0)
    with mailer_db.transaction() as session:
        ledger.reap(session)
        campaigns.cancel(session, made, NOW)
    with pytest.raises(RuleError, match="a été annulé"), mailer_db.transaction() as session:
        ledger.resolve_unknown(session, mail.id, "resend", who="editor@agora.example", now=NOW)
    assert counts(mailer_db) == {"unknown": 1}
