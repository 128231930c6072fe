"""Settings of the mailer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from services.mailer.limits import EVERYTHING, GROUPS
from services.mailer.rules import LANES
from shared import settings
from shared.settings import SettingsError, env


@dataclass(frozen=True, kw_only=True)
class Settings(settings.Settings):
    """What the sender and the pages need to know.

    smtp_url: smtp://host:port, smtp+starttls://user:password@host:port or smtps://…; user and password
    percent-encoded. mail_rates: "lane:group=mails per second …", such as "bulk:*=14 bulk:gmail=5".
    bounce_domain: where bounces are received; empty: they go to the From address. inbound_bind: where the
    LMTP listener that receives them waits for the relay.
    """

    smtp_url: str = env("AGORA_SMTP_URL", "smtp://127.0.0.1:1025")
    mail_domain: str = env("AGORA_MAIL_DOMAIN", "agora.example")
    mail_from: str = env("AGORA_MAIL_FROM", "L’Écho du Réseau <echo@agora.example>")
    mail_from_transactional: str = env("AGORA_MAIL_FROM_TRANSACTIONAL", "bonjour@agora.example")
    organisation: str = env("AGORA_ORGANISATION", "Réseau régional de coopération internationale")
    organisation_address: str = env("AGORA_ORGANISATION_ADDRESS", "")
    bounce_domain: str = env("AGORA_BOUNCE_DOMAIN", "")
    inbound_bind: str = env("AGORA_INBOUND_BIND", "127.0.0.1:8024")
    dkim_key_file: Path | None = env("AGORA_DKIM_KEY_FILE", None)
    dkim_selector: str = env("AGORA_DKIM_SELECTOR", "agora")
    dkim_transactional_selector: str = env("AGORA_DKIM_TRANSACTIONAL_SELECTOR", "")
    bulk_connections: int = env("AGORA_MAIL_BULK_CONNECTIONS", 6)
    transactional_connections: int = env("AGORA_MAIL_TRANSACTIONAL_CONNECTIONS", 2)
    mail_rates: str = env("AGORA_MAIL_RATES", "")
    claim_lease: float = env("AGORA_MAIL_CLAIM_LEASE", 60.0)
    smtp_timeout: float = env("AGORA_SMTP_TIMEOUT", 30.0)
    smtp_reply_timeout: float = env("AGORA_SMTP_REPLY_TIMEOUT", 600.0)
    retry_factor: float = env("AGORA_MAIL_RETRY_FACTOR", 1.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rates()
        if not self.inbound_bind.rpartition(":")[2].isdecimal():
            raise SettingsError("AGORA_INBOUND_BIND is not like 127.0.0.1:8024")
        if not 1 <= self.bulk_connections <= 64 or not 1 <= self.transactional_connections <= 16:
            raise SettingsError("AGORA_MAIL_BULK_CONNECTIONS must be 1 to 64, …_TRANSACTIONAL_CONNECTIONS 1 to 16")

    def rates(self) -> dict[tuple[str, str], float]:
        """(lane, group or "*") → mails per second. Raises SettingsError."""
        read: dict[tuple[str, str], float] = {}
        for entry in self.mail_rates.split():
            name, _, value = entry.partition("=")
            lane, _, group = name.partition(":")
            try:
                rate = float(value)
            except ValueError:
                rate = 0.0
            if lane not in LANES or group not in (*GROUPS, EVERYTHING) or not 0 < rate < 1e6:
                raise SettingsError(f"AGORA_MAIL_RATES: {entry!r} is not like bulk:gmail=5")
            read[lane, group] = rate
        return read


def load() -> Settings:
    """From the environment. Raises SettingsError."""
    return Settings.read()
