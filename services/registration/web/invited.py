"""Step 1 of nine: the page behind the link of an invitation. Next: services/registration/use_cases/invited.py.

The address is a secret that a mail took to one person: it is the proof of who asks, also for the mail program that
posts « List-Unsubscribe » without having seen a page. So no form here needs a token, or a cookie.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.registration.models.events import Event
from services.registration.queries import forms, identity
from services.registration.queries import invitations as queries
from services.registration.use_cases import erasure_asked
from services.registration.use_cases import invited as use_cases
from services.registration.web import answers, erasure, public
from shared import clock
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.forms import Loaded
from shared.web.limits import limited, public_form
from shared.web.security import keep_private
from shared.web.words import _

blueprint = Blueprint("invited", __name__, url_prefix="/invitation/<token>")
leaving = Blueprint("invitations_left", __name__, url_prefix="/invitation/<token>/ne-plus-etre-invite")
"""Without a token against forged forms: a mail program posts there by itself (RFC 8058), and the address is secret."""


@blueprint.get("")
def show(token: str) -> ResponseReturnValue:
    """The form with what was known of them in it; or why it is not there. Opening it is noted nowhere."""
    with db().reading() as session:
        one = use_cases.open_link(session, token)
        where = use_cases.standing(session, one, clock.now())
        event = session.get_one(Event, one.event_id)
        if where != "open":
            return _page(session, token, where, event)
        found = public.find(session, event.slug)
        known: dict[str, Any] = {name: getattr(one, name) for name in ("first_name", "last_name", "email")}
        known |= one.known
        asked = answers.Asked(forms.current(session, found.id))
        body = public.form_page(session, found, asked, Loaded(raw=known), token=token)
    return keep_private(make_response(body))


@blueprint.post("")
@public_form
def register(token: str) -> ResponseReturnValue:
    with db().reading() as session:
        slug = session.get_one(Event, use_cases.open_link(session, token).event_id).slug
    return keep_private(make_response(public.submit(slug, token)))


@blueprint.post("/je-ne-viendrai-pas")
@limited(30)
def decline(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.decline(session, token, clock.now())
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/je-viendrai")
@limited(30)
def undo(token: str) -> ResponseReturnValue:
    with db().transaction() as session:
        use_cases.undo_decline(session, token, clock.now())
    return redirect(url_for(".show", token=token), 303)


@leaving.get("")
def ask_stop(token: str) -> ResponseReturnValue:
    """Reading this page changes nothing: programs that follow links in mails come here too. It is there for as long as
    mails are kept."""
    with db().reading() as session:
        try:
            one = use_cases.open_link(session, token)
        except NotFound:
            return _erased(session, token)
        return _page(session, token, "stop", session.get_one(Event, one.event_id))


@leaving.post("")
@limited(30)
def stop(token: str) -> ResponseReturnValue:
    """No invitation any more, or again. Once the invitation is erased, what the mail carries beside it says who."""
    again = "again" in request.form
    proof = request.args.get("a", "")
    with db().transaction() as session:
        try:
            (use_cases.undo_stop if again else use_cases.stop)(session, token, clock.now())
        except NotFound:
            who = use_cases.who_leaves(proof, settings().secret_key)
            if not who:
                return _erased(session, token)
            by_hash = use_cases.undo_stop_address if again else use_cases.stop_address
            by_hash(session, who, clock.now(), about=uuid.UUID(who[:32]))
    flash(_("Vous recevrez de nouveau nos invitations.") if again else _("Vous ne serez plus invité·e."), "done")
    return redirect(url_for(".ask_stop", token=token, a=proof or None), 303)


def _erased(session: Session, token: str) -> ResponseReturnValue:
    """The invitation is gone, and the address with it: what its mail still does, or what to do instead."""
    proof = request.args.get("a", "")
    who = use_cases.who_leaves(proof, settings().secret_key)
    said = render_template(
        "public/invitation_erased.html",
        token=token,
        proof=proof,
        known=bool(who),
        stopped=bool(who) and queries.stopped(session, who) is not None,
        ours=identity.organiser(session, clock.now()),
    )
    return keep_private(make_response(said, 200 if who else 404))


@blueprint.post("/effacer")
@limited(10)
def erase(token: str) -> ResponseReturnValue:
    """Send the link that confirms: this one may have been passed on."""
    with db().transaction() as session:
        sent = erasure_asked.ask_invited(session, token, clock.now(), site=settings().public_url)
    erasure.say(sent)
    return redirect(url_for("invitations_left.ask_stop", token=token), 303)


def _page(session: Session, token: str, where: str, event: Event) -> ResponseReturnValue:
    one = use_cases.open_link(session, token)
    stopped = queries.stopped_at(session, one.email_key) is not None
    said = render_template("public/invitation.html", token=token, where=where, event=event, one=one, stopped=stopped)
    return keep_private(make_response(said, 410 if where in ("over", "taken_back") else 200))
