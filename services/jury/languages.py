"""Which languages somebody reads, from how they write it: "français, anglais", "FR / en". Pure.

Codes are ISO 639-1. Who says nothing reads French, and an application that says nothing is written in it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale

from services.jury.texts import fold

HOUSE = "fr"
OFFERED = ("fr", "en", "es", "pt", "ar", "km", "mg", "wo", "zh", "de", "it", "oc")
"""What a form lists; a juror may name others."""


@cache
def _codes() -> dict[str, str]:
    """Folded name or code → code; French names go before English ones."""
    found: dict[str, str] = {}
    for locale in ("fr", "en"):
        for code, name in Locale.parse(locale).languages.items():
            if len(code) == 2:
                found.setdefault(fold(name), code)
                found.setdefault(code, code)
    return found


def name_of(code: str, locale: str = HOUSE) -> str:
    """ "portugais" for "pt"; the code itself when there is no such language."""
    return str(Locale.parse(locale).languages.get(code, code))


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """(codes, words that name no language)."""
    codes, unknown = set(), []
    for word in re.split(r"[,;/\n]| et ", text):
        if key := fold(word):
            code = _codes().get(key)
            if code is None:
                unknown.append(word.strip())
            else:
                codes.add(code)
    return frozenset(codes), tuple(unknown)


def to_write_in(juror: str) -> str:
    """The language of a mail to who reads these: French, or English where they read that and no French."""
    codes = read(juror)[0]
    return "en" if "en" in codes and HOUSE not in codes else HOUSE


def reads(juror: str, project: str) -> bool:
    """Whether who reads the languages of this text reads a project written in that one (a code, or "")."""
    return (project or HOUSE) in (read(juror)[0] or {HOUSE})
