"""L'Écho du Réseau as a mail: an edition in, HTML and text out. No database, no request.

The template is MJML (`templates/echo/issue.mjml.j2`): mrml makes tables of it that every mail program
understands, css-inline puts the styles where the old ones look. Three holes stay open, each filled per person
by the sender: `{{unsubscribe_url}}`, `{{preferences_url}}` and `{{first_name}}`.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import css_inline
import jinja2
import mrml
from babel.dates import format_date
from markupsafe import Markup

from services.mailer import prose
from services.mailer.echo_words import FRAMES, Frame
from services.mailer.models.issues import SECTIONS
from shared.web.i18n import typography

NAME = "L’Écho du Réseau"
HOLES = ("unsubscribe_url", "preferences_url")
COLUMN = 572  # pixels, of 620 less the margins: how wide a photo is shown
LARGEST = 100_000  # bytes of HTML: beyond, some mail programs cut

_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What XML, and so MJML, cannot hold. Forms refuse it; a preview shows what is half typed."""

_inliner = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates" / "echo"),
    autoescape=jinja2.select_autoescape(["mjml.j2"], default=False),
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Photo:
    """A photo beside an item: its name under `photos_at`, pixels, what it shows. data: in place of its address."""

    name: str
    width: int
    height: int
    alt: str
    data: str = ""


@dataclass(frozen=True)
class Piece:
    """One item: `html` clean, `text` as typed."""

    title: str
    text: str
    html: str
    link: str = ""
    structure: str = ""
    credit: str = ""
    expires_on: dt.date | None = None
    photo: Photo | None = None


@dataclass(frozen=True)
class Edition:
    """Everything an issue shows. sections: key -> pieces, in the order of the page."""

    number: int
    title: str
    date: dt.date
    editorial: str
    sections: dict[str, list[Piece]]
    archive_url: str
    organiser: str
    address: str = ""
    reply_to: str = ""
    list_name: str = NAME
    photos_at: str = ""


@dataclass(frozen=True)
class LetterSheet:
    """Everything a letter shows: `html` clean, `text` as typed; without an archive_url nobody reads it on the web."""

    title: str
    date: dt.date
    text: str
    html: str
    list_name: str
    organiser: str
    address: str = ""
    reply_to: str = ""
    archive_url: str = ""


@dataclass(frozen=True)
class RenderedIssue:
    subject: str
    html: str
    text: str


@dataclass
class _Holes:
    """Marks that no contribution can hold, until the rendering is done and they become `{{…}}`."""

    salt: str = field(default_factory=lambda: secrets.token_hex(12))

    def mark(self, name: str) -> str:
        return f"https://{self.salt}.invalid/{name}"

    def opened(self, rendered: str, brace: str) -> str:
        """Braces of people are shown and mean nothing; ours are holes."""
        rendered = rendered.replace("{{", brace * 2).replace("}}", "} }" if brace == "{ " else "}}")
        for name in HOLES:
            rendered = rendered.replace(self.mark(name), "{{" + name + "}}")
        return rendered


def french_date(day: dt.date) -> str:
    """ "vendredi 14 octobre 2016", "samedi 1er octobre 2016"."""
    text = format_date(day, "EEEE d MMMM y", locale="fr")
    return text.replace(" 1 ", " 1er ", 1) if day.day == 1 else text


def long_date(day: dt.date, language: str) -> str:
    """As `french_date`, or "Friday 14 October 2016"."""
    return french_date(day) if language == "fr" else format_date(day, "EEEE d MMMM y", locale="en_GB")


def render(edition: Edition, language: str = "fr") -> RenderedIssue:
    """The mail of an edition. language: of what stands around its texts, fr or en."""
    titles = FRAMES[language].sections
    shown = {
        "edition": edition,
        "name": NAME,
        "date": long_date(edition.date, language),
        "sections": [(key, titles[key], edition.sections[key]) for key in SECTIONS if edition.sections.get(key)],
        "editorial": editorial(edition),
        "column": COLUMN,
    }
    return _made("issue", subject(edition), edition, shown, language)


def subject(edition: Edition) -> str:
    """What a list of mails shows of an issue."""
    return f"{NAME} nº\u00a0{edition.number} – {typography(edition.title)}"


def render_letter(letter: LetterSheet, language: str = "fr") -> RenderedIssue:
    """The mail of a letter. language: of what stands around its text."""
    body = Markup(typography(Markup(letter.html)))  # noqa: S704  (cleaned by nh3)
    shown = {"letter": letter, "date": long_date(letter.date, language), "body": body}
    return _made("letter", typography(letter.title), letter, shown, language)


def _made(
    template: str, subject: str, sheet: Edition | LetterSheet, shown: dict[str, object], language: str
) -> RenderedIssue:
    holes, words = _Holes(), FRAMES[language]
    shown = shown | {
        "words": words,
        "tongue": "" if language == "fr" else Markup(f' lang="{language}"'),  # noqa: S704  (a code of ours)
        "because": because(sheet.list_name, words),
        "organiser": sheet.organiser,
        "address": sheet.address,
        "reply_to": sheet.reply_to,
        "unsubscribe_url": holes.mark("unsubscribe_url"),
        "preferences_url": holes.mark("preferences_url"),
        "clean": cleaned,
        "typo": typography,
        "day": lambda day: long_date(day, language),
        "colours": COLOURS,
        "dark": DARK,
    }
    source = _UNPRINTABLE.sub("", _templates.get_template(f"{template}.mjml.j2").render(shown))
    made = mrml.to_html(source).content
    text = _templates.get_template(f"{template}.txt.j2").render({**shown, "wrap": _wrap, "clean": prose.plain})
    return RenderedIssue(
        subject=subject,
        html=holes.opened(_lines(_inliner.inline(made)), "&#123;"),
        text=holes.opened(text.strip() + "\n", "{ "),
    )


def because(list_name: str, words: Frame) -> str:
    """Why somebody gets this: the list they are on, as it is called."""
    if list_name == NAME:
        return words.echo.format(name=NAME)
    said = words.list.format(name=list_name)
    return typography(said) if words.lang == "fr" else said


def editorial(edition: Edition) -> Markup:
    """The editorial's paragraphs, set as French wants."""
    return Markup(typography(Markup(prose.paragraphs(edition.editorial))))  # noqa: S704  (cleaned by nh3)


def cleaned(piece: Piece) -> Markup:
    """An item's paragraphs, cleaned when they were written, set as French wants."""
    return Markup(typography(Markup(piece.html)))  # noqa: S704  (cleaned by nh3)


def _wrap(text: str, indent: str = "") -> str:
    """Paragraphs at 72 characters, as plain mail is read."""
    made = [
        textwrap.fill(line, 72, initial_indent=indent, subsequent_indent=indent, break_long_words=False,
                      break_on_hyphens=False)
        for line in typography(text).splitlines()
    ]  # fmt: skip
    return "\n".join(made)


def _lines(html: str) -> str:
    """Line ends between blocks: the sender encodes a mail line by line, and only those with a hole again."""
    for end in ("</tr>", "</table>", "</div>", "</p>"):
        html = html.replace(end, end + "\n")
    return html


COLOURS = {
    "paper": "#faf5ea",
    "sheet": "#fffdf8",
    "ink": "#241c18",
    "soft": "#65584d",
    "line": "#ddd1be",
    "madder": "#9a2530",
}
DARK = {
    "paper": "#181512",
    "sheet": "#211d19",
    "ink": "#f2eadd",
    "soft": "#b9ab9b",
    "line": "#3c352e",
    "madder": "#f2a096",
}
