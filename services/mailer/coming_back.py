"""Whose letters keep coming back though no server says that nobody is there. For the staff's page; decides nothing.

A full or a closed mailbox may open again, so nobody is struck for it; but whoever has had none of the last letters is
for a person to ask, or to set aside.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer.reconsent import REACHABLE

IN_A_ROW = 3
"""Letters. Two may fall into one holiday."""


@dataclass(frozen=True)
class ComingBack:
    """reason: of the latest. since: when the first of these letters left."""

    contact_id: uuid.UUID
    name: str
    email: str
    reason: str
    since: dt.datetime


# From what came back, which is little, to the last letters of these people only. A refusal for a fault of ours counts
# for nothing: it says nothing of the person.
_LATEST = sa.text(f"""
    SELECT p.id, trim(p.first_name || ' ' || p.last_name) AS name, p.email, latest.reason, latest.since
    FROM (SELECT DISTINCT m.contact_id FROM returns r JOIN messages m ON m.id = r.message_id
          WHERE r.kind = 'bounce' AND r.verdict = 'keep' AND m.campaign_id IS NOT NULL) back
    JOIN contacts p ON p.id = back.contact_id AND p.status = 'active'
    CROSS JOIN LATERAL (
        SELECT count(*) AS letters, bool_and(one.reason IS NOT NULL) AS every, min(one.changed_at) AS since,
            (array_agg(one.reason ORDER BY one.changed_at DESC))[1] AS reason
        FROM (SELECT m.changed_at, (SELECT r.reason FROM returns r WHERE r.message_id = m.id AND r.kind = 'bounce'
                  AND r.verdict = 'keep' ORDER BY r.at DESC LIMIT 1) AS reason
              FROM messages m WHERE m.email_key = p.email_key AND m.campaign_id IS NOT NULL AND m.state = 'accepted'
              ORDER BY m.changed_at DESC LIMIT :in_a_row) one
    ) latest
    WHERE latest.letters = :in_a_row AND latest.every AND {REACHABLE}
    ORDER BY latest.since, p.email_key LIMIT :most
""")  # noqa: S608  (constants; every value is bound)


def found(session: Session, most: int) -> list[ComingBack]:
    """Whoever had none of the last three letters, for the longest first."""
    return [ComingBack(*row) for row in session.execute(_LATEST, {"in_a_row": IN_A_ROW, "most": most})]
