"""The sender against relays that behave, hang up, say no, or say "later"."""

from __future__ import annotations

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dkim
import pytest

from services.mailer import campaigns, commands, transactional
from services.mailer.dkim import Signer
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from shared import tracing
from shared.db import Database
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import DROP, SmtpServer

pytestmark = pytest.mark.slow  # a real sender starts and stops in each of them

Sending = Callable[..., Any]
CORRELATION = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def sending(mailer_db: Database, settings_of: Callable[..., Settings]) -> Sending:
    """with sending(relay, …settings): a sender runs."""

    @contextmanager
    def started(relay: SmtpServer | str, **replaced: Any) -> Iterator[Sender]:
        url = relay if isinstance(relay, str) else relay.url
        chosen = {"smtp_url": url, "smtp_timeout": 5.0, "smtp_reply_timeout": 5.0, "retry_factor": 0.001, **replaced}
        stop = threading.Event()
        sender = Sender(settings_of("mailer", mailer_db.url, **chosen), stop)
        statuses: list[int] = []
        thread = threading.Thread(target=lambda: statuses.append(sender.run()))
        thread.start()
        try:
            yield sender
        finally:
            stop.set()
            thread.join(30)
        assert statuses == [0]

    return started


def until(check: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "it did not become true in time"
        time.sleep(0.05)


def finished(db: Database, made: uuid.UUID) -> Callable[[], bool]:
    def check() -> bool:
        with db.reading() as session:
            return campaigns.progress(session, made).state == "finished"

    return check


def single(db: Database, email: str = "jeanne@example.org", version: str = "1") -> None:
    """One transactional mail: a lost link."""
    with db.transaction() as session, tracing.thread_of(CORRELATION):
        transactional.send(
            session,
            template="registration_link",
            to=email,
            data={
                "person": {"first_name": "Zoé", "last_name": 'Élodie, dite "Zo"', "locale": "fr"},
                "organiser": {"name": "Réseau", "email": "contact@agora.example"},
                "occasion": {
                    "title": "6e Agora",
                    "starts_at": "2016-10-14T07:00:00+00:00",
                    "ends_at": "2016-10-14T15:30:00+00:00",
                    "place": "Toulouse",
                    "url": "https://agora.example/e/agora",
                },
                "reference": "AG-1",
                "link": "https://agora.example/i/secret",
            },
            business_key=("thing", version),
        )


def test_a_campaign_reaches_everybody_once(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 300)
    made = campaign(mailer_db, archive_url="https://agora.example/echo/34")
    with SmtpServer() as relay, sending(relay, bulk_connections=4):
        until(finished(mailer_db, made))
        assert sorted(mail.recipient for mail in relay.taken) == sorted(
            f"lecteur{n}@lecteurs.test" for n in range(1, 301)
        )
        assert len({mail.message_id for mail in relay.taken}) == 300
        assert relay.connections <= 8
        stored = run(mailer_db, "SELECT email, message_id FROM messages")
        assert {(mail.recipient, mail.message_id) for mail in relay.taken} == {tuple(row) for row in stored}
    assert counts(mailer_db, made) == {"accepted": 300}
    assert run(mailer_db, "SELECT count(*) AS n FROM attempts WHERE outcome = 'accepted' AND code = 250")[0].n == 300


def test_a_newsletter_has_its_headers_and_verifies(mailer_db: Database, sending: Sending, keys: Path) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db, archive_url="https://agora.example/echo/34", reply_to="contact@agora.example")
    with SmtpServer() as relay, sending(relay):
        until(finished(mailer_db, made))
        (taken,) = relay.taken
    message = taken.message
    assert message["Subject"] == "L’Écho du Réseau n° 34"
    assert message["To"] == "lecteur1@lecteurs.test"
    assert message["List-Id"] == "<echo.agora.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Archived-At"] == "<https://agora.example/echo/34>"
    assert message["Reply-To"] == "contact@agora.example"
    assert message["Auto-Submitted"] is None
    https, mailto = message["List-Unsubscribe"].split(", ")
    assert mailto.startswith("<mailto:contact@agora.example?subject=desinscription%20")
    text, rich = (part.get_content() for part in message.iter_parts())
    assert f"Se désinscrire : {https.strip('<>')}" in text
    assert f'href="{https.strip("<>")}"' in rich
    assert "Bonjour Zoé 1," in text
    record = Signer.read(keys / "dkim.pem", domain="agora.example", selector="test").public_record().encode()
    assert dkim.verify(taken.raw, dnsfunc=lambda name, timeout=5: record)


def test_the_unsubscribe_link_of_a_mail_works(mailer_db: Database, sending: Sending, mailer_client: Any) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    with SmtpServer() as relay, sending(relay):
        until(finished(mailer_db, made))
        link = relay.taken[0].message["List-Unsubscribe"].partition(">")[0].strip("<")
    path = "/unsubscribe/" + link.rpartition("/")[2]
    answer = mailer_client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert [tuple(row) for row in run(mailer_db, "SELECT status FROM consents ORDER BY id")] == [
        ("given",),
        ("withdrawn",),
    ]


def test_a_single_mail_is_signed_private_and_followed(
    mailer_db: Database, sending: Sending, capfd: pytest.CaptureFixture[str]
) -> None:
    single(mailer_db)
    single(mailer_db)
    with SmtpServer() as relay, sending(relay):
        until(lambda: len(relay.taken) == 1)
        until(lambda: counts(mailer_db) == {"accepted": 1})
        message = relay.taken[0].message
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] is None
    assert message["Reply-To"] == "contact@agora.example"
    assert message["To"].addresses[0].addr_spec == "jeanne@example.org"
    assert "https://agora.example/i/secret" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (row,) = run(mailer_db, "SELECT data, correlation_id FROM messages")
    assert "link" not in row.data
    assert row.correlation_id == CORRELATION


def test_a_single_mail_does_not_wait_behind_a_newsletter(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 200)
    made = campaign(mailer_db)
    with SmtpServer(delay=0.05) as relay, sending(relay, bulk_connections=2):
        until(lambda: len(relay.taken) > 5)
        single(mailer_db)
        until(lambda: any(mail.recipient == "jeanne@example.org" for mail in relay.taken))
        assert len(relay.taken) < 100, "most of the newsletter still waits"
        with mailer_db.transaction() as session:
            campaigns.cancel(session, made, dt.datetime.now(dt.UTC))
    seen = counts(mailer_db, made)
    assert seen["accepted"] + seen["cancelled"] == 200
    assert seen["accepted"] == len(relay.taken) - 1


@pytest.mark.slow
def test_421_now_and_then_harms_nobody(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 60)
    made = campaign(mailer_db)
    with (
        SmtpServer(on_data=lambda n, raw: "421 4.3.2 busy" if n % 20 == 0 else "") as relay,
        sending(relay, bulk_connections=2),
    ):
        until(finished(mailer_db, made), 40)
        assert sorted(mail.recipient for mail in relay.taken) == sorted(
            f"lecteur{n}@lecteurs.test" for n in range(1, 61)
        )
    assert counts(mailer_db, made) == {"accepted": 60}
    assert run(mailer_db, "SELECT count(*) AS n FROM suppressions")[0].n == 0


@pytest.mark.slow
def test_a_database_that_hangs_up_again_and_again(mailer_db: Database, sending: Sending) -> None:
    """Every connection of the sender is cut in the middle of the campaign: nobody twice, nobody forgotten."""
    readers(mailer_db, 300)
    made = campaign(mailer_db)
    with SmtpServer(delay=0.01) as relay, sending(relay, bulk_connections=4):
        for taken in (10, 60, 120, 180):
            until(lambda taken=taken: len(relay.taken) >= taken)  # type: ignore[misc]
            cut = run(
                mailer_db,
                """SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name LIKE 'mailer %'""",
            )
            assert cut[0].n >= 1
        until(finished(mailer_db, made), 40)
        ids = [mail.message_id for mail in relay.taken]
    assert len(ids) == len(set(ids))
    rows = run(mailer_db, "SELECT state, message_id FROM messages")
    accepted = {row.message_id for row in rows if row.state == "accepted"}
    unknown = {row.message_id for row in rows if row.state == "unknown"}
    assert accepted <= set(ids) <= accepted | unknown
    assert len(accepted) + len(unknown) == 300
    assert len(unknown) <= 4 * 4


def test_a_relay_that_hangs_up_after_the_dot_leaves_an_unknown(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 20)
    made = campaign(mailer_db)
    with (
        SmtpServer(on_data=lambda n, raw: DROP if n == 3 else "") as relay,
        sending(relay, bulk_connections=1),
    ):
        until(finished(mailer_db, made))
        assert len(relay.taken) == 19
    assert counts(mailer_db, made) == {"accepted": 19, "unknown": 1}
    with mailer_db.reading() as session:
        (open_end,) = campaigns.progress(session, made).unknown
    assert open_end.message_id not in {mail.message_id for mail in relay.taken}


@pytest.mark.parametrize("pipelining", [False, True])
def test_answers_are_told_apart(mailer_db: Database, sending: Sending, pipelining: bool) -> None:
    """550 no such user: suppressed; 451: later; 552 5.2.2: rejected and kept."""
    said = {
        "lecteur1@lecteurs.test": "550 5.1.1 no such user here",
        "lecteur2@lecteurs.test": "552 5.2.2 mailbox full",
    }
    once = {"lecteur3@lecteurs.test": "451 4.7.1 greylisted"}
    readers(mailer_db, 5)
    made = campaign(mailer_db)
    with (
        SmtpServer(on_rcpt=lambda to: said.get(to) or once.pop(to, ""), pipelining=pipelining) as relay,
        sending(relay),
    ):
        until(finished(mailer_db, made))
        assert len(relay.taken) == 3
    rows = run(mailer_db, "SELECT email_key, state, attempts, last_enhanced, reason FROM messages ORDER BY email_key")
    assert [tuple(row)[1:] for row in rows] == [
        ("rejected", 1, "5.1.1", "absent"),
        ("rejected", 1, "5.2.2", "full"),
        ("accepted", 2, "2.0.0", ""),
        ("accepted", 1, "2.0.0", ""),
        ("accepted", 1, "2.0.0", ""),
    ]
    assert [row.email_key for row in run(mailer_db, "SELECT email_key FROM suppressions")] == ["lecteur1@lecteurs.test"]


@pytest.mark.parametrize("at", ["recipient", "dot"])
def test_a_reputation_refusal_pauses_the_campaign(mailer_db: Database, sending: Sending, at: str) -> None:
    """Nobody else hears it, though the line holds a whole batch."""
    readers(mailer_db, 100)
    made = campaign(mailer_db)
    heard: list[str] = []

    def refuse(where: str) -> str:
        heard.extend([where] if where == at else [])
        return "550 5.7.1 blocked: poor reputation" if len(heard) > 10 and where == at else ""

    relay = SmtpServer(on_rcpt=lambda _: refuse("recipient"), on_data=lambda _n, _raw: refuse("dot"))
    with relay, sending(relay, bulk_connections=1):
        until(lambda: run(mailer_db, "SELECT state FROM campaigns")[0].state == "paused")
    with mailer_db.reading() as session:
        seen = campaigns.progress(session, made)
    assert seen.paused_because.startswith("550 5.7.1 blocked")
    assert {state: rows for state, rows in seen.counts.items() if rows} == {
        "accepted": 10,
        "rejected": 1,
        "pending": 89,
    }


@pytest.mark.slow
def test_a_relay_that_hangs_up_on_the_idle_delays_nobody(mailer_db: Database, sending: Sending) -> None:
    with (
        SmtpServer(idle_limit=1.2) as relay,
        sending(relay, transactional_connections=1, retry_factor=1.0),
    ):
        for number in range(1, 4):
            single(mailer_db, version=str(number))
            until(lambda: set(counts(mailer_db)) == {"accepted"}, 5)
            time.sleep(2)
    assert run(mailer_db, "SELECT DISTINCT attempts FROM messages")[0].attempts == 1
    assert relay.connections == 3


def test_a_pause_holds_at_once_and_loses_nobody(mailer_db: Database, sending: Sending) -> None:
    """Also for those whom a connection had claimed before."""
    readers(mailer_db, 20)
    made = campaign(mailer_db)

    def pause_at_the_third(number: int, raw: bytes) -> str:
        if number == 3:
            run(mailer_db, "UPDATE campaigns SET state = 'paused'")
        return ""

    with SmtpServer(on_data=pause_at_the_third) as relay, sending(relay, bulk_connections=1):
        until(lambda: relay.seen >= 3 and set(counts(mailer_db)) <= {"accepted", "deferred", "pending"})
        assert counts(mailer_db) == {"accepted": 3, "deferred": 1, "pending": 16}
        run(mailer_db, "UPDATE messages SET next_at = now() WHERE state = 'deferred'")
        with mailer_db.transaction() as session:
            campaigns.resume(session, made)
        until(finished(mailer_db, made))
        assert sorted(mail.recipient for mail in relay.taken) == sorted(
            f"lecteur{n}@lecteurs.test" for n in range(1, 21)
        )


@pytest.mark.slow
def test_no_relay_touches_no_recipient(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 5)
    made = campaign(mailer_db)
    with SmtpServer() as gone:
        nowhere = gone.url
    with sending(nowhere):
        until(lambda: len(run(mailer_db, "SELECT reason FROM breakers WHERE lane = 'bulk'")) == 1)
        time.sleep(0.5)
    assert counts(mailer_db, made) == {"pending": 5}
    assert run(mailer_db, "SELECT sum(attempts) AS n FROM messages")[0].n == 0
    with SmtpServer() as relay, sending(relay):
        until(finished(mailer_db, made))
    assert counts(mailer_db, made) == {"accepted": 5}


def test_addresses_that_cannot_be_written_to_are_refused_and_seen(mailer_db: Database, sending: Sending) -> None:
    for number, wrong in enumerate(["élodie@example.org", "pas-une-adresse", "a@" + "b" * 300 + ".org"]):
        single(mailer_db, wrong, str(number))
    rows = run(mailer_db, "SELECT state, reason, last_text FROM messages ORDER BY thing_version")
    assert [tuple(row)[:2] for row in rows] == [("rejected", "address")] * 3
    assert "SMTPUTF8" in rows[0].last_text


def test_a_stray_sign_in_a_first_name_costs_nobody_the_newsletter(mailer_db: Database, sending: Sending) -> None:
    """Files from old spreadsheets bring C1 controls along."""
    readers(mailer_db, 1)
    run(mailer_db, "UPDATE contacts SET first_name = :name", name="Zo\x80é")
    made = campaign(mailer_db)
    with SmtpServer() as relay, sending(relay):
        until(finished(mailer_db, made))
    assert counts(mailer_db) == {"accepted": 1}
    body = relay.taken[0].message.get_body(("plain",))
    assert body is not None
    assert "Bonjour Zoé," in body.get_content()


def test_a_single_mail_survives_a_fault_of_ours(mailer_db: Database, sending: Sending) -> None:
    """Nobody would find it among the rejected, and somebody waits for it."""
    single(mailer_db)
    with (
        SmtpServer(on_data=lambda n, raw: "550 5.7.1 daily sending quota exceeded" if n == 1 else "") as relay,
        sending(relay),
    ):
        until(lambda: counts(mailer_db) == {"accepted": 1})
    outcomes = run(mailer_db, "SELECT outcome, reason FROM attempts ORDER BY id")
    assert [tuple(row) for row in outcomes] == [("deferred", "ours"), ("accepted", "")]


def test_an_organiser_with_an_accent_in_the_domain_stops_nobodys_mail(mailer_db: Database, sending: Sending) -> None:
    for version, organiser in (("1", "contact@fédération.example"), ("2", "équipe@agora.example")):
        single(mailer_db, f"lecteur{version}@example.org", version)
        run(
            mailer_db,
            "UPDATE messages SET data = jsonb_set(data, '{organiser,email}', to_jsonb(CAST(:email AS text)))"
            " WHERE thing_version = :version",
            email=organiser,
            version=version,
        )
    with SmtpServer() as relay, sending(relay):
        until(lambda: counts(mailer_db) == {"accepted": 2})
    answers = {mail.recipient: mail.message["Reply-To"] for mail in relay.taken}
    assert answers == {"lecteur1@example.org": "contact@xn--fdration-b1ab.example", "lecteur2@example.org": None}


def test_a_template_that_fails_is_tried_again_later(mailer_db: Database, sending: Sending) -> None:
    single(mailer_db)
    run(mailer_db, "UPDATE messages SET data = data - 'occasion'")
    with SmtpServer() as relay, sending(relay, retry_factor=1.0):
        until(lambda: counts(mailer_db) == {"deferred": 1})
        assert relay.taken == []
    (row,) = run(mailer_db, "SELECT reason, last_text FROM messages")
    assert row.reason == "local"
    assert "UndefinedError" in row.last_text


@pytest.mark.slow
def test_connections_are_recycled(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 150)
    made = campaign(mailer_db)
    with SmtpServer() as relay, sending(relay, bulk_connections=1):
        until(finished(mailer_db, made))
        assert relay.connections == 2


def test_sigterm_returns_what_was_only_claimed(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 50)
    made = campaign(mailer_db)
    with SmtpServer(delay=0.1) as relay, sending(relay, bulk_connections=2):
        until(lambda: len(relay.taken) > 2)
    seen = counts(mailer_db, made)
    assert seen == {"accepted": len(relay.taken), "pending": 50 - len(relay.taken)}


@pytest.mark.slow
def test_rates_hold(mailer_db: Database, sending: Sending) -> None:
    readers(mailer_db, 60)
    campaign(mailer_db)
    with SmtpServer() as relay, sending(relay, mail_rates="bulk:*=5"):
        until(lambda: len(relay.taken) >= 10)  # what the bucket holds
        began = time.monotonic()
        time.sleep(2)
        assert 10 <= len(relay.taken) <= 10 + 5 * (time.monotonic() - began + 1)


def test_progress_is_readable_by_editors_only(mailer_db: Database, mailer_client: Any, sign_in: Any) -> None:
    readers(mailer_db, 2)
    made = campaign(mailer_db)
    address = f"/api/campaigns/{made}/progress"
    assert mailer_client.get(address).status_code == 401  # to the sign-in page
    sign_in(mailer_client, "editor")
    answer = mailer_client.get(address).get_json()
    assert (answer["audience"], answer["counts"]["pending"], answer["state"]) == (2, 2, "running")
    assert mailer_client.get(f"/api/campaigns/{uuid.uuid4()}/progress").status_code == 404


def test_the_command_line_shows_progress(
    mailer_db: Database,
    environment_of: Callable[[str, str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    readers(mailer_db, 3)
    made = campaign(mailer_db)
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)
    assert commands.progress([]) == 0
    assert capsys.readouterr().out == f"{made}  L’Écho n° 34: running, 0 of 3, 0/s — pending 3\n"
