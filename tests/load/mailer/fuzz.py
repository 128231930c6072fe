"""Names and contributions that nobody types in good faith: what is read back from the mail is what was typed.

The same seed makes the same ones. A mail is read by Python's own parsers: no header more than ours, nothing that runs,
no hole but those of the letter, every word where it was put.
"""

from __future__ import annotations

import datetime as dt
import email
import random
import re
from email.header import decode_header, make_header
from email.utils import getaddresses
from html.parser import HTMLParser

from services.mailer import echo, issues, mime
from services.mailer.models.issues import SECTIONS
from shared.web.i18n import typography

SEED = 2016
AT_ONCE = 100  # contributions in one issue
NASTY = (
    "<script>alert(1)</script>", "{{unsubscribe_url}}", "{{ 7*7 }}", "{% for x in y %}", "{#", "}}", "{",
    "\r\nBcc: x@y.fr", "\n\n", "\n.\n", "\r", "=?utf-8?q?=3Cx?=", "=\r\n", "=20", "From ", "--=_", "]]>",
    "<mj-raw>", "</mj-text>", "<!--", "-->", "&lt;b&gt;", "&#0;", "&amp;", "\"", "'", "\\", "%s", "%(n)s",
    "${7*7}", "javascript:alert(1)", "https://e.fr/?a=1&b=2 ", "<img src=x onerror=alert(1)>",
    "<a href='javascript:x'>", "é", "ﷺ", "\u202e", "\u200b", "\u2028", "👩\u200d👩\u200d👧", "á", "Z̷̢", "«", "»",
    "!", ":", ";", "  ", "\t", "\x00", "\x1b[2J", "\x7f", "\x85", ">", "> ", "-- ", "=cmd|' /C calc'!A0",
)  # fmt: skip
LETTER = "Bonjour {{first_name}},\n\nPartir : {{unsubscribe_url}}\n"
RICH = '<html lang="fr"><body><p>Bonjour {{first_name}}</p>\n<a href="{{unsubscribe_url}}">Partir</a></body></html>'
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN = {"script", "iframe", "object", "embed", "form", "svg", "math", "img", "link", "base", "video", "audio"}


def typed(chance: random.Random, longest: int) -> str:
    """Up to `longest` characters, at least one that can be seen."""
    made = ""
    for _ in range(chance.randint(1, 12)):
        if chance.random() < 0.5:
            made += chance.choice(NASTY)
        else:
            top = chance.choice((0x7F, 0x17F, 0x2FFF, 0xD7FF, 0x1F6FF))
            made += "".join(chr(chance.randint(0x20, top)) for _ in range(chance.randint(1, 20)))
    made = "".join(one for one in made if not "\ud800" <= one <= "\udfff")[: longest - 1]
    return made if _INVISIBLE.sub("", made).strip() else made + "x"


def names(count: int) -> list[str]:
    """Those that did not come back as they were typed, out of so many."""
    chance = random.Random(SEED)
    body = mime.Alternative(LETTER, RICH, "=_agora_fuzz")
    return [repr(name) for name in (typed(chance, 120) for _ in range(count)) if not _name_holds(body, name)]


def _name_holds(body: mime.Alternative, name: str) -> bool:
    shown = " ".join(mime.without_controls(name).split())
    link = "https://agora.example/unsubscribe/x"
    filled = body.fill({"first_name": shown, "unsubscribe_url": link, "preferences_url": link})
    head = [mime.address_header("To", shown, "a@example.org"), mime.text_header("Subject", f"Pour {shown}")]
    read = email.message_from_bytes(b"".join([*head, *filled.headers, mime.CRLF, filled.raw]))
    own = [*("To", "Subject"), *(one.partition(b":")[0].decode() for one in filled.headers)]
    text, rich = (part.get_payload(decode=True).decode() for part in read.get_payload())
    page = _Page(rich)
    ((phrase, address),) = getaddresses([read["To"]])
    return (
        read.keys() == own
        and (_decoded(phrase), address) == (shown, "a@example.org")
        and _decoded(read["Subject"]) == f"Pour {shown}"
        and text.startswith(f"Bonjour {shown},")
        and page.words == [f"Bonjour {shown}", "Partir"]
        and not page.wrong
    )


def _decoded(raw: str) -> str:
    """A header's words as RFC 2047 reads them."""
    return str(make_header(decode_header(raw.replace("\r\n", "").replace("\n", ""))))


def contributions(count: int) -> list[str]:
    """Those whose title or text is not in the issue as it was typed, out of so many."""
    chance = random.Random(SEED + 1)
    wrong = []
    for start in range(0, count, AT_ONCE):
        handed_in = [_contribution(chance) for _ in range(min(AT_ONCE, count - start))]
        wrong += _lost(handed_in)
    return wrong


def _contribution(chance: random.Random) -> echo.Piece:
    data = {
        "section": "members",
        "title": typed(chance, 80),
        "text": typed(chance, 600),
        "structure": typed(chance, 80),
        "credit": typed(chance, 80),
        "link": "https://exemple.fr/?a=1&b=<2>",
    }
    values = issues.checked(data)
    return echo.Piece(**{name: values[name] for name in ("title", "text", "html", "link", "structure", "credit")})


def _lost(pieces: list[echo.Piece]) -> list[str]:
    sections = {key: [] for key in SECTIONS} | {"members": pieces}
    edition = echo.Edition(1, "Numéro", dt.date(2016, 10, 14), "", sections, "https://agora.example/echo/1", "Réseau")
    made = echo.render(edition)
    page = _Page(made.html)
    holes = set(re.findall(r"\{\{[^{}]*\}\}", made.html)) | set(re.findall(r"\{\{[^{}]*\}\}", made.text))
    if page.wrong or holes != {"{{unsubscribe_url}}", "{{preferences_url}}"}:
        return [f"{page.wrong} {holes}"]
    whole, place, lost = _seen(" ".join(page.words)), 0, []
    for piece in pieces:
        for value in (piece.title, piece.structure, piece.text, piece.credit):
            found = whole.find(_seen(typography(_shortened_links(value))), place)
            if found < 0:
                lost.append(repr(value))
                break
            place = found
    return lost


def _shortened_links(text: str) -> str:
    """A link is read without its scheme: in the page and here the same word."""
    return text.replace("https://e.fr/?a=1&b=2", "e.fr/?a=1&b=2")


def _seen(words: str) -> str:
    """What an eye compares: neither spaces, of whatever kind, nor what cannot be seen, nor which apostrophe it is."""
    return re.sub(r"\s|\u200b", "", _INVISIBLE.sub("", words)).replace("https://", "").replace("’", "'")


class _Page(HTMLParser):
    """words: what is read, piece by piece. wrong: elements and attributes that could run or load something."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.wrong: list[str] = []
        self._silent = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("style", "title")
        links = [value or "" for name, value in attrs if name in ("href", "src")]
        if (
            tag in _FORBIDDEN
            or any(name.startswith("on") for name, _ in attrs)
            or any(not one.startswith(("https://", "http://", "mailto:", "{{")) for one in links)
        ):
            self.wrong.append(f"{tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("style", "title")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(data.strip())
