"""CSV files of scores, wishes and readings, as spreadsheets write them: read exactly or refused. Pure.

; , or a tab between fields, point or comma in decimals, UTF-8 (with a mark or not), UTF-16 or Windows-1252, columns
in any order under English or French names. Numbers become fractions: nothing is lost before the sums.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

NAMES: Mapping[str, tuple[str, ...]] = {
    "project": ("project", "projet"),
    "juror": ("juror", "jure", "juree", "jure e"),
    "score": ("score", "note"),
    "rank": ("rank", "rang"),
    "asked": ("asked", "requested", "amount", "demande", "montant", "montant demande"),
    "minimum": ("minimum", "minimum accepte"),
    "first_year": ("first year", "premiere annee"),
    "affinity": ("affinity", "affinite"),
    "conflict": ("conflict", "conflit"),
    "language": ("language", "langue"),
    "languages": ("languages", "langues", "langues lues"),
    "college": ("college",),
    "least": ("min", "least", "lectures au moins", "au moins"),
    "most": ("max", "most", "lectures au plus", "au plus"),
}
MOST_COLUMNS = 200
_NUMBER = re.compile(r"[+-]?\d{1,15}(?:[.,]\d{1,30})?|\d{1,15}/\d{1,15}", re.ASCII)
_SPACES = re.compile(r"[\s\u00a0\u202f]+")


class Unreadable(ValueError):
    """The file cannot be read; the message is French, for the person, with the line where there is one."""


def read(data: bytes, required: Sequence[str], optional: Sequence[str] = ()) -> list[dict[str, str]]:
    """The rows as text by column name, plus "line", its number. Empty lines are left out, absent columns are ""."""
    return list(_rows(data, required, optional))


def _rows(data: bytes, required: Sequence[str], optional: Sequence[str]) -> Iterator[dict[str, str]]:
    text = _decoded(data)
    head = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(";\t,", key=head.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        heading = next(filter(any, lines), [])
        if sum(1 for title in heading if title.strip()) > MOST_COLUMNS:
            raise Unreadable(f"Ce fichier a plus de {MOST_COLUMNS} colonnes : n’y gardez que celles qu’il faut.")
        titles = [_plain(title) for title in heading]
        columns = {}
        for name in (*required, *optional):
            found = [index for index, title in enumerate(titles) if title in NAMES[name]]
            if len(found) > 1 or (name in required and not found):
                fault = "manque" if not found else "figure deux fois"
                raise Unreadable(f"La colonne « {name} » {fault}. Colonnes lues : {', '.join(titles) or 'aucune'}.")
            if found:
                columns[name] = found[0]
        for cells in lines:
            if any(cell.strip() for cell in cells):
                row = {name: _cell(cells, columns.get(name)) for name in (*required, *optional)}
                yield row | {"line": str(lines.line_num)}
    except csv.Error as error:
        raise Unreadable(f"Ligne {lines.line_num} : ce n’est pas un fichier CSV lisible ({error}).") from None


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # "Unicode text", as spreadsheets call it
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data:
        raise Unreadable("Ce fichier n’est pas un texte : il faut un fichier CSV.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _plain(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title.casefold())
    return re.sub(r"[^a-z]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).strip()


def _cell(cells: Sequence[str], index: int | None) -> str:
    return "" if index is None or index >= len(cells) else unicodedata.normalize("NFC", cells[index]).strip()


def named(row: Mapping[str, str], column: str) -> str:
    """A cell that must not be empty."""
    if not row[column]:
        raise Unreadable(f"Ligne {row['line']} : la colonne « {column} » est vide.")
    return row[column]


def number(row: Mapping[str, str], column: str) -> Fraction:
    """ "14,25", "14.25" or "57/4", exactly."""
    text = _SPACES.sub("", named(row, column)).replace("−", "-")
    if not _NUMBER.fullmatch(text) or text.endswith(tuple("/" + "0" * n for n in range(1, 16))):
        raise Unreadable(f"Ligne {row['line']} : « {row[column][:40]} » n’est pas un nombre.")
    return Fraction(text.replace(",", "."))


def cents(row: Mapping[str, str], column: str) -> int:
    """Euros with at most two decimals, as cents: "5 000,01" is 500001."""
    amount = 100 * number({**row, column: row[column].replace("€", "")}, column)
    if amount.denominator != 1:
        raise Unreadable(f"Ligne {row['line']} : « {row[column][:40]} » n’est pas un montant au centime près.")
    return int(amount)


def scores(data: bytes) -> list[tuple[str, str, Fraction]]:
    """(project, juror, score). A line without a score is no score: missing is not zero."""
    found: dict[tuple[str, str], Fraction] = {}
    for row in _rows(data, ("project", "juror", "score"), ()):
        pair = named(row, "project"), named(row, "juror")
        if not row["score"]:
            continue
        if pair in found:
            raise Unreadable(f"Ligne {row['line']} : le juré {pair[1]} a déjà noté le projet {pair[0]}.")
        found[pair] = number(row, "score")
    if not found:
        raise Unreadable("Il n’y a aucune note dans ce fichier.")
    return [(project, juror, score) for (project, juror), score in found.items()]
