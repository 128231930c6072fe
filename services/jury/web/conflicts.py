"""Step 1 of a suggested conflict: shown to the secretary, who decides. Next: calls.recuse, as for any other."""

from __future__ import annotations

import uuid

from flask import Blueprint, render_template

from services.jury import conflicts, queries
from services.jury.web.staff import WRITERS, call_context
from shared.identity import requires
from shared.web import db

blueprint = Blueprint("conflicts", __name__, url_prefix="/equipe/appels/<uuid:call_id>/liens")


@blueprint.get("/")
@requires(*WRITERS)
def page(call_id: uuid.UUID) -> str:
    """The links there may be and no recusal stands for."""
    with db().reading() as session:
        context = call_context(session, call_id)
        jurors = {str(j.id): j for j in queries.jurors_of(session, call_id)}
        projects = {str(p.id): p for p in queries.projects_of(session, call_id)}
        standing = {(str(r.juror_id), str(r.project_id)) for r in queries.recusals_of(session, call_id)}
        found = conflicts.suggest(
            [conflicts.Party(key, j.last_name, j.email, j.function) for key, j in jurors.items()],
            [conflicts.Party(key, p.bearer_last_name, p.bearer_email, p.structure) for key, p in projects.items()],
        )
        suggestions = [one for one in found if (one.juror, one.project) not in standing]
        return render_template(
            "jury/conflicts.html", **context, jurors=jurors, projects=projects, suggestions=suggestions
        )
