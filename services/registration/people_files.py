"""Files of people to register: bytes of a CSV or a workbook to rows of answers as a form would post them. Pure.

The titles are those of our own export, so that a list goes out and comes back; a few other words are understood.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENT_LABELS, DEPARTMENTS, N_
from services.registration.rules.people import fold
from shared import csv_files, workbooks
from shared.departements import FRANCE
from shared.errors import RuleError, Sentence

LARGEST = 2_000_000
MOST_ROWS = 1_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000

_TITLES = {
    "last_name": ("nom", "nom de famille", "last name", "surname", "name"),
    "first_name": ("prenom", "first name"),
    "email": ("adresse electronique", "courriel", "email", "e-mail", "mail", "adresse mail", "e-mail address"),
    "phone": ("telephone", "tel", "phone"),
    "structure": ("structure", "organisme", "organisation", "association", "organization"),
    "function": ("fonction", "role", "position"),
    "actor_type": ("type d'acteur", "type", "type of actor", "kind of actor"),
    "department": ("departement", "dept", "code departement", "departement (code)"),
    "meal": ("dejeuner", "repas", "lunch"),
    "workshops": ("ateliers", "atelier", "workshops"),
    "wish_1": ("souhait 1", "1er souhait", "premier souhait", "wish 1", "1st wish", "first wish"),
    "wish_2": (
        "souhait 2",
        "2e souhait",
        "2eme souhait",
        "deuxieme souhait",
        "second souhait",
        "wish 2",
        "2nd wish",
        "second wish",
    ),
    "wish_3": ("souhait 3", "3e souhait", "3eme souhait", "troisieme souhait", "wish 3", "3rd wish", "third wish"),
    "state": ("etat", "state", "status"),
    "locale": ("langue", "langue du courriel", "language", "lang"),
}
_ASKED = ("last_name", "first_name", "email")
_WISHES = ("wish_1", "wish_2", "wish_3")
_NO_ANSWERS = ("workshops", "state", "locale", *_WISHES)
_YES_NO = dict.fromkeys(("oui", "yes", "x", "1", "true", "vrai", "o", "y"), "true") | dict.fromkeys(
    ("non", "no", "0", "false", "faux", "n", "-"), "false"
)
_LOCALES = dict.fromkeys(("fr", "francais", "french"), "fr") | dict.fromkeys(("en", "anglais", "english"), "en")
_CANCELLED = {"annulee", "annule", "cancelled", "place transmise", "place passed on"}
_WISH = re.compile(r"\s*\((?:souhait|wish)(?: (\d))?\)$")
_LAST = "9"
_LOST_ZERO = re.compile(r"[1-9]\d{8}", re.ASCII)


@dataclass(frozen=True)
class Row:
    """One person as the file says it. `values` are the fields of the public form, `actor_type`, `department` and `meal`
    "" where the file does not say; `workshops` are titles, of each slot the dearest first.

    ranked: the file says which wish is the first. cancelled: our own export says so of them. locale: "fr", "en", or ""
    where the file says none; unspoken: what it says that is neither.
    """

    line: int
    values: dict[str, str]
    workshops: list[str]
    ranked: bool = False
    cancelled: bool = False
    locale: str = ""
    unspoken: str = ""


def read(content: bytes, most: int = MOST_ROWS) -> list[Row]:
    """The people of a file, at most so many. Raises RuleError with words that say what to do."""
    if len(content) > LARGEST:
        raise _refused(N_("Ce fichier dépasse 2 Mo. Coupez-le en deux."))
    table = (_workbook if content[:2] == b"PK" else _csv)(content, most)
    cleaned = [
        (number, [" ".join(cell.split())[: LONGEST_CELL + 1] for cell in row[:MOST_COLUMNS]]) for number, row in table
    ]
    if not cleaned:
        raise _refused(N_("Ce fichier est vide."))
    (_heads, titles), *people = cleaned
    columns = _columns(titles)
    if any(name not in columns for name in _ASKED):
        raise _refused(N_("La première ligne doit donner les titres : Nom, Prénom, Adresse électronique, et d’autres."))
    if not people:
        raise _refused(N_("Ce fichier n’a que des titres."))
    if len(people) > most:
        said = f"{most:,}".replace(",", "\u202f")
        raise _refused(Sentence(N_("Ce fichier a plus de %(most)s personnes. Coupez-le en plusieurs."), most=said))
    return [_row(number, row, columns) for number, row in people]


def _refused(words: str) -> RuleError:
    return RuleError("file-refused", words, field="file", status=422)


def _workbook(content: bytes, most: int) -> list[tuple[int, list[str]]]:
    """The number and the cells of each row; of a computed cell, what the spreadsheet showed."""
    try:
        return _filled(workbooks.rows(content), most)
    except workbooks.TooLarge:
        message = N_(
            "Ce classeur est trop grand une fois ouvert. Copiez la liste des personnes, et elle seule, dans un nouveau "
            "classeur."
        )
        raise _refused(message) from None
    except workbooks.NoWorkbook:
        raise _refused(N_("Ce n’est pas un classeur que l’on peut lire. Enregistrez-le en XLSX ou en CSV.")) from None


def _csv(content: bytes, most: int) -> list[tuple[int, list[str]]]:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # « Texte Unicode », as spreadsheets call it
    if (b"\x00" in content and not marked) or content[:4] in (b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\x7fELF"):
        raise _refused(N_("Ce n’est ni un CSV ni un classeur XLSX."))
    try:
        text = content.decode("utf-16", "replace") if marked else content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    try:
        return _filled(enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), start=1), most)
    except csv.Error:
        raise _refused(N_("Ce CSV ne se lit pas. Ouvrez-le dans un tableur et enregistrez-le de nouveau.")) from None


def _filled(rows: Iterable[tuple[int, list[str]]], most: int) -> list[tuple[int, list[str]]]:
    """The titles and the people, and one row more where there are too many; empty rows do not count."""
    filled = (one for one in rows if any(cell.strip() for cell in one[1][:MOST_COLUMNS]))
    return list(islice(filled, most + 2))


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
        return csv_files.as_typed(cells[place]) if 0 <= place < len(cells) else ""

    values = {name: cell(name) for name in _TITLES if name not in _NO_ANSWERS}
    if _LOST_ZERO.fullmatch(values["phone"]):  # a spreadsheet took it for a number
        values["phone"] = f"0{values['phone']}"
    values["actor_type"] = _actor_type(values["actor_type"])
    values["department"] = _department(values["department"].removeprefix("'"))
    values["meal"] = _YES_NO.get(fold(values["meal"]), values["meal"])
    marked = [(_WISH.search(one), _WISH.sub("", one)) for one in map(str.strip, cell("workshops").split("|"))]
    ranks = [(found[1] if found else None, title) for found, title in marked]
    wishes = [(str(rank), one.strip()) for rank, name in enumerate(_WISHES, 1) for one in cell(name).split("|")]
    told = sorted((one for one in (*wishes, *ranks) if one[1]), key=lambda one: one[0] or _LAST)
    ranked = any(rank for rank, _title in told)
    return Row(
        line,
        values,
        [title for _rank, title in told],
        ranked,
        fold(cell("state")) in _CANCELLED,
        locale := _LOCALES.get(fold(cell("locale")), ""),
        "" if locale else cell("locale"),
    )


def _words(text: str) -> frozenset[str]:
    """ "Gers (32)" and "32 - Gers" are one thing, as are "9" and "09"."""
    return frozenset(word.lstrip("0") for word in re.findall(r"\w+", fold(text)))


def _named(key: str, *said: str) -> Iterable[tuple[frozenset[str], str]]:
    return ((_words(words), key) for words in (key, *said))


_ACTOR_TYPES = dict(
    pair
    for key, english in {
        "association": "Association, collective, foundation",
        "authority": "Local authority",
        "public_body": "Public body",
        "education": "Education, research",
        "business": "Business",
        "person": "Individual, expert",
        "other": "Not said",
    }.items()
    for pair in _named(key, ACTOR_LABELS[key], english)
) | dict(_named("other", "Non précisé (sur place)", "Not said (at the door)"))  # older files say so
_DEPARTMENTS = dict(
    pair
    for named in (
        _named("other", DEPARTMENTS["other"], "Elsewhere, another country", "autre", "étranger"),
        _named("unsaid", DEPARTMENT_LABELS["unsaid"], "Not said"),
        _named("other", "Autre département ou autre pays", "Another département or country"),  # older files say so
        *(_named(code, name, f"{code} {name}") for code, name in FRANCE.items()),
    )
    for pair in named
)


def _actor_type(text: str) -> str:
    """The key of a type said in French or English, "" when none is; unknown words stay."""
    key = _ACTOR_TYPES.get(_words(text), text)
    return "" if key == "other" else key


def _department(text: str) -> str:
    """The code of a département given by code, by name or by both, "" when none is given or a file says so; unknown
    words stay."""
    key = _DEPARTMENTS.get(_words(text), text)
    return "" if key == "unsaid" else key
