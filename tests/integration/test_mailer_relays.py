"""Several relays: one that refuses us is left alone, the next takes over, and no recipient is touched."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import pytest

from deploy.local.processes import free_port
from services.mailer import commands, limits
from services.mailer.sender import Sender
from services.mailer.settings import Settings
from shared.db import Database
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import SmtpServer


@pytest.fixture
def started(mailer_db: Database, settings_of: Callable[..., Settings]) -> Callable[..., AbstractContextManager[None]]:
    """with started((first, second, …)): a sender runs."""

    @contextmanager
    def start(urls: tuple[str, ...], rates: str = "") -> Iterator[None]:
        stop = threading.Event()
        chosen = {"smtp_url": " ".join(urls), "smtp_timeout": 5.0, "bulk_connections": 2, "retry_factor": 0.001}
        sender = Sender(settings_of("mailer", mailer_db.url, mail_rates=rates, **chosen), stop)
        thread = threading.Thread(target=sender.run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(30)

    return start


@pytest.fixture
def send_all(mailer_db: Database, started: Callable[..., AbstractContextManager[None]]) -> Callable[..., None]:
    """send_all(first, second, …): a sender runs until nothing is left to send."""

    def send(*urls: str, rates: str = "") -> None:
        with started(urls, rates):
            deadline = time.monotonic() + 90
            while counts(mailer_db).keys() - {"accepted", "rejected", "unknown"}:
                assert time.monotonic() < deadline, counts(mailer_db)
                time.sleep(0.05)

    return send


def attempts(db: Database) -> dict[str, int]:
    """Outcomes of all tries: what was only given back left no trace."""
    return {row.outcome: row.n for row in run(db, "SELECT outcome, count(*) AS n FROM attempts GROUP BY outcome")}


@pytest.mark.slow
@pytest.mark.parametrize("refusal", ["421 4.3.2 closing", "454 4.7.0 try again later", "535 5.7.8 who are you"])
def test_another_relay_takes_over_from_one_that_refuses_us(
    mailer_db: Database, send_all: Callable[..., None], refusal: str
) -> None:
    readers(mailer_db, 40)
    campaign(mailer_db)
    with SmtpServer(on_rcpt=lambda address: refusal) as first, SmtpServer() as second:
        send_all(first.url, second.url)
        assert first.taken == []
        assert sorted(mail.recipient for mail in second.taken) == sorted(
            f"lecteur{n}@lecteurs.test" for n in range(1, 41)
        )
        (breaker,) = run(mailer_db, "SELECT relay, lane, reason FROM breakers WHERE failures > 0")
        assert (breaker.relay, breaker.lane) == (f"127.0.0.1:{first.port}", "bulk")
        assert breaker.reason == refusal
        relays = run(mailer_db, "SELECT DISTINCT relay FROM messages WHERE state = 'accepted'")
        assert [row.relay for row in relays] == [f"127.0.0.1:{second.port}"]
    assert attempts(mailer_db) == {"accepted": 40}
    assert run(mailer_db, "SELECT count(*) AS n FROM suppressions")[0].n == 0


@pytest.mark.slow
def test_a_relay_that_is_not_there_delays_nobody(mailer_db: Database, send_all: Callable[..., None]) -> None:
    readers(mailer_db, 10)
    campaign(mailer_db)
    with SmtpServer() as second:
        send_all(f"smtp://127.0.0.1:{free_port()}", second.url)
    assert len(second.taken) == 10
    assert attempts(mailer_db) == {"accepted": 10}


@pytest.mark.slow
def test_the_preferred_relay_gets_the_mail_again_once_it_recovers(
    mailer_db: Database, send_all: Callable[..., None]
) -> None:
    """Refuses everybody until the other one took a mail; its breaker closes by itself after a second or two."""
    readers(mailer_db, 400)
    campaign(mailer_db)

    def on_rcpt(_address: str) -> str:
        return "" if second.taken else "421 4.3.2 not yet"

    with SmtpServer(delay=0.1) as second, SmtpServer(on_rcpt=on_rcpt, delay=0.05) as first:
        send_all(first.url, second.url)
    assert len(first.taken) > 0
    assert len(second.taken) > 0
    everybody = [mail.recipient for mail in first.taken + second.taken]
    assert sorted(everybody) == sorted(f"lecteur{n}@lecteurs.test" for n in range(1, 401))
    assert run(mailer_db, "SELECT failures FROM breakers WHERE lane = 'bulk'")[0].failures == 0
    assert attempts(mailer_db) == {"accepted": 400}


@pytest.mark.slow
def test_each_relay_has_buckets_of_its_own(mailer_db: Database, send_all: Callable[..., None]) -> None:
    readers(mailer_db, 3)
    campaign(mailer_db)
    with SmtpServer() as first, SmtpServer() as second:
        send_all(first.url, second.url, rates="bulk:*=50 2/bulk:*=7 2/bulk:gmail=1")
        rates = {row.key: row.rate for row in run(mailer_db, "SELECT key, rate FROM limiters")}
        assert rates == {
            f"127.0.0.1:{first.port} bulk *": 50.0,
            f"127.0.0.1:{second.port} bulk *": 7.0,
            f"127.0.0.1:{second.port} bulk gmail": 1.0,
        }


def test_the_first_relay_that_is_not_shut_is_chosen(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        assert limits.choose(session, ["a:25", "b:25"], "bulk") == ("a:25", 0.0)
        limits.trip(session, "a:25", "bulk", "421 busy")
    with mailer_db.transaction() as session:
        assert limits.choose(session, ["a:25", "b:25"], "bulk") == ("b:25", 0.0)
        assert limits.choose(session, ["a:25", "b:25"], "transactional") == ("a:25", 0.0)
        limits.trip(session, "b:25", "bulk", "421 busy")
        run(mailer_db, "UPDATE breakers SET open_until = now() + interval '9 s' WHERE relay = 'a:25'")
    with mailer_db.reading() as session:
        chosen, wait = limits.choose(session, ["a:25", "b:25"], "bulk")
    assert chosen is None
    assert 0 < wait <= 1


def test_a_breaker_opens_longer_each_time_and_closes_after_a_success(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        assert limits.waits(session, "relay.test:25", "bulk") == 0
        assert limits.trip(session, "relay.test:25", "bulk", "421 busy") == 1
    with mailer_db.transaction() as session:
        assert 0 < limits.waits(session, "relay.test:25", "bulk") <= 1
        assert limits.waits(session, "relay.test:25", "transactional") == 0
        assert (
            limits.trip(session, "relay.test:25", "bulk", "421 busy") == 1
        )  # met by another connection: the same refusal
    run(mailer_db, "UPDATE breakers SET open_until = now()")
    with mailer_db.transaction() as session:
        assert limits.trip(session, "relay.test:25", "bulk", "421 busy") == 2
    run(mailer_db, "UPDATE breakers SET open_until = now()")
    with mailer_db.transaction() as session:
        limits.heal(session, "relay.test:25", "bulk")
        assert limits.trip(session, "relay.test:25", "bulk", "421 busy") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        ("421 4.3.2 closing", "il demande d’attendre"),
        ("535 5.7.8 who are you", "il n’accepte pas notre identifiant ou notre mot de passe"),
        ("", "il ne répond pas"),
    ],
)
def test_every_page_of_sending_says_why_nothing_leaves_until_it_does(
    mailer_db: Database,
    mailer_client: Any,
    sign_in: Callable[..., Any],
    send_all: Callable[..., None],
    started: Callable[..., AbstractContextManager[None]],
    environment_of: Callable[..., dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    refusal: str,
    why: str,
) -> None:
    """The only relay refuses, or is not there; then it comes back, and another process takes the work up."""
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)
    sign_in(mailer_client, "editor")
    readers(mailer_db, 5)
    made = campaign(mailer_db)
    port = free_port()
    pages = [f"/campagnes/{made}", f"/campagnes/{made}/progres", "/equipe/"]

    def told() -> list[bool]:
        texts = [plain(mailer_client.get(page).text) for page in pages]
        capsys.readouterr()
        commands.progress([str(made)])
        return [f"Le serveur d’envoi 127.0.0.1:{port} ne prend rien" in text and why in text for text in texts] + [
            f"relay 127.0.0.1:{port} takes no bulk mail" in capsys.readouterr().out
        ]

    waits = "attend le serveur d’envoi"

    refusing = SmtpServer(port=port, on_rcpt=lambda _: refusal) if refusal else nullcontext()
    with refusing, started((f"smtp://127.0.0.1:{port}",)):
        deadline = time.monotonic() + 30
        while not run(mailer_db, "SELECT 1 FROM breakers WHERE failures >= 2"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert told() == [True] * 4
        assert [waits in plain(mailer_client.get(page).text) for page in pages] == [True] * 3
        assert counts(mailer_db).keys() <= {"pending", "claimed"}
    with SmtpServer(port=port) as back:
        send_all(f"smtp://127.0.0.1:{port}")
        assert len(back.taken) == 5
    assert told() == [False] * 4
    assert run(mailer_db, "SELECT failures FROM breakers")[0].failures == 0


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")
