"""Days that forms and refusals give as an example: never one that is long over."""

from __future__ import annotations

from services.registration.rules import dates
from shared import clock


def example_day() -> str:
    """ "vendredi 14 octobre 2016", some weeks from today; French, as dates are read."""
    return dates.example(clock.now().astimezone(clock.PARIS).date())
