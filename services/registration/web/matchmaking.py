"""Step 1 of nine: who else works there, among those who agreed. Next: use_cases/matchmaking.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.matchmaking import MatchProfile
from services.registration.queries import forms
from services.registration.queries import matchmaking as queries
from services.registration.queries.standing import standing
from services.registration.rules import matchmaking as rules
from services.registration.rules.choices import ACTOR_LABELS, ACTOR_TYPES
from services.registration.rules.question_library import LIBRARY
from services.registration.use_cases import links
from services.registration.use_cases import matchmaking as use_cases
from services.registration.web import questions
from shared import clock
from shared.errors import RuleError
from shared.web import db
from shared.web.forms import Loaded, plain
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _

blueprint = Blueprint("matchmaking", __name__, url_prefix="/i/<token>/rencontres")
blueprint.after_request(keep_private)


@blueprint.get("")
def show(token: str) -> str:
    """Before and after the event alike, for who agreed."""
    return _page(token, None)


@blueprint.post("")
@limited(20, "minute")
def agree(token: str) -> ResponseReturnValue:
    zones, themes = request.form.getlist("zones"), request.form.getlist("themes")
    place = plain(request.form.get("place", ""))[:200]
    try:
        with db().transaction() as session:
            mine = links.open_link(session, token)
            agreed = "agreed" in request.form
            use_cases.agree(
                session, mine, zones, themes, place, agreed=agreed, wording=_(rules.WORDING), now=clock.now()
            )
    except RuleError as error:
        typed = Loaded(raw={"zones": zones[:50], "themes": themes[:50], "place": place})
        typed.refuse(error.field or "", _(error.message))
        return _page(token, typed), error.status
    flash(_("C’est noté. Vous voyez ceux qui ont accepté aussi, et ils vous voient."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/arreter")
@limited(20, "minute")
def stop(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.stop(session, links.open_link(session, token), _(rules.WORDING), clock.now())
    flash(_("C’est arrêté : personne ne vous voit plus ici."), "done")
    return redirect(url_for(".show", token=token), 303)


def _said(session: Session, registration_id: uuid.UUID) -> dict[str, list[str]]:
    """The countries and goals of their registration, for them to agree to: nobody is asked twice."""
    said = {row.question: row.value for row in forms.given(session, registration_id)}
    lists = (value if isinstance(value := said.get(name), list) else [] for name in ("countries", "themes"))
    return rules.proposed(*lists)


def _page(token: str, typed: Loaded | None) -> str:
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        person = found.registration
        profile = session.get(MatchProfile, person.id)
        actor_type = request.args.get("type", "")
        actor_type = actor_type if actor_type in ACTOR_TYPES else ""
        groups = []
        if profile is not None and person.status == "confirmed":
            me = queries.person(person, profile)
            groups = rules.groups(me, queries.agreed(session, person.event_id), actor_type=actor_type)
        raw: dict[str, object]
        if profile:
            raw = {"zones": profile.zones, "themes": profile.every_goal, "place": profile.place}
        else:
            raw = {**_said(session, person.id)}
        return render_template(
            "personal/matchmaking.html",
            token=token,
            standing=found,
            event=found.event,
            form=typed or Loaded(raw=dict(raw)),
            profile=profile,
            groups=groups,
            actor_type=actor_type,
            zones={key: _(words) for key, words in rules.ZONES.items()},
            themes={one.key: one.words.of(questions.language()) for one in LIBRARY["themes"].options},
            types={key: _(words) for key, words in ACTOR_LABELS.items()},
            filters={key: _(words) for key, words in ACTOR_TYPES.items()},
            wording=_(rules.WORDING),
        )
