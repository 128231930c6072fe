"""Step 1 of the day: running order, clock, presences, and the projected view for anybody. Next: use_cases/room.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Round
from services.jury.use_cases import room, slots
from services.jury.web.rounds import polled, table_of
from services.jury.web.staff import READERS, WRITERS, act, round_context, told, who
from shared import clock
from shared.clock import PARIS
from shared.db import hash_token
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load

blueprint = Blueprint("room", __name__, url_prefix="/equipe/tours/<uuid:round_id>/salle")
projected = Blueprint("projected", __name__, url_prefix="/salle/<token>")


class PlanForm(Schema):
    """The day: a date and a time in Paris, lengths in minutes."""

    day = fields.Date(required=True)
    time = fields.Time(required=True)
    pitch = fields.Integer(required=True, validate=validate.Range(min=1, max=120))
    questions = fields.Integer(required=True, validate=validate.Range(min=0, max=120))
    pause = fields.Integer(required=True, validate=validate.Range(min=0, max=120))
    order = fields.String(required=True, validate=validate.OneOf(["numbers", "walking", "keep"]))


class ClockForm(Schema):
    action = fields.String(
        required=True, validate=validate.OneOf(["next", "pitch", "questions", "pause", "resume", "stop"])
    )
    project = fields.UUID(load_default=None, allow_none=True)
    seen = fields.String(load_default=None, validate=validate.Length(max=36))


class PresenceForm(Schema):
    juror = fields.UUID(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["present", "excused", "left"]))


class GatheringForm(Schema):
    """None: no desk says who is there."""

    gathering = fields.UUID(load_default=None, allow_none=True)


@blueprint.get("/")
@requires(*READERS)
def page(round_id: uuid.UUID) -> str:
    return _page(round_id, Loaded())


def _page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        view = queries.room_view(session, context["round"], clock.now())
        if not form.raw:
            form = Loaded.of(_held(view, context["call"].rulebook))
        return render_template(
            "jury/room.html",
            **context,
            form=form,
            view=view,
            untold=queries.untold(session, context["round"], queries.place_of(session, context["round"])),
            gatherings=queries.gatherings_for(session, context["round"], clock.now()),
            table=table_of(session, round_id, "jury/room_table.html"),
        )


def _held(view: queries.RoomView, rules: Mapping[str, Any]) -> dict[str, Any]:
    stage = view.stage
    at = (stage.starts_at if stage else clock.now()).astimezone(PARIS)
    return {
        "day": at.date().isoformat(),
        "time": at.strftime("%H:%M"),
        "pitch": stage.pitch_seconds // 60 if stage else rules.get("pitch_minutes", 5),
        "questions": stage.questions_seconds // 60 if stage else 5,
        "pause": stage.pause_seconds // 60 if stage else 2,
        "order": "keep" if stage else "numbers",
    }


@blueprint.get("/tableau")
@requires(*READERS)
def table(round_id: uuid.UUID) -> Response:
    return polled(round_id, "jury/room_table.html")


@blueprint.post("/ordre")
@requires(*WRITERS)
def plan(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PlanForm(), request.form)
    if form.data is None:
        return _page(round_id, form), 422
    data = form.data
    data["starts_at"] = dt.datetime.combine(data["day"], data["time"], PARIS)

    def work(session: Session) -> None:
        room.plan(session, round_id, data, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id), done=_("L’ordre de passage est prêt."))


@blueprint.post("/ordre/<uuid:project_id>")
@requires(*WRITERS)
def shift(round_id: uuid.UUID, project_id: uuid.UUID) -> ResponseReturnValue:
    step = -1 if request.form.get("step") == "up" else 1

    def work(session: Session) -> None:
        room.shift(session, round_id, project_id, step, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id) + "#ordre")


@blueprint.post("/annonce")
@requires(*WRITERS)
def tell(round_id: uuid.UUID) -> ResponseReturnValue:
    """Each bearer whose slot is new or moved gets it by mail; the event's programme shows all of them."""
    try:
        with db().transaction() as session:
            sent = slots.tell(session, round_id, site=settings().public_url, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        words = ngettext("%(num)d porteur est prévenu.", "%(num)d porteurs sont prévenus.", sent)
        flash(words if sent else _("Tous connaissaient déjà leur horaire : aucun courriel n’est parti."), "done")
    return redirect(url_for(".page", round_id=round_id) + "#annonce", 303)


@blueprint.post("/chrono")
@requires(*WRITERS)
def set_clock(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(ClockForm(), request.form)
    back = url_for(".page", round_id=round_id)
    if form.data is None:
        flash(_("Ce geste n’est pas connu : utilisez les boutons de cette page."), "stop")
        return redirect(back, 303)
    data = form.data

    def work(session: Session) -> None:
        room.clock(session, round_id, data["action"], data["project"], seen=data["seen"], who=who(), now=clock.now())

    return act(work, back)


@blueprint.post("/presences")
@requires(*WRITERS)
def presence(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PresenceForm(), request.form)
    back = url_for(".page", round_id=round_id) + "#presences"
    if form.data is None:
        flash(_("Choisissez un membre et un état."), "stop")
        return redirect(back, 303)
    data = form.data

    def work(session: Session) -> None:
        room.note_presence(session, round_id, data["juror"], data["state"], who=who(), now=clock.now())

    return act(work, back, done=_("La présence est notée."))


@blueprint.post("/evenement")
@requires(*WRITERS)
def hold_at(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(GatheringForm(), request.form)
    back = url_for(".page", round_id=round_id) + "#evenement"
    if form.data is None:
        flash(_("Choisissez un évènement de la liste."), "stop")
        return redirect(back, 303)
    chosen = form.data["gathering"]

    def work(session: Session) -> None:
        room.hold_at(session, round_id, chosen, who=who(), now=clock.now())

    done = _("L’accueil de cet évènement dit qui est là.") if chosen else _("L’accueil ne dit plus qui est là.")
    return act(work, back, done=done)


@blueprint.post("/ecran")
@requires(*WRITERS)
def open_screen(round_id: uuid.UUID) -> ResponseReturnValue:
    """A new address, shown once: it is stored hashed."""
    try:
        with db().transaction() as session:
            context = round_context(session, round_id)
            token = room.open_screen(session, round_id, who=who(), now=clock.now())
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return redirect(url_for(".page", round_id=round_id), 303)
    return render_template("jury/screen_link.html", **context, link=f"{settings().public_url}/salle/{token}")


# For the screen in the room: no account, and nothing private


def _round_of(session: Session, token: str) -> Round:
    found = queries.round_of_screen(session, hash_token(token)) if len(token) <= 128 else None
    if found is None:
        raise NotFound("unknown-screen", "Cette adresse ne montre plus rien : demandez la nouvelle au secrétariat.")
    return found


@projected.get("/")
def show(token: str) -> str:
    with db().reading() as session:
        this = _round_of(session, token)
        return render_template(
            "jury/screen.html",
            **round_context(session, this.id),
            table=table_of(session, this.id, "jury/screen_table.html"),
            poll=url_for(".show_table", token=token),
        )


@projected.get("/tableau")
def show_table(token: str) -> Response:
    with db().reading() as session:
        round_id = _round_of(session, token).id
    return polled(round_id, "jury/screen_table.html")
