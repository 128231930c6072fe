"""Spreadsheet workbooks (XLSX): the first sheet read as a table of texts, a table written as one sheet. Pure.

Every text that is written is a text: no cell can become a formula. What is read is bounded before it is unpacked,
and read piece by piece, as UTF-8 whatever it declares, so that no other encoding hides an entity.
"""

from __future__ import annotations

import datetime as dt
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import chain, islice
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from shared import workbook_frame

LIMIT_UNPACKED = 40_000_000  # octets: 30,000 rows of nine columns are some 12 million
LIMIT_ELEMENTS = 2_000_000  # three a cell: 50,000 rows of a dozen columns
LIMIT_COLUMNS = 200
LIMIT_MERGED = 20_000

_MEASURED = 200  # rows: the columns are as wide as what stands in these asks for
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    OSError,
    EOFError,
    LookupError,
    ValueError,
    RuntimeError,
)
_DAY_ZERO = dt.date(1899, 12, 30)
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HOLDS_A_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is)[\s>]")


@dataclass(frozen=True)
class Merged:
    """One cell over several rows: it stands in the first of them, and the others have nothing in that column."""

    column: int  # from 0
    first: int
    last: int


class NoWorkbook(ValueError):
    """The bytes are no workbook that can be read."""


class TooLarge(NoWorkbook):
    """Unpacked it would be more than we take: a bomb, or no list that a person keeps."""


@dataclass(frozen=True)
class Cents:
    """A sum in a cell: shown in euros, exactly."""

    cents: int

    def decimal(self, mark: str) -> str:
        return f"{self.cents // 100}{mark}{self.cents % 100:02d}"


def written(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with one sheet: texts as inline texts, numbers and Cents as numbers, dates and times as such.

    The first row is that of the titles, which stays in view."""
    return b"".join(streamed(title, rows))


def streamed(title: str, rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The same piece by piece: neither the rows nor the file ever stand in memory."""
    out = _Pipe()
    left = iter(rows)
    first = list(islice(left, _MEASURED))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in workbook_frame.parts(title).items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), workbook_frame.XML + content, zipfile.ZIP_DEFLATED)
        sheet = zipfile.ZipInfo("xl/worksheets/sheet1.xml", _EPOCH)
        sheet.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(sheet, "w") as target:
            widths = workbook_frame.columns(map(_length, row) for row in first)
            head = f'{workbook_frame.XML}<worksheet xmlns="{workbook_frame.MAIN}">{workbook_frame.TITLES_STAY}{widths}'
            target.write(f"{head}<sheetData>".encode())
            for number, row in enumerate(chain(first, left)):
                cells = "".join(_cell(value, title=number == 0) for value in row)
                target.write(f"<row>{cells}</row>".encode())
                if out.waiting() > 32_000:
                    yield out.taken()
            target.write(b"</sheetData></worksheet>")
    yield out.taken()


class _Pipe(io.RawIOBase):
    """What a ZipFile writes into and a response reads from. It cannot seek, so the archive never goes back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def waiting(self) -> int:
        return sum(map(len, self._parts))

    def taken(self) -> bytes:
        data, self._parts = b"".join(self._parts), []
        return data


def _length(value: Any) -> int:
    if isinstance(value, dt.date):
        return len("14/10/2016 09:30" if isinstance(value, dt.datetime) else "14/10/2016")
    text = value.decimal(",") if isinstance(value, Cents) else str(value or "")
    return max(map(len, text.splitlines() or [""]))


def _cell(value: Any, *, title: bool = False) -> str:
    if isinstance(value, Cents):
        return f"<c><v>{value.decimal('.')}</v></c>"
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    if isinstance(value, dt.datetime):  # as the wall shows it: a workbook knows of no zones
        of_day = dt.timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) / dt.timedelta(days=1)
        return f'<c s="1"><v>{(value.date() - _DAY_ZERO).days + of_day:.9f}</v></c>'
    if isinstance(value, dt.date):
        return f'<c s="2"><v>{(value - _DAY_ZERO).days}</v></c>'
    text = "".join(c for c in str(value or "") if c >= " " or c in "\n\t")
    style = ' s="3"' if title else ""
    return f'<c t="inlineStr"{style}><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def table(data: bytes) -> list[list[str]]:
    """The first sheet, row by row, each cell as the text a person would have typed. Raises NoWorkbook."""
    return [cells for _, cells in rows(data)]


def rows(data: bytes, *, formulas: bool = False, merged: list[Merged] | None = None) -> Iterator[tuple[int, list[str]]]:
    """The number and the cells of each row of the first sheet that is shown. Raises NoWorkbook, TooLarge.

    formulas: a computed cell reads as its formula, "=A1&B1", not as the value that a spreadsheet last computed.
    merged: hears of the cells that are one over several rows, once all rows are read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LIMIT_UNPACKED:
                raise TooLarge("unpacks to more than we take")
            names = frozenset(archive.namelist())
            shared = _Texts()
            if "xl/sharedStrings.xml" in names:
                for _ in _fed(archive, "xl/sharedStrings.xml", shared):
                    pass
            reader = _Rows(shared.found, formulas)
            yield from _fed(archive, _sheets(archive, names)[0][1], reader)
            if merged is not None:
                merged += reader.merged
    except NoWorkbook:
        raise
    except _UNREADABLE as problem:
        raise NoWorkbook(str(problem)) from problem


def other_sheets(data: bytes) -> list[str]:
    """The names of the other sheets that are shown and hold something. Raises NoWorkbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sheets = _sheets(archive, frozenset(archive.namelist()))[1:]
            return [name for name, file in sheets if _HOLDS_A_VALUE.search(archive.read(file))]
    except _UNREADABLE as problem:
        raise NoWorkbook(str(problem)) from problem


def _sheets(archive: zipfile.ZipFile, names: frozenset[str]) -> list[tuple[str, str]]:
    """Name and file of each sheet, as the tabs stand, leaving hidden ones out; by file name in a workbook that does not
    say."""
    found = []
    if {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        tabs, targets = _Attributes("sheet"), _Attributes("Relationship")
        for _ in _fed(archive, "xl/workbook.xml", tabs):
            pass
        for _ in _fed(archive, "xl/_rels/workbook.xml.rels", targets):
            pass
        files = {one.get("Id", ""): posixpath.normpath(f"/xl/{one.get('Target', '')}") for one in targets.found}
        absolute = {one.get("Id", ""): one["Target"] for one in targets.found if one.get("Target", "").startswith("/")}
        for tab in tabs.found:
            file = (files | absolute).get(tab.get("id", ""), "").lstrip("/")
            if tab.get("state", "visible") == "visible" and file in names and "worksheet" in file:
                found.append((tab.get("name", file), file))
    if not found:
        sheets = [n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n)]
        sheets.sort(key=lambda name: int(re.sub(r"\D", "", posixpath.basename(name))))
        found = [(posixpath.basename(n), n) for n in sheets]
    if not found:
        raise NoWorkbook("no sheet")
    return found


class _Reader:
    """Hears the elements of one part, by their names without prefix: there are two namespaces for the same thing."""

    def __init__(self) -> None:
        self.done: list[tuple[int, list[str]]] = []

    def start(self, name: str, attributes: dict[str, str], /) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


def _fed(archive: zipfile.ZipFile, name: str, reader: _Reader) -> Iterator[tuple[int, list[str]]]:
    parser = expat.ParserCreate("UTF-8")
    parser.buffer_text = True

    def begin(name: str, attributes: dict[str, str]) -> None:
        """The first element says whether names wear a prefix; most do not, and are heard without a detour."""
        if ":" in name:
            parser.StartElementHandler = lambda name, attributes: reader.start(name.rpartition(":")[2], attributes)
            parser.EndElementHandler = lambda name: reader.end(name.rpartition(":")[2])
        else:
            parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
        parser.StartElementHandler(name, attributes)

    def refuse(*_: Any) -> None:
        raise NoWorkbook("a workbook declares no entity")

    parser.StartElementHandler = begin
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = refuse
    with archive.open(name) as part:  # counting them is far faster than hearing them one by one
        pieces = iter(lambda: part.read(1 << 16), b"")
        if sum(piece.count(b"<") - piece.count(b"</") for piece in pieces) > LIMIT_ELEMENTS:
            raise TooLarge("more cells than we take")
    with archive.open(name) as part:
        while piece := part.read(1 << 16):
            parser.Parse(piece, False)
            yield from reader.done
            reader.done.clear()
    parser.Parse(b"", True)
    yield from reader.done


class _Attributes(_Reader):
    """The attributes of each element of one name."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.found = wanted, list[dict[str, str]]()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self.wanted:
            self.found.append({key.rpartition(":")[2]: value for key, value in attributes.items()})


class _Texts(_Reader):
    """The texts that cells share. What is spoken aloud over a text (`rPh`) is no part of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._heard: list[str] = []
        self._inside = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if name == "si":
            self._heard = []
        self._inside = name == "t"

    def text(self, text: str) -> None:
        if self._inside:
            self._heard.append(text)

    def end(self, name: str) -> None:
        self._inside = False
        if name == "si":
            self.found.append(_decoded("".join(self._heard)))


class _Rows(_Reader):
    """The cells of each row, in their columns."""

    def __init__(self, shared: Sequence[str], formulas: bool) -> None:
        super().__init__()
        self._shared, self._formulas = shared, formulas
        self.merged: list[Merged] = []
        self._number = 0
        self._cells: list[str] = []
        self._at, self._kind, self._inside = 0, "n", ""
        self._heard: dict[str, list[str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside = name if name in ("v", "t", "f") else ""
        if name == "row":
            number = attributes.get("r", "")
            self._number = int(number) if number.isdecimal() and len(number) < 8 else self._number + 1
            self._cells = []
        elif name == "c":
            letters = re.match(r"[A-Z]+", attributes.get("r", ""))
            self._at = _column(letters[0]) if letters else len(self._cells)
            self._kind = attributes.get("t", "n")
            self._heard = {}
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))
        elif name == "f":
            self._heard.setdefault("f", [])

    def text(self, text: str) -> None:
        if self._inside:
            self._heard.setdefault(self._inside, []).append(text)

    def end(self, name: str) -> None:
        self._inside = ""
        if name == "row":
            self.done.append((self._number, self._cells))
        elif name == "c" and self._at < LIMIT_COLUMNS:
            self._cells += [""] * (self._at + 1 - len(self._cells))
            self._cells[self._at] = self._value()

    def _merge(self, where: str) -> None:
        found = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):[A-Z]{1,3}(\d{1,7})", where)
        if found and int(found[3]) > int(found[2]) and len(self.merged) < LIMIT_MERGED:
            self.merged.append(Merged(_column(found[1]), int(found[2]), int(found[3])))

    def _value(self) -> str:
        value = "".join(self._heard.get("v", ()))
        if self._formulas and "f" in self._heard:
            return "=" + "".join(self._heard["f"])
        if self._kind == "s":
            return self._shared[int(value)] if value else ""
        if self._kind == "inlineStr":
            return _decoded("".join(self._heard.get("t", ())))
        return _number(value) if self._kind == "n" else _decoded(value)


def _decoded(text: str) -> str:
    """`_x000D_` is how a workbook writes a character that XML has no place for."""
    return _CODED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def _column(letters: str) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _number(value: str) -> str:
    """2015 as "2015", 5000.010000000001 as "5000.01"."""
    try:
        number = Decimal(value).quantize(Decimal("0.000001"))
    except InvalidOperation:
        return value
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
