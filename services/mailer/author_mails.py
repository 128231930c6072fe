"""What an author is told by mail: that an issue waits, that their article is out, or why it is not. Step 2 of nine.

Only the first holds their link; what became of their articles stays to be read there.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import transactional
from services.mailer.models.issues import Contribution, Contributor, Issue, Item
from shared import audit
from shared.errors import RuleError

if TYPE_CHECKING:
    from services.mailer.publishing import House


def invitation(
    session: Session, contributor: Contributor, issue: Issue | None, link: str, house: House, now: dt.datetime
) -> None:
    """The personal link to a contributor; the ledger forgets it once the mail is out. Raises RuleError."""
    _ask(session, "contribution_invitation", contributor, waiting(issue), link, house, now.isoformat())


def call(session: Session, contributor: Contributor, issue: Issue, link: str, house: House) -> bool:
    """An issue waits for them; once. False: they had this mail already."""
    return _ask(session, "contribution_invitation", contributor, issue, link, house, "1")


def reminder(session: Session, contributor: Contributor, issue: Issue, link: str, house: House) -> bool:
    """The last day comes near and nothing came; once. False: they had this mail already."""
    return _ask(session, "contribution_reminder", contributor, issue, link, house, "1")


def about(issue: Issue) -> str:
    """What all mails that ask to write for an issue are about, as the ledger calls it."""
    return f"call:{issue.id}"


def waiting(issue: Issue | None) -> Issue:
    """The issue, when there is one that takes contributions. Raises RuleError."""
    if issue is None or issue.contributions_until is None:
        message = "Donnez d’abord à un numéro un dernier jour pour les contributions : l’invitation le dit."
        raise RuleError("no-open-issue", message)
    return issue


def _ask(
    session: Session, template: str, contributor: Contributor, issue: Issue, link: str, house: House, version: str
) -> bool:
    assert issue.contributions_until is not None
    more = {"number": issue.number, "until": issue.contributions_until.isoformat(), "link": link}
    return _tell(session, template, contributor, more, house, about(issue), version)


def published(session: Session, issue: Issue, house: House) -> None:
    """One mail per author with what the issue has of theirs, as the newsroom trimmed it; once per issue."""
    rows = session.execute(
        sa.select(Contributor, sa.func.array_agg(Item.title))
        .join(Contribution, Contribution.contributor_id == Contributor.id)
        .join(Item, Item.id == Contribution.item_id)
        .where(Contribution.issue_id == issue.id, Contributor.revoked_at.is_(None))
        .group_by(Contributor.id)
    )
    for contributor, titles in rows:
        more = {"number": issue.number, "titles": sorted(titles), "url": house.archive_url(issue)}
        _tell(session, "contribution_published", contributor, more, house, f"issue:{issue.id}")


def refused(session: Session, contribution: Contribution, house: House) -> bool:
    """The newsroom's reason, in its own words. False: nobody is told, their link was taken back."""
    author = contribution.contributor
    if author.revoked_at is not None:
        return False
    more = {
        "number": contribution.issue.number,
        "title": contribution.title,
        "reason": contribution.reason,
        # The organiser of an event, whose workshop brought this back, was never given one.
        "has_link": any(one.what == "invited" for one in audit.history(session, "contributor", author.id)),
    }
    _tell(session, "contribution_refused", author, more, house, f"contribution:{contribution.id}")
    return True


def _tell(
    session: Session,
    template: str,
    contributor: Contributor,
    more: dict[str, Any],
    house: House,
    thing: str,
    version: str = "1",
) -> bool:
    data = {
        "person": {"first_name": contributor.name, "last_name": "", "locale": "fr"},
        "organiser": {"name": house.organiser, "email": house.reply_to},
        "structure": contributor.structure,
        **more,
    }
    key = (thing, version)
    return transactional.send(session, template=template, to=contributor.email, data=data, business_key=key) is not None
