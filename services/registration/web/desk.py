"""Step 1 of nine for a desk: JSON under /api/desk, a bearer token instead of a session. Next: use_cases/desk.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from services.registration.models.events import Event
from services.registration.queries import desk as queries
from services.registration.rules.choices import N_
from services.registration.rules.desk import LARGEST_BATCH
from services.registration.use_cases import desk as use_cases
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.limits import limited

blueprint = Blueprint("desk", __name__, url_prefix="/api/desk")


@blueprint.after_request
def never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(RuleError)
def problem(error: RuleError) -> ResponseReturnValue:
    """Always JSON: a device takes anything else for a portal page."""
    body = {"code": error.code, "detail": error.message, "status": error.status}
    return jsonify(body), error.status, {"Content-Type": "application/problem+json"}


@blueprint.post("/pair")
@limited(20)
def pair() -> ResponseReturnValue:
    """{code} → {token, desk, event}."""
    code = _body().get("code")
    if not isinstance(code, str) or not 1 <= len(code) <= 64:
        raise RuleError("bad-code", N_("Le code n’est pas lisible."), status=422)
    with db().transaction() as session:
        desk, token = use_cases.pair(session, code, clock.now())
        event = session.get_one(Event, desk.event_id)
        return {"token": token, "desk": desk.number, "event": {"id": str(event.id), "title": event.title}}


@blueprint.get("/pack")
def pack() -> ResponseReturnValue:
    """Everyone of the event, as little of them as the door needs, and who was admitted twice."""
    with db().reading() as session:
        desk = use_cases.authenticate(session, _token())
        return {
            "desk": desk.number,
            "people": queries.people(session, desk.event_id),
            "doubles": queries.doubles(session, desk.event_id, desk.id),
        }


@blueprint.post("/operations")
def operations() -> ResponseReturnValue:
    """{operations: […]} → {results: […]}, each operation on its own."""
    sent = _body().get("operations")
    if not isinstance(sent, list) or len(sent) > LARGEST_BATCH:
        raise RuleError("bad-batch", N_("Cet envoi n’est pas lisible."), status=422)
    with db().transaction() as session:
        results = use_cases.write(session, _token(), sent, clock.now())
    return {"results": [vars(one) for one in results]}


def _body() -> dict[str, Any]:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


def _token() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
