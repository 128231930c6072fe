"""Single mails: a template's name and its data in, subject, text, HTML and attachments out. No database.

Templates stand in `templates/mail/<language>/`; each is written once with the pieces of `pieces.py`. The data
is the fact's own payload, as `handlers.py` stored it.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import css_inline
import jinja2
import segno
from markupsafe import Markup

from services.mailer import mime, pieces
from services.mailer.answers import ABOVE
from services.mailer.echo import long_date
from services.mailer.mime import Attachment
from shared import calendar
from shared.clock import PARIS
from shared.contracts.parts import LOCALES
from shared.web import i18n
from shared.web.i18n import typography

VERSION = 1
"""Stored with each message; raised when a change of a template needs other data."""

_FOLDER = Path(__file__).parent / "templates" / "mail"
_inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Rendered:
    """A mail without its technical headers."""

    subject: str
    text: str
    html: str
    from_name: str
    to_name: str
    reply_to: str = ""
    leave: str = ""
    """The address that a mail program's « unsubscribe » posts to, of a mail that was not asked for."""
    attachments: list[Attachment] = field(default_factory=list)


def templates() -> list[str]:
    """The names of all single mails."""
    return sorted(path.stem for path in (_FOLDER / "fr").glob("[a-z]*.j2"))


def _environment(*, html: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=html,  # noqa: S701  (the other environment makes plain text)
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_html = _environment(html=True)
_text = _environment(html=False)


_HOURS = re.compile(r"\d\s*(?:h\b|:\d\d)")


class Words:
    """How dates and numbers read in one language; `{{ words.day(…) }}` in the templates."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._french = language == "fr"

    def day(self, instant: str) -> str:
        """vendredi 14 octobre 2016"""
        return long_date(_paris(instant).date(), self._language)

    def hour(self, instant: str) -> str:
        """9 h 30, or 9:30, on one line"""
        return i18n.hour(_paris(instant).time(), self._language)

    def span(self, starts_at: str, ends_at: str) -> str:
        """vendredi 14 octobre 2016, de 9 h à 17 h 30; both days when there are two."""
        begins, ends = ("de", "à") if self._french else ("from", "to")
        if _paris(starts_at).date() == _paris(ends_at).date():
            return f"{self.day(starts_at)}, {begins} {self.hour(starts_at)} {ends} {self.hour(ends_at)}"
        begins, ends, at = ("du", "au", "à") if self._french else ("from", "to", "at")
        first, last = (f"{self.day(one)} {at} {self.hour(one)}" for one in (starts_at, ends_at))
        return f"{begins} {first} {ends} {last}"

    def slot(self, label: str, starts_at: str, event_starts_at: str) -> str:
        """Ateliers de l’après-midi, 14 h; with the day when it is not the event's first. A name that says its hours
        (« 11 h – 12 h 15 ») is not told them twice; an hour that is "" is not known."""
        if not starts_at:
            return label
        same = _paris(starts_at).date() == _paris(event_starts_at).date()
        parts = [
            label,
            *([] if same else [self.day(starts_at)]),
            *([] if _HOURS.search(label) else [self.hour(starts_at)]),
        ]
        return ", ".join(parts)

    def number(self, value: str | int) -> str:
        """12,50 or 12.50: the digits as they were computed, below nought with a minus and not a hyphen."""
        said = str(value).replace("-", "\N{MINUS SIGN}")
        return said.replace(".", ",") if self._french else said

    def date(self, day: str) -> str:
        """vendredi 14 octobre 2016, from a day without an hour."""
        return long_date(dt.date.fromisoformat(day), self._language)

    def money(self, amount: Mapping[str, int]) -> str:
        """5 000 €, or €5,000.50: whole euros without decimals."""
        whole, part = divmod(amount["cents"], 100)
        digits = f"{whole:,}" + (f".{part:02}" if part else "")
        if not self._french:
            return f"€{digits}"
        return digits.replace(",", "\u202f").replace(".", ",") + "\u202f€"


def render(template: str, data: Mapping[str, Any], answers: str = "") -> Rendered:
    """answers: the address that passes an answer on to who wrote; "" where answers go to the organiser.

    Raises jinja2.UndefinedError or KeyError when the data lacks something the template needs.
    """
    if template == "campaign_test":
        return Rendered(
            subject=data["subject"], text=data["text"], html=data["html"], from_name=data["from_name"], to_name=""
        )
    person, organiser = data["person"], data["organiser"]
    language = person["locale"] if person.get("locale") in LOCALES else "fr"
    spaced = typography if language == "fr" else _as_it_is
    context = {**data, "answers": answers, "words": Words(language), "hello": _hello(person, language)}
    name = f"{language}/{template}.j2"
    rich = _html.get_template(name).make_module({**context, "m": pieces.Html()})
    plain = _text.get_template(name).make_module({**context, "m": pieces.Text(language)})
    subject = spaced(mime.without_controls(" ".join(str(plain.subject).split())))  # type: ignore[attr-defined]
    framed = _html.get_template("frame.html").render(
        language=language,
        subject=subject,
        summary=spaced(str(plain.summary).strip()),  # type: ignore[attr-defined]
        body=spaced(Markup(str(rich))),  # noqa: S704  (made of pieces, which escape)
        organiser=organiser,
        above=answers and ABOVE[language],
    )
    text = _text.get_template("frame.txt").render(
        language=language,
        body=spaced(str(plain).strip()),
        organiser=organiser,
        above=answers and ABOVE[language],
    )
    return Rendered(
        subject=subject,
        text=text,
        html=_inliner.inline(framed),
        from_name=mime.without_controls(organiser["name"]),
        to_name=mime.without_controls(f"{person['first_name']} {person['last_name']}").strip(),
        reply_to=answers or organiser["email"],
        leave=str(getattr(plain, "leave", "")),
        attachments=_attachments(template, data),
    )


def _as_it_is(words: str) -> str:
    """English needs no narrow spaces; Markup stays Markup."""
    return words


def _hello(person: Mapping[str, str], language: str) -> str:
    said = "Bonjour" if language == "fr" else "Hello"
    return f"{said} {person['first_name']}," if person["first_name"] else f"{said},"


def _attachments(template: str, data: Mapping[str, Any]) -> list[Attachment]:
    """The ticket's QR code, inside the HTML; the calendar file, beside it."""
    made = []
    if (ticket := data.get("ticket")) and template != "registration_cancelled":
        picture = io.BytesIO()
        segno.make(ticket, error="m", micro=False).save(picture, kind="png", scale=8, border=2)
        made.append(Attachment("billet.png", "image", "png", picture.getvalue(), cid="billet"))
    if data.get("calendar"):
        slots = [
            calendar.Slot(
                **{
                    **slot,
                    "starts_at": dt.datetime.fromisoformat(slot["starts_at"]),
                    "ends_at": dt.datetime.fromisoformat(slot["ends_at"]),
                }
            )
            for slot in data["calendar"]
        ]
        # A reader that opens the file by itself takes the entries away only where it is told so (RFC 5546, 3.2.5).
        method = "CANCEL" if all(slot.cancelled for slot in slots) else "PUBLISH"
        file = calendar.ics(slots, method=method)
        made.append(
            Attachment("agora.ics", "text", "calendar", file, parameters={"charset": "utf-8", "method": method})
        )
    return made


def _paris(instant: str) -> dt.datetime:
    return dt.datetime.fromisoformat(instant).astimezone(PARIS)
