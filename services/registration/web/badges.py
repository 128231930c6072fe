"""Step 1 of nine for the staff: what stands on the badges, with a picture of one. Next: use_cases/badges.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from services.registration import badge_papers
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.papers import Paper
from services.registration.queries import badges as queries
from services.registration.queries import lists
from services.registration.queries import papers as on_papers
from services.registration.rules import badges as rules
from services.registration.unprintable import unprintable
from services.registration.use_cases import badges as use_cases
from services.registration.web.events import find
from shared import clock
from shared.errors import NotFound
from shared.identity import requires, who
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("badges", __name__, url_prefix="/equipe/evenements/<slug>/papiers/badges")


@blueprint.get("")
@requires("staff")
def show(slug: str) -> str:
    with db().reading() as session:
        event = find(session, slug)
        badge = queries.of(session, event)
        longest = queries.longest(session, event.id)
        return render_template(
            "events/badges.html",
            event=event,
            badge=badge,
            layouts=[(key, _(words), _(hint)) for key, (words, hint) in rules.LAYOUTS.items()],
            parts=[(key, _(words)) for key, words in rules.PARTS.items() if key != "workshops" or event.workshops],
            questions=list(queries.questions(session, event.id, str(get_locale() or "fr")).items()),
            marks=sorted({*lists.marks(session, event.id), *badge.marks}),
            has_logo=queries.logo(session, event, drawn=False) is not None,
            longest=longest.full_name if longest else "",
            asked=_address(badge),
            boxes=unprintable(
                (one.full_name, one.structure if "structure" in badge.parts else "")
                for one in on_papers.confirmed(session, event.id)
            ),
        )


@blueprint.post("")
@requires("staff")
def choose(slug: str) -> ResponseReturnValue:
    with db().transaction() as session:
        event = find(session, slug)
        badge = rules.known(_typed(request.form), queries.questions(session, event.id, "fr"))
        use_cases.choose(session, event.id, badge, clock.now(), who=who())
    flash(_("C’est enregistré : les badges s’impriment ainsi."), "done")
    return redirect(url_for(".show", slug=slug), 303)


@blueprint.get("/apercu.svg")
@requires("staff")
def picture(slug: str) -> Response:
    """One badge as the address describes it, of who has the longest name of the event."""
    with db().reading() as session:
        event = find(session, slug)
        badge = rules.known(_typed(request.args), queries.questions(session, event.id, "fr"))
        person = queries.longest(session, event.id) or _NOBODY
        drawn = badge_papers.picture(printed(session, event, [person], badge))
    return Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": "no-store"})


def of(session: Session, event: Event, only: str | None) -> Paper:
    """The badges of everybody with a certain place, or of the one person asked for. Raises NotFound."""
    people = on_papers.confirmed(session, event.id)
    if only is not None:
        people = [one for one in people if str(one.id) == only]
        if not people:
            raise NotFound("no-badge", _("Seule une personne dont la place est certaine a un badge."))
    return printed(session, event, people, queries.of(session, event))


def printed(session: Session, event: Event, people: Any, badge: rules.Badge) -> Paper:
    logo = queries.logo(session, event) if "logo" in badge.parts else None
    return badge_papers.badges(event, people, badge, queries.more(session, event, badge, people), logo)


_NOBODY = Registration(
    first_name="Marie-Antoinette",
    last_name="Rakotondrainibé",
    structure="Association pour la coopération entre communes",
    function="Chargée de mission",
    actor_type="association",
    ticket="AGORA-00000000",
)
"""Shown as long as nobody is registered."""


def _typed(form: Any) -> rules.Badge:
    question = form.get("question", "")[:60]
    marks = [one[:40].replace("\x00", "") for one in form.getlist("marks")[:60]]
    return rules.chosen(form.get("layout", ""), form.getlist("parts"), question, marks)


def _address(badge: rules.Badge) -> dict[str, Any]:
    said = {**badge.plain()}
    return {name: value for name, value in said.items() if value}
