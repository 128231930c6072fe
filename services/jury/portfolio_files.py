"""The portfolio as files: earlier years are read, from CSV or XLSX, as others or this service wrote them. Pure."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from services.jury import rulebooks, zones
from services.jury.project_import import LIMIT_BYTES, LIMIT_ROWS, Unreadable, decoded, plain, separator_of
from services.jury.said import Told
from shared import csv_files, workbooks

COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("annee", "year"),
    "title": ("titre", "projet", "intitule", "title"),
    "structure": ("structure", "association", "organisme", "porteur"),
    "place": ("pays", "zone", "pays ou zone", "country"),
    "theme": ("theme", "thematique", "odd"),
    "funder": ("financeur", "funder"),
    "cents": ("montant", "aide", "montant accorde", "somme", "amount"),
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


@dataclass(frozen=True)
class Past:
    """A good file gives `rows`, with the columns that it has; a file with any bad line gives `problems` instead:
    line number, what is wrong."""

    rows: list[dict[str, Any]]
    problems: list[tuple[int, Told]]


def read(data: bytes) -> Past:
    """Raises Unreadable when it is no such file at all."""
    if len(data) > LIMIT_BYTES or not data.strip():
        raise Unreadable("Ce fichier est vide ou trop grand.")
    table = _table(data)
    where: dict[str, int] = {}
    for index, heading in enumerate(table[0]):
        for name, words in COLUMNS.items():
            if plain(heading) in words:
                where.setdefault(name, index)
    state = next((i for i, heading in enumerate(table[0]) if plain(heading) == "statut"), None)
    if any(name not in where for name in REQUIRED):
        raise Unreadable("Il faut au moins les colonnes Année, Titre et Structure.")
    if len(table) > LIMIT_ROWS:
        raise Unreadable("Ce fichier a trop de lignes.")
    result = Past([], [])
    for at, cells in enumerate(table[1:], start=2):
        if state is not None and state < len(cells) and cells[state].strip() not in ("", STATUSES["supported"]):
            continue  # our own file, which lists also what was not supported
        if any(cell.strip() for cell in cells):
            _line(at, {n: csv_files.as_typed(cells[i]) if i < len(cells) else "" for n, i in where.items()}, result)
    return result


def _table(data: bytes) -> list[list[str]]:
    """At least one row, whether the file is a CSV or a workbook."""
    try:
        if data.startswith(b"PK\x03\x04"):
            return workbooks.table(data) or [[]]
        text, _encoding = decoded(data)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text))) or [[]]
    except (csv.Error, workbooks.NoWorkbook) as error:
        raise Unreadable("Ce fichier n’est ni un CSV ni un classeur XLSX lisible.") from error


def _line(at: int, values: dict[str, str], result: Past) -> None:
    year, amount = values["year"], values.get("cents", "")
    place = values.get("place", "").upper()
    cents = rulebooks.cents(amount) if amount else None
    if not (year.isascii() and year.isdigit() and len(year) == 4 and 1900 <= int(year) <= 2200):
        result.problems.append((at, Told("année")))
    elif not values["title"] or not values["structure"] or any(len(text) > 300 for text in values.values()):
        result.problems.append((at, Told("titre ou structure")))
    elif place and not zones.CODE.match(place):
        result.problems.append((at, Told("zone : code ISO attendu")))
    elif amount and cents is None:
        result.problems.append((at, Told("montant")))
    else:
        coded = {"place": place, "cents": cents}
        result.rows.append(values | {"year": int(year)} | {name: coded[name] for name in coded.keys() & values})
