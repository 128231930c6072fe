"""A wrong setting stops the mailer with a clear word."""

from __future__ import annotations

import pytest

from services.mailer.settings import Settings
from shared.settings import SettingsError

GIVEN = {
    "AGORA_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1/mailer",
    "AGORA_SECRET_KEY": "a key for tests, known to all",
    "AGORA_PUBLIC_URL": "http://127.0.0.1:8003",
}


def test_rates_are_read() -> None:
    read = Settings.read(GIVEN | {"AGORA_MAIL_RATES": "bulk:*=14 bulk:gmail=0.5"})
    assert read.rates() == {("bulk", "*"): 14.0, ("bulk", "gmail"): 0.5}
    assert Settings.read(GIVEN).rates() == {}


@pytest.mark.parametrize(
    "wrong",
    [
        "bulk=3",
        "bulk:gmail",
        "bulk:gmail=0",
        "bulk:gmail=-1",
        "bulk:nowhere=3",
        "fast:*=3",
        "bulk:*=inf",
        "2/bulk:*=3",
        "/bulk:*=3",
    ],
)
def test_a_rate_that_cannot_be_is_named(wrong: str) -> None:
    with pytest.raises(SettingsError, match="AGORA_MAIL_RATES"):
        Settings.read(GIVEN | {"AGORA_MAIL_RATES": wrong})


def test_several_relays_have_an_order_and_rates_of_their_own() -> None:
    read = Settings.read(
        GIVEN
        | {
            "AGORA_SMTP_URL": "smtp+starttls://me:p%20w@one.example smtps://two.example",
            "AGORA_MAIL_RATES": "bulk:*=14 2/bulk:*=3 2/bulk:gmail=1",
        }
    )
    assert [relay.name for relay in read.relays()] == ["one.example:587", "two.example:465"]
    assert read.relays()[0].password == "p w"
    assert read.rates(0) == {("bulk", "*"): 14.0}
    assert read.rates(1) == {("bulk", "*"): 3.0, ("bulk", "gmail"): 1.0}


@pytest.mark.parametrize(
    "wrong", [" ", "one.example", "http://one.example", "smtp://me:secret@one.example", "smtp://a:25 smtp://a:25"]
)
def test_relays_that_cannot_be_are_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match="AGORA_SMTP_URL"):
        Settings.read(GIVEN | {"AGORA_SMTP_URL": wrong})


@pytest.mark.parametrize("count", ["0", "65", "many"])
def test_the_number_of_connections_has_limits(count: str) -> None:
    with pytest.raises(SettingsError, match="AGORA_MAIL_BULK_CONNECTIONS"):
        Settings.read(GIVEN | {"AGORA_MAIL_BULK_CONNECTIONS": count})


def test_a_mailbox_is_read_from_its_address() -> None:
    given = GIVEN | {"AGORA_IMAP_URL": "imaps://b%40x.fr:a%3Ab%20c@imap.x.fr", "AGORA_BOUNCE_DOMAIN": "b.x.fr"}
    box = Settings.read(given).mailbox()
    assert box is not None
    assert (box.user, box.password, box.host, box.port, box.folder) == ("b@x.fr", "a:b c", "imap.x.fr", 993, "INBOX")
    assert Settings.read(GIVEN).mailbox() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"AGORA_IMAP_URL": "https://a:b@x.fr"},
        {"AGORA_IMAP_URL": "imaps://a@x.fr"},
        {"AGORA_IMAP_URL": "imaps://a:%C3%A9@x.fr"},
        {"AGORA_IMAP_URL": "imaps://a%20b:c@x.fr"},
        {"AGORA_IMAP_URL": "imaps://a:b@x.fr/Agora-lu"},
        {"AGORA_IMAP_URL": 'imaps://a:b@x.fr/IN"BOX'},
        {"AGORA_BOUNCE_DOMAIN": ""},
        {"AGORA_IMAP_SECONDS": "0"},
    ],
)
def test_a_mailbox_that_cannot_be_is_named(wrong: dict[str, str]) -> None:
    given = GIVEN | {"AGORA_IMAP_URL": "imaps://a:b@x.fr", "AGORA_BOUNCE_DOMAIN": "b.x.fr"} | wrong
    with pytest.raises(SettingsError, match="AGORA_IMAP_"):
        Settings.read(given)


@pytest.mark.parametrize("name", ["AGORA_MAIL_FROM", "AGORA_MAIL_FROM_TRANSACTIONAL"])
def test_a_sender_without_an_address_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is not like"):
        Settings.read(GIVEN | {name: "L’Écho du Réseau"})
