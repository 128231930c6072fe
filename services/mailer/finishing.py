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
    # For each campaign one look into the index of campaign and state. Once the table was analyzed in the middle of a
    # campaign, the planner would rather read all of its rows, every second: hence LIMIT 1, and no sequential scans.
    session.execute(sa.text("SET LOCAL enable_seqscan = off"))
    session.execute(
        sa.text("""
            UPDATE campaigns c SET state = 'running', finished_at = NULL
            WHERE c.state = 'finished' AND (
                SELECT true FROM messages m
                WHERE m.campaign_id = c.id AND m.state = ANY(CAST(:unfinished AS text[])) LIMIT 1)
        """),
        {"unfinished": rules.UNFINISHED},
    )
    # Which of the cancelled, first: asked for their mails at once, the planner reads the whole table by its key.
    halted = list(
        session.scalars(
            sa.text("""
                SELECT c.id FROM campaigns c
                WHERE c.state = 'cancelled' AND (
                    SELECT true FROM messages m
                    WHERE m.campaign_id = c.id AND m.state IN ('pending', 'deferred') LIMIT 1)
            """)
        )
    )
    if halted:
        session.execute(
            sa.text("""
                WITH left_over AS (
                    SELECT id FROM messages
                    WHERE campaign_id = ANY(:halted) AND state IN ('pending', 'deferred') ORDER BY id FOR UPDATE
                )
                UPDATE messages m SET state = 'cancelled' FROM left_over WHERE m.id = left_over.id
            """),
            {"halted": halted},
        )
    finished = list(
        session.scalars(
            sa.text("""
                UPDATE campaigns c SET state = 'finished', finished_at = :now
                WHERE c.state = 'running' AND (
                    SELECT true FROM messages m
                    WHERE m.campaign_id = c.id AND m.state = ANY(CAST(:unfinished AS text[])) LIMIT 1) IS NULL
                RETURNING c.id
            """),
            {"now": now, "unfinished": rules.UNFINISHED},
        )
    )
    session.execute(sa.text("SET LOCAL enable_seqscan = on"))
    return finished
