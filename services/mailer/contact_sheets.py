"""Contact files: the bytes of a CSV or of a workbook (XLSX) to rows of texts. Pure.

The file comes from a spreadsheet on somebody's computer: any of three encodings, any of three separators, titles or
not. What is neither is refused with a reason a person understands; what would unpack to more than we take, too.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from shared import workbooks

LARGEST = 5_000_000  # bytes: some 50,000 contacts
LONG = 400_000
LONG_UNPACKED = 3_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000
MOST_SHEETS, LONGEST_NAME = 10, 40
MOST_MERGED = 200_000
WORKBOOK = "xlsx"
_ZIP = b"PK\x03\x04"
_MAGIC = {
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
    title_line: int = 0  # where the titles stand when something stands above them
    others: tuple[str, ...] = ()  # sheets of the workbook that hold something and are not read


def read(content: bytes) -> Sheet:
    """The rows of a CSV, or of the first sheet of a workbook. Raises FileRefused."""
    if len(content) > LARGEST:
        raise FileRefused("too-large", megabytes=LARGEST // 1_000_000)
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            raise FileRefused(kind)
    others: tuple[str, ...] = ()
    if content.startswith(_ZIP):
        encoding, delimiter = WORKBOOK, ""
        merged: list[workbooks.Merged] = []
        rows = _unmerged(list(_rows(_workbook_rows(content, merged))), merged)
        others = _other_sheets(content)
    else:
        text, encoding = _decode(content)
        delimiter = _delimiter(text)
        rows = list(_rows(_csv_rows(text, delimiter)))
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
    return Sheet(encoding, delimiter, titles, tuple(rows), width, others=others)


def is_long(content: bytes) -> bool:
    """Whether reading it takes more than a moment: some 5,000 lines. Looks at sizes only."""
    if not content.startswith(_ZIP):
        return len(content) > LONG
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(entry.file_size for entry in archive.infolist()) > LONG_UNPACKED
    except (zipfile.BadZipFile, OSError, ValueError):
        return False


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


def _csv_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise FileRefused("cell-too-long", line=line) from None
        yield line, cells


def _workbook_rows(content: bytes, merged: list[workbooks.Merged]) -> Iterator[tuple[int, list[str]]]:
    try:
        yield from workbooks.rows(content, formulas=True, merged=merged)
    except workbooks.TooLarge:
        raise FileRefused("bomb") from None
    except workbooks.NoWorkbook:
        raise FileRefused("spreadsheet") from None


def _other_sheets(content: bytes) -> tuple[str, ...]:
    try:
        return tuple(name[:LONGEST_NAME] for name in workbooks.other_sheets(content)[:MOST_SHEETS])
    except workbooks.NoWorkbook:  # one that is damaged, and that nobody reads
        return ()


def _unmerged(rows: list[Row], merged: list[workbooks.Merged]) -> list[Row]:
    """A cell that is one over several rows is what each of them says: the structure of three people, written once."""
    if not rows or not merged:
        return rows
    ends = [min(one.last, rows[-1].line) for one in merged]
    if sum(end - one.first for one, end in zip(merged, ends, strict=True) if end > one.first) > MOST_MERGED:
        raise FileRefused("bomb")
    cells = {row.line: list(row.cells) for row in rows}
    for one, end in zip(merged, ends, strict=True):
        said = cells.get(one.first, [])[one.column : one.column + 1]
        for line in range(one.first + 1, end + 1):
            if said and line in cells:
                cells[line] += [""] * (one.column + 1 - len(cells[line]))
                cells[line][one.column] = cells[line][one.column] or said[0]
    return [Row(row.line, tuple(cells[row.line])) for row in rows]


def _rows(read: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    number = 0
    for line, cells in read:
        if any(len(cell) > LONGEST_CELL for cell in cells):
            raise FileRefused("cell-too-long", line=line)
        cleaned = tuple(_tidy(cell) for cell in cells)
        if not any(cleaned):
            continue
        number += 1
        if number > MOST_ROWS + 1:
            raise FileRefused("too-many-rows", most=MOST_ROWS)
        yield Row(line=line, cells=cleaned)


def _tidy(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).replace("\ufeff", "").split())
