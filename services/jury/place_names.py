"""Countries and parts of countries by name, in French and English, and names that somebody typed. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from babel import Locale

from services.jury.texts import fold
from services.jury.zones import CODE, ENGLISH_PARTS, PARTS

_NOT_PLACES = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
_SHORT = {"PS": "Palestine"}
"""Named here as those say who work there."""


@lru_cache(maxsize=4)
def choices(language: str) -> list[tuple[str, str]]:
    """(code, name), sorted by name."""
    names = dict(Locale.parse(language).territories) | _SHORT
    countries = [(c, n) for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in _NOT_PLACES]
    parts = [(code, f"{names[code[:2]]} – {_part(code, language)}") for code in PARTS]
    return sorted(countries + parts, key=lambda one: fold(one[1]))


def _part(code: str, language: str) -> str:
    return PARTS[code] if language == "fr" else ENGLISH_PARTS.get(code, PARTS[code])


def read(typed: str) -> tuple[list[str], list[str]]:
    """The codes of places that somebody typed, names or codes apart by commas, and the words that are none.

    "brésil, SICHUAN; MG" → ["BR", "CN-SC", "MG"], []. Codes may stand apart by spaces alone.
    """
    found: list[str] = []
    unknown: list[str] = []
    for piece in filter(None, (one.strip() for one in re.split(r"[,;\n]", typed))):
        named = [_code(piece)]
        if named == [None]:
            named = [_code(word) if word.isascii() and CODE.match(word.upper()) else None for word in piece.split()]
        if None in named:
            unknown.append(piece)
        found += [code for code in named if code and code not in found]
    return found, unknown


@lru_cache(maxsize=4096)
def codes(typed: str) -> frozenset[str]:
    """Of the places that somebody typed; what is none is left out."""
    return frozenset(read(typed)[0])


def _code(typed: str) -> str | None:
    """A code of a country that exists, or the name of a place in French or English."""
    code = typed.upper()
    if CODE.match(code):
        return code if code[:2] in dict(choices("fr")) else None
    return _names().get(fold(typed))


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every name → its code; a part of a country by its own name too."""
    found = {fold(PARTS[code]): code for code in PARTS} | {fold(name): code for code, name in ENGLISH_PARTS.items()}
    for language in ("fr", "en"):
        found |= {fold(name): code for code, name in choices(language)}
        found |= {fold(name): code for code, name in Locale.parse(language).territories.items() if code in _SHORT}
    return found
