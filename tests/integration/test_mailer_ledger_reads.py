"""What a change of the ledger reads is what it changes, however large the ledger is and whatever is known about it.

The planner believes what it was told last: of a ledger whose mails have all left, that hardly any is open. Then a
campaign to thousands begins.
"""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import finishing, ledger, limits, rules
from services.mailer.writer import Result, Writer
from shared import clock
from shared.db import Database
from tests.mailer_people import campaign, readers, run

RELAY = "relay.test:25"
OPEN = 600
EACH = 15  # index entries that one change may read: those of its row, as it is and as it was, and again for its attempt


@pytest.fixture(params=["empty", "one mail", "all sent"])
def lived_in(request: pytest.FixtureRequest, mailer_db: Database) -> Iterator[Database]:
    """A ledger that PostgreSQL has looked at before the campaign."""
    before = {"empty": 0, "one mail": 1, "all sent": 3000}[request.param]
    if before:
        readers(mailer_db, before, prefix="ancien")
        campaign(mailer_db)
        run(mailer_db, "ALTER TABLE messages DISABLE TRIGGER messages_transition")
        run(mailer_db, "UPDATE messages SET state = 'accepted', message_id = CAST(id AS text)")
        run(mailer_db, "ALTER TABLE messages ENABLE TRIGGER messages_transition")
        run(mailer_db, "UPDATE campaigns SET state = 'finished', finished_at = now()")
        run(mailer_db, "DELETE FROM consents")
    run(mailer_db, "ANALYZE")
    run(mailer_db, "ALTER TABLE messages SET (autovacuum_enabled = off)")  # what is known stays what is said here
    yield mailer_db
    run(mailer_db, "ALTER TABLE messages RESET (autovacuum_enabled)")


def claim(session: Session, number: int, limit: int) -> list[ledger.Claimed]:
    return ledger.claim(
        session,
        lane="bulk",
        relay=RELAY,
        owner=f"1 b1 {number}",
        allowances=dict.fromkeys(limits.GROUPS, limit),
        limit=limit,
        lease=60,
    )


def test_a_change_reads_the_rows_that_it_changes(lived_in: Database) -> None:
    writer = Writer(lived_in.url)
    thread = threading.Thread(target=writer.run)
    thread.start()
    try:
        _plan_now(writer)
        readers(lived_in, OPEN)
        campaign(lived_in)
        with lived_in.transaction() as session:
            mails = claim(session, 1, OPEN)
        assert len(mails) == OPEN
        before = _read(lived_in)
        for mail in mails[:100]:
            assert writer.transmitting(mail, rules.message_id("secret", mail.id, "agora.example"), lease=60)
            writer.record(Result(mail=mail, state="accepted", code=250, text="ok"))
    finally:
        writer.close()
        thread.join(10)
    assert _read(lived_in) - before <= 200 * EACH


def test_a_campaign_starts_while_the_ledger_is_vacuumed(mailer_db: Database) -> None:
    readers(mailer_db, 1)
    with mailer_db.transaction() as vacuum:
        vacuum.execute(sa.text("LOCK TABLE messages IN SHARE UPDATE EXCLUSIVE MODE"))
        starting = threading.Thread(target=campaign, args=(mailer_db,))
        starting.start()
        starting.join(5)
        assert not starting.is_alive()
    assert run(mailer_db, "SELECT state FROM campaigns")[0].state == "running"


def _plan_now(writer: Writer) -> None:
    """The writer's plan is made at its first statement, and kept."""
    stranger = ledger.Claimed(
        uuid.UUID(int=1), "nobody", "", "bulk", "", None, None, "", "", "other", {}, 0, None, 0.0, "", ""
    )
    assert writer.transmitting(stranger, "<nobody@agora.example>", lease=1) is False


def _vacuum(db: Database) -> None:
    """Until no dead row of a mail is left: while PostgreSQL looks at another table by itself, it keeps them."""
    until = time.monotonic() + 60
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while True:
            connection.execute(sa.text("VACUUM messages"))
            if not run(db, "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'messages'")[0].n_dead_tup:
                return
            assert time.monotonic() < until, "somebody still sees what was deleted"
            time.sleep(0.1)


def _read(db: Database) -> int:
    """Rows and index entries of the table of mails that were read so far. A connection says so when it ends."""
    others = """SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
                AND backend_type = 'client backend' AND pid <> pg_backend_pid()
                AND application_name <> 'mailer writer'"""
    query = """SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'messages')
                   + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'messages') AS n"""
    db.dispose()
    until = time.monotonic() + 60
    while run(db, others)[0].n:
        assert time.monotonic() < until, "a connection has not ended, so what it read is not counted yet"
        time.sleep(0.02)
    return int(run(db, query)[0].n)


@pytest.mark.parametrize("mails", [3000, 20_000])
def test_a_claim_is_not_compiled_and_reads_only_what_it_takes(mailer_db: Database, mails: int) -> None:
    """To 20,000 it looked large to the planner: each claim was compiled for 0.3 s, and read all contacts. To 3,000 the
    ledger looked small: each claim read it whole."""
    readers(mailer_db, mails)
    run(mailer_db, "ANALYZE contacts, consents")
    campaign(mailer_db)
    asked = {"lane": "bulk", "relay": RELAY, "owner": "1 b1 1", "groups": limits.GROUPS, "allowed": [100] * 8}
    statement = f"EXPLAIN ANALYZE {ledger._CLAIM}"
    plan = "\n".join(row[0] for row in run(mailer_db, statement, **asked, limit=100, lease=60))
    assert "JIT" not in plan
    assert "Seq Scan on contacts" not in plan
    assert "Seq Scan on messages" not in plan


def test_claims_at_the_same_instant_leave_each_other_their_share(mailer_db: Database) -> None:
    """To readers of eight providers. Who found nothing would wait for two seconds while others hold what they leave."""
    domains = ["gmail.com", "outlook.fr", "yahoo.fr", "orange.fr", "free.fr", "sfr.fr", "laposte.net", "lecteurs.test"]
    for domain in domains:
        readers(mailer_db, 30, domain=domain)
    campaign(mailer_db)
    with contextlib.ExitStack() as at_once:
        sessions = [at_once.enter_context(mailer_db.transaction()) for _ in range(4)]
        taken = [claim(session, number, 60) for number, session in enumerate(sessions)]
    assert [len(mails) for mails in taken] == [60] * 4
    assert len({mail.id for mails in taken for mail in mails}) == 240


def test_a_paused_campaign_keeps_no_other_mail_back(mailer_db: Database) -> None:
    """Whatever waits there has been due the longest, at one provider or at all of them."""
    for domain in ("gmail.com", "orange.fr"):
        readers(mailer_db, 200, domain=domain)
    campaign(mailer_db)
    run(mailer_db, "UPDATE campaigns SET state = 'paused'")
    run(mailer_db, "UPDATE messages SET next_at = now() - interval '1 day'")
    run(mailer_db, "DELETE FROM consents")
    for domain in ("gmail.com", "lecteurs.test"):
        readers(mailer_db, 30, domain=domain, prefix="neuf")
    running = campaign(mailer_db)
    with mailer_db.transaction() as session:
        taken = claim(session, 1, 100)
    assert [mail.campaign_id for mail in taken] == [running] * 60


def test_to_see_whether_a_campaign_is_over_no_ledger_is_read(mailer_db: Database) -> None:
    """Every sender looks once a second, and most of its mails have left by then. By the statistics of its start all are
    open, and among the pages of earlier campaigns to read them one after another looks cheap."""
    readers(mailer_db, 2000)
    for _ in range(3):
        campaign(mailer_db)
        run(mailer_db, "DELETE FROM messages")
        run(mailer_db, "UPDATE campaigns SET state = 'cancelled'")
    campaign(mailer_db)
    run(mailer_db, "ALTER TABLE messages DISABLE TRIGGER messages_transition")
    run(
        mailer_db,
        "UPDATE messages SET state = 'accepted', message_id = CAST(id AS text) WHERE email_key <> :last",
        last="lecteur2000@lecteurs.test",
    )
    run(mailer_db, "ALTER TABLE messages ENABLE TRIGGER messages_transition")
    _vacuum(mailer_db)  # index entries of what was open before are read, too
    before = _read(mailer_db)
    with mailer_db.transaction() as session:
        assert finishing.finish(session, clock.now()) == []
    assert _read(mailer_db) - before < 100
