"""What a call for projects rules on: ceilings, envelopes, articles, zones, papers, quorum, ties. Pure.

A rulebook is plain JSON, checked by `check` before it is kept; money is integer cents.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma
from marshmallow import fields, validate

from services.jury import rules, tandems, zones
from services.jury.scoring import SCORES

MOST_CENTS = 10**12
FACTS = (
    "legal_form",
    "department",
    "founded_on",
    "place",
    "authority",
    "starts_on",
    "years",
    "yearly",
    "total",
    "first",
)
STAGE_FACTS = ("legal_form", "department", "place", "first")
"""Those that a proposal for the stage answers too."""
SCHOOL_FACTS = ("school_kind", "school_department")
"""Those that only a tandem answers."""
TESTS = ("in", "age", "zone", "authority", "not_begun", "years", "ceilings", "share", "yes")


class BadRulebook(ValueError):
    """A rulebook that cannot be applied; says which part."""


class _Part(ma.Schema):
    class Meta:
        unknown = ma.RAISE


def _cents(**more: Any) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MOST_CENTS), **more)


def _count(low: int, high: int, **more: Any) -> fields.Integer:
    return fields.Integer(required=True, strict=True, validate=validate.Range(min=low, max=high), **more)


def _text(limit: int, least: int = 1) -> fields.String:
    return fields.String(required=True, validate=validate.Length(min=least, max=limit))


class Ceilings(_Part):
    """None: no ceiling of that kind."""

    per_year_cents = _cents(allow_none=True)
    per_project_cents = _cents(allow_none=True)
    years = _count(1, 10)
    share_percent = _count(1, 100, allow_none=True)


class Envelope(_Part):
    """Money of one funder, who is not the organiser. `per_person_cents`: each award is a whole number of these."""

    id = _text(40)
    title = _text(200)
    funder = _text(200)
    cents = _cents()
    per_person_cents = _cents(allow_none=True)


class Article(_Part):
    """One condition. `fact`: the answer it looks at; `test`: how; `values` or `least`: against what."""

    number = _text(20)
    title = _text(200)
    text = _text(2000)
    fact = fields.String(required=True, validate=validate.OneOf(FACTS + SCHOOL_FACTS))
    test = fields.String(required=True, validate=validate.OneOf(TESTS))
    values = fields.List(fields.String(validate=validate.Length(max=20)), required=True)
    least = _count(0, 100)


class Zones(_Part):
    mode = fields.String(required=True, validate=validate.OneOf(["none", "gate", "bonus"]))
    codes = fields.List(fields.String(validate=validate.Regexp(zones.CODE)), required=True)
    bonus_points = _count(0, 100)


class Paper(_Part):
    """An attachment. `later`: it may follow after the filing, by a date that staff give."""

    key = fields.String(required=True, validate=validate.Regexp(r"^[a-z_]{1,40}$"))
    title = _text(200)
    required = fields.Boolean(required=True)
    later = fields.Boolean(required=True)


class _Rules(_Part):
    """What every call rules on that takes applications."""

    preset = _text(40)
    version = _count(1, 10_000)
    score = fields.String(required=True, validate=validate.OneOf(SCORES))
    minimum_readings = _count(1, 50)
    ties = fields.List(fields.String(), required=True, validate=validate.OneOf(rules.TIES))
    places = _count(0, 1000)
    reserve = _count(0, 1000)
    minimum_total = fields.Integer(strict=True, validate=validate.Range(min=0, max=2000))
    casting_vote = fields.Boolean()  # absent: none
    articles = fields.List(fields.Nested(Article), required=True, validate=validate.Length(max=60))
    zones = fields.Nested(Zones, required=True)
    attachments = fields.List(fields.Nested(Paper), required=True, validate=validate.Length(max=30))

    UNIQUE: ClassVar = {"articles": "number", "attachments": "key"}

    @ma.validates_schema(skip_on_field_errors=True)
    def consistent(self, data: dict[str, Any], **_more: Any) -> None:
        for name, key in self.UNIQUE.items():
            found = [one[key] for one in data[name]]
            if len(set(found)) != len(found):
                raise ma.ValidationError(f"two entries have the same {key}", name)
        if data["zones"]["mode"] != "none" and not data["zones"]["codes"]:
            raise ma.ValidationError("a gate or a bonus names at least one zone", "zones")


class Rulebook(_Rules):
    """Of a call for projects: what it gives, and to whom."""

    source = _text(500, least=0)
    quorum_percent = _count(0, 100)
    commitment = fields.Boolean()  # absent: asked for, as of rulebooks that are older than the box
    tandem = fields.Boolean()  # absent: one structure files alone
    opinions_shown = fields.Boolean()  # absent: jurors do not read what experts say
    line = fields.String(required=True, validate=validate.OneOf(["stop", "skip"]))
    reserves = fields.String(required=True, validate=validate.OneOf(["whole", "yearly"]))
    ceilings = fields.Nested(Ceilings, required=True)
    envelopes = fields.List(fields.Nested(Envelope), required=True, validate=validate.Length(max=20))

    UNIQUE: ClassVar = _Rules.UNIQUE | {"envelopes": "id"}

    @ma.validates_schema(skip_on_field_errors=True)
    def possible(self, data: dict[str, Any], **_more: Any) -> None:
        ceilings = data["ceilings"]
        year, project = ceilings["per_year_cents"], ceilings["per_project_cents"]
        if year is not None and project is not None and project < year:
            raise ma.ValidationError("a project may ask for less than a year does", "ceilings")

    @ma.validates_schema(skip_on_field_errors=True)
    def askable(self, data: dict[str, Any], **_more: Any) -> None:
        if any(one["fact"] not in facts(data) for one in data["articles"]):
            raise ma.ValidationError("a condition looks at what the form does not ask", "articles")


class StageRulebook(_Rules):
    """Of a Tribune that takes proposals: minutes on a stage, and conditions on what its form asks."""

    pitch_minutes = _count(1, 120)

    @ma.validates_schema(skip_on_field_errors=True)
    def askable(self, data: dict[str, Any], **_more: Any) -> None:
        if any(one["fact"] not in STAGE_FACTS for one in data["articles"]):
            raise ma.ValidationError("a condition looks at what the form does not ask", "articles")


def facts(rulebook: Mapping[str, Any]) -> tuple[str, ...]:
    """What the articles of this rulebook may look at: what its form asks."""
    if "ceilings" not in rulebook:
        return STAGE_FACTS
    return tandems.FACTS if tandems.is_one(rulebook) else FACTS


def check(content: Mapping[str, Any]) -> dict[str, Any]:
    """The rulebook, ready to be kept as JSON; without ceilings it is one of the stage. Raises BadRulebook."""
    schema = Rulebook() if "ceilings" in content else StageRulebook()
    try:
        return dict(schema.load(content))
    except ma.ValidationError as refusal:
        raise BadRulebook(str(refusal.messages)) from refusal


@dataclass(frozen=True)
class Over:
    """A ceiling that a request passes: which one, the figure allowed and the figure asked (cents or years)."""

    ceiling: str
    allowed: int
    asked: int


@dataclass(frozen=True)
class Earlier:
    """What a renewed project was awarded in earlier calls: it counts against the ceilings."""

    cents: int = 0
    years: int = 0


NEVER = Earlier()


def over_ceilings(
    rulebook: Mapping[str, Any], yearly: Sequence[int], *, total: int | None = None, earlier: Earlier = NEVER
) -> list[Over]:
    """The ceilings that a request of `yearly` cents passes. Also for awards.

    total: the cost of the project, for the share that public money may be.
    """
    ceilings = rulebook["ceilings"]
    found = []
    if (limit := ceilings["per_year_cents"]) is not None and yearly and max(yearly) > limit:
        found.append(Over("per_year", limit, max(yearly)))
    if (limit := ceilings["per_project_cents"]) is not None and earlier.cents + sum(yearly) > limit:
        found.append(Over("per_project", limit, earlier.cents + sum(yearly)))
    if earlier.years + len(yearly) > ceilings["years"]:
        found.append(Over("years", ceilings["years"], earlier.years + len(yearly)))
    share = ceilings["share_percent"]
    if share is not None and total is not None and sum(yearly) * 100 > total * share:
        found.append(Over("share", total * share // 100, sum(yearly)))
    return found


_LOOKED_AT = {"ceilings": ("per_year_cents", "per_project_cents"), "years": ("years",), "share": ("share_percent",)}


def outdated(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The numbers of the articles that look at a figure which changed between two versions while their words did not:
    somebody has to read them again."""
    changed = {
        test
        for test, names in _LOOKED_AT.items()
        if any(before["ceilings"][name] != after["ceilings"][name] for name in names)
    }
    named = [(one["zones"]["mode"], set(one["zones"]["codes"])) for one in (before, after)]
    if named[0] != named[1]:
        changed.add("zone")
    return [one["number"] for one in after["articles"] if one["test"] in changed and one in before["articles"]]


def cents(text: str) -> int | None:
    """ "5 000,01" → 500001; None when it is no amount with at most two decimals."""
    kept = "".join(character for character in text if not character.isspace() and character not in "€")
    whole, _mark, part = kept.replace(".", ",").partition(",")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 10:
        return None
    if part and not (part.isascii() and part.isdigit() and len(part) <= 2):
        return None
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")
