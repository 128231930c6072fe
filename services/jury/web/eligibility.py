"""Step 1 for anyone: am I eligible? Ten questions, a verdict per article, the deadline for the calendar.

Nothing is kept: the answers stand in the address of the page. Next: eligibility.py, which is pure.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import application_rules, deadlines, eligibility, rulebooks, tandems, zones
from services.jury.models import Call
from services.jury.use_cases.calls import find_call
from services.jury.web import places
from shared import clock
from shared.calendar import Slot, ics
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _

blueprint = Blueprint("eligibility", __name__, url_prefix="/appels")

OLDEST = dt.date(1800, 1, 1)
LATEST = dt.date(2200, 1, 1)


class Questions(Schema):
    """Ten questions; each may stay open."""

    legal_form = fields.String(load_default="", validate=validate.OneOf(["", *eligibility.LEGAL_FORMS]))
    department = fields.String(load_default="", validate=validate.Length(max=3))
    founded_on = fields.Date(load_default=None, validate=validate.Range(OLDEST, LATEST))
    place = fields.String(load_default="", validate=validate.Regexp(zones.CODE))
    authority = fields.String(load_default="", validate=validate.OneOf(["", *eligibility.AUTHORITY]))
    starts_on = fields.Date(load_default=None, validate=validate.Range(OLDEST, LATEST))
    years = fields.Integer(load_default=None, validate=validate.Range(min=1, max=20))
    yearly = fields.String(load_default="", validate=validate.Length(max=20))
    total = fields.String(load_default="", validate=validate.Length(max=20))
    first = fields.String(load_default="", validate=validate.OneOf(["", "yes", "no"]))


def answerable(session: Session, call_id: uuid.UUID) -> Call:
    """The call, if the public may see it and it takes applications."""
    call = find_call(session, call_id)
    if call.state == "draft" or not call.takes_applications:
        raise NotFound("unknown-call", "Cet appel n’existe pas, ou n’existe plus.")
    return call


@blueprint.get("/<uuid:call_id>/eligibilite")
def ask(call_id: uuid.UUID) -> ResponseReturnValue:
    """The questions; with answers in the address, the verdicts below them."""
    with db().reading() as session:
        call = answerable(session, call_id)
        if not application_rules.asks_money(call.rulebook) or tandems.is_one(call.rulebook):
            raise NotFound("no-questions", "Cet appel n’a pas de questionnaire : lisez ses conditions sur sa page.")
        form, answers = _read()
        found = eligibility.findings(call.rulebook, answers, call.closes_at) if answers else []  # type: ignore[arg-type]
        page = render_template(
            "jury/eligibility.html",
            call=call,
            organisation=call.organiser_name,
            form=form,
            findings=found,
            overall=eligibility.overall(found) if found else "",
            places=places.of_call(call.rulebook),
            partner=_partner(form.raw.get("place", ""), call),
            open=deadlines.is_open(clock.now(), call.closes_at),
        )
    return page, 422 if form.errors else 200


def _partner(place: str, call: Call) -> str:
    there = deadlines.partner_clock(place, call.closes_at) if call.closes_at else None
    return places.told(there) if there else ""


def _read() -> tuple[Loaded, eligibility.Answers | None]:
    form = load(Questions(), request.args)
    money = {name: rulebooks.cents(form.raw.get(name, "")) for name in ("yearly", "total")}
    for name, value in money.items():
        if value is None and form.raw.get(name):
            form.refuse(name, _("Écrivez une somme en euros, comme 4 500 ou 4 500,50."))
    if form.data is None or not any(form.raw.get(name) for name in Questions().fields):
        return form, None
    data = form.data | money | {"first": {"yes": True, "no": False}.get(form.data["first"])}
    if data["department"].isdigit():
        data["department"] = data["department"].zfill(2)
    return form, eligibility.Answers(**data | {"department": data["department"].upper()})


@blueprint.get("/<uuid:call_id>/echeance.ics")
def deadline(call_id: uuid.UUID) -> Response:
    """The last hour before the closing, for a calendar."""
    with db().reading() as session:
        call = answerable(session, call_id)
        assert call.closes_at is not None
        slot = Slot(
            uid=f"call-{call.id}@agora",
            sequence=call.rulebook_version,
            starts_at=call.closes_at - dt.timedelta(hours=1),
            ends_at=call.closes_at,
            summary=_("Clôture : %(title)s", title=call.title),
            description=_("Dernière seconde pour déposer : 23:59:59, heure de Paris."),
            url=f"{settings().public_url}/appels/{call.id}",
        )
    headers = {"Content-Disposition": 'attachment; filename="echeance.ics"'}
    return Response(ics([slot]), mimetype="text/calendar", headers=headers)
