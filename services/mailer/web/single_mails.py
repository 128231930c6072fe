"""Staff pages: the single mails, one person and one thing each, and those of which nobody knows whether they came."""

from __future__ import annotations

import uuid

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.mailer import limits, single_mails
from services.mailer.rules import STATES
from services.mailer.web import words
from services.mailer.web.campaigns import READING_ORDER, settle
from shared.identity import requires
from shared.web import db

blueprint = Blueprint("single_mails", __name__, url_prefix="/courriers")


def asked() -> single_mails.Search:
    """The search of the address bar; what is not a search there is no search."""
    state, page = request.args.get("etat", ""), request.args.get("page", "1")
    return single_mails.Search(
        words=request.args.get("q", "")[:200],
        state=state if state in STATES else "",
        page=int(page) if page.isdecimal() and len(page) < 7 and int(page) else 1,
    )


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        found = single_mails.find(session, asked())
        unknown = single_mails.unknown(session)
        refusals = limits.refusals(session, "transactional")
    return render_template(
        "single_mails/index.html", found=found, unknown=unknown, refusals=refusals, states=READING_ORDER, words=words
    )


@blueprint.post("/<uuid:message_id>")
@requires("editor", "staff")
def resolve(message_id: uuid.UUID) -> ResponseReturnValue:
    """Settle an unknown outcome: the relay's log shows it was taken, or send it once more."""
    settle(message_id)
    return redirect(url_for(".index", _anchor="inconnus"), 303)
