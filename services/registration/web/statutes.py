"""Step 1 of nine for the staff: the statutes and their versions. Next: services/registration/use_cases/statutes.py."""

from __future__ import annotations

import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from services.registration.queries import statutes as queries
from services.registration.queries.statutes import Offer
from services.registration.rules.assembly import statutes as rules
from services.registration.rules.assembly import walkthrough
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.use_cases import statutes as use_cases
from services.registration.web import statutes_form, statutes_words
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded
from shared.web.words import _

blueprint = Blueprint("statutes", __name__, url_prefix="/equipe/statuts")


@blueprint.get("/")
@requires("staff", "auditor", "treasurer")
def index() -> str:
    with db().reading() as session:
        offers = queries.offers(session)
        return render_template(
            "statutes/index.html",
            versions=[(one.version, statutes_words.seats(one.rules)) for one in offers.values() if one.version],
            offers=statutes_words.choices(offers),
        )


@blueprint.get("/<uuid:version_id>")
@requires("staff", "auditor", "treasurer")
def show(version_id: uuid.UUID) -> str:
    """One version in words, what it changed, and the assemblies held under it."""
    with db().reading() as session:
        version = use_cases.get(session, version_id)
        before = use_cases.get(session, version.after_id) if version.after_id else None
        own = rules.from_json(version.rules)
        return render_template(
            "statutes/show.html",
            version=version,
            lines=list(statutes_words.said(own).values()),
            seats=statutes_words.seats(own),
            before=before,
            changes=statutes_words.changes(rules.from_json(before.rules), own) if before else [],
            assemblies=queries.held_under(session, version_id),
        )


@blueprint.get("/cas")
@requires("staff", "auditor", "treasurer")
def cases() -> str:
    """The hard cases of an assembly, played under a version or a model."""
    with db().reading() as session:
        offers = queries.offers(session)
    key = request.args.get("statuts", "")
    key = key if key in offers else next(iter(offers))
    offer = offers[key]
    lines = statutes_words.said(offer.rules)
    return render_template(
        "statutes/cases.html",
        offer=offer,
        title=offer.title if offer.version else _(offer.title),
        rules=offer.rules,
        colleges={one.key: _(one.label) for one in offer.rules.colleges},
        offers=statutes_words.choices(offers),
        chosen=key,
        cases=[
            (case, [lines[name] for name in case.rules], [(step, *_spoken(step)) for step in case.steps])
            for case in walkthrough.play(offer.rules)
        ],
    )


def _spoken(step: walkthrough.Step) -> tuple[str, str, tuple[str, str]]:
    """What happens, why, and the verdict with its colour."""
    words, colour = walkthrough.VERDICTS[step.verdict]
    return statutes_words.spoken(step.said), statutes_words.spoken(step.why), (_(words), colour)


@blueprint.get("/ecrire")
@requires("staff")
def edit() -> str:
    """Begin with a version or a model."""
    with db().reading() as session:
        offers = queries.offers(session)
        key = request.args.get("de", "")
        offer = offers.get(key) or next(iter(offers.values()))
        title = offer.title if offer.version else ""
        return _form(statutes_form.filled(title, offer.rules), offer, offer.rules)


@blueprint.post("/ecrire")
@requires("staff")
def write() -> ResponseReturnValue:
    """Keep another version; or, with another button, add or remove a college, or look at what changes so far."""
    with db().reading() as session:
        offers = queries.offers(session)
    offer = offers.get(request.args.get("de", "")) or next(iter(offers.values()))
    form, typed = statutes_form.read(request.form)
    if "add" in request.form or "remove" in request.form:
        form.errors = {}
        if "add" in request.form:
            statutes_form.add_line(form)
        else:
            statutes_form.remove_line(form, _line(request.form["remove"]))
        return _form(form, offer, None)
    if typed is None:
        return _form(form, offer, None), 422
    if "look" in request.form:
        return _form(form, offer, typed)
    try:
        with db().transaction() as session:
            title = (form.data or {})["title"]
            made = use_cases.write(session, typed, title, clock.now(), who=who(), after=offer.version)
            address = url_for(".show", version_id=made.id)
    except RuleError as error:
        form.refuse(error.field or "", _(error.message))
        return _form(form, offer, typed), error.status
    flash(_("La version est gardée. Répétez sous ces statuts avant le jour."), "done")
    return redirect(address, 303)


def _line(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else -1


def _form(form: Loaded, offer: Offer, typed: rules.Statutes | None) -> str:
    """typed: the statutes as they stand in the form, None while they cannot be read."""
    return render_template(
        "statutes/edit.html",
        form=form,
        offer=offer,
        origin=request.args.get("de", ""),
        lines=statutes_form.lines(form),
        most=statutes_form.MOST,
        labels=_labels(statutes_form.lines(form)),
        actor_types=[(key, _(words)) for key, words in ACTOR_TYPES.items()],
        switches=[(name, _(words)) for name, words in statutes_words.SWITCHES.items()],
        choices=[
            (name, _(words), [(key, _(said)) for key, said in rules.CHOICES[name].items()])
            for name, words in statutes_words.LABELS.items()
        ],
        seats=statutes_words.seats(typed) if typed else None,
        changes=statutes_words.changes(offer.rules, typed) if typed else [],
    )


def _labels(lines: list[int]) -> dict[str, str]:
    """For the summary of what is wrong."""
    of_line = {
        "label": _("Nom"),
        "seats": _("Sièges"),
        "alternates": _("Suppléants"),
        "weight": _("Poids"),
        "quorum": _("Quorum à lui"),
        "gathers": _("Qui en fait partie"),
    }
    said = {
        f"c{line}_{name}": f"{_('Collège %(number)s', number=line + 1)}, {words}"
        for line in lines
        for name, words in of_line.items()
    }
    alone = {
        "title": _("Titre"),
        "quorum": _("Quorum"),
        "notice_days": _("Délai"),
        "proxies_cap": _("Pouvoirs par personne"),
        "proxies_share": _("Pouvoirs par personne, part des voix"),
        "fees_days": _("Cotisation"),
        "candidates_days": _("Candidatures"),
    }
    return alone | {name: _(words) for name, words in statutes_words.LABELS.items()} | said
