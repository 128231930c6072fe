"""Staff pages: every single mail in both languages, as HTML and as plain text, with the data of an example."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, Response, render_template
from flask_babel import lazy_gettext as _l

from services.mailer import previews, render
from services.mailer.settings import Settings
from services.mailer.web import words
from services.mailer.web.mail_view import framed
from shared.identity import requires
from shared.web import settings

blueprint = Blueprint("mail_models", __name__, url_prefix="/courriers/modeles")

_SUBJECTS = {
    "registration_confirmed": _l("Rencontres et inscriptions"),
    "jury_result": _l("Jury, dossiers et aides"),
    "contribution_invitation": _l("L’Écho et les contacts"),
}
"""Where each begins in the order of `words.MAIL`."""


@blueprint.get("/")
@requires("editor", "staff", "auditor")
def index() -> str:
    return render_template("mail_models/index.html", subjects=_by_subject(render.templates()), words=words)


def _by_subject(templates: list[str]) -> list[tuple[str, list[str]]]:
    """As things happen, under three headings: their names in the code say nothing to who looks for one."""
    subjects: list[tuple[str, list[str]]] = []
    for one in [*words.MAIL, *(one for one in templates if one not in words.MAIL)]:
        if one in _SUBJECTS:
            subjects.append((str(_SUBJECTS[one]), []))
        if one in templates:
            subjects[-1][1].append(one)
    return subjects


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
