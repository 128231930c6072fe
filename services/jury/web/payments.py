"""Step 1 after the awards, for staff: open the follow-up of a round, judge reports, note payments, totals.

Next: use_cases/followups.py.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.use_cases import followups
from services.jury.web import attached
from services.jury.web.staff import (
    MONEY_READERS,
    MONEY_WRITERS,
    READERS,
    WRITERS,
    act,
    may_pay,
    may_read,
    may_write,
    round_context,
    tell_renewed,
    who,
)
from shared import clock
from shared.clock import PARIS
from shared.errors import NotFound
from shared.identity import requires
from shared.web import db, files, settings
from shared.web.forms import Loaded, load
from shared.workbooks import Cents

blueprint = Blueprint("payments", __name__, url_prefix="/equipe")


class OpenForm(Schema):
    """How the awards of a round are paid, and when the first report is due."""

    advance = fields.Integer(required=True, validate=validate.Range(min=1, max=100))
    first_report_on = fields.Date(required=True)


class PaidForm(Schema):
    """A payment that was made."""

    paid_on = fields.Date(required=True)
    reference = fields.String(load_default="", validate=validate.Length(max=120))


class Filter(Schema):
    """Which payments to show."""

    call = fields.UUID(load_default=None)
    state = fields.String(load_default="", validate=validate.OneOf(["", "paid", "due", "blocked"]))


def _today() -> str:
    return clock.now().astimezone(PARIS).date().isoformat()


@blueprint.get("/tours/<uuid:round_id>/suivi")
@requires(*READERS)
def show(round_id: uuid.UUID) -> str:
    return _round_page(round_id, Loaded.of({"advance": "100"}))


def _round_page(round_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        context = round_context(session, round_id)
        waiting = len(queries.awards_without_followup(session, round_id)) if context["round"].state == "signed" else 0
        return render_template(
            "jury/followups.html",
            **context,
            form=form,
            waiting=waiting,
            lines=queries.followups(session, round_id),
            today=clock.now().astimezone(PARIS).date(),
        )


@blueprint.post("/tours/<uuid:round_id>/suivi")
@requires(*WRITERS)
def open_all(round_id: uuid.UUID) -> ResponseReturnValue:
    form = load(OpenForm(), request.form)
    if form.data is None:
        return _round_page(round_id, form), 422
    data = form.data

    def work(session: Session) -> None:
        followups.open_all(session, round_id, **data, site=settings().public_url, who=who(), now=clock.now())

    return act(
        work,
        url_for(".show", round_id=round_id),
        done=_("Le suivi est ouvert ; chaque porteur reçoit son lien."),
        typed=(form, lambda form: _round_page(round_id, form)),
    )


@blueprint.get("/rapports/<uuid:report_id>")
@requires(*MONEY_READERS)
def report(report_id: uuid.UUID) -> str:
    return _report_page(report_id, Loaded())


def _report_page(report_id: uuid.UUID, form: Loaded) -> str:
    with db().reading() as session:
        award, found = followups.find_report(session, report_id)
        call, project = queries.around(session, award)
        return render_template(
            "jury/report.html",
            call=call,
            round=queries.round_of(session, award),
            reads=may_read(),
            writes=may_write(),
            award=award,
            project=project,
            report=found,
            form=form,
            papers=queries.report_papers(session, found.id),
        )


@blueprint.get("/rapports/<uuid:report_id>/pieces/<uuid:paper_id>")
@requires(*MONEY_READERS)
def paper(report_id: uuid.UUID, paper_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        for one in queries.report_papers(session, report_id):
            if one.id == paper_id:
                return attached.give(one)
    raise NotFound("unknown-paper", "Cette pièce n’existe pas, ou a été retirée.")


def _judge(report_id: uuid.UUID, *, accept: bool, reason: str, done: str) -> ResponseReturnValue:
    def work(session: Session) -> None:
        followups.judge(
            session,
            report_id,
            accept=accept,
            reason=reason,
            site=settings().public_url,
            who=who(),
            now=clock.now(),
        )

    return act(work, url_for(".report", report_id=report_id), done=done)


@blueprint.post("/rapports/<uuid:report_id>/accepter")
@requires(*WRITERS)
def accept(report_id: uuid.UUID) -> ResponseReturnValue:
    return _judge(
        report_id, accept=True, reason="", done=_("Le rapport est accepté : ce qui l’attendait peut être versé.")
    )


class ReturnForm(Schema):
    """What is missing in a report."""

    reason = fields.String(required=True, validate=validate.Length(min=1, max=2000), metadata={"multiline": True})


@blueprint.post("/rapports/<uuid:report_id>/rendre")
@requires(*WRITERS)
def give_back(report_id: uuid.UUID) -> ResponseReturnValue:
    form = load(ReturnForm(), request.form)
    if form.data is None:
        return _report_page(report_id, form), 422
    return _judge(
        report_id, accept=False, reason=form.data["reason"], done=_("Le rapport est rendu au porteur, avec la raison.")
    )


@blueprint.post("/rapports/<uuid:report_id>/rappeler")
@requires(*WRITERS)
def remind(report_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        followups.remind_one(session, report_id, site=settings().public_url, who=who(), now=clock.now())

    return act(work, url_for(".report", report_id=report_id), done=_("Le rappel est envoyé."))


@blueprint.post("/rapports/<uuid:report_id>/lien")
@requires(*WRITERS)
def renew_link(report_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        tell_renewed(followups.renew_link(session, report_id, site=settings().public_url, who=who(), now=clock.now()))

    return act(work, url_for(".report", report_id=report_id))


@blueprint.post("/versements/<uuid:instalment_id>/payer")
@requires(*MONEY_WRITERS)
def pay(instalment_id: uuid.UUID) -> ResponseReturnValue:
    form = load(PaidForm(), request.form)
    if form.data is None:
        return _table(form, instalment_id), 422
    data = form.data

    def work(session: Session) -> None:
        followups.pay(session, instalment_id, **data, who=who(), now=clock.now())

    return act(
        work,
        url_for(".table", **_query()),
        done=_("Le versement est noté."),
        typed=(form, lambda form: _table(form, instalment_id)),
    )


@blueprint.post("/versements/<uuid:instalment_id>/annuler")
@requires(*MONEY_WRITERS)
def unpay(instalment_id: uuid.UUID) -> ResponseReturnValue:
    def work(session: Session) -> None:
        followups.unpay(session, instalment_id, who=who(), now=clock.now())

    return act(work, url_for(".table", **_query()), done=_("La note de versement est retirée ; l’historique la garde."))


# The treasurer's view


def _query() -> dict[str, Any]:
    return {name: value for name, value in request.args.items() if value and name in ("call", "state")}


def _lines(session: Session) -> tuple[Loaded, list[queries.Payment]]:
    form = load(Filter(), request.args)
    if form.data is None:
        return form, []
    found = queries.payments(session, call_id=form.data["call"])
    return form, [one for one in found if form.data["state"] in ("", one.state)]


@blueprint.get("/versements/")
@requires(*MONEY_READERS)
def table() -> str:
    return _table(None)


def _table(wrong: Loaded | None, typed_for: uuid.UUID | None = None) -> str:
    """wrong: what was typed of the payment `typed_for`, and refused."""
    with db().reading() as session:
        form, lines = _lines(session)
        return render_template(
            "jury/payments.html",
            form=form,
            wrong=wrong,
            typed_for=typed_for,
            lines=lines,
            totals=queries.totals(lines),
            agreements=queries.needing_agreement(lines),
            calls=[(str(one.call.id), one.call.title) for one in queries.calls(session)],
            query=_query(),
            printing="imprimer" in request.args,
            reads=may_read(),
            writes=may_pay(),
            today=_today(),
        )


HEADINGS = [
    "Appel", "Financeur", "Enveloppe", "Projet", "Structure", "Année", "Versement", "Somme", "État", "Versé le",
    "Référence", "Noté par", "Rapport attendu", "Rapport accepté le", "Empreinte du procès-verbal",
]  # fmt: skip


@blueprint.get("/versements.csv")
@requires(*MONEY_READERS)
def as_csv() -> Response:
    """Every line with the proof behind it."""
    states = {"paid": "versé", "due": "à verser", "blocked": "bloqué", "cancelled": "annulé"}
    rows: list[list[Any]] = [HEADINGS]
    with db().reading() as session:
        for one in _lines(session)[1]:
            accepted = one.report.decided_at if one.report and one.report.state == "accepted" else None
            rows.append([
                one.call.title, one.funder, one.envelope, one.project.title, one.project.structure, one.part.year,
                "solde" if one.part.kind == "balance" else "avance", Cents(one.part.cents),
                states[one.state], one.part.paid_on or "", one.part.reference, one.part.paid_by or "",
                one.report.due_on if one.report else "", accepted.astimezone(PARIS).date() if accepted else "",
                one.minutes_hash,
            ])  # fmt: skip
    return files.as_csv(rows, "versements.csv")
