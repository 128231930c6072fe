"""Who publishes L'Écho: under the name of a day, from the address of the settings."""

from __future__ import annotations

import datetime as dt
from typing import cast

from sqlalchemy.orm import Session

from services.mailer.publishing import House
from services.mailer.settings import Settings
from shared import clock
from shared.web import settings


def house(session: Session, at: dt.datetime | None = None) -> House:
    """The sender of L'Écho and the foot of each issue. at: when it leaves; today, when nobody has said."""
    return House.at(session, cast(Settings, settings()), at or clock.now())
