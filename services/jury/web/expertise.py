"""Step 1 for an expert: read a dossier behind a mailed link, and say what one thinks. Next: use_cases/experts.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import experts as rules
from services.jury import queries
from services.jury.models import Application, Call, Expert, Opinion, Project
from services.jury.models.experts import CHOICES
from services.jury.use_cases import application_papers, experts
from services.jury.web import application_words, attached, places
from services.jury.web.staff import tell_closed, told
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("expertise", __name__, url_prefix="/expertise")


def _text(part: str) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=rules.PARTS[part]), metadata={"multiline": True})


class OpinionForm(Schema):
    """The choice, and the words for it."""

    choice = fields.String(required=True, validate=validate.OneOf(CHOICES))
    strengths = _text("strengths")
    weaknesses = _text("weaknesses")
    to_check = _text("to_check")


class DeclineForm(Schema):
    """Why no opinion is given."""

    state = fields.String(required=True, validate=validate.OneOf(["declined", "conflict"]))
    why = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"multiline": True})


@blueprint.get("/<token>")
def show(token: str) -> str:
    return _page(token, None, Loaded())


def _page(token: str, form: Loaded | None, declining: Loaded) -> str:
    """The dossier as jurors read it, and the frame of the opinion. form: None shows what was said before."""
    with db().reading() as session:
        opinion = experts.open_link(session, token)
        project = session.get_one(Project, opinion.project_id)
        call = session.get_one(Call, project.call_id)
        filed = _filed(session, opinion)
        said = {name: getattr(opinion, name) for name in ("choice", *rules.PARTS)}
        return render_template(
            "jury/expertise.html",
            token=token,
            opinion=opinion,
            expert=session.get_one(Expert, opinion.expert_id),
            project=project,
            place=places.name_of(project.country) if project.country else "",
            call=call,
            organisation=call.organiser_name,
            dossier=application_words.for_juror(filed, queries.attachments_of(session, filed.id), blind=False)
            if filed
            else None,
            form=form or Loaded.of(said),
            declining=declining,
            parts=rules.PARTS,
            open=experts.may_answer(session, opinion),
        )


def _filed(session: Session, opinion: Opinion) -> Application | None:
    """What the expert may read as long as they may answer: nothing once they declined or declared a link, the request
    was taken back, the project gave up or the round closed."""
    if not experts.may_answer(session, opinion):
        return None
    return queries.application_of(session, opinion.project_id)


@blueprint.post("/<token>")
@limited(20, "minute")
def answer(token: str) -> ResponseReturnValue:
    form = load(OpinionForm(), request.form)
    if form.data is None:
        return _page(token, form, Loaded()), 422
    try:
        with db().transaction() as session:
            experts.answer(session, token, form.data["choice"], form.data, now=clock.now())
    except RuleError as refusal:
        form.refuse(refusal.field or "", told(refusal))
        return _page(token, form, Loaded()), 422
    flash(_("Merci : votre avis est transmis. Vous pouvez encore le changer par le même lien."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/<token>/refuser")
@limited(20, "minute")
def decline(token: str) -> ResponseReturnValue:
    form = load(DeclineForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                experts.decline(session, token, form.data["state"], form.data["why"], now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("C’est noté, merci de l’avoir dit."), "done")
            return redirect(url_for(".show", token=token), 303)
    return _page(token, None, form), 422


@blueprint.get("/<token>/liens")
def links(token: str) -> str:
    """Which links open it, before the others close."""
    with db().reading() as session:
        opinion = experts.open_link(session, token)
        call = session.get_one(Call, session.get_one(Project, opinion.project_id).call_id)
        return render_template(
            "jury/links.html",
            kind="opinion",
            call=call,
            organisation=call.organiser_name,
            made=experts.links_of(session, opinion),
            back=url_for(".show", token=token),
            close=url_for(".close_links", token=token),
        )


@blueprint.post("/<token>/liens")
@limited(10, "minute")
def close_links(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        closed = experts.close_other_links(session, token, now=clock.now())
    tell_closed(closed)
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/<token>/pieces/<uuid:attachment_id>")
def paper(token: str, attachment_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        filed = _filed(session, experts.open_link(session, token))
        if filed is None:
            raise NotFound("unknown-paper", "Cette pièce n’existe pas, ou a été remplacée.")
        return attached.give(application_papers.paper_of(session, filed, attachment_id))
