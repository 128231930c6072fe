"""Step 1 of nine for the staff who sign in through a directory: there and back.

Next: services/registration/openid.py.

The exchange is Authlib's: state, nonce and PKCE stand in this service's session until the person is back.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import marshmallow as ma
import requests
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskIntegration, FlaskOAuth2App
from flask import Blueprint, Flask, current_app, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from joserfc.errors import JoseError
from marshmallow import fields

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
AT_ONCE = 3
"""How many of a process's threads may wait for it: when it is slow, everybody else's pages are not."""
SIGNED = ["RS256", "PS256", "ES256", "EdDSA"]
"""With a key that the directory alone holds. What is signed with the client's secret, or not at all, is not taken."""
JOURNEYS, LONGEST_AFTER = 3, 600
"""How many tabs may be on their way, and how many bytes of the cookie the address may take that each leads to: it
holds 4 kB, where a letter beyond ASCII takes six or twelve."""
_JOURNEYS = "openid"
_BROKEN = (
    *(JoseError, requests.RequestException, ma.ValidationError),
    *(AttributeError, LookupError, TypeError, ValueError, RuntimeError),
)
"""What Authlib raises when a directory does not answer, or answers what is no OpenID Connect."""


class Discovery(ma.Schema):
    """What is heard of what a directory says of itself: the rest could set how it is asked, TLS included."""

    class Meta:
        unknown = ma.EXCLUDE

    issuer = fields.String(required=True)
    authorization_endpoint = fields.Url(required=True, require_tld=False)
    token_endpoint = fields.Url(required=True, require_tld=False)
    jwks_uri = fields.Url(required=True, require_tld=False)
    userinfo_endpoint = fields.Url(require_tld=False)


class Journeys(FlaskIntegration):
    """Who left from this browser for the directory and is not back yet; each `data` is a tab's."""

    def set_state_data(self, session: Any, state: str, data: dict[str, str]) -> None:
        session[_JOURNEYS] = [*session.get(_JOURNEYS, []), [state, data]][-JOURNEYS:]

    def get_state_data(self, session: Any, state: str) -> dict[str, str] | None:
        return dict(session.get(_JOURNEYS, [])).get(state)

    def clear_state_data(self, session: Any, state: str) -> None:
        session[_JOURNEYS] = [one for one in session.get(_JOURNEYS, []) if one[0] != state]


class Directory(FlaskOAuth2App):
    """The provider. What it says of itself, its keys too, is kept until something goes wrong."""

    def __init__(self, chosen: Settings) -> None:
        super().__init__(
            Journeys("directory"),
            "directory",
            client_id=chosen.openid_client_id,
            client_secret=chosen.openid_client_secret,
            client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": PATIENCE},
        )
        self.issuer = chosen.openid_issuer
        self.waiting = threading.BoundedSemaphore(AT_ONCE)

    def load_server_metadata(self) -> dict[str, Any]:
        if "issuer" not in self.server_metadata:
            answer = requests.get(f"{self.issuer.rstrip('/')}/.well-known/openid-configuration", timeout=PATIENCE)
            answer.raise_for_status()
            said = Discovery().load(answer.json())
            if said["issuer"] != self.issuer:
                raise ValueError(f"AGORA_OPENID_ISSUER is not {said['issuer']}")
            addresses = [answer.url, *(said[name] for name in said if name != "issuer")]
            if any(urlsplit(address).scheme != urlsplit(self.issuer).scheme for address in addresses):
                raise ValueError("an address without TLS")
            # One way to sign that cannot be forged, whatever else it offers.
            self.server_metadata.update(said, id_token_signing_alg_values_supported=SIGNED)
        known: dict[str, Any] = self.server_metadata
        return known

    @contextmanager
    def asked(self) -> Iterator[None]:
        """Whatever goes wrong meanwhile becomes a RuleError that says what to do."""
        if not self.waiting.acquire(blocking=False):
            raise _silent("slow")
        try:
            yield
        except OAuthError as error:
            log.info("openid_failed", error=str(error.error)[:300])
            if error.error == "access_denied":
                message = _("Vous n’avez pas donné votre accord dans l’annuaire : rien n’est changé.")
            else:
                message = _("L’aller-retour avec l’annuaire s’est perdu. Recommencez.")
            raise RuleError("openid-lost", message) from error
        except _BROKEN as error:
            self.server_metadata = {}
            raise _silent(repr(error)[:300]) from error
        finally:
            self.waiting.release()


def attach(app: Flask, chosen: Settings) -> None:
    """Let the staff of `app` sign in through the directory of its settings."""
    app.extensions["openid"] = Directory(chosen)


@blueprint.get("/connexion/annuaire")
@limited(20, methods=["GET"])
def leave() -> ResponseReturnValue:
    """To the directory."""
    directory, here = _directory(), f"{settings().public_url}/connexion/annuaire/retour"
    after = request.args.get("next", "")
    try:
        with directory.asked():
            begun = directory.create_authorization_url(here)
    except RuleError as refusal:
        return _back(refusal, after)
    kept = {name: begun[name] for name in ("code_verifier", "nonce")}
    kept |= {"redirect_uri": here, "after": after if len(json.dumps(after)) <= LONGEST_AFTER else ""}
    directory.framework.set_state_data(session, begun["state"], kept)
    return redirect(begun["url"])


@blueprint.get("/connexion/annuaire/retour")
@limited(20, methods=["GET"])
def come_back() -> ResponseReturnValue:
    """From the directory, with a code that it changes for who this is."""
    directory, state = _directory(), request.args.get("state", "")
    after = (directory.framework.get_state_data(session, state) or {}).get("after", "")
    try:
        with directory.asked():
            known = _known(directory)
        staff = openid.enter(db(), known, now=clock.now())
    except RuleError as refusal:
        return _back(refusal, after)
    finally:
        directory.framework.clear_state_data(session, state)
    return code_wanted(staff, after) if isinstance(staff, accounts.Halfway) else enter(staff, after)


@blueprint.post("/equipe/comptes/<uuid:staff_id>/annuaire")
@requires("admin")
def untie(staff_id: uuid.UUID) -> ResponseReturnValue:
    """The person of this account is another in the directory, or entered there anew."""
    with db().transaction() as writing:
        openid.untie(writing, staff_id, who=signed_in_as(), now=clock.now())
    flash(_("Ce compte n’est plus relié à l’annuaire : la prochaine connexion avec son adresse le reliera."), "done")
    return redirect(url_for("accounts.detail", staff_id=staff_id), 303)


def _known(directory: Directory) -> openid.Known:
    options = {"iss": directory.issuer, "aud": directory.client_id}
    token = directory.authorize_access_token(
        claims_options={claim: {"essential": True, "value": value} for claim, value in options.items()}
    )
    said: dict[str, Any] = token["userinfo"]
    subject = said["sub"]
    if not (isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isascii() and subject.isprintable()):
        raise ValueError("no subject")
    if "email" not in said and "userinfo_endpoint" in directory.load_server_metadata():
        more = directory.userinfo(token=token)
        if more["sub"] != subject:
            raise ValueError("another subject")
        said = {**more, **said}
    return openid.Known(directory.issuer, subject, _address(said))


def _address(said: dict[str, Any]) -> str:
    """The address that the directory vouches for, or ""."""
    chosen: Any = settings()
    email, vouched = said.get("email"), said.get("email_verified", chosen.openid_addresses_trusted) is True
    if not (vouched and isinstance(email, str) and len(email) <= 254 and email.isprintable()):
        return ""
    # Beyond ASCII another's address may be the same in lower case: the Kelvin sign is a k.
    return email if email.isascii() else ""


def _directory() -> Directory:
    found: Directory | None = current_app.extensions.get("openid")
    if found is None:
        raise NotFound("no-directory", _("Agora n’est relié à aucun annuaire : identifiez-vous par mot de passe."))
    return found


def _silent(why: str) -> RuleError:
    log.warning("openid_broken", error=why)
    message = _("L’annuaire ne répond pas comme prévu. Identifiez-vous avec votre mot de passe Agora, ou réessayez.")
    return RuleError("openid-silent", message)


def _back(refusal: RuleError, after: str) -> ResponseReturnValue:
    flash(refusal.message, "stop")
    return redirect(url_for("accounts.sign_in_page", next=after or None), 303)
