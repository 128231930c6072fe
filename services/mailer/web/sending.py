"""Staff pages: a test to oneself, the last look, and the one button that sends."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import cast

import marshmallow as ma
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from marshmallow import fields, validate
from werkzeug.wrappers import Response

from services.mailer import (
    approval,
    audience,
    contributions,
    directory,
    echo,
    hours,
    issues,
    kept,
    probes,
    publishing,
    scheduling,
    segments,
    trials,
    versions,
)
from services.mailer.audience import Filter
from services.mailer.models.issues import Issue
from services.mailer.settings import Settings
from services.mailer.web import trial, words
from services.mailer.web.both_versions import read_again
from services.mailer.web.house import house
from services.mailer.web.issues import today
from services.mailer.web.mail_view import spoken
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires, who
from shared.web import db, settings
from shared.web.forms import Loaded, load
from shared.web.limits import limited

blueprint = Blueprint("sending", __name__, url_prefix="/numeros")


class AloneForm(ma.Schema):
    reason = fields.String(required=True, validate=validate.Length(min=1, max=500))


class ScheduleForm(ma.Schema):
    day = fields.Date(required=True)
    time = fields.Time(required=True)


@blueprint.post("/<uuid:issue_id>/essai")
@requires("editor", "staff")
@limited(10, "minute")
def test(issue_id: uuid.UUID) -> ResponseReturnValue:
    """The issue, to the person who asks or to mailboxes that they name, in the language that they look at."""
    staff = current_staff()
    assert staff is not None
    to = trial.asked(staff)
    with db().transaction() as session:
        issue = issues.get(session, issue_id)
        trials.send_issue(session, issue, house(session), to=to, name=staff.name, now=clock.now(), language=spoken())
    if to:
        flash(_("L’essai part à %(email)s.", email=", ".join(to)), "done")
    return redirect(url_for("issues.preview", issue_id=issue_id, langue=request.form.get("langue")), 303)


@blueprint.post("/<uuid:issue_id>/etat")
@requires("editor", "staff")
def mark(issue_id: uuid.UUID) -> ResponseReturnValue:
    state = request.form.get("state", "")
    with db().transaction() as session:
        issues.mark(session, issue_id, state, who=who(), now=clock.now())
    return redirect(url_for("issues.show", issue_id=issue_id), 303)


@blueprint.get("/<uuid:issue_id>/envoyer")
@requires("editor", "staff")
@limited(60, "minute", methods=["GET"])
def look(issue_id: uuid.UUID) -> ResponseReturnValue:
    """The last look: how many people, what was checked, one button."""
    return _look(issue_id, None)


def _again(issue_id: uuid.UUID, form: Loaded) -> ResponseReturnValue:
    page = _look(issue_id, form)
    return (page, 422) if isinstance(page, str) else page


def _look(issue_id: uuid.UUID, form: Loaded | None) -> str | Response:
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        publisher = house(session, issue.sent_at or issue.send_at).answered(issue.readers)
        totals = directory.totals(session, issue.list_key)
        again = publishing.was_cancelled(session, issue)
        choice = chosen_segment(request.values)
        stopped = publishing.stopped_audience(session, issue)
        segment = segments.get(session, choice) if choice and not stopped else None
        name, asked = stopped or ((segment.name, Filter.of(segment.filter)) if segment else ("", Filter()))
        reached = audience.count(session, kept.narrowed(session, issue, asked), issue.list_key)
        spared = audience.count(session, asked, issue.list_key) - reached
        if again:
            reached, spared = audience.rest(session, asked, issue.list_key, issue=issue.id), 0
        saved = [] if stopped else segments.every(session)
        unanswered = 0 if again else len(contributions.waiting(session, issue_id))
    if issue.state == "sent" and not again:
        return redirect(url_for("campaigns.show", campaign_id=issue.campaign_id), 303)
    rendered = publishing.made(lambda: publishing.render_issue(issue, publisher))
    checks = publishing.preflight(issue, rendered, publisher, reached, issue.send_at or clock.now())
    checks = probed(checks, rendered, publisher)
    return render_template(
        "issues/send.html",
        issue=issue,
        totals=totals,
        reached=reached,
        spared=spared,
        unanswered=unanswered,
        name=name,
        segment=segment,
        saved=saved,
        choices=[(one.id, one.name) for one in saved],
        subject=echo.subject(publishing.edition(issue, publisher)),
        publisher=publisher,
        checks=checks,
        blocked=any(check.blocking and not check.passed for check in checks),
        again=again,
        dated=issue.planned_on if not (again or issue.send_at) and issue.planned_on != today() else None,
        alone=not again and not approval.holds(issue, who()),
        read=versions.whole(issue),
        form=form if form is not None else Loaded.of(_proposed(issue)),
        words=words,
    )


def probed(
    checks: list[publishing.Check], rendered: echo.RenderedIssue | None, publisher: publishing.House
) -> list[publishing.Check]:
    """With the answers of the DNS and of every link, when the person asked for them."""
    if "verifier" not in request.args or rendered is None:
        return checks
    return probes.answered(checks, publishing.theirs(rendered, publisher), cast(Settings, settings()))


def _proposed(issue: Issue) -> dict[str, str]:
    """The day that was planned, at the hour when people read their mail."""
    soon = clock.now().astimezone(clock.PARIS).date() + dt.timedelta(days=1)
    return {"day": max(issue.planned_on, soon).isoformat(), "time": "09:00"}


@blueprint.post("/<uuid:issue_id>/approuver")
@requires("editor", "staff")
def approve(issue_id: uuid.UUID) -> ResponseReturnValue:
    try:
        with db().transaction() as session:
            approval.approve(session, issue_id, who=who(), now=clock.now(), seen=request.form.get("seen"))
    except RuleError as refusal:
        return read_again(refusal, url_for("issues.show", issue_id=issue_id))
    flash(_("Votre approbation est notée. Elle tombe si le texte change."), "done")
    return redirect(url_for("issues.show", issue_id=issue_id), 303)


@blueprint.post("/<uuid:issue_id>/seul")
@requires("editor", "staff")
def alone(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Nobody else can read it: the reason stays in the journal."""
    form = load(AloneForm(), request.form)
    if form.data is not None:
        try:
            with db().transaction() as session:
                approval.except_alone(session, issue_id, form.data["reason"], who=who(), now=clock.now())
            return redirect(url_for(".look", issue_id=issue_id), 303)
        except RuleError as refusal:
            form.take(refusal)
    return _again(issue_id, form)


@blueprint.post("/<uuid:issue_id>/programmer")
@requires("editor", "staff")
def schedule(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Send at an hour of Paris."""
    form = load(ScheduleForm(), request.form)
    if form.data is not None:
        try:
            at = hours.instant(form.data["day"], form.data["time"])
            with db().transaction() as session:
                scheduling.schedule(
                    session,
                    issue_id,
                    at,
                    house(session, at),
                    who=who(),
                    now=clock.now(),
                    segment_id=chosen_segment(request.form),
                    segment_version=seen_version(),
                    seen=request.form.get("seen"),
                )
            flash(_("L’envoi est programmé. Vous pouvez l’annuler jusqu’à la dernière seconde."), "done")
            return redirect(url_for("issues.show", issue_id=issue_id), 303)
        except RuleError as refusal:
            if refusal.code == versions.MEANWHILE:
                return read_again(refusal, url_for(".look", issue_id=issue_id))
            not_then(form, refusal)
    return _again(issue_id, form)


def not_then(form: Loaded, refusal: RuleError) -> None:
    """Say beside the day which checks fail at that hour; what has no field and is none of these is raised again."""
    if refusal.code == "preflight":
        failed = [f"{words.CHECK[key]} ({figure})" for key, figure in refusal.details["failed"].items()]
        form.refuse(
            "day", _("Rien ne peut partir à cette heure-là. Ne passe pas : %(checks)s.", checks=" ; ".join(failed))
        )
    elif refusal.field is None:
        raise refusal
    else:
        form.refuse(refusal.field, refusal.message)


@blueprint.post("/<uuid:issue_id>/deprogrammer")
@requires("editor", "staff")
def unschedule(issue_id: uuid.UUID) -> ResponseReturnValue:
    with db().transaction() as session:
        scheduling.cancel(session, issue_id, who=who(), now=clock.now())
    flash(_("Rien ne partira à cette heure-là."), "going")
    return redirect(url_for("issues.show", issue_id=issue_id), 303)


def chosen_segment(values: Mapping[str, str]) -> uuid.UUID | None:
    """The segment that was chosen, None for the whole list; never the whole list by a slip of the address."""
    typed = values.get("segment", "")
    if not typed:
        return None
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise NotFound("segment", _("Ce segment n’existe pas, ou plus.")) from None


def seen_version() -> int:
    version = request.form.get("version", "")
    return int(version) if version.isdecimal() and len(version) < 9 else 0


@blueprint.post("/<uuid:issue_id>/envoyer")
@requires("editor", "staff")
def send(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Send. A second click finds the issue sent, and shows its ledger."""
    try:
        with db().transaction() as session:
            campaign_id = publishing.send(
                session,
                issue_id,
                house(session),
                who=who(),
                now=clock.now(),
                segment_id=chosen_segment(request.form),
                segment_version=seen_version(),
                seen=request.form.get("seen"),
            )
    except RuleError as refusal:
        if refusal.code == "preflight":  # the page says which check, and it may have passed when it was opened
            return _again(issue_id, Loaded())
        if refusal.code != "issue-sent":
            return read_again(refusal, url_for(".look", issue_id=issue_id))
        with db().reading() as session:
            campaign_id = issues.get(session, issue_id).campaign_id or uuid.UUID(int=0)
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)
