"""What registration reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.settings import Settings as CommonSettings
from shared.settings import SettingsError, env


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    """openid…: a directory that the staff may sign in with (OpenID Connect), see services/registration/openid.py."""

    staff_private_key_file: Path | None = env("AGORA_STAFF_PRIVATE_KEY_FILE", None)
    """Signs the staff's sessions; without it nobody can sign in, and everything else works."""
    openid_issuer: str = env("AGORA_OPENID_ISSUER", "")
    openid_client_id: str = env("AGORA_OPENID_CLIENT_ID", "")
    openid_client_secret: str = env("AGORA_OPENID_CLIENT_SECRET", "")
    openid_name: str = env("AGORA_OPENID_NAME", "")
    openid_addresses_trusted: bool = env("AGORA_OPENID_ADDRESSES_TRUSTED", False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.openid_issuer:
            return
        if not self.is_development and not self.openid_issuer.startswith("https://"):
            raise SettingsError("AGORA_OPENID_ISSUER must begin with https://")
        for name in ("client_id", "client_secret", "name"):
            if not getattr(self, f"openid_{name}"):
                raise SettingsError(f"AGORA_OPENID_{name.upper()} is not set, and AGORA_OPENID_ISSUER is")


def load() -> Settings:
    return Settings.read()
