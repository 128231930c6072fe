"""What the jury reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass

from shared.settings import Settings as CommonSettings


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    """Nothing beyond what every service has, so far."""


def load() -> Settings:
    return Settings.read()
