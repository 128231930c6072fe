"""Builds the bytes of a mail. Pure: what goes in is data, what comes out is what the relay gets.

A newsletter differs between two people in a handful of lines. `Alternative` encodes all the others once and,
per person, only the lines that have a hole; the result is byte for byte what the standard library's
`EmailMessage` makes of the same content, which a test checks. A second copy of the static lines is kept in
the canonical form that DKIM hashes. Header values are encoded here instead of by the standard library:
its folding of addresses and long words changed between the Python versions we run on.
"""

from __future__ import annotations

import datetime as dt
import functools
import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

CRLF = b"\r\n"
MAX_LINE = 76  # characters of an encoded line, RFC 2045 and RFC 2047
LONGEST_TOKEN = 900  # of a header that cannot be folded, below the 998 of RFC 5322

STDLIB_POLICY = policy.SMTP.clone(max_line_length=MAX_LINE)
"""What the standard library needs to be told to write the same bytes."""


class UnsafeHeader(ValueError):
    """A header value holds what could start another header, or cannot be written."""


# C0, DEL and C1; LINE and PARAGRAPH SEPARATOR, which str.splitlines() takes for ends of line; lone surrogates.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_HOLE = re.compile(rb"\{\{([a-z_]+)\}\}")
_RUNS = re.compile(rb"[ \t]+")
_PLAIN_WORD = re.compile(r"[!-~]{1,60}")
_TOKEN = re.compile(r"[!-~]*")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\\x00-\x1f\x7f-\U0010ffff]+")
_ESCAPES = {" ": "=20", "\t": "=09"}
_ENCODED = [
    chr(octet) if octet != ord("=") and (32 <= octet < 127 or chr(octet) in "\t\r\n") else f"={octet:02X}"
    for octet in range(256)
]
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-!*+/")


def checked(value: str) -> str:
    """`value` unless it holds a control character; raises UnsafeHeader."""
    if _UNSAFE.search(value):
        raise UnsafeHeader("a header value holds a control character")
    return value


def without_controls(value: str) -> str:
    """`value` without what `checked` refuses: for names in a mail that somebody waits for."""
    return _UNSAFE.sub("", value)


# --- headers ----------------------------------------------------------------------------------------------


def text_header(name: str, value: str) -> bytes:
    """An unstructured header such as Subject, folded, in RFC 2047 words where it is not plain ASCII."""
    words = checked(value).split(" ")
    if all(_PLAIN_WORD.fullmatch(word) and "=?" not in word for word in words):
        return _folded(name, words)
    return _folded(name, _encoded_words(value, len(name) + 2))


def address_header(name: str, display: str, address: str) -> bytes:
    """`name: Display Name <address>`; the display name may hold anything but control characters.

    address: ASCII, without spaces or brackets, as `addresses.parse` gives it. Raises UnsafeHeader.
    """
    if not _ADDRESS.fullmatch(address):
        raise UnsafeHeader("an address of a header must be plain ASCII")
    display = checked(display).strip(" ")
    if not display:
        return _folded(name, [address])
    if len(display) <= MAX_LINE - len(name) - 4 and re.fullmatch(r"[ -~]+", display) and "=?" not in display:
        if not re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", display) or "  " in display:
            display = '"' + display.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return _folded(name, [display, f"<{address}>"])
    return _folded(name, [*_encoded_words(display, len(name) + 2), f"<{address}>"])


def token_header(name: str, tokens: Iterable[str], separator: str = ",") -> bytes:
    """A header of machine-readable tokens, such as List-Unsubscribe: never encoded, folded between tokens."""
    listed = list(tokens)
    for token in listed:
        if len(token) > LONGEST_TOKEN or not _TOKEN.fullmatch(token):
            raise UnsafeHeader(f"{name} cannot be written: not short plain ASCII without spaces")
    return _folded(name, [token + separator for token in listed[:-1]] + listed[-1:])


def date_header(at: dt.datetime) -> bytes:
    return _date_header(int(at.timestamp()))


@functools.lru_cache(8)  # hundreds of mails leave in the same second
def _date_header(second: int) -> bytes:
    return b"Date: " + format_datetime(dt.datetime.fromtimestamp(second, dt.UTC)).encode() + CRLF


def _folded(name: str, words: Iterable[str]) -> bytes:
    words = list(words)
    if len(words) == 1:  # too long or not, there is nowhere to fold it
        return f"{name}: {words[0]}\r\n".encode("ascii")
    lines = [name + ":"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > MAX_LINE and lines[-1].strip() != name + ":":
            lines.append("")
        lines[-1] += " " + word
    return "\r\n".join(lines).encode("ascii") + CRLF


def _encoded_words(value: str, used: int) -> list[str]:
    """Q-encoded words that decode to exactly `value`; a character is never split between two."""
    words, current, room = [], "", MAX_LINE - 1 - used - len("=?utf-8?q??=")
    for character in value:
        piece = "".join(
            chr(octet) if octet in _Q_SAFE else "_" if octet == 32 else f"={octet:02X}" for octet in character.encode()
        )
        if len(current) + len(piece) > room:
            words.append(f"=?utf-8?q?{current}?=")
            current, room = "", MAX_LINE - 2 - len("=?utf-8?q??=")
        current += piece
    return [*words, f"=?utf-8?q?{current}?="]


# --- bodies -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Content:
    """A finished body with the headers that describe it.

    canonical: what stands after the blank line, as relaxed DKIM hashes it. stuffed: the same as SMTP carries it.
    """

    headers: tuple[bytes, ...]
    canonical: bytes
    stuffed: bytes

    @property
    def raw(self) -> bytes:
        """As it is read in the end, without the dots that SMTP adds. Made when asked for: no sender needs it."""
        carried = self.stuffed.replace(b"\r\n.", b"\r\n")
        return carried[1:] if carried.startswith(b".") else carried


class _Line:
    """A line with holes: source octets and holes in turn, beginning and ending with octets.

    Where the encoded line is broken depends on the length of what fills its holes. But behind the last hole only
    the place of one break matters, one of 76: what follows each of them is kept once it was needed.
    """

    def __init__(self, source: tuple[bytes, ...], escape: bool) -> None:
        self.escape = escape
        self.holes = [hole.decode() for hole in source[1::2]]
        self._parts = [part for octets in source[::2] for part in (_encoded(octets), "")][:-1]
        self._endings: dict[int, tuple[bytes, bytes]] = {}

    def fill(self, values: _Encoded) -> tuple[bytes, bytes]:
        """As relaxed DKIM sees it, and as SMTP carries it."""
        parts = self._parts.copy()
        parts[1::2] = map(values.__getitem__, self.holes)
        line = "".join(parts)
        filled = len(line) - len(parts[-1])
        pieces, start = _broken(line, filled)
        if start < filled:
            whole = _joined(pieces + _last(line[start:]))
            return relaxed(whole), stuffed(whole)
        begin = "=\r\n".join([*pieces, ""])
        octets = begin.encode("ascii")
        canonical, carried = self._ending(start - filled)
        if "  " in begin or "\t" in begin or "\r\n." in begin or begin.startswith("."):
            return relaxed(octets) + canonical, stuffed(octets) + carried
        whole = octets + carried
        return (whole if canonical is carried else octets + canonical), whole

    def _ending(self, start: int) -> tuple[bytes, bytes]:
        """What follows a break `start` characters behind the last hole."""
        found = self._endings.get(start)
        if found is None:
            end = _wrapped(self._parts[-1][start:])
            canonical, carried = relaxed(end), stuffed(end)
            # As a rule the two are equal: then they are one object, and need not be made twice.
            found = self._endings[start] = (carried if canonical == carried else canonical), carried
        return found


class _Encoded(dict[str, str]):
    """What one person's holes are filled with, each encoded when it is first asked for."""

    def __init__(self, values: Mapping[str, str], *, escape: bool) -> None:
        super().__init__()
        self._values, self._escape = values, escape

    def __missing__(self, hole: str) -> str:
        """Raises KeyError for a missing value, UnsafeHeader for a control character."""
        value = checked(self._values[hole])
        found = self[hole] = _encoded((html.escape(value) if self._escape else value).encode())
        return found


@dataclass
class Alternative:
    """The text and HTML of one mail to many, encoded once.

    text and html hold their holes as `{{name}}`; values are escaped in the HTML and left alone in the text.
    boundary: constant for all recipients.
    """

    text: str
    html: str
    boundary: str
    _headers: tuple[bytes, ...] = field(init=False, repr=False)
    _pieces: list[tuple[bytes, bytes] | _Line] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9=_-]{10,70}", self.boundary):
            raise ValueError("a boundary is 10 to 70 plain characters")
        mark = b"--" + self.boundary.encode()
        if mark in self.text.encode() or mark in self.html.encode():
            raise ValueError("the boundary occurs in the text")
        self._headers = (
            b"MIME-Version: 1.0" + CRLF,
            b'Content-Type: multipart/alternative; boundary="' + self.boundary.encode() + b'"' + CRLF,
        )
        encoding = b"Content-Transfer-Encoding: quoted-printable" + CRLF
        pieces: list[bytes | _Line] = [
            mark + CRLF + b'Content-Type: text/plain; charset="utf-8"' + CRLF + encoding + CRLF,
            *_lines(self.text, escape=False),
            CRLF + mark + CRLF + b'Content-Type: text/html; charset="utf-8"' + CRLF + encoding,
            b"MIME-Version: 1.0" + CRLF + CRLF,
            *_lines(self.html, escape=True),
            CRLF + mark + b"--" + CRLF,
        ]
        self._pieces = []
        static: list[bytes] = []
        for piece in [*pieces, None]:
            if isinstance(piece, bytes):
                static.append(piece)
                continue
            if static:
                run = b"".join(static)
                self._pieces.append((relaxed(run), stuffed(run)))
                static = []
            if piece is not None:
                self._pieces.append(piece)

    @property
    def holes(self) -> set[str]:
        """The names of the holes, all of which `fill` needs."""
        return {hole for piece in self._pieces if isinstance(piece, _Line) for hole in piece.holes}

    def fill(self, values: Mapping[str, str]) -> Content:
        """The body for one person. Raises KeyError for a missing value, UnsafeHeader for a control character."""
        plain, escaped = _Encoded(values, escape=False), _Encoded(values, escape=True)
        canonical, carried = zip(
            *[
                piece.fill(escaped if piece.escape else plain) if isinstance(piece, _Line) else piece
                for piece in self._pieces
            ],
            strict=True,
        )
        return Content(self._headers, b"".join(canonical), b"".join(carried))


def _lines(content: str, *, escape: bool) -> list[bytes | _Line]:
    """Each line encoded, or kept with its holes; lines are encoded independently of one another."""
    made: list[bytes | _Line] = []
    for line in content.encode().splitlines() or [b""]:
        parts = tuple(_HOLE.split(line))
        made.append(_quoted(line) if len(parts) == 1 else _Line(parts, escape))
    return made


def _quoted(line: bytes) -> bytes:
    """One line in quoted-printable, with its end of line."""
    return _wrapped(_encoded(line))


def _encoded(octets: bytes) -> str:
    """Octets of one line in quoted-printable, not broken yet."""
    line = octets.decode("latin-1")
    if line.isascii() and line.isprintable() and "=" not in line:
        return line  # as every link is: character by character would take ten times as long
    return line.translate(_ENCODED)


def _wrapped(line: str) -> bytes:
    """An encoded line broken exactly where the standard library breaks it (`quoprimime.body_encode`)."""
    pieces, start = _broken(line, len(line))
    return _joined(pieces + _last(line[start:]))


def _joined(pieces: Sequence[str]) -> bytes:
    """The pieces of one line with soft line breaks between them, and its end of line."""
    return "=\r\n".join(pieces).encode("ascii") + CRLF


def _broken(line: str, until: int) -> tuple[list[str], int]:
    """The full lines that `line` begins with, as far as they begin before `until`; and where the next begins."""
    pieces, start, last_start = [], 0, min(until, len(line) - MAX_LINE) - 1
    while start <= last_start:
        stop = start + MAX_LINE - 1
        # An escape sequence is not cut; its own "=" stands where the soft line break begins.
        if line[stop - 2] == "=":
            stop -= 2
        elif line[stop - 1] == "=":
            stop -= 1
        pieces.append(line[start:stop])
        start = stop
    return pieces, start


def _last(rest: str) -> list[str]:
    """What is left after the full lines. White space at its end is written as an escape."""
    if not rest.endswith((" ", "\t")):
        return [rest]
    room, escape = MAX_LINE + 1 - len(rest), _ESCAPES[rest[-1]]
    if room >= 3:
        return [rest[:-1] + escape]
    # It does not fit: on a line of its own.
    return [rest, ""] if room == 2 else [rest[:-1], escape]


def relaxed(lines: bytes) -> bytes:
    """Whole lines as relaxed DKIM sees them (RFC 6376, 3.4.4), but for empty lines at the end of a body."""
    if b"  " in lines or b"\t" in lines:
        lines = _RUNS.sub(b" ", lines)
    return lines.replace(b" \r\n", b"\r\n")


def stuffed(lines: bytes) -> bytes:
    """Whole lines as SMTP carries them: those that begin with a dot get another one (RFC 5321, 4.5.2)."""
    lines = lines.replace(b"\r\n.", b"\r\n..")
    return b"." + lines if lines.startswith(b".") else lines


@dataclass(frozen=True)
class Attachment:
    """A file beside the text, or a picture inside the HTML when it has a `cid` (`<img src="cid:…">`)."""

    filename: str
    maintype: str
    subtype: str
    data: bytes
    cid: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def letter(text: str, html: str, attachments: Iterable[Attachment] = ()) -> Content:
    """The body of a single mail: text first, then HTML with its pictures, then the attachments."""
    made = EmailMessage(policy=STDLIB_POLICY)
    made.set_content(text, cte="quoted-printable")
    made.add_alternative(html, subtype="html", cte="quoted-printable")
    rich = list(made.iter_parts())[1]
    assert isinstance(rich, EmailMessage)
    for item in attachments:
        if item.cid:
            rich.add_related(
                item.data,
                maintype=item.maintype,
                subtype=item.subtype,
                filename=checked(item.filename),
                cid=f"<{item.cid}>",
                disposition="inline",
            )
        else:
            made.add_attachment(
                item.data,
                maintype=item.maintype,
                subtype=item.subtype,
                filename=checked(item.filename),
                params=dict(item.parameters),
            )
    whole = made.as_bytes()
    head, _, raw = whole.partition(CRLF + CRLF)
    headers = re.split(rb"\r\n(?![ \t])", head)
    return Content(tuple(header + CRLF for header in headers), relaxed(raw), stuffed(raw))
