"""Step 1 of nine: the form for statutes, one line a college. Next: services/registration/use_cases/statutes.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.statutes import College, Statutes
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.people import fold
from shared.errors import RuleError
from shared.web.forms import Loaded, MultiDict, load, tidy
from shared.web.words import _

MOST = 12
"""Colleges."""
LINE = "label seats alternates weight quorum".split()


class StatutesFields(ma.Schema):
    """What stands outside the lines of the colleges."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    quorum = fields.String(required=True, validate=validate.Length(1, 10))
    notice_days = fields.Integer(required=True, validate=validate.Range(0, 365))
    proxies_cap = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1000))
    proxies_share = fields.String(load_default="", validate=validate.Length(0, 10))
    fees_days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1000))
    candidates_days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 1000))
    majority = fields.String(required=True, validate=validate.OneOf(list(statutes.MAJORITIES)))
    tie = fields.String(required=True, validate=validate.OneOf(list(statutes.TIES)))
    election_tie = fields.String(required=True, validate=validate.OneOf(list(statutes.ELECTION_TIES)))
    bureau = fields.String(required=True, validate=validate.OneOf(list(statutes.BUREAU)))
    late_correction = fields.String(load_default="refused", validate=validate.OneOf(list(statutes.LATE_CORRECTIONS)))
    moved_proxies = fields.String(load_default="renewed", validate=validate.OneOf(list(statutes.MOVED_PROXIES)))
    quorum_per_college = fields.Boolean(load_default=False)
    quorum_counts_proxies = fields.Boolean(load_default=False)
    proxies_same_college = fields.Boolean(load_default=False)
    proxies_blank = fields.Boolean(load_default=False)
    weighted_colleges = fields.Boolean(load_default=False)
    blanks_count = fields.Boolean(load_default=False)
    abstentions_count = fields.Boolean(load_default=False)
    renewal_thirds = fields.Boolean(load_default=False)


RULES = [name for name in StatutesFields().fields if name != "title"]


class CollegeFields(ma.Schema):
    """One line."""

    label = fields.String(required=True, validate=validate.Length(1, 100))
    seats = fields.Integer(load_default=0, validate=validate.Range(0, 1000))
    alternates = fields.Integer(load_default=0, validate=validate.Range(0, 1000))
    weight = fields.String(load_default="1", validate=validate.Length(1, 9))
    quorum = fields.String(load_default="", validate=validate.Length(0, 9))
    gathers = fields.List(fields.String(validate=validate.OneOf(list(ACTOR_TYPES))), load_default=list)


def filled(title: str, rules: Statutes) -> Loaded:
    """The form as these statutes would have been typed."""
    raw: dict[str, Any] = {"title": title} | {name: _shown(getattr(rules, name)) for name in RULES}
    for number, one in enumerate(rules.colleges):
        raw |= {f"c{number}_{name}": getattr(one, name) for name in (*LINE, "key")}
        raw |= {f"c{number}_label": _(one.label), f"c{number}_gathers": list(one.gathers)}
    return Loaded(raw=raw)


def add_line(form: Loaded) -> int:
    """One more college, empty; returns its line."""
    number = len(lines(form))
    form.raw[f"c{number}_key"] = ""
    return number


def remove_line(form: Loaded, number: int) -> None:
    """The line goes, and those below it come up."""
    left = [each for each in lines(form) if each != number]
    names = (*LINE, "key", "gathers")
    kept = [{name: form.raw.get(f"c{each}_{name}", "") for name in names} for each in left]
    form.raw = {name: value for name, value in form.raw.items() if not _of_a_line(name)}
    for each, values in enumerate(kept):
        form.raw |= {f"c{each}_{name}": value for name, value in values.items()}


def lines(form: Loaded) -> list[int]:
    return [number for number in range(MOST) if f"c{number}_key" in form.raw]


def read(form: MultiDict) -> tuple[Loaded, Statutes | None]:
    """The posted form, and the statutes it describes; None with the errors noted. Never raises."""
    found = load(StatutesFields(), form)
    for number in range(MOST):
        if boxes := form.getlist(f"c{number}_gathers"):
            found.raw[f"c{number}_gathers"] = [tidy(str(one)) for one in boxes][: len(ACTOR_TYPES)]
    colleges: list[College] = []
    for number in lines(found):
        if college := _college(found, form, number, [one.key for one in colleges]):
            if fold(college.label) in {fold(one.label) for one in colleges}:
                found.refuse(f"c{number}_label", _("Un autre collège porte ce nom."))
            colleges.append(college)
    if found.data is None or found.errors:
        return found, None
    values = found.data
    try:
        rules = Statutes(colleges=tuple(colleges), **{name: values[name] for name in RULES})
        statutes.check(rules)
    except RuleError as error:
        found.refuse(error.field or "", _(error.message))
        return found, None
    return found, _exact(rules)


def _college(found: Loaded, form: MultiDict, number: int, taken: Sequence[str]) -> College | None:
    line = load(CollegeFields(), _Line(form, number))
    for name, messages in line.errors.items():
        for message in messages:
            found.refuse(f"c{number}_{name}", message)
    if ";" in str(line.raw.get("label", "")):
        found.refuse(f"c{number}_label", _("Sans point-virgule : il sépare les colonnes d’une liste de votants."))
    if line.data is None:
        return None
    key = tidy(str(found.raw[f"c{number}_key"])) or _key(line.data["label"])
    if key in taken or not key.isprintable() or not 0 < len(key) <= 40:
        key = uuid.uuid4().hex[:12]
    data = line.data | {"gathers": tuple(dict.fromkeys(line.data["gathers"]))}
    return College(key=key, **data)


class _Line:
    """The fields of one college, under their own names."""

    def __init__(self, form: MultiDict, number: int) -> None:
        self.form, self.start = form, f"c{number}_"

    def __iter__(self) -> Iterator[str]:
        return iter([name.removeprefix(self.start) for name in self.form if str(name).startswith(self.start)])

    def getlist(self, key: str) -> list[Any]:
        return self.form.getlist(self.start + key)


def _exact(rules: Statutes) -> Statutes:
    """Fractions in their shortest form: « 1,5 » and « 6/4 » are 3/2, but « 0,1234567 » stays as it is."""

    def short(text: str) -> str:
        return min(str(statutes.fraction(text)), text, key=len) if text else ""

    colleges = tuple(replace(one, weight=short(one.weight), quorum=short(one.quorum)) for one in rules.colleges)
    return replace(rules, colleges=colleges, quorum=short(rules.quorum), proxies_share=short(rules.proxies_share))


def _key(label: str) -> str:
    return "_".join("".join(char if char.isalnum() else " " for char in fold(label)).split())[:40]


def _of_a_line(name: str) -> bool:
    return any(name.startswith(f"c{number}_") for number in range(MOST))


def _shown(value: object) -> object:
    return ("true" if value else "") if isinstance(value, bool) else ("" if value is None else value)
