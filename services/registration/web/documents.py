"""Step 1 of nine: documents on the page of an event. Next: services/registration/use_cases/documents.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from services.registration.models.documents import EventDocument
from services.registration.models.events import Event
from services.registration.queries import documents as queries
from services.registration.queries import public
from services.registration.rules.attachments import PUBLISHED
from services.registration.rules.dates import at, read_date, read_time
from services.registration.use_cases import documents as use_cases
from services.registration.web import attached
from services.registration.web.events import find
from services.registration.web.examples import example_day
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, settings
from shared.web.errors import answer, drain, on_too_large
from shared.web.forms import Loaded, load
from shared.web.i18n import number
from shared.web.words import _

blueprint = Blueprint("documents", __name__)
_STAFF = "/equipe/evenements/<slug>/documents"
_LINES = {"moment": "item_id", "creneau": "slot_id", "atelier": "workshop_id"}


class DocumentFields(ma.Schema):
    title = fields.String(required=True, validate=validate.Length(1, 200))
    title_en = fields.String(load_default="", validate=validate.Length(max=200))
    line = fields.String(load_default="")
    day = fields.String(load_default="", validate=validate.Length(max=60))
    hour = fields.String(load_default="", validate=validate.Length(max=20))


@blueprint.get("/e/<slug>/documents/<uuid:document_id>")
def file(slug: str, document_id: uuid.UUID) -> Response:
    """The file, saved and never shown as a page of ours; before its time, and of a draft, for the team alone."""
    staff = current_staff()
    own = staff is not None and staff.has("staff", "auditor")
    with db().reading() as session:
        event = public.event_page(session, slug, drafts=own, programme=False)
        if event is None:
            raise _gone()
        row = use_cases.load(queries.of_event(session, event.id), document_id)
        if row.shown_from and clock.now() < row.shown_from and not own:
            raise _gone()
        tag = f"{row.id}-{int(row.filed_at.timestamp() * 1000)}"
        given = Response(status=304) if request.if_none_match.contains(tag) else attached.download(row)
    given.headers["Cache-Control"] = "no-store" if own else "public, no-cache"  # what is taken away is gone at once
    given.set_etag(tag)
    return given


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response:
    """Not even received: said with what a document may weigh, which is less than what a request may."""
    staff = current_staff()
    if staff is None or not staff.has("staff"):
        return on_too_large(error)
    drain()
    message = _(
        "Un document pèse 10 Mo au plus ; cet envoi en pèse %(weight)s. Rien n’est enregistré. Revenez à la page "
        "précédente, et choisissez un fichier plus léger : un PDF, ou des images réduites.",
        weight=-(-(request.content_length or 0) // 1024**2),
    )
    return answer(413, _("Trop volumineux"), message, code="too-large")


@blueprint.get(_STAFF)
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Each document, in the order of the page, and the form for another."""
    with db().reading() as session:
        return _list(session, find(session, slug), Loaded())


@blueprint.post(_STAFF)
@requires("staff")
def put(slug: str) -> ResponseReturnValue:
    with db().reading() as session:
        event = find(session, slug)
        typed, words = _read(event)
        sent = _sent()
        if sent is None:
            typed.refuse("file", _("Choisissez d’abord un fichier."))
        if typed.errors or sent is None:
            return _list(session, event, typed), 422
    try:
        with db().transaction() as session:
            use_cases.put(session, event.id, words, sent, clock.now(), who=who())
    except RuleError as error:
        typed.take(error)
        with db().reading() as session:
            return _list(session, find(session, slug), typed), error.status
    flash(_("Le document est en place."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get(f"{_STAFF}/<uuid:document_id>")
@requires("staff")
def edit(slug: str, document_id: uuid.UUID) -> str:
    with db().reading() as session:
        event = find(session, slug)
        row = use_cases.load(queries.of_event(session, event.id), document_id)
        return _one(event, row, Loaded.of(_filled(row)))


@blueprint.post(f"{_STAFF}/<uuid:document_id>")
@requires("staff")
def change(slug: str, document_id: uuid.UUID) -> ResponseReturnValue:
    """Other words; another file too, where one is chosen."""
    with db().reading() as session:
        event = find(session, slug)
        row = use_cases.load(queries.of_event(session, event.id), document_id)
        typed, words = _read(event)
        if typed.errors:
            return _one(event, row, typed), 422
    try:
        with db().transaction() as session:
            changed = use_cases.change(session, event.id, document_id, words, _sent(), clock.now(), who=who())
    except RuleError as error:
        typed.take(error)
        return _one(event, row, typed), error.status
    flash(_("C’est enregistré."), "done") if changed else flash(_("Rien n’a changé."), "going")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{_STAFF}/<uuid:document_id>/monter")
@requires("staff")
def earlier(slug: str, document_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.earlier(session, find(session, slug).id, document_id, clock.now(), who=who())
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.post(f"{_STAFF}/<uuid:document_id>/retirer")
@requires("staff")
def remove(slug: str, document_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        title = use_cases.remove(session, find(session, slug).id, document_id, clock.now(), who=who())
    flash(_("« %(title)s » est retiré de la page.", title=title), "done")
    return redirect(url_for(".index", slug=slug), 303)


def kind(one: EventDocument) -> str:
    """ "PDF, 1,2 Mo": what one is about to load, perhaps over a weak network."""
    ending = PUBLISHED.get(one.content_type, "").upper()
    if one.size < 1_000_000:
        return _("%(kind)s, %(size)s ko", kind=ending, size=number(max(1, round(one.size / 1000))))
    return _("%(kind)s, %(size)s Mo", kind=ending, size=number(round(one.size / 1_000_000, 1)))


def _gone() -> NotFound:
    return NotFound("document-unknown", _("Ce document n’est pas là, ou n’y est plus."))


def _sent() -> tuple[str, bytes] | None:
    """The name and the bytes of the file that came, or as many as show that it is too large."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None
    try:
        return sent.filename, sent.stream.read(use_cases.LARGEST + 1)
    finally:
        sent.close()


def _read(event: Event) -> tuple[Loaded, dict[str, Any]]:
    """The posted words; without errors, as the use case takes them."""
    typed = load(DocumentFields(), request.form)
    data = typed.data or {}
    known = {value for _heading, some in _lines(event) for value, _words in some}
    if data.get("line") and data["line"] not in known:
        typed.refuse("line", _("Cette ligne du programme n’existe plus."))
    begins = _begins(typed, data)
    chosen, _slash, line_id = data.get("line", "").partition("/")
    words = {name: data.get(name, "") for name in ("title", "title_en")} | {"shown_from": begins}
    of = uuid.UUID(line_id) if line_id and not typed.errors else None
    return typed, words | {column: of if name == chosen else None for name, column in _LINES.items()}


def _begins(typed: Loaded, data: dict[str, Any]) -> dt.datetime | None:
    day, hour = data.get("day", ""), data.get("hour", "")
    date, time = read_date(day), read_time(hour or "0 h")
    if day and (date is None or not 1900 < date.date.year < 2200):
        typed.refuse("day", _("Écrivez une date avec son année, par exemple « %(date)s ».", date=example_day()))
    elif hour and not day:
        typed.refuse("day", _("Dites aussi le jour."))
    if time is None:
        typed.refuse("hour", _("Écrivez une heure, par exemple 9 h 30."))
    return at(date.date, time) if date and time and not typed.errors else None


def _filled(row: EventDocument) -> dict[str, str]:
    begins = row.shown_from.astimezone(PARIS) if row.shown_from else None
    named = ((name, getattr(row, column)) for name, column in _LINES.items())
    return {
        "title": row.title,
        "title_en": row.title_en,
        "line": next((f"{name}/{line}" for name, line in named if line), ""),
        "day": begins.date().isoformat() if begins else "",
        "hour": f"{begins:%H:%M}" if begins and begins.time() != dt.time() else "",
    }


def _lines(event: Event) -> list[tuple[str, list[tuple[str, str]]]]:
    """The programme to choose from, its moments and its workshops apart."""
    moments = [(f"moment/{one.id}", one.title) for one in event.programme]
    workshops = [
        line
        for slot in event.slots
        for line in (
            (f"creneau/{slot.id}", slot.label),
            *((f"atelier/{one.id}", one.title) for one in slot.workshops),
        )
    ]
    return [(_("Programme"), moments), (_("Ateliers"), workshops)]


def _list(session: Session, event: Event, form: Loaded) -> str:
    return render_template(
        "events/documents.html",
        rows=queries.of_event(session, event.id),
        titles={line.partition("/")[2]: words for _heading, some in _lines(event) for line, words in some},
        now=clock.now(),
        most=use_cases.MOST,
        address=f"{settings().public_url}/e/{event.slug}",
        **_shared(event, form),
    )


def _one(event: Event, row: EventDocument, form: Loaded) -> str:
    return render_template("events/document.html", row=row, **_shared(event, form))


def _shared(event: Event, form: Loaded) -> dict[str, Any]:
    return {
        "event": event,
        "form": form,
        "lines": [("", [("", _("La rencontre entière"))]), *((head, some) for head, some in _lines(event) if some)],
        "labels": {
            "title": _("Titre"),
            "title_en": _("Titre, en anglais"),
            "file": _("Fichier"),
            "line": _("Il concerne"),
            "day": _("Visible à partir du"),
            "hour": _("À quelle heure"),
        },
    }
