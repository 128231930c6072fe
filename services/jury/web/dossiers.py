"""The list of the applications of a call, for the secretary: search, filters kept in the address, counts.

Next: dossiers.py, which searches; web/reviews.py shows one.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from services.jury import dossiers, queries
from services.jury.dossiers import Dossier, Found, Wanted
from services.jury.texts import fold
from services.jury.web import goals, places
from services.jury.web.staff import READERS, call_context
from shared.identity import requires
from shared.web import db
from shared.web.forms import tidy

blueprint = Blueprint("dossiers", __name__, url_prefix="/equipe/appels/<uuid:call_id>/dossiers")

PER_PAGE = 50
IN_ADDRESS = {"words": "q", "state": "etat", "place": "zone", "goal": "odd", "theme": "theme"}


@blueprint.get("")
@requires(*READERS)
def index(call_id: uuid.UUID) -> str:
    wanted = Wanted(**{name: tidy(request.args.get(key, ""))[:200] for name, key in IN_ADDRESS.items()})
    sort = request.args.get("sort", "")
    sort, down = sort if sort in dossiers.SORTS else "filed", request.args.get("direction") == "desc"
    with db().reading() as session:
        context = call_context(session, call_id)
        all_ = queries.dossiers_of(session, call_id)
        drafts = queries.drafts_of(session, call_id)
    found = dossiers.search(all_, wanted)
    pages = max(1, -(-len(found.lines) // PER_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = dossiers.ordered(found.lines, sort, descending=down)[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "jury/applications.html",
        **context,
        lines=[(one, places.name_of(one.place)) for one in shown],
        total=len(found.lines),
        all=len(all_),
        drafts=drafts,
        wanted=wanted,
        states=_states(call_id, wanted, found),
        options=_options(all_, found, wanted),
        theme=fold(wanted.theme),
        sort=sort,
        down=down,
        page=page,
        pages=pages,
    )


def _states(call_id: uuid.UUID, wanted: Wanted, found: Found) -> list[tuple[str, str, int, str]]:
    """(state, words, how many, address) for each state there is, after all of them together."""
    counts = found.counts["state"]
    words = {
        "filed": _("à vérifier"),
        "to_complete": _("à compléter"),
        "accepted": _("complets"),
        "not_eligible": _("non éligibles"),
        "withdrawn": _("retirés"),
    }
    kept = {key: getattr(wanted, name) for name, key in IN_ADDRESS.items() if name != "state"}
    kept = {key: value for key, value in kept.items() if value}
    every = [("", _("tous"), counts.total(), url_for(".index", call_id=call_id, **kept))]
    return every + [
        (state, text, counts[state], url_for(".index", call_id=call_id, etat=state, **kept))
        for state, text in words.items()
        if counts[state] or state == wanted.state
    ]


def _options(all_: list[Dossier], found: Found, wanted: Wanted) -> dict[str, list[tuple[str, str]]]:
    """What each list offers, with how many each choice would show; what would show none is left out, but for the
    choice that stands."""
    themes: dict[str, str] = {}
    for one in all_:
        themes.setdefault(fold(one.theme), one.theme)
    names: dict[str, Any] = {
        "place": places.choices(),
        "goal": goals.choices(),
        "theme": sorted(themes.items()),
    }
    chosen = {"place": wanted.place, "goal": wanted.goal, "theme": fold(wanted.theme)}
    return {
        facet: [
            (value, f"{text} ({found.counts[facet][value]})")
            for value, text in choices
            if value and (found.counts[facet][value] or value == chosen[facet])
        ]
        for facet, choices in names.items()
    }
