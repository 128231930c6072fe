"""What the jury reads from the environment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shared.settings import Settings as CommonSettings
from shared.settings import SettingsError, env


@dataclass(frozen=True, kw_only=True)
class Settings(CommonSettings):
    """`attachments`: the folder of the papers that applicants send; never one that a web server shows.

    `scan_command`: run on each paper, its path added; 0 lets it in, 1 refuses it, anything else or more than
    `scan_seconds` refuses it for now. Empty: no scan.

    `s3_url`: scheme, host and bucket of an S3-compatible store, which then takes the place of the folder.
    """

    attachments: Path = env("AGORA_ATTACHMENTS", Path("var/attachments"))
    scan_command: str = env("AGORA_SCAN_COMMAND", "")
    scan_seconds: int = env("AGORA_SCAN_SECONDS", 30)
    s3_url: str = env("AGORA_S3_URL", "")
    s3_region: str = env("AGORA_S3_REGION", "us-east-1")
    s3_key: str = env("AGORA_S3_KEY", "")
    s3_secret: str = env("AGORA_S3_SECRET", "")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.s3_url and not (self.s3_url.startswith(("http://", "https://")) and self.s3_key and self.s3_secret):
            raise SettingsError(
                "AGORA_S3_URL must be an address, and AGORA_S3_KEY and AGORA_S3_SECRET be given with it"
            )


def load() -> Settings:
    return Settings.read()
