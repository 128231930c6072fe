"""Step 1 of nine for the staff: people of a file, seen before they are registered. Next: use_cases/importing.py."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration import people_files
from services.registration.models.events import Event
from services.registration.models.imports import PeopleFileLine
from services.registration.rules.people import fold
from services.registration.use_cases import importing as use_cases
from services.registration.use_cases import registering
from services.registration.web import answers
from services.registration.web.events import find, who
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
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
    """Before: what each line will become. After: what it became."""
    with db().reading() as session:
        event = find(session, slug)
        file = use_cases.find(session, event.id, file_id)
        query = sa.select(PeopleFileLine).where(PeopleFileLine.file_id == file_id).order_by(PeopleFileLine.line)
        lines = session.scalars(query).all()
        counts = {name: sum(1 for one in lines if one.outcome == name) for name in _outcomes()}
        return render_template(
            "people/file.html", event=event, file=file, lines=lines, counts=counts, outcomes=_outcomes()
        )


@blueprint.post("/<uuid:file_id>/inscrire")
@requires("staff")
def confirm(slug: str, file_id: uuid.UUID) -> ResponseReturnValue:
    """Register the lines, a few per transaction; a second click goes on where the first stopped."""
    with db().reading() as session:
        event_id = find(session, slug).id
    left = 1
    while left:
        with db().transaction() as session:
            left = use_cases.register_some(
                session, event_id, file_id, clock.now(), who=who(), site=settings().public_url
            )
    flash(_("C’est fait : voici ce qu’est devenue chaque ligne."), "done")
    return redirect(url_for(".show", slug=slug, file_id=file_id), 303)


_UNSAID = {"actor_type": ("person", "other"), "department": ("other", "unsaid")}
"""What the form would take where the file does not say, and what is kept: nothing is guessed, figures would tell it."""


def _line(event: Event, row: people_files.Row) -> use_cases.Line:
    """The answers of one line, judged as the public form judges them."""
    unsaid = {name for name in _UNSAID if not row.values[name]}
    found = load(answers.Answers(), answers.Posted(row.values | {name: _UNSAID[name][0] for name in unsaid}))
    answers.check_person(found)
    titles = {fold(one.title): one.id for one in event.workshops}
    chosen = []
    for title in row.workshops:
        if fold(title) in titles:
            chosen.append(titles[fold(title)])
        else:
            found.refuse("workshops", _("L’atelier « %(title)s » n’existe pas.", title=title[:80]))
    name = f"{row.values['last_name']} {row.values['first_name']}".strip()
    if row.cancelled:
        return use_cases.Line(
            row.line, name, None, _("Annulée dans ce fichier. Pour l’inscrire, videz sa case « État ».")
        )
    if found.data is not None and chosen:
        try:
            registering.chosen_workshops(event, chosen)
        except RuleError as error:
            found.refuse("workshops", _(error.message))
    if found.data is None:
        labels = answers.labels(event)
        said = [f"{labels.get(field, field)}{_(' :')} {messages[0]}" for field, messages in found.errors.items()]
        return use_cases.Line(row.line, name, None, " ".join(said))
    data = found.data | {"workshops": [str(one) for one in chosen], "locale": "fr"}
    data |= {name: _UNSAID[name][1] for name in unsaid}
    return use_cases.Line(row.line, name, data)


def _page(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        return render_template("people/file_choose.html", event=find(session, slug), form=typed)


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
