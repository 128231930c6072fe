"""A directory for tests: an OpenID Connect provider on loopback, with one person in front of it at a time.

It asks of Agora what a real one would (the redirect address it knows, the client's secret, the PKCE verifier, each code
once), and can be told to lie as a broken or hostile one would.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, request
from joserfc import jwk, jwt
from werkzeug.wrappers import Response as Redirect

CLIENT, SECRET = "agora", "a secret between two machines"


class Provider:
    """says: what the ID token says of whoever comes; a claim given as None is left out. about: what is told of them
    for the asking. instead: what a path answers instead, as JSON."""

    def __init__(self, url: str, returns_to: str) -> None:
        self.url, self.returns_to = url, returns_to
        self.says: dict[str, Any] = {"sub": "17", "email": "camille@agora.example", "email_verified": True}
        self.key = jwk.RSAKey.generate_key(2048, {"kid": "first"})
        self.signs_with = self.key
        self.forges = ""
        self.metadata: dict[str, Any] = {}
        self.about: dict[str, Any] = {}
        self.instead: dict[str, Any] = {}
        self.agrees = True
        self.codes: dict[str, dict[str, str]] = {}
        self.app = Flask("directory")
        self.app.add_url_rule("/about", view_func=lambda: self.about)
        self.app.before_request(self.otherwise)
        self.app.add_url_rule("/.well-known/openid-configuration", view_func=self.configuration)
        self.app.add_url_rule("/authorize", view_func=self.authorize)
        self.app.add_url_rule("/token", view_func=self.token, methods=["POST"])
        self.app.add_url_rule("/keys", view_func=self.keys)

    def configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        } | self.metadata

    def otherwise(self) -> Response | None:
        return jsonify(self.instead[request.path]) if request.path in self.instead else None

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def authorize(self) -> Response | Redirect:
        asked = request.args.to_dict()
        if (asked["client_id"], asked["redirect_uri"]) != (CLIENT, self.returns_to):
            abort(400)
        if not self.agrees:
            return redirect(f"{self.returns_to}?error=access_denied&state={asked['state']}")
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return redirect(f"{self.returns_to}?code={code}&state={asked['state']}")

    def token(self) -> tuple[dict[str, Any], int]:
        asked = self.codes.pop(request.form["code"], None)
        given = request.authorization
        proof = _base64(hashlib.sha256(request.form["code_verifier"].encode()).digest())
        if (
            asked is None
            or given is None
            or (given.username, given.password) != (CLIENT, SECRET)
            or asked["code_challenge_method"] != "S256"
            or proof != asked["code_challenge"]
        ):
            return {"error": "invalid_grant"}, 400
        return {"access_token": secrets.token_urlsafe(), "token_type": "Bearer", "id_token": self.said(asked)}, 200

    def said(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]} | self.says
        kept = {name: value for name, value in claims.items() if value is not None}
        if self.forges:
            return forged(self.forges, kept, self.key)
        return jwt.encode({"alg": "RS256", "kid": self.signs_with.kid}, kept, self.signs_with)


def forged(algorithm: str, claims: dict[str, Any], key: jwk.RSAKey) -> str:
    """A token by somebody who holds no secret: unsigned ("none"), or sealed with what all can read ("HS256")."""
    parts = [_base64(json.dumps(one).encode()) for one in ({"alg": algorithm, "kid": key.kid}, claims)]
    text = ".".join(parts)
    seal = hmac.digest(key.as_pem(private=False), text.encode(), "sha256") if algorithm == "HS256" else b""
    return f"{text}.{_base64(seal)}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
