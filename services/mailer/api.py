"""The JSON API of the mailer: how a campaign stands, for pages and programs that follow it live. OpenAPI 3.1."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import Flask
from flask_smorest import Blueprint
from marshmallow import fields

from services.mailer import campaigns, mail_api, rules
from shared.identity import requires
from shared.web import api as web_api
from shared.web import db
from shared.web.api import PROBLEM, Api

TITLE = "Agora – envois"


Counts = ma.Schema.from_dict({state: fields.Integer(required=True) for state in rules.STATES}, name="Counts")
"""Mails per state of the ledger."""


class UnknownOut(ma.Schema):
    """A mail whose outcome nobody knows; the relay's log can be searched for `message_id`."""

    id = fields.UUID(required=True)
    email = fields.String(required=True)
    message_id = fields.String(required=True)
    relay = fields.String(required=True)
    since = fields.AwareDateTime(required=True)


class ProgressOut(ma.Schema):
    campaign_id = fields.UUID(required=True)
    state = fields.String(required=True, validate=ma.validate.OneOf(rules.CAMPAIGN_STATES))
    paused_because = fields.String(required=True)
    audience = fields.Integer(required=True)
    done = fields.Integer(required=True, metadata={"description": "Mails whose outcome is settled or unknown."})
    counts = fields.Nested(Counts, required=True)
    groups = fields.Dict(keys=fields.String(), values=fields.Nested(Counts), required=True)
    returned = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "Per provider: how many of those accepted came back since."},
    )
    speed = fields.Float(required=True, metadata={"description": "Mails accepted per second, lately."})
    seconds_left = fields.Float(required=True, allow_none=True)
    open_outcomes = fields.List(fields.Nested(UnknownOut), required=True, attribute="unknown", data_key="unknown")


def _blueprint() -> Any:
    blueprint = Blueprint("api", __name__, url_prefix="/api", description="Pour le personnel connecté.")

    @blueprint.get("/campaigns/<uuid:campaign_id>/progress")
    @blueprint.response(200, ProgressOut)
    @blueprint.alt_response(401, **PROBLEM)
    @blueprint.alt_response(403, **PROBLEM)
    @blueprint.alt_response(404, **PROBLEM)
    @requires("editor", "staff", "auditor")
    def get_progress(campaign_id: uuid.UUID) -> campaigns.Progress:
        """How one campaign stands now."""
        with db().reading() as session:
            return campaigns.progress(session, campaign_id)

    return blueprint


def attach(app: Flask) -> Api:
    """Register the API with `app`, and its description at /api/openapi.json."""
    api = web_api.attach(app, TITLE, _blueprint(), mail_api.blueprint)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    return api


def spec() -> dict[str, Any]:
    """The OpenAPI document, without a database or settings."""
    return web_api.describe(attach)
