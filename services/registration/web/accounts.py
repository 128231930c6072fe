"""Step 1 of nine for the staff: sign in, sign out, one's own account, and the list of accounts for admins.

Next: services/registration/accounts.py.
"""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
from flask import Blueprint, Response, current_app, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from marshmallow import fields, validate

from services.registration import accounts, passwords, second_factor
from services.registration.models.accounts import SecondFactor
from services.registration.web.happened import STAFF
from shared import audit, clock, identity
from shared.errors import RuleError
from shared.identity import ROLES, current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import client_address, limited
from shared.web.navigation import workplaces
from shared.web.words import _

blueprint = Blueprint("accounts", __name__)
HALF_LASTS = 600
"""Seconds between the password and the code."""


def role_names() -> dict[str, tuple[str, str]]:
    """Role -> (its name, what it opens), in the reader's language."""
    return {
        "admin": (_("Administration"), _("Tout, et les comptes de l’équipe.")),
        "staff": (_("Équipe"), _("Rencontres, inscriptions, appels, contacts.")),
        "desk": (_("Accueil"), _("Pointer les arrivées, le jour même.")),
        "secretary": (_("Secrétariat du jury"), _("Appels, jurés, délibération, procès-verbal.")),
        "editor": (_("Rédaction"), _("L’Écho du Réseau, contacts et envois.")),
        "treasurer": (_("Trésorerie"), _("Versements, voix des assemblées, bilan ; aucune inscription.")),
        "auditor": (_("Lecture seule"), _("Tout voir, ne rien changer.")),
    }


@blueprint.app_template_global()
def role_options(names: dict[str, tuple[str, str]]) -> list[tuple[str, str, str]]:
    """The roles as choice cards."""
    return [(role, title, words) for role, (title, words) in names.items()]


@blueprint.app_template_global()
def history_lines(rows: list[Any]) -> list[tuple[Any, str, str, str]]:
    """Audit rows as a timeline, newest first."""
    tones = {
        "deactivated": "stop",
        "second_factor_off": "wait",
        "spare_code_used": "wait",
        "created": "done",
        "activated": "done",
    }
    return [
        (row.at, _(STAFF.get(row.what, row.what)), _("par %(who)s", who=row.who), tones.get(row.what, "going"))
        for row in reversed(rows)
    ]


class SignInForm(ma.Schema):
    email = fields.String(required=True, validate=validate.Length(min=1, max=254))
    password = fields.String(required=True, validate=validate.Length(min=1, max=passwords.LONGEST))
    next = fields.String(load_default="", validate=validate.Length(max=2000))


class AccountForm(ma.Schema):
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    email = fields.Email(required=True, validate=validate.Length(max=254))
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(min=1))


class RolesForm(ma.Schema):
    roles = fields.List(fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(min=1))


class PasswordForm(ma.Schema):
    old_password = fields.String(required=True, validate=validate.Length(min=1, max=passwords.LONGEST))
    password = fields.String(required=True, validate=validate.Length(min=1, max=passwords.LONGEST))


def _safe_next(wanted: str, staff: identity.Staff) -> str:
    """Where to go after signing in: a page of one of the three services, never another site; else where one works."""
    ours = (settings().registration_url, settings().jury_url, settings().mailer_url, settings().public_url)
    plain = wanted.isprintable() and "\\" not in wanted
    if plain and any(wanted == base or wanted.startswith(base + "/") for base in ours):
        return wanted
    if plain and wanted.startswith("/") and not wanted.startswith("//") and not urlsplit(wanted).netloc:
        return wanted
    return next((entry.href for entry in workplaces(staff)), f"{settings().public_url}/compte")


@blueprint.get("/connexion")
def sign_in_page() -> ResponseReturnValue:
    """The sign-in page; who is signed in already goes on."""
    after = request.args.get("next", "")
    staff = current_staff()
    if staff is not None:
        return redirect(_safe_next(after, staff), 303)
    return _sign_in(Loaded.of({"next": after}))


def _sign_in(form: Loaded, status: int = 200) -> ResponseReturnValue:
    return render_template("accounts/sign_in.html", form=form, openid_name=_directory_name()), status


def _directory_name() -> str:
    """What the staff calls the directory they may sign in with; "" without one."""
    chosen: Any = settings()
    return chosen.openid_name if "openid" in current_app.extensions else ""


@blueprint.post("/connexion")
@limited(20)
def sign_in() -> ResponseReturnValue:
    """Check the password and hand over the cookie."""
    form = load(SignInForm(), request.form)
    if form.data is not None:
        try:
            staff = accounts.sign_in(
                db(),
                form.data["email"],
                form.data["password"],
                address=client_address(),
                secret=settings().secret_key,
                now=clock.now(),
            )
        except RuleError as refusal:
            form.refuse(refusal.field or "", refusal.message)
            return _sign_in(form, refusal.status)
        after = form.data["next"]
        return code_wanted(staff, after) if isinstance(staff, accounts.Halfway) else enter(staff, after)
    return _sign_in(form, 422)


@blueprint.post("/connexion/code")
@limited(20)
def give_code() -> ResponseReturnValue:
    """The code of the phone, after the password; then the cookie."""
    half, code = request.form.get("half", ""), request.form.get("code", "")
    form = Loaded()
    try:
        staff_id, proof, after = _signer().loads(half, max_age=HALF_LASTS)
        staff = accounts.finish(
            db(),
            accounts.Halfway(uuid.UUID(staff_id), proof),
            code,
            address=client_address(),
            secret=settings().secret_key,
            now=clock.now(),
        )
    except BadSignature:
        flash(_("Plus de dix minutes ont passé : écrivez de nouveau votre mot de passe."), "stop")
        return redirect(url_for("accounts.sign_in_page"), 303)
    except RuleError as refusal:
        form.refuse(refusal.field or "", refusal.message)
        return code_page(half, form, refusal.status)
    return enter(staff, after)


def code_wanted(half: accounts.Halfway, after: str) -> ResponseReturnValue:
    """Asks for the code of the phone. after: where the person was going."""
    return code_page(_signer().dumps([str(half.staff_id), half.proof, after]), Loaded())


def code_page(half: str, form: Loaded, status: int = 200) -> ResponseReturnValue:
    response = make_response(render_template("accounts/code.html", form=form, half=half), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings().secret_key, salt="sign-in: the password was right")


def enter(staff: identity.Staff, after: str) -> ResponseReturnValue:
    """Inside, and on to where the person was going."""
    return hand_over(make_response(redirect(_safe_next(after, staff), 303)), staff)


def hand_over(response: Response, staff: identity.Staff) -> Response:
    """With a token of the moment when the account was read, under its lock."""
    key_file: Any = getattr(settings(), "staff_private_key_file", None)
    if key_file is None:
        raise RuntimeError("AGORA_STAFF_PRIVATE_KEY_FILE is not set: registration cannot sign tokens")
    response.set_cookie(
        identity.COOKIE,
        identity.sign(staff, key_file, staff.as_of),
        max_age=int(identity.LASTS.total_seconds()),
        secure=settings().public_url.startswith("https://"),
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return response


@blueprint.get("/deconnexion")
def sign_out_page() -> ResponseReturnValue:
    """A page with one button: a link alone must not sign anyone out."""
    if current_staff() is None:
        return redirect(url_for("accounts.sign_in_page"), 303)
    return render_template("accounts/sign_out.html")


@blueprint.post("/deconnexion")
def sign_out() -> ResponseReturnValue:
    """Forget the cookie; with everywhere=true, the tokens on other machines too."""
    staff = current_staff()
    if staff is not None:
        everywhere = request.form.get("everywhere") == "true"
        accounts.sign_out(db(), staff, now=clock.now(), everywhere=everywhere)
        flash(_("Vous êtes déconnecté(e) de cet appareil."), "done")
        if directory := _directory_name():
            flash(_("Sur un ordinateur partagé, déconnectez-vous aussi de %(name)s.", name=directory), "wait")
    response = make_response(redirect(url_for("accounts.sign_in_page"), 303))
    response.delete_cookie(identity.COOKIE, path="/")
    return response


@blueprint.get("/compte")
@requires()
def own() -> ResponseReturnValue:
    """One's own account."""
    return own_page(Loaded())


@blueprint.post("/compte")
@limited(20)
@requires()
def change_password() -> ResponseReturnValue:
    """One's own new password; then sign in again."""
    staff = current_staff()
    assert staff is not None
    form = load(PasswordForm(), request.form)
    if form.data is not None:
        try:
            accounts.change_own_password(db(), staff, form.data["old_password"], form.data["password"], now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", refusal.message)
        else:
            flash(_("Votre mot de passe est changé. Identifiez-vous avec le nouveau."), "done")
            response = make_response(redirect(url_for("accounts.sign_in_page"), 303))
            response.delete_cookie(identity.COOKIE, path="/")
            return response
    return own_page(form, 422)


def own_page(form: Loaded, status: int = 200) -> ResponseReturnValue:
    """form: of the password, or of the code that ends the second factor."""
    staff = current_staff()
    assert staff is not None
    with db().reading() as session:
        factor = session.get(SecondFactor, staff.id)
        return render_template("accounts/own.html", form=form, role_names=role_names(), factor=factor), status


@blueprint.get("/equipe/comptes")
@requires("admin")
def listing() -> ResponseReturnValue:
    """Every account."""
    return _listing(Loaded())


def _listing(form: Loaded, status: int = 200) -> ResponseReturnValue:
    with db().reading() as session:
        rows = accounts.everyone(session)
    html = render_template("accounts/list.html", rows=rows, form=form, role_names=role_names())
    return html, status


@blueprint.post("/equipe/comptes")
@requires("admin")
def create() -> ResponseReturnValue:
    """A new account, with a password shown once."""
    form = load(AccountForm(), request.form)
    if form.data is None:
        return _listing(form, 422)
    password = passwords.suggested()
    try:
        with db().transaction() as session:
            account = accounts.create(session, **form.data, password=password, who=signed_in_as(), now=clock.now())
    except RuleError as refusal:
        form.refuse(refusal.field or "", refusal.message)
        return _listing(form, refusal.status)
    return render_template("accounts/password.html", account=account, password=password), 201


@blueprint.get("/equipe/comptes/<uuid:staff_id>")
@requires("admin")
def detail(staff_id: uuid.UUID) -> ResponseReturnValue:
    """One account: roles, state, what happened to it."""
    return _detail(staff_id, None)


def _detail(staff_id: uuid.UUID, form: Loaded | None, status: int = 200) -> ResponseReturnValue:
    with db().reading() as session:
        account = accounts.one(session, staff_id)
        history = audit.history(session, "staff", staff_id)[-50:]
        factor = second_factor.is_on(session, staff_id)
    shown = form or Loaded.of({"roles": list(account.roles)})
    html = render_template(
        "accounts/detail.html", account=account, history=history, form=shown, role_names=role_names(), factor=factor
    )
    return html, status


@blueprint.post("/equipe/comptes/<uuid:staff_id>/roles")
@requires("admin")
def change_roles(staff_id: uuid.UUID) -> ResponseReturnValue:
    """Other roles."""
    form = load(RolesForm(), request.form)
    if form.data is None:
        return _detail(staff_id, form, 422)
    with db().transaction() as session:
        accounts.change_roles(session, staff_id, form.data["roles"], who=signed_in_as(), now=clock.now())
    flash(_("Les rôles sont changés. La personne devra s’identifier à nouveau."), "done")
    return redirect(url_for("accounts.detail", staff_id=staff_id), 303)


@blueprint.post("/equipe/comptes/<uuid:staff_id>/etat")
@requires("admin")
def change_state(staff_id: uuid.UUID) -> ResponseReturnValue:
    """Close the account, or open it again."""
    change = accounts.activate if request.form.get("active") == "true" else accounts.deactivate
    with db().transaction() as session:
        change(session, staff_id, who=signed_in_as(), now=clock.now())
    flash(_("C’est fait, dans les trois services."), "done")
    return redirect(url_for("accounts.detail", staff_id=staff_id), 303)


@blueprint.post("/equipe/comptes/<uuid:staff_id>/mot-de-passe")
@requires("admin")
def new_password(staff_id: uuid.UUID) -> ResponseReturnValue:
    """A new password, shown once."""
    password = passwords.suggested()
    with db().transaction() as session:
        accounts.set_password(session, staff_id, password, who=signed_in_as(), now=clock.now())
        account = accounts.one(session, staff_id)
    return render_template("accounts/password.html", account=account, password=password)


@blueprint.post("/equipe/comptes/<uuid:staff_id>/double-authentification")
@requires("admin")
def remove_second_factor(staff_id: uuid.UUID) -> ResponseReturnValue:
    """Someone lost phone and spare codes: the password is enough again."""
    with db().transaction() as session:
        second_factor.remove(session, staff_id, who=signed_in_as(), now=clock.now())
    flash(_("La double authentification est retirée de ce compte."), "done")
    return redirect(url_for("accounts.detail", staff_id=staff_id), 303)


def signed_in_as() -> str:
    """The address of who acts, for the history."""
    staff = current_staff()
    assert staff is not None
    return staff.email
