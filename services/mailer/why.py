"""Why somebody did, or did not, get a letter: the ledger where it has a row for them, and else what kept them out.

Step 2 of nine, for the staff's page of a person. A campaign's audience is frozen at its start, so the reasons are those
of that instant, as far as they can still be known.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import directory
from services.mailer.audience import Filter
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Campaign, Message
from services.mailer.models.returns import came_back


@dataclass(frozen=True)
class Answer:
    """One campaign and one person. state: of their row in the ledger, "" without one; reason: a stable word.

    back: the reason for which the mail came back after the relay had taken it, "" when it did not.
    """

    campaign_id: uuid.UUID
    title: str
    at: dt.datetime
    state: str
    reason: str
    back: str


def of(session: Session, contact: Contact, limit: int = 12) -> list[Answer]:
    """The latest campaigns, and what became of each for this person."""
    begun = sa.select(Campaign).options(sa.orm.defer(Campaign.html), sa.orm.defer(Campaign.text))
    begun = begun.where(Campaign.started_at.is_not(None)).order_by(Campaign.started_at.desc(), Campaign.id).limit(limit)
    campaigns = list(session.scalars(begun))
    keys = [contact.email_key, *(one.email_key for one in directory.former(session, contact.id))]
    rows = sa.select(Message, came_back())
    rows = rows.where(Message.email_key.in_(keys), Message.campaign_id.in_([one.id for one in campaigns]))
    rows = rows.order_by(Message.reason != "merged", Message.id)  # of two addresses, the mail that went says more
    theirs = {one.campaign_id: (one, back) for one, back in session.execute(rows)}
    answers = []
    for one in campaigns:
        assert one.started_at is not None
        row, back = theirs.get(one.id, (None, None))
        state, reason = (row.state, row.reason) if row else ("", _kept_out(session, contact, one, one.started_at))
        if one.state == "paused" and state in ("pending", "deferred"):
            reason = "paused"
        answers.append(Answer(one.id, one.title, one.started_at, state, reason, back or ""))
    return answers


def _kept_out(session: Session, contact: Contact, campaign: Campaign, at: dt.datetime) -> str:
    """The first of the conditions of `audience.py` that did not hold."""
    said = [one for one in directory.consents(session, contact.id) if one.list == campaign.list]
    before = [one for one in said if one.at <= at]
    if not before:
        return "later" if said else "never"
    if before[0].status != "given":
        return "left"
    barred = directory.suppressions(session, contact.email_key)
    if any(one.scope in ("all", "bulk", campaign.list) and one.created_at <= at for one in barred):
        return "suppressed"
    asked = Filter.of(campaign.filter)
    if contact.kept and asked.about and not set(contact.kept) & set(asked.about):
        return "kept"
    for wanted, has in ((asked.topics, contact.topics), (asked.zones, contact.zones),
                        (asked.departements, [contact.departement]), (asked.kinds, [contact.kind])):  # fmt: skip
        if wanted and not set(wanted) & set(has):
            return "segment"
    if campaign.issue_id is not None and _had_it(session, contact, campaign):
        return "before"
    return "changed"


def _had_it(session: Session, contact: Contact, campaign: Campaign) -> bool:
    earlier = (
        sa.select(Message.id)
        .join(Campaign, Campaign.id == Message.campaign_id)
        .where(
            Campaign.issue_id == campaign.issue_id,
            Campaign.id != campaign.id,
            Message.email_key == contact.email_key,
        )
    )
    return session.scalar(earlier.limit(1)) is not None
