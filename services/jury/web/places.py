"""Countries and parts of countries by name: a list to choose from, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from services.jury import deadlines, place_names
from services.jury.zones import within
from shared.clock import PARIS
from shared.web import i18n

Choices = Sequence[tuple[str, str]]


def choices() -> list[tuple[str, str]]:
    """(code, name), sorted by name, in the language of the page."""
    return place_names.choices(str(get_locale() or "fr"))


def of_call(rulebook: Mapping[str, Any]) -> list[tuple[str, Choices]]:
    """(heading, choices) to choose from in a call: the zones that it names come first, under a heading."""
    codes = rulebook["zones"]["codes"] if rulebook["zones"]["mode"] != "none" else ()
    if not codes:
        return [("", choices())]
    named: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    for one in choices():
        (named if within(one[0], codes) == "in" else others).append(one)
    return [(_("Les zones de cet appel"), named), (_("Ailleurs"), others)]


def name_of(code: str) -> str:
    return dict(choices()).get(code, code)


def told(there: deadlines.Clock) -> str:
    """What the partner's clock shows when the call closes, as one would say it."""
    local = there.at.replace(tzinfo=None)
    words = {"place": name_of(there.place), "when": i18n.moment(local)}
    days = (local.date() - there.at.astimezone(PARIS).date()).days
    if days > 0:
        return str(_("Chez votre partenaire (%(place)s), ce sera déjà le lendemain : %(when)s.", **words))
    if days < 0:
        return str(_("Chez votre partenaire (%(place)s), ce sera encore la veille : %(when)s.", **words))
    return str(_("Chez votre partenaire (%(place)s), ce sera le même jour : %(when)s.", **words))
