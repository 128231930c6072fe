"""Step 1 of nine for the staff: people of a file, seen before they are registered. Next: use_cases/importing.py."""

from __future__ import annotations

import contextlib
import uuid

import sqlalchemy as sa
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration import people_files
from services.registration.models.events import Event
from services.registration.models.imports import PeopleFileLine
from services.registration.rules.people import fold
from services.registration.use_cases import importing as use_cases
from services.registration.use_cases import registering
from services.registration.web import answers
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("imports", __name__, url_prefix="/equipe/evenements/<slug>/inscriptions/fichier")


@blueprint.get("")
@requires("staff")
def choose(slug: str) -> str:
    return _page(slug, Loaded())


@blueprint.post("")
@requires("staff")
def read(slug: str) -> ResponseReturnValue:
    """Read the file and keep it for the preview; nobody is registered."""
    given = request.files.get("file")
    content = given.stream.read(people_files.LARGEST + 1) if given else b""
    typed = Loaded()
    try:
        if not content:
            raise RuleError("file-missing", _("Choisissez un fichier."), field="file", status=422)
        rows = people_files.read(content)
        with db().transaction() as session:
            event = registering.load_event(session, find(session, slug).id)
            lines = [_line(event, row) for row in rows]
            name = (given.filename or "" if given else "").replace("\x00", "")
            file_id = use_cases.keep(session, event.id, name, lines, clock.now(), who=who())
    except RuleError as error:
        typed.refuse(error.field or "file", _(error.message))
        return _page(slug, typed), error.status
    return redirect(url_for(".show", slug=slug, file_id=file_id), 303)


@blueprint.get("/<uuid:file_id>")
@requires("staff")
def show(slug: str, file_id: uuid.UUID) -> str:
    """Before: what each line will become. Meanwhile: how far it is. After: what it became."""
    with db().reading() as session:
        event = find(session, slug)
        file = use_cases.find(session, event.id, file_id)
        if file.state == "confirmed":
            progress = use_cases.progress(session, file_id)
            return render_template("people/file_waiting.html", event=event, file=file, progress=progress)
        query = sa.select(PeopleFileLine).where(PeopleFileLine.file_id == file_id).order_by(PeopleFileLine.line)
        lines = sorted(session.scalars(query), key=lambda one: one.outcome != "refused")  # what is to be mended first
        counts = {name: sum(1 for one in lines if one.outcome == name) for name in _outcomes()}
        return render_template(
            "people/file.html", event=event, file=file, lines=lines, counts=counts, outcomes=_outcomes()
        )


@blueprint.get("/<uuid:file_id>/progres")
@requires("staff")
def fragment(slug: str, file_id: uuid.UUID) -> Response:
    """How far a long file is, fetched again until everybody is registered."""
    with db().reading() as session:
        file = use_cases.find(session, find(session, slug).id, file_id)
        progress = use_cases.progress(session, file_id)
    response = Response(render_template("people/_file_progress.html", progress=progress))
    response.headers["X-State"] = file.state
    return response


@blueprint.post("/<uuid:file_id>/inscrire")
@requires("staff")
def confirm(slug: str, file_id: uuid.UUID) -> ResponseReturnValue:
    """Register the lines of a short file; those of a long one are for the worker."""
    with db().transaction() as session:
        event_id = find(session, slug).id
        at_once = use_cases.confirm(session, event_id, file_id, clock.now(), who=who())
    left = int(at_once)
    with contextlib.suppress(RuleError):  # too busy just now: the worker goes on where this stops
        while left:
            with db().transaction() as session:
                left = use_cases.register_some(session, file_id, clock.now(), site=settings().public_url)
    return redirect(url_for(".show", slug=slug, file_id=file_id), 303)


_UNSAID = {"actor_type": ("person", "other"), "department": ("other", "unsaid")}
"""What the form would take where the file does not say, and what is kept: nothing is guessed, figures would tell it."""


def _line(event: Event, row: people_files.Row) -> use_cases.Line:
    """The answers of one line, judged as the public form judges them."""
    unsaid = {name for name in _UNSAID if not row.values[name]}
    found = load(answers.Answers(), answers.Posted(row.values | {name: _UNSAID[name][0] for name in unsaid}))
    answers.check_person(found)
    answers.check_language(found, row.unspoken)
    titles = {fold(one.title): one.id for one in event.workshops}
    chosen = []
    for title in row.workshops:
        if fold(title) in titles:
            chosen.append(titles[fold(title)])
        else:
            found.refuse("workshops", _("L’atelier « %(title)s » n’existe pas.", title=title[:80]))
    name = "".join(filter(str.isprintable, f"{row.values['last_name']} {row.values['first_name']}")).strip()
    if row.cancelled:
        return use_cases.Line(
            row.line, name, None, _("Annulée dans ce fichier. Pour l’inscrire, videz sa case « État ».")
        )
    ranked = event.asks_ranks or (row.ranked and event.allocation is not None)
    if found.data is not None and chosen:
        try:
            registering.choices(event, {"workshops": [] if ranked else chosen, "wishes": chosen if ranked else []})
        except RuleError as error:
            unasked = _("Un seul atelier par créneau : cette rencontre ne demande pas de souhaits classés.")
            found.refuse("workshops", unasked if row.ranked and not ranked else _(error.message))
    if found.data is None:
        labels = answers.labels(event) | {"locale": _("Langue")}
        said = [f"{labels.get(field, field)}{_(' :')} {messages[0]}" for field, messages in found.errors.items()]
        return use_cases.Line(row.line, name, None, " ".join(said))
    ids = [str(one) for one in chosen]
    data = found.data | {
        "workshops": [] if ranked else ids,
        "wishes": ids if ranked else [],
        "locale": row.locale or "fr",
    }
    data |= {name: _UNSAID[name][1] for name in unsaid}
    data["meal"] = data["meal"] if row.values["meal"] else None
    return use_cases.Line(row.line, name, data)


def _page(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        recent = use_cases.recent(session, event.id)
        return render_template("people/file_choose.html", event=event, recent=recent, stands=_stands(), form=typed)


def _stands() -> dict[str, tuple[str, str]]:
    """State of a file -> (words, tone)"""
    return {
        "pending": (_("attend votre confirmation"), "wait"),
        "confirmed": (_("en train de s’écrire"), "going"),
        "done": (_("fait"), "done"),
    }


def _outcomes() -> dict[str, tuple[str, str]]:
    """Outcome -> (words, tone)"""
    return {
        "new": (_("sera inscrite"), "going"),
        "confirmed": (_("inscrite, place certaine"), "done"),
        "wait_listed": (_("inscrite, liste d’attente"), "wait"),
        "known": (_("déjà inscrite"), "none"),
        "twice": (_("deux fois dans le fichier"), "none"),
        "refused": (_("à corriger"), "stop"),
    }
