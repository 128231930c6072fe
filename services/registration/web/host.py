"""Step 1 of nine for a workshop's host: JSON under /api/host. Next: use_cases/restitution.py."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from services.registration.models.events import Workshop
from services.registration.models.restitution import RestitutionPart
from services.registration.queries import restitution as queries
from services.registration.rules.choices import ACTOR_LABELS, N_
from services.registration.rules.restitution import LARGEST_BATCH
from services.registration.use_cases import restitution as use_cases
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.limits import limited

blueprint = Blueprint("host", __name__, url_prefix="/api/host")


@blueprint.after_request
def never_kept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.errorhandler(RuleError)
def problem(error: RuleError) -> ResponseReturnValue:
    """Always JSON: a device takes anything else for a portal page."""
    body = {"code": error.code, "detail": error.message, "status": error.status}
    return jsonify(body), error.status, {"Content-Type": "application/problem+json"}


@blueprint.get("/pack")
@limited(120, methods=["GET"])
def pack() -> ResponseReturnValue:
    """The workshop, its three parts as they stand, and who has a seat in it: names and structures, no address."""
    with db().reading() as session:
        link = use_cases.authenticate(session, _token())
        workshop = session.get_one(Workshop, link.workshop_id)
        parts = session.scalars(sa.select(RestitutionPart).where(RestitutionPart.workshop_id == workshop.id))
        people = queries.participants(session, workshop.id)
        return {
            "workshop": {
                "id": str(workshop.id),
                "title": workshop.title,
                "host": workshop.host,
                "room": workshop.room,
                "starts_at": workshop.starts_at.isoformat(),
                "ends_at": workshop.ends_at.isoformat(),
                "event": workshop.slot.event.title,
            },
            "parts": [{"part": one.part, "value": one.text, "version": one.version} for one in parts],
            "people": [
                {"name": name, "structure": structure, "type": ACTOR_LABELS.get(kind, "")}
                for name, structure, kind in people
            ],
        }


@blueprint.post("/operations")
def operations() -> ResponseReturnValue:
    """{operations: […]} → {results: […]}, each text on its own."""
    found = request.get_json(silent=True)
    sent = found.get("operations") if isinstance(found, dict) else None
    if not isinstance(sent, list) or len(sent) > LARGEST_BATCH:
        raise RuleError("bad-batch", N_("Cet envoi n’est pas lisible."), status=422)
    with db().transaction() as session:
        results = use_cases.write(session, _token(), sent, clock.now())
    return {"results": [vars(one) for one in results]}


def _token() -> Any:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
