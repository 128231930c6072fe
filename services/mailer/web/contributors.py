"""Staff pages: who may contribute, and answers to what they hand in."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import fields, validate

from services.mailer import author_mails, calls, contributions, echo, publishing
from services.mailer.models.issues import SECTIONS, TEXT_LIMIT, TITLE_LIMIT, Contribution
from services.mailer.web import words
from services.mailer.web.house import house
from services.mailer.web.issues import ItemForm, embargoed
from services.mailer.web.photos import receive
from services.mailer.web.photos import refuse as refuse_photo
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("contributors", __name__)


class InviteForm(ma.Schema):
    structure = fields.String(required=True, validate=validate.Length(min=1, max=200))
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    email = fields.String(required=True, validate=validate.Length(max=254))


@blueprint.get("/contributeurs/")
@requires("editor", "staff", "auditor")
def index() -> str:
    return _index(Loaded())


def _index(form: Loaded, link: str = "") -> str:
    with db().reading() as session:
        people = contributions.contributors(session)
        issue = contributions.open_issue(session, clock.now())
        standings = calls.standing(session, issue) if issue else {}
    uncalled = len(calls.uncalled(standings))
    return render_template(
        "issues/contributors.html",
        people=people,
        issue=issue,
        standings=standings,
        uncalled=uncalled,
        form=form,
        link=link,
    )


@blueprint.post("/contributeurs/")
@requires("editor", "staff")
def invite() -> ResponseReturnValue:
    """Invite somebody, or send them a new link. The link is shown once, here, and goes out by mail."""
    form = load(InviteForm(), request.form)
    if form.data is None:
        return _index(form), 422
    now = clock.now()
    try:
        with db().transaction() as session:
            contributor, token = contributions.invite(session, **form.data, who=who(), now=now)
            link = f"{settings().public_url}/contribuer/{token}"
            issue = contributions.open_issue(session, now)
            author_mails.invitation(session, contributor, issue, link, house(session), now)
    except RuleError as refusal:
        form.refuse(refusal.field or "", refusal.message)
        return _index(form), 422
    flash(_("L’invitation part à %(email)s.", email=contributor.email), "done")
    return _index(Loaded(), link)


@blueprint.post("/contributeurs/appeler")
@requires("editor", "staff")
def call() -> ResponseReturnValue:
    """Tell every association that the issue waits, those who know already left alone."""
    now = clock.now()
    with db().transaction() as session:
        told = calls.call(session, house(session), who=who(), now=now)
    if told:
        flash(ngettext("Le message part à une association.", "Le message part à %(num)d associations.", told), "done")
    return redirect(url_for(".index"), 303)


@blueprint.post("/contributeurs/<uuid:contributor_id>/retirer")
@requires("editor", "staff")
def revoke(contributor_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        contributions.revoke(session, contributor_id, who=who(), now=clock.now())
    flash(_("Ce lien personnel n’ouvre plus rien."), "going")
    return redirect(url_for(".index"), 303)


@blueprint.get("/contributions/<uuid:contribution_id>")
@requires("editor", "staff", "auditor")
def show(contribution_id: uuid.UUID) -> str:
    return _page(contribution_id, None)


def _page(contribution_id: uuid.UUID, form: Loaded | None) -> str:
    """form: of one of the two answers; the other one is shown filled with what was handed in."""
    with db().reading() as session:
        contribution = session.get(Contribution, contribution_id)
        if contribution is None:
            raise NotFound("contribution", _("Cette contribution n’existe pas."))
    names = ("section", "title", "text", "link", "credit", "photo_alt", "expires_on")
    values = {name: str(getattr(contribution, name) or "") for name in names}
    if contribution.photo:
        values["photo_name"] = contribution.photo.name
    form = form or Loaded()
    form.raw = values | form.raw
    return render_template(
        "issues/contribution.html",
        contribution=contribution,
        piece=publishing.piece(contribution),
        clean=echo.cleaned,
        form=form,
        words=words,
        section_keys=SECTIONS,
        title_limit=TITLE_LIMIT,
        text_limit=TEXT_LIMIT,
    )


@blueprint.post("/contributions/<uuid:contribution_id>/accepter")
@requires("editor", "staff")
def accept(contribution_id: uuid.UUID) -> ResponseReturnValue:
    form = load(ItemForm(), request.form)
    receive(form, None)
    if form.data is None:
        return _page(contribution_id, form), 422
    try:
        with db().transaction() as session:
            item_id = contributions.accept(session, contribution_id, embargoed(form.data), who=who(), now=clock.now())
            contribution = session.get_one(Contribution, contribution_id)
            issue_id, number = contribution.issue_id, contribution.issue.number
    except RuleError as refusal:
        if refusal.field is None:
            raise
        refuse_photo(form, refusal)
        return _page(contribution_id, form), 422
    flash(_("Accepté pour le nº %(number)s. L’association le voit sur son lien.", number=number), "done")
    return redirect(url_for("issues.show", issue_id=issue_id, _anchor=f"i-{item_id}"), 303)


@blueprint.post("/contributions/<uuid:contribution_id>/refuser")
@requires("editor", "staff")
def refuse(contribution_id: uuid.UUID) -> ResponseReturnValue:
    reason = request.form.get("reason", "").strip()
    try:
        with db().transaction() as session:
            contributions.refuse(session, contribution_id, reason, who=who(), now=clock.now())
            contribution = session.get_one(Contribution, contribution_id)
            told = author_mails.refused(session, contribution, house(session))
            issue_id = contribution.issue_id
    except RuleError as refusal:
        form = Loaded.of({"reason": reason})
        form.take(refusal)
        return _page(contribution_id, form), 422
    if told:
        flash(_("Réponse donnée : elle part à l’association."), "done")
    else:
        flash(_("Réponse notée. Elle ne part pas : le lien de cette personne a été retiré."), "done")
    return redirect(url_for("issues.show", issue_id=issue_id), 303)
