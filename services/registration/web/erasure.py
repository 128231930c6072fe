"""Step 1 of nine: ask to be erased, confirm by a mailed link, read the receipt. Next: use_cases/erasing.py."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from services.registration.rules import erasure as rules
from services.registration.use_cases import erasing, erasure_asked, links
from shared import clock
from shared.identity import requires
from shared.web import db, settings
from shared.web.limits import limited
from shared.web.security import keep_private
from shared.web.words import _

blueprint = Blueprint("erasure", __name__)
blueprint.after_request(keep_private)


@blueprint.post("/i/<token>/effacer")
@limited(10, "minute")
def ask(token: str) -> ResponseReturnValue:
    """Send the link that confirms."""
    with db().transaction() as session:
        sent = erasure_asked.ask(session, links.open_link(session, token), clock.now(), site=settings().public_url)
    say(sent)
    return redirect(url_for("personal.data", token=token), 303)


@blueprint.post("/g/<token>/effacer")
@limited(10, "minute")
def ask_member(token: str) -> ResponseReturnValue:
    """The same from the page of an exchange group's member."""
    with db().transaction() as session:
        sent = erasure_asked.ask_member(session, token, clock.now(), site=settings().public_url)
    say(sent)
    return redirect(url_for("groups.member", token=token), 303)


def say(sent: bool) -> None:
    if sent:
        flash(_("Un courriel part à votre adresse. Son lien, valable deux jours, confirme l’effacement."), "done")
    else:
        flash(_("Un courriel est déjà parti il y a moins de dix minutes : regardez aussi les indésirables."), "wait")


@blueprint.get("/effacement/<token>")
def show(token: str) -> str:
    """Before: what will be erased. After: the receipt, which fills as the other services answer."""
    with db().reading() as session:
        request_ = erasing.open_request(session, token, clock.now())
        mine, others = erasing.found_for(session, request_)
        return render_template(
            "erasure/show.html",
            token=token,
            erasure=request_,
            registrations=[(one.event.title, one.event.starts_at) for one in mine],
            others=len(others),
            in_groups=erasing.groups_of(session, request_),
            speaks_for=erasing.speaks_for(session, request_),
            in_directory=erasing.in_directory(session, request_),
            told_of=erasing.told_of(session, request_),
            services=[(name, words, request_.receipts.get(name)) for name, words in _services()],
            complete=all(request_.receipts.get(name) for name, _words in _services()),
            kinds={key: _(words) for key, words in rules.KINDS.items()},
            what={key: _(words) for key, words in rules.WHAT.items()},
            why={key: _(words) for key, words in rules.WHY.items()},
        )


@blueprint.post("/effacement/<token>")
@limited(10, "minute")
def confirm(token: str) -> ResponseReturnValue:
    """Erase, and go on to the receipt."""
    with db().transaction() as session:
        erasing.confirm(session, token, clock.now(), site=settings().public_url)
    return redirect(url_for(".show", token=token), 303)


@blueprint.get("/equipe/conservation")
@requires("staff", "auditor")
def retention() -> str:
    """What the rules of retention will erase within the hour, and when they apply."""
    with db().reading() as session:
        return render_template("erasure/retention.html", due=erasing.retain(session, clock.now(), dry_run=True))


def _services() -> list[tuple[str, Any]]:
    return [("registration", _("Inscriptions")), ("jury", _("Jury")), ("mailer", _("Courrier et L’Écho"))]
