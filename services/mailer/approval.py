"""The two-person rule: who prepared an issue is not the only one who approves it. Step 2 of nine.

An approval is about the content as it stands: `issues.record` takes it back with the next change. The rule itself is
in `rules.py`; a CHECK of the table repeats it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Protocol

from sqlalchemy.orm import Session

from services.mailer import issues, rules, versions
from services.mailer.models.issues import Issue
from shared.errors import RuleError
from shared.web.words import _

SHORTEST_REASON = 10


def approve(session: Session, issue_id: uuid.UUID, *, who: str, now: dt.datetime, seen: str | None = None) -> None:
    """Say that one has read the issue and that it may leave.

    seen: the stamp of what was read. Raises RuleError once it has left, while it is empty, or when it has changed.
    """
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Ce numéro est déjà parti.")
    if not issue.items:
        raise RuleError("no-items", "Ce numéro est vide : il n’y a rien à approuver.")
    versions.refuse_unread(versions.whole(issue), seen)
    _add(session, issue, who, now)


def except_alone(session: Session, issue_id: uuid.UUID, reason: str, *, who: str, now: dt.datetime) -> None:
    """Say why nobody else can approve the content as it stands. Raises RuleError without a reason."""
    issue = issues.get(session, issue_id, lock=True)
    if issue.state == "sent":
        raise RuleError("issue-sent", "Ce numéro est déjà parti.")
    reason = reason.strip()
    if len(reason) < SHORTEST_REASON:
        message = _("Dites en une phrase pourquoi personne d’autre ne peut relire : elle reste au journal.")
        raise RuleError("reason", message, field="reason")
    issue.alone_because = reason
    issues.record(session, issue, "approved_alone", None, {"reason": reason}, who, now)


def give(session: Session, issue: Issue, *, who: str, now: dt.datetime, seen: str | None = None) -> None:
    """Whoever sends or schedules approves. Raises RuleError when that makes one pair of eyes only, with no reason.

    seen: the stamp of what was read; RuleError "edited-meanwhile" when the issue is another by now.
    """
    versions.refuse_unread(versions.whole(issue), seen)
    if issue.items:
        _add(session, issue, who, now)
    if not holds(issue):
        raise RuleError(
            "two-person",
            "Qui a préparé ce numéro ne peut pas être seul à l’approuver. Demandez à quelqu’un d’autre de le relire.",
        )


class Read(Protocol):
    """What two persons read before it leaves: an issue, a letter."""

    prepared_by: list[str]
    approved_by: list[str]
    alone_because: str


def holds(issue: Read, *more: str) -> bool:
    """Whether the issue or letter may leave, once these have approved it too."""
    return bool(issue.alone_because) or rules.two_persons(issue.prepared_by, [*issue.approved_by, *more])


def helps(read: Read, who: str) -> bool:
    """Whether a person's approval brings anything: not given yet, and not that of the only author."""
    return who not in read.approved_by and set(read.prepared_by) != {who}


def _add(session: Session, issue: Issue, who: str, now: dt.datetime) -> None:
    if who not in issue.approved_by:
        issue.approved_by = [*issue.approved_by, who]
        issues.record(session, issue, "approved", None, {"approved_by": issue.approved_by}, who, now)
