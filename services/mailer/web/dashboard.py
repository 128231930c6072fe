"""The mailer's first page: where we are in the year of L'Écho, and what to do next."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from services.mailer import calls, campaigns, contributions, directory, issues, limits, recipients, single_mails
from services.mailer.models.issues import Issue
from services.mailer.models.ledger import Campaign
from services.mailer.web import words
from services.mailer.web.campaigns import parts, time_left
from services.mailer.web.issues import today
from shared import clock
from shared.identity import current_staff, requires
from shared.messaging import deadletters
from shared.web import db
from shared.web.i18n import date, moment, number

blueprint = Blueprint("dashboard", __name__)
Sent = tuple[Campaign, campaigns.Progress]


@dataclass(frozen=True)
class Step:
    """Something to do now. urgent: it cannot wait for tomorrow."""

    title: str
    words: str
    href: str
    urgent: bool = False


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Staff work on their page, everybody else reads L'Écho."""
    return redirect(url_for(".index" if current_staff() else "archive.index"), 302)


@blueprint.get("/equipe/")
@requires("editor", "staff", "auditor")
def index() -> str:
    now, staff = clock.now(), current_staff()
    with db().reading() as session:
        totals = directory.totals(session)
        every = issues.every(session)
        making = next((one for one in reversed(every) if one.state != "sent"), None)
        waiting = contributions.waiting(session, making.id) if making else []
        called_for = contributions.open_issue(session, now)
        uncalled = calls.uncalled(calls.standing(session, called_for)) if called_for else []
        sent = [(one, campaigns.progress(session, one.id)) for one in recipients.campaigns(session)[:4]]
        doubts = single_mails.how_many_unknown(session)
        parked = deadletters.count(session) if staff and staff.has("admin") else 0
        items = len(issues.get(session, making.id).items) if making else 0
        refusals = limits.refusals(session)
        issue = _make(making, items) if making else _plan(*issues.next_plan(session, today()))
    steps = [*_refused(refusals, sent), *_stuck(sent, doubts, parked)]
    if not totals["all"]:
        said = _("Déposez le fichier que vous tenez dans un tableur.")
        steps.append(Step(_("Importer vos contacts"), said, url_for("imports.index")))
    if waiting and making:
        title = ngettext(
            "Une contribution attend votre réponse", "%(num)d contributions attendent votre réponse", len(waiting)
        )
        whose = ", ".join(sorted({one.contributor.structure for one in waiting}))
        steps.append(Step(title, whose, url_for("issues.show", issue_id=making.id, _anchor="recus")))
    if called_for and called_for.contributions_until and uncalled:
        title = _("Appeler à écrire pour le nº %(number)s", number=called_for.number)
        said = ngettext(
            "Une association ne sait pas encore qu’elle a jusqu’au %(when)s.",
            "%(num)d associations ne savent pas encore qu’elles ont jusqu’au %(when)s.",
            len(uncalled),
            when=moment(called_for.contributions_until),
        )
        steps.append(Step(title, said, url_for("contributors.index")))
    steps.append(issue)
    return render_template(
        "dashboard.html", totals=totals, making=making, items=items, waiting=waiting, sent=sent, steps=steps,
        words=words, parts=parts, now=now,
        time_left=partial(time_left, refused=any(one.lane == "bulk" for one in refusals)),
    )  # fmt: skip


def _refused(refusals: Sequence[limits.Refusal], sent: Sequence[Sent]) -> Iterator[Step]:
    """Relays that take nothing now."""
    running = next((one for one, stand in sent if stand.state == "running"), None)
    href = url_for("campaigns.show", campaign_id=running.id) if running else url_for("single_mails.index")
    for relay in sorted({one.relay for one in refusals}):
        why = words.refusal(next(one.reason for one in refusals if one.relay == relay))
        title = _("Le serveur d’envoi %(relay)s ne prend rien en ce moment", relay=relay)
        said = _(
            "Raison : %(why)s. Nous réessayons de nous-mêmes ; si cela dure, prévenez qui tient le serveur.", why=why
        )
        yield Step(title, said, href, urgent=True)


def _stuck(sent: Sequence[Sent], doubts: int, parked: int) -> Iterator[Step]:
    """What goes no further until somebody decides. doubts: single mails of unknown outcome; parked: facts."""
    for campaign, progress in sent:
        page = partial(url_for, "campaigns.show", campaign_id=campaign.id)
        if unknown := progress.counts["unknown"]:
            title = ngettext("Un message à l’issue inconnue", "%(num)d messages à l’issue inconnue", unknown)
            said = _(
                "%(title)s : la ligne s’est coupée avant la réponse. La page dit comment savoir s’il est arrivé.",
                title=campaign.title,
            )
            yield Step(title, said, page(_anchor="inconnus"), urgent=True)
        if campaign.state == "paused":
            yield Step(_("Un envoi est en pause"), campaign.paused_because or campaign.title, page(), urgent=True)
    if doubts:
        title = ngettext("Un courrier à l’issue inconnue", "%(num)d courriers à l’issue inconnue", doubts)
        said = _("La ligne s’est coupée avant la réponse. La page dit comment savoir s’il est arrivé.")
        yield Step(title, said, url_for("single_mails.index", _anchor="inconnus"), urgent=True)
    if parked:
        title = ngettext("Un fait mis de côté", "%(num)d faits mis de côté", parked)
        said = _("Un autre service l’a annoncé, celui-ci n’a pas su quoi en faire. Rien n’est perdu.")
        yield Step(title, said, url_for("deadletters.index"), urgent=True)


def _plan(number: int, day: dt.date) -> Step:
    """No issue is in the making."""
    title, said = _("Ouvrir le nº %(number)s", number=number), _("Date proposée : %(day)s.", day=date(day))
    return Step(title, said, url_for("issues.index"))


def _make(issue: Issue, items: int) -> Step:
    """What the issue in the making waits for. items: how many articles it has."""
    href = url_for("issues.show", issue_id=issue.id)
    if issue.send_at:
        title = _("Le nº %(number)s partira tout seul", number=issue.number)
        return Step(title, _("%(when)s, heure de Paris. Jusque-là, cela s’annule.", when=moment(issue.send_at)), href)
    if issue.schedule_failed:
        title = _("L’envoi programmé du nº %(number)s n’a pas eu lieu", number=issue.number)
        why = str(words.SCHEDULE_FAILED.get(issue.schedule_failed, issue.schedule_failed))
        return Step(title, why, href, urgent=True)
    if items == 0:
        said = _("Il est vide : ajoutez un article, ou invitez les associations à écrire.")
        return Step(_("Composer le nº %(number)s", number=issue.number), said, href)
    said = ngettext(
        "Prévu le %(day)s, %(n)s article.",
        "Prévu le %(day)s, %(n)s articles.",
        items,
        day=date(issue.planned_on),
        n=number(items),
    )
    title, due = _("Relire et envoyer le nº %(number)s", number=issue.number), issue.planned_on <= today()
    return Step(title, said, url_for("sending.look", issue_id=issue.id), urgent=due)
