"""Staff pages: many contacts at once, those of the search on the list's page."""

from __future__ import annotations

from collections import Counter
from typing import Any

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import fields, validate

from services.mailer import bulk, directory, lists
from services.mailer.web import selection
from services.mailer.web.contacts import LONGEST_NOTE
from shared import clock
from shared.errors import NotFound, Refusal
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, load
from shared.web.i18n import number

blueprint = Blueprint("bulk", __name__, url_prefix="/contacts/ensemble")


class ListForm(ma.Schema):
    key = fields.String(required=True, validate=validate.Length(min=1, max=60))


class JoinForm(ListForm):
    source = fields.String(required=True, validate=validate.Length(min=1, max=100))
    wording = fields.String(required=True, validate=validate.Length(min=1, max=2000), metadata={"multiline": True})


class LeaveForm(ListForm):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=LONGEST_NOTE))


class TopicForm(ma.Schema):
    topic = fields.String(required=True, validate=validate.Length(min=1, max=bulk.LONGEST_TOPIC))


FORMS: dict[str, type[ma.Schema]] = {"join": JoinForm, "leave": LeaveForm, "topic": TopicForm}
DO: dict[str, Any] = {"join": bulk.join, "leave": bulk.leave, "topic": bulk.add_topic}


def _of(action: str) -> str:
    if action not in FORMS:
        raise NotFound("action", _("Choisissez ce qu’il faut faire de ces personnes."))
    return action


@blueprint.get("/")
@requires("editor", "staff")
def ask() -> ResponseReturnValue:
    """What will happen, and to how many: before anything does."""
    if request.args.get("action") == "export":
        with db().reading() as session:
            return redirect(url_for("contacts.export", **selection.kept(selection.asked(session))), 303)
    return _page(_of(request.args.get("action", "")), Loaded())


def _page(action: str, form: Loaded) -> str:
    with db().reading() as session:
        search = selection.asked(session)
        ids = directory.chosen(session, search)
        every, said = lists.every(session), bulk.standing(session, ids)
        topics = sorted({topic for one in directory.find(session, search).contacts for topic in one.contact.topics})
        described = selection.described(session, search)
    choices = []
    for one in every:
        of_list = said.get(one.key, Counter())
        given, withdrawn = of_list["given"], of_list["withdrawn"]
        if action == "join":
            told = _("déjà dessus : %(in)s, parties : %(left)s", **{"in": number(given), "left": number(withdrawn)})
            choices.append((one.key, f"{one.name} ({told})"))
        elif given:
            told = ngettext("%(n)s personne y est", "%(n)s personnes y sont", given, n=number(given))
            choices.append((one.key, f"{one.name} ({told})"))
    return render_template(
        "contacts/bulk.html", action=action, form=form, people=len(ids), seal=bulk.seal(ids), most=bulk.MOST,
        described=described, kept=selection.kept(search), choices=choices, topics=topics,
    )  # fmt: skip


@blueprint.post("/<any(join, leave, topic):act>")
@requires("editor", "staff")
def run(act: str) -> ResponseReturnValue:
    form = load(FORMS[act](), request.form)
    announced = request.form.get("people", "")[: bulk.LONGEST_SEAL]
    if form.data is not None:
        try:
            with db().transaction() as session:
                search = selection.asked(session)
                done = DO[act](session, search, **form.data, announced=announced, who=who(), now=clock.now())
        except Refusal as refusal:
            form.refuse(refusal.field or "", refusal.message)
        else:
            flash(_told(act, done.changed, done.people - done.changed), "done")
            return redirect(url_for("contacts.index", **selection.kept(search)), 303)
    return _page(act, form), 422


def _told(action: str, changed: int, left: int) -> str:
    n = number(changed)
    if action == "join":
        said = ngettext("%(n)s personne ajoutée à la liste.", "%(n)s personnes ajoutées à la liste.", changed, n=n)
    elif action == "leave":
        said = ngettext("%(n)s personne retirée de la liste.", "%(n)s personnes retirées de la liste.", changed, n=n)
    else:
        said = ngettext("%(n)s personne a ce sujet de plus.", "%(n)s personnes ont ce sujet de plus.", changed, n=n)
    if left:
        other = ngettext("%(n)s est restée comme elle était.", "%(n)s sont restées comme elles étaient.", left,
                         n=number(left))  # fmt: skip
        return f"{said} {other}"
    return str(said)
