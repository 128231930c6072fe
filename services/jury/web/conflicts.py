"""Step 1 of a suggested conflict: shown to the secretary, who decides. Next: use_cases/links.py."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.conflicts import Link
from services.jury.use_cases import links
from services.jury.web.staff import WRITERS, act, call_context, who
from shared import clock
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db
from shared.web.forms import load
from shared.web.words import _

blueprint = Blueprint("conflicts", __name__, url_prefix="/equipe/appels/<uuid:call_id>/liens")


class PairForm(Schema):
    """Whom and what a suggestion is about."""

    juror = fields.UUID(required=True)
    project = fields.UUID(required=True)


def said(link: Link) -> str:
    """Why one may ask, in a sentence that quotes the application."""
    quoted = link.quoted
    sentences: dict[str, str] = {
        "structure": _("Sa fonction ou sa structure nomme celle qui porte le projet."),
        "board": _("Son nom est parmi les dirigeants que le dossier nomme : « %(quoted)s ».", quoted=quoted),
        "files": _("Siège dans la collectivité qui dépose : « %(quoted)s ».", quoted=quoted),
        "partner": _(
            "Le dossier nomme ce membre ou sa structure parmi les partenaires : « %(quoted)s ».", quoted=quoted
        ),
        "funds": _("Sa structure ou sa collectivité cofinance : « %(quoted)s ».", quoted=quoted),
        "domain": _("Même domaine de courriel que le porteur."),
        "name": _("Même nom de famille que le porteur."),
    }
    return sentences[link.reason]


@blueprint.get("/")
@requires(*WRITERS)
def page(call_id: uuid.UUID) -> str:
    """The links there may be and no recusal stands for."""
    with db().reading() as session:
        context = call_context(session, call_id)
        return render_template("jury/conflicts.html", **context, links=queries.links_of(session, call_id), said=said)


@blueprint.post("/noter")
@requires(*WRITERS)
def confirm(call_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session, juror: uuid.UUID, project: uuid.UUID) -> None:
        note = " ".join(map(said, links.find(session, call_id, juror, project).links))[:500]
        links.confirm(session, call_id, juror, project, note, who=who(), now=clock.now())

    return _do(call_id, work, _("Le retrait est noté ; le projet a disparu de sa tablette."))


@blueprint.post("/ecarter")
@requires(*WRITERS)
def dismiss(call_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session, juror: uuid.UUID, project: uuid.UUID) -> None:
        links.dismiss(session, call_id, juror, project, who=who(), now=clock.now())

    return _do(call_id, work, _("La suggestion est écartée. Elle reste en bas de page."))


@blueprint.post("/reprendre")
@requires(*WRITERS)
def recall(call_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session, juror: uuid.UUID, project: uuid.UUID) -> None:
        links.recall(session, call_id, juror, project, who=who(), now=clock.now())

    return _do(call_id, work, _("La suggestion est de nouveau à regarder."))


def _do(call_id: uuid.UUID, work: Callable[[Session, uuid.UUID, uuid.UUID], None], done: str) -> ResponseReturnValue:
    form = load(PairForm(), request.form)
    if form.data is None:
        raise NotFound("unknown-link", "Ce lien n’est plus suggéré : les données ont changé, ou le retrait est noté.")
    data = form.data
    return act(lambda s: work(s, data["juror"], data["project"]), url_for(".page", call_id=call_id), done=done)
