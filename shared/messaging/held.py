"""Things of which the broker refused a fact, or said nothing: each is left alone for a while, so that no other waits
for it (docs/decisions/0672). Known to one relay, for as long as it lives: the next tries each anew.
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
SILENT = 60.0  # seconds that a thing is left alone of whose fact the broker said nothing
HURRY = 10.0  # seconds that a look waits which tries one of these again
REMIND = 60.0  # seconds after which a refusal that lasts is worth another line in the log


class Held:
    def __init__(self) -> None:
        # Thing: for how long it is left alone, and until when; the one refused last comes last.
        self._things: dict[str, tuple[float, float]] = {}
        self._silent: set[str] = set()  # of these
        self.hurries = False  # the look tries one of them again
        self._tries = FEW
        self._tried = False  # some of them in the last look
        self._said = -math.inf

    def left_out(self) -> list[str]:
        """The things that are left alone in this look: after one that tried some again, all of them, for their facts
        are the oldest and may have filled it."""
        self.hurries = False
        if not self._things:
            return []
        now = time.monotonic()
        due = (thing for thing, (_wait, until) in self._things.items() if until <= now)
        again = set(islice(due, 0 if self._tried and self._tries == FEW else self._tries))
        self._tried = bool(again)
        self.hurries = not again.isdisjoint(self._silent)
        return [thing for thing in self._things if thing not in again]

    def settle(self, taken: Collection[str], refused: Collection[str]) -> bool:
        """What the broker said of these things in a look; returns whether it refuses one more, or has for long."""
        now = time.monotonic()
        freed = [thing for thing in taken if self._things.pop(thing, None)]
        still = self._silent if self._silent.isdisjoint(freed) else set()
        self._silent.difference_update(freed, refused)
        if freed and not refused:  # whatever was in the way may be gone for all
            self._things = {one: kept if one in still else (FIRST, now) for one, kept in self._things.items()}
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

    def hush(self, things: Collection[str]) -> None:
        """The broker neither took a fact of these nor refused it, for as long as a look waits."""
        until = time.monotonic() + SILENT
        for thing in things:
            self._things.pop(thing, None)
            self._things[thing] = (FIRST, until)
        self._silent.update(things)
