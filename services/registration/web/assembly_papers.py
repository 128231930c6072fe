"""Step 1 of nine for the staff: what an assembly prints. Next: services/registration/assembly_papers.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from services.registration import assembly_papers
from services.registration.models.calling_off import AssemblyCallingOff
from services.registration.papers import Paper
from services.registration.queries.letters import by_letter
from services.registration.use_cases import assembly_room
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("assembly_papers", __name__, url_prefix="/equipe/assemblees/<uuid:assembly_id>")


@blueprint.get("/convocations.pdf")
@requires("staff")
def letters(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """A letter to each voter that a mail cannot reach: without an address, or whose mail did not arrive."""
    today = clock.now().astimezone(PARIS).date()
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        called = by_letter(session, assembly)
        if not called:
            raise NotFound("no-letter", _("Aucune lettre à imprimer : chaque votant a une adresse électronique."))
        there = assembly_room.room(session, assembly, clock.now()).there
        given = there.named if assembly.statutes.get("moved_proxies") == "kept" else there.lapsed
        if off := session.get(AssemblyCallingOff, assembly.id):  # what lapsed with it, and nothing that had before
            given = assembly_room.standing_proxies(session, assembly, off.made_at)
        return _file(assembly_papers.letters(assembly, called, today, given), _("convocations"))


@blueprint.get("/badges.pdf")
@requires("staff", "desk")
def badges(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """One badge a voter: for who comes without the notice, and who wears a name in the room."""
    with db().reading() as session:
        return _file(assembly_papers.badges(assembly_room.load(session, assembly_id)), _("badges"))


@blueprint.get("/pouvoirs.pdf")
@requires("staff", "desk")
def proxies(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """Blank forms, two to a sheet."""
    today = clock.now().astimezone(PARIS).date()
    with db().reading() as session:
        return _file(assembly_papers.blank_proxies(assembly_room.load(session, assembly_id), today), _("pouvoirs"))


def _file(paper: Paper, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(paper.pdf(), mimetype="application/pdf", headers=headers)
