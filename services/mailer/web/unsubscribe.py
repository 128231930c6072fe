"""Leaving, and coming back: the only pages of this service that every reader may need.

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

from services.mailer import contacts, directory, kept, lists, signup, unsubscribe
from services.mailer.models.contacts import ECHO, GIVEN, Consent, Contact
from services.mailer.web import words
from services.mailer.web.house import house
from services.mailer.web.signup import language
from shared import clock
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.limits import limited

blueprint = Blueprint("unsubscribe", __name__)

KINDS = ("section", "zone", "topic")
WORDING = "Me désabonner"
VERSION = "unsubscribe-1"


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
            contacts.withdraw(session, link.contact_id, link.list, source, WORDING, VERSION, clock.now())
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


def _come_back(session: Session, contact_id: uuid.UUID, key: str, source: str, **more: str) -> bool:
    if contacts.status(session, contact_id, key) == GIVEN:
        return True
    ours = house(session)
    organiser = {"name": ours.organiser, "email": ours.reply_to}
    url = settings().public_url
    return signup.come_back(
        session, contact_id, key, source, organiser=organiser, public_url=url, now=clock.now(), **more
    )


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


@blueprint.get("/preferences/<token>")
def preferences(token: str) -> str:
    """Every list, with what the person said of it last: their receipt."""
    return _preferences(token)


def _preferences(token: str, *, asked: bool = False, done: bool = False) -> str:
    link = link_of(token)
    with db().reading() as session:
        contact = session.get(Contact, link.contact_id)
        latest: dict[str, Consent] = {}
        for one in directory.consents(session, link.contact_id) if contact else []:
            latest.setdefault(one.list, one)
        # A closed list is shown to those who are on it: they must be able to leave.
        every = [
            (one.key, *one.words(language()), latest.get(one.key))
            for one in lists.every(session)
            if one.open or one.key in latest
        ]
        offered = kept.offered(session, contact) if contact else {}
        barred = {one.scope for one in directory.suppressions(session, contact.email_key)} if contact else set()
    return render_template(
        "lists/preferences.html",
        token=token,
        done=done,
        contact=contact,
        every=every,
        stopped={key for key, *_more in every if barred & {"all", "bulk", key}},
        offered=offered,
        echo=ECHO,
        words=words,
        address=masked(contact.email) if contact else "",
        asked=asked,
    )


@blueprint.post("/preferences/<token>")
@limited(60, "minute")
def choose(token: str) -> str:
    """One list on or off (the key of the list is the field), all of them off; what is kept of L'Écho; the language."""
    link = link_of(token)
    now, source, asked = clock.now(), "page des préférences", False
    with db().transaction() as session:
        if session.get(Contact, link.contact_id) is not None:
            leave_all = request.form.get("leave_all") == "yes"
            for one in lists.every(session):
                wish = request.form.get(one.key)
                subscribed = contacts.status(session, link.contact_id, one.key) == GIVEN
                if subscribed and (wish == "off" or leave_all):
                    contacts.withdraw(session, link.contact_id, one.key, source, WORDING, VERSION, now)
                elif wish == "on" and one.open and not leave_all:
                    wording = f"Recevoir « {one.name} »"
                    asked |= not _come_back(session, link.contact_id, one.key, source, wording=wording)
            if request.form.get("set_kept") == "yes":
                some = request.form.get("which") == "some"
                chosen = [one for kind in KINDS for one in request.form.getlist(f"kept_{kind}")[:100]]
                kept.keep(session, link.contact_id, chosen if some else [], now)
            if (wished := request.form.get("set_locale")) in ("fr", "en"):
                contacts.correct(session, link.contact_id, {"locale": wished}, who="contact", now=now)
    return _preferences(token, asked=asked, done=not asked)
