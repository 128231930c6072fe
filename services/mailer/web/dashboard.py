"""The mailer's first page: where we are in the year of L'Écho, and what to do next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from services.mailer import calls, campaigns, contributions, directory, issues, limits, recipients, single_mails
from services.mailer.web import words
from services.mailer.web.campaigns import parts, time_left
from services.mailer.web.issues import today
from shared import clock
from shared.identity import current_staff, requires
from shared.messaging import deadletters
from shared.web import db
from shared.web.i18n import date, moment, number

blueprint = Blueprint("dashboard", __name__)


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
    steps: list[Step] = []
    for relay in sorted({one.relay for one in refusals}):
        why = words.refusal(next(one.reason for one in refusals if one.relay == relay))
        title = _("Le serveur d’envoi %(relay)s ne prend rien en ce moment", relay=relay)
        words_ = _(
            "Raison : %(why)s. Nous réessayons de nous-mêmes ; si cela dure, prévenez qui tient le serveur.", why=why
        )
        running = next((one for one, stand in sent if stand.state == "running"), None)
        href = url_for("campaigns.show", campaign_id=running.id) if running else url_for("single_mails.index")
        steps.append(Step(title, words_, href, urgent=True))
    for campaign, progress in sent:
        if progress.counts["unknown"]:
            steps.append(
                Step(
                    ngettext("Un message à l’issue inconnue", "%(num)d messages à l’issue inconnue",
                             progress.counts["unknown"]),
                    _("%(title)s : la ligne s’est coupée avant la réponse. La page dit comment savoir s’il est arrivé.",
                      title=campaign.title),
                    url_for("campaigns.show", campaign_id=campaign.id, _anchor="inconnus"),
                    urgent=True,
                )
            )  # fmt: skip
        if campaign.state == "paused":
            steps.append(
                Step(_("Un envoi est en pause"), campaign.paused_because or campaign.title,
                     url_for("campaigns.show", campaign_id=campaign.id), urgent=True)
            )  # fmt: skip
    if doubts:
        steps.append(
            Step(
                ngettext("Un courrier à l’issue inconnue", "%(num)d courriers à l’issue inconnue", doubts),
                _("La ligne s’est coupée avant la réponse. La page dit comment savoir s’il est arrivé."),
                url_for("single_mails.index", _anchor="inconnus"),
                urgent=True,
            )
        )
    if parked:
        steps.append(
            Step(
                ngettext("Un fait mis de côté", "%(num)d faits mis de côté", parked),
                _("Un autre service l’a annoncé, celui-ci n’a pas su quoi en faire. Rien n’est perdu."),
                url_for("deadletters.index"),
                urgent=True,
            )
        )
    if not totals["all"]:
        words_ = _("Déposez le fichier que vous tenez dans un tableur.")
        steps.append(Step(_("Importer vos contacts"), words_, url_for("imports.index")))
    if waiting and making:
        steps.append(
            Step(
                ngettext("Une contribution attend votre réponse", "%(num)d contributions attendent votre réponse",
                         len(waiting)),
                ", ".join(sorted({one.contributor.structure for one in waiting})),
                url_for("issues.show", issue_id=making.id, _anchor="recus"),
            )
        )  # fmt: skip
    if called_for and called_for.contributions_until and uncalled:
        title = _("Appeler à écrire pour le nº %(number)s", number=called_for.number)
        words_ = ngettext(
            "Une association ne sait pas encore qu’elle a jusqu’au %(when)s.",
            "%(num)d associations ne savent pas encore qu’elles ont jusqu’au %(when)s.",
            len(uncalled),
            when=moment(called_for.contributions_until),
        )
        steps.append(Step(title, words_, url_for("contributors.index")))
    if making is None:
        next_number, day = _next()
        steps.append(
            Step(_("Ouvrir le nº %(number)s", number=next_number), _("Date proposée : %(day)s.", day=date(day)),
                 url_for("issues.index"))
        )  # fmt: skip
    elif making.send_at:
        title = _("Le nº %(number)s partira tout seul", number=making.number)
        words_ = _("%(when)s, heure de Paris. Jusque-là, cela s’annule.", when=moment(making.send_at))
        steps.append(Step(title, words_, url_for("issues.show", issue_id=making.id)))
    elif making.schedule_failed:
        title = _("L’envoi programmé du nº %(number)s n’a pas eu lieu", number=making.number)
        words_ = str(words.SCHEDULE_FAILED.get(making.schedule_failed, making.schedule_failed))
        steps.append(Step(title, words_, url_for("issues.show", issue_id=making.id), urgent=True))
    elif items == 0:
        words_ = _("Il est vide : ajoutez un article, ou invitez les associations à écrire.")
        title = _("Composer le nº %(number)s", number=making.number)
        steps.append(Step(title, words_, url_for("issues.show", issue_id=making.id)))
    else:
        due = making.planned_on <= today()
        words_ = ngettext(
            "Prévu le %(day)s, %(n)s article.",
            "Prévu le %(day)s, %(n)s articles.",
            items,
            day=date(making.planned_on),
            n=number(items),
        )
        title = _("Relire et envoyer le nº %(number)s", number=making.number)
        steps.append(Step(title, words_, url_for("sending.look", issue_id=making.id), urgent=due))
    return render_template(
        "dashboard.html", totals=totals, making=making, items=items, waiting=waiting, sent=sent, steps=steps,
        words=words, parts=parts, time_left=time_left, now=now,
    )  # fmt: skip


def _next() -> tuple[int, dt.date]:
    with db().reading() as session:
        return issues.next_plan(session, today())
