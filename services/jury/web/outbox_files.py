"""Step 1 of a tablet without a network: the secretary reads in the file it saved, or the codes it shows.

Next: use_cases/outbox_files.py.
"""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.jury import outbox_file
from services.jury.use_cases import outbox_files
from services.jury.web.staff import WRITERS, round_context, told, translated, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db
from shared.web.forms import Loaded

blueprint = Blueprint("outbox_files", __name__, url_prefix="/equipe/tours/<uuid:round_id>/fichier-de-tablette")


@blueprint.get("/")
@requires(*WRITERS)
def page(round_id: uuid.UUID) -> str:
    return _page(round_id, Loaded())


def _page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        return render_template("jury/outbox_file.html", **round_context(session, round_id), form=form, taken=None)


@blueprint.post("/")
@requires(*WRITERS)
def read(round_id: uuid.UUID) -> ResponseReturnValue:
    """Read it in, and show what became of each entry. Sent again, the answers are the same."""
    codes, file = request.form.get("codes", ""), request.files.get("file")
    form, where = Loaded.of({"codes": codes}), "codes" if codes.strip() else "file"
    data = file.stream.read(outbox_file.LIMIT_BYTES + 1) if file and file.filename else b""
    if not data and where == "file":
        form.refuse("file", _("Choisissez le fichier que la tablette a enregistré."))
        return _page(round_id, form), 422
    try:
        kept = outbox_file.read(outbox_file.joined(codes) if where == "codes" else data)
        with db().transaction() as session:
            context = round_context(session, round_id)
            taken = outbox_files.take_in(session, round_id, kept, who=who(), now=clock.now())
            projects, criteria = outbox_files.titles(session, taken)
    except outbox_file.Unreadable as refusal:
        form.refuse(where, translated(refusal))
    except RuleError as refusal:
        form.refuse(where, told(refusal))
    else:
        lines = list(zip(taken.kept.operations, taken.results, strict=True))
        return render_template(
            "jury/outbox_file.html",
            **context,
            form=form,
            taken=taken,
            lines=lines,
            projects=projects,
            criteria=criteria,
            told=lambda reason: _(reason) if reason else "",
        )
    return _page(round_id, form), 422
