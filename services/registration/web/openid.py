"""Step 1 of nine for the staff who sign in through a directory: there and back.

Next: services/registration/openid.py.

The exchange is Authlib's: state, nonce and PKCE stand in this service's session until the person is back.
"""

from __future__ import annotations

import uuid
from typing import Any

import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Blueprint, Flask, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from requests import RequestException

from services.registration import accounts, openid
from services.registration.settings import Settings
from services.registration.web.accounts import code_wanted, enter, signed_in_as
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.limits import limited
from shared.web.words import _

log = structlog.get_logger(__name__)
blueprint = Blueprint("openid", __name__)
PATIENCE = 8.0
"""Seconds that the directory has to answer."""
SIGNED = ["RS256", "PS256", "ES256", "EdDSA"]
"""With a key that the directory alone holds. What is signed with the client's secret, or not at all, is not taken."""
_AFTER = "openid_after"
_BROKEN = (JoseError, RequestException, KeyError, TypeError, ValueError, RuntimeError)
"""What Authlib raises when a directory does not answer, or answers what is no OpenID Connect."""


class Directory(FlaskOAuth2App):
    """The provider, with one way to sign that cannot be forged, whatever else it offers."""

    def load_server_metadata(self) -> dict[str, Any]:
        said: dict[str, Any] = super().load_server_metadata()
        said["id_token_signing_alg_values_supported"] = SIGNED
        return said


def attach(app: Flask, chosen: Settings) -> None:
    """Let the staff of `app` sign in through the directory of its settings."""
    oauth = OAuth(app)
    oauth.register(  # type: ignore[no-untyped-call]
        "directory",
        client_cls=Directory,
        client_id=chosen.openid_client_id,
        client_secret=chosen.openid_client_secret,
        server_metadata_url=f"{chosen.openid_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
    app.extensions["openid"] = oauth.directory


@blueprint.get("/connexion/annuaire")
@limited(20, methods=["GET"])
def leave() -> ResponseReturnValue:
    """To the directory."""
    session[_AFTER] = request.args.get("next", "")
    directory = _client()
    try:
        going: ResponseReturnValue = directory.authorize_redirect(f"{settings().public_url}/connexion/annuaire/retour")
    except (OAuthError, *_BROKEN) as error:
        return _back(_silent(error))
    return going


@blueprint.get("/connexion/annuaire/retour")
@limited(20, methods=["GET"])
def come_back() -> ResponseReturnValue:
    """From the directory, with a code that it changes for who this is."""
    directory = _client()
    try:
        known = _known(directory)
    except OAuthError as error:
        if error.error == "access_denied":
            return _back(_("Vous n’avez pas donné votre accord dans l’annuaire : rien n’est changé."))
        log.info("openid_failed", error=error.error)
        return _back(_("L’aller-retour avec l’annuaire s’est perdu. Recommencez."))
    except _BROKEN as error:
        return _back(_silent(error))
    try:
        staff = openid.enter(db(), known, now=clock.now())
    except RuleError as refusal:
        return _back(refusal.message)
    after = session.pop(_AFTER, "")
    return code_wanted(staff, after) if isinstance(staff, accounts.Halfway) else enter(staff, after)


@blueprint.post("/equipe/comptes/<uuid:staff_id>/annuaire")
@requires("admin")
def untie(staff_id: uuid.UUID) -> ResponseReturnValue:
    """The person of this account is another in the directory, or entered there anew."""
    with db().transaction() as writing:
        openid.untie(writing, staff_id, who=signed_in_as(), now=clock.now())
    flash(_("Ce compte n’est plus relié à l’annuaire : la prochaine connexion avec son adresse le reliera."), "done")
    return redirect(url_for("accounts.detail", staff_id=staff_id), 303)


def _known(directory: Any) -> openid.Known:
    chosen: Any = settings()
    # The metadata's own word for its issuer is not asked: it must be the one that was set.
    token = directory.authorize_access_token(claims_options={"iss": {"essential": True, "value": chosen.openid_issuer}})
    said: dict[str, Any] = token["userinfo"]
    if not (isinstance(said["sub"], str) and said["sub"]):
        raise ValueError("no subject")
    vouched = said.get("email_verified", chosen.openid_addresses_trusted) is True
    email = said.get("email")
    return openid.Known(chosen.openid_issuer, said["sub"], email if vouched and isinstance(email, str) else "")


def _client() -> Any:
    if "openid" not in current_app.extensions:
        raise NotFound("no-directory", _("Agora n’est relié à aucun annuaire : identifiez-vous par mot de passe."))
    return current_app.extensions["openid"]


def _silent(error: Exception) -> str:
    log.warning("openid_broken", error=repr(error)[:300])
    return _("L’annuaire ne répond pas comme prévu. Identifiez-vous avec votre mot de passe Agora, ou réessayez.")


def _back(message: str) -> ResponseReturnValue:
    flash(message, "stop")
    return redirect(url_for("accounts.sign_in_page", next=session.pop(_AFTER, "") or None), 303)
