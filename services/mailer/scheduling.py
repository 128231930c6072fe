"""Sending at a set hour: step 2 of nine. The hour, the audience and the approvals wait in the issue's row.

Nothing waits in a process: the senders look every second for what is due, so a restart loses nothing, and the row's
lock makes one of them send.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import approval, issues, kept, publishing, segments
from services.mailer.audience import Filter
from services.mailer.models.issues import Issue
from services.mailer.publishing import House
from shared.clock import PARIS
from shared.db import Database
from shared.errors import RuleError
from shared.web.words import _

LATEST = dt.timedelta(hours=6)
"""Nobody wants at night what was meant for the morning: after a longer standstill a person decides again."""


def instant(day: dt.date, time: dt.time, field: str = "time") -> dt.datetime:
    """A day and an hour in Paris. Of an hour that comes twice, the first. Raises RuleError for one that never comes."""
    local = dt.datetime.combine(day, time.replace(second=0, microsecond=0, tzinfo=None), PARIS)
    if local.astimezone(dt.UTC).astimezone(PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        message = _("Cette heure n’existe pas ce jour-là : les horloges avancent de 2 h à 3 h. Prenez-en une autre.")
        raise RuleError("no-such-hour", message, field=field)
    return local.astimezone(dt.UTC)


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
) -> None:
    """Send at that instant, to the audience as it was shown. Whoever schedules approves. Raises RuleError."""
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Ce numéro est déjà parti. Son registre d’envoi est ouvert.")
    if at <= now:
        raise RuleError("past", "Cette heure est déjà passée.", field="day")
    if at > now + dt.timedelta(days=366):
        raise RuleError("far", "C’est dans plus d’un an : vérifiez la date.", field="day")
    name, asked = segments.chosen(session, segment_id, segment_version)
    publishing.ready(session, issue, house, kept.narrowed(session, issue, asked), at)
    approval.give(session, issue, who=who, now=now)
    before = {"send_at": issue.send_at.isoformat()} if issue.send_at else None
    issue.state, issue.send_at, issue.schedule_failed = "ready", at, ""
    issue.schedule = {"segment": name, "filter": asked.kept(), "by": who}
    issue.updated_at = now
    issues.record(session, issue, "scheduled", before, {"send_at": at.isoformat(), "segment": name}, who, now)


def cancel(session: Session, issue_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """Not at that hour, and not at all until somebody sends it. Raises RuleError once it has left."""
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Trop tard : ce numéro est parti. Son registre d’envoi est ouvert.")
    if issue.send_at is None:
        raise RuleError("not-scheduled", "Aucun envoi n’était programmé.")
    before = {"send_at": issue.send_at.isoformat()}
    issue.send_at, issue.schedule, issue.updated_at = None, None, now
    issues.record(session, issue, "unscheduled", before, None, who, now)


def send_due(db: Database, house: House, now: dt.datetime) -> list[uuid.UUID]:
    """Send what is due; returns the campaigns. What cannot leave is unscheduled, and its page says why."""
    with db.reading() as session:
        due = list(session.scalars(sa.select(Issue.id).where(Issue.send_at <= now).order_by(Issue.send_at)))
    return [campaign for issue_id in due if (campaign := _send_one(db, issue_id, house, now))]


def _send_one(db: Database, issue_id: uuid.UUID, house: House, now: dt.datetime) -> uuid.UUID | None:
    query = sa.select(Issue).where(Issue.id == issue_id, Issue.send_at <= now).with_for_update(skip_locked=True)
    try:
        with db.transaction() as session:
            issue = session.scalar(query)
            if issue is None or issue.schedule is None or issue.send_at is None:
                return None
            if now - issue.send_at > LATEST:
                raise RuleError("late", "Les serveurs étaient arrêtés à l’heure dite.")
            asked = Filter.of(issue.schedule["filter"])
            who = str(issue.schedule["by"])
            return publishing.leave(session, issue, house, str(issue.schedule["segment"]), asked, who=who, now=now)
    except RuleError as refusal:
        failed = refusal.code
    with db.transaction() as session:
        issue = session.scalar(query)
        if issue is not None and issue.send_at is not None:
            before = {"send_at": issue.send_at.isoformat()}
            issue.send_at, issue.schedule, issue.schedule_failed = None, None, failed
            issues.record(session, issue, "schedule_failed", before, {"reason": failed}, "sender", now)
    return None
