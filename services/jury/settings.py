"""What the jury reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.settings import Settings as CommonSettings
from shared.settings import env


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    """`attachments`: the folder of the papers that applicants send; never one that a web server shows."""

    attachments: Path = env("AGORA_ATTACHMENTS", Path("var/attachments"))


def load() -> Settings:
    return Settings.read()
