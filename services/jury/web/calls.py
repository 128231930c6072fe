"""Step 1 for the secretariat: calls, their projects and their jury. Next: use_cases/calls.py."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections import Counter

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from services.jury import languages, presets, project_import, queries
from services.jury.models import Call, Project, Round
from services.jury.use_cases import calls, rulebooks, withdrawals
from services.jury.web import places
from services.jury.web.staff import (
    MONEY_READERS,
    READERS,
    WRITERS,
    CallForm,
    JurorForm,
    RecusalForm,
    act,
    call_context,
    may_read,
    may_write,
    our_name,
    told,
    translated,
    who,
)
from shared import clock
from shared.errors import RuleError
from shared.identity import current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("calls", __name__, url_prefix="/equipe")


@blueprint.get("/")
@requires(*MONEY_READERS)
def index() -> ResponseReturnValue:
    """Every call; the treasurer's work begins with what is paid."""
    if not may_read():
        return redirect(url_for("payments.table"), 303)
    with db().reading() as session:
        return render_template("jury/calls.html", lines=queries.calls(session), now=clock.now(), writes=may_write())


@blueprint.get("/appels/nouveau")
@requires(*WRITERS)
def new() -> str:
    staff = current_staff()
    form = Loaded.of(
        {
            "title": _("Tribune des projets"),
            "organiser_name": our_name(),
            "organiser_email": staff.email if staff else "",
            "places": presets.TRIBUNE_RULEBOOK["places"],
            "reserve": presets.TRIBUNE_RULEBOOK["reserve"],
        }
    )
    return render_template("jury/new_call.html", form=form, grid=presets.TRIBUNE_GRID)


@blueprint.post("/appels/nouveau")
@requires(*WRITERS)
def create() -> ResponseReturnValue:
    form = load(CallForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                call = calls.create_tribune(session, form.data, who=who(), now=clock.now())
                if day := form.data["closes_on"]:
                    minutes = presets.TRIBUNE_ASKS["pitch_minutes"]
                    rulebooks.take_proposals(
                        session,
                        call.id,
                        day,
                        minutes,
                        site=settings().public_url,
                        who=who(),
                        now=clock.now(),
                        region=settings().region,
                    )
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
    if form.data is None:
        return render_template("jury/new_call.html", form=form, grid=presets.TRIBUNE_GRID), 422
    if day:
        flash(_("L’appel est créé. Relisez les conditions, puis rendez-le public."), "done")
        return redirect(url_for("proposals.page", call_id=call.id), 303)
    flash(_("L’appel est créé. Ajoutez maintenant les projets et le jury."), "done")
    return redirect(url_for(".show", call_id=call.id), 303)


@blueprint.get("/appels/<uuid:call_id>")
@requires(*READERS)
def show(call_id: uuid.UUID) -> str:
    """Where this call stands, and what comes next."""
    with db().reading() as session:
        context = call_context(session, call_id)
        call, this = context["call"], context["round"]
        answers = queries.results(session, this) if this.state == "signed" else []
        to_check = queries.to_check(session, call_id) if this.state in ("draft", "open") else 0
        projects, jurors = len(queries.projects_in(session, this)), len(queries.jurors_in(session, this))
        return render_template(
            "jury/call.html",
            **context,
            now=clock.now(),
            tally=Counter(one.outcome for one in answers if one.is_told),
            to_check=to_check,
            projects=projects,
            jurors=jurors,
            marks=_marks(call, this, ready=bool(projects) and not to_check, seated=bool(jurors)),
            criteria=queries.criteria_of(session, call_id),
            former=queries.rounds_of(session, call_id)[:-1],
            late=queries.waiting_late(session, this.id),
            unreached=len(queries.unreached(session, call_id)),
        )


def _marks(call: Call, this: Round, *, ready: bool, seated: bool) -> list[str]:
    """How each step of the page is marked: the first that is not done is the next, and no other. A call that was never
    made public is not held up by it once its first round is open."""
    opened = this.state != "draft"
    steps = [call.state != "draft", ready, seated, opened, this.state in ("closed", "signed"), this.state == "signed"]
    steps.append(this.published_at is not None)
    begun = opened or this.number > 1
    next_one = next((n for n, done in enumerate(steps) if not done and not (n == 0 and begun)), None)
    return ["is-done" if done else "is-next" if n == next_one else "" for n, done in enumerate(steps)]


@blueprint.post("/appels/<uuid:call_id>/ouvrir")
@requires(*WRITERS)
def announce(call_id: uuid.UUID) -> ResponseReturnValue:
    """Open the call to the public."""
    url = f"{settings().public_url}/appels/{call_id}"

    def work(session: Session) -> None:
        calls.open_call(session, call_id, url=url, who=who(), now=clock.now())

    return act(work, url_for(".show", call_id=call_id), done=_("L’appel est public."))


@blueprint.get("/appels/<uuid:call_id>/effacer")
@requires(*WRITERS)
def ask_remove(call_id: uuid.UUID) -> str:
    """What goes with a draft, before it does."""
    with db().reading() as session:
        return render_template("jury/remove_call.html", **call_context(session, call_id))


@blueprint.post("/appels/<uuid:call_id>/effacer")
@requires(*WRITERS)
def remove(call_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            calls.remove_draft(session, call_id, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".show", call_id=call_id), 303)
    flash(_("Le brouillon est effacé."), "done")
    return redirect(url_for(".index"), 303)


# Projects


@blueprint.get("/appels/<uuid:call_id>/projets")
@requires(*READERS)
def projects(call_id: uuid.UUID) -> str:
    return _projects(call_id, Loaded())


def _projects(call_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        return render_template(
            "jury/projects.html",
            **call_context(session, call_id),
            form=form,
            projects=queries.projects_of(session, call_id),
            gone=_gone(session, call_id),
            place_name=places.name_of,
            kilobytes=project_import.LIMIT_BYTES // 1000,
        )


def _gone(session: Session, call_id: uuid.UUID) -> list[tuple[Project, bool, uuid.UUID | None]]:
    """(project that gave up, whether that can be undone, its application if it has one)."""
    now, found = clock.now(), []
    for project in queries.projects_of(session, call_id, withdrawn=True):
        if project.withdrawn_at is not None:
            own = queries.application_of(session, project.id)
            found.append((project, withdrawals.may_undo(project.withdrawn_at, now), own.id if own else None))
    return found


@blueprint.post("/appels/<uuid:call_id>/projets/import")
@requires(*WRITERS)
def preview(call_id: uuid.UUID) -> ResponseReturnValue:
    """Read the file and show, line by line, what would become of it. Nothing is written."""
    file = request.files.get("file")
    form = Loaded()
    data = file.stream.read(project_import.LIMIT_BYTES + 1) if file and file.filename else b""
    try:
        read = project_import.read(data) if data else None
    except project_import.Unreadable as refusal:
        form.refuse("file", translated(refusal))
        read = None
    else:
        if read is None:
            form.refuse("file", _("Choisissez un fichier CSV qui n’est pas vide."))
    if read is None:
        return _projects(call_id, form), 422
    with db().reading() as session:
        known = {p.number for p in queries.projects_of(session, call_id)}
        return render_template(
            "jury/import.html",
            translated=translated,
            **call_context(session, call_id),
            preview=read,
            known=known,
            file=base64.b64encode(data).decode(),
        )


@blueprint.post("/appels/<uuid:call_id>/projets/importer")
@requires(*WRITERS)
def import_projects(call_id: uuid.UUID) -> ResponseReturnValue:
    """Write the lines that were shown as good. The file is read again: nothing from the page is trusted."""
    try:
        data = base64.b64decode(request.form.get("file", ""), validate=True)
        read = project_import.read(data)
    except (binascii.Error, ValueError):
        flash(_("Ce fichier n’est plus lisible : choisissez-le à nouveau."), "stop")
        return redirect(url_for(".projects", call_id=call_id), 303)
    try:
        with db().transaction() as session:
            added, updated = calls.import_projects(session, call_id, read.rows, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(ngettext("%(num)d projet ajouté.", "%(num)d projets ajoutés.", added), "done")
        if updated:
            flash(ngettext("%(num)d projet mis à jour.", "%(num)d projets mis à jour.", updated), "done")
        if read.refused:
            words = ngettext("%(num)d ligne refusée.", "%(num)d lignes refusées.", len(read.refused))
            flash(words, "wait")
    return redirect(url_for(".projects", call_id=call_id), 303)


# Jury


@blueprint.get("/appels/<uuid:call_id>/jury")
@requires(*READERS)
def jury(call_id: uuid.UUID) -> str:
    return _jury(call_id, Loaded(), Loaded())


def _jury(call_id: uuid.UUID, form: Loaded, recusal: Loaded) -> str:
    with db().reading() as session:
        context = call_context(session, call_id)
        projects = queries.projects_of(session, call_id)
        standing = {project.id for project in projects}
        recusals = queries.recusals_of(session, call_id, lifted=True)
        return render_template(
            "jury/jury.html",
            **context,
            form=form,
            recusal=recusal,
            jurors=queries.jurors_of(session, call_id),
            sitting={one.id for one in queries.jurors_in(session, context["round"])},
            paired=queries.paired_in(session, context["round"]),
            projects=projects,
            recusals=[one for one in recusals if one.project_id in standing],
            other_tongues=any((one.language or languages.HOUSE) != languages.HOUSE for one in projects),
        )


@blueprint.post("/appels/<uuid:call_id>/jury")
@requires(*WRITERS)
def add_juror(call_id: uuid.UUID) -> ResponseReturnValue:
    form = load(JurorForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                juror = calls.add_juror(session, call_id, form.data, who=who(), now=clock.now())
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            name = f"{juror.first_name} {juror.last_name}"
            flash(_("%(name)s fait partie du jury.", name=name), "done")
            return redirect(url_for(".jury", call_id=call_id), 303)
    return _jury(call_id, form, Loaded()), 422


@blueprint.post("/appels/<uuid:call_id>/retraits")
@requires(*WRITERS)
def recuse(call_id: uuid.UUID) -> ResponseReturnValue:
    form = load(RecusalForm(), request.form)
    if form.data is None:
        return _jury(call_id, Loaded(), form), 422
    data = form.data

    def work(session: Session) -> None:
        juror = calls.lock_juror(session, data["juror"])
        calls.recuse(session, juror, data["project"], kind=data["kind"], note=data["note"], who=who(), now=clock.now())

    back = url_for(".jury", call_id=call_id)
    return act(
        work,
        back,
        done=_("Le retrait est noté ; le projet a disparu de sa tablette."),
        typed=(form, lambda form: _jury(call_id, Loaded(), form)),
    )


@blueprint.post("/appels/<uuid:call_id>/retraits/<uuid:recusal_id>/lever")
@requires(*WRITERS)
def lift(call_id: uuid.UUID, recusal_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        calls.lift_recusal(session, recusal_id, who=who(), now=clock.now())

    return act(work, url_for(".jury", call_id=call_id), done=_("Le retrait est levé ; il reste au procès-verbal."))
