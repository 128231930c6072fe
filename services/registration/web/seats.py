"""Step 1 of nine: how many seats are left, in words. Next: services/registration/queries/places.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from flask_babel import get_locale

from services.registration.queries.places import Places
from services.registration.rules.choices import KEPT_FOR
from services.registration.rules.seats import Count
from services.registration.web.once import hole
from shared.web.i18n import date
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
    event = places.event
    own = (
        _event(language, *_free_or_rank(event))
        if event.grants or not event.kept
        else _beside_kept(language, event.waiting + 1)
    )
    words = [own, *kept(event)]
    return Said(event, " ".join(words), workshops)


def kept(event: Count) -> list[str]:
    """One sentence for each reserve that somebody of its types can still take from."""
    language = str(get_locale())
    return [
        _kept(language, min(one.unused, event.left), tuple(sorted(one.actor_types)), one.until)
        for one in event.reserves
        if one.unused and event.left
    ]


def whom(actor_types: Iterable[str]) -> str:
    """« aux collectivités territoriales, aux établissements publics »"""
    return ", ".join(_(words) for key, words in KEPT_FOR.items() if key in actor_types)


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
def _beside_kept(language: str, rank: int) -> str:  # noqa: ARG001
    return _(
        "Les places ouvertes à tout le monde sont prises : sauf dans une réserve, vous serez sur la liste d’attente, "
        "au rang %(rank)s.",
        rank=rank,
    )


@lru_cache(maxsize=1024)
def _kept(language: str, number: int, actor_types: tuple[str, ...], until: dt.date) -> str:  # noqa: ARG001
    return ngettext(
        "%(num)d place est gardée %(whom)s jusqu’au %(day)s.",
        "%(num)d places sont gardées %(whom)s jusqu’au %(day)s.",
        number,
        whom=whom(actor_types),
        day=date(until, year=False),
    )


@lru_cache(maxsize=1024)
def _workshop(language: str, free: int, rank: int) -> str:  # noqa: ARG001
    if free:
        return ngettext("encore %(num)d place", "encore %(num)d places", free)
    return _("complet : ce choix vous met sur sa liste d’attente, au rang %(rank)s", rank=rank)
