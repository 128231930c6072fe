"""Step 1 of the list of members: many at once from a paste or a file, and one who goes. Next: use_cases/members.py."""

from __future__ import annotations

import base64
import binascii
import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate

from services.jury import juror_import, queries
from services.jury.models import Juror
from services.jury.project_import import LIMIT_BYTES, Unreadable
from services.jury.use_cases import members
from services.jury.web.staff import WRITERS, act, call_context, told, translated, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.words import _, ngettext

blueprint = Blueprint("members", __name__, url_prefix="/equipe/appels/<uuid:call_id>/jury")


class LeaveForm(Schema):
    """Why a member goes; nobody asks where nothing hangs on them."""

    why = fields.String(load_default="", validate=validate.Length(max=500))


@blueprint.get("/importer")
@requires(*WRITERS)
def ask(call_id: uuid.UUID) -> str:
    return _ask(call_id, Loaded())


def _ask(call_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        return render_template("jury/members_import.html", **call_context(session, call_id), form=form)


@blueprint.post("/importer")
@requires(*WRITERS)
def preview(call_id: uuid.UUID) -> ResponseReturnValue:
    """What would become of each line. Nothing is written."""
    pasted, file = request.form.get("pasted", ""), request.files.get("file")
    data = pasted.encode("utf-8", "replace")
    if not data.strip() and file:
        data = file.stream.read(LIMIT_BYTES + 1)
    try:
        read = juror_import.read(data)
    except Unreadable as refusal:
        form = Loaded.of({"pasted": pasted[:20_000]})
        form.refuse("pasted", translated(refusal))
        return _ask(call_id, form), 422
    with db().reading() as session:
        known = {juror_import.key(one.first_name, one.last_name) for one in queries.jurors_of(session, call_id)}
        return render_template(
            "jury/members_preview.html",
            **call_context(session, call_id),
            lines=[(one, one.data is not None and _key(one.data) in known) for one in read.lines],
            fresh=sum(_key(row) not in known for row in read.rows),
            ignored=read.ignored,
            list=base64.b64encode(data).decode(),
            translated=translated,
        )


def _key(row: dict[str, str]) -> tuple[str, str]:
    return juror_import.key(row["first_name"], row["last_name"])


@blueprint.post("/nommer")
@requires(*WRITERS)
def appoint(call_id: uuid.UUID) -> ResponseReturnValue:
    """Appoint those who were shown as good. The list is read again: nothing from the page is trusted."""
    try:
        read = juror_import.read(base64.b64decode(request.form.get("list", ""), validate=True))
    except (binascii.Error, ValueError):
        flash(_("Cette liste n’est plus lisible : collez-la à nouveau."), "stop")
        return redirect(url_for(".ask", call_id=call_id), 303)
    try:
        with db().transaction() as session:
            added, left = members.add_many(session, call_id, read.rows, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(ngettext("%(num)d membre nommé.", "%(num)d membres nommés.", added), "done")
        refused = len(read.lines) - len(read.rows)
        if left or refused:
            words = _("Laissés de côté : %(known)s déjà membres, %(refused)s refusés.", known=left, refused=refused)
            flash(words, "wait")
    return redirect(url_for("calls.jury", call_id=call_id), 303)


@blueprint.post("/<uuid:juror_id>/sieger")
@requires(*WRITERS)
def seat(call_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    """In the round that the call is at, who was not chosen for it when it was made."""
    return act(
        lambda session: members.seat(session, call_id, juror_id, who=who(), now=clock.now()),
        url_for("calls.jury", call_id=call_id),
        done=_("Ce membre siège à ce tour."),
    )


@blueprint.get("/<uuid:juror_id>/retirer")
@requires(*WRITERS)
def ask_leave(call_id: uuid.UUID, juror_id: uuid.UUID) -> str:
    return _ask_leave(call_id, juror_id, Loaded())


def _ask_leave(call_id: uuid.UUID, juror_id: uuid.UUID, form: Loaded) -> str:
    """What happens to the member's scores, before anything does."""
    with db().reading() as session:
        context = call_context(session, call_id)
        juror = session.get(Juror, juror_id)
        if juror is None or juror.call_id != call_id:
            raise NotFound("unknown-juror", "Ce membre du jury n’existe pas.")
        what = members.leaving(session, juror)
        return render_template("jury/leave.html", **context, juror=juror, what=what, form=form)


@blueprint.post("/<uuid:juror_id>/retirer")
@requires(*WRITERS)
def leave(call_id: uuid.UUID, juror_id: uuid.UUID) -> ResponseReturnValue:
    form = load(LeaveForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                what = members.leave(session, call_id, juror_id, form.data["why"], who=who(), now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            done = _("Ce membre n’est plus dans la liste.") if what.erased else _("Ce membre s’est retiré.")
            flash(done, "done")
            return redirect(url_for("calls.jury", call_id=call_id), 303)
    return _ask_leave(call_id, juror_id, form), 422
