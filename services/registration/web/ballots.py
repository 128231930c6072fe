"""Step 1 of nine: a secret ballot from a phone in the room. Next: services/registration/use_cases/assembly_votes.py.

No account, no cookie of ours, no name: the code on the slip is all there is, and it is used up.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from services.registration.use_cases import assembly_votes
from shared.errors import Refusal
from shared.web import db
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _

blueprint = Blueprint("ballots", __name__)
blueprint.after_request(keep_private)  # whoever goes back on a lent phone reads no choice


@blueprint.get("/vote")
def ask() -> str:
    """Where a code is typed. A GET never votes."""
    return render_template("assemblies/ballot_code.html", code=request.args.get("code", "")[:20], error="")


@blueprint.post("/vote")
@limited(600)
def answer() -> ResponseReturnValue:
    """The paper for a code, then the ballot itself. A whole room votes behind one address."""
    code = request.form.get("code", "")[:40]
    try:
        if "cast" not in request.form:
            with db().reading() as session:
                return render_template(
                    "assemblies/ballot.html",
                    code=code,
                    motion=assembly_votes.find_slip(session, code),
                    error="",
                    chosen=[],
                )
        with db().transaction() as session:
            motion = assembly_votes.cast(session, code, request.form.getlist("choice")[:100])
            return render_template("assemblies/ballot_done.html", motion=motion)
    except Refusal as error:
        if error.status == 422:
            with db().reading() as session:
                page = render_template(
                    "assemblies/ballot.html",
                    code=code,
                    motion=assembly_votes.find_slip(session, code),
                    error=_(error.message),
                    chosen=request.form.getlist("choice"),
                )
                return page, 422
        return render_template("assemblies/ballot_code.html", code=code, error=_(error.message)), error.status
