"""Step 1 after an award, for its bearer: payments, reports and renewal behind a personal link.

Next: use_cases/followups.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.jury import followup_rules, papers, queries
from services.jury.models import Award, Report
from services.jury.use_cases import followups, renewals
from services.jury.web import attached, drafts
from services.jury.web.staff import tell_closed, told, translated
from shared import clock
from shared.errors import NotFound, RuleError
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.limits import limited
from shared.web.words import _

blueprint = Blueprint("followup", __name__, url_prefix="/suivi/<token>")


@blueprint.get("/")
def show(token: str) -> str:
    with db().reading() as session:
        return _page(session, token, followups.open_link(session, token))


def _page(
    session: Session,
    token: str,
    award: Award,
    form: Loaded | None = None,
    theirs: dict[str, str] | None = None,
    left: dict[str, str] | None = None,
) -> str:
    """left: what was being typed when the report no longer took it."""
    call, project = queries.around(session, award)
    reports = queries.reports_of(session, award.id)
    turn = next((one for one in reports if one.state in ("awaited", "returned")), None)
    if award.state != "awarded":
        turn = None
    if form is None:
        form = Loaded.of(turn.content if turn else {})
    accepted = {one.year for one in reports if one.state == "accepted"}
    parts = [
        (one, followup_rules.report_needed(one.year, one.kind), _state(one, accepted))
        for one in queries.instalments_of(session, award.id)
        if one.cancelled_at is None
    ]
    return render_template(
        "jury/followup.html",
        token=token,
        award=award,
        call=call,
        organisation=call.organiser_name,
        project=project,
        left=left or {},
        reports=reports,
        turn=turn,
        handed_in=[
            (one, queries.report_papers(session, one.id)) for one in reports if one.state in ("sent", "accepted")
        ],
        parts=parts,
        form=form,
        theirs=theirs or {},
        papers=queries.report_papers(session, turn.id) if turn else [],
        missing=followup_rules.problems(turn.content) if turn else {},
        renewable=queries.calls_to_renew_in(session, award, clock.now()),
        renewals=queries.renewals_of(session, award),
    )


@blueprint.get("/liens")
def links(token: str) -> str:
    """Which links open it, before the others close."""
    with db().reading() as session:
        award = followups.open_link(session, token)
        call, _project = queries.around(session, award)
        return render_template(
            "jury/links.html",
            kind="award",
            call=call,
            organisation=call.organiser_name,
            made=followups.links_of(session, award),
            back=url_for(".show", token=token),
            close=url_for(".close_links", token=token),
        )


@blueprint.post("/liens")
@limited(10, "minute")
def close_links(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        closed = followups.close_other_links(session, token, now=clock.now())
    tell_closed(closed)
    return _back(token)


def _state(part: Any, accepted: set[int]) -> followup_rules.State:
    return followup_rules.state_of(
        part.year, part.kind, paid=part.paid_at is not None, cancelled=part.cancelled_at is not None, accepted=accepted
    )


def _back(token: str, where: str = "") -> ResponseReturnValue:
    return redirect(url_for(".show", token=token) + where, 303)


@blueprint.post("/rapports/<int:year>")
@limited(60, "minute")
def save(token: str, year: int) -> ResponseReturnValue:
    """Keep what was typed and the file that was chosen, and send it when asked to and complete."""
    now = clock.now()
    given, version = drafts.typed(followup_rules.TEXTS)
    sends = request.form.get("then") == "send"
    try:
        with db().transaction() as session:
            saved = followups.save(session, token, year, given, version, now=now)
            if saved is None:
                return _both(session, token, year, given), 409
            wrong = followup_rules.problems(saved.content)
        if _has_file():
            _take(token, year, now)
        if sends and not wrong:
            with db().transaction() as session:
                followups.send(session, token, year, now=now)
    except papers.Refused as refusal:
        flash(translated(refusal), "stop")
        return _back(token, "#pieces")
    except RuleError as refusal:
        flash(told(refusal), "stop")
        return _unsaved(token, year, given), refusal.status
    if sends and wrong:
        with db().reading() as session:
            form = _refused(Loaded.of(given), wrong)
            return _page(session, token, followups.open_link(session, token), form), 422
    flash(
        _("Votre rapport est envoyé. Merci.") if sends else _("Enregistré. Vous pouvez revenir par le même lien."),
        "done",
    )
    return _back(token)


def _keep_typed(session: Session, token: str, year: int, now: dt.datetime) -> str:
    """Save what was typed when a paper comes or goes. Returns the page with both texts when somebody else saved."""
    if "version" not in request.form:
        return ""
    given, version = drafts.typed(followup_rules.TEXTS)
    saved = followups.save(session, token, year, given, version, now=now)
    return "" if saved is not None else _both(session, token, year, given)


def _has_file() -> bool:
    return any(one.filename for one in request.files.values())


def _take(token: str, year: int, now: dt.datetime) -> None:
    taken = attached.take()
    with db().transaction() as session:
        followups.attach(session, token, year, **asdict(taken), now=now)


def _both(session: Session, token: str, year: int, mine: dict[str, str]) -> str:
    """Two people wrote at once: mine stays in the fields, theirs stands beside where it differs."""
    award = followups.open_link(session, token)
    report: Report = followups.report_of(session, award, year)
    theirs = {name: str(report.content.get(name, "")) for name in mine if report.content.get(name, "") != mine[name]}
    return _page(session, token, award, Loaded.of(mine), theirs)


def _unsaved(token: str, year: int, given: dict[str, str]) -> str:
    """The page of a report that takes nothing more, with what of my text is not in it."""
    with db().reading() as session:
        award = followups.open_link(session, token)
        kept = next((one.content for one in queries.reports_of(session, award.id) if one.year == year), {})
        left = {name: text for name, text in given.items() if text and text != kept.get(name, "")}
        return _page(session, token, award, left=left)


def _refused(form: Loaded, wrong: dict[str, str]) -> Loaded:
    words = {
        "missing": _("Répondez à cette question."),
        "number": _("Écrivez un nombre entier."),
        "amount": _("Écrivez une somme en euros, comme 4 500 ou 4 500,50."),
    }
    for name, code in wrong.items():
        form.refuse(name, words[code])
    return form


@blueprint.post("/rapports/<int:year>/pieces")
@limited(30, "minute")
def attach(token: str, year: int) -> ResponseReturnValue:
    now = clock.now()
    try:
        with db().transaction() as session:
            followups.report_of(session, followups.open_link(session, token), year)
            if both := _keep_typed(session, token, year, now):
                return both, 409
        _take(token, year, now)
    except papers.Refused as refusal:
        flash(translated(refusal), "stop")
    except RuleError as refusal:
        flash(told(refusal), "stop")
    else:
        flash(_("La pièce est jointe."), "done")
    return _back(token, "#pieces")


@blueprint.post("/rapports/<int:year>/pieces/<uuid:paper_id>/retirer")
@limited(30, "minute")
def remove(token: str, year: int, paper_id: uuid.UUID) -> ResponseReturnValue:
    now = clock.now()
    try:
        with db().transaction() as session:
            if both := _keep_typed(session, token, year, now):
                return both, 409
            followups.remove_paper(session, token, year, paper_id, now=now)
    except RuleError as refusal:
        flash(told(refusal), "stop")
    return _back(token, "#pieces")


@blueprint.get("/pieces/<uuid:paper_id>")
def paper(token: str, paper_id: uuid.UUID) -> ResponseReturnValue:
    with db().reading() as session:
        award = followups.open_link(session, token)
        for report in queries.reports_of(session, award.id):
            for one in queries.report_papers(session, report.id):
                if one.id == paper_id:
                    return attached.give(one)
    raise NotFound("unknown-paper", "Cette pièce n’existe pas, ou a été retirée.")


@blueprint.post("/renouveler")
@limited(10, "minute")
def renew(token: str) -> ResponseReturnValue:
    """A prefilled draft in a call that is open now."""
    try:
        call_id = uuid.UUID(request.form.get("call", ""))
        with db().transaction() as session:
            known = queries.renewals_of(session, followups.open_link(session, token, lock=True))
            draft = renewals.start(session, token, call_id, site=settings().public_url, now=clock.now())
    except (RuleError, ValueError) as refusal:
        flash(told(refusal) if isinstance(refusal, RuleError) else _("Choisissez dans la liste."), "stop")
        return _back(token)
    if call_id not in known:
        flash(
            _("Le dossier est commencé avec ce que vous aviez déposé. Relisez-le, et dites ce que vous demandez."),
            "done",
        )
    return redirect(url_for("applications.show", token=draft), 303)
