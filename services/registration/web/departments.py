"""The départements to choose from, as people read them."""

from __future__ import annotations

from services.registration.rules.choices import DEPARTMENT_LABELS, DEPARTMENTS
from shared.departements import REGIONS
from shared.web import settings
from shared.web.words import _


def region() -> str:
    """The network's."""
    return settings().region


def departments() -> dict[str, str]:
    """Code → name, those of the network's region first, what is elsewhere last."""
    near, elsewhere = {code: DEPARTMENTS[code] for code in REGIONS[region()]}, DEPARTMENTS["other"]
    return near | DEPARTMENTS | {"other": _(elsewhere)}


def department_labels() -> dict[str, str]:
    """The same, and what stands where none was said: to show and to look for, not to choose."""
    nothing = DEPARTMENT_LABELS["unsaid"]
    return departments() | {"unsaid": _(nothing)}
