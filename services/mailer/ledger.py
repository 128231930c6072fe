"""The statements of the send ledger: who may take which row, and what becomes of it.

Step 9 of nine. Which state may follow which is in `rules.py`; the page `docs/ledger.md` explains why. The two
changes of a mail on the wire (transmitting, result) are grouped over all connections by `writer.py`.
Everything here uses the database's clock, so that several machines agree.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import rules
from shared import audit
from shared.errors import NotFound, RuleError
from shared.web.words import _

CHANNEL = "mail"
"""NOTIFY channel; the payload is the lane that has something due."""


@dataclass(frozen=True)
class Claimed:
    """A row that one connection holds until its lease ends. age: seconds since it was written."""

    id: uuid.UUID
    owner: str
    kind: str
    lane: str
    template: str
    contact_id: uuid.UUID | None
    campaign_id: uuid.UUID | None
    email: str
    email_key: str
    domain_group: str
    data: Mapping[str, Any]
    attempts: int
    message_id: str | None
    age: float
    correlation_id: str
    traceparent: str

    def is_of_one_thread_with(self, other: Claimed) -> bool:
        """Whether one thing made both, as it does for the mails of a campaign. See `shared/tracing.py`."""
        return self.correlation_id == other.correlation_id != "" and self.traceparent == other.traceparent


def wake(session: Session, lane: str) -> None:
    """Tell senders at commit that a lane has something due."""
    session.execute(sa.text("SELECT pg_notify(:channel, :lane)"), {"channel": CHANNEL, "lane": lane})


# Rows that another connection looks at are skipped, never waited for. Whether the person may still be written
# to is decided in the statement that takes the row: what was true when the audience was frozen may not be now.
# The status is asked for and compared, since the planner reads all contacts for an EXISTS that many rows ask.
# MATERIALIZED: else `because` would be worked out once for each of the four columns that ask for it.
# The provider whose mail is due longest comes first, the next ones only while there is room: what is locked is taken.
# Else who claims at the same instant would find nothing, and wait.
# `one` is 1 in every row: what was taken is looked up by its key, as in `writer.py`, and the ledger not read for it.
_CLAIM = sa.text("""
    WITH waiting AS (
        SELECT a.domain_group, a.n
        FROM unnest(CAST(:groups AS text[]), CAST(:allowed AS int[])) AS a (domain_group, n)
        CROSS JOIN LATERAL (
            SELECT m.next_at, m.id FROM messages m
            WHERE m.lane = :lane AND m.domain_group = a.domain_group
              AND m.state IN ('pending', 'deferred') AND m.next_at <= now()
            ORDER BY m.next_at, m.id
            LIMIT 1
        ) AS first
        ORDER BY first.next_at, first.id
    ), due AS (
        SELECT taken.*
        FROM waiting CROSS JOIN LATERAL (
            SELECT m.id, m.lane, m.email_key, m.contact_id, m.campaign_id
            FROM messages m
            WHERE m.lane = :lane AND m.domain_group = waiting.domain_group
              AND m.state IN ('pending', 'deferred') AND m.next_at <= now()
              AND (m.campaign_id IS NULL
                   OR EXISTS (SELECT 1 FROM campaigns c WHERE c.id = m.campaign_id AND c.state = 'running'))
            ORDER BY m.next_at, m.id
            LIMIT waiting.n
            FOR UPDATE OF m SKIP LOCKED
        ) AS taken
        LIMIT :limit
    ), judged AS MATERIALIZED (
        SELECT m.id,
            CASE
                WHEN EXISTS (
                    SELECT 1 FROM suppressions s
                    WHERE s.email_key = m.email_key AND (s.until IS NULL OR s.until > now())
                      AND (s.scope = 'all' OR m.lane = 'bulk' AND s.scope IN ('bulk', c.list))
                ) THEN 'suppressed'
                WHEN m.campaign_id IS NOT NULL AND 'active' IS DISTINCT FROM (
                    SELECT p.status FROM contacts p WHERE p.id = m.contact_id
                ) THEN 'consent'
                WHEN m.campaign_id IS NOT NULL AND 'given' IS DISTINCT FROM (
                    SELECT k.status FROM consents k
                    WHERE k.contact_id = m.contact_id AND k.list = c.list ORDER BY k.id DESC LIMIT 1
                ) THEN 'consent'
                ELSE ''
            END AS because,
            1 AS one
        FROM due m LEFT JOIN campaigns c ON c.id = m.campaign_id
    )
    UPDATE messages m
    SET state = CASE judged.because WHEN '' THEN 'claimed' ELSE 'suppressed' END,
        reason = judged.because,
        relay = :relay,
        lease_owner = CASE judged.because WHEN '' THEN :owner END,
        lease_until = CASE judged.because WHEN '' THEN now() + make_interval(secs => :lease) END,
        -- A mail that never leaves needs its personal link and private words no more than one that is out.
        data = CASE judged.because WHEN '' THEN m.data ELSE m.data - ARRAY['link', 'text'] END
    FROM judged
    WHERE m.id = judged.id AND judged.one = 1
    RETURNING m.id, m.state, m.kind, m.lane, m.template, m.contact_id, m.campaign_id, m.email, m.email_key,
        m.domain_group, m.data, m.attempts, m.message_id, extract(epoch FROM now() - m.created_at) AS age,
        m.correlation_id, m.traceparent
""")


def claim(
    session: Session, *, lane: str, relay: str, owner: str, allowances: Mapping[str, int], limit: int, lease: float
) -> list[Claimed]:
    """Take up to `limit` due rows of a lane for `lease` seconds, of each provider the oldest first.

    owner: "<process> <connection> <number of the claim>", never used twice: it is what tells a late word of
    an expired lease from the word of the present one. allowances: mails per domain group that the limiter
    leaves. Rows whose person left in the meantime become `suppressed` and are not returned.
    """
    rows = session.execute(
        _CLAIM,
        {
            "lane": lane,
            "relay": relay,
            "owner": owner,
            "groups": list(allowances),
            "allowed": list(allowances.values()),
            "limit": limit,
            "lease": lease,
        },
    ).all()
    return [
        Claimed(
            id=row.id,
            owner=owner,
            kind=row.kind,
            lane=row.lane,
            template=row.template,
            contact_id=row.contact_id,
            campaign_id=row.campaign_id,
            email=row.email,
            email_key=row.email_key,
            domain_group=row.domain_group,
            data=row.data,
            attempts=row.attempts,
            message_id=row.message_id,
            age=float(row.age),
            correlation_id=row.correlation_id,
            traceparent=row.traceparent,
        )
        for row in sorted(rows, key=lambda row: row.id)
        if row.state == "claimed"
    ]


_REAP = sa.text("""
    WITH over AS (
        SELECT id, state, lease_owner, relay FROM messages
        WHERE state IN ('claimed', 'transmitting')
          AND (lease_until < now() OR split_part(lease_owner, ' ', 1) = ANY(CAST(:dead AS text[])))
        FOR UPDATE SKIP LOCKED
    ), freed AS (
        UPDATE messages m
        SET state = CASE over.state WHEN 'claimed' THEN 'pending' ELSE 'unknown' END,
            attempts = m.attempts + CASE over.state WHEN 'claimed' THEN 0 ELSE 1 END,
            reason = CASE over.state WHEN 'claimed' THEN m.reason ELSE 'lease' END,
            -- An unknown row keeps its owner: should that connection still live, its word is welcome.
            lease_owner = CASE over.state WHEN 'claimed' THEN NULL ELSE m.lease_owner END,
            lease_until = NULL
        FROM over WHERE m.id = over.id
        RETURNING m.id, m.state, over.lease_owner, over.relay
    ), noted AS (
        INSERT INTO attempts (message_id, owner, relay, outcome, enhanced, text, reason, milliseconds)
        SELECT id, lease_owner, relay, 'unknown', '', 'the connection ended before its answer was recorded', 'lease', 0
        FROM freed WHERE state = 'unknown'
    )
    SELECT state, count(*) AS rows FROM freed GROUP BY state
""")


def reap(session: Session, dead: Sequence[str] = ()) -> dict[str, int]:
    """End leases that ran out, or whose process is known to be gone: claimed → pending, transmitting → unknown.

    Returns how many rows became which state.
    """
    return {row.state: row.rows for row in session.execute(_REAP, {"dead": list(dead)})}


def owners(session: Session) -> set[str]:
    """The processes that hold leases."""
    query = "SELECT DISTINCT split_part(lease_owner, ' ', 1) FROM messages WHERE state IN ('claimed', 'transmitting')"
    return set(session.scalars(sa.text(query)))


def unsettled(session: Session) -> dict[tuple[str, str], int]:
    """How many rows of each (lane, state) are not settled. Reads the three partial indexes, never the table."""
    rows = session.execute(
        sa.text("""
            SELECT lane, state, count(*) AS n FROM messages WHERE state IN ('pending', 'deferred') GROUP BY lane, state
            UNION ALL
            SELECT lane, state, count(*) FROM messages WHERE state IN ('claimed', 'transmitting') GROUP BY lane, state
            UNION ALL
            SELECT lane, state, count(*) FROM messages WHERE state = 'unknown' GROUP BY lane, state
        """)
    )
    return {(row.lane, row.state): row.n for row in rows}


def resend_unknown(session: Session) -> int:
    """Transactional mails of unknown outcome go out a second time, once, after 15 minutes; returns how many.

    A confirmation that comes twice (with one Message-ID) does less harm than one that never comes; for a
    newsletter it is the other way round, so its unknown rows wait for a person.
    """
    done: Any = session.execute(
        sa.text("""
            UPDATE messages SET state = 'pending', resends = resends + 1, next_at = now(), lease_owner = NULL
            WHERE state = 'unknown' AND lane = 'transactional' AND resends = 0
              AND changed_at < now() - make_interval(secs => :wait)
        """),
        {"wait": rules.UNKNOWN_RESEND_AFTER},
    )
    return int(done.rowcount)


def taken(session: Session, message: uuid.UUID, *, owner: str, text: str, reason: str) -> None:
    """A mail of unknown outcome had been accepted, as somebody or something else tells. Of any other: nothing."""
    session.execute(
        sa.text("""
            -- As with the relay's own word: a personal link and private words are not needed once the mail is out.
            WITH settled AS (
                UPDATE messages SET state = 'accepted', reason = :reason, data = data - ARRAY['link', 'text'],
                    lease_owner = NULL
                WHERE id = :id AND state = 'unknown' RETURNING id, relay
            )
            INSERT INTO attempts (message_id, owner, relay, outcome, enhanced, text, reason, milliseconds)
            SELECT id, :owner, relay, 'accepted', '', :text, :reason, 0 FROM settled
        """),
        {"id": message, "owner": owner, "text": text, "reason": reason},
    )


def resolve_unknown(session: Session, message: uuid.UUID, how: str, *, who: str, now: dt.datetime) -> None:
    """A person settles an unknown outcome. how: "accepted" (the relay's log shows it) or "resend".

    Raises NotFound, and RuleError when the outcome is known by now or the campaign was cancelled.
    """
    row = session.execute(
        sa.text("""
            SELECT m.state, m.lane, m.relay, m.campaign_id, c.state AS campaign
            FROM messages m LEFT JOIN campaigns c ON c.id = m.campaign_id WHERE m.id = :id FOR UPDATE OF m
        """),
        {"id": message},
    ).one_or_none()
    if row is None:
        raise NotFound("message-unknown", _("Ce message n’existe pas."))
    if row.state != "unknown":
        raise RuleError("outcome-known", _("Le sort de ce message est connu entre-temps : rien n’a été changé."))
    if how == "accepted":
        taken(session, message, owner=f"person {who}", text="settled by hand", reason="hand")
    elif how == "resend":
        if row.campaign == "cancelled":
            raise RuleError("campaign-cancelled", _("L’envoi a été annulé : ce message ne peut plus repartir."))
        session.execute(
            sa.text("""
                UPDATE messages SET state = 'pending', resends = resends + 1, next_at = now(), lease_owner = NULL
                WHERE id = :id
            """),
            {"id": message},
        )
        session.execute(
            sa.text("UPDATE campaigns SET state = 'running', finished_at = NULL WHERE id = :id AND state = 'finished'"),
            {"id": row.campaign_id},
        )
        wake(session, row.lane)
    else:
        raise ValueError(how)
    audit.record(
        session,
        who=who,
        what="resolved",
        thing="message",
        thing_id=message,
        before={"state": "unknown"},
        after={"state": "accepted" if how == "accepted" else "pending"},
        now=now,
    )
