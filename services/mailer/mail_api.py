"""The JSON API for programs: order a single mail, and ask what became of it. A bearer token, no session."""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import uuid
from typing import Any

import marshmallow as ma
from flask import request
from flask_smorest import Blueprint
from marshmallow import fields, validate

from services.mailer import orders, rules
from shared import clock
from shared.web import db
from shared.web.api import PROBLEM, protect
from shared.web.limits import limited

blueprint = Blueprint("mail_api", __name__, url_prefix="/api/mails", description="Pour un programme muni d’un jeton.")
protect(
    blueprint,
    largest=256 * 1024,
    empty=False,
    unreadable="Il faut template, to, data et l’en-tête Idempotency-Key ; pour une question, le paramètre key.",
)


class OrderIn(ma.Schema):
    template = fields.String(required=True, validate=validate.Length(min=1, max=60))
    to = fields.String(required=True, validate=validate.Length(min=3, max=320))
    data = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "What the template needs: person, organiser and more."},
    )


class OrderOut(ma.Schema):
    id = fields.UUID(required=True, metadata={"description": "The `message_id` of the facts mailer.message.*"})
    template = fields.String(required=True)
    to = fields.String(required=True)
    state = fields.String(required=True)


class ReturnOut(ma.Schema):
    """A mail that came back."""

    at = fields.AwareDateTime(required=True)
    kind = fields.String(required=True, metadata={"description": "bounce, delay, complaint, auto-reply or none"})
    status = fields.String(required=True, metadata={"description": "RFC 3463, or empty"})
    reason = fields.String(required=True)
    verdict = fields.String(required=True, validate=validate.OneOf(["remove", "keep", "ours"]))


class DeliveryOut(ma.Schema):
    id = fields.UUID(required=True, attribute="message.id")
    key = fields.String(required=True, attribute="message.thing_version")
    template = fields.String(required=True, attribute="message.template")
    to = fields.String(required=True, attribute="message.email")
    state = fields.String(required=True, attribute="message.state", validate=validate.OneOf(rules.STATES))
    attempts = fields.Integer(required=True, attribute="message.attempts")
    changed_at = fields.AwareDateTime(required=True, attribute="message.changed_at")
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    code = fields.Integer(required=True, allow_none=True, attribute="message.last_code")
    answer = fields.String(
        required=True, attribute="message.last_text", metadata={"description": "What the relay said"}
    )
    returns = fields.List(fields.Nested(ReturnOut), required=True)


class DeliveryQuery(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    key = fields.String(required=True, validate=validate.Length(min=1, max=200))


class OrderHeaders(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE

    key = fields.String(required=True, data_key="Idempotency-Key", validate=validate.Length(min=1, max=200))


@blueprint.post("")
@limited(600, "minute")
@blueprint.doc(security=[{"bearer": []}])
@blueprint.arguments(OrderHeaders, location="headers")
@blueprint.arguments(OrderIn)
@blueprint.response(202, OrderOut)
@blueprint.alt_response(400, **PROBLEM, description="No JSON")
@blueprint.alt_response(401, **PROBLEM, description="Unknown or revoked token")
@blueprint.alt_response(403, **PROBLEM, description="A template that this token does not cover")
@blueprint.alt_response(422, **PROBLEM, description="Not a mail, or a key that was used for another one")
def order(headers: dict[str, Any], data: dict[str, Any]) -> Any:
    """Order one mail. The same Idempotency-Key with the same body has the same answer and sends nothing more.

    What becomes of it is answered by the GET, and told to the addresses that were given for this program: a POST signed
    as Standard Webhooks says, with `type` (mailer.message.accepted.v1, refused, unknown, bounced, complained) and
    `data` (id, key, template; of a mail that failed also status, reason, verdict).
    """
    with db().transaction() as session:
        program = orders.authenticate(session, _token())
        answer = orders.place(session, program, headers["key"], data["template"], data["to"], data["data"], clock.now())
    return answer.body, {"Idempotent-Replayed": "true"} if answer.replayed else {}


@blueprint.get("")
@limited(600, "minute", methods=["GET"])
@blueprint.doc(security=[{"bearer": []}])
@blueprint.arguments(DeliveryQuery, location="query")
@blueprint.response(200, DeliveryOut)
@blueprint.alt_response(401, **PROBLEM, description="Unknown or revoked token")
@blueprint.alt_response(404, **PROBLEM, description="No mail of this token has that key")
@blueprint.alt_response(422, **PROBLEM, description="No key")
def delivery_by_key(query: dict[str, Any]) -> orders.Delivery:
    """What became of the mail that was ordered with an Idempotency-Key: state, last answer, what came back."""
    with db().reading() as session:
        return orders.delivery(session, orders.authenticate(session, _token()), key=query["key"])


@blueprint.get("/<uuid:mail_id>")
@limited(600, "minute", methods=["GET"])
@blueprint.doc(security=[{"bearer": []}])
@blueprint.response(200, DeliveryOut)
@blueprint.alt_response(401, **PROBLEM, description="Unknown or revoked token")
@blueprint.alt_response(404, **PROBLEM, description="No mail of this token has that id")
def delivery_by_id(mail_id: uuid.UUID) -> orders.Delivery:
    """The same, by the `id` of the answer to the order."""
    with db().reading() as session:
        return orders.delivery(session, orders.authenticate(session, _token()), message_id=mail_id)


def _token() -> str:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 128:
        raise orders.UnknownProgram("unknown-token", "Il faut un jeton : Authorization: Bearer …")
    return token
