"""Step 1 of nine: the directory, for the staff and, of those who agreed, for everybody. Next: rules/directory.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from marshmallow import fields, validate

from services.registration.queries import directory as queries
from services.registration.queries.members import membership_of
from services.registration.rules import agenda
from services.registration.rules import directory as rules
from services.registration.rules.choices import ACTOR_TYPES, DEPARTMENTS
from services.registration.rules.directory import Entry, Found, Wanted, Work
from services.registration.rules.matchmaking import ZONES
from services.registration.rules.people import fold
from services.registration.rules.question_library import GOALS, LIBRARY
from services.registration.rules.structures import COLLEGES
from services.registration.use_cases import directory as use_cases
from services.registration.use_cases import structures
from services.registration.web.departments import departments, region
from shared import clock, workbooks
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, files
from shared.web.forms import Loaded, load, plain
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("directory", __name__, url_prefix="/equipe/annuaire")
public = Blueprint("public_directory", __name__, url_prefix="/annuaire")


class PageFields(ma.Schema):
    """What a structure says of itself."""

    zones = fields.List(fields.String(), load_default=list)
    places = fields.String(load_default="", validate=validate.Length(max=4000), metadata={"multiline": True})
    goals = fields.List(fields.String(), load_default=list)
    since = fields.Integer(load_default=None, allow_none=True)
    source = fields.String(load_default="", validate=validate.Length(max=200))
    department = fields.String(load_default="")
    email = fields.Email(load_default="", validate=validate.Length(max=254))
    phone = fields.String(load_default="", validate=validate.Length(max=40))
    website = fields.Url(load_default="", schemes={"http", "https"}, validate=validate.Length(max=300))
    agreed_on = fields.Date(load_default=None, allow_none=True)


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    """Who works in Mahajanga, and whom to call there."""
    return _list(public=False)


@public.get("/")
@limited(60, "minute", methods=["GET"])
def everybody() -> str:
    """The same for those structures that agreed: no person is named."""
    return _list(public=True)


@blueprint.get("/annuaire.csv")
@requires("staff", "auditor")
def export() -> Response:
    """What was found, one line per structure; no cell runs as a formula."""
    return files.as_csv(_rows(), "annuaire.csv")


@blueprint.get("/annuaire.xlsx")
@requires("staff", "auditor")
def workbook() -> Response:
    return files.download(workbooks.streamed(_("Annuaire"), _rows()), "annuaire.xlsx")


@blueprint.get("/<uuid:structure_id>")
@requires("staff")
def edit(structure_id: uuid.UUID) -> str:
    """Where it works and on what; with ?proposer=1, also what its people answered is ticked."""
    return _one(structure_id, None)


@blueprint.post("/<uuid:structure_id>")
@requires("staff")
def write(structure_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PageFields(), request.form)
    if form.data is None:
        return _one(structure_id, form), 422
    draft = use_cases.Draft(**(form.data | {"places": rules.places(form.data["places"])}))
    try:
        with db().transaction() as session:
            use_cases.write(session, structure_id, draft, clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _one(structure_id, form), error.status
    flash(_("La fiche de l’annuaire est enregistrée."), "done")
    return redirect(url_for("structures.show", structure_id=structure_id), 303)


def said(work: Work) -> str:
    """A country, a place or a goal as the reader calls it."""
    return work.key if work.kind == "place" else _say(work.kind, work.key)


def _say(kind: str, key: str) -> str:
    if kind == "goal":
        words: str = next(
            (one.words.of(str(get_locale() or "fr")) for one in LIBRARY["themes"].options if one.key == key), key
        )
        return words
    lists = {"zone": ZONES, "type": ACTOR_TYPES, "college": COLLEGES, "department": DEPARTMENTS}
    return _(lists[kind].get(key, key))


def _wanted() -> Wanted:
    department, college = request.args.get("departement", ""), request.args.get("college", "")
    return Wanted(
        words=plain(request.args.get("q", "")[:200]),
        department=department if department in DEPARTMENTS else "",
        college=college if college in COLLEGES else "",
    )


def _found(*, public: bool) -> tuple[Wanted, Found]:
    wanted = _wanted()
    with db().reading() as session:
        entries = queries.entries(session, clock.now().astimezone(PARIS).date(), public=public)
    return wanted, rules.find(entries, wanted, _say)


def _list(*, public: bool) -> str:
    wanted, found = _found(public=public)
    staff = current_staff()
    return render_template(
        "structures/public_directory.html" if public else "structures/directory.html",
        wanted=wanted,
        found=found,
        here="public_directory.everybody" if public else "directory.index",
        chosen={
            key: value
            for key, value in (("q", wanted.words), ("departement", wanted.department), ("college", wanted.college))
            if value
        },
        map=agenda.MAPS.get(region(), []),
        departments=departments(),
        colleges={key: _(words) for key, words in COLLEGES.items()},
        types={key: _(words) for key, words in ACTOR_TYPES.items()},
        said=said,
        may_change=bool(not public and staff and staff.has("staff")),
    )


def _rows() -> Iterator[list[str]]:
    found = _found(public=False)[1]
    heads = [_("Structure"), _("Type d’acteur"), _("Département"), _("Pays et territoires"), _("Lieux")]
    heads += [_("Objectifs"), _("Site"), _("Adresse électronique"), _("Téléphone"), _("Représentant·e")]
    rows = [heads, *(_cells(one) for one in found.entries)]
    return iter(rows)


def _cells(one: Entry) -> list[str]:
    where = [" | ".join(said(work) for work in one.of(kind)) for kind in ("zone", "place", "goal")]
    kind = _say("type", one.actor_type) if one.actor_type else ""
    home = _say("department", one.department) if one.department else ""
    return [one.name, kind, home, *where, one.website, one.email, one.phone, one.representative]


def _one(structure_id: uuid.UUID, form: Loaded | None) -> str:
    with db().reading() as session:
        structure = structures.get(session, structure_id)
        answered = queries.answered(session, structure_id)
        declared = queries.declared(session, structure_id)
        known = {(one.kind, one.key) for one in declared}
        more = [one for one in answered if (one.kind, fold(one.key) if one.kind == "place" else one.key) not in known]
        if form is None:
            proposed = more if request.args.get("proposer") == "1" else []
            form = _shown(queries.page_of(session, structure_id), declared, proposed)
        return render_template(
            "structures/directory_page.html",
            structure=structure,
            member=membership_of(session, structure_id),
            form=form,
            labels=_labels(),
            answered=[said(one) for one in more],
            zones=[(key, _(words)) for key, words in ZONES.items()],
            goals=[(key, _say("goal", key)) for key in GOALS],
            departments=list(departments().items()),
        )


def _shown(page: Any, declared: list[Any], proposed: list[Work]) -> Loaded:
    values: dict[str, Any] = {}
    if page:
        values = {name: getattr(page, name) for name in ("department", "email", "phone", "website")}
        values["agreed_on"] = page.agreed_on.isoformat() if page.agreed_on else ""
    both = [*declared, *proposed]
    values["zones"] = [one.key for one in both if one.kind == "zone"]
    values["goals"] = [one.key for one in both if one.kind == "goal"]
    own = [one.said for one in declared if one.kind == "place"] + [one.key for one in proposed if one.kind == "place"]
    values["places"] = "\n".join(own)
    if proposed:
        values["source"] = _("réponses de ses personnes aux inscriptions")
    return Loaded.of(values)


def _labels() -> dict[str, str]:
    return {
        "zones": _("Pays et territoires"),
        "places": _("Communes, régions, lieux"),
        "goals": _("Objectifs de développement durable"),
        "since": _("Depuis l’année"),
        "source": _("Qui l’a dit, ou où c’est écrit"),
        "department": _("Département du siège"),
        "email": _("Adresse électronique de la structure"),
        "phone": _("Téléphone de la structure"),
        "website": _("Site"),
        "agreed_on": _("D’accord pour l’annuaire public, depuis le"),
    }
