"""What registration reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.settings import Settings as CommonSettings
from shared.settings import env


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    staff_private_key_file: Path | None = env("AGORA_STAFF_PRIVATE_KEY_FILE", None)
    """Signs the staff's sessions; without it nobody can sign in, and everything else works."""


def load() -> Settings:
    return Settings.read()
