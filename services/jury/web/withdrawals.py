"""Step 1 of taking an application back: the bearer by their link, the staff's undo. Next: use_cases/withdrawals.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from services.jury import queries
from services.jury.models import Call
from services.jury.use_cases import applications, withdrawals
from services.jury.web.staff import WRITERS, act, told, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("withdrawals", __name__)
staff = Blueprint("withdrawn", __name__, url_prefix="/equipe")


class WhyForm(Schema):
    """Why it is taken back; for a draft nobody asks."""

    why = fields.String(load_default="", validate=validate.Length(max=1000), metadata={"multiline": True})


@blueprint.get("/dossiers/<token>/retirer")
def ask(token: str) -> ResponseReturnValue:
    with db().reading() as session:
        if applications.open_link(session, token).withdrawn_at is not None:
            return redirect(url_for("applications.show", token=token), 303)
    return _ask(token, Loaded())


def _ask(token: str, form: Loaded) -> str:
    """What goes, before anything does."""
    with db().reading() as session:
        application = applications.open_link(session, token)
        call = session.get_one(Call, application.call_id)
        return render_template(
            "jury/application_withdraw.html",
            token=token,
            application=application,
            call=call,
            half=applications.half_of(session, token),
            organisation=call.organiser_name,
            papers=len(queries.attachments_of(session, application.id)),
            way=withdrawals.way_of(session, application),
            days=withdrawals.UNDONE_WITHIN.days,
            form=form,
        )


@blueprint.post("/dossiers/<token>/retirer")
@limited(10, "minute")
def withdraw(token: str) -> ResponseReturnValue:
    form = load(WhyForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                withdrawals.withdraw(session, token, form.data["why"], site=settings().public_url, now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("Votre candidature est retirée. La preuve vous est envoyée par courriel."), "done")
            return redirect(url_for("applications.show", token=token), 303)
    return _ask(token, form), 422


@blueprint.post("/dossiers/<token>/effacer")
@limited(10, "minute")
def erase(token: str) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            call_id = applications.open_link(session, token).call_id
            withdrawals.erase_draft(session, token, now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for("applications.show", token=token), 303)
    flash(_("Le brouillon est effacé, avec ses pièces et ses liens."), "done")
    return redirect(url_for("public.call", call_id=call_id), 303)


@staff.post("/dossiers/<uuid:application_id>/retablir")
@requires(*WRITERS)
def restore(application_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        lambda session: withdrawals.restore(
            session, application_id, site=settings().public_url, who=who(), now=clock.now()
        ),
        url_for("reviews.show", application_id=application_id),
        done=_("Le retrait est annulé ; un courriel le dit au porteur."),
    )


@staff.post("/appels/<uuid:call_id>/projets/<uuid:project_id>/retablir")
@requires(*WRITERS)
def restore_project(call_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    return act(
        lambda session: withdrawals.restore_project(session, project_id, who=who(), now=clock.now()),
        url_for("calls.projects", call_id=call_id),
        done=_("Le projet est revenu ; il passe en dernier."),
    )
