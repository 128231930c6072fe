"""Countries and parts of countries by name: a list to choose from, and names that somebody typed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _

from services.jury import deadlines
from services.jury.texts import fold
from services.jury.zones import CODE, ENGLISH_PARTS, PARTS, within
from shared.clock import PARIS
from shared.web import i18n

_NOT_PLACES = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
_SHORT = {"PS": "Palestine"}
"""Named here as those say who work there."""
Choices = Sequence[tuple[str, str]]


@lru_cache(maxsize=4)
def _choices(language: str) -> list[tuple[str, str]]:
    names = dict(Locale.parse(language).territories) | _SHORT
    countries = [(c, n) for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in _NOT_PLACES]
    parts = [(code, f"{names[code[:2]]} – {_part(code, language)}") for code in PARTS]
    return sorted(countries + parts, key=lambda one: fold(one[1]))


def _part(code: str, language: str) -> str:
    return PARTS[code] if language == "fr" else ENGLISH_PARTS.get(code, PARTS[code])


def choices() -> list[tuple[str, str]]:
    """(code, name), sorted by name, in the language of the page."""
    return _choices(str(get_locale() or "fr"))


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


def read(typed: str) -> tuple[list[str], list[str]]:
    """The codes of places that somebody typed, names or codes apart by commas, and the words that are none.

    "brésil, SICHUAN; MG" → ["BR", "CN-SC", "MG"], []. Codes may stand apart by spaces alone.
    """
    found: list[str] = []
    unknown: list[str] = []
    for piece in filter(None, (one.strip() for one in re.split(r"[,;\n]", typed))):
        codes = [_code(piece)]
        if codes == [None]:
            codes = [_code(word) if word.isascii() and CODE.match(word.upper()) else None for word in piece.split()]
        if None in codes:
            unknown.append(piece)
        found += [code for code in codes if code and code not in found]
    return found, unknown


def _code(typed: str) -> str | None:
    """A code of a country that exists, or the name of a place in French or English."""
    code = typed.upper()
    if CODE.match(code):
        return code if code[:2] in dict(_choices("fr")) else None
    return _names().get(fold(typed))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every name → its code; a part of a country by its own name too."""
    found = {fold(PARTS[code]): code for code in PARTS} | {fold(name): code for code, name in ENGLISH_PARTS.items()}
    for language in ("fr", "en"):
        found |= {fold(name): code for code, name in _choices(language)}
        found |= {fold(name): code for code, name in Locale.parse(language).territories.items() if code in _SHORT}
    return found


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
