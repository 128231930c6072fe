"""What `assign` reads: projects, jurors with their limits, affinities and conflicts, as CSV or JSON. Pure.

JSON: {"projects": ["P1", …], "jurors": ["J1", {"id": "J2", "min": 3, "max": 10}, …],
"affinities": [{"juror": "J1", "project": "P1", "affinity": 0.8}, …],
"conflicts": [{"juror": "J1", "project": "P2"}, …]}
CSV: one line per pair, columns project, juror and, if wanted, affinity and conflict (1, x, oui, yes), and the min and
max of the juror. Lines with only a project or only a juror make it known. A pair that is not named has no affinity and
no conflict.
Both may say the language of a project ("language") and the languages and the college of a juror ("languages",
"college"): in JSON as {"id": "P1", "language": "pt"} and {"id": "J1", "languages": "fr, pt", "college": "élus"}.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.jury import csv_tables, languages
from services.jury.csv_tables import Unreadable

_PAIR = ("affinity", "conflict")
_PARTY = ("language", "languages", "college", "least", "most")
_YES = {"1", "x", "oui", "yes", "true", "vrai"}
_NO = {"", "0", "non", "no", "false", "faux"}


@dataclass(frozen=True)
class Pool:
    """`jurors`: (id, least, most or None). Affinities and conflicts go by (project, juror). `written`: project →
    language; `read`: juror → languages; `colleges`: juror → college; who is absent there says nothing."""

    projects: list[str]
    jurors: list[tuple[str, int, int | None]]
    affinities: dict[tuple[str, str], float] = field(default_factory=dict)
    conflicts: set[tuple[str, str]] = field(default_factory=set)
    written: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)
    colleges: dict[str, str] = field(default_factory=dict)

    @property
    def unread(self) -> set[tuple[str, str]]:
        """(project, juror) where the juror does not read the language of the project."""
        return {
            (project, juror)
            for project in self.projects
            for juror, _least, _most in self.jurors
            if not languages.reads(self.read.get(juror, ""), self.written.get(project, ""))
        }


def read(data: bytes) -> Pool:
    """Raises Unreadable (or json's ValueError) with the place of the fault."""
    plain = data.removeprefix(codecs.BOM_UTF8).lstrip()
    return _read_json(json.loads(plain)) if plain.startswith(b"{") else _read_csv(data)


def _read_csv(data: bytes) -> Pool:
    projects: dict[str, None] = {}
    jurors: dict[str, None] = {}
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    pool = Pool([], [])
    for row in csv_tables.read(data, ("project", "juror"), (*_PAIR, *_PARTY)):
        project, juror = row["project"], row["juror"]
        projects |= dict.fromkeys([project] if project else [])
        jurors |= dict.fromkeys([juror] if juror else [])
        for key, of, kept in ((project, "language", pool.written), (juror, "languages", pool.read)):
            if key and row[of]:
                kept[key] = _language(row[of], one=of == "language")
        if juror and row["college"]:
            pool.colleges[juror] = row["college"]
        for of, limits in (("least", least), ("most", most)):
            if juror and row[of] and limits.setdefault(juror, _whole(row, of)) != _whole(row, of):
                raise Unreadable(f"Ligne {row['line']} : le minimum ou le maximum de {juror} y est un autre qu’avant.")
        if not (project and juror):
            continue
        if row["affinity"]:
            value = float(csv_tables.number(row, "affinity"))
            if pool.affinities.setdefault((project, juror), value) != value:
                raise Unreadable(
                    f"Ligne {row['line']} : l’affinité de {juror} pour {project} y est une autre qu’avant."
                )
        answer = row["conflict"].casefold()
        if answer not in _YES | _NO:
            raise Unreadable(f"Ligne {row['line']} : conflit « {row['conflict'][:40]} » n’est ni oui ni non.")
        if answer in _YES:
            pool.conflicts.add((project, juror))
    pool.projects.extend(projects)
    pool.jurors.extend((juror, least.get(juror, 0), most.get(juror)) for juror in jurors)
    return pool


def _whole(row: Mapping[str, str], column: str) -> int:
    found = csv_tables.number(row, column)
    if found.denominator != 1:
        raise Unreadable(f"Ligne {row['line']} : « {row[column][:40]} » n’est pas un nombre entier.")
    return int(found)


def _read_json(document: Any) -> Pool:
    projects = [_text(project, "id") for project in _list(document, "projects")]
    jurors = [
        (_text(juror, "id"), _count(juror, "min") or 0, _count(juror, "max")) for juror in _list(document, "jurors")
    ]
    written = {_text(one, "id"): _said(one, "language") for one in _list(document, "projects")}
    read = {_text(one, "id"): _said(one, "languages") for one in _list(document, "jurors")}
    colleges = {_text(one, "id"): _said(one, "college", "") for one in _list(document, "jurors")}
    known, seats = set(projects), {juror[0] for juror in jurors}
    pool = Pool(projects, jurors, written=written, read=read, colleges=colleges)

    def pair(entry: Any) -> tuple[str, str]:
        if not isinstance(entry, Mapping):
            raise Unreadable("Une affinité ou un conflit n’est pas un objet.")
        found = _text(entry.get("project"), "project"), _text(entry.get("juror"), "juror")
        if found[0] not in known or found[1] not in seats:
            raise Unreadable(f"Le projet {found[0]} ou le juré {found[1]} n’est pas dans les listes.")
        return found

    for entry in _list(document, "affinities", []):
        value = entry.get("affinity") if isinstance(entry, Mapping) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable("Une affinité n’est pas un nombre.")
        known_pair = pair(entry)
        if known_pair in pool.affinities and pool.affinities[known_pair] != value:
            raise Unreadable(f"L’affinité de {known_pair[1]} pour {known_pair[0]} est dite deux fois, autrement.")
        pool.affinities[known_pair] = float(value)
    pool.conflicts.update(pair(entry) for entry in _list(document, "conflicts", []))
    return pool


def _list(document: Mapping[str, Any], key: str, default: Any = None) -> list[Any]:
    found = document.get(key, default)
    if not isinstance(found, list):
        raise Unreadable(f"La liste « {key} » manque.")
    return found


def _text(found: Any, key: str) -> str:
    value = found.get(key) if isinstance(found, Mapping) else found
    if not isinstance(value, str) or not value:
        raise Unreadable(f"Un nom manque ou n’est pas un texte ({key}).")
    return value


def _said(found: Any, key: str, empty: str | None = None) -> str:
    """An optional text of a project or a juror; languages are checked, unless `empty` says that it is none."""
    value = found.get(key, "") if isinstance(found, Mapping) else ""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise Unreadable(f"« {key} » n’est pas un texte.")
    return value if empty is not None else _language(value, one=key == "language")


def _language(text: str, *, one: bool) -> str:
    """As codes, so that a project's is one of them. Raises Unreadable for a word that names no language."""
    codes, unknown = languages.read(text)
    if one and len(codes) > 1:
        raise Unreadable(f"Un projet est écrit dans une seule langue, pas en « {text[:40]} ».")
    if unknown:
        raise Unreadable(f"Langue inconnue : « {unknown[0][:40]} ».")
    return ", ".join(sorted(codes))


def _count(found: Any, key: str) -> int | None:
    value = found.get(key) if isinstance(found, Mapping) else None
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise Unreadable(f"« {key} » d’un juré n’est pas un nombre entier.")
    return value
