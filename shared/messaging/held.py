"""Things of which the broker refused a fact: each is left alone for a while, so that no other waits for it
(docs/decisions/0672). Known to one relay, for as long as it leads: the next tries each anew.
"""

from __future__ import annotations

import math
import time
from collections.abc import Collection
from itertools import islice

FIRST = 1.0  # seconds that a thing is left alone after its first refusal: doubled at each further one
MOST = 30.0
FEW = 50  # things tried again in one look, beside what is new, while the broker refuses them
MANY = 1000  # once it takes them
REMIND = 60.0  # seconds after which a refusal that lasts is worth another line in the log


class Held:
    def __init__(self) -> None:
        # Thing: for how long it is left alone, and until when; the one refused last comes last.
        self._things: dict[str, tuple[float, float]] = {}
        self._tries = FEW
        self._tried = False  # some of them in the last look
        self._said = -math.inf

    def left_out(self) -> list[str]:
        """The things that are left alone in this look: after one that tried some again, all of them, for their facts
        are the oldest and may have filled it."""
        if not self._things:
            return []
        now = time.monotonic()
        due = (thing for thing, (_wait, until) in self._things.items() if until <= now)
        again = set(islice(due, 0 if self._tried and self._tries == FEW else self._tries))
        self._tried = bool(again)
        return [thing for thing in self._things if thing not in again]

    def settle(self, taken: Collection[str], refused: Collection[str]) -> bool:
        """What the broker said of these things in a look; returns whether it refuses one more, or has for long."""
        now = time.monotonic()
        freed = [thing for thing in taken if self._things.pop(thing, None)]
        if freed and not refused:  # whatever was in the way may be gone for all
            self._things = dict.fromkeys(self._things, (FIRST, now))
        self._tries = MANY if freed and not refused else FEW
        is_news = any(thing not in self._things for thing in refused) or now - self._said > REMIND
        for thing in refused:
            wait, _until = self._things.pop(thing, (0.0, 0.0))
            wait = min(MOST, wait * 2) or FIRST
            self._things[thing] = (wait, now + wait)
        if refused and is_news:
            self._said = now
            return True
        return False
