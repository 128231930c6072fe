"""The portfolio as files: earlier years are read, from CSV or XLSX, as others or this service wrote them. Pure."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any

from services.jury import place_names, rulebooks, zones
from services.jury.project_import import Unreadable, check_columns, check_size, decoded, plain, separator_of
from services.jury.said import Told
from shared import csv_files, workbooks

LIMIT_BYTES = 2_000_000
LIMIT_ROWS = 10_000
LONGEST = 300  # characters of a text
HEAD_WITHIN = 10
"""Lines: a title often stands above the headings."""
_ENOUGH = HEAD_WITHIN + LIMIT_ROWS + 1
"""Lines, to know of a file that it has too many: the rest is not read, while somebody waits."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("annee", "year"),
    "title": ("titre", "projet", "intitule", "title"),
    "structure": ("structure", "association", "organisme", "porteur"),
    "place": ("pays", "zone", "pays ou zone", "country"),
    "theme": ("theme", "thematique", "odd"),
    "funder": ("financeur", "funder"),
    "cents": ("montant", "aide", "montant accorde", "somme", "amount"),
    "status": ("statut", "status"),
}
REQUIRED = ("year", "title", "structure")
HEADINGS = ["Année", "Titre", "Structure", "Zone", "Thème", "Financeur", "Montant", "Statut"]
STATUSES = {
    "supported": "soutenu",
    "asked": "demandé",
    "reserve": "liste d’attente",
    "refused": "non retenu",
    "withdrawn": "retiré",
}
"""What a file says; it stays French, so that it can be read again whatever the language of the page."""
_STATUS_OF = {plain(word): status for status, word in STATUSES.items()}
_WORDS = dict(zip(COLUMNS, ("année", "titre", "structure", "zone", "thème", "financeur", "montant"), strict=False))

_YEAR = re.compile(r"(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-])?([0-9]{4})|([0-9]{4})-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]*)?")
_DAY_ZERO, _DAYS = date(1899, 12, 30), range(36_526, 54_789)
"""A workbook counts a day from 1899: here those of 2000 to 2049, which nobody takes for a year."""


@dataclass(frozen=True)
class Past:
    """A good file gives `rows`, with the columns that it has, and how many lines it `left` out because they were not
    supported; a file with any bad line gives `problems` instead: line number, what is wrong."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[tuple[int, Told]] = field(default_factory=list)
    left: int = 0


def read(data: bytes) -> Past:
    """Raises Unreadable when it is no such file at all."""
    check_size(data, LIMIT_BYTES)
    table, is_workbook = _table(data)
    head, where = next(
        ((n, found) for n, (_at, cells) in enumerate(table[:HEAD_WITHIN]) if (found := _columns(cells))), (0, {})
    )
    if not where:
        raise Unreadable("Il faut au moins les colonnes Année, Titre et Structure.")
    if len(table) > head + 1 + LIMIT_ROWS:
        raise Unreadable("Ce fichier compte plus de %(most)d lignes.", most=LIMIT_ROWS)
    rows: list[dict[str, Any]] = []
    problems: list[tuple[int, Told]] = []
    seen: dict[tuple[Any, ...], int] = {}
    left, width = 0, len(table[head][1])
    for at, cells in table[head + 1 :]:
        if not any(cell.strip() for cell in cells):
            continue
        said = {name: _tidy(cells[index]) if index < len(cells) else "" for name, index in where.items()}
        status = said.pop("status", "")
        if status and _STATUS_OF.get(plain(status)) not in (None, "supported"):
            left += 1  # our own file, which lists also what was not supported
            continue
        row, wrong = _row(said, is_workbook=is_workbook)
        if status and plain(status) not in _STATUS_OF:
            wrong.append(
                Told("statut : soutenu, demandé, liste d’attente, non retenu ou retiré, ou rien (alors soutenu)")
            )
        if not is_workbook and any(cell.strip() for cell in cells[width:]):
            wrong.append(
                Told("plus de cellules que d’en-têtes : un séparateur se trouve dans un texte sans guillemets")
            )
        first = seen.setdefault((row["year"], row["title"], row["structure"]), at)
        if not wrong and first != at:
            wrong.append(Told("la même année, le même titre et la même structure qu’à la ligne %(line)d", line=first))
        problems += [(at, one) for one in wrong]
        rows.append(row)
    return Past([], problems) if problems else Past(rows, [], left)


def _table(data: bytes) -> tuple[list[tuple[int, list[str]]], bool]:
    """The lines with their numbers, and whether they stood in a workbook."""
    try:
        if data.startswith(b"PK\x03\x04"):
            return list(islice(workbooks.rows(data), _ENOUGH)), True
        text, _encoding = decoded(data)
        tables = (  # a title above the headings says nothing of what stands between them
            list(islice(enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), start=1), _ENOUGH))
            for mark in (separator_of(text), *";,\t")
        )
        return next((one for one in tables if any(_columns(cells) for _at, cells in one[:HEAD_WITHIN])), []), False
    except workbooks.TooLarge as error:
        raise Unreadable("Ce fichier compte plus de %(most)d lignes.", most=LIMIT_ROWS) from error
    except (csv.Error, workbooks.NoWorkbook) as error:
        raise Unreadable("Ce fichier n’est ni un CSV ni un classeur XLSX lisible.") from error


def _columns(cells: list[str]) -> dict[str, int]:
    """Where each column stands; empty when this is no line of headings."""
    where: dict[str, int] = {}
    check_columns(cells)
    for index, heading in enumerate(cells):
        said = plain(heading)
        for name, words in COLUMNS.items():
            if said in words:
                where.setdefault(name, index)
    return where if all(name in where for name in REQUIRED) else {}


def _tidy(cell: str) -> str:
    """One line of text, as it was typed."""
    return unicodedata.normalize("NFC", re.sub(r"[\t\r\n]+", " ", csv_files.as_typed(cell))).strip()


def _row(said: Mapping[str, str], *, is_workbook: bool) -> tuple[dict[str, Any], list[Told]]:
    """What is kept of a line, and what is wrong with it."""
    wrong: list[Told] = []
    row: dict[str, Any] = dict(said)
    row["year"] = _year(said["year"], is_workbook=is_workbook)
    if not 1900 <= row["year"] <= 2200:
        wrong.append(Told("année : quatre chiffres, ou une date"))
    for name, text in said.items():
        if name in REQUIRED and not text:
            wrong.append(Told("%(column)s : manque", column=_WORDS[name]))
        elif len(text) > LONGEST:
            wrong.append(Told("%(column)s : plus de %(most)d caractères", column=_WORDS[name], most=LONGEST))
        elif any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
            wrong.append(
                Told("%(column)s : contient un caractère invisible ou un retour à la ligne", column=_WORDS[name])
            )
    if place := said.get("place", ""):
        named, _unknown = place_names.read(place)
        codes = [place.upper()] if zones.CODE.match(place.upper()) else named
        row["place"] = codes[0] if codes else ""
        if len(codes) != 1:
            wrong.append(Told("zone : un pays par son nom ou son code ISO, et un seul"))
    if "cents" in said:
        row["cents"] = rulebooks.cents(said["cents"]) if said["cents"] else None
        if said["cents"] and row["cents"] is None:
            wrong.append(Told("montant : une somme en euros, au centime près"))
    return row, wrong


def _year(text: str, *, is_workbook: bool) -> int:
    """Of a year or a date; 0 when it is neither."""
    if is_workbook and text.isascii() and text.isdigit() and len(text) == 5 and int(text) in _DAYS:
        return (_DAY_ZERO + timedelta(days=int(text))).year
    found = _YEAR.fullmatch(text)
    return int(found[1] or found[2]) if found else 0
