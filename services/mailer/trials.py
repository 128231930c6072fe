"""A mail to many, tried first: as a single mail to the staff member who asks, or to mailboxes that they name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.mailer import echo, publishing, transactional
from services.mailer.models.issues import Issue


def send_issue(
    session: Session,
    issue: Issue,
    house: publishing.House,
    *,
    to: Sequence[str],
    name: str,
    now: dt.datetime,
    language: str = "fr",
) -> None:
    """The issue to each of these addresses; its personal links lead to the issue's page."""
    made = publishing.render_issue(issue, house, language)
    send(session, f"issue:{issue.id}", made, house.answered(issue.readers), to=to, name=name, now=now)


def send(
    session: Session,
    thing: str,
    rendered: echo.RenderedIssue,
    house: publishing.House,
    *,
    to: Sequence[str],
    name: str,
    now: dt.datetime,
) -> None:
    """A mail to many as a single mail to each of these addresses. name: of the staff member who asks."""
    parts = {"html": rendered.html, "text": rendered.text}
    for hole in echo.HOLES:
        parts = {part: content.replace("{{" + hole + "}}", house.public_url) for part, content in parts.items()}
    data = {
        "person": {"first_name": name, "last_name": "", "locale": "fr"},
        "organiser": {"name": house.from_name, "email": house.reply_to},
        "subject": f"[essai] {rendered.subject}",
        "from_name": house.from_name,
        **parts,
    }
    key = (thing, f"test:{now.isoformat()}")
    for email in to:
        transactional.send(session, template="campaign_test", to=email, data=data, business_key=key)
