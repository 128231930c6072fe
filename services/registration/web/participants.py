"""Step 1 of nine: the list of participants, for everybody, for who is registered, and who sets it for the staff.

Next: services/registration/use_cases/participants.py.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.queries import forms
from services.registration.queries import participants as queries
from services.registration.queries import public as public_queries
from services.registration.rules import participants as rules
from services.registration.rules.choices import ACTOR_LABELS, DEPARTMENT_LABELS, N_
from services.registration.rules.seats import CANCELLED, CONFIRMED
from services.registration.use_cases import links
from services.registration.use_cases import participants as use_cases
from services.registration.web import questions
from services.registration.web.events import find
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import plain
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("participants", __name__)
_STAFF = "/equipe/evenements/<slug>/liste-des-participants"
_OPEN = ("published", "closed", "archived")


@blueprint.get("/e/<slug>/participants")
def public(slug: str) -> Response:
    """For everybody, where the event says so; in no index."""
    with db().reading() as session:
        event = public_queries.event_page(session, slug, programme=False)
        if event is None or event.list_reach != rules.EVERYBODY or event.state not in _OPEN:
            raise _none()
        shown = _shown(session, event)
        answer = make_response(render_template("public/participants.html", event=event, **shown))
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@blueprint.get("/i/<token>/participants")
def show(token: str) -> str:
    """For who is registered; and whether they stand on it themselves."""
    with db().reading() as session:
        person = session.get_one(Registration, links.open_link(session, token))
        event = person.event
        if event.list_reach == rules.PAPER or event.state not in _OPEN or person.status == CANCELLED:
            raise _none()
        if person.status != CONFIRMED and event.list_reach != rules.EVERYBODY:
            message = N_("La liste des participants se lit une fois que votre place est certaine.")
            raise NotFound("list-waits", message)
        return render_template(
            "personal/participants.html",
            token=token,
            event=event,
            person=person,
            certain=person.status == CONFIRMED,
            mine=person.participant_list and person.list_reach in rules.at_least(event.list_reach),
            wording=rules.WORDING[event.list_reach].of(questions.language()),
            agreed=rules.WORDING[person.list_reach].of(questions.language()) if person.participant_list else "",
            **_shown(session, event),
        )


@blueprint.post("/i/<token>/participants")
@limited(20, "minute")
def agree(token: str) -> ResponseReturnValue:
    """Yes, in the words that stood beside the button."""
    reach = rules.read(request.form.get("list_reach"))
    with db().transaction() as session:
        mine = links.open_link(session, token)
        use_cases.agree(session, mine, reach, clock.now(), locale=questions.language())
    flash(_("C’est noté : votre nom est sur la liste dès que votre place est certaine."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.get(_STAFF)
@requires("staff", "auditor")
def setting(slug: str) -> str:
    """Whom the list is shown to, and how many agreed to what."""
    with db().reading() as session:
        event = find(session, slug)
        return render_template(
            "events/list_shown.html",
            event=event,
            agreed=queries.agreed(session, event.id),
            reaches=[
                (one, _(rules.SHOWN_TO[one]), rules.WORDING[one].of(questions.language())) for one in rules.REACHES
            ],
            asks=forms.current(session, event.id).get(rules.CONSENT) is not None,
        )


@blueprint.post(_STAFF)
@requires("staff")
def show_to(slug: str) -> ResponseReturnValue:
    reach = request.form.get("list_reach", "")
    if reach not in rules.REACHES:
        raise RuleError("list-reach", _("Choisissez dans la liste."), status=422)
    with db().transaction() as session:
        use_cases.show_to(session, find(session, slug).id, reach, clock.now(), who=who())
    flash(_("C’est enregistré."), "done")
    return redirect(url_for(".setting", slug=slug), 303)


def _shown(session: Session, event: Event) -> dict[str, Any]:
    """What the page of a list shows: its groups, the search and the order asked for, and how many are not on it."""
    people = queries.listed(session, event.id, event.list_reach)
    by = request.args.get("par", "")
    by = by if by in rules.BY else "name"
    words = plain(request.args.get("q", ""))[:100]
    some = rules.found(people, words)
    types = {key: _(words) for key, words in ACTOR_LABELS.items()}
    return {
        "groups": [(types.get(said, said) if by == "type" else said, rows) for said, rows in rules.grouped(some, by)],
        "count": len(people),
        "found": len(some),
        "others": queries.agreed(session, event.id).certain - len(people),
        "by": by,
        "words": words,
        "orders": {key: _(said) for key, said in rules.BY.items()},
        "types": types,
        "departments": {key: _(said) for key, said in DEPARTMENT_LABELS.items() if key != "unsaid"},
    }


def _none() -> NotFound:
    return NotFound("no-list", N_("Cette rencontre ne montre pas de liste de participants."))
