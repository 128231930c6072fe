"""The languages that a form offers, in the language of the page."""

from __future__ import annotations

from flask_babel import get_locale

from services.jury import languages


def choices() -> list[tuple[str, str]]:
    return [(code, name_of(code)) for code in languages.OFFERED]


def name_of(code: str) -> str:
    return languages.name_of(code, str(get_locale() or languages.HOUSE))
