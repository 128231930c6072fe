"""Countries and parts of countries by name, as a list to choose from."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from flask_babel import get_locale
from flask_babel import gettext as _

from services.jury import deadlines
from services.jury.zones import ENGLISH_PARTS, PARTS
from shared.clock import PARIS
from shared.web import i18n

_NOT_PLACES = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}


@lru_cache(maxsize=4)
def _choices(language: str) -> list[tuple[str, str]]:
    names = Locale.parse(language).territories
    countries = [(c, n) for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in _NOT_PLACES]
    parts = [(code, f"{names[code[:2]]} – {_part(code, language)}") for code in PARTS]
    return sorted(countries + parts, key=lambda one: one[1].casefold().replace("é", "e").replace("î", "i"))


def _part(code: str, language: str) -> str:
    return PARTS[code] if language == "fr" else ENGLISH_PARTS.get(code, PARTS[code])


def choices() -> list[tuple[str, str]]:
    """(code, name), sorted by name, in the language of the page."""
    return _choices(str(get_locale() or "fr"))


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
