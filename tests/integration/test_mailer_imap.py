"""What comes back into a mailbox that is read by IMAP: kept and acted upon once, and moved only after the commit."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.processes import free_port, wait_until
from services.mailer import envelopes, inbound, unsubscribe
from services.mailer.imap import Poller, candidates
from services.mailer.settings import Settings
from shared.db import Database
from tests.imap_server import ImapServer, dovecot
from tests.mailer_people import campaign, readers, run
from tests.unit.mailer_bounce_samples import arf, dsn

pytestmark = pytest.mark.slow

DOMAIN = "bounces.agora.example"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ImapServer]:
    with dovecot(tmp_path_factory.mktemp("dovecot")) as running:
        yield running


@pytest.fixture
def mailbox(server: ImapServer, monkeypatch: pytest.MonkeyPatch) -> ImapServer:
    """The server, its folders empty, its certificate trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    with server.client() as client:
        for folder in ("INBOX", "Agora-lu", "Agora-a-lire"):
            if client.select(folder)[0] == "OK":
                client.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")
                client.expunge()
    return server


@pytest.fixture
def settings(settings_of: Callable[..., Settings], mailer_db: Database, mailbox: ImapServer) -> Settings:
    bind = f"127.0.0.1:{free_port()}"
    # Every second: a look that was refused once is not the last within the test's patience.
    more = {"imap_url": mailbox.url(), "imap_seconds": 1.0, "inbound_bind": bind}
    return settings_of("mailer", mailer_db.url, bounce_domain=DOMAIN, **more)


@pytest.fixture
def poller(settings: Settings, mailer_db: Database) -> Poller:
    return _poller(settings, mailer_db)


def _poller(settings: Settings, db: Database) -> Poller:
    box = settings.mailbox()
    assert box is not None
    return Poller(box, db, settings.bounce_domain, settings.secret_key)


def addresses(db: Database, settings: Settings, count: int) -> list[str]:
    """The envelope senders of the letters of so many readers."""
    readers(db, count)
    campaign(db)
    found = run(db, "SELECT id FROM messages ORDER BY email_key")
    return [envelopes.sender(row.id, DOMAIN, secret=settings.secret_key) for row in found]


def gone(header: str) -> bytes:
    return header.encode() + b"\r\n" + dsn("550 5.1.1 <x@lecteurs.test>: User unknown", "5.1.1")


def test_each_mail_is_acted_upon_once_and_moved_when_it_was_kept(
    mailer_db: Database, settings: Settings, poller: Poller, mailbox: ImapServer
) -> None:
    first, second, third, _fourth = addresses(mailer_db, settings, 4)
    contact = run(mailer_db, "SELECT id FROM contacts WHERE email_key LIKE 'lecteur4@%'")[0].id
    token = unsubscribe.token(contact, "echo", secret=settings.secret_key)
    mailbox.deliver(gone(f"Delivered-To: {first.upper()}"))
    mailbox.deliver(gone(f"Delivered-To: somebody@{DOMAIN}\r\nX-Original-To: <{second}>"))
    # The provider sends complaints to an address that it was told; our envelope sender stands inside.
    returned = b"Original-Mail-From: <" + third.encode() + b">\r\nUser-Agent:"
    mailbox.deliver(arf().replace(b"User-Agent:", returned, 1))
    leaving = f"To: desinscription@{DOMAIN}\r\nSubject: desinscription {token}\r\n\r\n"
    mailbox.deliver(leaving.encode())
    mailbox.deliver(b"To: postmaster@" + DOMAIN.encode() + b"\r\nSubject: Bonjour\r\n\r\nUne question.\r\n")
    mailbox.deliver(b"\xff\xfe nothing that is a mail")

    assert poller.look() == {"suppressed": 3, "unsubscribed": 1, "other": 2}
    assert [mailbox.count(one) for one in ("INBOX", "Agora-lu", "Agora-a-lire")] == [0, 4, 2]
    barred = run(mailer_db, "SELECT email_key, reason FROM suppressions ORDER BY email_key")
    assert [tuple(row) for row in barred] == [
        ("lecteur1@lecteurs.test", "absent"),
        ("lecteur2@lecteurs.test", "absent"),
        ("lecteur3@lecteurs.test", "complaint"),
    ]
    assert poller.look() == {}

    with mailbox.client() as client:  # somebody puts all of it back
        client.select("Agora-lu")
        client.copy("1:*", "INBOX")
    assert poller.look() == {"repeated": 4}
    assert run(mailer_db, "SELECT count(*) AS n FROM returns")[0].n == 4


def test_an_old_server_that_cannot_move_is_served_too(
    mailer_db: Database, settings: Settings, mailbox: ImapServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = addresses(mailer_db, settings, 1)
    with dovecot(tmp_path, more="imap_capability = IMAP4rev1 UIDPLUS") as old:
        monkeypatch.setenv("SSL_CERT_FILE", str(old.certificate))
        old.deliver(gone(f"Delivered-To: {first}"))
        poller = _poller(dataclasses.replace(settings, imap_url=old.url()), mailer_db)
        assert poller.look() == {"suppressed": 1}
        assert [old.count(one) for one in ("INBOX", "Agora-lu")] == [0, 1]


def test_a_mail_that_cannot_be_kept_stays_and_stops_no_other(
    mailer_db: Database, settings: Settings, poller: Poller, mailbox: ImapServer
) -> None:
    first, second = addresses(mailer_db, settings, 2)
    mailbox.deliver(gone(f"Delivered-To: {first}"))
    mailbox.deliver(gone(f"Delivered-To: {second}"))
    refuse = "email_key <> 'lecteur1@lecteurs.test'"
    run(mailer_db, f"ALTER TABLE returns ADD CONSTRAINT not_now CHECK ({refuse})")
    try:
        assert poller.look() == {"failed": 1, "suppressed": 1}
        assert mailbox.count() == 1
    finally:
        run(mailer_db, "ALTER TABLE returns DROP CONSTRAINT not_now")
    assert poller.look() == {"suppressed": 1}
    assert [mailbox.count(one) for one in ("INBOX", "Agora-lu")] == [0, 2]


def test_a_mail_that_was_kept_but_not_moved_is_only_moved(
    mailer_db: Database, settings: Settings, poller: Poller, mailbox: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = addresses(mailer_db, settings, 1)
    mailbox.deliver(gone(f"Delivered-To: {first}"))

    def cut(*_any: object) -> None:
        raise OSError("the line was cut between the commit and the move")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="cut"):
        patch.setattr(Poller, "_move", cut)
        poller.look()
    assert mailbox.count() == 1
    assert poller.look() == {"repeated": 1}
    assert run(mailer_db, "SELECT count(*) AS n FROM outbox WHERE type = 'mailer.message.bounced.v1'")[0].n == 1


def test_the_process_reads_the_mailbox_also_after_a_server_that_was_away(
    mailer_db: Database, settings: Settings, mailbox: ImapServer
) -> None:
    (first,) = addresses(mailer_db, settings, 1)
    mailbox.deliver(gone(f"Delivered-To: {first}"))
    away = dataclasses.replace(settings, imap_url="imap+starttls://x:y@127.0.0.1:9/INBOX")
    stop = threading.Event()
    _poller(away, mailer_db).run(_Once(), 1)  # says so in the log, and lives
    starttls = dataclasses.replace(settings, imap_url=mailbox.url("imap+starttls"))
    process = threading.Thread(target=inbound.run, args=(starttls, stop))
    process.start()
    try:
        wait_until(lambda: mailbox.count("Agora-lu") == 1, "the mailbox", seconds=30)
    finally:
        stop.set()
        process.join(20)
    assert run(mailer_db, "SELECT action FROM returns")[0].action == "suppressed"


def test_the_address_of_departures_inside_a_returned_letter_means_nothing() -> None:
    letter = f"List-Unsubscribe: <mailto:desinscription@{DOMAIN}?subject=desinscription%20abc>"
    raw = dsn("550 5.1.1 gone", "5.1.1") + letter.encode()
    assert candidates(raw, DOMAIN) == []
    assert candidates(f"To: desinscription@{DOMAIN}\n\n".encode(), DOMAIN) == [f"desinscription@{DOMAIN}"]
    answers = f"To: Réseau <b+r+abc@{DOMAIN}>\n\nOui"
    assert candidates(answers.encode(), DOMAIN) == [f"b+r+abc@{DOMAIN}"]
    # What came back names the address for answers too, but it is about the mail: only its envelope sender says which.
    returned = dsn("550 5.1.1 User unknown", "5.1.1").replace(
        b"From: L'Echo", f"Return-Path: <b+xyz@{DOMAIN}>\nReply-To: b+r+abc@{DOMAIN}\nFrom: L'Echo".encode()
    )
    assert candidates(returned, DOMAIN) == [f"b+xyz@{DOMAIN}"]
    assert candidates(f"To: b+a@x{DOMAIN}, b+a@{DOMAIN}.evil.test\n\n".encode(), DOMAIN) == []


class _Once(threading.Event):
    """Set after the first wait."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True
