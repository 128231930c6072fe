"""Contact files: a guess of what each column is, and what an import would do with each row. Pure.

The rows come from `contact_sheets.py`, with capitals, spaces and formulas anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from services.mailer import contact_sheets
from services.mailer.addresses import InvalidAddress, parse
from services.mailer.contact_sheets import FileRefused, Row, Sheet
from services.mailer.contact_words import departement
from services.mailer.contact_words import kind as kind_of_actor

FIELDS = ("email", "first_name", "last_name", "structure", "topics", "zones", "departement", "kind", "locale")
__all__ = [
    "FIELDS",
    "OUTCOMES",
    "FileRefused",
    "Line",
    "Row",
    "Sheet",
    "count",
    "guess_mapping",
    "other_addresses",
    "plan",
    "read",
]

OUTCOMES = ("new", "known", "duplicate", "suppressed", "invalid")
TELL_EVERY = 500
TITLES_WITHIN = 10
_NAMED = re.compile(r"([^<>@]*)<\s*([^<>\s]+@[^<>\s]+)\s*>[\s;,]*")
"""An address as a mail program copies it: "Ana Roy <ana@asso.example>;"."""
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]")
"""Control characters, and marks that turn the direction of what follows: "Martin\u202egro.elpmaxe" reads as another
name than it is."""
_LIMITS = {"first_name": 120, "last_name": 120, "structure": 200}
_TITLES = {
    "email": {"email", "e mail", "mail", "courriel", "mel", "adresse", "adresse email", "adresse e mail",
              "adresse mail", "adresse electronique", "adresse courriel", "email address"},
    "first_name": {"prenom", "prenoms", "first name", "firstname", "given name"},
    "last_name": {"nom", "nom de famille", "last name", "lastname", "surname", "family name"},
    "structure": {"structure", "organisme", "organisation", "organization", "association", "societe",
                  "nom de la structure", "entreprise", "collectivite", "company"},
    "topics": {"sujets", "sujet", "themes", "theme", "thematiques", "interets", "centres d interet", "topics",
               "mots cles", "tags"},
    "zones": {"zones", "zone", "pays", "zones d intervention", "countries", "country"},
    "departement": {"departement", "dept", "dep", "code departement", "code postal", "cp", "postal code"},
    "kind": {"type", "type d acteur", "type de structure", "college", "categorie", "kind"},
    "locale": {"langue", "language", "locale", "lang"},
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """What becomes of one row. `of` is the line that a duplicate repeats."""

    line: int
    email: str
    outcome: str
    key: str = ""
    reason: str = ""
    of: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


def read(content: bytes) -> Sheet:
    """The rows below the titles, which may stand under a heading of their own. Raises FileRefused."""
    sheet = contact_sheets.read(content)
    if not sheet.titles or _names_addresses(sheet.titles):
        return sheet
    for place, row in enumerate(sheet.rows[:TITLES_WITHIN]):
        if any("@" in cell for cell in row.cells):
            break
        if _names_addresses(row.cells) and place + 1 < len(sheet.rows):
            return replace(sheet, titles=row.cells, rows=sheet.rows[place + 1 :], title_line=row.line)
    return sheet


def _names_addresses(titles: Iterable[str]) -> bool:
    return any(_plain(title) in _TITLES["email"] for title in titles)


def other_addresses(sheet: Sheet, mapping: Mapping[str, int]) -> list[int]:
    """Columns that hold addresses too, and are not read: somebody may have meant them."""
    held = {
        index
        for row in sheet.rows[:200]
        for index, cell in enumerate(row.cells)
        if "@" in cell and index != mapping.get("email") and _is_address(cell)
    }
    return sorted(held)


def _is_address(text: str) -> bool:
    try:
        parse(text)
    except InvalidAddress:
        return False
    return True


def guess_mapping(sheet: Sheet) -> dict[str, int]:
    """Which column is which: by title, and for the addresses by content. Absent fields are not in it."""
    mapping: dict[str, int] = {}
    for index, title in enumerate(sheet.titles):
        plain = _plain(title)
        for name, titles in _TITLES.items():
            if name not in mapping and plain in titles:
                mapping[name] = index
                break
    looks = Counter(i for row in sheet.rows[:200] for i, cell in enumerate(row.cells) if "@" in cell)
    if looks and looks[mapping.get("email", -1)] == 0:
        best = looks.most_common(1)[0][0]
        mapping = {name: index for name, index in mapping.items() if index != best} | {"email": best}
    return mapping


def plan(
    sheet: Sheet,
    mapping: Mapping[str, int],
    *,
    known: Iterable[str],
    suppressed: Iterable[str],
    tell: Callable[[float], None] | None = None,
) -> list[Line]:
    """What the import would do with each row, in order. tell: hears how far it is, from 0 to 1.

    known, suppressed: keys of contacts we have, and of those who left or may not be written to. A second row
    for the same person is a duplicate; what it knows more completes the first.
    """
    known, suppressed = frozenset(known), frozenset(suppressed)
    lines: list[Line] = []
    first: dict[str, int] = {}
    for place, row in enumerate(sheet.rows):
        if tell is not None and place % TELL_EVERY == 0:
            tell(place / len(sheet.rows))
        line = _line(row, mapping)
        if line.outcome == "invalid":
            lines.append(line)
            continue
        if line.key in first:
            index = first[line.key]
            lines[index] = _completed(lines[index], line)
            lines.append(replace(line, outcome="duplicate", of=lines[index].line))
            continue
        first[line.key] = len(lines)
        if line.key in suppressed:
            line = replace(line, outcome="suppressed")
        elif line.key in known:
            line = replace(line, outcome="known")
        lines.append(line)
    return lines


def count(lines: Iterable[Line]) -> dict[str, int]:
    """How many rows of each outcome, zeros included."""
    found = Counter(line.outcome for line in lines)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def _line(row: Row, mapping: Mapping[str, int]) -> Line:
    def cell(name: str) -> str:
        index = mapping.get(name, -1)
        return row.cells[index] if 0 <= index < len(row.cells) else ""

    typed, name = cell("email"), ""
    if named := _NAMED.fullmatch(typed):
        name, typed = named[1].strip(" \"'"), named[2]
    try:
        address = parse(typed)
    except InvalidAddress as error:
        return Line(line=row.line, email=typed[:254], outcome="invalid", reason=error.reason)
    for limited, limit in _LIMITS.items():
        if len(cell(limited)) > limit:
            return Line(line=row.line, email=address.email, outcome="invalid", reason=f"{limited}-too-long")
    reason = _unfit([name, *(cell(other) for other in mapping if other != "email")])
    if reason:
        return Line(line=row.line, email=address.email, outcome="invalid", reason=reason)
    values = {each: cell(each) for each in _LIMITS}
    if not (values["first_name"] or values["last_name"]):
        values["last_name"] = name[: _LIMITS["last_name"]]
    values["departement"], values["kind"] = departement(cell("departement")), kind_of_actor(cell("kind"))
    values["locale"] = "en" if cell("locale").lower().startswith("en") else "fr"
    return Line(
        line=row.line,
        email=address.email,
        key=address.key,
        outcome="new",
        values=values,
        topics=split_topics(cell("topics")),
        zones=split_topics(cell("zones")),
    )


def _unfit(cells: Iterable[str]) -> str:
    """What no name or topic may hold: a formula, which would run in the next spreadsheet, or a hidden character."""
    for cell in cells:
        if cell.startswith(("=", "@", "\uff1d", "\uff20")):
            return "formula"
        if _HIDDEN.search(cell):
            return "hidden"
    return ""


@lru_cache(maxsize=1024)
def split_topics(text: str) -> tuple[str, ...]:
    """Topics as typed in one cell, separated by commas, semicolons, bars or slashes; each at most 60 long."""
    for mark in ";|/\n":
        text = text.replace(mark, ",")
    found = dict.fromkeys(" ".join(part.split())[:60] for part in text.split(","))
    return tuple(topic for topic in found if topic)[:20]


def _completed(kept: Line, other: Line) -> Line:
    values = {name: kept.values[name] or other.values[name] for name in kept.values}
    return replace(
        kept,
        values=values,
        topics=tuple(dict.fromkeys(kept.topics + other.topics))[:20],
        zones=tuple(dict.fromkeys(kept.zones + other.zones))[:20],
    )


def _plain(title: str) -> str:
    """A title without accents, case or punctuation."""
    text = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(c if c.isalnum() else " " for c in text).split())
