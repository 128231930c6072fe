"""What people write for L'Écho: plain text in, clean HTML out. Pure.

Text is data. It becomes paragraphs and links and nothing else; whatever looks like markup or like one of our
own holes is shown as it was typed.
"""

from __future__ import annotations

import html
import re
from urllib.parse import urlsplit

import nh3

_URL = re.compile(r"\bhttps?://[^\s<>\"'«»]+", re.I)
_TRAILING = ".,;:!?…)]}\u202f\u00a0"
_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$")


def paragraphs(text: str) -> str:
    """Paragraphs and links, as HTML that holds no other element than p, br and a."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    made = "".join(f"<p>{_linked(block)}</p>" for block in blocks if block)
    return nh3.clean(
        made,
        tags={"p", "br", "a"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noopener",
    )


def _linked(block: str) -> str:
    pieces, end = [], 0
    for match in _URL.finditer(block):
        url = match.group().rstrip(_TRAILING)
        if link(url) is None:
            continue
        pieces.append(html.escape(block[end : match.start()]))
        pieces.append(f'<a href="{html.escape(url)}">{html.escape(_short(url))}</a>')
        end = match.start() + len(url)
    pieces.append(html.escape(block[end:]))
    return "".join(pieces).replace("\n", "<br>")


def _short(url: str) -> str:
    """A link as it is read: without scheme, cut where it gets long."""
    words = re.sub(r"^https?://(www\.)?", "", url, flags=re.I).rstrip("/")
    return words if len(words) <= 48 else words[:47] + "…"


def link(url: str) -> str | None:
    """An http(s) address, or None when it is not one that a reader may be sent to."""
    url = url.strip()
    if len(url) > 500 or any(character.isspace() or ord(character) < 32 for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2].encode("idna" if parts.netloc.isascii() else "utf-8").decode()
    except (ValueError, UnicodeError):
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc or "." not in host:
        return None
    if parts.netloc.isascii() and not _HOST.match(host.lower()):
        return None
    return url


def plain(text: str) -> str:
    """Text for the plain part: no line that a mail program would take for a quotation or a signature mark."""
    return "\n".join("\u200b" + line if line.startswith((">", "-- ")) else line for line in text.splitlines())
