"""The call to write for an issue, to each association that writes, and one reminder: step 2 of nine.

The newsroom calls, once per issue and association. A week before the last day, whoever handed in nothing is reminded by
itself, once. The ledger knows who was written to; its business key keeps a second click from writing twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import author_mails, contributions, issues
from services.mailer.models.issues import Contribution, Contributor, Issue
from services.mailer.models.ledger import Message
from services.mailer.publishing import House
from shared import clock

CALL, REMINDER = "contribution_invitation", "contribution_reminder"
BEFORE = dt.timedelta(days=7)
APART = dt.timedelta(days=3)
"""Whoever was called this short a time ago is not reminded: they have just read it."""


@dataclass(frozen=True)
class Standing:
    """Where an association stands with an issue. called_at, reminded_at: by our clock, None when not written to."""

    contributor: Contributor
    handed_in: int
    called_at: dt.datetime | None
    reminded_at: dt.datetime | None = None


def standing(session: Session, issue: Issue) -> dict[uuid.UUID, Standing]:
    """Everybody who has a link, by id. Who only lent their name to a workshop's notes was never given one."""
    theirs = sa.and_(
        Contribution.contributor_id == Contributor.id,
        Contribution.issue_id == issue.id,
        Contribution.state != "withdrawn",
    )
    query = (
        sa.select(Contributor, sa.func.count(Contribution.id))
        .outerjoin(Contribution, theirs)
        .where(Contributor.revoked_at.is_(None), contributions.INVITED)
        .group_by(Contributor.id)
        .order_by(Contributor.structure, Contributor.id)
    )
    people = [(row[0], row[1]) for row in session.execute(query)]
    written = (
        sa.select(Message.email_key, Message.kind, sa.func.max(Message.created_at))
        .where(
            Message.email_key.in_([one.email_key for one, _ in people]),
            Message.kind.in_([CALL, REMINDER]),
            Message.thing == author_mails.about(issue),
        )
        .group_by(Message.email_key, Message.kind)
    )
    told = {(row[0], row[1]): clock.lived(row[2]) for row in session.execute(written)}
    return {
        one.id: Standing(one, handed_in, told.get((one.email_key, CALL)), told.get((one.email_key, REMINDER)))
        for one, handed_in in people
    }


def uncalled(standings: dict[uuid.UUID, Standing]) -> list[Contributor]:
    """Who neither handed in anything nor was written to."""
    return [one.contributor for one in standings.values() if not one.handed_in and one.called_at is None]


def call(session: Session, house: House, *, who: str, now: dt.datetime) -> int:
    """Write to each of them for the issue that waits; returns to how many. Raises RuleError when none waits."""
    issue = author_mails.waiting(contributions.open_issue(session, now))
    people = uncalled(standing(session, issue))
    told = sum(author_mails.call(session, one, issue, _link(one, house), house) for one in people)
    if told:
        issues.record(session, issue, "called", None, {"associations": told}, who, now)
    return told


def remind(session: Session, house: House, now: dt.datetime) -> int:
    """Write once more to who was called and handed in nothing, in the last week; returns to how many."""
    issue = contributions.open_issue(session, now)
    if issue is None or issue.contributions_until is None or issue.contributions_until - now > BEFORE:
        return 0
    return sum(
        author_mails.reminder(session, one.contributor, issue, _link(one.contributor, house), house)
        for one in standing(session, issue).values()
        if not one.handed_in and one.called_at is not None and now - one.called_at >= APART
    )


def _link(contributor: Contributor, house: House) -> str:
    return f"{house.public_url}/contribuer/{contributions.second_token(contributor, secret=house.link_key)}"
