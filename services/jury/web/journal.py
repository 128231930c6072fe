"""Step 1 for who checks: what was done for a call, by whom, in words. Next: queries/journal.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template, request

from services.jury import queries
from services.jury.queries import Happening
from services.jury.web.happened import HAPPENED
from services.jury.web.staff import READERS, call_context
from shared.identity import requires
from shared.web import db
from shared.web.words import _

blueprint = Blueprint("journal", __name__, url_prefix="/equipe/appels/<uuid:call_id>/journal")


@blueprint.get("/")
@requires(*READERS)
def page(call_id: uuid.UUID) -> str:
    """A page of it; `avant`: the last entry of the page before."""
    try:
        before = uuid.UUID(request.args["avant"]) if "avant" in request.args else None
    except ValueError:
        before = None
    with db().reading() as session:
        context = call_context(session, call_id)
        entries, more = queries.journal_of(session, call_id, before=before)
        return render_template(
            "jury/journal.html",
            **context,
            entries=entries,
            more=entries[-1].id if more else None,
            later=before is not None,
            happened=_happened,
        )


def _happened(one: Happening) -> str:
    words = HAPPENED.get(f"{one.thing} {one.what}") or HAPPENED.get(one.what)
    return _(words) if words else one.what
