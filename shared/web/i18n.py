"""Language of the page, dates and numbers in words, and French typography.

French is the language of the sources; a catalogue `translations/en/LC_MESSAGES/messages.po` per service and
one here give English. The .po files are read as they are: there is no compiled file to forget.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from babel import Locale, dates, numbers, support
from babel.messages import mofile, pofile
from flask import Flask, Response, request
from flask_babel import Babel, Domain, get_locale
from markupsafe import Markup

from shared.clock import PARIS
from shared.contracts.parts import LOCALES
from shared.web.words import _

COOKIE = "agora_lang"
_PARSED = {one: Locale.parse(one) for one in LOCALES}
NARROW = "\u202f"
SHARED = Path(__file__).parent / "translations"

_BEFORE = re.compile(r"[ \u00a0\u202f]+([;:!?»])")
_GLUED = re.compile(r"(?<=[\w)»\u2019%…])([;!?»])(?=[;!?»]*(?:\s|$))")
_AFTER = re.compile(r"«[ \u00a0\u202f]*")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=\w)")
_UNITS = re.compile(r"(?<=\d)[ \u00a0]+(?=(?:€|%|h|km|min)(?!\w))")
_THOUSANDS = re.compile(r"(?<=\d)[ \u00a0](?=\d{3}(?!\d))")
_TAGS = re.compile(r"(<[^>]*>)")


def typography(text: Any) -> str:
    """French spacing: a narrow no-break space before ; : ! ? » and after «, ’ for an apostrophe between letters.

    Text that is already HTML keeps its tags and entities untouched. Idempotent.
    """
    if isinstance(text, Markup):
        parts = _TAGS.split(str(text))
        return Markup("".join(part if part.startswith("<") else _spaced(part) for part in parts))  # noqa: S704
    plain = str(text)
    return _GLUED.sub(NARROW + r"\1", _spaced(plain))


def _spaced(text: str) -> str:
    text = _BEFORE.sub(NARROW + r"\1", text)
    text = _AFTER.sub("«" + NARROW, text)
    text = _UNITS.sub(NARROW, _THOUSANDS.sub(NARROW, text))
    return _APOSTROPHE.sub("’", text)


@lru_cache(maxsize=4096)
def _message(text: str) -> str:
    return _spaced(text)


class French(support.NullTranslations):
    """The sources, set as French wants: spaces, and zero in the singular."""

    def gettext(self, message: str) -> str:
        return _message(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _message(msgid1 if abs(n) < 2 else msgid2)

    def pgettext(self, context: str, message: str) -> str:  # noqa: ARG002
        return _message(message)

    def npgettext(self, context: str, singular: str, plural: str, num: int) -> str:  # noqa: ARG002
        return self.ngettext(singular, plural, num)

    ugettext = gettext
    ungettext = ngettext
    upgettext = pgettext
    unpgettext = npgettext


@cache
def _catalogue(path: Path) -> support.Translations:
    with path.open("rb") as source:
        catalogue = pofile.read_po(source)
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return support.Translations(compiled)


class _Domain(Domain):  # type: ignore[misc]
    def __init__(self, directories: list[Path]) -> None:
        super().__init__([str(one) for one in directories])
        self._directories = directories

    def get_translations(self) -> support.NullTranslations:
        language = str(get_locale() or "fr")
        if language not in self.cache:
            self.cache[language] = self._read(language)
        found: support.NullTranslations = self.cache[language]
        return found

    def _read(self, language: str) -> support.NullTranslations:
        if language == "fr":
            return French()
        merged = support.Translations()
        for directory in self._directories:
            path = directory / language / "LC_MESSAGES" / "messages.po"
            if path.exists():
                catalogue = _catalogue(path)
                merged.merge(catalogue)
                merged.plural = catalogue.plural
        # A sentence that elsewhere has a plural is found without a number too; by itself only from Python 3.12 on.
        for key, said in list(merged._catalog.items()):
            if isinstance(key, tuple) and key[1] == 0:
                merged._catalog.setdefault(key[0], said)
        # What is not translated yet is said in French rather than not at all.
        merged.add_fallback(French())
        return merged


class _Babel(Babel):  # type: ignore[misc]
    domain_instance: Any = None


def choose_language() -> str:
    """?lang=, then the cookie, then the browser's wish, then French."""
    for wish in (request.args.get("lang"), request.cookies.get(COOKIE)):
        if wish in LOCALES:
            return str(wish)
    return request.accept_languages.best_match(LOCALES, default="fr") or "fr"


def _chosen() -> Locale:
    return _PARSED[choose_language()]


def speak(app: Flask) -> None:
    """Give `app` its language, its catalogues and the Jinja filters."""
    babel = _Babel()
    babel.domain_instance = _Domain([SHARED, Path(app.root_path) / "translations"])
    babel.init_app(app, default_locale="fr", default_timezone="Europe/Paris", locale_selector=_chosen)
    app.jinja_env.filters.update(
        typo=lambda text: typography(text) if _language() == "fr" else text,
        date=date,
        day=day,
        time=time,
        moment=moment,
        iso=iso,
        upfirst=upfirst,
        number=number,
        money=money,
        percent=percent,
    )

    @app.after_request
    def remember(response: Response) -> Response:
        wish = request.args.get("lang")
        if wish in LOCALES and wish != request.cookies.get(COOKIE):
            response.set_cookie(
                COOKIE, wish, max_age=31_536_000, secure=request.is_secure, httponly=True, samesite="Lax"
            )
        return response


def _language() -> str:
    return str(get_locale() or "fr")


def _local(value: dt.datetime | dt.date) -> dt.datetime | dt.date:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(PARIS)
    return value


def date(value: dt.datetime | dt.date | None, *, weekday: bool = True, year: bool = True) -> str:
    """ "vendredi 14 octobre 2016"; the first of a month is "1er". Instants are shown in Europe/Paris."""
    if value is None:
        return ""
    value = _local(value)
    french = _language() == "fr"
    pattern = ("EEEE " if weekday else "") + "d MMMM" + (" y" if year else "")
    text = dates.format_date(value, pattern, locale="fr" if french else "en_GB")
    return re.sub(r"\b1 (?=\D)", "1er ", text, count=1) if french and value.day == 1 else text


def day(value: dt.datetime | dt.date | None) -> str:
    """Short, for tables: "14/10/2016"."""
    return "" if value is None else dates.format_date(_local(value), "dd/MM/y", locale="fr")


def time(value: dt.datetime | dt.time | None) -> str:
    """ "9 h 30" in French, "9:30" in English, in Europe/Paris."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        local = _local(value)
        assert isinstance(local, dt.datetime)
        value = local.time()
    return hour(value, _language())


def hour(value: dt.time, language: str) -> str:
    """The same where no page is: mails say hours as pages do."""
    if language == "fr":
        minutes = f"{NARROW}{value.minute:02d}" if value.minute else ""
        return f"{value.hour}{NARROW}h{minutes}"
    return f"{value.hour}:{value.minute:02d}"


def moment(value: dt.datetime | None, *, weekday: bool = True) -> str:
    """ "vendredi 14 octobre 2016 à 9 h 30"."""
    if value is None:
        return ""
    return _("%(date)s à %(time)s", date=date(value, weekday=weekday), time=time(value))


def upfirst(text: str) -> str:
    """The same text beginning with a capital: a date at the head of a sentence."""
    return text[:1].upper() + text[1:]


def iso(value: dt.datetime | dt.date | None) -> str:
    """For the datetime attribute of <time>."""
    return "" if value is None else _local(value).isoformat()


def number(value: float | None) -> str:
    """ "3 000" in French, "3,000" in English."""
    return "" if value is None else numbers.format_decimal(value, locale=Locale.parse(_language()))


def money(cents: int | None) -> str:
    """Integer cents of euro; whole euros without decimals: "5 000 €", "12,50 €"."""
    if cents is None:
        return ""
    digits = "#,##0" if cents % 100 == 0 else "#,##0.00"
    pattern = f"{digits}{NARROW}¤" if _language() == "fr" else f"¤{digits}"
    euros = Decimal(cents) / 100
    return numbers.format_currency(euros, "EUR", pattern, locale=Locale.parse(_language()), currency_digits=False)


def percent(value: float | None, *, decimals: int = 0) -> str:
    """A share between 0 and 1: "12 %" in French, "12%" in English. decimals: at most so many."""
    if value is None:
        return ""
    digits = "#,##0" + ("." + "#" * decimals if decimals else "")
    gap = NARROW if _language() == "fr" else ""
    return numbers.format_percent(value, f"{digits}{gap}%", locale=Locale.parse(_language()))
