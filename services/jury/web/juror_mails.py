"""Step 1 of writing to jurors: who was invited, who is to be reminded, whose link waits.

Next: use_cases/juror_mails.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields

from services.jury import queries, rules
from services.jury.models import Juror
from services.jury.use_cases import juror_mails
from services.jury.web.staff import READERS, WRITERS, act, round_context, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _, ngettext

blueprint = Blueprint("juror_mails", __name__, url_prefix="/equipe/tours/<uuid:round_id>/courriels")


class OneForm(Schema):
    """One member; none: all whom it concerns."""

    juror = fields.UUID(load_default=None, allow_none=True)


class UntilForm(Schema):
    read_by = fields.Date(load_default=None, allow_none=True)


@blueprint.get("/")
@requires(*READERS)
def page(round_id: uuid.UUID) -> str:
    return _page(round_id)


def _page(round_id: uuid.UUID, form: Loaded | None = None) -> str:
    now = clock.now()
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        members = queries.reached(session, this, now)
        today = now.astimezone(clock.PARIS).date()
        return render_template(
            "jury/juror_mails.html",
            **context,
            members=members,
            new=[one for one in members if one.juror.email and "invited" not in one.sent],
            due=[one for one in members if one.to_remind(today)],
            silent=[one for one in members if not one.juror.email],
            days=rules.LINK_LIFETIME.days,
            unreached=sum(one.about == "juror" for one in queries.unreached(session, this.call_id)),
            form=form or Loaded.of({"read_by": this.read_by.isoformat() if this.read_by else ""}),
        )


@blueprint.post("/jour")
@requires(*WRITERS)
def set_read_by(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(UntilForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                juror_mails.set_read_by(session, round_id, form.data["read_by"], who=who(), now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("C’est noté."), "done")
            return redirect(url_for(".page", round_id=round_id), 303)
    return _page(round_id, form), 422


@blueprint.post("/inviter")
@requires(*WRITERS)
def invite(round_id: uuid.UUID) -> ResponseReturnValue:
    written = _write(juror_mails.invite, round_id)
    return _done(round_id, ngettext("%(num)d invitation part.", "%(num)d invitations partent.", written), written)


@blueprint.post("/relancer")
@requires(*WRITERS)
def remind(round_id: uuid.UUID) -> ResponseReturnValue:
    written = _write(juror_mails.remind, round_id)
    return _done(round_id, ngettext("%(num)d relance part.", "%(num)d relances partent.", written), written)


def _write(mail: Callable[..., list[Juror]], round_id: uuid.UUID) -> int:
    """Write to the one who was chosen, or to all whom it concerns. How many; 0 with the reason said."""
    try:
        with db().transaction() as session:
            return len(mail(session, round_id, _chosen(), site=settings().public_url, who=who(), now=clock.now()))
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return 0


def _done(round_id: uuid.UUID, words: str, written: int) -> ResponseReturnValue:
    if written:
        flash(words, "done")
    return redirect(url_for(".page", round_id=round_id), 303)


@blueprint.post("/liens/<uuid:juror_id>/retirer")
@requires(*WRITERS)
def take_link_back(round_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        lambda session: juror_mails.take_link_back(session, round_id, juror_id, who=who(), now=clock.now()),
        url_for(".page", round_id=round_id),
        done=_("Le lien n’ouvre plus rien."),
    )


def _chosen() -> uuid.UUID | None:
    form = load(OneForm(), request.form)
    if form.data is None:
        raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
    juror: uuid.UUID | None = form.data["juror"]
    return juror
