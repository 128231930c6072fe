"""What is known of a sent issue without a pixel: what relays and readers told us. For the pages, decides nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from services.mailer.models.ledger import Campaign

ATTRIBUTED = dt.timedelta(days=60)
"""Who leaves within two months of an issue left after this one, unless a later one came between."""


@dataclass
class Figures:
    """Of one campaign, or of one provider in it. bounced: came back after the relay had taken it."""

    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    providers: dict[str, Figures] = field(default_factory=dict)

    @property
    def arrived(self) -> int:
        """As far as anybody knows: accepted, and not come back."""
        return self.accepted - self.bounced

    @property
    def too_many(self) -> bool:
        """Complaints beyond what large providers put up with."""
        return self.complained > 1 and self.complained > 0.003 * self.sent


_COUNTS = sa.text("""
    SELECT m.domain_group AS provider, count(*) AS sent,
        count(*) FILTER (WHERE m.state = 'accepted') AS accepted,
        count(*) FILTER (WHERE m.state = 'rejected') AS rejected,
        count(*) FILTER (WHERE r.bounced AND m.state = 'accepted') AS bounced,
        count(r.complained) FILTER (WHERE r.complained) AS complained,
        count(w.contact_id) AS unsubscribed
    FROM messages m
    LEFT JOIN LATERAL (
        SELECT bool_or(kind = 'bounce') AS bounced, bool_or(kind = 'complaint') AS complained
        FROM returns WHERE returns.message_id = m.id) r ON true
    LEFT JOIN LATERAL (
        SELECT contact_id FROM consents k
        WHERE k.contact_id = m.contact_id AND k.list = :list AND k.status = 'withdrawn'
          AND k.at >= :from AND k.at < :until LIMIT 1) w ON true
    WHERE m.campaign_id = ANY(:campaigns) AND m.state NOT IN ('suppressed', 'cancelled')
    GROUP BY m.domain_group
""")


_thing = sa.func.coalesce(Campaign.issue_id, Campaign.letter_id, Campaign.id)
"""What a campaign sends: one that went to the rest after a stop sends the same as the one before."""


def figures(session: Session, campaign_id: uuid.UUID) -> Figures:
    """Of what a campaign sent, and those before it of the same. One query of the ledger, whatever its size."""
    campaign = session.get_one(Campaign, campaign_id)
    whole = Figures()
    if campaign.started_at is None:
        return whole
    thing = campaign.issue_id or campaign.letter_id or campaign.id
    same = sa.select(Campaign.id, Campaign.started_at).where(_thing == thing, Campaign.started_at.is_not(None))
    ids, starts = zip(*session.execute(same), strict=True)
    began = min(starts)
    later = sa.select(sa.func.min(Campaign.started_at)).where(
        Campaign.list == campaign.list, Campaign.started_at > campaign.started_at, _thing != thing
    )
    until = session.scalar(later) or began + ATTRIBUTED
    values = {"campaigns": list(ids), "list": campaign.list, "from": began, "until": min(until, began + ATTRIBUTED)}
    for row in session.execute(_COUNTS, values):
        counts = dict(row._mapping)
        provider = str(counts.pop("provider"))
        whole.providers[provider] = Figures(**counts)
        for name, count in counts.items():
            setattr(whole, name, getattr(whole, name) + count)
    whole.providers = dict(sorted(whole.providers.items(), key=lambda one: -one[1].sent))
    return whole


def providers(session: Session, since: dt.datetime) -> dict[str, Figures]:
    """All campaigns since then, per provider, the largest first."""
    query = sa.select(Campaign.id).where(Campaign.started_at >= since).ext(distinct_on(_thing))
    query = query.order_by(_thing, Campaign.started_at.desc())
    whole: dict[str, Figures] = {}
    for campaign_id in session.scalars(query):
        for provider, counts in figures(session, campaign_id).providers.items():
            sums = whole.setdefault(provider, Figures())
            for name in ("sent", "accepted", "rejected", "bounced", "complained", "unsubscribed"):
                setattr(sums, name, getattr(sums, name) + getattr(counts, name))
    return dict(sorted(whole.items(), key=lambda one: -one[1].sent))
