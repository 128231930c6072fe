"""Step 1 of nine for the staff: the year in figures, for funders. Next: queries/report.py."""

from __future__ import annotations

import datetime as dt

from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration.queries import carpool as shared_cars
from services.registration.queries import report as queries
from services.registration.queries import skills
from services.registration.queries.partners import logos
from services.registration.queries.support import counted
from services.registration.rules import carpool
from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENT_LABELS
from services.registration.rules.dates import at
from services.registration.rules.partners import ROLES
from services.registration.rules.question_library import LIBRARY
from services.registration.web.departments import department_labels
from shared import clock
from shared.clock import PARIS
from shared.identity import requires
from shared.web import db, files
from shared.web.words import _, ngettext

blueprint = Blueprint("report", __name__, url_prefix="/equipe/bilan")


@blueprint.get("/")
@requires("staff", "auditor", "treasurer")
def index() -> str:
    """One year on a page that prints well, with pictures."""
    year, found, years, cars, scope, partners = _read()
    with db().reading() as session:
        logo = logos(session, [scope.partner]).get(scope.partner) if scope.partner else None
        did = queries.roles(session, scope.partner, *_period(year)) if scope.partner else {}
        helped, lent = _of_all(session, year)
    return render_template(
        "report/index.html",
        year=year,
        years=years,
        report=found,
        cars=cars,
        coming=sum(event.starts_at > clock.now() for event in found.events),
        helped=helped,
        lent=lent,
        avoided=carpool.avoided(cars.km),
        types={key: _(words) for key, words in ACTOR_LABELS.items()},
        departments=department_labels(),
        zones=_options(queries.ZONES),
        goals=_options(queries.GOALS),
        scope=scope,
        partners=partners,
        logo=logo,
        roles={id: [_(ROLES[one]) for one in some] or [_("Organise")] for id, some in did.items()},
    )


@blueprint.get("/bilan.csv")
@requires("staff", "auditor", "treasurer")
def export() -> Response:
    """One line per event; no cell runs as a formula."""
    year, found, *_rest = _read()
    counts = [_("Places"), _("Inscrits"), _("Présents"), _("Heures de présence"), *_workshop_heads()]
    rows = [[_("Date"), _("Dernier jour"), _("Évènement"), *counts]]
    for event in found.events:
        hours, in_workshops = (f"{one:.1f}".replace(".", ",") for one in (event.hours, event.workshop_hours))
        numbers = [str(number) for number in (event.seats, event.registered, event.present)]
        days = [f"{day.astimezone(PARIS):%d/%m/%Y}" for day in (event.starts_at, event.ends_at)]
        rows.append([*days, event.title, *numbers, hours, str(event.in_workshops), in_workshops])
    return files.as_csv(rows, f"bilan-{year}.csv")


@blueprint.get("/chiffres.csv")
@requires("staff", "auditor", "treasurer")
def figures() -> Response:
    """The figures of the page, a line each, with what they are of."""
    year, found, _years, cars, scope, _partners = _read()
    with db().reading() as session:
        helped, lent = _of_all(session, year)
    of = ", ".join(one for one in (scope.partner, scope.department and _(DEPARTMENT_LABELS[scope.department])) if one)
    told, all_of_it = of or _("tout le réseau"), _("tout le réseau")
    lines: list[tuple[str, int, str]] = [
        (_("rencontres"), len(found.events), told),
        (_("personnes inscrites"), found.people, told),
        (_("personnes venues"), found.present_people, told),
        (_("structures"), found.structures, told),
        (_("heures de présence"), round(found.hours), told),
        (_("participations à un atelier"), found.in_workshops, told),
        (_("dont heures en atelier"), round(found.workshop_hours), told),
    ]
    if cars.rides and not scope.department:
        lines += [
            (_("kilomètres évités par le covoiturage"), carpool.avoided(cars.km)[0], told),
            (_("kg de CO2 évités"), carpool.avoided(cars.km)[1], told),
        ]
    lines += [
        (_("structures accompagnées"), helped[0], all_of_it),
        (ngettext("rendez-vous de conseil", "rendez-vous de conseil", helped[1]), helped[1], all_of_it),
        (_("jours de compétences convenus"), lent[0], all_of_it),
        (_("jours de compétences faits"), lent[1], all_of_it),
    ]
    rows: list[tuple[object, ...]] = [(_("Chiffre"), str(year), _("De"))]
    return files.as_csv([*rows, *lines], f"chiffres-{year}.csv")


def _workshop_heads() -> list[str]:
    return [_("Participations à un atelier"), _("Dont heures en atelier")]


def _of_all(session: Session, year: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """(structures, appointments) and (days agreed, days done): what has neither a funder nor a département."""
    period = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    return counted(session, *period), skills.counted(session, *period)


@blueprint.get("/personnes.csv")
@requires("staff", "auditor", "treasurer")
def people() -> Response:
    """The people of the year, once in each part: by type, département, zone, goal. For a funder's own form."""
    year, found, *_rest = _read()
    parts = (
        (_("Type d’acteur"), found.by_type, {key: _(words) for key, words in ACTOR_LABELS.items()}),
        (_("Département"), found.by_department, department_labels()),
        (_("Zone de coopération"), found.by_zone, _options(queries.ZONES)),
        (_("Objectif de développement durable"), found.by_goal, _options(queries.GOALS)),
    )
    rows = [[_("Par"), _("Réponse"), _("Personnes")]]
    rows += [[part, words.get(key, key), str(number)] for part, counts, words in parts for key, number in counts]
    return files.as_csv(rows, f"personnes-{year}.csv")


def _options(question: str) -> dict[str, str]:
    return {one.key: one.words.of(str(get_locale() or "fr")) for one in LIBRARY[question].options}


def _period(year: int) -> tuple[dt.datetime, dt.datetime]:
    return at(dt.date(year, 1, 1), dt.time()), at(dt.date(year + 1, 1, 1), dt.time())


Read = tuple[int, queries.Report, list[int], shared_cars.Shared, queries.Scope, list[str]]


def _read() -> Read:
    with db().reading() as session:
        years = queries.years(session)
        this = clock.now().astimezone(PARIS).year
        asked = request.args.get("annee", type=int)
        latest = next((one for one in years if one <= this), years[-1] if years else this)
        year = asked if asked in years else latest
        period = _period(year)
        partners = queries.partners(session, *period)
        asked_for = request.args.get("organisation", ""), request.args.get("departement", "")
        scope = queries.Scope(
            partner=asked_for[0] if asked_for[0] in partners or queries.stood_behind(session, asked_for[0]) else "",
            department=asked_for[1] if asked_for[1] in DEPARTMENT_LABELS else "",
        )
        found = queries.report(session, *period, scope)
        cars = shared_cars.shared(session, [event.id for event in found.events])
    return year, found, years, cars, scope, partners
