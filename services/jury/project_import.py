"""A CSV file of projects, as people really send it: read, checked line by line, never trusted.

Pure. Accepts ; or , or a tab, UTF-8 (with or without a mark) or Windows-1252, French headings in any order.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass, field

from marshmallow import ValidationError, fields

from services.jury import languages
from services.jury.said import Said, Told

LIMIT_BYTES = 300_000
LIMIT_ROWS = 1000
LIMIT_COLUMNS = 200

COLUMNS: dict[str, tuple[str, ...]] = {
    "number": ("numero", "n", "no", "num", "n°", "number"),
    "title": ("titre", "projet", "titre du projet", "intitule", "title"),
    "structure": ("structure", "association", "organisme", "porteur", "organisation"),
    "bearer_first_name": ("prenom", "prenom du porteur", "first name", "first_name"),
    "bearer_last_name": ("nom", "nom du porteur", "last name", "last_name"),
    "bearer_email": ("courriel", "email", "e mail", "mail", "adresse electronique", "adresse e mail"),
    "country": ("pays", "zone", "pays ou zone", "country"),
    "department": ("departement", "dept", "department"),
    "language": ("langue", "language"),
    "summary": ("resume", "description", "presentation", "summary"),
}
REQUIRED = ("title", "structure", "bearer_email")
LIMITS = {
    "title": 200,
    "structure": 200,
    "bearer_first_name": 120,
    "bearer_last_name": 120,
    "bearer_email": 254,
    "country": 6,
    "department": 3,
    "language": 40,
    "summary": 2000,
}
WORDS = {
    "number": "numéro",
    "title": "titre",
    "structure": "structure",
    "bearer_first_name": "prénom",
    "bearer_last_name": "nom",
    "bearer_email": "courriel",
    "country": "pays",
    "department": "département",
    "language": "langue",
    "summary": "résumé",
}

_COUNTRY = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
DEPARTMENT = re.compile(r"^(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8])$")


class Unreadable(Said):
    """The file as a whole cannot be read."""


@dataclass(frozen=True)
class Row:
    """A project that can be added. `number` None: the next free one. `fields`: what the file has a column for; the
    rest of a project that is there already stays as it is."""

    number: int | None
    fields: dict[str, str]


@dataclass(frozen=True)
class Line:
    """One line of the file and what becomes of it. `row` is None when `problems` refuse it."""

    at: int
    title: str
    row: Row | None
    problems: tuple[Told, ...] = ()


@dataclass(frozen=True)
class Preview:
    encoding: str
    separator: str
    ignored: tuple[str, ...]
    lines: tuple[Line, ...] = field(default=())

    @property
    def rows(self) -> list[Row]:
        return [line.row for line in self.lines if line.row is not None]

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.row is None]


def read(data: bytes) -> Preview:
    """The lines of a file with their problems. Raises Unreadable when it is no such file at all."""
    check_size(data, LIMIT_BYTES)
    text, encoding = decoded(data)
    separator = separator_of(text)
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error as error:
        raise Unreadable("Ce fichier n’est pas un CSV lisible : des guillemets ne sont pas refermés.") from error
    heading, columns, ignored = _columns(table[0] if table else [])
    if len(table) - 1 > LIMIT_ROWS:
        raise Unreadable("Ce fichier compte plus de %(most)d lignes.", most=LIMIT_ROWS)
    lines: list[Line] = []
    numbers: dict[int, int] = {}
    for at, cells in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in cells):
            lines.append(_line(at, cells, columns, len(heading), numbers))
    if not lines:
        raise Unreadable("Ce fichier a des en-têtes, mais aucune ligne.")
    return Preview(encoding, separator, tuple(ignored), tuple(lines))


def check_size(data: bytes, most: int) -> None:
    """most: bytes. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("Ce fichier est vide.")
    if len(data) > most:
        raise Unreadable(
            "Ce fichier dépasse %(kilobytes)d Ko. Envoyez les projets en plusieurs fichiers.", kilobytes=most // 1000
        )


def decoded(data: bytes) -> tuple[str, str]:
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise Unreadable("C’est un classeur, pas un CSV : dans le tableur, « Enregistrer sous », format CSV.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise Unreadable("L’encodage de ce fichier n’est pas lisible : choisissez UTF-8.") from None
    if b"\x00" in data or data.startswith(b"%PDF"):
        raise Unreadable("Ce fichier n’est pas un texte : choisissez un fichier CSV.")
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        raise Unreadable("L’encodage de ce fichier n’est pas lisible : choisissez UTF-8.") from None


def separator_of(text: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(";,\t", key=first.count)


def plain(heading: str) -> str:
    folded = unicodedata.normalize("NFKD", heading.casefold())
    letters = "".join(c if c.isalnum() or c == "°" else " " for c in folded if not unicodedata.combining(c))
    return " ".join(letters.split())


def check_columns(heading: list[str]) -> None:
    """Raises Unreadable, before anybody looks at what each of thousands says."""
    if sum(1 for name in heading if name.strip()) > LIMIT_COLUMNS:
        raise Unreadable(
            "Ce fichier a plus de %(most)d colonnes : n’y gardez que celles du modèle, puis envoyez-le de nouveau.",
            most=LIMIT_COLUMNS,
        )


def _columns(heading: list[str]) -> tuple[list[str], dict[str, int], list[str]]:
    columns: dict[str, int] = {}
    ignored = []
    check_columns(heading)
    for index, name in enumerate(heading):
        said = plain(name)
        found = next((key for key, names in COLUMNS.items() if said in names), None)
        if found is None or found in columns:
            if name.strip():
                ignored.append(name.strip()[:60])
        else:
            columns[found] = index
    missing = [WORDS[key] for key in REQUIRED if key not in columns]
    if missing:
        raise Unreadable(
            "Il manque les colonnes : %(columns)s. La première ligne doit porter les en-têtes.",
            columns=", ".join(missing),
        )
    return heading, columns, ignored


def _line(at: int, cells: list[str], columns: dict[str, int], width: int, numbers: dict[int, int]) -> Line:
    problems: list[Told] = []
    values = {key: _tidy(cells[index]) if index < len(cells) else "" for key, index in columns.items()}
    if len(cells) > width:
        problems.append(Told("plus de cellules que d’en-têtes : un séparateur se trouve dans un texte sans guillemets"))
    for key in REQUIRED:
        if not values[key]:
            problems.append(Told("%(column)s : manque", column=WORDS[key]))
    for key, limit in LIMITS.items():
        value = values.get(key, "")
        if len(value) > limit:
            problems.append(Told("%(column)s : plus de %(most)d caractères", column=WORDS[key], most=limit))
        elif any(unicodedata.category(c) in ("Cc", "Cs") and not (c == "\n" and key == "summary") for c in value):
            problems.append(
                Told("%(column)s : contient un caractère invisible ou un retour à la ligne", column=WORDS[key])
            )
    problems += _coded(values)
    if values["bearer_email"] and not is_email(values["bearer_email"]):
        problems.append(Told("courriel : adresse incomplète"))
    number = _number(values.pop("number", ""), at, numbers, problems)
    title = values["title"][:80] or "(sans titre)"
    if problems:
        return Line(at, title, None, tuple(problems))
    return Line(at, title, Row(number, values))


def _coded(values: dict[str, str]) -> list[Told]:
    """Bring country, department and language to their codes, where the file has them; what is none is a problem."""
    problems = []
    if "language" in values:
        spoken, unknown = languages.read(values["language"])
        if unknown or len(spoken) > 1:
            problems.append(Told("langue : une seule est attendue, comme français ou pt"))
        values["language"] = min(spoken, default="")
    for key in {"country", "department"} & set(values):
        values[key] = values[key].upper()
    if values.get("country") and not _COUNTRY.match(values["country"]):
        problems.append(Told("pays : code ISO attendu, comme SN, MG ou CN-SC"))
    if values.get("department"):
        values["department"] = values["department"].zfill(2)
        if not DEPARTMENT.match(values["department"]):
            problems.append(Told("département : code attendu, comme 09 ou 2A"))
    return problems


def is_email(text: str) -> bool:
    """As strict as the fact that will carry the address, so that no result gets stuck at publication."""
    try:
        fields.Email().deserialize(text)
    except ValidationError:
        return False
    return text.isascii() and "." in text.rpartition("@")[2]


def _number(text: str, at: int, numbers: dict[int, int], problems: list[Told]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and int(text) > 0):
        problems.append(Told("numéro : un entier entre 1 et 9999 est attendu"))
        return None
    number = int(text)
    if number in numbers:
        problems.append(
            Told("numéro : %(number)d est déjà pris par la ligne %(line)d", number=number, line=numbers[number])
        )
    numbers.setdefault(number, at)
    return number


def _tidy(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.replace("\r\n", "\n").replace("\r", "\n")).strip()
