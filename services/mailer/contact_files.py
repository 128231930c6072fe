"""Contact files: bytes of a CSV to rows, a guess of what each column is, and what an import would do. Pure.

The file comes from a spreadsheet on somebody's computer: any of three encodings, any of three separators,
titles or not, capitals and spaces anywhere. What is not a CSV is refused with a reason a person understands.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.mailer.addresses import InvalidAddress, parse
from services.mailer.contact_words import departement
from services.mailer.contact_words import kind as kind_of_actor

LARGEST = 5_000_000  # bytes: some 50,000 contacts
MOST_ROWS = 50_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000

FIELDS = ("email", "first_name", "last_name", "structure", "topics", "zones", "departement", "kind", "locale")
OUTCOMES = ("new", "known", "duplicate", "suppressed", "invalid")
_LIMITS = {"first_name": 120, "last_name": 120, "structure": 200}
_TITLES = {
    "email": {"email", "e mail", "mail", "courriel", "mel", "adresse", "adresse email", "adresse e mail",
              "adresse mail", "adresse electronique", "adresse courriel", "email address"},
    "first_name": {"prenom", "prenoms", "first name", "firstname", "given name"},
    "last_name": {"nom", "nom de famille", "last name", "lastname", "surname", "family name"},
    "structure": {"structure", "organisme", "organisation", "organization", "association", "societe",
                  "nom de la structure", "entreprise", "collectivite", "company"},
    "topics": {"sujets", "sujet", "themes", "theme", "thematiques", "interets", "centres d interet", "topics",
               "mots cles", "tags"},
    "zones": {"zones", "zone", "pays", "zones d intervention", "countries", "country"},
    "departement": {"departement", "dept", "dep", "code departement", "code postal", "cp", "postal code"},
    "kind": {"type", "type d acteur", "type de structure", "college", "categorie", "kind"},
    "locale": {"langue", "language", "locale", "lang"},
}  # fmt: skip
_MAGIC = {
    b"PK\x03\x04": "spreadsheet",
    b"\xd0\xcf\x11\xe0": "spreadsheet",
    b"%PDF": "pdf",
    b"\x1f\x8b": "archive",
    b"\x89PNG": "picture",
    b"\xff\xd8\xff": "picture",
    b"GIF8": "picture",
    b"\x7fELF": "program",
}


class FileRefused(ValueError):
    """The file cannot be read as a list of contacts. `reason` is stable; `details` completes the sentence."""

    def __init__(self, reason: str, **details: int | str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = details


@dataclass(frozen=True)
class Row:
    line: int  # as an editor numbers it, from 1
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    encoding: str
    delimiter: str
    titles: tuple[str, ...]  # empty when the file has no title line
    rows: tuple[Row, ...]
    width: int


@dataclass(frozen=True)
class Line:
    """What becomes of one row. `of` is the line that a duplicate repeats."""

    line: int
    email: str
    outcome: str
    key: str = ""
    reason: str = ""
    of: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


def read(content: bytes) -> Sheet:
    """The rows of a file. Raises FileRefused."""
    if len(content) > LARGEST:
        raise FileRefused("too-large", megabytes=LARGEST // 1_000_000)
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            raise FileRefused(kind)
    text, encoding = _decode(content)
    delimiter = _delimiter(text)
    rows = list(_rows(text, delimiter))
    if not rows:
        raise FileRefused("empty")
    titles: tuple[str, ...] = ()
    if not any("@" in cell for cell in rows[0].cells):
        titles, rows = rows[0].cells, rows[1:]
    if not rows:
        raise FileRefused("only-titles")
    width = max(len(titles), *(len(row.cells) for row in rows))
    if width > MOST_COLUMNS:
        raise FileRefused("too-many-columns", columns=width, most=MOST_COLUMNS)
    return Sheet(encoding=encoding, delimiter=delimiter, titles=titles, rows=tuple(rows), width=width)


def guess_mapping(sheet: Sheet) -> dict[str, int]:
    """Which column is which: by title, and for the addresses by content. Absent fields are not in it."""
    mapping: dict[str, int] = {}
    for index, title in enumerate(sheet.titles):
        plain = _plain(title)
        for name, titles in _TITLES.items():
            if name not in mapping and plain in titles:
                mapping[name] = index
                break
    looks = Counter(i for row in sheet.rows[:200] for i, cell in enumerate(row.cells) if "@" in cell)
    if looks and looks[mapping.get("email", -1)] == 0:
        best = looks.most_common(1)[0][0]
        mapping = {name: index for name, index in mapping.items() if index != best} | {"email": best}
    return mapping


def plan(sheet: Sheet, mapping: Mapping[str, int], *, known: Iterable[str], suppressed: Iterable[str]) -> list[Line]:
    """What the import would do with each row, in order.

    known, suppressed: keys of contacts we have, and of those who left or may not be written to. A second row
    for the same person is a duplicate; what it knows more completes the first.
    """
    known, suppressed = frozenset(known), frozenset(suppressed)
    lines: list[Line] = []
    first: dict[str, int] = {}
    for row in sheet.rows:
        line = _line(row, mapping)
        if line.outcome == "invalid":
            lines.append(line)
            continue
        if line.key in first:
            index = first[line.key]
            lines[index] = _completed(lines[index], line)
            lines.append(replace(line, outcome="duplicate", of=lines[index].line))
            continue
        first[line.key] = len(lines)
        if line.key in suppressed:
            line = replace(line, outcome="suppressed")
        elif line.key in known:
            line = replace(line, outcome="known")
        lines.append(line)
    return lines


def count(lines: Iterable[Line]) -> dict[str, int]:
    """How many rows of each outcome, zeros included."""
    found = Counter(line.outcome for line in lines)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def _decode(content: bytes) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    elif b"\0" in content:
        encoding = _utf16_without_mark(content)
    else:
        encoding = "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise FileRefused("encoding") from None
        encoding = "cp1252"
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            raise FileRefused("encoding") from None
    if any(ord(c) < 32 and c not in "\t\r\n\f\v" for c in set(text)):
        raise FileRefused("binary")
    return text, encoding


def _utf16_without_mark(content: bytes) -> str:
    """Text of Western Europe in UTF-16 has a zero in nearly every other byte; anything else is not text."""
    half = len(content) // 2
    if content[1::2].count(0) > 0.8 * half and content[0::2].count(0) == 0:
        return "utf-16-le"
    if content[0::2].count(0) > 0.8 * half and content[1::2].count(0) == 0:
        return "utf-16-be"
    raise FileRefused("binary")


def _delimiter(text: str) -> str:
    """The separator that cuts the first lines into the most even columns; `;` when nothing does."""
    sample = "\n".join(text.splitlines()[:30])
    best, score = ";", 0.0
    for delimiter in (";", ",", "\t"):
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not widths or max(widths) == 1:
            continue
        width, times = Counter(widths).most_common(1)[0]
        evenness = times / len(widths) * (1 if width > 1 else 0.1) + min(width, 20) / 100
        if evenness > score:
            best, score = delimiter, evenness
    return best


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    number = 0
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused("cell-too-long", line=line) from None
        cleaned = tuple(_tidy(cell) for cell in cells)
        if not any(cleaned):
            continue
        if any(len(cell) > LONGEST_CELL for cell in cleaned):
            raise FileRefused("cell-too-long", line=line)
        number += 1
        if number > MOST_ROWS + 1:
            raise FileRefused("too-many-rows", most=MOST_ROWS)
        yield Row(line=line, cells=cleaned)


def _line(row: Row, mapping: Mapping[str, int]) -> Line:
    def cell(name: str) -> str:
        index = mapping.get(name, -1)
        return row.cells[index] if 0 <= index < len(row.cells) else ""

    typed = cell("email")
    try:
        address = parse(typed)
    except InvalidAddress as error:
        return Line(line=row.line, email=typed[:254], outcome="invalid", reason=error.reason)
    for name, limit in _LIMITS.items():
        if len(cell(name)) > limit:
            return Line(line=row.line, email=address.email, outcome="invalid", reason=f"{name}-too-long")
    values = {name: cell(name) for name in _LIMITS}
    values["departement"], values["kind"] = departement(cell("departement")), kind_of_actor(cell("kind"))
    values["locale"] = "en" if cell("locale").lower().startswith("en") else "fr"
    return Line(
        line=row.line,
        email=address.email,
        key=address.key,
        outcome="new",
        values=values,
        topics=split_topics(cell("topics")),
        zones=split_topics(cell("zones")),
    )


def split_topics(text: str) -> tuple[str, ...]:
    """Topics as typed in one cell, separated by commas, semicolons, bars or slashes; each at most 60 long."""
    for mark in ";|/\n":
        text = text.replace(mark, ",")
    found = dict.fromkeys(" ".join(part.split())[:60] for part in text.split(","))
    return tuple(topic for topic in found if topic)[:20]


def _completed(kept: Line, other: Line) -> Line:
    values = {name: kept.values[name] or other.values[name] for name in kept.values}
    return replace(
        kept,
        values=values,
        topics=tuple(dict.fromkeys(kept.topics + other.topics))[:20],
        zones=tuple(dict.fromkeys(kept.zones + other.zones))[:20],
    )


def _tidy(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).replace("\ufeff", "").split())


def _plain(title: str) -> str:
    """A title without accents, case or punctuation."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())
