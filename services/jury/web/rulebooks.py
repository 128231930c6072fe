"""Step 1 for the secretariat: a call for projects from a preset, and its rules. Next: use_cases/rulebooks.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from services.jury import deadlines, funding_presets, place_names, queries, rulebooks, rules
from services.jury.models import Criterion
from services.jury.rulebook_forms import typed
from services.jury.scoring import SCORES
from services.jury.sections import titled
from services.jury.use_cases import rulebooks as changes
from services.jury.use_cases.calls import find_call
from services.jury.web import places
from services.jury.web.staff import READERS, WRITERS, call_context, our_name, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires
from shared.web import db, settings
from shared.web.forms import Loaded, load, tidy

blueprint = Blueprint("rulebooks", __name__, url_prefix="/equipe/appels")


def _euros(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=20), **more)


class FundingForm(Schema):
    """A call for projects to create."""

    preset = fields.String(required=True, validate=validate.OneOf(list(funding_presets.PRESETS)))
    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    organiser_name = fields.String(required=True, validate=validate.Length(min=1, max=200))
    organiser_email = fields.Email(required=True, validate=validate.Length(max=254))
    funder = fields.String(required=True, validate=validate.Length(min=1, max=200))
    envelope = _euros(required=True)
    closes_on = fields.Date(required=True)


class RulesForm(Schema):
    """The figures of a rulebook. An empty ceiling is no ceiling."""

    per_year = _euros(load_default="")
    per_project = _euros(load_default="")
    years = fields.Integer(required=True, validate=validate.Range(min=1, max=10))
    share = fields.Integer(load_default=None, validate=validate.Range(min=1, max=100))
    funder = fields.String(required=True, validate=validate.Length(min=1, max=200))
    envelope = _euros(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(["none", "gate", "bonus"]))
    codes = fields.String(load_default="", validate=validate.Length(max=2000), metadata={"multiline": True})
    line = fields.String(required=True, validate=validate.OneOf(["stop", "skip"]))
    reserves = fields.String(required=True, validate=validate.OneOf(["whole", "yearly"]))
    quorum = fields.Integer(required=True, validate=validate.Range(min=0, max=100))
    minimum_readings = fields.Integer(load_default=None, validate=validate.Range(min=1, max=50))
    reserve = fields.Integer(load_default=None, validate=validate.Range(min=0, max=1000))
    score = fields.String(load_default="mean", validate=validate.OneOf(SCORES))
    minimum_total = fields.Integer(load_default=0, validate=validate.Range(min=0, max=20))
    ties = fields.String(load_default="criteria,draw", validate=validate.OneOf([",".join(t) for t in rules.TIES]))
    casting = fields.String(load_default="no", validate=validate.OneOf(["yes", "no"]))
    commitment = fields.String(load_default="yes", validate=validate.OneOf(["yes", "no"]))
    opinions = fields.String(load_default="no", validate=validate.OneOf(["yes", "no"]))
    closes_on = fields.Date(required=True)


def _money(form: Loaded, *names: str) -> dict[str, int | None]:
    """The sums of a form in cents; a word that is no sum is refused."""
    found: dict[str, int | None] = {}
    for name in names:
        text = str(form.raw.get(name, ""))
        found[name] = rulebooks.cents(text) if text else None
        if text and found[name] is None:
            form.refuse(name, _("Écrivez une somme en euros, comme 4 500 ou 4 500,50."))
    return found


def _presets() -> list[tuple[str, str, str]]:
    """(key, title, what its grid does) of each; all but one begin with the same rules."""
    return [(key, one["title"], _grid_in_words(one)) for key, one in funding_presets.PRESETS.items()]


def _grid_in_words(preset: Mapping[str, Any]) -> str:
    grid, language = preset["criteria"], str(get_locale())
    points = sum(one["weight"] for one in grid)
    sections = [one["section"] for one in grid if one.get("section")]
    said = [
        ngettext("%(num)d critère, %(points)s points", "%(num)d critères, %(points)s points", len(grid), points=points)
    ]
    if sections:
        said.append(ngettext("en %(num)d section", "en %(num)d sections", len(sections)))
    out = [(titled(one, language), one["minimum"]) for one in grid if one["minimum"] is not None]
    out += [(titled(one, language), one["minimum"]) for one in sections if one["minimum"] is not None]
    said += [_("éliminé sous %(least)s en « %(title)s »", least=least, title=title) for title, least in out]
    if total := preset["rulebook"].get("minimum_total"):
        said.append(_("éliminé sous %(least)s sur 20 en tout", least=total // 100))
    commented = sorted({level for one in grid for level in one["comment_required_for"]})
    if commented:
        levels = ", ".join(map(str, commented))
        said.append(
            ngettext(
                "commentaire exigé au niveau %(levels)s",
                "commentaire exigé aux niveaux %(levels)s",
                len(commented),
                levels=levels,
            )
        )
    return ", ".join(said) + "."


@blueprint.get("/financement")
@requires(*WRITERS)
def new() -> str:
    staff = current_staff()
    form = Loaded.of(
        {
            "preset": "coopdev-2016",
            "envelope": "320 000",
            "organiser_name": our_name(),
            "organiser_email": staff.email if staff else "",
        }
    )
    return render_template("jury/new_funding.html", form=form, presets=_presets())


@blueprint.post("/financement")
@requires(*WRITERS)
def create() -> ResponseReturnValue:
    form = load(FundingForm(), request.form)
    money = _money(form, "envelope")
    if form.data is not None:
        try:
            with db().transaction() as session:
                data = form.data | {"cents": money["envelope"]}
                call = changes.create_funding(session, data, who=who(), now=clock.now(), region=settings().region)
        except RuleError as refusal:
            form.refuse(refusal.field or "", told(refusal))
        else:
            flash(_("L’appel est créé. Relisez son règlement, puis rendez-le public."), "done")
            return redirect(url_for(".show", call_id=call.id), 303)
    return render_template("jury/new_funding.html", form=form, presets=_presets()), 422


@blueprint.get("/<uuid:call_id>/reglement")
@requires(*READERS)
def show(call_id: uuid.UUID) -> str:
    with db().reading() as session:
        context = _context(session, call_id)
        return render_template(
            "jury/rulebook.html",
            **context,
            rules=context["call"].rulebook,
            versions=changes.versions(session, call_id),
            parts=_in_sections(queries.criteria_of(session, call_id)),
        )


def _context(session: Session, call_id: uuid.UUID) -> dict[str, Any]:
    context = call_context(session, call_id)
    if context["call"].kind != "funding":
        raise NotFound("not-funding", "Seul un appel à projets a ce règlement.")
    return context


@blueprint.get("/<uuid:call_id>/reglement/chiffres")
@requires(*WRITERS)
def figures(call_id: uuid.UUID) -> str:
    """The figures to change, on a page of their own: nothing typed there is lost to a link beside it."""
    return _figures(call_id, None)


def _figures(call_id: uuid.UUID, form: Loaded | None) -> str:
    with db().reading() as session:
        context = _context(session, call_id)
        call = context["call"]
        form = form or Loaded.of(_shown(call.rulebook, call.closes_at))
        return render_template("jury/rulebook_figures.html", **context, form=form)


def _merged(call_id: uuid.UUID) -> tuple[MultiDict[str, str], dict[str, str], int | None]:
    """What was typed, over what somebody else saved since the page was opened; what of that is typed differently; and
    the version that was looked at.

    A figure that only they changed is theirs; one that both changed is given back, with theirs beside it.
    """
    typed = MultiDict(request.form)
    try:
        seen = int(typed.get("seen", "")[:9])
    except ValueError:
        return typed, {}, None
    with db().reading() as session:
        call, old = _context(session, call_id)["call"], changes.version_of(session, call_id, seen)
        was, there = (
            {name: str(value) for name, value in shown.items() if value is not None}
            for shown in (_shown(old.content, old.closes_at), _shown(call.rulebook, call.closes_at))
        )
        newest = call.rulebook_version
    both: dict[str, str] = {}
    for name in was.keys() | there.keys():
        mine, before, theirs = tidy(typed.get(name, "")), was.get(name, ""), there.get(name, "")
        # A place is its code: the page that is sent back may be in another language than this one.
        said = (
            [place_names.read(text) for text in (mine, before, theirs)] if name == "codes" else [mine, before, theirs]
        )
        if said[0] == said[1]:
            typed[name] = theirs
        elif said[1] != said[2] != said[0]:
            both[name] = theirs
    return typed, both, newest


@blueprint.get("/<uuid:call_id>/reglement/<int:number>")
@requires(*READERS)
def version(call_id: uuid.UUID, number: int) -> str:
    """An earlier version, word for word, to read and to print."""
    with db().reading() as session:
        found = changes.version_of(session, call_id, number)
        return render_template("jury/rulebook_version.html", **call_context(session, call_id), version=found)


def _shown(rulebook: dict[str, Any], closes_at: dt.datetime | None) -> dict[str, Any]:
    ceilings, envelope = rulebook["ceilings"], rulebook["envelopes"][0]
    return {
        "closes_on": deadlines.day_of(closes_at).isoformat() if closes_at else None,
        "ties": ",".join(rulebook["ties"]),
        "casting": "yes" if rulebook.get("casting_vote", False) else "no",
        "opinions": "yes" if rulebook.get("opinions_shown", False) else "no",
        "commitment": "yes" if rulebook.get("commitment", True) else "no",
        "per_year": typed(ceilings["per_year_cents"]),
        "per_project": typed(ceilings["per_project_cents"]),
        "years": ceilings["years"],
        "share": ceilings["share_percent"],
        "funder": envelope["funder"],
        "envelope": typed(envelope["cents"]),
        "mode": rulebook["zones"]["mode"],
        "codes": ", ".join(map(places.name_of, rulebook["zones"]["codes"])),
        "line": rulebook["line"],
        "reserves": rulebook["reserves"],
        "quorum": rulebook["quorum_percent"],
        "minimum_readings": rulebook["minimum_readings"],
        "reserve": rulebook["reserve"],
        "score": rulebook["score"],
        "minimum_total": rulebook.get("minimum_total", 0) // 100,
    }


@blueprint.post("/<uuid:call_id>/reglement/chiffres")
@requires(*WRITERS)
def revise(call_id: uuid.UUID) -> ResponseReturnValue:
    typed, both, seen = _merged(call_id)
    form = load(RulesForm(), typed)
    for name, theirs in both.items():
        if isinstance(RulesForm().fields[name].validate, validate.OneOf):
            form.refuse(name, _("Quelqu’un a choisi autre chose entre-temps : gardez l’un des deux."))
        else:
            words = theirs or "–"
            form.refuse(name, _("Quelqu’un a écrit « %(text)s » ici entre-temps : gardez l’un des deux.", text=words))
    money = _money(form, "per_year", "per_project", "envelope")
    codes, unknown = place_names.read(str(form.raw.get("codes", "")))
    if unknown:
        words = ", ".join(_("« %(words)s »", words=one[:40]) for one in unknown)
        form.refuse("codes", _("Aucun lieu de ce nom : %(words)s. Séparez les noms par des virgules.", words=words))
    if form.data is None:
        return _figures(call_id, form), 422
    data = form.data
    try:
        with db().transaction() as session:
            call = find_call(session, call_id)
            before = call.rulebook
            envelopes = [*call.rulebook.get("envelopes", [{}])]
            envelopes[0] = envelopes[0] | {"funder": data["funder"], "cents": money["envelope"]}
            parts = {
                "ceilings": {
                    "per_year_cents": money["per_year"],
                    "per_project_cents": money["per_project"],
                    "years": data["years"],
                    "share_percent": data["share"],
                },
                "envelopes": envelopes,
                "zones": {
                    "mode": data["mode"],
                    "codes": codes,
                    "bonus_points": call.rulebook.get("zones", {}).get("bonus_points", 0),
                },
                "line": data["line"],
                "reserves": data["reserves"],
                "quorum_percent": data["quorum"],
                "score": data["score"],
                "ties": data["ties"].split(","),
            }
            parts |= {name: data[name] for name in ("minimum_readings", "reserve") if data[name] is not None}
            if data["minimum_total"] or "minimum_total" in call.rulebook:
                parts["minimum_total"] = 100 * data["minimum_total"]
            if data["commitment"] == "no" or "commitment" in call.rulebook:
                parts["commitment"] = data["commitment"] == "yes"
            if data["casting"] == "yes" or "casting_vote" in call.rulebook:
                parts["casting_vote"] = data["casting"] == "yes"
            if data["opinions"] == "yes" or "opinions_shown" in call.rulebook:
                parts["opinions_shown"] = data["opinions"] == "yes"
            site = settings().public_url
            day = data["closes_on"]
            made = changes.revise(session, call_id, parts, day, seen=seen, site=site, who=who(), now=clock.now())
            unread = ", ".join(rulebooks.outdated(before, made.rulebook))
    except RuleError as refusal:
        form.refuse(refusal.field or "", told(refusal))
        return _figures(call_id, form), 422
    flash(_("Le règlement est enregistré. Les dossiers déjà déposés gardent le leur."), "done")
    if unread:
        flash(
            _("Relisez ces articles : leur texte dit peut-être encore les chiffres d’avant (%(list)s).", list=unread),
            "wait",
        )
    return redirect(url_for(".show", call_id=call_id), 303)


def _in_sections(criteria: Sequence[Criterion]) -> list[list[Criterion]]:
    """The grid as it is shown: a list of criteria for each section, and one for those that stand before the first."""
    parts: list[list[Criterion]] = []
    for one in criteria:
        if one.section or not parts:
            parts.append([])
        parts[-1].append(one)
    return parts
