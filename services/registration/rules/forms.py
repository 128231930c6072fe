"""Step 3 of nine: what a form may ask, and when. Next: services/registration/models/forms.py.

Pure, and without words for the screen: faults are codes, which the pages say in French.
The rules are told in docs/forms.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

TYPES = ("text", "number", "choice", "several", "date", "file", "agreement")
SECTIONS = ("you", "day", "choices")
ORDINARY, SENSITIVE = "ordinary", "sensitive"
CARPOOL = ("carpool_role", "carpool_seats", "carpool_place", "carpool_return")
"""Of the library: what is answered is shown to those who share cars, once somebody agreed. So none is sensitive."""
CLOSED = frozenset({"choice", "several", "agreement"})
"""Types whose answers are known beforehand: a condition may look at them."""
OUTSIDE = ("actor_type", "department")
"""Asked at every event, beside the form: a condition may look at them too."""
MOST_QUESTIONS, MOST_OPTIONS = 60, 60
KEY = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
OPTION_KEY = re.compile(r"^[a-z0-9][a-z0-9_-]{0,39}$")
LONGEST_LABEL, LONGEST_HINT, LONGEST_TEXT = 300, 600, 4000
YES = "true"


@dataclass(frozen=True)
class Words:
    """The same thing in both languages; English falls back on French."""

    fr: str
    en: str = ""

    def of(self, language: str) -> str:
        return (self.en if language == "en" else "") or self.fr


@dataclass(frozen=True)
class Option:
    key: str
    words: Words


@dataclass(frozen=True)
class Condition:
    """Holds when one of `values` is among the answer to `question`."""

    question: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question. most: characters of a text, or the largest number. least: the smallest number."""

    key: str
    type: str
    label: Words
    hint: Words = Words("")
    options: tuple[Option, ...] = ()
    required: bool = False
    protection: str = ORDINARY
    section: str = "day"
    show_if: Condition | None = None
    wording: Mapping[str, Words] = field(default_factory=dict)
    """Other words for an actor type."""
    most: int | None = None
    least: int | None = None
    rows: int = 0

    @property
    def sensitive(self) -> bool:
        return self.protection == SENSITIVE

    def said_for(self, actor_type: str, language: str) -> str:
        return self.wording.get(actor_type, self.label).of(language)

    def option(self, key: str) -> Option | None:
        return next((one for one in self.options if one.key == key), None)


Questions = tuple[Question, ...]


def in_order(questions: Iterable[Question]) -> Questions:
    """By section; inside one, as they stand."""
    known = {name: place for place, name in enumerate(SECTIONS)}
    return tuple(sorted(questions, key=lambda one: known.get(one.section, 1)))


def asked(questions: Sequence[Question], answers: Mapping[str, Iterable[str]]) -> set[str]:
    """Keys of the questions that are asked, given what was answered: a list of values for each key.

    The one evaluator; static/form.js does the same on the page. A question that is not asked counts as unanswered.
    """
    known = {name: set(answers.get(name, ())) for name in OUTSIDE}
    shown = set()
    for one in questions:
        if one.show_if is None or known.get(one.show_if.question, set()) & set(one.show_if.values):
            shown.add(one.key)
            known[one.key] = set(answers.get(one.key, ()))
    return shown


def lapsed(questions: Sequence[Question]) -> list[str]:
    """Keys of what nobody is asked any more: only whoever came on a day that the event has not was, or whoever answered
    such a question."""
    days = {option.key for one in questions if one.key == "days" for option in one.options}
    found: list[str] = []
    for one in questions:
        if one.show_if and (one.show_if.question in found or _gone(one, days)):
            found.append(one.key)
    return found


def _gone(one: Question, days: set[str]) -> bool:
    return bool(one.show_if and one.show_if.question == "days" and not days & {*one.show_if.values})


def faults(questions: Sequence[Question], locked: Mapping[str, Question]) -> list[tuple[str, str]]:
    """(key, what is wrong) of a form; none when it may be published. locked: library questions with a column."""
    found: list[tuple[str, str]] = []
    seen: dict[str, Question] = {}
    days = {option.key for one in questions if one.key == "days" for option in one.options}
    if len(questions) > MOST_QUESTIONS:
        found.append(("", "too-many-questions"))
    for one in questions:
        found += [(one.key, code) for code in _faults(one)]
        found += [(one.key, code) for code in (["condition-day"] if _gone(one, days) else _condition_faults(one, seen))]
        if one.key in seen:
            found.append((one.key, "key-twice"))
        if one.key in locked and not _as_locked(one, locked[one.key]):
            found.append((one.key, "column-changed"))
        if one.key in CARPOOL and one.sensitive:
            found.append((one.key, "shown-to-others"))
        seen[one.key] = one
    return found


def _as_locked(one: Question, model: Question) -> bool:
    """Whether a question with a column still is what the column holds."""
    return (one.type, one.protection, one.most, [option.key for option in one.options]) == (
        model.type,
        model.protection,
        model.most,
        [option.key for option in model.options],
    )


def _faults(one: Question) -> list[str]:
    found = []
    if not KEY.match(one.key) or one.key in OUTSIDE:
        found.append("key")
    if one.type not in TYPES or one.section not in SECTIONS or one.protection not in (ORDINARY, SENSITIVE):
        found.append("kind")
    if not one.label.fr.strip():
        found.append("label-missing")
    every = [one.label, *one.wording.values(), *(option.words for option in one.options)]
    if any(len(text) > LONGEST_LABEL for words in every for text in (words.fr, words.en)):
        found.append("label-long")
    if max(len(one.hint.fr), len(one.hint.en)) > LONGEST_HINT:
        found.append("hint-long")
    if one.type in ("choice", "several"):
        keys = [option.key for option in one.options]
        if len(keys) < (2 if one.type == "choice" else 1):
            found.append("options-few")
        if len(keys) > MOST_OPTIONS:
            found.append("options-many")
        if len(set(keys)) < len(keys) or any(not OPTION_KEY.match(key) for key in keys):
            found.append("option-twice")
        if any(not option.words.fr.strip() for option in one.options):
            found.append("option-empty")
    if one.type == "number" and one.least is not None and one.most is not None and one.least > one.most:
        found.append("bounds")
    return found


def _condition_faults(one: Question, earlier: Mapping[str, Question]) -> list[str]:
    condition = one.show_if
    if condition is None:
        return []
    if not condition.values:
        return ["condition-empty"]
    if condition.question in OUTSIDE:
        return []
    looked_at = earlier.get(condition.question)
    if looked_at is None:
        return ["condition-later"]
    if looked_at.type not in CLOSED:
        return ["condition-open"]
    if looked_at.sensitive and not one.sensitive:
        return ["condition-tells"]
    known = {YES} if looked_at.type == "agreement" else {option.key for option in looked_at.options}
    return [] if set(condition.values) <= known else ["condition-unknown"]


def classes(newest: Sequence[Question], *earlier: Sequence[Question]) -> dict[str, str]:
    """The protection of each question today, by key (decision 0681). earlier: the versions before, the newest first.

    One that is asked no more has the class it had last; but where it ever hung on an answer that is sensitive by now,
    however far up, it is sensitive too: that it was asked would tell the answer.
    """
    found = {one.key: one.protection for version in (*reversed(earlier), newest) for one in version}
    hung = {(one.key, one.show_if.question) for version in earlier for one in version if one.show_if}
    tells = {key for key, protection in found.items() if protection == SENSITIVE}
    while more := {key for key, on in hung if on in tells} - tells:
        tells |= more
    return found | dict.fromkeys(tells - {one.key for one in newest}, SENSITIVE)


def plain(one: Question) -> dict[str, Any]:
    """As JSON; `from_plain` gives the same question back."""
    return {
        "key": one.key,
        "type": one.type,
        "label": _words(one.label),
        "hint": _words(one.hint),
        "options": [{"key": option.key, **_words(option.words)} for option in one.options],
        "required": one.required,
        "protection": one.protection,
        "section": one.section,
        "show_if": one.show_if and {"question": one.show_if.question, "is": list(one.show_if.values)},
        "wording": {kind: _words(words) for kind, words in one.wording.items()},
        "most": one.most,
        "least": one.least,
        "rows": one.rows,
    }


def from_plain(data: Mapping[str, Any]) -> Question:
    """A question out of the database. Raises KeyError or TypeError when it is none."""
    condition = data.get("show_if")
    return Question(
        key=data["key"],
        type=data["type"],
        label=_of_today(data["key"], Words(**data["label"])),
        hint=Words(**data.get("hint") or {"fr": ""}),
        options=tuple(Option(one["key"], Words(one["fr"], one.get("en", ""))) for one in data.get("options", ())),
        required=bool(data.get("required")),
        protection=data.get("protection", ORDINARY),
        section=data.get("section", "day"),
        show_if=Condition(condition["question"], tuple(condition["is"])) if condition else None,
        wording={kind: Words(**words) for kind, words in (data.get("wording") or {}).items()},
        most=data.get("most"),
        least=data.get("least"),
        rows=data.get("rows") or 0,
    )


_OF_BEFORE = {
    ("structure", Words("Structure", "Structure")): "Organisation",
    ("function", Words("Fonction", "Function")): "Role",
    (
        "member",
        Words("Votre structure est-elle membre du réseau ?", "Is your structure a member of the network?"),
    ): "Is your organisation a member of the network?",
}


def _of_today(key: str, label: Words) -> Words:
    """A label of the library whose English was put right since: a published version keeps it as it was, and the pages
    say it right. Whoever changed either language reads their own words (decision 0668)."""
    return replace(label, en=_OF_BEFORE.get((key, label), label.en))


def _words(words: Words) -> dict[str, str]:
    return {"fr": words.fr, "en": words.en}


def moved(questions: Questions, key: str, by: int) -> Questions:
    """The question one place up (-1) or down (1), inside its section; unchanged at the end."""
    rows = list(questions)
    place = next((place for place, one in enumerate(rows) if one.key == key), None)
    if place is None or not 0 <= place + by < len(rows) or rows[place + by].section != rows[place].section:
        return questions
    rows[place], rows[place + by] = rows[place + by], rows[place]
    return tuple(rows)


def put(questions: Questions, one: Question) -> Questions:
    """With this question instead of the one of the same key, or after the others of its section."""
    rows = [one if row.key == one.key else row for row in questions]
    if all(row.key != one.key for row in questions):
        rows.append(one)
    return in_order(rows)


def without(questions: Questions, key: str) -> Questions:
    """Without this question, and without the conditions that looked at it."""
    return tuple(
        replace(row, show_if=None) if row.show_if and row.show_if.question == key else row
        for row in questions
        if row.key != key
    )


def put_back(questions: Sequence[Question], key: str, before: Sequence[Question]) -> Questions:
    """With the question of this key as `before` has it: behind the nearest there that is still asked, and with the
    conditions that looked at it. Its own condition goes when that looks at what is not asked."""
    known = {row.key for row in questions}
    stood = [row.key for row in before]
    if key in known or key not in stood:
        return tuple(questions)
    one = before[stood.index(key)]
    if one.show_if and one.show_if.question not in known.union(OUTSIDE):
        one = replace(one, show_if=None)
    hung = {row.key: row.show_if for row in before if row.show_if and row.show_if.question == key}
    rows = [replace(row, show_if=row.show_if or hung.get(row.key)) for row in questions]
    nearest = next((name for name in reversed(stood[: stood.index(key)]) if name in known), None)
    place = 0 if nearest is None else 1 + [row.key for row in rows].index(nearest)
    return in_order([*rows[:place], one, *rows[place:]])


def changes(before: Sequence[Question], after: Sequence[Question]) -> list[tuple[str, Question, Question]]:
    """(what, before, after) for the difference shown before publishing: added, removed, changed, moved."""
    old, new = {one.key: one for one in before}, {one.key: one for one in after}
    found = [("added", one, one) for one in after if one.key not in old]
    found += [("removed", one, one) for one in before if one.key not in new]
    found += [("changed", old[key], one) for key, one in new.items() if key in old and old[key] != one]
    stay_before = [one.key for one in before if one.key in new]
    stay_after = [one.key for one in after if one.key in old]
    found += [
        ("moved", old[key], new[key])
        for was, key in zip(stay_before, stay_after, strict=True)
        if was != key and old[key] == new[key]
    ]
    return found
