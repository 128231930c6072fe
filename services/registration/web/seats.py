"""Step 1 of nine: how many seats are left, in words. Next: services/registration/queries/places.py."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import get_locale

from services.registration.queries.places import Places
from services.registration.rules.seats import Count
from services.registration.web.once import hole
from shared.web.words import _, ngettext


@dataclass(frozen=True)
class Said:
    """What the form says about seats; `event` decides which of its sentences."""

    event: Count
    left: str
    workshops: dict[uuid.UUID, str]

    def holes(self) -> Said:
        """The same, with holes for the words."""
        return Said(self.event, hole("left"), {one: hole(str(one)) for one in self.workshops})

    def values(self) -> dict[str, str]:
        """What goes into these holes."""
        return {"left": self.left} | {str(one): words for one, words in self.workshops.items()}


def said(places: Places) -> Said:
    language = str(get_locale())
    workshops = {one: _workshop(language, *_free_or_rank(left)) for one, left in places.workshops.items()}
    return Said(places.event, _event(language, *_free_or_rank(places.event)), workshops)


def _free_or_rank(left: Count) -> tuple[int, int]:
    """How many seats a newcomer may take, 0 when none; the rank in the queue then."""
    return (left.free, 0) if left.grants else (0, left.waiting + 1)


# The few numbers there are come again and again, and finding a sentence takes longer than all the counting.
@lru_cache(maxsize=1024)
def _event(language: str, free: int, rank: int) -> str:  # noqa: ARG001
    if free:
        return ngettext("Il reste %(num)d place.", "Il reste %(num)d places.", free)
    return _("La rencontre est complète : vous serez sur la liste d’attente, au rang %(rank)s.", rank=rank)


@lru_cache(maxsize=1024)
def _workshop(language: str, free: int, rank: int) -> str:  # noqa: ARG001
    if free:
        return ngettext("encore %(num)d place", "encore %(num)d places", free)
    return _("complet : ce choix vous met sur sa liste d’attente, au rang %(rank)s", rank=rank)
