"""What the other services have for an issue: one click brings it in. Step 2 of nine.

Workshops' restitutions wait on the contribution desk, in the organiser's name; calls wait here until they close.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.mailer import contributions, issues
from services.mailer.echo import french_date
from services.mailer.models.arrivals import OpenCall
from services.mailer.models.issues import TITLE_LIMIT, Contribution, Issue
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError
from shared.messaging.handlers import Event

_RESTITUTION = sa.text("""
    SELECT thing_id FROM audit_entries
    WHERE thing = 'contribution' AND who = 'registration' AND what = 'received' AND after ? 'workshop'
""")


@dataclass(frozen=True)
class Arrivals:
    """What may be brought into one issue."""

    calls: list[OpenCall]
    restitutions: list[Contribution]

    def __len__(self) -> int:
        return len(self.calls) + len(self.restitutions)


def receive_call(session: Session, event: Event) -> None:
    """A call opened, or what the public sees of it changed; an older fact that comes late changes nothing."""
    data = event.data
    row = insert(OpenCall).values(
        call_id=data["call_id"],
        title=data["title"],
        closes_at=data["closes_at"],
        url=data["url"],
        sequence=event.sequence,
    )
    new = {name: row.excluded[name] for name in ("title", "closes_at", "url", "sequence")}
    session.execute(
        row.on_conflict_do_update(
            index_elements=["call_id"], set_=new, where=OpenCall.sequence < row.excluded["sequence"]
        )
    )


def waiting(session: Session, issue: Issue, now: dt.datetime) -> Arrivals:
    """Calls still open once the issue has appeared, and not in it; restitutions nobody has answered yet."""
    planned = issues.end_of(issue.planned_on)
    assert planned is not None
    query = (
        sa.select(OpenCall).where(OpenCall.closes_at > max(planned, now)).order_by(OpenCall.closes_at, OpenCall.title)
    )
    there = {item.link for item in issue.items}
    calls = [call for call in session.scalars(query) if call.url not in there]
    told = set(session.scalars(_RESTITUTION))
    restitutions = [one for one in contributions.waiting(session, issue.id) if str(one.id) in told]
    return Arrivals(calls, restitutions)


def bring_in(session: Session, issue_id: uuid.UUID, *, who: str, now: dt.datetime) -> int:
    """Put all of it into the issue; returns how many items. Raises RuleError when there is nothing."""
    issue = issues.get(session, issue_id, lock=True)
    found = waiting(session, issue, now)
    if not found:
        raise RuleError("nothing", "Il n’y a plus rien à faire entrer : tout est déjà dans le numéro.")
    for one in found.restitutions:
        typed = {name: getattr(one, name) for name in contributions.FIELDS}
        contributions.accept(session, one.id, typed, who=who, now=now)
    for call in found.calls:
        issues.add_item(session, issue_id, _item(call), who=who, now=now)
    counts = {"calls": len(found.calls), "restitutions": len(found.restitutions)}
    audit.record(session, who=who, what="brought_in", thing="issue", thing_id=issue_id, before=None, after=counts,
                 now=now)  # fmt: skip
    return len(found)


def _item(call: OpenCall) -> dict[str, object]:
    assert call.closes_at is not None
    closes = call.closes_at.astimezone(PARIS)
    title = call.title if len(call.title) <= TITLE_LIMIT else call.title[: TITLE_LIMIT - 1] + "…"
    return {
        "section": "calls",
        "title": title,
        "text": f"Date limite : {french_date(closes.date())} à {closes.hour} h {closes:%M}, heure de Paris. "
        "Le règlement et le dossier sont en ligne.",
        "link": call.url,
        "expires_on": closes.date(),
    }
