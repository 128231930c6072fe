"""Step 1 of nine: sharing cars, from one's own page; and what the staff see of it. Next: use_cases/carpool.py."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import carpool as queries
from services.registration.queries.standing import standing
from services.registration.rules import carpool as rules
from services.registration.rules.choices import DEPARTMENT_LABELS
from services.registration.use_cases import carpool as use_cases
from services.registration.use_cases import links
from services.registration.web.events import find
from shared import clock
from shared.errors import RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, plain
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _

blueprint = Blueprint("carpool", __name__, url_prefix="/i/<token>/covoiturage")
blueprint.after_request(keep_private)
staff = Blueprint("carpool_staff", __name__, url_prefix="/equipe/evenements/<slug>/covoiturage")


@blueprint.get("")
def show(token: str) -> str:
    """What I offer or seek, who could travel along, what was written to me."""
    return _page(token, Loaded())


@blueprint.post("/trajet")
@limited(20, "minute")
def travel(token: str) -> ResponseReturnValue:
    values = {name: plain(request.form.get(name, "")) for name in ("kind", "seats", "town", "back", "km")}
    values |= {"town": values["town"][:80], "back": values["back"][:60]}
    typed = Loaded(raw=values)
    try:
        with db().transaction() as session:
            mine = links.open_link(session, token)
            km = _number(values["km"]) if values["km"] else None
            if values["km"] and km is None:
                km = 0  # the rule says what is wrong with it
            said = (values["kind"], _number(values["seats"]), values["town"], km)
            use_cases.travel(session, mine, *said, clock.now(), values["back"])
    except RuleError as error:
        typed.refuse(error.field or "", _(error.message))
        return _page(token, typed), error.status
    flash(_("C’est noté. Les personnes qui vont avec sont plus bas."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/arreter")
@limited(20, "minute")
def stop(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.stop(session, links.open_link(session, token), clock.now())
    flash(_("C’est arrêté : personne ne vous voit plus ici, et personne ne peut vous écrire."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/ecrire/<uuid:other>")
@limited(10, "minute")
def write(token: str, other: uuid.UUID) -> ResponseReturnValue:
    text = plain(request.form.get("text", ""))
    try:
        with db().transaction() as session:
            mine = links.open_link(session, token)
            use_cases.write(session, mine, other, text, clock.now(), site=settings().public_url)
    except RuleError as error:
        typed = Loaded(raw={f"text-{other}": text})
        typed.refuse(f"text-{other}" if error.field == "text" else "", _(error.message))
        return _page(token, typed), error.status
    flash(_("Votre message part. La personne répond d’ici, sans voir votre adresse."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/avec/<uuid:other>")
@limited(20, "minute")
def together(token: str, other: uuid.UUID) -> ResponseReturnValue:
    """The driver takes someone along, or either says that it does not hold any more."""
    with db().transaction() as session:
        mine = links.open_link(session, token)
        if "leave" in request.form:
            use_cases.leave(session, mine, other, clock.now())
        else:
            use_cases.ride(session, mine, other, clock.now())
    flash(_("C’est noté."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/ne-plus-recevoir/<uuid:other>")
@limited(20, "minute")
def block(token: str, other: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.block(session, links.open_link(session, token), other, clock.now())
    flash(_("Cette personne ne peut plus vous écrire, et ne vous voit plus ici."), "done")
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/signaler/<uuid:note>")
@limited(20, "minute")
def report(token: str, note: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.report(session, links.open_link(session, token), note, clock.now())
    flash(_("L’équipe lira ce message. Cette personne ne peut plus vous écrire."), "done")
    return redirect(url_for(".show", token=token), 303)


@staff.get("")
@requires("staff", "auditor")
def figures(slug: str) -> str:
    """Cars shared, what that avoided and how it is counted; messages that were reported."""
    with db().reading() as session:
        event = find(session, slug)
        found = queries.shared(session, [event.id])
        km, kilograms = rules.avoided(found.km)
        return render_template(
            "events/carpool.html",
            event=event,
            found=found,
            km=km,
            kilograms=kilograms,
            rules=rules,
            reported=queries.reported(session, event.id),
        )


def _page(token: str, typed: Loaded) -> str:
    with db().reading() as session:
        found = standing(session, links.open_link(session, token))
        person = found.registration
        own = queries.trip(session, person.id) if person.carpool else None
        raw: Mapping[str, object] = typed.raw
        if own and "kind" not in raw:
            kept = {name: getattr(own, name) for name in ("kind", "seats", "town", "back")}
            typed.raw = kept | {"km": own.km or ""} | typed.raw
        return render_template(
            "personal/carpool.html",
            token=token,
            standing=found,
            event=found.event,
            form=typed,
            own=own,
            over=clock.now() >= found.event.ends_at or person.status != "confirmed",
            matches=queries.matches(session, person, own) if own else [],
            notes=queries.notes(session, person.id),
            free=queries.free_seats(session, own) if own and own.kind == "offer" else 0,
            department=_(DEPARTMENT_LABELS[person.department]),
            estimate=rules.distance(person.department, found.event.where),
            rules=rules,
        )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None
