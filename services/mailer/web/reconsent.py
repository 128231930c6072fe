"""Three years without a sign: the staff's page of who is coming, and the public page whose button answers."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.mailer import coming_back, reconsent
from services.mailer.models.contacts import Contact
from services.mailer.web import words
from services.mailer.web.contacts import NoteForm, page
from services.mailer.web.unsubscribe import link_of, masked
from shared import clock
from shared.identity import requires, who
from shared.web import db
from shared.web.forms import load
from shared.web.limits import limited

blueprint = Blueprint("reconsent", __name__, url_prefix="/contacts")
links = Blueprint("reconsent_links", __name__, url_prefix="/rester")

AHEAD = dt.timedelta(days=90)
SHOWN = 200


@blueprint.get("/sans-nouvelles")
@requires("editor", "staff", "auditor")
def index() -> str:
    """Who was asked and when they are forgotten, who comes in the next three months; whose letters all come back."""
    now = clock.now()
    with db().reading() as session:
        people = reconsent.silent(session, reconsent.years_before(now + AHEAD), most=SHOWN)
        shown = [(one, session.get_one(Contact, one.id)) for one in people]
        returned = coming_back.found(session, most=SHOWN)
    return render_template(
        "contacts/silent.html",
        shown=shown,
        returned=returned,
        in_a_row=coming_back.IN_A_ROW,
        words=words,
        limit=reconsent.years_before(now),
        days=reconsent.ANSWER.days,
        years=reconsent.YEARS,
        most=SHOWN,
    )


@blueprint.post("/<uuid:contact_id>/nouvelles")
@requires("editor", "staff")
def heard(contact_id: uuid.UUID) -> ResponseReturnValue:
    """Somebody answered a letter, or called."""
    form = load(NoteForm(), request.form)
    if form.data is None:
        return page(contact_id, note=form), 422
    how = form.data["how"] or _("nouvelles reçues par l’équipe")
    with db().transaction() as session:
        reconsent.note_heard(session, contact_id, how, who=who(), now=clock.now())
    flash(_("C’est noté : les trois ans repartent d’aujourd’hui."), "done")
    return redirect(url_for("contacts.show", contact_id=contact_id), 303)


@links.get("/<token>")
def show(token: str) -> str:
    """The question again. Following the link answers nothing: mail servers follow it too."""
    return _page(token, done=False)


@links.post("/<token>")
@limited(60, "minute")
def stay(token: str) -> str:
    link = link_of(token)
    with db().transaction() as session:
        reconsent.stay(session, link.contact_id, clock.now())
    return _page(token, done=True)


def _page(token: str, *, done: bool) -> str:
    link = link_of(token)
    with db().reading() as session:
        contact = session.get(Contact, link.contact_id)
        asked = reconsent.question(session, link.contact_id)
    return render_template(
        "lists/stay.html", token=token, contact=contact, asked=asked, done=done,
        address=masked(contact.email) if contact else "",
    )  # fmt: skip
