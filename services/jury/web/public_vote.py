"""Step 1 of the public's vote: the secretary prepares, opens and closes it; whoever holds a slip casts one ballot."""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import csv_tables, meanwhile, queries, rulebooks
from services.jury.models import PublicVote
from services.jury.rulebook_forms import typed
from services.jury.use_cases import calls, public_vote
from services.jury.web.staff import READERS, WRITERS, act, round_context, show_theirs, told, who
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import requires
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited
from shared.web.security import keep_private

blueprint = Blueprint("public_vote", __name__, url_prefix="/equipe/tours/<uuid:round_id>/public")
ballots = Blueprint("ballots", __name__, url_prefix="/vote")
ballots.after_request(keep_private)  # whoever goes back on a lent phone reads no choice


class VoteForm(Schema):
    """What the public votes on, and what its winner gets."""

    title = fields.String(required=True, validate=validate.Length(min=1, max=200))
    choices = fields.Integer(required=True, validate=validate.Range(min=1, max=20))
    prize = fields.String(load_default="", validate=validate.Length(max=20))


class SlipsForm(Schema):
    number = fields.Integer(required=True, validate=validate.Range(min=1, max=public_vote.MOST_SLIPS))
    sheet = fields.String(load_default="", validate=validate.Length(max=64))


class BallotForm(Schema):
    projects = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=100))


@blueprint.get("/")
@requires(*READERS)
def page(round_id: uuid.UUID) -> str:
    return _page(round_id, Loaded())


def _said(vote: PublicVote) -> dict[str, Any]:
    return {"title": vote.title, "choices": vote.choices, "prize": typed(vote.prize or None)}


def _page(round_id: uuid.UUID, form: Loaded, slips: Loaded | None = None, *, seen: str = "") -> str:
    """slips: how many were asked for, where that could not be. seen: the marks of what was read before `form` was
    refused."""
    with db().reading() as session:
        context = round_context(session, round_id)
        this = context["round"]
        vote = public_vote.of_round(session, this.id)
        projects = {str(project.id): project for project in queries.projects_in(session, this)}
        closed = vote is not None and vote.state == "closed"
        jury = queries.decided(session, this) if closed and this.state in ("closed", "signed") else []
        if not form.raw:
            form = Loaded.of(
                {
                    "title": vote.title if vote else _("Prix du public"),
                    "choices": vote.choices if vote else 1,
                    "prize": typed(vote.prize or None) if vote else "",
                }
            )
        return render_template(
            "jury/public_vote.html",
            **context,
            seen=seen or (meanwhile.marks(_said(vote)) if vote else ""),
            vote=vote,
            form=form,
            slips=slips or Loaded(),
            sheet=secrets.token_urlsafe(16),
            projects=projects,
            progress=public_vote.progress(session, vote) if vote else (0, 0),
            standings=public_vote.standings(vote, list(projects)) if vote and closed else [],
            ranks={standing.project: standing.rank for standing in jury},
        )


@blueprint.post("/")
@requires(*WRITERS)
def prepare(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(VoteForm(), request.form)
    data: dict[str, Any] = form.data or {}
    if form.data is not None:
        try:
            cell = {"line": "", "prize": data["prize"]}
            data["prize"] = csv_tables.cents(cell, "prize") if data["prize"] else 0
        except csv_tables.Unreadable:
            form.refuse("prize", _("Écrivez un montant en euros, comme 500 ou 500,50."))
    seen = request.form.get("seen", "")[:200]
    if form.data is None:
        return _page(round_id, form, seen=seen), 422

    try:
        with db().transaction() as session:
            calls.find_round(session, round_id, lock=True)
            vote, mine = public_vote.of_round(session, round_id), data | {"prize": typed(data["prize"] or None)}
            kept = meanwhile.merged(mine, _said(vote), seen) if vote else mine
            kept["prize"] = rulebooks.cents(kept["prize"]) or 0
            public_vote.prepare(session, round_id, kept, who=who(), now=clock.now())
    except meanwhile.Unread as refusal:
        show_theirs(form, refusal)
        return _page(round_id, form), refusal.status
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(_("Le vote du public est prêt."), "done")
    return redirect(url_for(".page", round_id=round_id), 303)


def _seed(vote_id: uuid.UUID, data: dict[str, Any]) -> bytes:
    """A double click or a reload sends the same sheet: it is shown again. Only our secret key makes codes of it."""
    if not data["sheet"]:
        return b""
    sheet = f"slips {vote_id} {data['number']} {data['sheet']}"
    return hmac.digest(settings().secret_key.encode(), sheet.encode(), "sha256")


@blueprint.post("/bulletins")
@requires(*WRITERS)
def slips(round_id: uuid.UUID) -> ResponseReturnValue:
    """A sheet to print: one slip per person, each with its own code."""
    form = load(SlipsForm(), request.form)
    if form.data is None:
        form.errors["number"] = [_("Dites combien de bulletins, de 1 à 2000.")]
        return _page(round_id, Loaded(), form), 422
    try:
        with db().transaction() as session:
            context = round_context(session, round_id)
            vote = _vote(session, round_id)
            codes = public_vote.make_slips(
                session, vote.id, form.data["number"], who=who(), now=clock.now(), seed=_seed(vote.id, form.data)
            )
            title = vote.title
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return _page(round_id, Loaded(), form), refusal.status
    cards = [(code, f"{settings().public_url}/vote/{code}") for code in codes]
    return render_template("jury/public_slips.html", **context, title=title, cards=cards)


@blueprint.post("/ouvrir")
@requires(*WRITERS)
def open_(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        public_vote.open_vote(session, _vote(session, round_id).id, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id), done=_("Le vote du public est ouvert."))


@blueprint.post("/clore")
@requires(*WRITERS)
def close(round_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        public_vote.close_vote(session, _vote(session, round_id).id, who=who(), now=clock.now())

    return act(work, url_for(".page", round_id=round_id), done=_("Le vote du public est clos et compté."))


def _vote(session: Session, round_id: uuid.UUID) -> PublicVote:
    found = public_vote.of_round(session, round_id)
    if found is None:
        raise NotFound("unknown-vote", "Ce vote n’existe pas.")
    return found


# For whoever holds a slip: no account


@ballots.get("/")
@limited(600, methods=["GET"])
def ask() -> ResponseReturnValue:
    """For who types the code instead of aiming at it."""
    code = request.args.get("code", "")
    if code:
        return redirect(url_for(".ballot", code=code[:64]), 303)
    return render_template("jury/ballot_code.html", refusal="")


@ballots.get("/<code>")
@limited(600, methods=["GET"])
def ballot(code: str) -> ResponseReturnValue:
    return _ballot(code, "")


@ballots.post("/<code>")
@limited(600)
def cast(code: str) -> ResponseReturnValue:
    form = load(BallotForm(), request.form)
    blank = request.form.get("blank") == "true"
    chosen = [] if blank or form.data is None else form.data["projects"]
    if not chosen and not blank:
        return _ballot(code, _("Choisissez un projet, ou votez blanc."), status=422)
    try:
        with db().transaction() as session:
            public_vote.cast(session, code, chosen)
    except NotFound as unknown:
        return render_template("jury/ballot_code.html", refusal=told(unknown)), 404
    except RuleError as refusal:
        return _ballot(code, told(refusal), [str(one) for one in chosen], status=409)
    return redirect(url_for(".ballot", code=code), 303)


def _ballot(code: str, refusal: str, chosen: Sequence[str] = (), *, status: int = 200) -> tuple[str, int]:
    """chosen: what was ticked on a ballot that is refused; it stays ticked."""
    with db().reading() as session:
        try:
            vote = public_vote.find_by_code(session, code)
        except NotFound as unknown:
            return render_template("jury/ballot_code.html", refusal=told(unknown)), 404
        this = calls.find_round(session, vote.round_id)
        call = calls.find_call(session, this.call_id)
        page = render_template(
            "jury/ballot.html",
            vote=vote,
            call=call,
            organisation=call.organiser_name,
            code=code,
            used=public_vote.is_used(session, code),
            projects=queries.projects_in(session, this),
            refusal=refusal,
            chosen=list(chosen),
        )
    return page, status
