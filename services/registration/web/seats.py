"""Step 1 of nine: how many seats are left, in words. Next: services/registration/queries/places.py."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

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
    return Said(places.event, _event(places.event), {one: _workshop(left) for one, left in places.workshops.items()})


def _event(left: Count) -> str:
    if left.grants:
        return ngettext("Il reste %(num)d place.", "Il reste %(num)d places.", left.free)
    return _("La rencontre est complète : vous serez sur la liste d’attente, au rang %(rank)s.", rank=left.waiting + 1)


def _workshop(left: Count) -> str:
    if left.grants:
        return ngettext("encore %(num)d place", "encore %(num)d places", left.free)
    return _("complet : ce choix vous met sur sa liste d’attente, au rang %(rank)s", rank=left.waiting + 1)
