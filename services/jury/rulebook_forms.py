"""The parts of a rulebook and of a grid as rows of a form, both ways. Pure.

A row is a mapping of texts as typed. `…_read` gives the entries, or the problems: (row, field) → "missing", "amount",
"number", "values", "level", "points" or "twice".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.jury import rulebooks

Row = Mapping[str, str]
Problems = dict[tuple[int, str], str]

_COLON = re.compile(r"\s*:\s+")

CHECKS: dict[str, tuple[str, str]] = {
    "legal_form": ("legal_form", "in"),
    "department": ("department", "in"),
    "founded_on": ("founded_on", "age"),
    "place": ("place", "zone"),
    "authority": ("authority", "authority"),
    "starts_on": ("starts_on", "not_begun"),
    "years": ("years", "years"),
    "yearly": ("yearly", "ceilings"),
    "total": ("total", "share"),
    "first": ("first", "yes"),
    "school_kind": ("school_kind", "in"),
    "school_department": ("school_department", "in"),
}
"""What an article can look at, by the answer it reads: each answer has one way to be tested."""

LEGAL_FORMS = {
    "association": "association",
    "authority": "collectivité",
    "public_body": "établissement public",
    "teaching": "enseignement",
    "company": "entreprise",
    "other": "autre",
}
SCHOOLS = {"primary": "école", "middle": "collège", "high": "lycée", "farm": "lycée agricole"}
WORDS = {"legal_form": LEGAL_FORMS, "school_kind": SCHOOLS}
"""How the admitted values of these answers are written."""
MOST_LEVELS = 11


def rows_of(form: Mapping[str, str], names: Sequence[str], most: int) -> list[dict[str, str]]:
    """The rows `name-0`, `name-1`… of a form that hold anything."""
    found = [{name: form.get(f"{name}-{at}", "") for name in names} for at in range(most)]
    return [row for row in found if any(row[name] for name in names if name not in ("id", "check", "required"))]


ENVELOPE = ("id", "title", "funder", "euros", "unit")


def envelopes_shown(envelopes: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "id": one["id"],
            "title": one["title"],
            "funder": one["funder"],
            "euros": typed(one["cents"]),
            "unit": typed(one["per_person_cents"]),
        }
        for one in envelopes
    ]


def envelopes_read(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], Problems]:
    problems: Problems = {}
    found: list[dict[str, Any]] = []
    taken = {row["id"] for row in rows if row["id"]}
    for at, row in enumerate(rows):
        for name in ("title", "funder", "euros"):
            if not row[name]:
                problems[at, name] = "missing"
        cents, unit = rulebooks.cents(row["euros"]), rulebooks.cents(row["unit"])
        if row["euros"] and cents is None:
            problems[at, "euros"] = "amount"
        if row["unit"] and not unit:
            problems[at, "unit"] = "amount"
        key = row["id"] or next(name for n in range(1, 100) if (name := f"enveloppe-{n}") not in taken)
        taken.add(key)
        found.append(
            {"id": key, "title": row["title"], "funder": row["funder"], "cents": cents, "per_person_cents": unit}
        )
    return found, problems


ARTICLE = ("number", "title", "text", "check", "values", "least")


def articles_shown(articles: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [
        {
            "number": one["number"],
            "title": one["title"],
            "text": one["text"],
            "check": one["fact"],
            "values": ", ".join(WORDS.get(one["fact"], {}).get(value, value) for value in one["values"]),
            "least": str(one["least"] or ""),
        }
        for one in articles
    ]


def articles_read(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], Problems]:
    problems: Problems = {}
    found: list[dict[str, Any]] = []
    numbers: set[str] = set()
    for at, row in enumerate(rows):
        for name in ("number", "title", "text"):
            if not row[name]:
                problems[at, name] = "missing"
        if row["number"] in numbers:
            problems[at, "number"] = "twice"
        numbers.add(row["number"])
        fact, test = CHECKS.get(row["check"], ("", ""))
        if not fact:
            problems[at, "check"] = "missing"
        values = [value.strip() for value in row["values"].split(",") if value.strip()]
        if fact in WORDS:
            codes = {word: code for code, word in WORDS[fact].items()}
            if any(value.casefold() not in codes for value in values):
                problems[at, "values"] = "values"
            values = [codes.get(value.casefold(), "") for value in values]
        elif fact in ("department", "school_department"):
            values = [value.upper().zfill(2) for value in values]
            if any(len(value) > 3 or not value.isalnum() for value in values):
                problems[at, "values"] = "values"
        else:
            values = []
        if test == "in" and not values:
            problems.setdefault((at, "values"), "missing")
        least = row["least"]
        if least and not (least.isascii() and least.isdigit() and len(least) <= 3 and int(least) <= 100):
            problems[at, "least"] = "number"
        elif test == "age" and not least:
            problems[at, "least"] = "missing"
        found.append(
            {
                "number": row["number"],
                "title": row["title"],
                "text": row["text"],
                "fact": fact,
                "test": test,
                "values": values,
                "least": int(least) if test == "age" and (at, "least") not in problems else 0,
            }
        )
    return found, problems


CRITERION = ("section", "section_en", "least_points", "title", "title_en", "help") + (
    "weight",
    "minimum",
    "comments",
    "levels",
)


def criteria_shown(criteria: Iterable[Any]) -> list[dict[str, str]]:
    """criteria: rows of the table, in order."""
    return [
        _section_shown(one.section)
        | {
            "title": one.title,
            "title_en": one.title_en,
            "help": one.help,
            "weight": str(one.weight),
            "minimum": "" if one.minimum is None else str(one.minimum),
            "comments": ", ".join(str(level) for level in one.comment_required_for),
            "levels": "\n".join(
                level["label"] + (f" : {level['evidence']}" if level["evidence"] else "") for level in one.levels
            ),
        }
        for one in criteria
    ]


def _section_shown(section: Mapping[str, Any] | None) -> dict[str, str]:
    found = section or {"title": "", "title_en": "", "minimum": None}
    least = "" if found["minimum"] is None else str(found["minimum"])
    return {"section": found["title"], "section_en": found["title_en"], "least_points": least}


def criteria_read(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], Problems]:
    """Each line of `levels` is a level from 0 on: "Bon : la phrase de ce que l’on voit". A row that names a section
    begins it."""
    problems: Problems = {}
    found: list[dict[str, Any]] = []
    for at, row in enumerate(rows):
        if not row["title"]:
            problems[at, "title"] = "missing"
        lines = [line.strip() for line in row["levels"].split("\n") if line.strip()]
        if not 2 <= len(lines) <= MOST_LEVELS or any(len(line) > 500 for line in lines):
            problems[at, "levels"] = "level"
        weight = _whole(row["weight"])
        if weight is None or not 1 <= weight <= 1000:
            problems[at, "weight"] = "number"
        minimum = _whole(row["minimum"]) if row["minimum"] else None
        if row["minimum"] and (minimum is None or minimum >= len(lines)):
            problems[at, "minimum"] = "level"
        comments = [_whole(part) for part in row["comments"].replace(";", ",").split(",") if part.strip()]
        if any(level is None or level >= len(lines) for level in comments):
            problems[at, "comments"] = "level"
        levels = []
        for value, line in enumerate(lines):
            label, *evidence = _COLON.split(line, maxsplit=1)
            levels.append({"value": value, "label": label.strip(), "evidence": "".join(evidence).strip()})
        found.append(
            _section_read(row)
            | {
                "title": row["title"],
                "title_en": row["title_en"],
                "help": row["help"],
                "weight": weight or 0,
                "max": len(lines) - 1,
                "minimum": minimum,
                "comment_required_for": sorted({level for level in comments if level is not None}),
                "levels": levels,
            }
        )
    return found, _section_problems(rows, found) | problems


def _section_read(row: Row) -> dict[str, Any]:
    if not row["section"]:
        return {}
    least = _whole(row["least_points"])
    return {"section": {"title": row["section"], "title_en": row["section_en"], "minimum": least}}


def _section_problems(rows: Sequence[Row], found: Sequence[Mapping[str, Any]]) -> Problems:
    """A minimum is whole points, within what the criteria of its section weigh together."""
    problems: Problems = {}
    for at, row in enumerate(rows):
        if not row["section"]:
            if row["section_en"] or row["least_points"]:
                problems[at, "section"] = "missing"
            continue
        after = [later for later in range(at + 1, len(rows)) if rows[later]["section"]]
        most = sum(one["weight"] for one in found[at : after[0] if after else None])
        least = _whole(row["least_points"])
        if row["least_points"] and (least is None or not 1 <= least <= most):
            problems[at, "least_points"] = "points"
    return problems


PAPER = ("id", "title", "required")


def papers_shown(papers: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """`required`: "now", "later" or "no"."""
    return [
        {
            "id": one["key"],
            "title": one["title"],
            "required": "no" if not one["required"] else "later" if one["later"] else "now",
        }
        for one in papers
    ]


def papers_read(rows: Sequence[Row]) -> tuple[list[dict[str, Any]], Problems]:
    problems: Problems = {}
    found: list[dict[str, Any]] = []
    taken = {row["id"] for row in rows if row["id"]}
    for at, row in enumerate(rows):
        if not row["title"]:
            problems[at, "title"] = "missing"
        if row["required"] not in ("now", "later", "no"):
            problems[at, "required"] = "missing"
        free = (f"piece_{letter}" for letter in "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz")
        key = row["id"] or next(name for name in free if name not in taken)
        taken.add(key)
        found.append(
            {
                "key": key,
                "title": row["title"],
                "required": row["required"] != "no",
                "later": row["required"] != "now",
            }
        )
    return found, problems


def typed(cents: int | None) -> str:
    return "" if cents is None else f"{cents // 100},{cents % 100:02d}".removesuffix(",00")


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None
