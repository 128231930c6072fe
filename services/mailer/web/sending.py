"""Staff pages: a test to oneself, the last look, and the one button that sends."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.mailer import audience, directory, issues, publishing, segments
from services.mailer.audience import Filter
from services.mailer.web import words
from services.mailer.web.contacts import who
from services.mailer.web.house import house
from services.mailer.web.issues import today
from shared import clock
from shared.errors import NotFound, RuleError
from shared.identity import current_staff, requires
from shared.web import db
from shared.web.limits import limited

blueprint = Blueprint("sending", __name__, url_prefix="/numeros")


@blueprint.post("/<uuid:issue_id>/essai")
@requires("editor", "staff")
@limited(10, "minute")
def test(issue_id: uuid.UUID) -> ResponseReturnValue:
    """The issue, to the person who asks and nobody else."""
    staff = current_staff()
    assert staff is not None
    with db().transaction() as session:
        issue = issues.get(session, issue_id)
        publishing.send_test(session, issue, house(), email=staff.email, name=staff.name, now=clock.now())
    flash(_("L’essai part à %(email)s.", email=staff.email), "done")
    return redirect(url_for("issues.preview", issue_id=issue_id), 303)


@blueprint.post("/<uuid:issue_id>/etat")
@requires("editor", "staff")
def mark(issue_id: uuid.UUID) -> ResponseReturnValue:
    state = request.form.get("state", "")
    with db().transaction() as session:
        issues.mark(session, issue_id, state, who=who(), now=clock.now())
    return redirect(url_for("issues.show", issue_id=issue_id), 303)


@blueprint.get("/<uuid:issue_id>/envoyer")
@requires("editor", "staff")
def look(issue_id: uuid.UUID) -> ResponseReturnValue:
    """The last look: how many people, what was checked, one button."""
    publisher = house()
    with db().reading() as session:
        issue = issues.get(session, issue_id)
        totals = directory.totals(session)
        again = publishing.was_cancelled(session, issue)
        choice = _choice(request.args)
        stopped = publishing.stopped_audience(session, issue)
        segment = segments.get(session, choice) if choice and not stopped else None
        name, asked = stopped or ((segment.name, Filter.of(segment.filter)) if segment else ("", Filter()))
        reached = audience.count(session, asked)
        saved = [] if stopped else segments.every(session)
    if issue.state == "sent" and not again:
        return redirect(url_for("campaigns.show", campaign_id=issue.campaign_id), 303)
    rendered = publishing.render_issue(issue, publisher)
    checks = publishing.preflight(issue, rendered, publisher, reached, today())
    return render_template(
        "issues/send.html",
        issue=issue,
        totals=totals,
        reached=reached,
        name=name,
        segment=segment,
        saved=saved,
        choices=[(one.id, one.name) for one in saved],
        subject=rendered.subject,
        publisher=publisher,
        checks=checks,
        blocked=any(check.blocking and not check.passed for check in checks),
        again=again,
        words=words,
    )


def _choice(values: Mapping[str, str]) -> uuid.UUID | None:
    """The segment that was chosen, None for the whole list; never the whole list by a slip of the address."""
    typed = values.get("segment", "")
    if not typed:
        return None
    try:
        return uuid.UUID(typed)
    except ValueError:
        raise NotFound("segment", _("Ce segment n’existe pas, ou plus.")) from None


@blueprint.post("/<uuid:issue_id>/envoyer")
@requires("editor", "staff")
def send(issue_id: uuid.UUID) -> ResponseReturnValue:
    """Send. A second click finds the issue sent, and shows its ledger."""
    version = request.form.get("version", "")
    try:
        with db().transaction() as session:
            campaign_id = publishing.send(
                session,
                issue_id,
                house(),
                who=who(),
                now=clock.now(),
                segment_id=_choice(request.form),
                segment_version=int(version) if version.isdecimal() and len(version) < 9 else 0,
            )
    except RuleError as refusal:
        if refusal.code != "issue-sent":
            raise
        with db().reading() as session:
            campaign_id = issues.get(session, issue_id).campaign_id or uuid.UUID(int=0)
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)
