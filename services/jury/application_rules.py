"""What an application must hold to be filed, and how two people's typing is merged. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.jury import budget, eligibility, registers, rulebooks, tandems, zones
from services.jury.project_import import is_email

TEXTS: dict[str, int] = {
    "title": 200,
    "structure": 200,
    "acronym": 40,
    "siret": 20,
    "rna": 15,
    "bearer_first_name": 120,
    "bearer_last_name": 120,
    "bearer_email": 254,
    "legal_form": 20,
    "department": 3,
    "founded_on": 10,
    "representative": 240,
    "representative_role": 120,
    "board": 2000,
    "resources": 20,
    "people": 300,
    "past_support": 1000,
    "commitment": 3,
    "place": 6,
    "locality": 200,
    "theme": 120,
    "language": 2,
    "goal_1": 2,
    "goal_2": 2,
    "partner_name": 200,
    "partner_contact": 300,
    "authority_name": 200,
    "authority_level": 12,
    "authority": 10,
    "authority_contact": 300,
    "authority_role": 2000,
    "summary": 500,
    "need": 5000,
    "objectives": 5000,
    "activities": 5000,
    "calendar": 2000,
    "beneficiaries": 2000,
    "women": 7,
    "men": 7,
    "indirect": 9,
    "risks": 2000,
    "monitoring": 2000,
    "exit_plan": 2000,
    "restitution": 2000,
    "skills": 400,
    "skills_days": 3,
    "starts_on": 10,
    "first": 3,
    "presenters": 500,
    "spoken": 2,
    "length": 3,
    "stage_needs": 1000,
} | tandems.TEXTS
SKILLS = ("skills", "skills_days")
"""What people of a company or an authority could bring: told to the staff who match offers, not to jurors."""
STAGE = ("presenters", "spoken", "length", "stage_needs")
"""What only a presentation on a stage is asked."""
ASKED_ON_STAGE = (
    "title",
    "summary",
    "structure",
    "legal_form",
    "department",
    "bearer_first_name",
    "bearer_last_name",
    "bearer_email",
    "place",
    "locality",
    "theme",
    "goal_1",
    "goal_2",
    "partner_name",
    *STAGE,
    "first",
)
"""All that it is asked, where a call gives no money."""
OPTIONAL_ON_STAGE = {"locality", "theme", "goal_1", "goal_2", "partner_name", "stage_needs"}
REQUIRED = (
    "title",
    "structure",
    "bearer_first_name",
    "bearer_last_name",
    "bearer_email",
    "legal_form",
    "department",
    "founded_on",
    "siret",
    "representative",
    "place",
    "partner_name",
    "authority",
    "summary",
    "need",
    "objectives",
    "activities",
    "starts_on",
    "first",
)
READ_BY_JURORS = (
    "structure",
    "legal_form",
    "department",
    "founded_on",
    "resources",
    "people",
    "past_support",
    "locality",
    "theme",
    "goal_1",
    "goal_2",
    "language",
    "spoken",
    "school_kind",
    "school_name",
    "school_town",
    "school_department",
    "school_level",
    "pupils",
    "need",
    "objectives",
    "activities",
    "class_work",
    *tandems.MEETINGS,
    "calendar",
    "beneficiaries",
    "women",
    "men",
    "indirect",
    "partner_name",
    "authority_name",
    "authority_level",
    "authority",
    "authority_role",
    "risks",
    "monitoring",
    "exit_plan",
    "restitution",
    "starts_on",
    "request_1",
    "request_2",
    "request_3",
)
"""What a juror reads besides the title, the place and the summary, in this order: no person, no address. The lines of
the budget come after."""
WHO = {"structure", "legal_form", "department", "founded_on", "partner_name", "authority_name"} | {
    "resources",
    "people",
    "past_support",
    "school_name",
    "school_town",
}
"""Of these, what says who bears the project, or with whom: not told in a blind round."""
NUMBERS = ("women", "men", "indirect", "skills_days")
STATUSES = ("asked", "obtained")
"""Of another funder's money: whether it is promised yet."""
STATUS = "income_status_"
FIELDS: dict[str, int] = (
    TEXTS
    | {f"{kind}_label_{row}": 120 for kind in budget.KINDS for row in range(1, budget.MOST + 1)}
    | dict.fromkeys(budget.amount_fields(), 20)
    | {f"{STATUS}{row}": 10 for row in range(1, budget.MOST + 1)}
)
ADDED = {
    f"{kind}_{part}_{row}"
    for kind in budget.KINDS
    for part in budget.PARTS
    for row in range(budget.ROWS + 1, budget.MOST + 1)
} | {f"{STATUS}{row}" for row in range(1, budget.MOST + 1)}
"""Fields of rows that a bearer may add: kept only where something is in them."""
SPARSE = ADDED | {*STAGE, *SKILLS, *tandems.TEXTS}
PAPER = "paper_"


@dataclass(frozen=True)
class Problem:
    """Why it cannot be filed yet. code: "missing", "date", "email", "place", "siret", "rna", "number", "length",
    "commitment", "amount", "balance", "nothing", "paper", one of tandems.problems or the name of a ceiling; `allowed`,
    `asked`: its figures."""

    field: str
    code: str
    allowed: int = 0
    asked: int = 0


def asks_money(rulebook: Mapping[str, Any]) -> bool:
    """Whether the call gives money: then its rulebook says how much at most. Else it gives some minutes on a stage."""
    return "ceilings" in rulebook


def asked(rulebook: Mapping[str, Any]) -> list[str]:
    """The texts that the form of a call asks for, budget apart."""
    if tandems.is_one(rulebook):
        return list(tandems.ASKED)
    if not asks_money(rulebook):
        return list(ASKED_ON_STAGE)
    return [name for name in TEXTS if name not in STAGE and name not in tandems.TEXTS]


def _code(department: str) -> str | None:
    """ "9" → "09", "2a" → "2A"."""
    typed = department.upper()
    return (typed.zfill(2) if typed.isdigit() else typed) or None


def kept(given: Mapping[str, str]) -> dict[str, str]:
    """The fields of the form, cut to their length; others are dropped."""
    return {
        name: given.get(name, "")[:limit] for name, limit in FIELDS.items() if name not in SPARSE or given.get(name)
    }


def read_by_jurors(content: Mapping[str, str], *, blind: bool) -> dict[str, str]:
    """What a juror may read of an application: what is not named here stays with the secretary."""
    budgeted = (
        f"{kind}_{part}_{row}" for kind in budget.KINDS for part in budget.PARTS for row in range(1, budget.MOST + 1)
    )
    told = [name for name in READ_BY_JURORS if not (blind and name in WHO)]
    promised = (f"{STATUS}{row}" for row in range(1, budget.MOST + 1))
    return {name: content[name] for name in (*told, *budgeted, *promised) if content.get(name)}


def merge(
    base: Mapping[str, str], theirs: Mapping[str, str], mine: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Two people typed from the same `base`. Returns the merged text and what of `mine` did not get in.

    A field that only one of them changed takes the change. One that both changed differently keeps theirs, which
    was saved first, and mine is given back to be shown beside it.
    """
    merged, left = dict(theirs), {}
    for name in FIELDS:
        was, saved, typed = (one.get(name, "") for one in (base, theirs, mine))
        if typed in (was, saved):
            continue
        if saved == was:
            merged[name] = typed
        else:
            left[name] = typed
    return merged, left


def date_of(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def answers_of(content: Mapping[str, str]) -> eligibility.Answers:
    """The ten answers that the form already holds."""
    asked = budget.of(content)
    return eligibility.Answers(
        legal_form=content.get("legal_form") or None,
        department=_code(content.get("department", "")),
        founded_on=date_of(content.get("founded_on", "")),
        place=content.get("place") or None,
        authority=content.get("authority") or None,
        starts_on=date_of(content.get("starts_on", "")),
        years=len(asked.yearly) or None,
        yearly=max(asked.yearly, default=0) or None,
        total=asked.expenses or None,
        sums=asked.yearly,
        first={"yes": True, "no": False}.get(content.get("first", "")),
        school_kind=content.get("school_kind") or None,
        school_department=_code(content.get("school_department", "")),
    )


def commits(content: Mapping[str, str], rulebook: Mapping[str, Any]) -> bool:
    """Whether the republican commitment is asked for: of associations and foundations, by a public funder (law
    2000-321, article 10-1). A rulebook that does not say has one."""
    return content.get("legal_form") == "association" and bool(rulebook.get("commitment", True))


def problems(
    content: Mapping[str, str],
    papers: Iterable[str],
    rulebook: Mapping[str, Any],
    earlier: rulebooks.Earlier = rulebooks.NEVER,
) -> list[Problem]:
    """What stops the filing. An article that is not met does not: a person decides; a ceiling that is passed does."""
    money = asks_money(rulebook)
    if tandems.is_one(rulebook):
        found = [Problem(*one) for one in tandems.problems(content)]
    else:
        required = REQUIRED if money else [name for name in ASKED_ON_STAGE if name not in OPTIONAL_ON_STAGE]
        found = [Problem(name, "missing") for name in required if not content.get(name)]
    for name in ("founded_on", "starts_on", *tandems.MEETINGS):
        if content.get(name) and date_of(content[name]) is None:
            found.append(Problem(name, "date"))
    for name in ("bearer_email", "teacher_email"):
        if content.get(name) and not is_email(content[name]):
            found.append(Problem(name, "email"))
    if content.get("place") and not zones.CODE.match(content["place"]):
        found.append(Problem("place", "place"))
    found += _of_money(content, rulebook, earlier) if money else _of_stage(content, rulebook)
    held = set(papers)
    for paper in rulebook["attachments"]:
        if paper["required"] and not paper["later"] and paper["key"] not in held:
            found.append(Problem(PAPER + paper["key"], "paper"))
    return found


def _of_money(content: Mapping[str, str], rulebook: Mapping[str, Any], earlier: rulebooks.Earlier) -> list[Problem]:
    """What stops an application for money: registers, figures, commitment, budget."""
    found = []
    if content.get("siret") and not registers.is_siret(content["siret"]):
        found.append(Problem("siret", "siret"))
    if content.get("rna") and not registers.is_rna(content["rna"]):
        found.append(Problem("rna", "rna"))
    found += [
        Problem(name, "number")
        for name in NUMBERS
        if (typed := "".join(content.get(name, "").split())) and not (typed.isascii() and typed.isdigit())
    ]
    if content.get("resources") and rulebooks.cents(content["resources"]) is None:
        found.append(Problem("resources", "amount"))
    if commits(content, rulebook) and content.get("commitment") != "yes":
        found.append(Problem("commitment", "commitment"))
    asked = budget.of(content)
    found += [Problem(name, "amount") for name in asked.unread]
    if not asked.unread:
        if not asked.requested:
            found.append(Problem("request_1", "nothing"))
        if asked.gap:
            found.append(Problem("expense_amount_1", "balance", asked.expenses, asked.income + asked.requested))
        for over in rulebooks.over_ceilings(rulebook, asked.yearly, total=asked.expenses, earlier=earlier):
            found.append(Problem("request_1", over.ceiling, over.allowed, over.asked))
    return found


def _of_stage(content: Mapping[str, str], rulebook: Mapping[str, Any]) -> list[Problem]:
    """What stops a proposal for the stage: its minutes are a whole number, and not more than each project gets."""
    typed, most = content.get("length", "").strip(), rulebook["pitch_minutes"]
    if not typed:
        return []
    if not (typed.isascii() and typed.isdigit()):
        return [Problem("length", "number")]
    minutes = int(typed)
    return [] if 1 <= minutes <= most else [Problem("length", "length", most, minutes)]


def awaited(papers: Iterable[str], rulebook: Mapping[str, Any]) -> list[str]:
    """The papers that may follow the filing and have not come yet, by their key."""
    held = set(papers)
    return [one["key"] for one in rulebook["attachments"] if one["required"] and one["key"] not in held]
