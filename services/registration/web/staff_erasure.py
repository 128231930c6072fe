"""Step 1 of nine: the staff erase somebody who asked by telephone or letter. Next: use_cases/erasing.py."""

from __future__ import annotations

import marshmallow as ma
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.models.registrations import Registration
from services.registration.queries import invitations
from services.registration.queries.directory import reached_at
from services.registration.queries.members import spoken_for
from services.registration.queries.support import about
from services.registration.rules import erasure as rules
from services.registration.rules import people
from services.registration.use_cases import erasing
from services.registration.use_cases.erasing import Asker
from shared import clock
from shared.errors import RuleError
from shared.identity import current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("staff_erasure", __name__, url_prefix="/equipe/effacement")


class AskedForm(ma.Schema):
    email = fields.Email(required=True, validate=validate.Length(max=254))
    first_name = fields.String(load_default="", validate=validate.Length(max=120))
    last_name = fields.String(load_default="", validate=validate.Length(max=120))
    how = fields.String(required=True, validate=validate.OneOf(rules.HOW))


@blueprint.get("/")
@requires("staff")
def show() -> str:
    return _page(Loaded())


def _page(form: Loaded, asked: Asker | None = None) -> str:
    """asked: whose registrations are shown, to be erased."""
    preview = None
    if asked is not None:
        with db().reading() as session:
            mine, others = erasing.under(session, asked)
            preview = {
                "told_of": len(about(session, asked.email_key, asked.name_key, alone=asked.any_name)),
                "registrations": [(one.event.title, one.event.starts_at, _name(one)) for one in mine],
                "others": [_name(one) for one in others],
                "groups": erasing.groups_under(session, asked.email_key),
                "invitations": len(invitations.of_address(session, asked.email_key)),
                "in_directory": reached_at(session, asked.email),
                "speaks_for": [
                    (name, one.representative) for name, one in spoken_for(session, asked.email, asked.name)
                ],
            }
    how = [(key, _(said)) for key, said in rules.HOW.items()]
    return render_template("erasure/by_staff.html", form=form, preview=preview, how=how)


@blueprint.post("/")
@requires("staff")
def erase() -> ResponseReturnValue:
    """First what would go, and what would stay; then, confirmed, the receipt."""
    form = load(AskedForm(), request.form)
    if form.data is None:
        return _page(form), 422
    asked = _asker(form.data)
    if request.form.get("act") != "erase":
        return _page(form, asked)
    if request.form.get("sure") != "yes":
        form.refuse("sure", _("Dites que vous avez vérifié qui demande."))
        return _page(form, asked), 422
    typed, staff = request.form.get("announced", ""), current_staff()
    assert staff is not None  # `requires` has seen to it
    try:
        with db().transaction() as session:
            token = erasing.by_staff(
                session,
                asked,
                announced=int(typed) if typed.isdecimal() and len(typed) < 6 else -1,
                how=form.data["how"],
                who=staff.email,
                now=clock.now(),
                site=settings().public_url,
            )
    except RuleError as refusal:
        form.refuse("", _(refusal.message))
        return _page(form, asked), 409
    return redirect(url_for("erasure.show", token=token), 303)


def _name(one: Registration) -> str:
    return f"{one.first_name} {one.last_name}".strip()


def _asker(data: dict[str, str]) -> Asker:
    email = data["email"].strip()
    name = people.fold(f"{data['last_name']} {data['first_name']}")
    return Asker(email, people.email_key(email), name, first_only=not data["last_name"], any_name=not name)
