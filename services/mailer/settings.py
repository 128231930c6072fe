"""Settings of the mailer."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path

from services.mailer import marks
from services.mailer.limits import EVERYTHING, GROUPS
from services.mailer.mailbox import Mailbox
from services.mailer.rules import LANES
from services.mailer.transport import Relay
from shared import settings
from shared.settings import SettingsError, env


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Settings):
    """What the sender and the pages need to know.

    smtp_url: smtp://host:port, smtp+starttls://user:password@host:port or smtps://…; user and password
    percent-encoded. Several, with spaces between: each takes over when those before it refuse. mail_rates:
    "lane:group=mails per second …", such as "bulk:*=14 bulk:gmail=5", for every relay; "2/bulk:*=3" for the second.
    bounce_domain: where bounces are received; empty: they go to the From address. inbound_bind: where the
    LMTP listener that receives them waits for the relay. imap_url: a mailbox that is read besides, as
    imaps://user:password@host/INBOX; every imap_seconds. dns_server: whom the deliverability page asks; empty: the
    machine's own.
    """

    smtp_url: str = env("AGORA_SMTP_URL", "smtp://127.0.0.1:1025")
    mail_domain: str = env("AGORA_MAIL_DOMAIN", "agora.example")
    mail_from: str = env("AGORA_MAIL_FROM", "L’Écho du Réseau <echo@agora.example>")
    mail_from_transactional: str = env("AGORA_MAIL_FROM_TRANSACTIONAL", "bonjour@agora.example")
    bounce_domain: str = env("AGORA_BOUNCE_DOMAIN", "")
    inbound_bind: str = env("AGORA_INBOUND_BIND", "127.0.0.1:8024")
    imap_url: str = env("AGORA_IMAP_URL", "")
    imap_seconds: float = env("AGORA_IMAP_SECONDS", 60.0)
    imap_done: str = env("AGORA_IMAP_DONE", "Agora-lu")
    imap_others: str = env("AGORA_IMAP_OTHERS", "Agora-a-lire")
    dkim_key_file: Path | None = env("AGORA_DKIM_KEY_FILE", None)
    dkim_selector: str = env("AGORA_DKIM_SELECTOR", "agora")
    dkim_transactional_selector: str = env("AGORA_DKIM_TRANSACTIONAL_SELECTOR", "")
    bulk_connections: int = env("AGORA_MAIL_BULK_CONNECTIONS", 6)
    transactional_connections: int = env("AGORA_MAIL_TRANSACTIONAL_CONNECTIONS", 2)
    mail_rates: str = env("AGORA_MAIL_RATES", "")
    claim_lease: float = env("AGORA_MAIL_CLAIM_LEASE", 60.0)
    smtp_timeout: float = env("AGORA_SMTP_TIMEOUT", 30.0)
    smtp_reply_timeout: float = env("AGORA_SMTP_REPLY_TIMEOUT", 600.0)
    dns_server: str = env("AGORA_DNS_SERVER", "")
    retry_factor: float = env("AGORA_MAIL_RETRY_FACTOR", 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rates()
        self.relays()
        for name, sender in (("", self.mail_from), ("_TRANSACTIONAL", self.mail_from_transactional)):
            if "@" not in parseaddr(sender)[1]:
                raise SettingsError(f"AGORA_MAIL_FROM{name} is not like Name <name@domain.example>")
        if not self.inbound_bind.rpartition(":")[2].isdecimal():
            raise SettingsError("AGORA_INBOUND_BIND is not like 127.0.0.1:8024")
        self.mailbox()
        if not 1 <= self.bulk_connections <= 64 or not 1 <= self.transactional_connections <= 16:
            raise SettingsError("AGORA_MAIL_BULK_CONNECTIONS must be 1 to 64, …_TRANSACTIONAL_CONNECTIONS 1 to 16")

    def relays(self) -> list[Relay]:
        """In the order of preference. Raises SettingsError."""
        try:
            read = [Relay.parse(url) for url in self.smtp_url.split()]
        except ValueError as error:
            raise SettingsError(f"AGORA_SMTP_URL: {error}") from None
        if not read or len({relay.name for relay in read}) != len(read):
            raise SettingsError("AGORA_SMTP_URL must name at least one relay, and none twice")
        return read

    def mailbox(self) -> Mailbox | None:
        """The mailbox that is read besides LMTP. Raises SettingsError."""
        if not self.imap_url:
            return None
        if not self.bounce_domain:
            raise SettingsError("AGORA_IMAP_URL needs AGORA_BOUNCE_DOMAIN: what bounced is known by its address")
        if self.imap_seconds < 1:
            raise SettingsError("AGORA_IMAP_SECONDS must be 1 or more")
        try:
            return Mailbox.parse(self.imap_url, done=self.imap_done, others=self.imap_others)
        except ValueError as error:
            raise SettingsError(f"AGORA_IMAP_URL {error}") from None

    def rates(self, relay: int = 0) -> dict[tuple[str, str], float]:
        """(lane, group or "*") → mails per second, of the relay at this place of `relays`. Raises SettingsError."""
        common: dict[tuple[str, str], float] = {}
        own: dict[tuple[str, str], float] = {}
        for entry in self.mail_rates.split():
            name, _, value = entry.partition("=")
            number, _, name = name.rpartition("/")
            lane, _, group = name.partition(":")
            try:
                rate = float(value)
            except ValueError:
                rate = 0.0
            if lane not in LANES or group not in (*GROUPS, EVERYTHING) or not 0 < rate < 1e6:
                raise SettingsError(f"AGORA_MAIL_RATES: {entry!r} is not like bulk:gmail=5")
            if entry.startswith("/") or (number and number not in self._places()):
                raise SettingsError(f"AGORA_MAIL_RATES: {entry!r} is about a relay that AGORA_SMTP_URL does not name")
            if not number:
                common[lane, group] = rate
            elif int(number) == relay + 1:
                own[lane, group] = rate
        return common | own

    def _places(self) -> set[str]:
        return {str(place) for place in range(1, len(self.smtp_url.split()) + 1)}


def load() -> Settings:
    """From the environment. Raises SettingsError."""
    loaded = Settings.read()
    marks.use(loaded.secret_key)
    return loaded
