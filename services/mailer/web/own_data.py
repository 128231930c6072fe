"""What we hold about somebody, shown to them behind the link that went to their mailbox: read, download, erase."""

from __future__ import annotations

import datetime as dt
import json

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from services.mailer import erasure, lists, own_data
from services.mailer.web import words
from services.mailer.web.signup import language
from shared import clock
from shared.errors import RuleError
from shared.web import db, files
from shared.web.limits import limited
from shared.web.security import keep_private

links = Blueprint("own_data", __name__, url_prefix="/mes-donnees")
links.after_request(keep_private)

links.add_app_template_filter(words.choice, "choice_words")
links.add_app_template_filter(lambda keys: [(key, words.choice(key)) for key in keys], "choices_words")
links.add_app_template_filter(dt.datetime.fromisoformat, "instant")


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


@links.get("/<token>/effacer")
def confirm_erasure(token: str) -> str:
    """It is for good, so it is asked once more. Changes nothing."""
    with db().reading() as session:
        link = own_data.find(session, token, clock.now())
    return render_template("lists/own_data_erase.html", token=token, address=link.email_key)


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
