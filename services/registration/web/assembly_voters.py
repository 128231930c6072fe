"""Step 1 of nine for the staff: the list of voters, proposed from the members. Next: use_cases/assembly_voters.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import groupby

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate
from sqlalchemy.orm import Session

from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.voters import FLAGS, Proposal, fees_day
from services.registration.use_cases import assembly_room, assembly_voters
from services.registration.use_cases.assemblies import VoterDraft
from services.registration.web import statutes_words
from services.registration.web.assemblies import done
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, control_characters, load, tidy
from shared.web.words import _, ngettext

blueprint = Blueprint("assembly_voters", __name__, url_prefix="/equipe/assemblees")


class VoterFields(ma.Schema):
    """One line that is ticked."""

    representative = fields.String(required=True, validate=validate.Length(1, 200))
    email = fields.Email(load_default="", validate=validate.Length(max=254))
    college = fields.String(required=True, validate=validate.Length(1, 40))


@blueprint.get("/<uuid:assembly_id>/votants")
@requires("staff")
def propose(assembly_id: uuid.UUID) -> str:
    """The members of that day, in their college of that day, ticked unless something speaks against it."""
    return _page(assembly_id, Loaded(), None)


@blueprint.post("/<uuid:assembly_id>/votants")
@requires("staff")
def add(assembly_id: uuid.UUID) -> ResponseReturnValue:
    """Put the ticked ones on the list; a line that cannot be comes back with all that was typed."""
    form = Loaded.of({name: tidy(value) for name, value in request.form.items() if name not in ("csrf_token", "add")})
    ticked = set(request.form.getlist("add"))
    drafts: list[VoterDraft] = []
    with db().reading() as session:
        assembly = assembly_voters.unsettled(session, assembly_id)
        colleges = {one["key"] for one in assembly.statutes["colleges"]}
        for one in assembly_voters.roll(session, assembly).proposed:
            if one.member.id in ticked and (draft := _draft(form, one, colleges)):
                drafts.append(draft)
    if form.errors:
        return _page(assembly_id, form, ticked), 422
    with db().transaction() as session:
        new = assembly_voters.add(session, assembly_id, drafts, clock.now(), who=who())
    flash(
        ngettext("%(num)d votant est ajouté à la liste.", "%(num)d votants sont ajoutés à la liste.", new)
        if new
        else _("Personne n’est coché : la liste n’a pas changé."),
        "done",
    )
    return redirect(url_for("assemblies.show", assembly_id=assembly_id), 303)


@blueprint.get("/<uuid:assembly_id>/votants/<uuid:voter_id>/retirer")
@requires("staff")
def ask_strike(assembly_id: uuid.UUID, voter_id: uuid.UUID) -> str:
    with db().reading() as session:
        assembly = assembly_voters.unsettled(session, assembly_id)
        voter = assembly_room.find_voter(session, assembly, voter_id)
        return render_template("assemblies/strike.html", assembly=assembly, voter=voter)


@blueprint.post("/<uuid:assembly_id>/votants/<uuid:voter_id>/retirer")
@requires("staff")
def strike(assembly_id: uuid.UUID, voter_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        name = assembly_voters.strike(session, assembly_id, voter_id, clock.now(), who=who())
    flash(_("« %(name)s » n’est plus sur la liste des votants.", name=name), "done")
    return redirect(url_for(".propose", assembly_id=assembly_id), 303)


@blueprint.post("/<uuid:assembly_id>/votants/<uuid:voter_id>/representant")
@requires("staff", "desk")
def represent(assembly_id: uuid.UUID, voter_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody else came, and speaks for the structure."""
    name = tidy(request.form.get("representative", ""))

    def write(session: Session) -> None:
        if control_characters(name) or "\n" in name:
            message = _("Ce texte contient des caractères invisibles : recopiez-le à la main.")
            raise RuleError("representative-unreadable", message, status=422, field="representative")
        assembly_voters.represent(session, assembly_id, voter_id, name, clock.now(), who=who())

    return done(assembly_id, write, f"v-{voter_id}")


def _draft(form: Loaded, one: Proposal, colleges: set[str]) -> VoterDraft | None:
    line = load(VoterFields(), _Line(one.member.id))
    if line.data and line.data["college"] not in colleges:
        line.refuse("college", _("Choisissez dans la liste."))
    for name, messages in line.errors.items():
        form.refuse(f"{one.member.id}_{name}", messages[0])
    if line.data is None:
        return None
    return VoterDraft(structure=one.member.name, structure_id=uuid.UUID(one.member.id), **line.data)


class _Line:
    """The fields of one structure, under their own names; one that was not sent is empty."""

    def __init__(self, key: str) -> None:
        self.values = {name: request.form.get(f"{key}_{name}", "") for name in VoterFields().fields}

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def getlist(self, key: str) -> list[str]:
        return [self.values[key]]


def _page(assembly_id: uuid.UUID, form: Loaded, ticked: set[str] | None) -> str:
    """ticked: the ids that were posted; None when the page is first shown."""
    with db().reading() as session:
        assembly = assembly_voters.unsettled(session, assembly_id)
        roll = assembly_voters.roll(session, assembly)
        rules = statutes.from_json(assembly.statutes)
        colleges = [(one.key, _(one.label)) for one in rules.colleges]
        for one in roll.proposed:
            member = one.member
            known = {"representative": member.representative, "email": member.email, "college": one.college}
            form.raw = {f"{member.id}_{name}": value for name, value in known.items()} | form.raw
        named = {one.member.id: one.member.name for one in roll.proposed}
        return render_template(
            "assemblies/voters.html",
            assembly=assembly,
            roll=roll,
            groups=[(key, list(some)) for key, some in groupby(roll.proposed, lambda one: one.college)],
            form=form,
            ticked={one.member.id for one in roll.proposed if one.votes} if ticked is None else ticked,
            flags={name: _(words) for name, words in FLAGS.items()},
            colleges=colleges,
            labels=_labels(named),
            fees_day=fees_day(rules, assembly.held_at.astimezone(PARIS).date()),
            fees=statutes_words.said(rules)["fees_days"][1],
            college_words=dict(colleges),
        )


def _labels(named: dict[str, str]) -> dict[str, str]:
    """For the summary of what is wrong."""
    of_line = {"representative": _("Représentant·e"), "email": _("Adresse électronique"), "college": _("Collège")}
    return {f"{key}_{name}": f"{said}, {words}" for key, said in named.items() for name, words in of_line.items()}
