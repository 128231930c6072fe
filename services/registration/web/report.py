"""Step 1 of nine for the staff: the year in figures, for funders. Next: queries/report.py."""

from __future__ import annotations

import csv
import datetime as dt
import io

from flask import Blueprint, Response, render_template, request

from services.registration.queries import carpool as shared_cars
from services.registration.queries import report as queries
from services.registration.rules import carpool
from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENTS
from services.registration.rules.dates import at
from services.registration.rules.people import safe_cell
from shared import clock
from shared.clock import PARIS
from shared.identity import requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("report", __name__, url_prefix="/equipe/bilan")


@blueprint.get("/")
@requires("staff", "auditor", "treasurer")
def index() -> str:
    """One year on a page that prints well, with pictures."""
    year, found, years, cars = _read()
    return render_template(
        "report/index.html",
        year=year,
        years=years,
        report=found,
        cars=cars,
        avoided=carpool.avoided(cars.km),
        types={key: _(words) for key, words in ACTOR_LABELS.items()},
        departments={key: _(words) for key, words in DEPARTMENTS.items()},
    )


@blueprint.get("/bilan.csv")
@requires("staff", "auditor", "treasurer")
def export() -> Response:
    """One line per event; no cell runs as a formula."""
    year, found, _years, _cars = _read()
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Date"), _("Évènement"), _("Places"), _("Inscrits"), _("Présents"), _("Heures de présence")])
    for event in found.events:
        cells = [f"{event.starts_at.astimezone(PARIS):%d/%m/%Y}", event.title, event.seats]
        cells += [event.registered, event.present, f"{event.hours:.1f}".replace(".", ",")]
        writer.writerow([safe_cell(str(cell)) for cell in cells])
    headers = {"Content-Disposition": f'attachment; filename="bilan-{year}.csv"', "Cache-Control": "no-store"}
    return Response(buffer.getvalue(), mimetype="text/csv; charset=utf-8", headers=headers)


def _read() -> tuple[int, queries.Report, list[int], shared_cars.Shared]:
    with db().reading() as session:
        years = queries.years(session)
        this = clock.now().astimezone(PARIS).year
        asked = request.args.get("annee", type=int)
        latest = next((one for one in years if one <= this), years[-1] if years else this)
        year = asked if asked in years else latest
        found = queries.report(session, at(dt.date(year, 1, 1), dt.time()), at(dt.date(year + 1, 1, 1), dt.time()))
        cars = shared_cars.shared(session, [event.id for event in found.events])
    return year, found, years, cars
