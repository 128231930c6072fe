"""Mails as a mail program shows them: light and dark, with pictures and with pictures blocked, as narrow as a phone."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.mailer import echo, previews, prose, render
from tests.soundness import faults

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = ["registration_confirmed", "jury_result"]  # a ticket with its picture, a table of marks
TEXT = "Quarante élèves ont un toit, une cour et un puits. Merci à toutes celles et ceux qui ont tenu la truelle."

DARK_INK = """[...document.querySelectorAll("td, th")].map(one => [one.textContent.trim(), getComputedStyle(one).color])
  .filter(([text, colour]) => text && colour.match(/\\d+/g)[0] < 128)"""


def an_issue() -> str:
    piece = echo.Piece(
        title="L’eau du village",
        text=TEXT,
        html=prose.paragraphs(TEXT),
        link="https://lo-camin.example/eau",
        structure="Lo Camin",
        credit="Photo Inès",
    )
    edition = echo.Edition(
        number=34,
        title="Agir ensemble",
        date=dt.date(2016, 10, 14),
        editorial=TEXT,
        sections={"headline": [piece], "members": [piece, piece]},
        archive_url="https://agora.example/echo/34",
        organiser="Réseau",
        address="1 place de la Mairie, Toulouse",
        reply_to="echo@agora.example",
    )
    return echo.render(edition).html


def test_every_mail_is_readable_in_the_dark_where_a_program_drops_its_doctype(new_context: Callable[..., Any]) -> None:
    page = new_context(viewport="phone", color_scheme="dark").new_page()
    for template in render.templates():
        letter = previews.preview(template, "fr").html
        page.set_content(letter[letter.index("<html") :])
        # There a table takes the colour of the body, and not that of the cell around it.
        assert page.evaluate("document.compatMode") == "BackCompat"
        assert page.evaluate(DARK_INK) == [], template


def test_every_mail_is_readable_in_light_and_dark_with_and_without_pictures(new_context: Callable[..., Any]) -> None:
    letters = {template: previews.preview(template, "fr") for template in render.templates()}
    mails = {f"{name}": (one.html, one.mail.html) for name, one in letters.items()} | {"issue": (an_issue(), "")}
    for scheme in ("light", "dark"):
        page = new_context(viewport="phone", color_scheme=scheme).new_page()
        for name, (html, blocked) in mails.items():
            page.set_content(html)
            assert page.evaluate("document.documentElement.scrollWidth <= 360"), name
            first = page.locator("[aria-hidden=true]").first  # the line that lists of mails show
            assert first.evaluate("one => one.getBoundingClientRect().height") == 0, name
            if name not in (*SHOWN, "issue"):
                continue
            picture(page, f"{name}-{scheme}")
            assert faults(page, runOnly=["color-contrast", "image-alt", "link-name"]) == [], f"{name} {scheme}"
            if "cid:" in blocked:
                page.set_content(blocked)
                picture(page, f"{name}-{scheme}-blocked")
                assert page.evaluate("[...document.images].every(one => !one.naturalWidth && one.alt)"), name
                assert page.evaluate("document.documentElement.scrollWidth <= 360"), name


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("AGORA_PICTURES"):
        page.screenshot(path=Path(folder) / f"mail-{name}.png", full_page=True)
