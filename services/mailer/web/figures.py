"""Staff pages: what is known of issues and letters without a pixel; and the public address that counts a click."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.mailer import clicks, issues, statistics
from services.mailer.models.issues import Issue
from services.mailer.models.letters import Letter
from services.mailer.statistics import Figures
from services.mailer.web import words
from shared import clock
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db, settings
from shared.web.drawing import sparkline

blueprint = Blueprint("figures", __name__)


@blueprint.get("/vers/<uuid:sent_id>/<mac>")
def follow(sent_id: uuid.UUID, mac: str) -> ResponseReturnValue:
    """Where a link of L'Écho or a letter leads: counted per day, with nothing about who. Unsigned, it leads nowhere."""
    url = request.args.get("u", "")
    if mac != clicks.signature(sent_id, url, secret=settings().secret_key):
        raise NotFound("link", _("Ce lien n’est pas un lien de L’Écho : nous ne savons pas où il mène."))
    if request.method == "GET":
        with db().transaction() as session:
            clicks.count(session, sent_id, url, clock.now())
    answer = redirect(url, 302)
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@blueprint.get("/numeros/chiffres")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        every = [
            (one, statistics.figures(session, one.campaign_id))
            for one in issues.published(session)[:12]
            if one.campaign_id
        ]
    return render_template("issues/figures.html", every=every, parts=parts)


@blueprint.get("/numeros/<uuid:issue_id>/chiffres")
@requires("editor", "staff", "auditor")
def show(issue_id: uuid.UUID) -> str:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        if issue.campaign_id is None:
            raise NotFound("issue", _("Ce numéro n’est pas encore parti : il n’a pas de chiffres."))
        name = _("nº %(number)s", number=issue.number)
        heading = _("Chiffres du nº %(number)s", number=issue.number)
        return shown(session, issue, issue.campaign_id, name, heading, url_for(".index"), _("Chiffres"))


def shown(
    session: Session, sent: Issue | Letter, campaign_id: uuid.UUID, name: str, heading: str, back: str, whence: str
) -> str:
    """The page of one issue or one letter that was sent."""
    found = statistics.figures(session, campaign_id)
    return render_template(
        "issues/figures_of.html", found=found, links=clicks.of(session, sent), parts=parts, words=words,
        fewest=clicks.FEWEST, sparkline=sparkline, name=name, heading=heading, back=back, whence=whence,
    )  # fmt: skip


def parts(found: Figures) -> list[tuple[Any, int, str]]:
    """The picture: what arrived, what came back or was refused, and the rest."""
    rest = found.sent - found.accepted - found.rejected
    return [
        (_("remis"), found.arrived, "done"),
        (_("revenus"), found.bounced, "wait"),
        (_("refusés"), found.rejected, "stop"),
        (_("en attente"), rest, "none"),
    ]
