"""Step 1 of nine for the staff: the minutes of an assembly. Next: services/registration/use_cases/minutes.py."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration import assembly_minutes
from services.registration.models.assembly import Assembly
from services.registration.rules.assembly import quorum, replay, statutes
from services.registration.use_cases import assembly_room
from services.registration.use_cases import minutes as use_cases
from services.registration.web import assembly_words, statutes_words
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound, RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, control_characters, tidy
from shared.web.words import _

blueprint = Blueprint("minutes", __name__, url_prefix="/equipe/assemblees/<uuid:assembly_id>")


@blueprint.get("/proces-verbal")
@requires("staff", "auditor", "treasurer")
def show(assembly_id: uuid.UUID) -> str:
    """The minutes as they were closed, or a draft of them while the meeting lasts."""
    return _page(assembly_id, Loaded())


@blueprint.get("/proces-verbal.json")
@requires("staff", "auditor", "treasurer")
def data(assembly_id: uuid.UUID) -> Response:
    """Octet for octet what the fingerprint of closed minutes is of, and enough to compute each vote again."""
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.minutes is None:
            raise NotFound("minutes-not-closed", _("Le procès-verbal s’arrête quand la séance est levée."))
        return _file(assembly.minutes, f"proces-verbal-{assembly.minutes_number or 'repetition'}.json")


@blueprint.get("/approbation.json")
@requires("staff", "auditor", "treasurer")
def approval(assembly_id: uuid.UUID) -> Response:
    """What the fingerprint of the approval is of: the minutes' own, and the corrections of then."""
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        return _file(use_cases.approved(session, assembly), f"approbation-{assembly.minutes_number}.json")


@blueprint.post("/rectifier")
@requires("staff")
def amend(assembly_id: uuid.UUID) -> ResponseReturnValue:
    text = tidy(request.form.get("text", ""))
    wrong = ""
    if not 0 < len(text) <= 5000:
        wrong = _("Écrivez la rectification, en 5 000 caractères au plus.")
    elif control_characters(text):
        wrong = _("Ce texte contient des caractères invisibles : recopiez-le à la main.")
    if wrong:
        form = Loaded.of({"text": text})
        form.refuse("text", wrong)
        return _page(assembly_id, form), 422
    with db().transaction() as session:
        use_cases.amend(session, assembly_id, text, clock.now(), who=who())
    return redirect(url_for(".show", assembly_id=assembly_id), 303)


@blueprint.post("/approuver")
@requires("staff")
def approve(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """By a later assembly, or on a day."""
    form = Loaded.of({name: tidy(request.form.get(name, "")) for name in ("in", "on")})
    try:
        in_id = uuid.UUID(form.raw["in"]) if form.raw["in"] else None
        on = dt.date.fromisoformat(form.raw["on"]) if form.raw["on"] else None
    except ValueError:
        form.refuse("on", _("Cette date n’existe pas : écrivez jour, mois, année."))
        return _page(assembly_id, form), 422
    try:
        with db().transaction() as session:
            use_cases.approve(session, assembly_id, clock.now(), who=who(), on=on, in_id=in_id)
    except RuleError as error:
        form.refuse(error.field or "", _(error.message))
        return _page(assembly_id, form), error.status
    flash(_("Le procès-verbal est approuvé ; son texte n’a pas changé."), "done")
    return redirect(url_for(".show", assembly_id=assembly_id), 303)


def _file(found: dict[str, Any], name: str) -> Response:
    answer = Response(use_cases.canonical(found), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _one_day(data: dict[str, Any]) -> bool:
    """Whether all was on the day that stands above; else an hour says nothing without its day. Proxies are handed in
    before, and have their own day each."""
    came = [one["at"] for one in data["log"] if not one["what"].startswith("proxy")] or [data["closed_at"]]
    paused = [one["at"] for one in data.get("suspensions", ())]
    written = [data["held_at"], *came, *paused, *(one["opened_at"] for one in data["agenda"])]
    return len({dt.datetime.fromisoformat(at).astimezone(PARIS).date() for at in written if at}) == 1


def _page(assembly_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        assembly = assembly_room.load(session, assembly_id)
        if assembly.state == "called_off":
            raise NotFound("minutes-none", _("Cette assemblée est annulée : elle n’a pas de procès-verbal."))
        data = assembly.minutes or assembly_minutes.draw_up(session, assembly, clock.now())
        rules = statutes.from_json(data["statutes"])
        log = {entry["at"]: dt.datetime.fromisoformat(entry["at"]) for entry in data["log"]}
        opened = {
            one["opened_at"]: dt.datetime.fromisoformat(one["opened_at"]) for one in data["agenda"] if one["decision"]
        }
        hours = {name: dt.datetime.fromisoformat(data[name]) for name in ("opened_at", "closed_at") if data.get(name)}
        paused = [
            [at and dt.datetime.fromisoformat(at) for at in (one["at"], one["resumed_at"])]
            for one in data.get("suspensions", ())
        ]
        votes = [one for one in data["agenda"] if one["kind"] != "point"]
        decided, in_person = any(one["decision"] for one in votes), all(one["present_only"] for one in votes)
        return render_template(
            "assemblies/minutes.html",
            form=form,
            labels={"text": _("Rectification"), "in": _("Approuvé par"), "on": _("Le")},
            assembly=assembly,
            approved_in=session.get(Assembly, assembly.approved_in_id) if assembly.approved_in_id else None,
            later=[(str(one.id), one.title) for one in use_cases.may_approve(session, assembly, clock.now())],
            data=data,
            rules=statutes_words.said(rules).values(),
            asking={
                "any": quorum.asked(rules, second_session=data["second_session"]),
                "together": rules.asks_together,
                "each": {one.key for one in rules.asking},
            },
            instants=log | opened,
            one_day=_one_day(data),
            hours=hours,
            paused=paused,
            notices=assembly_words.notices(data.get("notices", ())),
            statutes=rules,
            in_person=in_person,
            fullest=replay.best(data, present_only=in_person) if votes and not decided else None,
            amendments=use_cases.amendments(session, assembly_id),
            colleges={college.key: _(college.label) for college in rules.colleges},
            majorities={key: _(words) for key, words in statutes.MAJORITIES.items()},
        )
