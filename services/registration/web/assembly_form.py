"""Step 1 of nine: the staff's form for an assembly. Next: use_cases/assemblies.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from services.registration.models.assembly import Assembly, Motion
from services.registration.queries.statutes import Offer
from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.statutes import Statutes
from services.registration.rules.dates import at, french_date, read_date, read_time
from services.registration.rules.people import fold
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from services.registration.use_cases.convening import NoticeDraft
from services.registration.web.addresses import is_address
from services.registration.web.examples import example_day
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError, Sentence
from shared.web.forms import Loaded, MultiDict, control_characters, load, tidy
from shared.web.words import _

POINTS = 12
KINDS = ("point", "motion", "secret", "election", "paper_election")
EVERYBODY = "*"
"""In the place of a college: the whole assembly elects."""


class AssemblyFields(ma.Schema):
    """What the form asks; the agenda's lines are read apart."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    date = fields.String(required=True, validate=validate.Length(1, 60))
    starts = fields.String(required=True, validate=validate.Length(1, 10))
    place = fields.String(required=True, validate=validate.Length(1, 300))
    organiser_name = fields.String(required=True, validate=validate.Length(1, 200))
    organiser_email = fields.Email(required=True, validate=validate.Length(max=254))
    statutes = fields.String(required=True, validate=validate.Length(1, 40))
    second_session = fields.Boolean(load_default=False)
    voters = fields.String(load_default="", validate=validate.Length(0, 60_000), metadata={"multiline": True})


class NoticeFields(ma.Schema):
    """What a notice that was sent may say otherwise, beside the agenda's lines."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    date = fields.String(required=True, validate=validate.Length(1, 60))
    starts = fields.String(required=True, validate=validate.Length(1, 10))
    place = fields.String(required=True, validate=validate.Length(1, 300))
    reason = fields.String(load_default="", validate=validate.Length(0, 300))


KEPT = "kept"
"""The choice of a draft whose statutes are those of no version or model any more."""


def filled(offers: Mapping[str, Offer], wanted: str, now: dt.datetime) -> Loaded:
    """The form for the first time, under the statutes asked for or the latest."""
    key = wanted if wanted in offers else next(iter(offers))
    day = (now + dt.timedelta(days=offers[key].rules.notice_days + 15)).date()
    raw: dict[str, Any] = {"statutes": key, "date": french_date(day), "starts": "14:00"}
    raw |= {"point1_title": _("Rapport moral"), "point1_kind": "motion"}
    raw |= {"point2_title": _("Rapport financier"), "point2_kind": "motion"}
    return Loaded(raw=raw)


def fill_elections(form: Loaded, elections: list[tuple[str, str, int]]) -> None:
    """What the board has to fill, behind the first points. elections: a college's key, its name, how many seats."""
    for number, (college, label, seats) in enumerate(elections[: POINTS - 2], start=3):
        title = _("Élection au conseil : %(college)s", college=label)
        said = {"title": title, "kind": "election", "college": college, "seats": seats}
        form.raw |= {f"point{number}_{name}": value for name, value in said.items()}


def with_own(offers: dict[str, Offer], assembly: Assembly) -> tuple[dict[str, Offer], str]:
    """The choices for this draft, and which is its own: a version, a model, or the statutes it has kept."""
    rules = statutes.from_json(assembly.statutes)
    if (version := str(assembly.statutes_id)) in offers:
        return offers, version
    alike = next((key for key, one in offers.items() if one.version is None and one.rules == rules), None)
    if alike:
        return offers, alike
    return {KEPT: Offer(_("Les statuts de ce brouillon"), rules)} | offers, KEPT


def of(assembly: Assembly, key: str) -> Loaded:
    """The form as it would have been typed for this draft: `read` makes the same assembly of it."""
    rules = statutes.from_json(assembly.statutes)
    held = assembly.held_at.astimezone(PARIS)
    raw: dict[str, Any] = {
        name: getattr(assembly, name) for name in ("title", "place", "organiser_name", "organiser_email")
    }
    raw |= {"statutes": key, "date": french_date(held.date()), "starts": f"{held:%H:%M}"}
    raw |= {"second_session": _shown(assembly.second_session)}
    labels = {college.key: _(college.label) for college in rules.colleges}
    lines = [(one.structure, one.representative, labels[one.college], one.email) for one in assembly.voters]
    raw["voters"] = "\n".join(("\t" if ";" in "".join(line) else " ; ").join(line) for line in lines)
    for motion in assembly.motions:
        raw |= {f"point{motion.position}_{name}": value for name, value in _shown_point(motion).items()}
    return Loaded(raw=raw)


def read(
    form: MultiDict, values: Mapping[str, str], offers: Mapping[str, Offer]
) -> tuple[Loaded, AssemblyDraft | None]:
    """The posted form, and the assembly it describes; None with the errors noted. Never raises."""
    found = load(AssemblyFields(), form)
    held_at = _when(found, values)
    offer = offers.get(found.data["statutes"]) if found.data else None
    rules = offer.rules if offer else None
    if found.data and not offer:
        found.refuse("statutes", _("Choisissez dans la liste."))
    voters = _voters(found, values.get("voters", ""), rules)
    points = _points(found, values, rules)
    if found.data is None or found.errors or offer is None or held_at is None:
        return found, None
    named = {name: found.data[name] for name in ("title", "place", "organiser_name", "organiser_email")}
    draft = AssemblyDraft(
        **named,
        held_at=held_at,
        statutes=offer.rules,
        statutes_id=offer.version.id if offer.version else None,
        second_session=found.data["second_session"],
        voters=voters,
        points=[*points.values()],
    )
    return found, draft


def of_notice(assembly: Assembly) -> Loaded:
    """The form that corrects a notice, as the one that was sent would have been typed."""
    form = of(assembly, "")
    names = ("title", "date", "starts", "place")
    form.raw = {name: value for name, value in form.raw.items() if name in names or name.startswith("point")}
    return form


def read_notice(
    form: MultiDict, values: Mapping[str, str], rules: Statutes, lines: int
) -> tuple[Loaded, NoticeDraft | None]:
    """The posted correction; None with the errors noted. lines: how many points the form has. Never raises."""
    found = load(NoticeFields(), form)
    held_at = _when(found, values)
    points = _points(found, values, rules, lines)
    if found.data is None or found.errors or held_at is None:
        return found, None
    return found, NoticeDraft(found.data["title"], held_at, found.data["place"], points, found.data["reason"])


def _when(found: Loaded, values: Mapping[str, str]) -> dt.datetime | None:
    typed = read_date(values.get("date", ""))
    time = read_time(values.get("starts", "")[:20])
    if typed is None or not 1900 < typed.date.year < 2200:
        found.refuse("date", _("Écrivez une date, par exemple « %(date)s ».", date=example_day()))
    elif typed.mismatch:
        found.refuse("date", typed.mismatch)
    if time is None:
        found.refuse("starts", _("Écrivez une heure, par exemple 9 h 30."))
    return None if typed is None or time is None or found.errors.get("date") else at(typed.date, time)


def _points(
    found: Loaded, values: Mapping[str, str], rules: Statutes | None, lines: int = POINTS
) -> dict[int, PointDraft]:
    """By the number of its line; a line without a title is none."""
    points = {number: point for number in range(1, lines + 1) if (point := _point(found, values, number, rules))}
    if not points:
        found.refuse("point1_title", _("Écrivez au moins un point à l’ordre du jour."))
    return points


def _voters(found: Loaded, text: str, rules: Statutes | None) -> list[VoterDraft]:
    """One structure a line: structure; representative; college; e-mail. A spreadsheet's tabs do as well."""
    voters: list[VoterDraft] = []
    colleges = {fold(name): one.key for one in (rules.colleges if rules else ()) for name in (one.key, _(one.label))}
    for number, line in enumerate(text[:60_000].splitlines(), start=1):
        cells = [cell.strip() for cell in (line.split("\t") if "\t" in line else line.split(";"))]
        if not any(cells):
            continue
        structure, representative, college, email = (*cells, "", "", "")[:4]
        key = next(iter(colleges.values())) if len(set(colleges.values())) == 1 else colleges.get(fold(college), "")
        if not structure or not representative or (rules and not key) or not is_address(email):
            found.refuse(
                "voters",
                _(
                    "Ligne %(number)s : « %(line)s ». Écrivez structure ; représentant ; collège ; adresse.",
                    number=number,
                    line=line[:80],
                ),
            )
            return []
        voters.append(VoterDraft(structure[:200], representative[:200], key, email[:254]))
    return voters


def _point(found: Loaded, values: Mapping[str, str], number: int, rules: Statutes | None) -> PointDraft | None:
    def value(name: str) -> str:
        return tidy(values.get(f"point{number}_{name}", ""))

    title, kind = value("title"), value("kind") or "point"
    candidates_text = tidy(values.get(f"point{number}_candidates", ""))
    if not title:
        return None
    if control_characters(title + candidates_text) or "\n" in title:
        found.refuse(f"point{number}_title", _("Ce texte contient des caractères invisibles : recopiez-le à la main."))
        return None
    if len(title) > 300 or kind not in KINDS:
        found.refuse(f"point{number}_title", _("Ce texte est trop long : %(limit)s caractères au plus.", limit=300))
        return None
    majority = value("majority") or (rules.majority if rules else "")
    if kind not in ("election", "paper_election"):
        return PointDraft(
            title,
            "point" if kind == "point" else "motion",
            majority=majority if majority in statutes.MAJORITIES else "simple",
            present_only=bool(value("present")),
            secret=kind == "secret",
        )
    seats = value("seats")
    try:
        candidates = read_candidates(candidates_text)
    except RuleError as error:
        found.refuse(f"point{number}_candidates", _(error.message))
        return None
    if not (seats.isascii() and seats.isdigit() and len(seats) <= 4 and 0 < int(seats) < 1000):
        found.refuse(f"point{number}_seats", _("Une élection demande un nombre de sièges."))
        return None
    return PointDraft(
        title,
        "election",
        present_only=bool(value("present")),
        secret=kind == "election",
        college="" if value("college") == EVERYBODY else value("college"),
        seats=int(seats),
        candidates=tuple(candidates),
    )


def _shown_point(motion: Motion) -> dict[str, Any]:
    kind = motion.kind
    if kind == "motion" and motion.secret:
        kind = "secret"
    elif kind == "election" and not motion.secret:
        kind = "paper_election"
    return {
        "title": motion.title,
        "kind": kind,
        "majority": motion.majority,
        "present": _shown(motion.present_only),
        "college": motion.college or (EVERYBODY if kind.endswith("election") else ""),
        "seats": motion.seats or "",
        "candidates": shown_candidates(motion),
    }


def shown_candidates(motion: Motion) -> str:
    """As they would have been typed, one a line."""
    births = {one["id"]: f" ; {one['born']}" if one["born"] else "" for one in motion.candidates}
    return "\n".join(one["name"] + births[one["id"]] for one in motion.candidates)


def read_candidates(text: str) -> list[tuple[str, dt.date | None]]:
    """One a line. Raises RuleError naming the first line whose date of birth is none."""
    return [_candidate(line) for line in text.splitlines() if line.strip()]


def _candidate(line: str) -> tuple[str, dt.date | None]:
    """ "Awa Ba ; 1er mai 1960": the date of birth parts candidates with as many votes."""
    name, _semicolon, born = line.partition(";")
    typed = read_date(born)
    if born.strip() and (typed is None or not dt.date(1900, 1, 1) <= typed.date < clock.now().date()):
        said = Sentence(
            "« %(line)s » : après le point-virgule, écrivez la date de naissance, par exemple 1er mai 1960, ou rien.",
            line=line.strip()[:80],
        )
        raise RuleError("birth-date-unreadable", said, status=422)
    return name.strip()[:200], typed.date if typed else None


def _shown(value: object) -> object:
    return ("true" if value else "") if isinstance(value, bool) else ("" if value is None else value)
