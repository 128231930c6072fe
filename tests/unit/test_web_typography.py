"""French is set as French wants, dates have their weekday, and English says the same."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Catalog
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from shared.web import catalogues, i18n
from shared.web.i18n import NARROW, typography
from shared.web.words import _, ngettext

ROOT = Path(__file__).parents[2]


@pytest.fixture
def app() -> Flask:
    made = Flask("shared.web")
    i18n.speak(made)
    return made


@pytest.fixture
def french(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/?lang=fr"):
        yield app


@pytest.fixture
def english(app: Flask) -> Iterator[Flask]:
    with app.test_request_context("/?lang=en"):
        yield app


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Où ?", f"Où{NARROW}?"),
        ("Bonjour!", f"Bonjour{NARROW}!"),
        ("un : deux ; trois", f"un{NARROW}: deux{NARROW}; trois"),
        ("« L'Écho »", f"«{NARROW}L’Écho{NARROW}»"),
        ("«L'Écho»", f"«{NARROW}L’Écho{NARROW}»"),
        ("5 000 €", f"5{NARROW}000{NARROW}€"),
        ("https://agora.example/?a=1&b=2", "https://agora.example/?a=1&b=2"),
        ("à 9:30", "à 9:30"),
        ("rock 'n' roll", "rock 'n' roll"),
        ("0»?", f"0{NARROW}»{NARROW}?"),
    ],
)
def test_french_spacing(typed: str, set_: str) -> None:
    assert typography(typed) == set_


def test_html_keeps_its_tags_and_entities() -> None:
    html = Markup("<a href=\"/x?y=1\" title='a : b'>Qui &amp; quand ?</a>")

    assert str(typography(html)) == (f"<a href=\"/x?y=1\" title='a : b'>Qui &amp; quand{NARROW}?</a>")
    assert isinstance(typography(html), Markup)


@given(st.text())
def test_typography_is_idempotent(text: str) -> None:
    assert typography(typography(text)) == typography(text)


@given(st.text(alphabet="abc é':;!?«»<>&12% €\u00a0\u202f\n"))
def test_typography_never_drops_a_letter(text: str) -> None:
    def letters(value: str) -> str:
        return "".join(character for character in value if not character.isspace()).replace("’", "'")

    assert letters(typography(text)) == letters(text)


@pytest.mark.usefixtures("french")
def test_dates_and_numbers_in_french() -> None:
    morning = dt.datetime(2016, 10, 14, 7, 30, tzinfo=dt.UTC)

    assert i18n.date(morning) == "vendredi 14 octobre 2016"
    assert i18n.date(dt.date(2012, 10, 1)) == "lundi 1er octobre 2012"
    assert i18n.date(dt.date(2012, 10, 1), weekday=False) == "1er octobre 2012"
    assert i18n.date(dt.date(2012, 10, 11), weekday=False, year=False) == "11 octobre"
    assert i18n.time(morning) == f"9{NARROW}h{NARROW}30"
    assert i18n.time(dt.time(14)) == f"14{NARROW}h"
    assert i18n.moment(morning) == f"vendredi 14 octobre 2016 à 9{NARROW}h{NARROW}30"
    assert i18n.number(3000) == f"3{NARROW}000"
    assert i18n.money(32_000_000) == f"320{NARROW}000{NARROW}€"
    assert i18n.money(1250) == f"12,50{NARROW}€"
    assert i18n.percent(0.125) == f"12{NARROW}%"
    assert i18n.percent(11 / 12, decimals=1) == f"91,7{NARROW}%"
    assert ngettext("%(num)d place libre sur %(total)s", "%(num)d places libres sur %(total)s", 0, total=9) == (
        "0 place libre sur 9"
    )


def test_the_evening_before_in_utc_is_the_day_itself_in_paris(french: Flask) -> None:
    assert i18n.date(dt.datetime(2016, 10, 13, 22, 30, tzinfo=dt.UTC)) == "vendredi 14 octobre 2016"
    assert french


@pytest.mark.usefixtures("english")
def test_dates_and_numbers_in_english() -> None:
    morning = dt.datetime(2016, 10, 14, 7, 30, tzinfo=dt.UTC)

    assert i18n.moment(morning) == "Friday 14 October 2016 at 9:30"
    assert i18n.number(3000) == "3,000"
    assert i18n.money(32_000_000) == "€320,000"
    assert _("Page introuvable") == "Page not found"
    assert _("Une phrase sans traduction ?") == f"Une phrase sans traduction{NARROW}?"


@pytest.mark.parametrize(
    ("query", "cookie", "header", "language"),
    [
        ("", "", "", "fr"),
        ("", "", "de, en;q=0.5", "en"),
        ("", "fr", "en", "fr"),
        ("?lang=en", "fr", "fr", "en"),
        ("?lang=xx", "", "fr", "fr"),
    ],
)
def test_which_language(app: Flask, query: str, cookie: str, header: str, language: str) -> None:
    headers = {"Accept-Language": header} if header else {}
    if cookie:
        headers["Cookie"] = f"agora_lang={cookie}"
    with app.test_request_context("/" + query, headers=headers):
        assert i18n.choose_language() == language


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shared", "registration", "jury", "mailer"])
def test_every_page_is_whole_in_english(name: str) -> None:
    """When this fails: `python -m shared.web.catalogues`, then translate what it added."""
    assert [message.id for message in catalogues.waiting(name)] == []


@pytest.mark.parametrize("name", ["shared", "registration", "jury", "mailer"])
def test_translations_keep_their_placeholders(name: str) -> None:
    english = catalogues.stored(name)

    assert [message.id for message in english if message.id and message.string and list(message.check(english))] == []


def test_a_catalogue_keeps_the_lines_of_what_did_not_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = tmp_path / "messages.po"
    old = 'msgid ""\n"Deux "\n"mots."\nmsgstr ""\n"Two \\"words\\""\n"."'
    there.write_text(f'msgid ""\nmsgstr "Language: en\\n"\n\n{old}\n', encoding="utf-8")
    fresh = Catalog(locale="en", fuzzy=False)
    fresh.add("Deux mots.")
    fresh.add("Un autre.")
    monkeypatch.setattr(catalogues, "path_of", lambda _name: there)
    monkeypatch.setattr(catalogues, "sentences", lambda _name: fresh)
    catalogues.update("jury")
    assert there.read_text(encoding="utf-8").split("\n\n")[1:] == [old, 'msgid "Un autre."\nmsgstr ""\n']


def test_an_english_percentage_has_no_space(english: Flask) -> None:
    assert i18n.percent(11 / 12, decimals=1) == "91.7%"


def test_a_hint_begins_with_a_capital() -> None:
    """It stands alone under its label, in every service alike."""
    hints = re.compile(r'hint=_\("([^"]+)|class="hint"[^>]*>\{\{ _\("([^"]+)')
    found = {
        first or second: path.name
        for folder in ("shared", "services")
        for path in (ROOT / folder).glob("**/templates/**/*.html")
        for first, second in hints.findall(path.read_text())
    }
    assert len(found) > 100
    assert {text: name for text, name in found.items() if text[0].islower() and "://" not in text} == {}
