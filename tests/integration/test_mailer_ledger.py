"""The rules of docs/ledger.md, on a real database: states, leases, the ambiguous interval, the unknown list."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.mailer import campaigns, finishing, ledger, limits, rules
from services.mailer.presence import Presence
from services.mailer.writer import Result, Writer
from shared.db import Database, new_id
from shared.errors import RuleError
from tests.mailer_people import campaign, counts, readers, run, say, suppress

RELAY = "relay.test:25"
NOW = dt.datetime(2016, 10, 14, 9, 30, tzinfo=dt.UTC)
_claims = iter(range(1_000_000))


@pytest.fixture
def writer(mailer_db: Database) -> Iterator[Writer]:
    made = Writer(mailer_db.url)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield made
    made.close()
    thread.join(10)


def claim(
    db: Database, limit: int = 100, *, lane: str = "bulk", lease: float = 60, process: str = "one"
) -> list[ledger.Claimed]:
    with db.transaction() as session:
        overall, allowed = limits.allowances(session, RELAY, lane, limit)
        return ledger.claim(
            session,
            lane=lane,
            relay=RELAY,
            owner=f"{process} c1 {next(_claims)}",
            allowances=allowed,
            limit=overall,
            lease=lease,
        )


def flushed(writer: Writer, *results: Result) -> None:
    """Hand results in and wait until they are committed: a refused wish comes after them in order."""
    for result in results:
        writer.record(result)
    stranger = ledger.Claimed(new_id(), "nobody", "", "bulk", "", None, None, "", "", "other", {}, 0, None, 0.0, "", "")
    assert writer.transmitting(stranger, "<nobody@agora.example>", lease=1) is False


def transmit(writer: Writer, mail: ledger.Claimed, lease: float = 660) -> bool:
    return writer.transmitting(mail, rules.message_id("secret", mail.id, "agora.example"), lease=lease)


def transactional(db: Database, email: str = "jeanne@example.org") -> uuid.UUID:
    made = new_id()
    run(
        db,
        """INSERT INTO messages (id, kind, lane, template, template_version, email, email_key, domain_group, data,
               thing, thing_version)
           VALUES (:id, 'confirmation', 'transactional', 'x', 1, :email, :email, 'other', '{"link": "secret"}', :id,
               '1')""",
        id=made,
        email=email,
    )
    return made


# --- the states -------------------------------------------------------------------------------------------


def test_the_trigger_allows_exactly_the_transitions_of_the_rules(mailer_db: Database) -> None:
    allowed = {
        (before, after)
        for before in rules.STATES
        for after in rules.STATES
        if before != after and is_allowed(mailer_db, before, after)
    }
    assert allowed == {(before, after) for before, targets in rules.TRANSITIONS.items() for after in targets}


def is_allowed(db: Database, before: str, after: str) -> bool:
    """Whether the database lets a row go from `before` to `after`."""
    made = transactional(db)
    change = """
        UPDATE messages SET state = :state, message_id = CAST(id AS text), lease_owner = 'x',
            lease_until = CASE WHEN :state IN ('claimed', 'transmitting') THEN now() END WHERE id = :id
    """
    with db.transaction() as session:
        session.execute(sa.text("ALTER TABLE messages DISABLE TRIGGER messages_transition"))
        session.execute(sa.text(change), {"state": before, "id": made})
        session.execute(sa.text("ALTER TABLE messages ENABLE TRIGGER messages_transition"))
    try:
        run(db, change, state=after, id=made)
    except sa.exc.IntegrityError as error:
        if f"a {before} message cannot become {after}" not in str(error):
            raise
        return False
    finally:
        run(db, "DELETE FROM messages")
    return True


def test_attempts_are_append_only(mailer_db: Database, writer: Writer) -> None:
    transactional(mailer_db)
    (mail,) = claim(mailer_db, lane="transactional")
    flushed(writer, Result(mail=mail, state="rejected", text="no"))
    for change in ("UPDATE attempts SET text = 'yes'", "DELETE FROM attempts"):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            run(mailer_db, change)


# --- claiming ---------------------------------------------------------------------------------------------


def test_two_senders_never_hold_the_same_row(mailer_db: Database) -> None:
    readers(mailer_db, 200)
    campaign(mailer_db)
    with ThreadPoolExecutor(8) as pool:
        taken = [mail.id for batch in pool.map(lambda _: claim(mailer_db, 25), range(8)) for mail in batch]
    assert len(taken) == len(set(taken)) == 200
    assert claim(mailer_db) == []


def test_who_left_after_the_freeze_gets_nothing(mailer_db: Database) -> None:
    readers(mailer_db, 5)
    campaign(mailer_db)
    say(mailer_db, "lecteur1@lecteurs.test", "withdrawn")
    suppress(mailer_db, "lecteur2@lecteurs.test", "bulk")
    suppress(mailer_db, "lecteur5@lecteurs.test", "echo")
    run(mailer_db, "UPDATE contacts SET status = 'erased' WHERE email_key = 'lecteur3@lecteurs.test'")
    assert [mail.email_key for mail in claim(mailer_db)] == ["lecteur4@lecteurs.test"]
    rows = run(mailer_db, "SELECT email_key, state, reason FROM messages ORDER BY email_key")
    assert [tuple(row) for row in rows] == [
        ("lecteur1@lecteurs.test", "suppressed", "consent"),
        ("lecteur2@lecteurs.test", "suppressed", "suppressed"),
        ("lecteur3@lecteurs.test", "suppressed", "consent"),
        ("lecteur4@lecteurs.test", "claimed", ""),
        ("lecteur5@lecteurs.test", "suppressed", "suppressed"),
    ]


def test_a_mailbox_that_did_not_exist_stops_campaigns_but_not_an_answer_to_a_form(mailer_db: Database) -> None:
    suppress(mailer_db, "jeanne@example.org", "bulk")
    transactional(mailer_db)
    assert len(claim(mailer_db, lane="transactional")) == 1
    suppress(mailer_db, "paul@example.org", "all")
    transactional(mailer_db, "paul@example.org")
    assert claim(mailer_db, lane="transactional") == []


def test_only_a_running_campaign_is_claimed_and_lanes_do_not_mix(mailer_db: Database) -> None:
    readers(mailer_db, 3)
    made = campaign(mailer_db)
    with mailer_db.transaction() as session:
        campaigns.pause(session, made, "essai")
    assert claim(mailer_db) == []
    transactional(mailer_db)
    assert [mail.lane for mail in claim(mailer_db, lane="transactional")] == ["transactional"]
    with mailer_db.transaction() as session:
        campaigns.resume(session, made)
    assert len(claim(mailer_db)) == 3


# --- the ambiguous interval -------------------------------------------------------------------------------


def test_an_expired_claim_returns_and_an_expired_transmission_is_unknown(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    made = campaign(mailer_db)
    claimed, transmitting = claim(mailer_db, lease=0.2)
    assert transmit(writer, transmitting, lease=0.2) is True
    run(mailer_db, "SELECT pg_sleep(0.3)")
    with mailer_db.transaction() as session:
        assert ledger.reap(session) == {"pending": 1, "unknown": 1}
    assert [mail.id for mail in claim(mailer_db)] == [claimed.id]
    assert counts(mailer_db, made) == {"claimed": 1, "unknown": 1}
    rows = run(mailer_db, "SELECT message_id, outcome, reason FROM attempts")
    assert [tuple(row) for row in rows] == [(transmitting.id, "unknown", "lease")]


def test_the_leases_of_a_dead_process_end_at_once(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 3)
    campaign(mailer_db)
    (mine,) = claim(mailer_db, 1, process="alive")
    gone = claim(mailer_db, 2, process="dead")
    assert transmit(writer, gone[0])
    with mailer_db.transaction() as session:
        assert ledger.owners(session) == {"alive", "dead"}
        assert ledger.reap(session, ["dead"]) == {"pending": 1, "unknown": 1}
    assert transmit(writer, mine) is True


def test_a_process_never_takes_itself_for_dead(mailer_db: Database) -> None:
    """Also while its own lock is lost: after a restart of the database its mails are still on the wire."""
    one, other = Presence("", threading.Event()), Presence("", threading.Event())
    with mailer_db.transaction() as session:
        assert one.dead_among(session, {str(one.number), str(other.number), "person"}) == [str(other.number)]


def test_no_dot_after_the_lease_is_over(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    (late,) = claim(mailer_db, lease=0)
    with mailer_db.transaction() as session:
        ledger.reap(session)
    (again,) = claim(mailer_db)
    assert transmit(writer, late) is False
    assert transmit(writer, again) is True
    flushed(writer, Result(mail=late, state="rejected", code=550))
    assert counts(mailer_db) == {"transmitting": 1}


def test_no_dot_after_the_campaign_was_cancelled(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 3)
    made = campaign(mailer_db)
    on_the_wire, in_hand = claim(mailer_db, 2)
    assert transmit(writer, on_the_wire)
    with mailer_db.transaction() as session:
        assert campaigns.cancel(session, made, NOW) == 2
    assert transmit(writer, in_hand) is False
    flushed(writer, Result(mail=on_the_wire, state="accepted", code=250))
    assert counts(mailer_db, made) == {"accepted": 1, "cancelled": 2}


def test_no_dot_when_the_database_is_gone(mailer_db: Database) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    (mail,) = claim(mailer_db)
    unreachable = Writer("postgresql+psycopg://postgres@127.0.0.1:9/none")
    thread = threading.Thread(target=unreachable.run)
    thread.start()
    assert transmit(unreachable, mail) is False
    unreachable.close()
    thread.join(10)
    assert counts(mailer_db) == {"claimed": 1}


def test_results_reach_the_row_and_the_attempts(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 4)
    made = campaign(mailer_db)
    taken, later, absent, back = claim(mailer_db)
    assert all(transmit(writer, mail) for mail in (taken, later))
    flushed(
        writer,
        Result(
            mail=taken, state="accepted", relay=RELAY, code=250, enhanced="2.0.0", text="ok\0 queued", milliseconds=12
        ),
        Result(mail=later, state="deferred", code=451, text="greylisted", reason="later", delay=300),
        Result(
            mail=absent,
            state="rejected",
            code=550,
            enhanced="5.1.1",
            text="no such user",
            reason="absent",
            suppress=True,
        ),
        Result(mail=back, state="pending"),
    )
    rows = run(
        mailer_db,
        """SELECT email_key, state, attempts, last_code, last_text, next_at > now() + interval '290 s' AS waits
           FROM messages ORDER BY id""",
    )
    assert [tuple(row)[1:] for row in rows] == [
        ("accepted", 1, 250, "ok queued", False),
        ("deferred", 1, 451, "greylisted", True),
        ("rejected", 1, 550, "no such user", False),
        ("pending", 0, None, "", False),
    ]
    assert [tuple(row) for row in run(mailer_db, "SELECT outcome FROM attempts ORDER BY id")] == [
        ("accepted",),
        ("deferred",),
        ("rejected",),
    ]
    assert [tuple(row) for row in run(mailer_db, "SELECT email_key, scope, evidence FROM suppressions")] == [
        (absent.email_key, "bulk", "550 no such user")
    ]
    with mailer_db.transaction() as session:
        assert finishing.finish(session, NOW) == []
        seen = campaigns.progress(session, made)
    assert (seen.state, seen.audience, seen.done, seen.counts["accepted"]) == ("running", 4, 2, 1)


def test_a_refusal_that_is_our_fault_pauses_and_can_be_tried_again(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    made = campaign(mailer_db)
    (mail,) = claim(mailer_db, 1)
    flushed(writer, Result(mail=mail, state="rejected", code=550, text="5.7.1 SPF", reason="ours", pause=True))
    with mailer_db.transaction() as session:
        seen = campaigns.progress(session, made)
        assert (seen.state, seen.paused_because) == ("paused", "550 5.7.1 SPF")
        campaigns.resume(session, made, retry_blocked=True)
    assert len(claim(mailer_db)) == 2


def test_a_late_answer_settles_an_unknown(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    (mail,) = claim(mailer_db)
    assert transmit(writer, mail, lease=0)
    with mailer_db.transaction() as session:
        assert ledger.reap(session) == {"unknown": 1}
    flushed(writer, Result(mail=mail, state="accepted", code=250))
    assert counts(mailer_db) == {"accepted": 1}


def test_a_late_not_now_reopens_a_finished_campaign(mailer_db: Database, writer: Writer) -> None:
    """The answer comes after another sender took the process for dead and the campaign was finished."""
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    (mail,) = claim(mailer_db)
    assert transmit(writer, mail, lease=0)
    with mailer_db.transaction() as session:
        ledger.reap(session)
        assert finishing.finish(session, NOW) == [made]
    flushed(writer, Result(mail=mail, state="deferred", code=451))
    with mailer_db.transaction() as session:
        assert finishing.finish(session, NOW) == []
        assert campaigns.progress(session, made).state == "running"
    assert [again.id for again in claim(mailer_db)] == [mail.id]


def test_an_editor_who_sends_again_while_the_campaign_ends_is_heard(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    (mail,) = claim(mailer_db)
    assert transmit(writer, mail, lease=0)
    with mailer_db.transaction() as session:
        ledger.reap(session)
    with mailer_db.transaction() as editor:
        ledger.resolve_unknown(editor, mail.id, "resend", who="editor@agora.example", now=NOW)
        with mailer_db.transaction() as housekeeping:
            assert finishing.finish(housekeeping, NOW) == [made]
    with mailer_db.transaction() as session:
        finishing.finish(session, NOW)
    assert [again.id for again in claim(mailer_db)] == [mail.id]


def test_a_mail_deferred_after_the_cancellation_is_cancelled_too(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    made = campaign(mailer_db)
    (mail,) = claim(mailer_db, limit=1)
    assert transmit(writer, mail)
    with mailer_db.transaction() as session:
        assert campaigns.cancel(session, made, NOW) == 1
    flushed(writer, Result(mail=mail, state="deferred", code=451))
    with mailer_db.transaction() as session:
        finishing.finish(session, NOW)
    assert counts(mailer_db) == {"cancelled": 2}


# --- the unknown list -------------------------------------------------------------------------------------


def test_a_transactional_unknown_goes_out_once_more_under_one_message_id(mailer_db: Database, writer: Writer) -> None:
    transactional(mailer_db)
    seen = []
    for _ in range(2):
        (mail,) = claim(mailer_db, lane="transactional")
        seen.append(rules.message_id("secret", mail.id, "agora.example"))
        assert transmit(writer, mail, lease=0)
        with mailer_db.transaction() as session:
            ledger.reap(session)
            assert ledger.resend_unknown(session) == 0
        run(mailer_db, "UPDATE messages SET changed_at = now() - interval '16 minutes'")
        with mailer_db.transaction() as session:
            ledger.resend_unknown(session)
    assert counts(mailer_db) == {"unknown": 1}
    assert seen[0] == seen[1]


def test_a_newsletter_unknown_waits_for_a_person(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 2)
    made = campaign(mailer_db)
    for mail in claim(mailer_db):
        assert transmit(writer, mail, lease=0)
    with mailer_db.transaction() as session:
        ledger.reap(session)
    run(mailer_db, "UPDATE messages SET changed_at = now() - interval '1 day'")
    with mailer_db.transaction() as session:
        assert ledger.resend_unknown(session) == 0
        assert finishing.finish(session, NOW) == [made]
        first, second = campaigns.progress(session, made).unknown
        ledger.resolve_unknown(session, first.id, "accepted", who="editor@agora.example", now=NOW)
        ledger.resolve_unknown(session, second.id, "resend", who="editor@agora.example", now=NOW)
        with pytest.raises(RuleError) as told:
            ledger.resolve_unknown(session, first.id, "resend", who="editor@agora.example", now=NOW)
    assert told.value.code == "outcome-known"
    assert counts(mailer_db, made) == {"accepted": 1, "pending": 1}
    assert [mail.id for mail in claim(mailer_db)] == [second.id]


# --- campaigns --------------------------------------------------------------------------------------------


def test_the_audience_is_frozen_once_and_is_who_agreed(mailer_db: Database) -> None:
    readers(mailer_db, 5)
    readers(mailer_db, 1, domain="gmail.com")
    say(mailer_db, "lecteur1@lecteurs.test", "withdrawn")
    say(mailer_db, "lecteur2@lecteurs.test", "withdrawn")
    say(mailer_db, "lecteur2@lecteurs.test", "given")
    suppress(mailer_db, "lecteur3@lecteurs.test", "echo")
    made = campaign(mailer_db)
    readers(mailer_db, 3, prefix="tard")
    rows = run(mailer_db, "SELECT email_key, domain_group, data FROM messages ORDER BY email_key")
    assert [tuple(row) for row in rows] == [
        ("lecteur1@gmail.com", "gmail", {"first_name": "Zoé 1"}),
        ("lecteur2@lecteurs.test", "other", {"first_name": "Zoé 2"}),
        ("lecteur4@lecteurs.test", "other", {"first_name": "Zoé 4"}),
        ("lecteur5@lecteurs.test", "other", {"first_name": "Zoé 5"}),
    ]
    with mailer_db.transaction() as session, pytest.raises(RuleError) as told:
        campaigns.start(session, made, NOW)
    assert told.value.code == "already-started"


def test_an_issue_sent_again_after_a_cancellation_skips_those_it_reached(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 4)
    issue = new_id()
    first = campaign(mailer_db, issue_id=issue)
    with pytest.raises(sa.exc.IntegrityError, match="uq_campaigns_issue_id"):
        campaign(mailer_db, issue_id=issue, started=False)
    reached, open_end = claim(mailer_db, 2)
    assert all(transmit(writer, mail) for mail in (reached, open_end))
    flushed(writer, Result(mail=reached, state="accepted"), Result(mail=open_end, state="unknown"))
    with mailer_db.transaction() as session:
        campaigns.cancel(session, first, NOW)
    second = campaign(mailer_db, issue_id=issue)
    keys = {
        row.email_key for row in run(mailer_db, "SELECT email_key FROM messages WHERE campaign_id = :id", id=second)
    }
    assert keys == {f"lecteur{n}@lecteurs.test" for n in range(1, 5)} - {reached.email_key, open_end.email_key}


def test_an_issue_is_not_sent_again_over_mails_that_are_on_the_wire(mailer_db: Database, writer: Writer) -> None:
    """Whom the relay then puts off must be among those whom the second campaign reaches."""
    readers(mailer_db, 2)
    issue = new_id()
    first = campaign(mailer_db, issue_id=issue)
    (mail,) = claim(mailer_db, 1)
    assert transmit(writer, mail)
    with mailer_db.transaction() as session:
        campaigns.cancel(session, first, NOW)
    with pytest.raises(RuleError) as told:
        campaign(mailer_db, issue_id=issue)
    assert told.value.code == "on-the-wire"
    flushed(writer, Result(mail=mail, state="deferred", code=451))
    second = campaign(mailer_db, issue_id=issue)
    assert counts(mailer_db, second) == {"pending": 2}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"text": "Bonjour"}, "no-way-out"),
        ({"html": "<p>Bonjour</p>"}, "no-way-out"),
        ({"text": "{{unsubscribe_url}} {{password}}"}, "unknown-hole"),
        ({"subject": "Bonjour\r\nBcc: tous@example.org"}, "unsafe-header"),
        ({"from_name": "L’Écho\x00"}, "unsafe-header"),
    ],
)
def test_a_campaign_that_cannot_make_a_lawful_mail_is_refused(
    mailer_db: Database, wrong: dict[str, str], code: str
) -> None:
    with pytest.raises(RuleError) as told:
        campaign(mailer_db, started=False, **wrong)
    assert told.value.code == code


def test_nobody_to_write_to_is_said(mailer_db: Database) -> None:
    with pytest.raises(RuleError) as told:
        campaign(mailer_db)
    assert told.value.code == "nobody"


# --- speed ------------------------------------------------------------------------------------------------


def test_buckets_limit_a_group_and_a_lane(mailer_db: Database) -> None:
    readers(mailer_db, 10, domain="gmail.com")
    readers(mailer_db, 10)
    campaign(mailer_db)
    with mailer_db.transaction() as session:
        limits.configure(session, RELAY, {("bulk", "gmail"): 1.0, ("bulk", limits.EVERYTHING): 4.0})
    groups = []
    for _ in range(2):
        batch = claim(mailer_db)
        groups.append([mail.domain_group for mail in batch].count("gmail"))
        with mailer_db.transaction() as session:
            used = {group: sum(mail.domain_group == group for mail in batch) for group in limits.GROUPS}
            limits.spend(session, RELAY, "bulk", used)
            assert len(batch) <= 8
    assert sum(groups) <= 2
    assert counts(mailer_db)["claimed"] <= 9


def test_many_connections_share_commits(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 200)
    campaign(mailer_db)
    mails = claim(mailer_db, 200)

    def work(batch: list[ledger.Claimed]) -> bool:
        with writer.at_work():
            return all(transmit(writer, mail) for mail in batch)

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(work, [mails[start::20] for start in range(20)]))
    commits = run(mailer_db, "SELECT count(DISTINCT xmin::text) AS n FROM messages")[0].n
    assert commits < 100


def test_a_connection_that_waits_for_its_relay_holds_up_nobody(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 1)
    campaign(mailer_db)
    (mail,) = claim(mailer_db)
    with writer.at_work(), writer.at_work():  # the other one says nothing
        assert transmit(writer, mail)


@pytest.mark.parametrize("before", [0, 3000])
def test_a_batch_locks_its_rows_in_one_order(mailer_db: Database, writer: Writer, before: int) -> None:
    """A cancellation locks by id too: in another order, each would wait for the other. Also where much was deleted: so
    few mails are open there, among so many pages, that to read those and nothing else looks cheap, as they lie."""
    if before:
        readers(mailer_db, before, prefix="ancien")
        campaign(mailer_db)
        run(mailer_db, "DELETE FROM messages")
        run(mailer_db, "DELETE FROM consents")
        run(mailer_db, "ANALYZE messages")
    readers(mailer_db, 2)
    campaign(mailer_db)
    low, high = sorted(claim(mailer_db), key=lambda mail: mail.id)
    assert transmit(writer, high)
    run(mailer_db, "UPDATE messages SET next_at = now() WHERE id = :id", id=low.id)  # now it lies behind the other
    lock = sa.text("SELECT 1 FROM messages WHERE id = :id FOR UPDATE NOWAIT")
    with ThreadPoolExecutor(1) as pool, mailer_db.transaction() as session:
        session.execute(lock, {"id": low.id})
        writer.record(Result(mail=high, state="accepted", code=250))
        wish = pool.submit(transmit, writer, low)
        wait_for_blocked(mailer_db)
        session.execute(lock, {"id": high.id})
        session.commit()
        assert wish.result() is True
    assert run(mailer_db, "SELECT array_agg(state ORDER BY id) FROM messages")[0][0] == ["transmitting", "accepted"]


def wait_for_blocked(db: Database) -> None:
    """Until the writer waits for a row."""
    waits = """SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()
               AND application_name = 'mailer writer' AND wait_event_type = 'Lock'"""
    deadline = time.monotonic() + 10
    while not run(db, waits)[0].n:
        assert time.monotonic() < deadline, "the writer waits for nobody"
        time.sleep(0.01)


def test_results_wait_for_a_database_that_hangs_up(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 30)
    campaign(mailer_db)
    mails = claim(mailer_db)
    assert all(transmit(writer, mail) for mail in mails)
    for number, mail in enumerate(mails):
        writer.record(Result(mail=mail, state="accepted", code=250))
        if number % 10 == 0:
            run(
                mailer_db,
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE application_name = 'mailer writer' AND datname = current_database()""",
            )
    for _ in range(100):
        flushed(writer)  # the wish in it may be refused while the connection is down; the results are not
        if counts(mailer_db) == {"accepted": 30}:
            break
    assert counts(mailer_db) == {"accepted": 30}
    assert run(mailer_db, "SELECT count(*) AS n FROM attempts")[0].n == 30


def test_a_row_that_cannot_be_written_does_not_hold_up_the_others(mailer_db: Database, writer: Writer) -> None:
    readers(mailer_db, 3)
    campaign(mailer_db)
    first, wrong, last = claim(mailer_db)
    refused = Result(mail=wrong, state="deferred", delay=float("nan"))
    flushed(writer, Result(mail=first, state="rejected"), refused, Result(mail=last, state="rejected"))
    deadline = time.monotonic() + 30  # one by one, each over a new connection: a busy server may not give it at once
    while counts(mailer_db) != {"claimed": 1, "rejected": 2} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert counts(mailer_db) == {"claimed": 1, "rejected": 2}
