"""Staff pages: every single mail in both languages, as HTML and as plain text, with the data of an example."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, render_template

from services.mailer import previews, render
from services.mailer.settings import Settings
from services.mailer.web import words
from services.mailer.web.mail_view import framed
from shared.identity import requires
from shared.web import settings

blueprint = Blueprint("mail_models", __name__, url_prefix="/courriers/modeles")


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    return render_template("mail_models/index.html", templates=render.templates(), words=words)


@blueprint.get("/<template>")
@requires("editor", "staff", "auditor")
def show(template: str) -> str:
    seen = [_preview(template, language) for language in previews.LANGUAGES]
    return render_template("mail_models/show.html", template=template, seen=seen, words=words)


@blueprint.get("/<template>/<language>")
@requires("editor", "staff", "auditor")
def mail(template: str, language: str) -> Response:
    """The HTML alone, for the frame of the page."""
    return framed(_preview(template, language).html)


def _preview(template: str, language: str) -> previews.Preview:
    """As it leaves here, with or without an address for answers."""
    return previews.preview(template, language, cast(Settings, settings()).bounce_domain)
