"""Leaving a list, and coming back by the same click. The page of everything one may choose is `preferences.py`.

A letter is forwarded, and its link with it: whoever holds one may take its owner off a list, but puts them on none
without a mail to the owner (`signup.come_back`).

A GET changes nothing, whoever follows the link: a person, or the scanner of their mail server. The POST
needs no cookie, no sign-in and no page before it (RFC 8058), may come twice, and answers 200.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from services.mailer import contacts, lists, signup, unsubscribe
from services.mailer.models.contacts import GIVEN, Contact
from services.mailer.preferences import LEAVE, LEAVE_VERSION
from services.mailer.web.house import house
from services.mailer.web.signup import language
from shared import clock
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.limits import limited

blueprint = Blueprint("unsubscribe", __name__)


def link_of(token: str) -> unsubscribe.Link:
    """What a link of a letter is about. Raises NotFound."""
    link = unsubscribe.verify(token, secret=settings().secret_key)
    if link is None:
        raise NotFound(
            "unsubscribe-link",
            _("Ce lien est incomplet : il a sans doute été coupé. Copiez-le en entier, ou répondez à notre message."),
        )
    with db().reading() as session:
        return replace(link, contact_id=contacts.leads_to(session, link.contact_id))


def _status(link: unsubscribe.Link) -> tuple[Contact | None, str]:
    """Somebody whose contact is gone has nothing left to leave: that is said, not a fault."""
    with db().reading() as session:
        contact = session.get(Contact, link.contact_id)
        return contact, contacts.status(session, link.contact_id, link.list)


def masked(email: str) -> str:
    """Enough of an address to recognise one's own: "c…x@example.org"."""
    local, _at, domain = email.partition("@")
    return f"{local[:1]}…{local[-1:]}@{domain}" if len(local) > 2 else f"{local[:1]}…@{domain}"


@blueprint.get("/unsubscribe/<token>")
def show(token: str) -> str:
    link = link_of(token)
    contact, status = _status(link)
    return _page(token, link, contact, status, done=False)


# Ten times what a person's page may: a one-click POST comes from the servers of the mail provider, and a large one
# sends those of hundreds of readers from one address in the minutes after an issue. A 429 there would be a reader
# who left and is written to again. The button of the page shares the limit: whoever wanted the higher one would
# only have to say "One-Click". What keeps a robot from unsubscribing others is the keyed token, not the limit.
@blueprint.post("/unsubscribe/<token>")
@limited(600, "minute")
def act(token: str) -> ResponseReturnValue:
    """Leave. One click of a mail program (`List-Unsubscribe=One-Click`) and the button of the page are the same."""
    link = link_of(token)
    one_click = request.form.get("List-Unsubscribe") == "One-Click"
    source = "bouton de la messagerie" if one_click else "lien du message"
    with db().transaction() as session:
        if session.get(Contact, link.contact_id) is not None:
            contacts.withdraw(session, link.contact_id, link.list, source, LEAVE, LEAVE_VERSION, clock.now())
    contact, status = _status(link)
    return _page(token, link, contact, status, done=True)


@blueprint.post("/unsubscribe/<token>/annuler")
@limited(60, "minute")
def undo(token: str) -> str:
    """It was a slip: back on the list."""
    link = link_of(token)
    with db().transaction() as session:
        back = _come_back(session, link.contact_id, link.list, "annulation du désabonnement")
    contact, status = _status(link)
    return _page(token, link, contact, status, done=True, asked=not back)


def _come_back(session: Session, contact_id: uuid.UUID, key: str, source: str) -> bool:
    """Whether they are on the list now; else the owner of the mailbox is asked by mail."""
    if contacts.status(session, contact_id, key) == GIVEN:
        return True
    ours = house(session)
    organiser = {"name": ours.organiser, "email": ours.reply_to}
    url, now = settings().public_url, clock.now()
    words = {key: "Me réabonner"}
    return not signup.come_back(session, contact_id, words, source, organiser=organiser, public_url=url, now=now)


def _page(
    token: str, link: unsubscribe.Link, contact: Contact | None, status: str, *, done: bool, asked: bool = False
) -> str:
    with db().reading() as session:
        name = next((one.words(language())[0] for one in lists.every(session) if one.key == link.list), link.list)
    return render_template(
        "lists/unsubscribe.html",
        token=token,
        name=name,
        address=masked(contact.email) if contact else "",
        subscribed=status == GIVEN,
        done=done,
        asked=asked,
    )
