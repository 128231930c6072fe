"""Step 3 of nine: when those who organise read of new registrations, and in how many mails. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from services.registration.rules.choices import N_
from services.registration.rules.dates import at
from shared.clock import PARIS

HOW: dict[str, str] = {
    "each": N_("À chaque inscription"),
    "daily": N_("Un résumé chaque matin"),
}
"""Who is not on the list reads nothing: that is the third way, and the one to begin with."""
SETTLED = dt.timedelta(minutes=1)
"""How long after its instant a registration stands for certain: one that waits for a lock gives up after seconds."""
HOUR = dt.timedelta(hours=1)
MOST = 10
"""Mails to one person about one event within an hour; the last of them takes all that waits, and says so."""
MORNING = dt.time(8)
LISTED = 60
"""People named in one mail."""
PEOPLE = 20
"""Told of one event."""
KEPT = dt.timedelta(days=30)
"""Who is told of it, after its end."""


@dataclass(frozen=True)
class Pace:
    """What was written within the hour that began then."""

    began: dt.datetime | None = None
    sent: int = 0

    def held(self, now: dt.datetime) -> bool:
        """Whether nothing more is written before the hour is over."""
        return self.sent >= MOST and not self._over(now)

    def next(self, groups: int, now: dt.datetime) -> tuple[int, Pace]:
        """(how many of `groups` get a mail of their own, the pace then). What is left, if any, shares one more mail.

        Only where it is not `held`. After an hour that was full, all that waited comes together.
        """
        began, sent = (now, 0) if self._over(now) else (self.began, self.sent)
        alone = 0 if self._over(now) and self.sent >= MOST and groups > 1 else min(groups, MOST - 1 - sent)
        mails = alone + (groups > alone)
        return alone, Pace(began if mails or sent else None, sent + mails)

    @property
    def resumes(self) -> dt.datetime | None:
        """When the next mail may leave, once the hour is full."""
        return self.began + HOUR if self.began and self.sent >= MOST else None

    def _over(self, now: dt.datetime) -> bool:
        return self.began is None or now >= self.began + HOUR


def until(how: str, told: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Up to which instant something is to be told now of what came after `told`; None when it is not time."""
    stands = now - SETTLED
    if how == "each":
        return stands if stands > told else None
    day = stands.astimezone(PARIS).date()
    morning = at(day, MORNING)
    if stands < morning:
        morning = at(day - dt.timedelta(days=1), MORNING)
    return morning if morning > told else None
