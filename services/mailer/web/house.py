"""Who publishes L'Écho, from the settings."""

from __future__ import annotations

from email.utils import parseaddr
from typing import cast

from services.mailer.publishing import House
from services.mailer.settings import Settings
from shared.web import settings


def house() -> House:
    """The sender of L'Écho and the foot of each issue."""
    ours = cast(Settings, settings())
    name, email = parseaddr(ours.mail_from)
    return House(
        organiser=ours.organisation,
        address=ours.organisation_address,
        from_name=name or ours.organisation,
        from_email=email,
        reply_to=email,
        public_url=ours.public_url,
    )
