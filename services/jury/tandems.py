"""A tandem: one association and one class that file one application together, each writing its half. Pure.

No pupil is named anywhere: the form asks for their number.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.jury import school_holidays

Half = Literal["association", "class"]
HALVES: tuple[Half, ...] = ("association", "class")

SPEAKERS: dict[str, tuple[str, str, str]] = {
    "association": ("bearer_first_name", "bearer_last_name", "bearer_email"),
    "class": ("teacher_first_name", "teacher_last_name", "teacher_email"),
}
"""Who writes for each half: first name, last name, address."""
SCHOOLS = ("primary", "middle", "high", "farm")
"""École, collège, lycée, lycée agricole."""
CLASS: dict[str, int] = {
    "school_name": 200,
    "school_town": 120,
    "school_department": 3,
    "school_kind": 10,
    "school_level": 80,
    "pupils": 4,
    "teacher_first_name": 120,
    "teacher_last_name": 120,
    "teacher_email": 254,
    "class_work": 3000,
    "school_agrees": 3,
}
"""What the class says of itself."""
MEETINGS = ("meeting_1", "meeting_2", "meeting_3")
TEXTS: dict[str, int] = CLASS | dict.fromkeys(MEETINGS, 10)
ASSOCIATION = (
    "structure",
    "legal_form",
    "department",
    "siret",
    "rna",
    "representative",
    "commitment",
    "bearer_first_name",
    "bearer_last_name",
    "bearer_email",
    "first",
)
TOGETHER = (
    "title",
    "summary",
    "place",
    "locality",
    "theme",
    "goal_1",
    "goal_2",
    "partner_name",
    "objectives",
    "activities",
    "restitution",
    "starts_on",
    *MEETINGS,
)
ASKED = (*ASSOCIATION, *CLASS, *TOGETHER)
"""The texts that the form asks for, budget apart, in this order."""
OPTIONAL = {"rna", "commitment", "locality", "theme", "goal_1", "goal_2", "partner_name", "restitution"} | {*MEETINGS}
REQUIRED = tuple(name for name in ASKED if name not in OPTIONAL)
FACTS = ("legal_form", "department", "place", "starts_on", "years", "yearly", "total", "first") + (
    "school_kind",
    "school_department",
)
"""What the articles of such a call may look at."""
_BUDGET = re.compile(r"^(request|expense|income|kind)_")


def is_one(rulebook: Mapping[str, Any]) -> bool:
    """Whether a call pairs an association with a class."""
    return bool(rulebook.get("tandem"))


def other(half: str) -> Half:
    return "class" if half == "association" else "association"


def may_write(half: str, name: str) -> bool:
    """Whether the link of this half changes that field; a link without a half changes all. The money and who asks for
    it belong to the association."""
    if half == "class":
        return name not in ASSOCIATION and not _BUDGET.match(name)
    return half != "association" or name not in CLASS


def is_here(content: Mapping[str, str], half: str) -> bool:
    """A half is there once somebody writes for it."""
    return bool(content.get(SPEAKERS[half][2]))


def lacking(content: Mapping[str, str]) -> Half | None:
    """The half that nobody writes for."""
    return next((half for half in HALVES if not is_here(content, half)), None)


def has_begun(content: Mapping[str, str], half: str) -> bool:
    """Whether somebody wrote more of this half than the invitation did."""
    return any(content.get(name) for name in own(half) if name not in SPEAKERS[half])


def own(half: str) -> tuple[str, ...]:
    """The texts that a half says of itself, budget apart."""
    return tuple(CLASS) if half == "class" else ASSOCIATION


def speaker(content: Mapping[str, str], half: str) -> dict[str, str]:
    """{first_name, last_name, email} of who writes for a half."""
    names = SPEAKERS[half]
    return dict(zip(("first_name", "last_name", "email"), (content.get(name, "") for name in names), strict=True))


def organisation(content: Mapping[str, str], half: str) -> str:
    """How a half is called: the association, or the school with its town."""
    if half == "association":
        return content.get("structure", "")
    return ", ".join(filter(None, (content.get("school_name"), content.get("school_town"))))


def both(structure: str, content: Mapping[str, str]) -> str:
    """The two halves in a line; the structure alone where there is no class."""
    school = organisation(content, "class")
    return f"{structure} + {school}" if school else structure


def problems(content: Mapping[str, str]) -> list[tuple[str, str]]:
    """(field, code) of what stops the filing in the two halves. A half that is missing is one problem, not ten."""
    gone = lacking(content)
    found = [] if gone is None else [(SPEAKERS[gone][2], f"no_{gone}")]
    for name in REQUIRED:
        absent = gone is not None and not may_write(other(gone), name)
        if not content.get(name) and not absent and name != "school_agrees":
            found.append((name, "missing"))
    if gone == "class":
        return found
    if content.get("school_agrees") != "yes":
        found.append(("school_agrees", "head"))
    typed = content.get("pupils", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and int(typed)):
        found.append(("pupils", "pupils"))
    return found + [(name, "names") for name in ("school_level", "class_work") if lists_names(content.get(name, ""))]


_NAME = r"[A-ZÀ-ÖØ-Þ][\w’'-]*"
_PERSON = re.compile(rf"^(?:\d+[.)]?\s*|[-•*]\s*)?{_NAME}(?:\s+(?:{_NAME}|[A-Z]\.?)){{1,2}}\.?$")
_FIRST = re.compile(rf"^(?:\d+[.)]?\s*|[-•*]\s*)?{_NAME}\.?$")
FEW = 3
"""So many names of two words in a row are a list of people; of single words, twice as many."""


def lists_names(text: str) -> bool:
    """Whether a text seems to list people: names one after the other, apart by commas, semicolons or lines."""
    persons = firsts = 0
    for part in re.split(r"[,;\n]|\bet\b", text):
        one = part.rpartition(":")[2].strip()
        if not one:
            continue
        persons = persons + 1 if _PERSON.match(one) else 0
        firsts = firsts + 1 if _FIRST.match(one) else 0
        if persons >= FEW or firsts >= 2 * FEW:
            return True
    return False


@dataclass(frozen=True)
class Meeting:
    """A day on which the halves meet. `holiday`: of the school's zone; `known`: whether its calendar is here."""

    field: str
    day: dt.date
    holiday: school_holidays.Holiday | None
    known: bool


def meetings(content: Mapping[str, str]) -> list[Meeting]:
    """Those to warn about: in a school holiday, or beyond the calendars that are here."""
    department = content.get("school_department", "").upper().zfill(2)
    found = []
    for name in MEETINGS:
        try:
            day = dt.date.fromisoformat(content.get(name, ""))
        except ValueError:
            continue
        known = school_holidays.is_known(day) and school_holidays.zone_of(department) is not None
        found.append(Meeting(name, day, school_holidays.on(day, department), known))
    return [one for one in found if one.holiday or not one.known]
