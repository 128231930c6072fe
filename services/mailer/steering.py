"""A sending is paused, resumed, stopped for good: by a person on its page or at the command line, with the journal."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.mailer import campaigns
from shared import audit


def pause(session: Session, campaign_id: uuid.UUID, because: str, *, who: str, now: dt.datetime) -> None:
    """What is on its way ends; nothing else leaves until it is resumed. Raises NotFound, RuleError."""
    campaigns.pause(session, campaign_id, because.strip()[:300])
    _note(session, campaign_id, "paused", who, now)


def resume(
    session: Session, campaign_id: uuid.UUID, *, who: str, now: dt.datetime, retry_blocked: bool = False
) -> None:
    """Go on, if asked with those that a relay refused for a fault of ours too. Raises NotFound, RuleError."""
    campaigns.resume(session, campaign_id, retry_blocked=retry_blocked)
    _note(session, campaign_id, "resumed", who, now)


def cancel(session: Session, campaign_id: uuid.UUID, *, who: str, now: dt.datetime) -> int:
    """For good; returns how many mails will not leave. Raises NotFound, RuleError."""
    stopped = campaigns.cancel(session, campaign_id, now)
    _note(session, campaign_id, "cancelled", who, now)
    return stopped


def _note(session: Session, campaign_id: uuid.UUID, act: str, who: str, now: dt.datetime) -> None:
    audit.record(
        session, who=who, what=act, thing="campaign", thing_id=campaign_id, before=None, after={"act": act}, now=now
    )
