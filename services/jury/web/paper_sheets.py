"""Step 1 of the last resort: print a sheet per juror and project, type it in twice. Next: use_cases/paper_sheets.py.

The first typing is kept nowhere: it goes to the second page and back, signed. Only two equal typings are written.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from itsdangerous import BadSignature, Signer
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from services.jury import queries, rules
from services.jury.models import Juror, Project
from services.jury.use_cases import paper_sheets
from services.jury.use_cases.paper_sheets import Value
from services.jury.web.staff import WRITERS, act, round_context, told, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, tidy

blueprint = Blueprint("paper_sheets", __name__, url_prefix="/equipe/tours/<uuid:round_id>/papier")


@blueprint.get("/")
@requires(*WRITERS)
def print_sheets(round_id: uuid.UUID) -> ResponseReturnValue:
    """One sheet per project for one juror, each with a QR that opens where it is typed in."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        jurors = queries.jurors_in(session, this)
        chosen = next((juror for juror in jurors if str(juror.id) == request.args.get("juror", "")), None)
        if chosen is None or this.frozen is None or this.state not in ("open", "closed"):
            flash(_("Choisissez un membre ; les fiches papier s’impriment quand le tour est ouvert."), "stop")
            return redirect(url_for("rounds.pairing", round_id=round_id), 303)
        given = queries.assigned(session, this, chosen.id)
        recused = {r.project_id for r in queries.recusals_in(session, this) if r.juror_id == chosen.id}
        projects = [
            project
            for project in queries.projects_in(session, this)
            if project.id not in recused and (given is None or (chosen.id, project.id) in given)
        ]
        base = settings().public_url
        links = {
            one.id: base + url_for(".first", round_id=round_id, juror_id=chosen.id, project_id=one.id)
            for one in projects
        }
        return render_template("jury/paper_print.html", **context, juror=chosen, projects=projects, links=links)


@blueprint.get("/<uuid:juror_id>/<uuid:project_id>")
@requires(*WRITERS)
def first(round_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    return _page(round_id, juror_id, project_id, Loaded(), "")


@blueprint.post("/<uuid:juror_id>/<uuid:project_id>")
@requires(*WRITERS)
def typed(round_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    """The first typing leads to an empty second page; the second one, when it is equal, is written."""
    with db().reading() as session:
        criteria = (round_context(session, round_id)["round"].frozen or {"criteria": []})["criteria"]
    form = _read(request.form, criteria)
    sent = request.form.get("before", "")
    if form.data is None:
        return _page(round_id, juror_id, project_id, form, sent, 422)
    levels: dict[str, Value] = form.data["levels"]
    signer = Signer(str(current_app.secret_key), salt=f"paper-{round_id}-{juror_id}-{project_id}")
    if not sent:
        return _page(round_id, juror_id, project_id, _texts(form), signer.sign(json.dumps(levels)).decode())
    try:
        before: dict[str, Value] = json.loads(signer.unsign(sent))
    except BadSignature:
        flash(_("La première saisie n’est plus lisible : recommencez."), "stop")
        return _page(round_id, juror_id, project_id, _texts(form), "")
    names = {c["id"]: c["title"] for c in criteria} | {"status": _("Abstention")}
    other = [names[field] for field in names if before.get(field) != levels.get(field)]
    if other:
        words = _(
            "Les deux saisies diffèrent : %(where)s. Rien n’est gardé ; relisez la fiche et recommencez.",
            where=", ".join(other),
        )
        flash(words, "stop")
        return _page(round_id, juror_id, project_id, _texts(form), "", 409)
    values = {field: value for field, value in (levels | form.data["texts"]).items() if value is not None}

    def work(session: Session) -> str:
        return paper_sheets.enter(session, round_id, juror_id, project_id, values, who=who(), now=clock.now())

    closed = _("La fiche papier est saisie. Si le tour est clos, elle attend aux saisies tardives.")
    return act(work, url_for("rounds.pairing", round_id=round_id), done=closed)


def _read(sent: MultiDict[str, str], criteria: list[dict[str, Any]]) -> Loaded:
    """Levels by criterion id, "status" when abstained, and the two texts. An empty level is a criterion not scored."""
    form = Loaded(raw={name: tidy(sent.get(name, "")) for name in sent if name != "before"})
    frozen = {"criteria": criteria}
    levels: dict[str, Value] = {"status": rules.ABSTAINED if sent.get("abstained") == "true" else None}
    for criterion in criteria:
        text = tidy(sent.get(criterion["id"], ""))
        value = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
        levels[criterion["id"]] = value
        if (text and value is None) or rules.check_value(criterion["id"], value, frozen) is not None:
            form.errors[criterion["id"]] = [_("Un niveau de 0 à %(most)s, ou rien.", most=criterion["max"])]
    texts = {name: tidy(sent.get(name, "")) or None for name in rules.TEXT_FIELDS}
    for name, words in texts.items():
        if (problem := rules.check_value(name, words, frozen)) is not None:
            form.errors[name] = [str(_(problem))]
    if not form.errors and all(value is None for value in levels.values()):
        form.errors[""] = [_("Cette fiche est vide : il n’y a rien à garder.")]
    form.data = None if form.errors else {"levels": levels, "texts": texts}
    return form


def _texts(form: Loaded) -> Loaded:
    """What goes from one typing to the next: its two texts, which are typed once; never a level."""
    return Loaded.of({name: form.raw.get(name) for name in rules.TEXT_FIELDS})


def _page(
    round_id: uuid.UUID, juror_id: uuid.UUID, project_id: uuid.UUID, form: Loaded, before: str, status: int = 200
) -> ResponseReturnValue:
    with db().reading() as session:
        context = round_context(session, round_id)
        try:
            paper_sheets.find_sheet(session, round_id, juror_id, project_id)
        except RuleError as refusal:
            flash(told(refusal), "stop")
            return redirect(url_for("rounds.pairing", round_id=round_id), 303)
        page = render_template(
            "jury/paper_sheet.html",
            **context,
            juror=session.get_one(Juror, juror_id),
            project=session.get_one(Project, project_id),
            criteria=(context["round"].frozen or {"criteria": []})["criteria"],
            form=form,
            before=before,
        )
    return page, status
