"""Settings come from the environment, once, when a process starts; a wrong one stops it with a clear word.

What must not stand in an environment may stand in a file: `AGORA_SECRET_KEY_FILE=/keys/secret_key` gives
`AGORA_SECRET_KEY` the content of that file, without its last line end. So for every variable.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from shared.departements import REGIONS

_REQUIRED = object()


class SettingsError(Exception):
    """The environment lacks something, or says something that cannot be."""


def env(name: str, default: Any = _REQUIRED) -> Any:
    """A field read from the environment variable `name`; without a default it must be given."""
    if default is _REQUIRED:
        return field(metadata={"env": name})
    return field(default=default, metadata={"env": name})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the three services have in common.

    organisation…host: who the network is, for the foot of its letters and for the pages that the law asks for:
    publisher is the person who answers for what is published, host the company whose machines these are.
    region: the network's; its départements stand first in every list, and a call starts from them.
    """

    database_url: str = env("AGORA_DATABASE_URL")
    amqp_url: str = env("AGORA_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
    secret_key: str = env("AGORA_SECRET_KEY")
    public_url: str = env("AGORA_PUBLIC_URL")
    url_prefix: str = env("AGORA_URL_PREFIX", "")
    registration_url: str = env("AGORA_REGISTRATION_URL", "http://127.0.0.1:8001")
    jury_url: str = env("AGORA_JURY_URL", "http://127.0.0.1:8002")
    mailer_url: str = env("AGORA_MAILER_URL", "http://127.0.0.1:8003")
    staff_public_key_file: Path | None = env("AGORA_STAFF_PUBLIC_KEY_FILE", None)
    trusted_proxies: int = env("AGORA_TRUSTED_PROXIES", 0)
    rate_limit_factor: float = env("AGORA_RATE_LIMIT_FACTOR", 1.0)
    bind: str = env("AGORA_BIND", "127.0.0.1:8000")
    metrics_bind: str = env("AGORA_METRICS_BIND", "")
    log_format: str = env("AGORA_LOG_FORMAT", "json")
    environment: str = env("AGORA_ENV", "production")
    organisation: str = env("AGORA_ORGANISATION", "Réseau régional de coopération internationale")
    organisation_address: str = env("AGORA_ORGANISATION_ADDRESS", "")
    organisation_email: str = env("AGORA_ORGANISATION_EMAIL", "")
    publisher: str = env("AGORA_PUBLISHER", "")
    host: str = env("AGORA_HOST", "")
    region: str = env("AGORA_REGION", "Occitanie")

    @property
    def is_development(self) -> bool:
        return self.environment == "development"

    def __post_init__(self) -> None:
        if self.environment not in ("production", "development"):
            raise SettingsError("AGORA_ENV must be production or development")
        if len(self.secret_key) < 16:
            raise SettingsError("AGORA_SECRET_KEY must have at least 16 characters")
        if self.public_url.endswith("/"):
            raise SettingsError("AGORA_PUBLIC_URL must not end with a slash")
        if self.region not in REGIONS:
            raise SettingsError(f"AGORA_REGION must be one of {', '.join(REGIONS)}")

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Settings from the environment. Raises SettingsError naming every variable that is wrong."""
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for entry in dataclasses.fields(cls):
            name = entry.metadata.get("env", "")
            try:
                raw = environ.get(name, "") or _content(environ.get(f"{name}_FILE", ""))
            except OSError as error:
                wrong.append(f"{name}_FILE cannot be read: {error.strerror}")
                continue
            if raw == "":
                if entry.default is dataclasses.MISSING:
                    wrong.append(f"{name} is not set")
                continue
            try:
                values[entry.name] = _convert(str(entry.type), raw)
            except ValueError:
                wrong.append(f"{name} is not a valid {entry.type}")
        if wrong:
            raise SettingsError("; ".join(wrong))
        return cls(**values)


def _content(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").rstrip("\r\n") if path else ""


def _convert(kind: str, raw: str) -> Any:
    if kind.startswith("int"):
        return int(raw)
    if kind.startswith("float"):
        return float(raw)
    if kind.startswith("bool"):
        if raw.lower() not in ("1", "0", "true", "false", "yes", "no"):
            raise ValueError(raw)
        return raw.lower() in ("1", "true", "yes")
    if kind.startswith("Path"):
        return Path(raw)
    return raw
