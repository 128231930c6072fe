"""Step 1 for staff: the portfolio by year, zone, theme and funder; its files. Next: queries/portfolio.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema, fields, validate

from services.jury import portfolio_files, project_import
from services.jury.queries.portfolio import STATUSES, Line, portfolio
from services.jury.use_cases.portfolio import import_past
from services.jury.web import goals, places
from services.jury.web.staff import READERS, WRITERS, may_write, translated, who
from shared import clock, workbooks
from shared.identity import requires
from shared.web import db, files
from shared.web.forms import Loaded, load

blueprint = Blueprint("portfolio", __name__, url_prefix="/equipe/portefeuille")


PAGE = 100


class Filter(Schema):
    """What to show; anything may stay open."""

    year = fields.Integer(load_default=None, validate=validate.Range(min=1900, max=2200))
    place = fields.String(load_default="", validate=validate.Length(max=6))
    theme = fields.String(load_default="", validate=validate.Length(max=120))
    goal = fields.String(load_default="", validate=validate.Length(max=2))
    funder = fields.String(load_default="", validate=validate.Length(max=200))
    status = fields.String(load_default="", validate=validate.OneOf(["", *STATUSES]))


def _found() -> tuple[Loaded, list[Line]]:
    form = load(Filter(), request.args)
    with db().reading() as session:
        return form, portfolio(session, **form.data) if form.data is not None else []


def _row(line: Line) -> list[Any]:
    money = None if line.cents is None else workbooks.Cents(line.cents)
    status = portfolio_files.STATUSES[line.status]
    return [line.year, line.title, line.structure, line.place, line.theme, line.funder, money, status]


@blueprint.get("/")
@requires(*READERS)
def index() -> str:
    form, lines = _found()
    query = {name: value for name, value in form.raw.items() if value and name in Filter().fields}
    total = sum(line.cents or 0 for line in lines if line.status == "supported")
    pages = max(1, -(-len(lines) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return render_template(
        "jury/portfolio.html",
        form=form,
        lines=lines[(page - 1) * PAGE : page * PAGE],
        count=len(lines),
        page=page,
        pages=pages,
        total=total,
        query=query,
        places=places.choices(),
        goals=goals.choices(),
        place_name=places.name_of,
        writes=may_write(),
    )


@blueprint.get("/export.csv")
@requires(*READERS)
def as_csv() -> Response:
    return files.as_csv(_rows(), "portefeuille.csv")


@blueprint.get("/export.xlsx")
@requires(*READERS)
def as_xlsx() -> Response:
    return files.download(workbooks.streamed("Portefeuille", _rows()), "portefeuille.xlsx")


def _rows() -> list[list[Any]]:
    return [portfolio_files.HEADINGS, *(_row(line) for line in _found()[1])]


@blueprint.post("/import")
@requires(*WRITERS)
def take() -> ResponseReturnValue:
    """All the lines of a file, or none."""
    sent = request.files.get("file")
    back = redirect(url_for(".index"), 303)
    try:
        read = portfolio_files.read(sent.stream.read(portfolio_files.LIMIT_BYTES + 1) if sent else b"")
    except project_import.Unreadable as refusal:
        flash(translated(refusal), "stop")
        return back
    if read.problems:
        told = "; ".join(f"{at} ({translated(why)})" for at, why in read.problems[:10])
        told += "; …" if len(read.problems) > 10 else ""
        flash(_("Rien n’est importé. Lignes à corriger : %(lines)s", lines=told), "stop")
        return back
    with db().transaction() as session:
        kept, ours = import_past(session, read.rows, who=who(), now=clock.now())
    words = [ngettext("%(num)d projet importé.", "%(num)d projets importés.", kept)]
    if ours:
        words.append(
            ngettext(
                "%(num)d projet d’un appel d’ici reste tel qu’il est.",
                "%(num)d projets d’appels d’ici restent tels qu’ils sont.",
                ours,
            )
        )
    if read.left:
        words.append(
            ngettext(
                "%(num)d ligne laissée : son statut n’est pas « soutenu ».",
                "%(num)d lignes laissées : leur statut n’est pas « soutenu ».",
                read.left,
            )
        )
    flash(" ".join(words), "done")
    return back
