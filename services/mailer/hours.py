"""What leaves at a set hour, an issue or a letter: its row holds the hour, the audience and the approvals.

Nothing waits in a process: the senders look every second for what is due, so a restart loses nothing, and the row's
lock makes one of them send.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.audience import Filter
from services.mailer.models.issues import Issue
from services.mailer.models.letters import Letter
from shared.clock import PARIS
from shared.db import Database
from shared.errors import Refusal, RuleError
from shared.web.words import _

LATEST = dt.timedelta(hours=6)
"""Nobody wants at night what was meant for the morning: after a longer standstill a person decides again."""
FARTHEST = dt.timedelta(days=366)

Row = TypeVar("Row", Issue, Letter)


def instant(day: dt.date, time: dt.time, field: str = "time") -> dt.datetime:
    """A day and an hour in Paris. Of an hour that comes twice, the first. Raises RuleError for one that never comes."""
    local = dt.datetime.combine(day, time.replace(second=0, microsecond=0, tzinfo=None), PARIS)
    if local.astimezone(dt.UTC).astimezone(PARIS).replace(tzinfo=None) != local.replace(tzinfo=None):
        message = _("Cette heure n’existe pas ce jour-là : les horloges avancent de 2 h à 3 h. Prenez-en une autre.")
        raise RuleError("no-such-hour", message, field=field)
    return local.astimezone(dt.UTC)


def refuse(at: dt.datetime, now: dt.datetime) -> None:
    """Raises RuleError for an hour that is past, or so far that it must be a slip."""
    if at <= now:
        raise RuleError("past", _("Cette heure est déjà passée."), field="day")
    if at > now + FARTHEST:
        raise RuleError("far", _("C’est dans plus d’un an : vérifiez la date."), field="day")


def appoint(row: Issue | Letter, at: dt.datetime, segment: str, asked: Filter, who: str, now: dt.datetime) -> None:
    """Write the hour into the row, with the audience as it was shown."""
    row.send_at, row.schedule_failed, row.updated_at = at, "", now
    row.schedule = {"segment": segment, "filter": asked.kept(), "by": who}


def lift(row: Issue | Letter) -> dict[str, Any]:
    """No hour any more; returns what it was, for the journal. Raises RuleError when there was none."""
    if row.send_at is None:
        raise RuleError("not-scheduled", _("Aucun envoi n’était programmé."))
    before = {"send_at": row.send_at.isoformat()}
    row.send_at, row.schedule = None, None
    return before


def is_due(session: Session, now: dt.datetime) -> bool:
    """Whether the hour of an issue or a letter has come: what every sender asks every second, in one statement."""
    kinds = (sa.exists().where(kind.send_at <= now) for kind in (Issue, Letter))
    return bool(session.scalar(sa.select(sa.or_(*kinds))))


def send_due(
    db: Database,
    kind: type[Row],
    leave: Callable[[Session, Row, str, Filter, str], uuid.UUID],
    record: Callable[..., None],
    now: dt.datetime,
) -> list[uuid.UUID]:
    """Send what is due; returns the campaigns. What cannot leave loses its hour, and its page says why.

    leave(session, row, segment, asked, who) starts the campaign or raises RuleError; record writes to the journal.
    """
    with db.reading() as session:
        due = list(session.scalars(sa.select(kind.id).where(kind.send_at <= now).order_by(kind.send_at)))
    return [campaign for row_id in due if (campaign := _send_one(db, kind, row_id, leave, record, now))]


def _send_one(
    db: Database,
    kind: type[Row],
    row_id: uuid.UUID,
    leave: Callable[[Session, Row, str, Filter, str], uuid.UUID],
    record: Callable[..., None],
    now: dt.datetime,
) -> uuid.UUID | None:
    query = sa.select(kind).where(kind.id == row_id, kind.send_at <= now).with_for_update(skip_locked=True)
    try:
        with db.transaction() as session:
            row = session.scalar(query)
            if row is None or row.schedule is None or row.send_at is None:
                return None
            if now - row.send_at > LATEST:
                raise RuleError("late", _("Les serveurs étaient arrêtés à l’heure dite."))
            kept = row.schedule
            return leave(session, row, str(kept["segment"]), Filter.of(kept["filter"]), str(kept["by"]))
    except Refusal as refusal:
        failed = refusal.code
    with db.transaction() as session:
        row = session.scalar(query)
        if row is not None and row.send_at is not None:
            before = lift(row)
            row.schedule_failed = failed
            record(session, row, "schedule_failed", before, {"reason": failed}, "sender", now)
    return None
