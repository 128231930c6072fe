"""What we hold about somebody, shown to them behind the link that went to their mailbox: read, download, erase."""

from __future__ import annotations

import datetime as dt
import json

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.mailer import erasure, lists, own_data
from services.mailer.models.contacts import Contact
from services.mailer.web import words
from services.mailer.web.house import house
from services.mailer.web.signup import language
from services.mailer.web.unsubscribe import link_of, masked
from shared import clock
from shared.errors import RuleError
from shared.web import db, files, settings
from shared.web.limits import limited
from shared.web.security import keep_private

asking = Blueprint("own_data_asking", __name__, url_prefix="/preferences")
links = Blueprint("own_data", __name__, url_prefix="/mes-donnees")
links.after_request(keep_private)


links.add_app_template_filter(words.choice, "choice_words")
links.add_app_template_filter(lambda keys: [(key, words.choice(key)) for key in keys], "choices_words")
links.add_app_template_filter(dt.datetime.fromisoformat, "instant")


@asking.post("/<token>/donnees")
@limited(10, "minute")
def ask(token: str) -> str:
    """Send the link to the address itself; the page says the same when its mails of the day are used up."""
    found = link_of(token)
    with db().transaction() as session:
        ours = house(session)
        contact = session.get(Contact, found.contact_id)
        address = masked(contact.email) if contact else ""
        if contact is not None:
            own_data.ask(
                session,
                contact,
                organiser={"name": ours.organiser, "email": ours.reply_to},
                public_url=settings().public_url,
                now=clock.now(),
            )
    return render_template("lists/own_data_sent.html", token=token, address=address)


@links.get("/<token>")
def show(token: str) -> str:
    with db().reading() as session:
        link = own_data.find(session, token, clock.now())
        held = own_data.held(session, link.email_key, clock.now())
        names = {one.key: one.words(language())[0] for one in lists.every(session)}
    return render_template("lists/own_data.html", token=token, held=held, names=names, words=words)


@links.get("/<token>/tout.json")
def download(token: str) -> Response:
    with db().reading() as session:
        link = own_data.find(session, token, clock.now())
        held = own_data.held(session, link.email_key, clock.now())
    return files.download(json.dumps(held, ensure_ascii=False, indent=2, default=str), "mes-donnees-agora.json")


@links.post("/<token>/effacer")
@limited(10, "minute")
def erase(token: str) -> ResponseReturnValue:
    now = clock.now()
    try:
        with db().transaction() as session:
            erased = own_data.erase(session, token, now)
    except erasure.StillSending:
        raise RuleError(
            "still-sending", _("Un message est en train de partir vers vous. Réessayez dans une minute.")
        ) from None
    return render_template("lists/own_data_erased.html", erased=erased, at=now, words=words)
