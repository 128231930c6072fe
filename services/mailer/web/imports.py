"""Staff pages: a file of contacts, its preview, its report."""

from __future__ import annotations

import uuid

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import RequestEntityTooLarge

from services.mailer import import_undoing, imports, lists
from services.mailer.contact_files import FIELDS, FileRefused
from services.mailer.contact_sheets import LARGEST
from services.mailer.models.contacts import ECHO
from services.mailer.web import words
from shared import clock
from shared.errors import RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, files
from shared.web.errors import drain, on_too_large
from shared.web.forms import Loaded

STANDS = {
    "reading": (_l("en lecture"), "going"),
    "pending": (_l("attend votre confirmation"), "wait"),
    "confirmed": (_l("en train de s’écrire"), "going"),
    "refused": (_l("refusé"), "stop"),
}

blueprint = Blueprint("imports", __name__, url_prefix="/contacts/importer")


@blueprint.get("/")
@requires("editor", "staff")
def index() -> str:
    return _index(Loaded(), request.args.get("list", ECHO))


def _index(form: Loaded, list: str) -> str:
    with db().reading() as session:
        done, unfinished = imports.latest(session), imports.unfinished(session, clock.now())
        choices = [(one.key, one.name) for one in lists.every(session)]
    form.raw["list"] = list[:60]
    return render_template(
        "contacts/import.html",
        form=form,
        done=done,
        unfinished=unfinished,
        megabytes=LARGEST // 1_000_000,
        choices=choices,
        stands=STANDS,
    )


@blueprint.post("/")
@requires("editor", "staff")
def upload() -> ResponseReturnValue:
    form, file = Loaded(), request.files.get("file")
    chosen = request.form.get("list") or ECHO
    if file is None or not file.filename:
        form.refuse("file", _("Choisissez un fichier."))
        return _index(form, chosen), 422
    with file.stream:
        content = file.stream.read(LARGEST + 1)
    try:
        with db().transaction() as session:
            name = "".join(c for c in file.filename if c.isprintable())
            import_id = imports.begin(
                session, filename=name, content=content, who=who(), now=clock.now(), list=chosen[:60]
            )
    except FileRefused as refusal:
        form.refuse("file", words.refused_file(refusal.reason, refusal.details))
        return _index(form, chosen), 422
    return redirect(url_for(".show", import_id=import_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A file so large that it is not even received: said where another can be chosen, to who may choose one."""
    staff = current_staff()
    if staff is None or not staff.has("editor", "staff"):
        return on_too_large(error)
    drain()
    form = Loaded()
    form.refuse("file", words.refused_file("too-large", {"megabytes": LARGEST // 1_000_000}))
    return _index(form, ECHO), 413


@blueprint.get("/<uuid:import_id>")
@requires("editor", "staff", "auditor")
def show(import_id: uuid.UUID) -> str:
    return _page(import_id, Loaded())


def _page(import_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        found = imports.get(session, import_id)
    if found.state in ("reading", "confirmed"):
        return render_template("contacts/import_waiting.html", waiting=found)
    if found.state == "refused":
        why = words.refused_file(found.preview["reason"], found.preview["details"])
        return render_template("contacts/import_done.html", done=found, words=words, why=why)
    if found.state != "pending":
        return render_template("contacts/import_done.html", done=found, words=words)
    titles = found.preview["titles"]
    columns = [(str(at), title or _("Colonne %(number)s", number=at + 1)) for at, title in enumerate(titles)]
    return render_template(
        "contacts/import_preview.html", pending=found, columns=columns, fields=FIELDS, form=form, words=words
    )


@blueprint.get("/<uuid:import_id>/progres")
@requires("editor", "staff", "auditor")
def fragment(import_id: uuid.UUID) -> Response:
    """How far a long file is, fetched again until it is read or written."""
    with db().reading() as session:
        found = imports.get(session, import_id)
    response = Response(render_template("contacts/_import_progress.html", waiting=found))
    response.headers["X-State"] = found.state
    return response


@blueprint.post("/<uuid:import_id>/colonnes")
@requires("editor", "staff")
def map_columns(import_id: uuid.UUID) -> ResponseReturnValue:
    chosen = {name: request.form.get(name, "") for name in FIELDS}
    mapping = {name: int(value) for name, value in chosen.items() if value.isdecimal() and len(value) < 4}
    try:
        with db().transaction() as session:
            imports.map_columns(session, import_id, mapping)
    except RuleError as refusal:
        form = Loaded.of(chosen)
        form.take(refusal)
        return _page(import_id, form), 422
    return redirect(url_for(".show", import_id=import_id), 303)


@blueprint.post("/<uuid:import_id>/confirmer")
@requires("editor", "staff")
def confirm(import_id: uuid.UUID) -> ResponseReturnValue:
    typed = {name: request.form.get(name, "").strip() for name in ("source", "wording")}
    try:
        with db().transaction() as session:
            done = imports.confirm(
                session, import_id, source=typed["source"], wording=typed["wording"], who=who(), now=clock.now()
            )
    except RuleError as refusal:
        form = Loaded.of(typed)
        form.take(refusal)
        return _page(import_id, form), 422
    if done.state == "done":
        flash(ngettext("%(num)d contact ajouté.", "%(num)d contacts ajoutés.", done.counts["new"]), "done")
    return redirect(url_for(".show", import_id=import_id), 303)


@blueprint.post("/<uuid:import_id>/abandonner")
@requires("editor", "staff")
def drop(import_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        imports.drop(session, import_id)
    flash(_("Le fichier est oublié. Rien n’a été importé."), "going")
    return redirect(url_for(".index"), 303)


@blueprint.get("/<uuid:import_id>/defaire")
@requires("editor", "staff")
def undoing(import_id: uuid.UUID) -> str:
    """What taking an import back would do, before it is done."""
    with db().transaction() as session:
        would = import_undoing.foresee(session, import_id, clock.now())
        done = imports.get(session, import_id)
    return render_template("contacts/import_undo.html", done=done, would=would)


@blueprint.post("/<uuid:import_id>/defaire")
@requires("editor", "staff")
def undo(import_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        import_undoing.undo(session, import_id, who=who(), now=clock.now())
    flash(_("L’import est défait."), "done")
    return redirect(url_for(".show", import_id=import_id), 303)


@blueprint.get("/<uuid:import_id>/compte-rendu.csv")
@requires("editor", "staff", "auditor")
def report(import_id: uuid.UUID) -> Response:
    with db().reading() as session:
        found = imports.get(session, import_id)
    rows = [
        [
            line["line"],
            line["email"],
            str(words.OUTCOME[line["outcome"]][0]),
            str(words.REASON.get(line["reason"], line["reason"]))
            or (_("déjà à la ligne %(line)s", line=line["of"]) if line["of"] else ""),
        ]
        for line in found.report
    ]
    titles = [_("Ligne"), _("Courriel"), _("Résultat"), _("Précision")]
    return files.as_csv([titles, *rows], f"import-{found.created_at:%Y-%m-%d}.csv")
