"""Staff pages: every single mail in both languages, as HTML and as plain text, with the data of an example."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from services.mailer import previews, render
from services.mailer.web import words
from services.mailer.web.mail_view import framed
from shared.identity import requires

blueprint = Blueprint("mail_models", __name__, url_prefix="/courriers/modeles")


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    return render_template("mail_models/index.html", templates=render.templates(), words=words)


@blueprint.get("/<template>")
@requires("editor", "staff", "auditor")
def show(template: str) -> str:
    seen = [previews.preview(template, language) for language in previews.LANGUAGES]
    return render_template("mail_models/show.html", template=template, seen=seen, words=words)


@blueprint.get("/<template>/<language>")
@requires("editor", "staff", "auditor")
def mail(template: str, language: str) -> Response:
    """The HTML alone, for the frame of the page."""
    return framed(previews.preview(template, language).html)
