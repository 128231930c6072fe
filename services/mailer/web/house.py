"""Who publishes L'Écho, from the settings."""

from __future__ import annotations

from typing import cast

from services.mailer.publishing import House
from services.mailer.settings import Settings
from shared.web import settings


def house() -> House:
    """The sender of L'Écho and the foot of each issue."""
    return House.of(cast(Settings, settings()))
