"""What the author of a contribution is told by mail: the link, that it is out, or why it is not. Step 2 of nine.

Only the first holds their link, as nothing but its hash is kept; what became of their articles stays to be read there.
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
    if issue is None or issue.contributions_until is None:
        message = "Donnez d’abord à un numéro un dernier jour pour les contributions : l’invitation le dit."
        raise RuleError("no-open-issue", message)
    transactional.send(
        session,
        template="contribution_invitation",
        to=contributor.email,
        data={
            "person": {"first_name": contributor.name, "last_name": "", "locale": "fr"},
            "organiser": {"name": house.organiser, "email": house.reply_to},
            "structure": contributor.structure,
            "number": issue.number,
            "until": issue.contributions_until.isoformat(),
            "link": link,
        },
        business_key=(f"contributor:{contributor.id}", now.isoformat()),
    )


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
    session: Session, template: str, contributor: Contributor, more: dict[str, Any], house: House, thing: str
) -> None:
    data = {
        "person": {"first_name": contributor.name, "last_name": "", "locale": "fr"},
        "organiser": {"name": house.organiser, "email": house.reply_to},
        "structure": contributor.structure,
        **more,
    }
    transactional.send(session, template=template, to=contributor.email, data=data, business_key=(thing, "1"))
