"""An issue that leaves at a set hour: step 2 of nine. How an hour is kept and met is in `hours.py`."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.mailer import approval, hours, issues, kept, publishing, segments
from services.mailer.audience import Filter
from services.mailer.models.issues import Issue
from services.mailer.publishing import House
from shared.db import Database
from shared.errors import RuleError


def schedule(
    session: Session,
    issue_id: uuid.UUID,
    at: dt.datetime,
    house: House,
    *,
    who: str,
    now: dt.datetime,
    segment_id: uuid.UUID | None = None,
    segment_version: int | None = None,
    seen: str | None = None,
) -> None:
    """Send at that instant, to the audience as it was shown.

    Whoever schedules approves what they saw (`seen`, its stamp). Raises RuleError.
    """
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Ce numéro est déjà parti. Son registre d’envoi est ouvert.")
    hours.refuse(at, now)
    name, asked = segments.chosen(session, segment_id, segment_version)
    publishing.ready(session, issue, house, kept.narrowed(session, issue, asked), at)
    approval.give(session, issue, who=who, now=now, seen=seen)
    before = {"send_at": issue.send_at.isoformat()} if issue.send_at else None
    issue.state = "ready"
    hours.appoint(issue, at, name, asked, who, now)
    issues.record(session, issue, "scheduled", before, {"send_at": at.isoformat(), "segment": name}, who, now)


def cancel(session: Session, issue_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Not at that hour, and not at all until somebody sends it. Raises RuleError once it has left."""
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Trop tard : ce numéro est parti. Son registre d’envoi est ouvert.")
    before = hours.lift(issue)
    issue.updated_at = now
    issues.record(session, issue, "unscheduled", before, None, who, now)


def send_due(db: Database, house: House, now: dt.datetime) -> list[uuid.UUID]:
    """Send the issues that are due; returns the campaigns."""

    def leave(session: Session, issue: Issue, segment: str, asked: Filter, who: str) -> uuid.UUID:
        return publishing.leave(session, issue, house, segment, asked, who=who, now=now)

    return hours.send_due(db, Issue, leave, issues.record, now)
