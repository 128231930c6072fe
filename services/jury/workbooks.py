"""Spreadsheet workbooks (XLSX): the first sheet read as a table of texts, a table written as one sheet. Pure.

Every text that is written is a text: no cell can become a formula. What is read is bounded before it is unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

LIMIT_UNPACKED = 20_000_000
LIMIT_COLUMNS = 200

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_NAME = f"{{{_MAIN}}}"


class NoWorkbook(ValueError):
    """The bytes are no workbook that can be read."""


@dataclass(frozen=True)
class Cents:
    """A sum in a cell: shown in euros, exactly."""

    cents: int

    def decimal(self, mark: str) -> str:
        return f"{self.cents // 100}{mark}{self.cents % 100:02d}"


def written(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook with one sheet: texts as inline texts, numbers and Cents as numbers."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPES}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="r1" Type="{_DOC}/officeDocument" '
        f'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets>'
        f'<sheet name="{escape(title)}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELS}"><Relationship Id="r1" Type="{_DOC}/worksheet" '
        f'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>',
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), _XML + content, zipfile.ZIP_DEFLATED)
    return data.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, Cents):
        return f"<c><v>{value.decimal('.')}</v></c>"
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    text = "".join(c for c in str(value or "") if c >= " " or c in "\n\t")
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def table(data: bytes) -> list[list[str]]:
    """The first sheet, row by row, each cell as the text a person would have typed. Raises NoWorkbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LIMIT_UNPACKED:
                raise NoWorkbook("too large")
            names = archive.namelist()
            shared = []
            if "xl/sharedStrings.xml" in names:
                found = _parsed(archive.read("xl/sharedStrings.xml"))
                shared = [_text(one) for one in found.iter(f"{_NAME}si")]
            sheets = sorted(n for n in names if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", n))
            if not sheets:
                raise NoWorkbook("no sheet")
            first = min(sheets, key=lambda name: int(re.sub(r"\D", "", name.rpartition("/")[2])))
            sheet = _parsed(archive.read(first))
            return [_row(row, shared) for row in sheet.iter(f"{_NAME}row")]
    except (zipfile.BadZipFile, ElementTree.ParseError, OSError, RuntimeError, IndexError, ValueError) as problem:
        raise NoWorkbook(str(problem)) from problem


def _parsed(data: bytes) -> ElementTree.Element:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise NoWorkbook("a workbook declares no entity")
    # Read as UTF-8 whatever the document declares, so that no other encoding hides a declaration.
    return ElementTree.fromstring(data, ElementTree.XMLParser(encoding="utf-8"))  # noqa: S314  (no entity is left)


def _text(element: ElementTree.Element) -> str:
    return "".join(one.text or "" for one in element.iter(f"{_NAME}t"))


def _row(row: ElementTree.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{_NAME}c"):
        letters = re.match(r"[A-Z]+", cell.get("r", ""))
        at = _column(letters[0]) if letters else len(cells)
        if at >= LIMIT_COLUMNS:
            break
        cells += [""] * (at + 1 - len(cells))
        kind, value = cell.get("t", "n"), cell.findtext(f"{_NAME}v", "")
        if kind == "s":
            cells[at] = shared[int(value)]
        elif kind == "inlineStr":
            cells[at] = _text(cell)
        else:
            cells[at] = _number(value) if kind == "n" else value
    return cells


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
