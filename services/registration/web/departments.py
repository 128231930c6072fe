"""The départements to choose from, as people read them."""

from __future__ import annotations

from typing import cast

from services.registration.rules.choices import DEPARTMENTS
from services.registration.settings import Settings
from shared.departements import REGIONS
from shared.web import settings
from shared.web.words import _


def region() -> str:
    """The network's."""
    return cast(Settings, settings()).region


def departments() -> dict[str, str]:
    """Code → name, those of the network's region first, what is elsewhere last."""
    near, elsewhere = {code: DEPARTMENTS[code] for code in REGIONS[region()]}, DEPARTMENTS["other"]
    return near | DEPARTMENTS | {"other": _(elsewhere)}
