"""The list of the applications of a call, for the secretary: search, filters kept in the address, counts.

Next: dossiers.py, which searches; web/reviews.py shows one.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _

from services.jury import application_rules, budget, dossiers, queries
from services.jury.dossiers import Dossier, Found, Wanted
from services.jury.models import Application
from services.jury.texts import fold
from services.jury.web import application_words, goals, places
from services.jury.web.staff import READERS, call_context
from shared import workbooks
from shared.identity import requires
from shared.web import db, files, i18n
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
        unreached = {one.id for one in queries.unreached(session, call_id) if one.about == "application"}
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
        unreached=unreached,
        wanted=wanted,
        states=_states(call_id, wanted, found),
        options=_options(all_, found, wanted),
        theme=fold(wanted.theme),
        sort=sort,
        down=down,
        page=page,
        pages=pages,
    )


@blueprint.get("/classeur.xlsx")
@requires(*READERS)
def as_xlsx(call_id: uuid.UUID) -> Response:
    """Every filed application as a line, with all that it says and what its budget adds up to."""
    with db().reading() as session:
        rulebook = call_context(session, call_id)["call"].rulebook
        body = workbooks.written(_("Dossiers"), _rows(queries.applications_of(session, call_id), rulebook))
    return files.download(body, f"dossiers-{call_id}.xlsx")


def _rows(applications: list[Application], rulebook: Mapping[str, Any]) -> Iterator[list[Any]]:
    fields, money = application_rules.asked(rulebook), application_rules.asks_money(rulebook)
    sums = [_("Aide demandée"), _("Dépenses"), _("Autres recettes"), _("Autres recettes obtenues")] if money else []
    first = [_("Référence"), _("État"), _("Déposé le"), _("Motif")]
    states = _state_words()
    yield [*first, *map(application_words.label, fields), *sums]
    for one in applications:
        content = (one.filed or {})["content"]
        figures = budget.of(content)
        said = [application_words.value(name, content, figures) if content.get(name) else "" for name in fields]
        obtained = sum(line.cents or 0 for line in figures.lines["income"] if line.status == "obtained")
        totals = (figures.requested, figures.expenses, figures.income, obtained) if money else ()
        why = one.withdrawn_why or one.reason
        yield [
            one.reference,
            states.get(one.standing, one.standing),
            i18n.moment(one.filed_at),
            why,
            *said,
            *map(workbooks.Cents, totals),
        ]


def _state_words() -> dict[str, str]:
    return {
        "filed": _("à vérifier"),
        "to_complete": _("à compléter"),
        "accepted": _("complets"),
        "not_eligible": _("non éligibles"),
        "withdrawn": _("retirés"),
    }


def _states(call_id: uuid.UUID, wanted: Wanted, found: Found) -> list[tuple[str, str, int, str]]:
    """(state, words, how many, address) for each state there is, after all of them together."""
    counts = found.counts["state"]
    words = _state_words()
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
