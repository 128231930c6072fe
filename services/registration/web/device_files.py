"""Step 1 of nine for a device that sends nothing any more: the staff read in the file it saved, once they saw what it
changes. Next: use_cases/device_files.py."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.device_api import said
from services.registration.models.events import Event
from services.registration.models.registrations import Registration
from services.registration.rules import device, device_file
from services.registration.rules.restitution import PARTS
from services.registration.use_cases import desk as entries
from services.registration.use_cases import device_files
from services.registration.use_cases import workshop_attendance as taps
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("device_files", __name__, url_prefix="/equipe/evenements/<slug>/accueil/fichier")


@blueprint.get("/")
@requires("staff")
def page(slug: str) -> str:
    return _page(slug, Loaded())


def _page(slug: str, form: Loaded) -> str:
    with db().reading() as session:
        return render_template("events/device_file.html", event=find(session, slug), form=form, taken=None)


@blueprint.post("/")
@requires("staff")
def read(slug: str) -> ResponseReturnValue:
    """First what the file would change, then, sent again from there, what it changed."""
    form, content = Loaded(), request.form.get("content", "")
    file = request.files.get("file")
    data = content.encode("utf-8", "replace") or (file.stream.read(device_file.LIMIT_BYTES + 1) if file else b"")
    if not data:
        form.refuse("file", _("Choisissez le fichier que l’appareil a enregistré."))
        return _page(slug, form), 422
    try:
        kept = device_file.read(data)
        with db().transaction() as session:
            event = find(session, slug)
            taken = device_files.take_in(session, event, kept, clock.now(), who=who(), site=settings().public_url)
            lines = _lines(session, event, taken)
            shown = render_template(
                "events/device_file.html",
                event=event,
                form=form,
                taken=taken,
                lines=[one for one in lines if one["stands"] != "same"],
                same=sum(one["stands"] == "same" for one in lines),
                changes=any(one["stands"] == "noted" for one in lines),
                content="" if content else kept.plain,
            )
            if not content:
                session.rollback()
            return shown
    except RuleError as refusal:
        form.take(refusal)
        return _page(slug, form), 422


def _lines(session: Session, event: Event, taken: device_files.TakenIn) -> list[dict[str, Any]]:
    """Each write in words; `stands`: noted, same (it changes nothing), conflict or refused."""
    ids = {device.identifier(write.raw.get("registration_id")) for write, _result in taken.lines} - {None}
    people = sa.select(Registration).where(Registration.event_id == event.id, Registration.id.in_(ids))
    names = {str(one.id): one.full_name for one in session.scalars(people)}
    workshops = {str(one.id): one.title for one in event.workshops}
    return [
        {
            "whose": names.get(str(write.raw.get("registration_id")), ""),
            "gesture": _gesture(write, workshops),
            "text": write.raw["value"] if write.lane == "texts" and isinstance(write.raw["value"], str) else "",
            "at": device.instant(write.raw.get("client_time")),
            "stands": "noted"
            if result.wrote
            else {"applied": "same", "duplicate": "same"}.get(result.outcome, result.outcome),
            "reason": _reason(write, result),
        }
        for write, result in taken.lines
    ]


def _gesture(write: device_file.Write, workshops: dict[str, str]) -> str:
    there = bool(write.raw.get("value"))
    if write.lane == "texts":
        part = write.raw["part"]
        return _(PARTS[part]) if part else ""
    if write.lane == "presence":
        title = workshops.get(str(write.raw.get("workshop_id")), "")
        if title:
            return (
                _("est dans « %(workshop)s »", workshop=title)
                if there
                else _("n’est pas dans « %(workshop)s »", workshop=title)
            )
        return _("est là") if there else _("n’est pas là")
    if there and write.raw.get("walk_in"):
        return _("inscription sur place, et entrée")
    return _("entrée") if there else _("entrée annulée")


def _reason(write: device_file.Write, result: device_files.Result) -> str | None:
    if write.lane == "texts" and result.outcome == "conflict":
        return _("Une autre personne a écrit depuis : ce texte-ci n’est pas repris. Copiez-le s’il le faut.")
    if isinstance(result, taps.Result):
        return said(result.reason, result.other_at, workshop=result.title)
    if isinstance(result, entries.Result):
        return said(result.reason, result.first_at, desk=result.first_desk)
    return said(result.reason)
