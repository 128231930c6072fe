"""Step 1 of nine for the staff: what the workshops bring back, the wall, the minutes of the day. Next: use_cases."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event, ProgrammeItem, Workshop
from services.registration.queries import restitution as queries
from services.registration.queries.stage import on_stage
from services.registration.queries.workshop_attendance import turnouts
from services.registration.rules.choices import ACTOR_LABELS
from services.registration.rules.restitution import PARTS
from services.registration.use_cases import restitution as use_cases
from services.registration.web.events import find
from services.registration.web.programme_form import speaker
from shared import clock
from shared.identity import requires, who
from shared.web import db, files, settings
from shared.web.words import _

blueprint = Blueprint("restitutions", __name__, url_prefix="/equipe/evenements/<slug>/restitutions")


@blueprint.get("")
@requires("staff", "desk", "auditor")
def index(slug: str) -> str:
    """Which workshops have written, their hosts' links, what left for L'Écho."""
    with db().reading() as session:
        event = find(session, slug)
        accounts = queries.accounts(session, event.id)
        return render_template(
            "restitution/index.html",
            event=event,
            accounts=accounts,
            parts=_parts(),
            turnouts=turnouts(session, event.id),
        )


@blueprint.post("/<uuid:workshop_id>/lien")
@requires("staff")
def invite(slug: str, workshop_id: uuid.UUID) -> Response:
    """A link for the host, shown once."""
    with db().transaction() as session:
        event = find(session, slug)
        token = use_cases.invite(session, event.id, workshop_id, clock.now(), who=who())
        workshop = next(one for one in event.workshops if one.id == workshop_id)
        link = f"{settings().public_url}/atelier/#{token}"
        body = render_template("restitution/link.html", event=event, workshop=workshop, link=link)
    response = make_response(body)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/<uuid:workshop_id>/echo")
@requires("staff")
def to_echo(slug: str, workshop_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        left = use_cases.to_echo(session, event, workshop_id, clock.now(), who=who(), site=settings().public_url)
    if left:
        flash(
            _(
                "C’est envoyé : la rédaction de L’Écho le trouve parmi les contributions à relire, dès qu’un numéro "
                "est ouvert."
            ),
            "done",
        )
    else:
        flash(_("Ces mots étaient déjà partis : rien n’a été envoyé une seconde fois."), "going")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/ecran")
@requires("staff", "desk", "auditor")
def screen(slug: str) -> str:
    """For the plenary: one workshop at a time, or the list of them."""
    with db().reading() as session:
        event = find(session, slug)
        accounts = queries.accounts(session, event.id)
        wanted = request.args.get("atelier", "")
        at = next((n for n, one in enumerate(accounts) if str(one.workshop.id) == wanted), None)
        return render_template(
            "restitution/screen.html",
            event=event,
            accounts=accounts,
            at=at,
            parts=_parts(),
            slug=slug,
            stage=on_stage(session, event.id),
        )


@blueprint.get("/compte-rendu")
@requires("staff", "auditor")
def minutes(slug: str) -> str:
    """The draft of the day's minutes, made of what is known of it, to be printed or copied and edited."""
    with db().reading() as session:
        event = find(session, slug)
        return render_template("restitution/minutes.html", **_day(session, event))


@blueprint.get("/compte-rendu.md")
@requires("staff", "auditor")
def minutes_text(slug: str) -> Response:
    """The same as plain text with headings, for a word processor."""
    with db().reading() as session:
        body = render_template("restitution/minutes.txt", **_day(session, find(session, slug)))
    return files.download(body, f"compte-rendu-{slug}.md")


def _day(session: Session, event: Event) -> dict[str, Any]:
    return {
        "event": event,
        "accounts": queries.accounts(session, event.id),
        "presence": queries.presence(session, event.id),
        "turnouts": turnouts(session, event.id),
        "stage": on_stage(session, event.id),
        "speaking": _speaking,
        "parts": _parts(),
        "types": {key: _(words) for key, words in ACTOR_LABELS.items()},
    }


def _speaking(of: ProgrammeItem | Workshop) -> str:
    """Who speaks in it, and as what."""
    names = [speaker(one.name, one.role, None) for one in of.speakers]
    return _(" ; ").join(names or [getattr(of, "speaker", "")])


def _parts() -> dict[str, str]:
    return {key: _(words) for key, words in PARTS.items()}
