"""Step 1 of the money: the envelope, both outcomes side by side, the award table. Next: use_cases/awards.py."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.jury import budget, csv_tables, followup_rules, meanwhile, queries, rulebooks
from services.jury.models import Award, Project, Round
from services.jury.use_cases import awards, calls
from services.jury.web.staff import READERS, WRITERS, act, round_context, theirs, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db
from shared.web.forms import tidy
from shared.web.i18n import money
from shared.web.words import _

blueprint = Blueprint("awards", __name__, url_prefix="/equipe/tours/<uuid:round_id>/aides")

MOST = 10**12
"""Cents: no amount of this house is higher."""


@blueprint.get("/")
@requires(*READERS)
def table(round_id: uuid.UUID) -> str:
    """Before the decision: what either rule would give. After: who has what, and what is left."""
    return _table_page(round_id, {})


def _table_page(round_id: uuid.UUID, typed: dict[uuid.UUID, str]) -> str:
    """typed: by award, the sum that could not be taken."""
    with db().reading() as session:
        context = round_context(session, round_id)
        chosen = _envelope()
        found = queries.award_table(session, context["round"], chosen)
        return render_template(
            "jury/awards.html",
            **context,
            table=found,
            marks=queries.award_marks(found),
            ties=queries.open_ties(session, context["round"]) if context["round"].frozen else [],
            typed=typed,
            years_of=followup_rules.years_of,
            **_envelopes(session, context["round"]),
        )


def _envelope() -> str | None:
    """Which envelope the address names; None: the first."""
    return request.args.get("enveloppe")


def _envelopes(session: Session, this: Round) -> dict[str, Any]:
    """What the pages of money say about the envelopes of the round."""
    found = queries.envelopes_of(session, this)
    wanted = _envelope()
    chosen = next((one for one in found if wanted in (None, one["id"])), None)
    if chosen is None:
        raise NotFound("unknown-envelope", "Cette enveloppe ne fait pas partie du règlement de ce tour.")
    return {"envelopes": found, "chosen": chosen, "at": {"enveloppe": chosen["id"]} if len(found) > 1 else {}}


@blueprint.get("/enveloppe")
@requires(*WRITERS)
def ask_pot(round_id: uuid.UUID) -> str:
    return _pot_page(round_id, None, {})


@blueprint.post("/enveloppe")
@requires(*WRITERS)
def set_pot(round_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        projects = [p.id for p in queries.projects_in(session, calls.find_round(session, round_id))]
    raw = {name: tidy(value) for name, value in request.form.items()}
    seen, errors = raw.pop("seen", ""), dict[str, str]()
    data = _pot_of(raw, projects, errors)
    if errors:
        return _pot_page(round_id, raw, errors, seen), 422
    try:
        with db().transaction() as session:
            there = _saved(session, calls.find_round(session, round_id, lock=True))
            kept = meanwhile.merged(_typed(data, there), there, seen)
            data = _pot_of(kept, projects, errors) | {"envelope_id": _envelope()}
            awards.set_pot(session, round_id, data, who=who(), now=clock.now())
    except meanwhile.Unread as refusal:
        said = {name: theirs(value) for name, value in refusal.theirs.items()}
        return _pot_page(round_id, {**raw, **refusal.left}, said), refusal.status
    except RuleError as refusal:
        return _pot_page(round_id, raw, {refusal.field or "envelope": _told(refusal)}, seen), 422
    flash(_("L’enveloppe et les demandes sont gardées."), "done")
    return redirect(_table(round_id), 303)


def _pot_of(raw: Mapping[str, str], projects: Iterable[uuid.UUID], errors: dict[str, str]) -> dict[str, Any]:
    """What a form of the envelope says, in cents; what is wrong goes into `errors`."""
    envelope = _cents(raw, "envelope", errors)
    if envelope is None and "envelope" not in errors:
        errors["envelope"] = _("Indiquez l’enveloppe, en euros.")
    wishes: dict[uuid.UUID, tuple[int, int | None]] = {}
    for project in projects:
        asked = _cents(raw, f"asked_{project}", errors)
        minimum = _cents(raw, f"minimum_{project}", errors)
        if minimum is not None and (asked is None or not 0 < minimum <= asked):
            errors.setdefault(f"minimum_{project}", _("Le minimum doit être positif et au plus égal à la demande."))
        if asked:
            wishes[project] = (asked, minimum)
    years = raw.get("years", "1")
    if years not in ("1", "2", "3"):
        errors["years"], years = _("Une aide est versée sur un à trois ans."), "1"
    return {"envelope": envelope, "years": int(years), "wishes": wishes}


def _typed(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The same as the form has it, under these names."""
    found = {"envelope": _euros(data["envelope"]), "years": str(data["years"])}
    for project, (asked, minimum) in data["wishes"].items():
        found |= {f"asked_{project}": _euros(asked), f"minimum_{project}": _euros(minimum)}
    return {name: found.get(name, "") for name in names}


def _saved(session: Session, this: Round) -> dict[str, str]:
    """What is kept of an envelope and what projects ask of it, as the form has it; empty before anything is."""
    names = ["envelope", "years"]
    names += [f"{kind}_{one.id}" for one in queries.projects_in(session, this) for kind in ("asked", "minimum")]
    found = queries.award_table(session, this, _envelopes(session, this)["chosen"]["id"])
    if found is None:
        return dict.fromkeys(names, "")
    wishes = {project.id: (award.asked, award.minimum) for award, project in found.lines}
    return _typed({"envelope": found.pot.envelope, "years": found.pot.years, "wishes": wishes}, names)


def _told(refusal: RuleError) -> str:
    """What a refusal about money says, with its figures."""
    match refusal.details:
        case {"least": least, "most": most} if least == most:
            return _(
                "Ce projet demande %(sum)s sans dire de minimum : l’aide est de cette somme, ou nulle.", sum=money(most)
            )
        case {"least": least, "most": most}:
            return _("L’aide va de %(least)s à %(most)s, ou est nulle.", least=money(least), most=money(most))
        case {"left": left}:
            return _("L’enveloppe n’y suffit pas, il y reste %(left)s : rien n’est changé.", left=money(left))
        case {"over": rulebooks.Over("per_year", allowed, asked)}:
            sums = {"asked": money(asked), "allowed": money(allowed)}
            return _("Ce projet demande %(asked)s par an ; le règlement donne au plus %(allowed)s.", **sums)
        case {"over": rulebooks.Over("per_project", allowed, asked)}:
            sums = {"asked": money(asked), "allowed": money(allowed)}
            return _(
                "Avec ses aides d’avant, ce projet aurait %(asked)s ; le règlement donne au plus %(allowed)s.", **sums
            )
        case {"over": rulebooks.Over("years", allowed, asked)}:
            return _(
                "Avec ses aides d’avant, ce projet en aurait sur %(asked)s ans ; le règlement en permet %(allowed)s.",
                asked=asked,
                allowed=allowed,
            )
    return told(refusal)


def _table(round_id: uuid.UUID) -> str:
    return url_for(".table", round_id=round_id, enveloppe=_envelope())


def _pot_page(round_id: uuid.UUID, raw: Mapping[str, str] | None, errors: Mapping[str, str], seen: str = "") -> str:
    """seen: the marks of what was read before this form was refused."""
    with db().reading() as session:
        context = round_context(session, round_id)
        more, saved = _envelopes(session, context["round"]), _saved(session, context["round"])
        if raw is None:
            raw = saved if saved["envelope"] else _proposed(session, context["round"], more["chosen"])
        more |= {"projects": queries.projects_in(session, context["round"]), "seen": seen or meanwhile.marks(saved)}
        return render_template("jury/pot.html", **context, **more, raw=raw, errors=errors)


def _proposed(session: Session, this: Round, chosen: Mapping[str, Any]) -> dict[str, str]:
    """What the rulebook and the applications say, to be looked over: nothing is kept before it is sent."""
    raw = {"years": "1", "envelope": _euros(chosen["cents"])}
    if len(queries.envelopes_of(session, this)) == 1:
        for application in queries.applications_of(session, this.call_id):
            asked = budget.of(application.content)
            if application.project_id is not None and asked.requested:
                raw[f"asked_{application.project_id}"] = _euros(asked.requested)
                raw["years"] = str(max(int(raw["years"]), min(3, len(asked.yearly))))
    return raw


@blueprint.post("/decider")
@requires(*WRITERS)
def decide(round_id: uuid.UUID) -> ResponseReturnValue:
    rule, _sep, partial = request.form.get("outcome", "").partition("-")
    if rule not in ("stop", "skip"):
        flash(_("Choisissez l’une des deux règles."), "stop")
        return redirect(_table(round_id), 303)

    def work(session: Session) -> None:
        chosen: Any = rule
        awards.decide(
            session,
            round_id,
            rule=chosen,
            partial=partial == "partial",
            who=who(),
            now=clock.now(),
            envelope_id=_envelope(),
            seen=request.form.get("seen"),
        )

    return act(work, _table(round_id), done=_("Les aides sont décidées."))


@blueprint.post("/<uuid:award_id>/montant")
@requires(*WRITERS)
def change(round_id: uuid.UUID, award_id: uuid.UUID) -> ResponseReturnValue:
    """Another sum. Where its bearer is told of it by mail, that is asked first."""
    errors: dict[str, str] = {}
    amount = tidy(request.form.get("amount", ""))
    cents = _cents({"amount": amount}, "amount", errors)
    if cents is None:
        errors.setdefault("amount", _("Indiquez un montant, en euros."))
    else:
        known = _seen()
        try:
            with db().transaction() as session:
                _pot, award = awards.changeable(session, round_id, award_id, cents, seen=known)
                if cents == award.amount:
                    flash(_("Cette aide est déjà de cette somme : rien n’a changé."), "done")
                    return redirect(_table(round_id), 303)
                tells = calls.find_round(session, round_id).published_at is not None
                if tells and "tell" not in request.form:
                    return _ask_change(session, round_id, award, amount, cents)
                awards.change(session, round_id, award_id, cents, seen=known, who=who(), now=clock.now())
        except RuleError as refusal:
            errors["amount"] = _told(refusal)
    if errors:
        flash(errors["amount"], "stop")
        return _table_page(round_id, {award_id: amount}), 422
    flash(_("L’aide est changée ; un courriel le dit à son porteur.") if tells else _("L’aide est changée."), "done")
    return redirect(_table(round_id), 303)


def _ask_change(session: Session, round_id: uuid.UUID, award: Award, amount: str, cents: int) -> str:
    """What the bearer of a published result will read."""
    return render_template(
        "jury/change_award.html",
        **round_context(session, round_id),
        award=award,
        project=session.get_one(Project, award.project_id),
        cents=cents,
        reserve=awards.without(session, round_id, award) == "reserve",
        fields={"amount": amount, "seen": award.amount, "tell": "1"},
        action=url_for(".change", round_id=round_id, award_id=award.id, enveloppe=_envelope()),
        back=_table(round_id),
    )


@blueprint.get("/<uuid:award_id>/retrait")
@requires(*WRITERS)
def ask_withdraw(round_id: uuid.UUID, award_id: uuid.UUID) -> ResponseReturnValue:
    """What a withdrawal does, before it is noted for good."""
    with db().reading() as session:
        context = round_context(session, round_id)
        found = queries.award_table(session, context["round"], _envelope())
        line = next((one for one in (found.lines if found else ()) if one[0].id == award_id), None)
        if line is None:
            raise NotFound("unknown-award", "Cette ligne ne fait pas partie de ce tour.")
        if line[0].state in ("withdrawn", "refused") or line[0].ended_at is not None:
            flash(_("Ce projet s’est déjà retiré, ou n’est pas classé."), "stop")
            return redirect(_table(round_id), 303)
        award, project = line
        standing = [part for part in queries.instalments_of(session, award.id) if part.cancelled_at is None]
        paid = [part for part in standing if part.paid_at is not None]
        context["paid"] = sum(part.cents for part in paid)
        # Where awards weigh on the envelope by their first year alone, no other year comes free.
        by_year = found is not None and found.pot.yearly
        kept = sum(part.cents for part in paid if not by_year or part.year == 1)
        context["free"] = (award.year_1 if by_year else award.amount) - kept
        return render_template("jury/withdraw.html", **context, award=award, project=project, back=_table(round_id))


@blueprint.post("/<uuid:award_id>/retrait")
@requires(*WRITERS)
def withdraw(round_id: uuid.UUID, award_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            offered = awards.withdraw(session, round_id, award_id, who=who(), now=clock.now())
            titles = [session.get_one(Project, one.project_id).title for one in offered]
            published = calls.find_round(session, round_id).published_at is not None
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        if not offered:
            flash(_("Le retrait est noté. Ce qui est libre ne suffit à personne de la réserve."), "done")
        for one, title in zip(offered, titles, strict=True):
            words = (
                _("Le retrait est noté. %(sum)s sont proposés à « %(title)s » : un courriel part à son porteur.")
                if published
                else _("Le retrait est noté. %(sum)s sont proposés à « %(title)s » : demandez l’accord de son porteur.")
            )
            flash(words % {"sum": money(one.amount), "title": title}, "done")
    return redirect(_table(round_id), 303)


@blueprint.post("/<uuid:award_id>/accord")
@requires(*WRITERS)
def accept(round_id: uuid.UUID, award_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        awards.accept(session, round_id, award_id, seen=_seen(), who=who(), now=clock.now())

    return act(work, _table(round_id), done=_("L’accord du porteur est noté."))


def _seen() -> int | None:
    """The sum that the page showed, in cents."""
    seen = request.form.get("seen", "")
    return int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 14 else None


def _cents(raw: Mapping[str, str], name: str, errors: dict[str, str]) -> int | None:
    """Euros as typed, in cents; None when empty. What cannot be read goes into `errors`."""
    if not raw.get(name):
        return None
    try:
        cents = csv_tables.cents({"line": "", name: raw[name]}, name)
    except csv_tables.Unreadable:
        cents = -1
    if not 0 <= cents <= MOST:
        errors[name] = _("« %(typed)s » n’est pas un montant en euros, au centime près.", typed=raw[name][:40])
        return None
    return cents


def _euros(cents: int | None) -> str:
    if cents is None:
        return ""
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100},{cents % 100:02d}"
