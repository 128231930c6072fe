"""A list of members pasted from a mail or a spreadsheet, or sent as CSV: read line by line, never trusted. Pure.

With headings, columns come in any order; without, they are first name, last name, e-mail, function, structure, college,
languages. Between cells: a tab, ; or ,.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from dataclasses import dataclass
from typing import Any

from services.jury import languages, place_names
from services.jury.project_import import LIMIT_BYTES, Unreadable, check_columns, decoded, is_email, plain, separator_of
from services.jury.said import Told
from services.jury.texts import fold

LIMIT_ROWS = 300
COLUMNS: dict[str, tuple[str, ...]] = {
    "first_name": ("prenom", "first name"),
    "last_name": ("nom", "nom de famille", "last name"),
    "email": ("courriel", "email", "e mail", "mail", "adresse electronique"),
    "function": ("fonction", "function", "qualite"),
    "structure": ("structure", "collectivite", "structure ou collectivite", "organisme"),
    "college": ("college",),
    "languages": ("langues", "langues lues", "langue", "languages"),
    "themes": ("themes", "theme"),
    "countries": ("pays", "countries"),
    "chairs": ("presidence", "preside", "president", "presidente", "chair"),
}
ORDER = ("first_name", "last_name", "email", "function", "structure", "college", "languages")
"""Of the columns when no heading says it."""
LIMITS = {
    "first_name": 120,
    "last_name": 120,
    "email": 254,
    "function": 200,
    "structure": 200,
    "college": 120,
    "languages": 200,
    "themes": 500,
    "countries": 200,
}
_YES = {"oui", "x", "1", "yes", "vrai", "true"}


@dataclass(frozen=True)
class Line:
    """One line of the list: `data` as add_juror takes it, None when `problems` refuse it."""

    at: int
    name: str
    data: dict[str, Any] | None
    problems: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Preview:
    """`ignored`: headings that nothing is taken from."""

    lines: list[Line]
    ignored: list[str]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [line.data for line in self.lines if line.data is not None]


def key(first_name: str, last_name: str) -> tuple[str, str]:
    """How two members are told apart: as the jury's page does."""
    return first_name.casefold(), last_name.casefold()


def read(data: bytes) -> Preview:
    """Every line with its problems. Raises Unreadable when there is no list at all."""
    if len(data) > LIMIT_BYTES:
        raise Unreadable("Cette liste est trop longue.")
    text, _encoding = decoded(data)
    if not text.strip():
        raise Unreadable("Cette liste est vide.")
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text)))
    except csv.Error as error:
        raise Unreadable("Cette liste n’est pas lisible : des guillemets ne sont pas refermés.") from error
    if len(table) > LIMIT_ROWS + 1:
        raise Unreadable("Cette liste compte plus de %(most)d lignes.", most=LIMIT_ROWS)
    filled = [(at, cells) for at, cells in enumerate(table, start=1) if any(cell.strip() for cell in cells)]
    columns, ignored = _columns(filled[0][1]) if filled else (None, [])
    order = columns or dict(zip(ORDER, range(len(ORDER)), strict=True))
    seen: dict[tuple[str, str], int] = {}
    lines = [_line(at, cells, order, seen) for at, cells in filled[0 if columns is None else 1 :]]
    if not lines:
        raise Unreadable("Cette liste a des en-têtes, mais aucune ligne.")
    return Preview(lines, ignored)


def _columns(cells: list[str]) -> tuple[dict[str, int] | None, list[str]]:
    """Where each column stands, None when the first line is a member already."""
    found: dict[str, int] = {}
    ignored = []
    check_columns(cells)
    for index, cell in enumerate(cells):
        said = plain(cell)
        name = next((one for one, words in COLUMNS.items() if said in words), None)
        if name is not None:
            found.setdefault(name, index)
        elif cell.strip():
            ignored.append(cell.strip()[:60])
    if not {"first_name", "last_name"} <= set(found):
        return None, []
    return found, ignored


def _line(at: int, cells: list[str], columns: dict[str, int], seen: dict[tuple[str, str], int]) -> Line:
    said = {name: unicodedata.normalize("NFC", cells[i]).strip() for name, i in columns.items() if i < len(cells)}
    values: dict[str, Any] = {name: said.get(name, "") for name in LIMITS}
    values["chairs"] = fold(said.get("chairs", "")) in _YES
    problems = [Told("prénom et nom : il faut les deux")] if not values["first_name"] or not values["last_name"] else []
    for name, limit in LIMITS.items():
        if len(values[name]) > limit:
            problems.append(Told("une cellule dépasse %(most)d caractères", most=limit))
        elif any(unicodedata.category(one) in ("Cc", "Cs") for one in values[name]):
            problems.append(Told("une cellule contient un caractère invisible ou un retour à la ligne"))
    if values["email"] and not is_email(values["email"]):
        problems.append(Told("courriel : adresse incomplète"))
    if unknown := languages.read(values["languages"])[1]:
        problems.append(Told("langue inconnue : « %(word)s »", word=unknown[0][:40]))
    if strange := place_names.read(values["countries"])[1]:
        problems.append(Told("pays inconnu : « %(word)s »", word=strange[0][:40]))
    name = f"{values['first_name']} {values['last_name']}".strip()[:80]
    if not problems:
        same = seen.setdefault(key(values["first_name"], values["last_name"]), at)
        if same != at:
            problems.append(Told("déjà à la ligne %(line)d", line=same))
    return Line(at, name or "—", None if problems else values, tuple(problems))
