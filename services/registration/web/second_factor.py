"""Step 1 of nine for the staff: one's own second factor, put on and taken off.

Next: services/registration/second_factor.py.
"""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration import accounts, second_factor
from services.registration.web.accounts import hand_over, own_page
from shared import clock
from shared.errors import RuleError
from shared.identity import Staff, current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.limits import client_address, limited
from shared.web.words import _

blueprint = Blueprint("second_factor", __name__, url_prefix="/compte/double-authentification")
ISSUER = "Agora"


@blueprint.post("/preparer")
@limited(20)
@requires()
def prepare() -> ResponseReturnValue:
    """What the phone is to learn: shown once, and worth nothing until the phone's first code comes back."""
    try:
        accounts.prove(db(), _me(), request.form.get("own_password", ""), field="own_password")
    except RuleError as refusal:
        form = Loaded()
        form.refuse(refusal.field or "", refusal.message)
        return own_page(form, refusal.status)
    with db().transaction() as session:
        made = second_factor.prepare(session, _me().id, issuer=ISSUER, key=settings().secret_key)
    return _secret("accounts/second_factor.html", made=made, form=Loaded())


@blueprint.post("/activer")
@limited(20)
@requires()
def confirm() -> ResponseReturnValue:
    """The phone's first code: from now on one is asked for. The spare codes are shown this once."""
    me, key = _me(), settings().secret_key
    try:
        codes, renewed = accounts.put_on_factor(db(), me, request.form.get("code", ""), secret=key, now=clock.now())
    except RuleError as refusal:
        form = Loaded()
        form.take(refusal)
        with db().reading() as session:
            made = second_factor.prepared(session, me.id, issuer=ISSUER, key=key)
        return _secret("accounts/second_factor.html", made=made, form=form), 422
    return hand_over(_secret("accounts/spare_codes.html", codes=codes), renewed)


@blueprint.post("/retirer")
@limited(20)
@requires()
def remove() -> ResponseReturnValue:
    """The password is enough again, for who still holds the phone or a spare code."""
    code, key = request.form.get("code", ""), settings().secret_key
    try:
        accounts.take_off_factor(db(), _me(), code, address=client_address(), secret=key, now=clock.now())
    except RuleError as refusal:
        form = Loaded()
        form.refuse(refusal.field or "", refusal.message)
        return own_page(form, refusal.status)
    flash(_("La double authentification est retirée : le mot de passe suffit."), "done")
    return redirect(url_for("accounts.own"), 303)


def _me() -> Staff:
    staff = current_staff()
    assert staff is not None
    return staff


def _secret(template: str, **values: object) -> Response:
    response = make_response(render_template(template, **values))
    response.headers["Cache-Control"] = "no-store"
    return response
