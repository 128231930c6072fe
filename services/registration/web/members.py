"""Step 1 of nine for the staff: the members of the network. Next: services/registration/use_cases/members.py."""

from __future__ import annotations

import uuid

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from marshmallow import fields, validate

from services.registration.queries import members as queries
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.rules.dates import read_date
from services.registration.rules.people import fold
from services.registration.rules.structures import key
from services.registration.use_cases import members as use_cases
from services.registration.use_cases import structures
from services.registration.use_cases.members import Line
from services.registration.web.addresses import is_address
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import Loaded, control_characters, load, tidy
from shared.web.words import _, ngettext

blueprint = Blueprint("members", __name__, url_prefix="/equipe/adherents")
LONGEST = 60_000
MOST = 1000


class MembershipFields(ma.Schema):
    """Of one structure."""

    since = fields.Date(required=True)
    until = fields.Date(load_default=None, allow_none=True)
    paid_until = fields.Date(load_default=None, allow_none=True)
    representative = fields.String(load_default="", validate=validate.Length(0, 200))
    email = fields.Email(load_default="", validate=validate.Length(max=254))


@blueprint.get("/")
@requires("staff", "auditor")
def index() -> str:
    return _index(Loaded())


@blueprint.post("/")
@requires("staff")
def enter() -> ResponseReturnValue:
    """A list pasted from a spreadsheet; one line that cannot be read and nothing is entered."""
    form = Loaded.of({"lines": request.form.get("lines", "")[: LONGEST + 1]})
    lines = _lines(form)
    if form.errors:
        return _index(form), 422
    with db().transaction() as session:
        done = use_cases.enter(session, lines, clock.now(), who=who())
    said = [
        ngettext("%(num)d adhérent ajouté", "%(num)d adhérents ajoutés", done.new),
        ngettext("%(num)d corrigé", "%(num)d corrigés", done.changed),
        ngettext("%(num)d déjà tel", "%(num)d déjà tels", done.same),
    ]
    flash(", ".join(said) + ".", "done")
    if done.otherwise:
        names = _(" ; ").join(done.otherwise[:20])
        flash(
            _("Leur type d’acteur est un autre que celui de la liste, et n’a pas changé : %(names)s.", names=names),
            "wait",
        )
    if done.gone:
        names = _(" ; ").join(done.gone[:20])
        flash(
            _(
                "N’est plus adhérente : %(names)s. La liste n’y change rien : si elle revient, dites-le sur sa page.",
                names=names,
            ),
            "wait",
        )
    return redirect(url_for(".index"), 303)


@blueprint.get("/<uuid:structure_id>")
@requires("staff")
def edit(structure_id: uuid.UUID) -> str:
    return _one(structure_id, None)


@blueprint.post("/<uuid:structure_id>")
@requires("staff")
def write(structure_id: uuid.UUID) -> ResponseReturnValue:
    form = load(MembershipFields(), request.form)
    if form.data is None:
        return _one(structure_id, form), 422
    try:
        with db().transaction() as session:
            use_cases.write(session, structure_id, use_cases.Draft(**form.data), clock.now(), who=who())
    except RuleError as error:
        form.take(error)
        return _one(structure_id, form), error.status
    flash(_("L’adhésion est enregistrée."), "done")
    return redirect(url_for("structures.show", structure_id=structure_id), 303)


def _one(structure_id: uuid.UUID, form: Loaded | None) -> str:
    with db().reading() as session:
        structure = structures.get(session, structure_id)
        row = queries.membership_of(session, structure_id)
        if form is None:
            today = clock.now().astimezone(PARIS).date().isoformat()
            form = Loaded.of(
                {name: getattr(row, name) or "" for name in MembershipFields().fields} if row else {"since": today}
            )
        return render_template("structures/member.html", structure=structure, form=form, member=row, labels=_labels())


def _labels() -> dict[str, str]:
    return {
        "since": _("Adhérente depuis le"),
        "until": _("Jusqu’au"),
        "paid_until": _("Cotisation payée jusqu’au"),
        "representative": _("Représentant·e"),
        "email": _("Adresse électronique"),
        "lines": _("Une structure par ligne"),
    }


def _index(form: Loaded) -> str:
    today = clock.now().astimezone(PARIS).date()
    with db().reading() as session:
        return render_template(
            "structures/members.html",
            rows=queries.members(session, None, today),
            form=form,
            today=today,
            types={key: _(words) for key, words in ACTOR_TYPES.items()},
            labels=_labels(),
        )


def _lines(form: Loaded) -> list[Line]:
    """Structure; type; representative; address; paid until. Empty cells at the end may be left out."""
    text = str(form.raw["lines"])
    typed = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if tidy(line)]
    if not typed or len(text) > LONGEST or len(typed) > MOST:
        form.refuse("lines", _("Collez entre une et %(most)s lignes.", most=MOST))
        return []
    kinds = {fold(word): key for key, label in ACTOR_TYPES.items() for word in (key, label, _(label))}
    lines: list[Line] = []
    for number, line in typed:
        cells = [tidy(cell) for cell in (line.split("\t") if "\t" in line else line.split(";"))]
        name, kind, representative, email, paid = (*cells, "", "", "", "", "")[:5]
        day = read_date(paid) if paid else None
        wrong = [
            (not key(name) or len(name) > 200 or control_characters(line), _("il manque le nom de la structure.")),
            (
                kind and fold(kind) not in kinds,
                _("le type d’acteur n’est pas connu : %(known)s.", known=", ".join(map(_, ACTOR_TYPES.values()))),
            ),
            (len(representative) > 200, _("le nom est trop long.")),
            (not is_address(email) or len(email) > 254, _("l’adresse électronique n’en est pas une.")),
            (paid and not day, _("la date de cotisation s’écrit 31/12/2017.")),
        ]
        if reasons := [words for bad, words in wrong if bad]:
            said = _(
                "Ligne %(number)s, « %(line)s » : %(reason)s Rien n’est enregistré.",
                number=number,
                line=line[:80],
                reason=reasons[0],
            )
            form.refuse("lines", said)
            return []
        lines.append(Line(name, kinds.get(fold(kind), ""), representative, email, day.date if day else None))
    return lines
