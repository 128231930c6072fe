"""Files of people to register: bytes of a CSV or a workbook to rows of answers as a form would post them. Pure.

The titles are those of our own export, so that a list goes out and comes back; a few other words are understood.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice

from services.registration.rules.choices import ACTOR_TYPES, DEPARTMENTS, N_
from services.registration.rules.people import fold
from shared import workbooks
from shared.errors import RuleError

LARGEST = 2_000_000
MOST_ROWS = 500
MOST_COLUMNS = 60
LONGEST_CELL = 2_000

_TITLES = {
    "last_name": ("nom", "nom de famille", "last name", "surname"),
    "first_name": ("prenom", "first name"),
    "email": ("adresse electronique", "courriel", "email", "e-mail", "mail", "adresse mail", "e-mail address"),
    "phone": ("telephone", "tel", "phone"),
    "structure": ("structure", "organisme", "organisation", "association", "organization"),
    "function": ("fonction", "role", "position"),
    "actor_type": ("type d'acteur", "type", "type of actor", "kind of actor"),
    "department": ("departement", "dept", "code departement", "departement (code)"),
    "meal": ("dejeuner", "repas", "lunch"),
    "workshops": ("ateliers", "atelier", "workshops"),
}
_ASKED = ("last_name", "first_name", "email")
_YES = {"oui", "yes", "x", "1", "true", "vrai", "o", "y"}


@dataclass(frozen=True)
class Row:
    """One person as the file says it. `values` are the fields of the public form; `workshops` are titles."""

    line: int
    values: dict[str, str]
    workshops: list[str]


def read(content: bytes) -> list[Row]:
    """The people of a file. Raises RuleError with words that say what to do."""
    if len(content) > LARGEST:
        raise _refused(N_("Ce fichier dépasse 2 Mo. Coupez-le en deux."))
    table = _workbook(content) if content[:2] == b"PK" else _csv(content)
    table = [[" ".join(cell.split())[: LONGEST_CELL + 1] for cell in row[:MOST_COLUMNS]] for row in table]
    heads = next((number for number, row in enumerate(table) if any(row)), None)
    if heads is None:
        raise _refused(N_("Ce fichier est vide."))
    columns = _columns(table[heads])
    missing = [name for name in _ASKED if name not in columns]
    if missing:
        raise _refused(N_("La première ligne doit donner les titres : Nom, Prénom, Adresse électronique, et d’autres."))
    filled = [(number, row) for number, row in enumerate(table[heads + 1 :], heads + 2) if any(row)]
    if not filled:
        raise _refused(N_("Ce fichier n’a que des titres."))
    if len(filled) > MOST_ROWS:
        raise _refused(N_("Ce fichier a plus de 500 personnes. Coupez-le en plusieurs."))
    return [_row(number, row, columns) for number, row in filled]


def _refused(words: str) -> RuleError:
    return RuleError("file-refused", words, field="file", status=422)


def _workbook(content: bytes) -> list[list[str]]:
    try:
        return [cells for _number, cells in islice(workbooks.rows(content, formulas=True), MOST_ROWS + 20)]
    except workbooks.NoWorkbook:
        raise _refused(N_("Ce n’est pas un classeur que l’on peut lire. Enregistrez-le en XLSX ou en CSV.")) from None


def _csv(content: bytes) -> list[list[str]]:
    if b"\x00" in content or content[:4] in (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\x7fELF"):
        raise _refused(N_("Ce n’est ni un CSV ni un classeur XLSX."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        return list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), MOST_ROWS + 20))
    except csv.Error:
        raise _refused(N_("Ce CSV ne se lit pas. Ouvrez-le dans un tableur et enregistrez-le de nouveau.")) from None


def _columns(heads: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, head in enumerate(heads):
        for name, titles in _TITLES.items():
            if fold(head) in titles:
                found.setdefault(name, number)
    return found


def _row(line: int, cells: list[str], columns: dict[str, int]) -> Row:
    def cell(name: str) -> str:
        place = columns.get(name, -1)
        text = cells[place] if 0 <= place < len(cells) else ""
        # Our own export puts a quote before what a spreadsheet would run.
        return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text

    values = {name: cell(name) for name in _TITLES if name != "workshops"}
    values["actor_type"] = _key(values["actor_type"], ACTOR_TYPES, "association")
    values["department"] = _key(values["department"].removeprefix("'"), DEPARTMENTS, "other")
    values["meal"] = "true" if fold(values["meal"]) in _YES else "false"
    titles = [one.strip() for one in cell("workshops").split("|")]
    return Row(line, values, [one for one in titles if one])


def _key(text: str, known: dict[str, str], otherwise: str) -> str:
    """The key of a choice given as key, as words, or as a number that lost its zero; unknown words stay."""
    if not text:
        return otherwise
    if text in known:
        return text
    if f"0{text}" in known:
        return f"0{text}"
    words = {fold(label): key for key, label in known.items()}
    return words.get(fold(text), text)
