"""The letters of a list on the web: those that were written for everybody, with the words of the mail."""

from __future__ import annotations

import uuid
from email.utils import format_datetime

from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from services.mailer import letters, lists, prose
from services.mailer.models.contacts import ECHO
from services.mailer.web.signup import language
from shared.errors import NotFound
from shared.web import db, settings
from shared.web.i18n import typography

blueprint = Blueprint("list_archive", __name__, url_prefix="/listes")


@blueprint.get("/<list_key>/")
def index(list_key: str) -> ResponseReturnValue:
    with db().reading() as session:
        found = lists.get(session, list_key)
        published = letters.published(session, list_key)
    if list_key == ECHO and not published:
        return redirect(url_for("archive.index"), 302)
    if not found.open and not published:
        raise NotFound("list", _("Cette liste n’existe pas."))  # who may not join it need not know of it
    name, description = found.words(language())
    return render_template(
        "archive/letters.html", list=found, name=name, description=description, published=published, echo=ECHO
    )


@blueprint.get("/<list_key>/flux.xml")
def feed(list_key: str) -> Response:
    """The letters of the last years, for a feed reader."""
    with db().reading() as session:
        found = lists.get(session, list_key)
        published = letters.published(session, list_key)[:20]
    if not found.open and not published:
        raise NotFound("list", _("Cette liste n’existe pas."))
    base = f"{settings().public_url}/listes/{list_key}"
    shown = render_template("archive/letters.xml", list=found, published=published, base=base, stamp=format_datetime)
    return Response(shown, mimetype="application/rss+xml")


@blueprint.get("/<list_key>/<uuid:letter_id>")
def show(list_key: str, letter_id: uuid.UUID) -> str:
    with db().reading() as session:
        published = letters.published(session, list_key)
        letter = next((one for one in published if one.id == letter_id), None)
        if letter is None:
            raise NotFound("letter", _("Cette lettre n’existe pas, ou n’est lue que par ses destinataires."))
        found = lists.get(session, list_key)
    body = Markup(typography(Markup(prose.paragraphs(letter.text))))  # noqa: S704  (cleaned by nh3)
    others = [one for one in published if one.id != letter_id][:6]
    return render_template(
        "archive/letter.html", letter=letter, list=found, name=found.words(language())[0], body=body, others=others
    )
