"""Step 3 of nine: one answer, read. Next: services/registration/models/forms.py.

Faults are codes; web/questions.py says them in words.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.registration.rules import carpool
from services.registration.rules.forms import LONGEST_TEXT, YES, Question

TICKED = frozenset({"true", "True", "on", "1"})
_NUMBER = re.compile(r"^-?[0-9]{1,12}([.,][0-9]{1,4})?$")
_DAY = re.compile(r"^([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})$")


@dataclass(frozen=True)
class Given:
    """An answer as it is kept: the question and the value in words, beside the value."""

    label: str
    value: Any
    said: str
    sensitive: bool


@dataclass(frozen=True)
class Read:
    """value is None when nothing was answered; fault is "" when all is right."""

    value: Any = None
    fault: str = ""
    limit: int = 0


def read(one: Question, texts: Sequence[str]) -> Read:
    """What the texts say to this question; files aside, which are no texts. Never raises."""
    filled = [text for text in texts if text]
    if not filled or (one.type == "agreement" and filled[0] not in TICKED):
        return Read(fault=("agree" if one.type == "agreement" else "missing") if one.required else "")
    return _READERS[one.type](one, filled)


def _text(one: Question, texts: Sequence[str]) -> Read:
    limit = one.most or LONGEST_TEXT
    if len(texts[0]) > limit:
        return Read(fault="long", limit=limit)
    if one.key == "carpool_return" and carpool.no_such_time(texts[0]):
        return Read(fault="time")
    return Read(fault="lines") if "\n" in texts[0] and not one.rows else Read(texts[0])


def _number(one: Question, texts: Sequence[str]) -> Read:
    text = texts[0].replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace("−", "-")
    if not _NUMBER.match(text):
        return Read(fault="number")
    value = float(text.replace(",", "."))
    if one.least is not None and value < one.least:
        return Read(fault="small", limit=one.least)
    if one.most is not None and value > one.most:
        return Read(fault="large", limit=one.most)
    return Read(int(value) if value == int(value) else value)


def _choice(one: Question, texts: Sequence[str]) -> Read:
    return Read(texts[0]) if one.option(texts[0]) else Read(fault="choice")


def _several(one: Question, texts: Sequence[str]) -> Read:
    chosen = set(texts)
    known = [option.key for option in one.options if option.key in chosen]
    return Read(known) if len(known) == len(chosen) else Read(fault="choice")


def _date(_one: Question, texts: Sequence[str]) -> Read:
    try:
        found = _DAY.match(texts[0])
        day = dt.date(int(found[3]), int(found[2]), int(found[1])) if found else dt.date.fromisoformat(texts[0])
    except ValueError:
        return Read(fault="date")
    return Read(day.isoformat()) if 1900 <= day.year <= 2200 else Read(fault="date")


def _agreement(_one: Question, _texts: Sequence[str]) -> Read:
    return Read(True)


def _file(_one: Question, texts: Sequence[str]) -> Read:
    return Read(texts[0])


_READERS = {
    "text": _text,
    "number": _number,
    "choice": _choice,
    "several": _several,
    "date": _date,
    "agreement": _agreement,
    "file": _file,
}


def said(one: Question, value: Any, language: str) -> str:
    """The value in words, as the form says it today."""
    if one.type == "agreement":
        return {True: "oui", False: "non"}[bool(value)] if language == "fr" else {True: "yes", False: "no"}[bool(value)]
    if one.type == "choice":
        option = one.option(str(value))
        return option.words.of(language) if option else str(value)
    if one.type == "several":
        return " · ".join(option.words.of(language) for option in one.options if option.key in value)
    if one.type == "date":
        return dt.date.fromisoformat(value).strftime("%d/%m/%Y")
    if one.type == "file":
        return str(value.get("name", ""))
    if one.type == "number":
        return str(value).replace(".", "," if language == "fr" else ".")
    return str(value)


def said_in(one: Question | None, value: Any, kept: str, language: str) -> str:
    """An answer that was given in whichever language, in this one. one: the question as it was answered.

    kept: the words of that day; they stand where the question does not tell better: what was typed, and an option of
    an earlier version that stayed somebody's.
    """
    if one is None or one.type not in _SPOKEN:
        return kept
    if one.options and not (value and all(one.option(key) for key in values(one, value))):
        return kept
    return said(one, value, language)


_SPOKEN = ("choice", "several", "agreement", "number")
"""Types whose answer reads otherwise in another language."""


def values(one: Question, value: Any) -> list[str]:
    """The value as texts, as the evaluator of conditions and the page's fields take it."""
    if value is None:
        return []
    if one.type == "several":
        return [str(each) for each in value]
    if one.type == "agreement":
        return [YES] if value else []
    return [str(value).lower()] if isinstance(value, bool) else [str(value)]  # lunch: a choice with a yes-or-no column
