"""L'Écho on the web, for everybody: each issue with the same words as the mail."""

from __future__ import annotations

from email.utils import format_datetime

from flask import Blueprint, Response, render_template

from services.mailer import corrections, echo, issues, publishing
from services.mailer.echo_words import FRAMES
from services.mailer.models.issues import SECTIONS, Issue
from services.mailer.web.house import house
from services.mailer.web.signup import language
from shared.web import db, settings

blueprint = Blueprint("archive", __name__, url_prefix="/echo")


@blueprint.get("/")
def index() -> str:
    with db().reading() as session:
        published = issues.published(session)
    return render_template("archive/index.html", published=published)


@blueprint.get("/flux.xml")
def feed() -> Response:
    """The issues of the last years, for a feed reader."""
    with db().reading() as session:
        published = [(one, titles(one)) for one in issues.published(session, items=True)[:20]]
    shown = render_template("archive/feed.xml", published=published, base=settings().public_url, stamp=format_datetime)
    return Response(shown, mimetype="application/rss+xml")


def titles(issue: Issue) -> list[str]:
    """Of its items, as one reads them: section after section."""
    return [item.title for item in sorted(issue.items, key=lambda one: (SECTIONS.index(one.section), one.position))]


@blueprint.get("/<int:number>")
def show(number: int) -> str:
    with db().reading() as session:
        issue = issues.by_number(session, number)
        others = [other for other in issues.published(session) if other.number != number]
        corrected = corrections.of(session, issue.id)
        edition = publishing.edition(issue, house(session, issue.sent_at))
    return render_template("archive/show.html", issue=issue, **shown(edition), others=others[:6], corrected=corrected)


def shown(edition: echo.Edition) -> dict[str, object]:
    """What an issue shows, on the web and in the editor; its headings in the reader's language."""
    titles = FRAMES[language()].sections
    return {
        "edition": edition,
        "sections": [(key, titles[key], pieces) for key, pieces in edition.sections.items() if pieces],
        "editorial": echo.editorial(edition),
        "clean": echo.cleaned,
    }
