"""Step 1 for a tablet: JSON under /api/tablet, a bearer token instead of a session. Next: use_cases/.

Whatever is sent, the answer is a result or a problem+json with a French sentence, never a 5xx; a tablet learns
nothing about another juror. `spec()` describes it in OpenAPI 3.1.
"""

# mypy: disable-error-code="untyped-decorator"
from __future__ import annotations

import functools
import uuid
from collections.abc import Callable
from typing import Any, TypeVar, cast

import marshmallow as ma
from flask import Flask, Response, jsonify, make_response, request
from flask_smorest import Blueprint
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.jury import queries, rules, scoring
from services.jury.models import Device, Juror, Round
from services.jury.use_cases import operations as scores
from services.jury.use_cases import tablets
from shared import clock
from shared.errors import RuleError
from shared.web import api as web_api
from shared.web import db
from shared.web.api import PROBLEM, Api, protect
from shared.web.limits import limited

BATCH = 200

blueprint = Blueprint("tablet_api", __name__, url_prefix="/api/tablet", description="What a juror's tablet says")
protect(blueprint)

View = TypeVar("View", bound=Callable[..., Any])


class _Schema(ma.Schema):
    class Meta:
        unknown = ma.EXCLUDE


class JurorName(_Schema):
    id = fields.UUID()
    first_name = fields.String()
    last_name = fields.String()


class RoundTitle(_Schema):
    id = fields.UUID()
    title = fields.String()


class PairRequest(_Schema):
    code = fields.String(required=True, validate=validate.Length(min=1, max=64))
    device = fields.UUID(required=True)


class PairAnswer(_Schema):
    token = fields.String()
    epoch = fields.Integer()
    juror = fields.Nested(JurorName)
    round = fields.Nested(RoundTitle)


class Conflict(_Schema):
    project_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["direct", "indirect"]))
    note = fields.String(load_default="", validate=validate.Length(max=500))

    @ma.validates("note")
    def storable(self, value: str, **_kwargs: Any) -> None:
        if rules.check_value("comment", value, {}) is not None:
            raise ma.ValidationError("Ce texte contient un caractère qui ne peut être gardé.")


class ConfirmRequest(_Schema):
    conflicts = fields.List(fields.Nested(Conflict), load_default=list, validate=validate.Length(max=1000))


class HeartbeatRequest(_Schema):
    pending = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=1_000_000))


class OperationShape(_Schema):
    """Documents one operation; each is checked on its own, so that one bad operation never stops the others."""

    id = fields.UUID(required=True, metadata={"description": "UUIDv7 made by the tablet"})
    project_id = fields.UUID(required=True)
    field = fields.String(required=True, metadata={"description": "criterion id, comment, feedback or status"})
    value = fields.Raw(required=True, allow_none=True, metadata={"type": ["integer", "string", "null"]})
    base_version = fields.Integer(required=True)
    counter = fields.Integer(required=True)
    client_time = fields.String(metadata={"description": "for information only"})


class OperationsRequest(_Schema):
    operations = fields.List(
        fields.Raw(allow_none=True, metadata={"$ref": "#/components/schemas/OperationShape"}),
        required=True,
        validate=validate.Length(max=BATCH),
    )


class ResultAnswer(_Schema):
    id = fields.String(allow_none=True)
    outcome = fields.String(
        validate=validate.OneOf(["applied", "duplicate", "conflict", "refused", "late"]),
    )
    version = fields.Integer()
    value = fields.Raw(allow_none=True, metadata={"type": ["integer", "string", "null"]})
    reason = fields.String(allow_none=True)


class OperationsAnswer(_Schema):
    results = fields.List(fields.Nested(ResultAnswer))
    server_time = fields.AwareDateTime(format="iso")
    pack_version = fields.Integer()


class PackRound(RoundTitle):
    """`blind`: structures are not told. `shows_others`: /projects/…/others answers once my sheet is complete.
    `exercise`: the projects are samples, scored before the round opens; nothing of it counts."""

    state = fields.String(validate=validate.OneOf(["open", "closed"]))
    blind = fields.Boolean()
    shows_others = fields.Boolean()
    exercise = fields.Boolean()


class PackJuror(JurorName):
    confirmed = fields.Boolean()


class PackLevel(_Schema):
    value = fields.Integer()
    label = fields.String()
    evidence = fields.String()


class PackCriterion(_Schema):
    id = fields.String()
    title = fields.String()
    help = fields.String()
    weight = fields.Integer()
    max = fields.Integer()
    levels = fields.List(fields.Nested(PackLevel))
    comment_required_for = fields.List(fields.Integer())


class PackGrid(_Schema):
    """`comments_count`: a sheet that lacks a comment required for a chosen level does not count."""

    id = fields.String()
    criteria = fields.List(fields.Nested(PackCriterion))
    comments_count = fields.Boolean()


class PackProject(_Schema):
    """A project the juror is recused from has only id, number and recused."""

    id = fields.UUID()
    number = fields.Integer()
    recused = fields.Boolean()
    title = fields.String()
    structure = fields.String()
    country = fields.String()
    department = fields.String()
    summary = fields.String()


class OthersAnswer(_Schema):
    """What the others gave, lowest first, on 20 with two decimals; nothing says who."""

    scores = fields.List(fields.String())


class PackCell(_Schema):
    project_id = fields.UUID()
    field = fields.String()
    value = fields.Raw(allow_none=True, metadata={"type": ["integer", "string", "null"]})
    version = fields.Integer()


class PackDecision(_Schema):
    """What the chair decided about a value that arrived after closing: the newest of that field."""

    project_id = fields.UUID()
    field = fields.String()
    operation_id = fields.UUID()
    state = fields.String(validate=validate.OneOf(["accepted", "refused"]))


class Pack(_Schema):
    version = fields.Integer()
    server_time = fields.AwareDateTime(format="iso")
    round = fields.Nested(PackRound)
    juror = fields.Nested(PackJuror)
    grid = fields.Nested(PackGrid)
    projects = fields.List(fields.Nested(PackProject))
    cells = fields.List(fields.Nested(PackCell))
    decisions = fields.List(fields.Nested(PackDecision))


def bearer(view: View) -> View:
    """Give the view an open transaction and the tablet whose token came with the request."""

    @functools.wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.isascii() or not 0 < len(token) <= 128:
            raise tablets.Fenced("unknown-token", "Cette tablette n’est pas appairée.")
        with db().transaction() as session:
            return view(session, tablets.authenticate(session, token), *args, **kwargs)

    return cast(View, guarded)


SECURED: dict[str, Any] = {"security": [{"bearer": []}]}


@blueprint.post("/pair")
@limited(60)
@blueprint.arguments(PairRequest)
@blueprint.response(201, PairAnswer)
@blueprint.alt_response(404, **PROBLEM, description="Unknown code")
@blueprint.alt_response(410, **PROBLEM, description="Used or expired code")
@blueprint.alt_response(429, **PROBLEM, description="Too many attempts from this address")
def pair(data: dict[str, Any]) -> tablets.Paired:
    """Swap a one-use pairing code for a bearer token; the juror's earlier tablet is fenced."""
    with db().transaction() as session:
        return tablets.pair(session, data["code"].encode("utf-8", "replace").decode(), data["device"], now=clock.now())


@blueprint.post("/confirm")
@blueprint.doc(**SECURED)
@blueprint.arguments(ConfirmRequest)
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@bearer
def confirm(session: Session, device: Device, data: dict[str, Any]) -> None:
    """The juror confirms the name and declares conflicts; may be called again to declare more."""
    tablets.confirm(session, device, data["conflicts"], now=clock.now())


@blueprint.get("/pack")
@blueprint.doc(**SECURED)
@blueprint.response(200, Pack, headers={"ETag": {"schema": {"type": "string"}}})
@blueprint.alt_response(304, description="Not changed since If-None-Match")
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@bearer
def pack(session: Session, device: Device) -> Any:
    """Projects, criteria and this juror's own sheets; nobody else's."""
    juror = session.get_one(Juror, device.juror_id)
    this = session.get_one(Round, device.round_id)
    # The token is in it: a copy kept from another pairing must not answer for this one.
    etag = f"{this.id.hex}-{device.epoch}-{queries.pack_version(juror, this)}"
    if etag in request.if_none_match:
        response = make_response("", 304)
    else:
        response = jsonify(Pack().dump(queries.pack(session, device, now=clock.now())))
    response.set_etag(etag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/projects/<uuid:project_id>/others")
@blueprint.doc(**SECURED)
@blueprint.response(200, OthersAnswer)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@blueprint.alt_response(409, **PROBLEM, description="My own sheet is not complete, or the round never shows it")
@bearer
def others(session: Session, device: Device, project_id: uuid.UUID) -> dict[str, Any]:
    """The others' scores of one project, once mine is in."""
    this = session.get_one(Round, device.round_id)
    found = queries.others(session, this, device.juror_id, project_id)
    if found is None:
        raise RuleError("own-first", "Complétez d’abord votre fiche : les notes des autres restent cachées jusque-là.")
    return {"scores": [scoring.shown(score, separator=".") for score in found]}


@blueprint.post("/operations")
@blueprint.doc(**SECURED)
@blueprint.arguments(OperationsRequest)
@blueprint.response(200, OperationsAnswer)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@bearer
def operations(session: Session, device: Device, data: dict[str, Any]) -> Response:
    """Write scores and words. One result per operation, in the order sent; a replay gets the same result."""
    now = clock.now()
    results, version = scores.write(session, device, data["operations"], now=now)
    # Without the schema: a room that comes back gets thousands of results a second, and they are plain already.
    plain = [result._asdict() for result in results]
    return jsonify({"results": plain, "server_time": now.isoformat(), "pack_version": version})


@blueprint.post("/heartbeat")
@blueprint.doc(**SECURED)
@blueprint.arguments(HeartbeatRequest)
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@bearer
def heartbeat(_session: Session, device: Device, data: dict[str, Any]) -> None:
    """How many values wait on the tablet, for the chair's board."""
    tablets.heartbeat(device, data["pending"], now=clock.now())


@blueprint.post("/unpair")
@blueprint.doc(**SECURED)
@blueprint.response(204)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@bearer
def unpair(session: Session, device: Device) -> None:
    """The tablet is handed back. It must not call this while anything waits to be sent."""
    tablets.unpair(session, device, now=clock.now())


def attach(app: Flask) -> Api:
    """Register the API with `app`, and its description at /api/openapi.json."""
    api = web_api.attach(app, "Agora – jury", blueprint)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.components.schema("OperationShape", schema=OperationShape)
    return api


def spec() -> dict[str, Any]:
    """The OpenAPI document, without a database or settings."""
    return web_api.describe(attach)
