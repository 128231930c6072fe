"""The staff page of parked messages: what a service could not handle, and what to do with each."""

from __future__ import annotations

import uuid

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from shared import clock
from shared.identity import requires, who
from shared.messaging import deadletters
from shared.web import db, parked_words

blueprint = Blueprint("deadletters", __name__, url_prefix="/equipe/mis-de-cote")


@blueprint.get("/")
@requires("admin")
def index() -> str:
    with db().reading() as session:
        letters = deadletters.parked(session)
    return render_template("agora/deadletters.html", letters=[(one, parked_words.said(one.reason)) for one in letters])


@blueprint.post("/<uuid:letter_id>/rejouer")
@requires("admin")
def replay(letter_id: uuid.UUID) -> Response:
    with db().transaction() as session:
        deadletters.replay(session, _service(), letter_id, who=who(), now=clock.now())
    flash(_("Le message repart dans la file : il disparaîtra d’ici s’il est compris cette fois."))
    return redirect(url_for(".index"))


@blueprint.post("/<uuid:letter_id>/ecarter")
@requires("admin")
def drop(letter_id: uuid.UUID) -> Response:
    with db().transaction() as session:
        deadletters.drop(session, letter_id, who=who(), now=clock.now())
    flash(_("Le message est écarté. Il est effacé dans trente jours ; le journal garde votre nom."))
    return redirect(url_for(".index"))


def _service() -> str:
    return str(current_app.jinja_env.globals["service_name"])
