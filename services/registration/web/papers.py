"""Step 1 of nine for the staff: what is printed for the day. Next: queries/papers.py, then papers.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from services.registration import papers
from services.registration.models.events import Event, Workshop
from services.registration.models.registrations import Registration
from services.registration.queries import identity, partners
from services.registration.queries import papers as queries
from services.registration.queries.workshop_attendance import attended_by_each, seen_in
from services.registration.rules import days
from services.registration.rules import tables as rules
from services.registration.rules.badges import LAYOUTS
from services.registration.rules.badges import of as badge_rules
from services.registration.rules.people import fold
from services.registration.unprintable import unprintable
from services.registration.web import badges as badge_pages
from services.registration.web.events import find
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.words import _

blueprint = Blueprint("papers", __name__, url_prefix="/equipe/evenements/<slug>/papiers")


@blueprint.get("/")
@requires("staff", "desk")
def index(slug: str) -> str:
    """What can be printed, and for how many."""
    with db().reading() as session:
        event = find(session, slug)
        people = queries.confirmed(session, event.id)
        return render_template(
            "events/papers.html",
            event=event,
            people=len(people),
            boxes=unprintable((one.full_name, one.structure) for one in people),
            listed=len(queries.on_the_list(session, event.id)),
            limits=rules,
            badge_said=_(LAYOUTS[badge_rules(event.badge).layout][1]),
            came=len(queries.came(session, event.id)),
            begun=clock.now() >= event.starts_at,
        )


@blueprint.get("/badges.pdf")
@requires("staff", "desk")
def badges(slug: str) -> Response:
    """Of everybody, or the one of `personne`: who came without being registered, or lost theirs."""
    with db().reading() as session:
        event = find(session, slug)
        return _file(badge_pages.of(session, event, request.args.get("personne")), _("badges"), slug)


@blueprint.get("/participants")
@requires("staff", "desk")
def participants(slug: str) -> str:
    """The list that is given to everybody: names and structures of those who agreed to it, and nothing else."""
    with db().reading() as session:
        event = find(session, slug)
        people = queries.on_the_list(session, event.id)
        return render_template("events/participants.html", event=event, people=people)


@blueprint.get("/emargement.pdf")
@requires("staff", "desk")
def sheets(slug: str) -> Response:
    with db().reading() as session:
        event = find(session, slug)
        people = queries.confirmed(session, event.id)
        return _file(papers.attendance_sheets(event, people, _seated(session, event)), _("emargement"), slug)


@blueprint.get("/salles.pdf")
@requires("staff", "desk")
def rooms(slug: str) -> Response:
    with db().reading() as session:
        event = find(session, slug)
        paper = papers.room_lists(event, _seated(session, event), seen_in(session, event.id))
        return _file(paper, _("salles"), slug)


@blueprint.get("/programme.pdf")
@requires("staff", "desk")
def programme(slug: str) -> Response:
    with db().reading() as session:
        event = find(session, slug)
        return _file(papers.programme(event, _logos(session, event)), _("programme"), slug)


@blueprint.get("/affiche.pdf")
@requires("staff", "desk")
def poster(slug: str) -> Response:
    with db().reading() as session:
        event = _on_show(session, slug)
        return _file(papers.poster(event, _address(event), _logos(session, event)), _("affiche"), slug)


@blueprint.get("/code.png")
@requires("staff", "desk")
def code(slug: str) -> Response:
    """The code of the public page alone."""
    with db().reading() as session:
        drawn = papers.qr_image(_address(_on_show(session, slug)))
    headers = {"Content-Disposition": f'attachment; filename="code-{slug}.png"'}
    return Response(drawn, mimetype="image/png", headers=headers)


@blueprint.get("/attestations.pdf")
@requires("staff", "desk")
def certificates(slug: str) -> Response:
    """ateliers: each names the workshops in which the person was seen."""
    with db().reading() as session:
        event = find(session, slug)
        people = queries.came(session, event.id)
        return _file(attesting(session, event, people, named="ateliers" in request.args), _("attestations"), slug)


@blueprint.get("/tables.pdf")
@requires("staff", "desk")
def tables(slug: str) -> Response:
    """Types mixed, structures apart; the same draw gives the same plan."""
    size = min(max(request.args.get("places", 8, type=int), rules.FEWEST), rules.MOST)
    draw = min(max(request.args.get("tirage", 1, type=int), 1), 9999)
    with db().reading() as session:
        event = find(session, slug)
        workshop = next((one for one in event.workshops if str(one.id) == request.args.get("atelier", "")), None)
        people = queries.by_workshop(session, event.id).get(workshop.id, []) if workshop else None
        if people is None:
            people = list(queries.confirmed(session, event.id))
        guests = [rules.Guest(str(one.id), one.actor_type, fold(one.structure)) for one in people]
        plan = rules.plan(guests, size, draw)
        title = workshop.title if workshop else event.title
        return _file(papers.table_plan(event, title, plan, people, draw), _("tables"), slug)


def attesting(session: Session, event: Event, people: Sequence[Registration], *, named: bool = False) -> papers.Paper:
    """The certificates of those who came. named: with their workshops. Raises RuleError before the meeting began."""
    now = clock.now()
    if now < event.starts_at:
        raise RuleError(
            "certificates-early",
            _("Une attestation dit qu’on a pris part : elle s’imprime dès que la rencontre a commencé."),
        )
    today = now.astimezone(PARIS).date()
    called = identity.now_called(session, event.organiser_name, today)
    several = len(days.of(event.starts_at, event.ends_at)) > 1
    on_days = queries.days_of(session, event.id) if several else {}
    workshops = attended_by_each(session, event.id) if named else {}
    return papers.certificates(event, people, today, _logos(session, event), called, on_days, workshops)


def _on_show(session: Session, slug: str) -> Event:
    """An event whose page everybody may open and register on. Raises NotFound for another."""
    event = find(session, slug)
    if not event.for_everybody:
        raise NotFound(
            "no-poster",
            _("Une affiche invite tout le monde à s’inscrire : il faut une rencontre publiée, et pas sur invitation."),
        )
    return event


def _address(event: Event) -> str:
    return f"{settings().public_url}/e/{event.slug}"


def _logos(session: Session, event: Event) -> papers.Logos:
    return partners.logos(session, partners.names(event), drawn=True)


def _seated(session: Session, event: Event) -> list[tuple[Workshop, Sequence[Any]]]:
    found = queries.by_workshop(session, event.id)
    return [(workshop, found.get(workshop.id, [])) for workshop in event.workshops]


def _file(paper: papers.Paper, name: str, slug: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}-{slug}.pdf"', "Cache-Control": "no-store"}
    return Response(paper.pdf(), mimetype="application/pdf", headers=headers)
