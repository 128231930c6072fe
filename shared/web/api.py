"""The JSON API of a service, described in OpenAPI 3.1 by the code that answers (flask-smorest)."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask import Flask, Response, make_response, request
from flask_smorest import Api as SmorestApi
from marshmallow import fields
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from shared.errors import Refusal
from shared.web.words import _


class Problem(ma.Schema):
    """RFC 9457. `code` is stable, for programs; `detail` is for the person, in their language."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    correlation_id = fields.String(metadata={"description": "Under which the service's log tells more."})


PROBLEM: dict[str, Any] = {"schema": Problem, "content_type": "application/problem+json"}
"""For `alt_response(404, **PROBLEM)`: what every error of an API is answered with."""


def problem(status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """An answer in the shape of `Problem`, whatever the caller says it accepts; a 401 says how to come back."""
    body = {"type": "about:blank", "title": code, "status": status, "detail": detail, "code": code}
    response = make_response(json.dumps(body, ensure_ascii=False), status)
    response.mimetype = PROBLEM["content_type"]
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    response.headers.update(headers or {})
    return response


def protect(blueprint: Any, *, largest: int = 2 * 1024 * 1024, empty: bool = True, unreadable: str = "") -> None:
    """Whatever `blueprint` is sent, it answers with a result or a `Problem` in a sentence, never a 5xx.

    largest: octets of a body. empty: whether a POST may come without one. unreadable: French, what a request must
    look like, where the general sentence says too little.
    """

    def readable_body() -> Response | None:
        """Refuse what is no JSON at all before anything else reads it: too long, too deep, too many digits."""
        request.max_content_length = largest
        if request.method != "POST":
            return None
        try:
            raw = request.get_data(cache=True)
            if raw or not empty:
                json.loads(raw)
        except RequestEntityTooLarge:
            return problem(413, "too-large", _("Cet envoi est trop volumineux."))
        except (ValueError, RecursionError):
            return problem(400, "not-json", _("Cet envoi n’est pas lisible."))
        return None

    def on_refusal(error: Refusal) -> Response:
        return problem(error.status, error.code, _(error.message))

    def on_http_error(error: HTTPException) -> Response:
        said = {
            404: _("Il n’y a rien à cette adresse."),
            415: _("Cet envoi n’est pas du JSON."),
            422: _(unreadable) if unreadable else _("Cet envoi n’a pas la forme attendue."),
            429: _("Trop de demandes : attendez une minute."),
        }
        status = error.code or 400
        headers = {name: value for name, value in error.get_headers() if name in ("Retry-After", "Allow")}
        code = {422: "unreadable", 429: "too-many"}.get(status, "refused")
        return problem(status, code, said.get(status, _("Cette demande ne peut être traitée.")), headers)

    blueprint.before_request(readable_body)
    blueprint.register_error_handler(Refusal, on_refusal)
    blueprint.register_error_handler(HTTPException, on_http_error)


class Api(SmorestApi):  # type: ignore[misc]
    ERROR_SCHEMA = Problem

    def _register_responses(self) -> None:
        """What flask-smorest documents by itself is answered with a problem too."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM["content_type"]
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE  # back to the class's own

    def _register_error_handlers(self) -> None:
        """Errors are answered by shared/web/errors.py, pages and problem+json alike."""


def attach(app: Flask, title: str, *blueprints: Any) -> Api:
    """Register a service's API with `app`, and its description at /api/openapi.json."""
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app)
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
    return api


def describe(attach_to: Callable[[Flask], Api]) -> dict[str, Any]:
    """The OpenAPI document as plain JSON, without a database or settings."""
    return dict(attach_to(Flask(__name__)).spec.to_dict())
