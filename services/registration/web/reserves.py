"""Step 1 of nine for the staff: seats kept for some types of actor. Next: use_cases/reserves.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.models.seats import Reserve
from services.registration.queries.places import places
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.seats import Count
from services.registration.use_cases import reserves as use_cases
from services.registration.web.events import find
from services.registration.web.seats import whom
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.words import _, ngettext

blueprint = Blueprint("reserves", __name__, url_prefix="/equipe/evenements/<slug>/places-gardees")


class Terms(ma.Schema):
    """What may change of a reserve. sure: fewer seats than its people have."""

    seats = fields.Integer(required=True, strict=False, validate=validate.Range(1, 100_000))
    kept_until = fields.Date(required=True)
    sure = fields.Boolean(load_default=False)


class New(Terms):
    actor_types = fields.List(fields.String(validate=validate.OneOf(list(ACTOR_TYPES))), load_default=list)


@blueprint.get("")
@requires("staff", "auditor")
def index(slug: str) -> str:
    """Each reserve, with what is left of it; the form for another."""
    return _list(slug, Loaded())


@blueprint.post("")
@requires("staff")
def keep(slug: str) -> ResponseReturnValue:
    typed = load(New(), request.form)
    if typed.data is None:
        return _list(slug, typed), 422
    data = typed.data
    try:
        with db().transaction() as session:
            use_cases.keep(
                session,
                find(session, slug).id,
                data["actor_types"],
                data["seats"],
                data["kept_until"],
                clock.now(),
                who=who(),
            )
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _list(slug, typed), error.status
    flash(_("Ces places sont gardées."), "done")
    return redirect(url_for(".index", slug=slug), 303)


@blueprint.get("/<uuid:reserve_id>")
@requires("staff")
def edit(slug: str, reserve_id: uuid.UUID) -> str:
    return _one(slug, reserve_id, None)


@blueprint.post("/<uuid:reserve_id>")
@requires("staff")
def change(slug: str, reserve_id: uuid.UUID) -> ResponseReturnValue:
    typed = load(Terms(), request.form)
    if typed.data is None:
        return _one(slug, reserve_id, typed), 422
    data = typed.data
    try:
        with db().transaction() as session:
            moved = use_cases.change(
                session,
                find(session, slug).id,
                reserve_id,
                data["seats"],
                data["kept_until"],
                clock.now(),
                who=who(),
                site=settings().public_url,
                sure=data["sure"],
            )
    except RuleError as error:
        typed.take(error)
        return _one(slug, reserve_id, typed, below=error.code == "reserve-below-granted"), error.status
    return _done(slug, _("C’est enregistré."), moved)


@blueprint.post("/<uuid:reserve_id>/rendre")
@requires("staff")
def release(slug: str, reserve_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        event_id = find(session, slug).id
        moved = use_cases.release(session, event_id, reserve_id, clock.now(), who=who(), site=settings().public_url)
    return _done(slug, _("Ces places sont rendues à tout le monde."), moved)


def _done(slug: str, words: str, moved: int) -> ResponseReturnValue:
    left = ngettext(
        "%(num)d personne quitte la liste d’attente.", "%(num)d personnes quittent la liste d’attente.", moved
    )
    flash(f"{words} {left}" if moved else words, "done")
    return redirect(url_for(".index", slug=slug), 303)


def _list(slug: str, typed: Loaded) -> str:
    with db().reading() as session:
        event = find(session, slug)
        count = places(session, event.id).event
        return render_template(
            "reserves/index.html",
            event=event,
            form=typed,
            rows=[_said(count, one) for one in use_cases.standing(session, event.id)],
            places=count,
            types={key: _(words) for key, words in ACTOR_TYPES.items()},
            labels=_labels(),
        )


def _one(slug: str, reserve_id: uuid.UUID, typed: Loaded | None, *, below: bool = False) -> str:
    with db().reading() as session:
        event = find(session, slug)
        reserve = next((one for one in use_cases.standing(session, event.id) if one.id == reserve_id), None)
        if reserve is None:
            raise NotFound("reserve-unknown", _("Cette réserve n’existe pas, ou est déjà rendue à tout le monde."))
        return render_template(
            "reserves/edit.html",
            event=event,
            form=typed or Loaded.of({"seats": reserve.seats, "kept_until": reserve.kept_until.isoformat()}),
            row=_said(places(session, event.id).event, reserve),
            below=below,
            labels=_labels(),
        )


def _said(count: Count, reserve: Reserve) -> dict[str, object]:
    own = count.reserve_of(reserve.actor_types[0])
    used = min(own.used, reserve.seats) if own else 0
    return {"id": reserve.id, "whom": whom(reserve.actor_types), "until": reserve.kept_until, "seats": reserve.seats,
            "used": used, "left": reserve.seats - used}  # fmt: skip


def _labels() -> dict[str, str]:
    return {
        "actor_types": _("Gardées à"),
        "seats": _("Nombre de places"),
        "kept_until": _("Gardées jusqu’au"),
        "sure": _("Garder moins de places que ces personnes n’en ont"),
    }
