"""Step 1 of what funders are told: the year of each, laid out as it asks. Next: use_cases/funders.py."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from marshmallow import Schema, fields, validate

from services.jury import budget, funder_reports, rulebooks
from services.jury.funder_reports import PARTS, Support
from services.jury.models import ReportLayout
from services.jury.queries import funders as queries
from services.jury.texts import fold
from services.jury.use_cases import funders as use_cases
from services.jury.web import application_words, goals, places
from services.jury.web.staff import MONEY_READERS, MONEY_WRITERS, act, may_pay, who
from shared import clock, workbooks
from shared.clock import PARIS
from shared.departements import FRANCE
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db, files
from shared.web.forms import Loaded, load, plain
from shared.web.words import _

blueprint = Blueprint("funders", __name__, url_prefix="/equipe/financeurs")


class LayoutForm(Schema):
    """How a report is laid out; the parts are read apart."""

    language = fields.String(required=True, validate=validate.OneOf(["fr", "en"]))
    title = fields.String(load_default="", validate=validate.Length(max=200))
    opening = fields.String(load_default="", validate=validate.Length(max=3000), metadata={"multiline": True})
    closing = fields.String(load_default="", validate=validate.Length(max=3000), metadata={"multiline": True})


class FigureForm(Schema):
    """A figure of a year, with where it comes from."""

    year = fields.Integer(required=True, validate=validate.Range(min=1900, max=2200))
    label = fields.String(required=True, validate=validate.Length(min=1, max=120))
    sum = fields.String(required=True, validate=validate.Length(min=1, max=20))
    source = fields.String(required=True, validate=validate.Length(min=1, max=300))


def headings() -> dict[str, str]:
    """What each part is called when its funder has no word of its own."""
    return {
        "money": _("L’argent"),
        "projects": _("Les projets"),
        "places": _("Où ils agissent"),
        "themes": _("Par thème"),
        "goals": _("Par objectif de développement durable"),
        "structures": _("Qui les porte"),
        "departments": _("D’où viennent les porteurs"),
        "people": _("Pour qui"),
        "figures": _("Autour de l’activité"),
    }


@blueprint.get("/")
@requires(*MONEY_READERS)
def index() -> str:
    return _index(Loaded())


def _index(form: Loaded) -> str:
    with db().reading() as session:
        supports = queries.supports(session)
        counted = queries.whole(session)
        figures = queries.figures(session)
    years = funder_reports.years(supports)
    named = funder_reports.funders(supports)
    table = {key: [funder_reports.report(supports, key, year) for year in years] for key in named}
    told = (
        sum(one.sums.engaged for row in table.values() for one in row),
        sum(one.sums.paid for row in table.values() for one in row),
    )
    return render_template(
        "funders/index.html",
        form=form,
        years=years,
        funders=named,
        table=table,
        told=told,
        counted=counted,
        figures=figures,
        writes=may_pay(),
        this_year=clock.now().astimezone(PARIS).year,
    )


def _asked(supports: list[Support]) -> str:
    key = request.args.get("financeur", "")
    if key not in funder_reports.funders(supports):
        raise NotFound("unknown-funder", "Aucun projet n’est aidé par ce financeur.")
    return key


@blueprint.get("/<int:year>")
@requires(*MONEY_READERS)
def report(year: int) -> str:
    with db().reading() as session:
        supports = queries.supports(session)
        key = _asked(supports)
        layout = queries.layout(session, key)
        figures = queries.figures(session, year)
    found = funder_reports.report(supports, key, year)
    with force_locale(layout.language if layout else "fr"):
        return render_template(
            "funders/report.html",
            report=found,
            key=key,
            layout=layout,
            parts=_parts(layout),
            figures=figures,
            printing="imprimer" in request.args,
            writes=may_pay(),
            place_name=places.name_of,
            goal_name=goals.name_of,
            kind_name=_kind,
            department_name=lambda code: FRANCE.get(code, code),
            named=str,
        )


def _kind(code: str) -> str:
    return application_words.value("legal_form", {"legal_form": code}, budget.of({}))


def _parts(layout: ReportLayout | None) -> list[tuple[str, str]]:
    """(part, heading) in order."""
    usual = headings()
    if layout is None:
        return list(usual.items())
    return [(one["part"], one["heading"] or usual[one["part"]]) for one in layout.parts]


HEADINGS = [
    "Projet", "Structure", "Appel", "Enveloppe", "Zone", "Thème", "ODD", "Statut du porteur", "Département",
    "Engagé dans l’année", "Versé dans l’année", "Références", "Rapport accepté le", "Personnes",
    "Empreinte du procès-verbal",
]  # fmt: skip


def _rows(year: int) -> tuple[str, list[list[Any]]]:
    with db().reading() as session:
        supports = queries.supports(session)
    found = funder_reports.report(supports, _asked(supports), year)
    rows = [
        [
            one.title, one.structure, one.call, one.envelope, one.place, one.theme, ", ".join(one.goals),
            one.legal_form, one.department, workbooks.Cents(one.engaged_in(year)), workbooks.Cents(one.paid_in(year)),
            ", ".join(paid.reference for paid in one.paid if paid.on.year == year and paid.reference),
            one.proofs[year].isoformat() if year in one.proofs else "", one.people.get(year, ""), one.minutes,
        ]
        for one in found.supports
    ]  # fmt: skip
    return f"financeur-{year}", rows


@blueprint.get("/<int:year>.csv")
@requires(*MONEY_READERS)
def as_csv(year: int) -> Response:
    name, rows = _rows(year)
    return files.as_csv([HEADINGS, *rows], f"{name}.csv")


@blueprint.get("/<int:year>.xlsx")
@requires(*MONEY_READERS)
def as_xlsx(year: int) -> Response:
    name, rows = _rows(year)
    return files.download(workbooks.streamed(str(year), [HEADINGS, *rows]), f"{name}.xlsx")


# --- how a report is laid out ------------------------------------------------------------------------------


@blueprint.get("/modele")
@requires(*MONEY_WRITERS)
def layout() -> str:
    return _layout(None)


def _layout(form: Loaded | None) -> str:
    with db().reading() as session:
        supports = queries.supports(session)
        key = _asked(supports)
        found = queries.layout(session, key)
    if form is None:
        values = {name: getattr(found, name) for name in LayoutForm().fields} if found else {"language": "fr"}
        chosen = found.parts if found else [{"part": part, "heading": ""} for part in PARTS]
        for place, one in enumerate(chosen, start=1):
            values |= {f"place_{one['part']}": str(place), f"heading_{one['part']}": one["heading"]}
        form = Loaded.of(values)
    years = funder_reports.years(one for one in supports if fold(one.funder) == key)
    return render_template(
        "funders/layout.html",
        key=key,
        name=funder_reports.funders(supports)[key],
        form=form,
        headings=headings(),
        year=years[0] if years else clock.now().astimezone(PARIS).year,
    )


@blueprint.post("/modele")
@requires(*MONEY_WRITERS)
def save_layout() -> ResponseReturnValue:
    with db().reading() as session:
        supports = queries.supports(session)
    key = _asked(supports)
    form = load(LayoutForm(), request.form)
    parts = _ordered(form)
    if form.data is None or form.errors:
        return _layout(form), 422
    data = form.data | {"parts": parts}
    return act(
        lambda session: use_cases.lay_out(session, key, data, who=who(), now=clock.now()),
        url_for(".layout", financeur=key),
        done=_("Le modèle est gardé : tous les rapports à ce financeur le suivent."),
        typed=(form, _layout),
    )


def _ordered(form: Loaded) -> list[dict[str, str]]:
    """The parts that have a place, in order of it. A place that is no number, or a heading too long, is refused."""
    given = []
    for usual, part in enumerate(PARTS):
        place, heading = (plain(request.form.get(f"{name}_{part}", "")) for name in ("place", "heading"))
        form.raw |= {f"place_{part}": place, f"heading_{part}": heading}
        if place and not (place.isascii() and place.isdigit() and len(place) <= 2):
            form.refuse(f"place_{part}", _("Un nombre, ou rien pour ne pas montrer cette partie."))
        elif len(heading) > 120:
            form.refuse(f"heading_{part}", _("120 caractères au plus."))
        elif place:
            given.append((int(place), usual, {"part": part, "heading": heading}))
    return [one for _place, _usual, one in sorted(given, key=lambda found: found[:2])]


# --- figures of a year ------------------------------------------------------------------------------------


@blueprint.post("/chiffres")
@requires(*MONEY_WRITERS)
def note_figure() -> ResponseReturnValue:
    form = load(FigureForm(), request.form)
    cents = rulebooks.cents(form.data["sum"]) if form.data is not None else None
    if form.data is not None and cents is None:
        form.refuse("sum", _("Une somme en euros : 200 000 ou 200000,50."))
    if form.data is None or cents is None:
        return _index(form), 422
    data = {name: form.data[name] for name in ("year", "label", "source")} | {"cents": cents}
    return act(
        lambda session: use_cases.note_figure(session, data, who=who(), now=clock.now()),
        url_for(".index", _anchor="chiffres"),
        done=_("Le chiffre est noté, avec sa source."),
        typed=(form, _index),
    )


@blueprint.post("/chiffres/<uuid:figure_id>/retirer")
@requires(*MONEY_WRITERS)
def remove_figure(figure_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        lambda session: use_cases.remove_figure(session, figure_id, who=who(), now=clock.now()),
        url_for(".index", _anchor="chiffres"),
        done=_("Le chiffre est retiré ; le journal le garde."),
    )
