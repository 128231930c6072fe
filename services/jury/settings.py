"""What the jury reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.settings import Settings as CommonSettings
from shared.settings import env


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    """`attachments`: the folder of the papers that applicants send; never one that a web server shows.

    `scan_command`: run on each paper, its path added; 0 lets it in, 1 refuses it, anything else or more than
    `scan_seconds` refuses it for now. Empty: no scan.
    """

    attachments: Path = env("AGORA_ATTACHMENTS", Path("var/attachments"))
    scan_command: str = env("AGORA_SCAN_COMMAND", "")
    scan_seconds: int = env("AGORA_SCAN_SECONDS", 30)


def load() -> Settings:
    return Settings.read()
