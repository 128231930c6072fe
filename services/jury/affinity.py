"""How apt a juror is for a project: half for a country they know, half for a theme they know. Pure."""

from __future__ import annotations

from services.jury import place_names
from services.jury.conflicts import words

COUNTRY = 0.5
THEME = 0.5


def affinity(themes: str, countries: str, text: str, country: str) -> float:
    """0, ½ or 1. themes and countries: what the juror knows, apart by commas; a country by name or code. A theme
    is met when all its words are in the project's text; a country when it is the project's, or the one that its region
    lies in."""
    found = COUNTRY if {country.upper(), country.upper()[:2]} & place_names.codes(countries) else 0.0
    written = words(text)
    met = any(theme and theme <= written for theme in map(words, themes.split(",")))
    return found + (THEME if met else 0.0)
