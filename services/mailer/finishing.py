"""When a campaign is over: looked at by every sender once a second, also for what came after the end.

Starting, pausing and cancelling are in `campaigns.py`; which states count as open is in `rules.py`.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import rules


def finish(session: Session, now: dt.datetime) -> list[uuid.UUID]:
    """Campaigns with nothing pending, claimed, deferred or transmitting are finished; returns which.

    What came too late for that is put right first: a mail of unknown outcome may be answered "not now", or sent
    again by an editor, just after its campaign was finished, and one on the wire may be deferred after the
    cancellation.
    """
    session.execute(
        sa.text("""
            UPDATE campaigns c SET state = 'running', finished_at = NULL
            WHERE c.state = 'finished' AND EXISTS (
                SELECT 1 FROM messages m
                WHERE m.campaign_id = c.id AND m.state = ANY(CAST(:unfinished AS text[])))
        """),
        {"unfinished": rules.UNFINISHED},
    )
    session.execute(
        sa.text("""
            WITH left_over AS (
                SELECT m.id FROM campaigns c JOIN messages m ON m.campaign_id = c.id
                WHERE c.state = 'cancelled' AND m.state IN ('pending', 'deferred') ORDER BY m.id FOR UPDATE OF m
            )
            UPDATE messages m SET state = 'cancelled' FROM left_over WHERE m.id = left_over.id
        """)
    )
    return list(
        session.scalars(
            sa.text("""
                UPDATE campaigns c SET state = 'finished', finished_at = :now
                WHERE c.state = 'running' AND NOT EXISTS (
                    SELECT 1 FROM messages m
                    WHERE m.campaign_id = c.id AND m.state = ANY(CAST(:unfinished AS text[])))
                RETURNING c.id
            """),
            {"now": now, "unfinished": rules.UNFINISHED},
        )
    )
