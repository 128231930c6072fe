"""Step 1 of the chair's way in: a link that the secretary hands over, and the page it leads to.

The link becomes a cookie by a button: programs that follow the links of mails do not enter. Next: doors.py.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Juror
from services.jury.use_cases import calls, chairing
from services.jury.web.doors import COOKIE
from services.jury.web.staff import WRITERS, act, call_context, who
from shared import clock
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db, settings
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("chairing", __name__)
STAYS = 12 * 3600
"""Seconds that the cookie is kept: the day of the session."""


@blueprint.post("/equipe/appels/<uuid:call_id>/jury/<uuid:juror_id>/lien")
@requires(*WRITERS)
def make(call_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    """Show the link once, to hand over."""
    with db().transaction() as session:
        context = call_context(session, call_id)
        token = chairing.make_link(session, call_id, juror_id, who=who(), now=clock.now())
        juror = calls.lock_juror(session, juror_id)
        link = f"{settings().public_url}/presidence/{token}"
        return render_template("jury/chair_link.html", **context, juror=juror, link=link)


@blueprint.post("/equipe/appels/<uuid:call_id>/jury/<uuid:juror_id>/lien/fin")
@requires(*WRITERS)
def end(call_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    back = url_for("people.person", call_id=call_id, juror_id=juror_id)
    return act(
        lambda session: chairing.end_links(session, call_id, juror_id, who=who(), now=clock.now()),
        back,
        done=_("Le lien de la présidence n’ouvre plus rien."),
    )


@blueprint.get("/presidence/<token>")
@limited(30, "minute", methods=["GET"])
def door(token: str) -> str:
    """Whose session it is, and a button."""
    with db().reading() as session:
        juror = _chair(session, token)
        call = calls.find_call(session, juror.call_id)
        return render_template("jury/chair_door.html", call=call, juror=juror, organisation=call.organiser_name)


@blueprint.post("/presidence/<token>")
@limited(30, "minute")
def enter(token: str) -> Response:
    with db().reading() as session:
        juror = _chair(session, token)
        this = queries.last_round_of(session, juror)
    answer = make_response(redirect(url_for("rounds.board", round_id=this.id), 303))
    answer.set_cookie(
        COOKIE,
        token,
        max_age=STAYS,
        path=_pages(),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


@blueprint.post("/presidence/quitter")
def leave() -> Response:
    """This device opens nothing any more; the link still does."""
    answer = make_response(render_template("jury/chair_left.html"))
    answer.delete_cookie(COOKIE, path=_pages())
    return answer


def _pages() -> str:
    """Where the cookie is sent to; the service may stand below a prefix."""
    return f"{request.script_root}/equipe"


def _chair(session: Session, token: str) -> Juror:
    juror = chairing.of_link(session, token, clock.now())
    if juror is None:
        raise NotFound("link-unknown", "Ce lien n’est pas ou plus valable. Demandez-en un au secrétariat du jury.")
    return juror
