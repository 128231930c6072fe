"""Staff pages: what became of every mail of a campaign, while it runs and for ever after."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from services.mailer import campaigns, ledger, limits, recipients, steering
from services.mailer.rules import FATES, UNFINISHED
from services.mailer.web import words
from shared import clock
from shared.errors import RuleError
from shared.identity import requires, who
from shared.web import db, files
from shared.web.i18n import number

blueprint = Blueprint("campaigns", __name__)


@blueprint.app_template_filter("lived")
def _lived(instant: dt.datetime | None) -> dt.datetime | None:
    """An instant of the ledger, which goes by the database's clock, as pages show it."""
    return instant and clock.lived(instant)


READING_ORDER = (
    "accepted", "transmitting", "claimed", "unknown", "deferred", "returned", "rejected", "suppressed", "cancelled",
    "pending",
)  # fmt: skip
"""The bar fills from the left with what is settled; what waits stays at the right."""


@blueprint.app_template_filter("breaking")
def _breaking(address: str) -> Markup:
    """An address that a narrow column breaks before its signs, never inside a word."""
    return Markup("<wbr>").join(re.split(r"(?=[@._+])", address))


@blueprint.get("/campagnes/")
@requires("editor", "staff", "auditor")
def index() -> str:
    with db().reading() as session:
        every = [(one, campaigns.progress(session, one.id)) for one in recipients.campaigns(session)[:30]]
    return render_template("campaigns/index.html", every=every, words=words, parts=parts)


def parts(counts: dict[str, int], *, zeros: bool = False) -> list[tuple[Any, int, str]]:
    """The states as the bar draws them: (words, count, tone)."""
    return [
        (words.SHORT[state], counts[state], words.MESSAGE[state][1])
        for state in READING_ORDER
        if counts[state] or zeros
    ]


def time_left(progress: campaigns.Progress, refused: bool = False) -> str:
    """The time left in words, rounded up: nobody is helped by seconds. refused: whether a relay takes nothing now."""
    waiting = sum(progress.counts[state] for state in UNFINISHED)
    if progress.state != "running" or not waiting:  # none waits, and the senders have not said yet that it is finished
        return ""
    if progress.seconds_left is None:
        only_retries = waiting == progress.counts["deferred"]
        if refused and not only_retries:
            return str(_("attend le serveur d’envoi"))
        return str(_("de nouveaux essais sont prévus") if only_retries else _("en train de partir"))
    minutes = -(-int(progress.seconds_left) // 60)
    if progress.seconds_left < 60:
        return str(_("encore moins d’une minute"))
    return str(ngettext("encore une minute", "encore %(num)d minutes", minutes))


@blueprint.get("/campagnes/<uuid:campaign_id>")
@requires("editor", "staff", "auditor")
def show(campaign_id: uuid.UUID) -> str:
    state = request.args.get("etat", "")
    state = state if state in FATES else ""
    text, raw = request.args.get("q", "")[:200], request.args.get("page", "1")
    at = int(raw) if raw.isdecimal() and len(raw) < 7 and int(raw) else 1
    with db().reading() as session:
        campaign = recipients.campaign(session, campaign_id)
        progress = campaigns.progress(session, campaign_id)
        people, total = recipients.page(session, campaign_id, words=text, state=state, page=at)
        refusals = _refusals(session, progress)
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        people=people,
        total=total,
        search=text,
        state=state,
        page=at,
        pages=max(1, -(-total // recipients.PAGE)),
        states=READING_ORDER,
        **_live(progress, refusals),
    )


def _refusals(session: Session, progress: campaigns.Progress) -> list[limits.Refusal]:
    """Why nothing may be leaving, while something should."""
    return limits.refusals(session, "bulk") if progress.state == "running" else []


def _live(progress: campaigns.Progress, refusals: list[limits.Refusal]) -> dict[str, Any]:
    return {
        "progress": progress,
        "refusals": refusals,
        "parts": parts,
        "left": time_left(progress, bool(refusals)),
        "words": words,
        "group_columns": [one for one in READING_ORDER if any(row[one] for row in progress.fates_by_group.values())],
    }


@blueprint.get("/campagnes/<uuid:campaign_id>/progres")
@requires("editor", "staff", "auditor")
def fragment(campaign_id: uuid.UUID) -> Response:
    """The living part of the page, fetched again while the campaign runs."""
    with db().reading() as session:
        progress = campaigns.progress(session, campaign_id)
        refusals = _refusals(session, progress)
    response = Response(render_template("campaigns/_progress.html", **_live(progress, refusals)))
    response.headers["X-Campaign-State"] = progress.state
    return response


@blueprint.post("/campagnes/<uuid:campaign_id>/<any(pause, reprendre, arreter):act>")
@requires("editor", "staff")
def steer(campaign_id: uuid.UUID, act: str) -> ResponseReturnValue:
    try:
        said = _steered(campaign_id, act, clock.now())
    except RuleError as refusal:
        if refusal.code != "wrong-state":
            raise
        flash(_("Cet envoi a changé d’état entre-temps : voici où il en est."), "stop")
    else:
        flash(said, "going" if act == "reprendre" else "wait")
    return redirect(url_for(".show", campaign_id=campaign_id), 303)


def _steered(campaign_id: uuid.UUID, act: str, now: dt.datetime) -> str:
    by: Any = {"who": who(), "now": now}
    with db().transaction() as session:
        if act == "pause":
            steering.pause(session, campaign_id, request.form.get("because", ""), **by)
            said: str = _("L’envoi est en pause. Ce qui était en route se termine.")
        elif act == "reprendre":
            steering.resume(session, campaign_id, retry_blocked=request.form.get("retry_blocked") == "yes", **by)
            said = _("L’envoi reprend.")
        else:
            stopped = steering.cancel(session, campaign_id, **by)
            said = ngettext(
                "L’envoi est arrêté : %(count)s message ne partira pas.",
                "L’envoi est arrêté : %(count)s messages ne partiront pas.",
                stopped,
                count=number(stopped),
            )
    return said


@blueprint.get("/campagnes/<uuid:campaign_id>/arreter")
@requires("editor", "staff")
def confirm_stop(campaign_id: uuid.UUID) -> ResponseReturnValue:
    """Stopping is for good, so it is asked once more, with what will happen."""
    with db().reading() as session:
        campaign = recipients.campaign(session, campaign_id)
        progress = campaigns.progress(session, campaign_id)
    if campaign.state not in ("running", "paused"):
        return redirect(url_for(".show", campaign_id=campaign_id), 303)
    return render_template("campaigns/stop.html", campaign=campaign, progress=progress)


@blueprint.post("/campagnes/<uuid:campaign_id>/messages/<uuid:message_id>")
@requires("editor", "staff")
def resolve(campaign_id: uuid.UUID, message_id: uuid.UUID) -> ResponseReturnValue:
    """Settle an unknown outcome: it came, as the person or the relay's log says, or send it once more."""
    settle(message_id)
    return redirect(url_for(".show", campaign_id=campaign_id, _anchor="inconnus"), 303)


def settle(message_id: uuid.UUID) -> None:
    """Do what the form says about an unknown outcome, of a campaign or of a single mail, and tell so."""
    how = request.form.get("how", "")
    if how not in ("accepted", "resend"):
        raise RuleError("how", _("Dites si le message est arrivé, ou s’il faut le renvoyer."), status=400)
    with db().transaction() as session:
        ledger.resolve_unknown(session, message_id, how, who=who(), now=clock.now())
    flash(_("C’est noté : arrivé.") if how == "accepted" else _("Le message repart, une fois."), "done")


@blueprint.get("/campagnes/<uuid:campaign_id>/registre.csv")
@requires("editor", "staff", "auditor")
def proof(campaign_id: uuid.UUID) -> Response:
    """The ledger as a file: one line per person, whom nobody can say were forgotten or written to twice."""
    with db().reading() as session:
        recipients.campaign(session, campaign_id)
        rows = [
            [
                one.email,
                one.name,
                one.structure,
                str(words.fate(one.state, one.back)[0]),
                clock.lived(one.changed_at).astimezone(clock.PARIS).isoformat(timespec="seconds"),
                one.attempts,
                one.code or "",
                words.answer(None, one.answer, one.reason, one.back).removeprefix("—"),
                one.relay,
                one.message_id,
            ]
            for one in recipients.every(session, campaign_id)
        ]
    titles = [_("Courriel"), _("Nom"), _("Structure"), _("État"), _("Depuis"), _("Essais"), _("Code"),
              _("Réponse du relais"), _("Relais"), _("Message-ID")]  # fmt: skip
    return files.as_csv([titles, *rows], f"registre-{campaign_id}.csv")
