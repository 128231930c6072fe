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

from flask import Flask, Response, jsonify, make_response, request
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from services.jury import queries, scoring
from services.jury.api_shapes import (
    BesideAnswer,
    ConfirmRequest,
    Dossier,
    HeartbeatRequest,
    OperationsAnswer,
    OperationShape,
    OperationsRequest,
    OthersAnswer,
    Pack,
    PairAnswer,
    PairRequest,
)
from services.jury.models import Application, Device, Juror, Round
from services.jury.queries import experts
from services.jury.use_cases import operations as scores
from services.jury.use_cases import tablets
from services.jury.use_cases.application_papers import paper_of
from services.jury.web import application_words, attached
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import api as web_api
from shared.web import db
from shared.web.api import PROBLEM, Api, protect
from shared.web.limits import limited

blueprint = Blueprint("tablet_api", __name__, url_prefix="/api/tablet", description="What a juror's tablet says")
protect(blueprint)

View = TypeVar("View", bound=Callable[..., Any])


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
@blueprint.alt_response(409, **PROBLEM, description="The round is not open yet; the code is not used up")
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


@blueprint.get("/beside")
@blueprint.doc(**SECURED)
@blueprint.response(200, BesideAnswer)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@blueprint.alt_response(409, **PROBLEM, description="The round is not closed")
@bearer
def beside(session: Session, device: Device) -> dict[str, Any]:
    """My severity beside the others', for me alone, once nobody can be led by it."""
    this = session.get_one(Round, device.round_id)
    if this.state not in ("closed", "signed"):
        raise RuleError("round-open", "La comparaison attend la clôture du tour.")
    found = queries.beside_group(session, this, device.juror_id)
    if found is None:
        return {"difference": None, "projects": 0}
    return {"difference": round(found.difference * 100), "projects": found.projects}


@blueprint.get("/projects/<uuid:project_id>/dossier")
@blueprint.doc(**SECURED)
@blueprint.response(200, Dossier)
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@blueprint.alt_response(404, **PROBLEM, description="Not mine to read, or nothing was filed")
@bearer
def dossier(session: Session, device: Device, project_id: uuid.UUID) -> dict[str, Any]:
    """What was filed for one of my projects, to keep on the tablet: in the language of Accept-Language."""
    application, this = _readable(session, device, project_id)
    papers = queries.attachments_of(session, application.id)
    opinions = experts.given_on(session, project_id) if queries.shows_opinions(this) else []
    return application_words.for_juror(application, papers, opinions, blind=this.blind)


@blueprint.get("/projects/<uuid:project_id>/papers/<uuid:paper_id>")
@blueprint.doc(**SECURED)
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
@blueprint.alt_response(401, **PROBLEM, description="Fenced or unknown token")
@blueprint.alt_response(404, **PROBLEM, description="Not mine to read, or replaced since")
@bearer
def paper(session: Session, device: Device, project_id: uuid.UUID, paper_id: uuid.UUID) -> Response:
    """One paper as it was attached; none in a blind round."""
    application, this = _readable(session, device, project_id)
    if this.blind:
        raise NotFound("unknown-paper", "Ce tour se lit sans savoir qui porte les projets : les pièces n’y sont pas.")
    return attached.give(paper_of(session, application, paper_id))


def _readable(session: Session, device: Device, project_id: uuid.UUID) -> tuple[Application, Round]:
    application = queries.readable(session, device, project_id)
    if application is None:
        raise NotFound("unknown-dossier", "Il n’y a pas de dossier à lire pour ce projet.")
    return application, session.get_one(Round, device.round_id)


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
    tablets.heartbeat(device, data["pending"], data["idle"], now=clock.now())


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
