"""How fast, and whether at all: token buckets and lane breakers, shared by all senders through the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import rules

GROUPS = ["gmail", "microsoft", "yahoo", "orange", "free", "sfr", "laposte", "other"]
"""The providers that `addresses.domain_group` tells apart."""

_LATELY = 120  # seconds: a relay that hangs is waited for before it is known to refuse again

EVERYTHING = "*"
"""The bucket of a whole lane."""


def configure(session: Session, relay: str, rates: Mapping[tuple[str, str], float]) -> None:
    """Make the buckets of a relay those of `rates`: (lane, group or "*") → mails per second.

    A bucket holds two seconds' worth, one mail at least. Existing buckets keep their tokens.
    """
    session.execute(
        sa.text("DELETE FROM limiters WHERE key LIKE :prefix AND NOT key = ANY(CAST(:keys AS text[]))"),
        {"prefix": f"{relay} %", "keys": [f"{relay} {lane} {group}" for lane, group in rates]},
    )
    for (lane, group), rate in rates.items():
        session.execute(
            sa.text("""
                INSERT INTO limiters (key, rate, burst, tokens) VALUES (:key, :rate, :burst, :burst)
                ON CONFLICT (key) DO UPDATE SET rate = EXCLUDED.rate, burst = EXCLUDED.burst,
                    tokens = least(limiters.tokens, EXCLUDED.burst)
            """),
            {"key": f"{relay} {lane} {group}", "rate": rate, "burst": max(rate * 2, 1.0)},
        )


def allowances(session: Session, relay: str, lane: str, limit: int) -> tuple[int, dict[str, int]]:
    """How many mails the lane may take now (`limit` at most), and how many of them each group.

    Locks the buckets until the transaction ends.
    """
    rows = session.execute(
        sa.text("""
            WITH held AS (
                SELECT key FROM limiters WHERE key LIKE :prefix ORDER BY key FOR UPDATE
            )
            UPDATE limiters l
            SET tokens = least(l.burst, l.tokens + l.rate * extract(epoch FROM clock_timestamp() - l.updated_at)),
                updated_at = clock_timestamp()
            FROM held WHERE l.key = held.key
            RETURNING l.key, l.tokens
        """),
        {"prefix": f"{relay} {lane} %"},
    )
    left = {row.key.rpartition(" ")[2]: int(row.tokens) for row in rows}
    overall = max(min(left.get(EVERYTHING, limit), limit), 0)
    return overall, {group: max(min(left.get(group, overall), overall), 0) for group in GROUPS}


def spend(session: Session, relay: str, lane: str, used: Mapping[str, int]) -> None:
    """Take the tokens of the mails that were claimed: of each group's bucket, and of the lane's."""
    amounts = {**used, EVERYTHING: sum(used.values())}
    session.execute(
        sa.text("""
            UPDATE limiters l SET tokens = l.tokens - used.n
            FROM unnest(CAST(:keys AS text[]), CAST(:amounts AS int[])) AS used (key, n) WHERE l.key = used.key
        """),
        {"keys": [f"{relay} {lane} {group}" for group in amounts], "amounts": list(amounts.values())},
    )


def waits(session: Session, relay: str, lane: str) -> float:
    """Seconds that the breaker still keeps this lane shut; 0 when mail may flow."""
    seconds = session.scalar(
        sa.text("SELECT extract(epoch FROM open_until - now()) FROM breakers WHERE relay = :relay AND lane = :lane"),
        {"relay": relay, "lane": lane},
    )
    return max(float(seconds or 0), 0.0)


def choose(session: Session, relays: Sequence[str], lane: str) -> tuple[str | None, float]:
    """The first of these relays whose breaker is not open, and 0; None and the shortest wait when all are shut."""
    rows = session.execute(
        sa.text("""
            SELECT relay, extract(epoch FROM open_until - now()) AS seconds FROM breakers
            WHERE lane = :lane AND open_until > now()
        """),
        {"lane": lane},
    )
    shut = {row.relay: float(row.seconds) for row in rows}
    for relay in relays:
        if relay not in shut:
            return relay, 0.0
    return None, min(shut[relay] for relay in relays)


@dataclass(frozen=True)
class Refusal:
    """A relay that takes nothing of a lane now. reason: its words, or what came instead. seconds: to the next try."""

    relay: str
    lane: str
    reason: str
    seconds: float


def refusals(session: Session, lane: str = "") -> list[Refusal]:
    """The relays that refuse us now: shut, or tried again since and no mail went through. lane: of this one."""
    rows = session.execute(
        sa.text("""
            SELECT relay, lane, reason, greatest(extract(epoch FROM open_until - now()), 0)::float AS seconds
            FROM breakers WHERE failures > 0 AND open_until > now() - make_interval(secs => :lately)
            AND :lane IN (lane, '') ORDER BY relay, lane
        """),
        {"lane": lane, "lately": _LATELY},
    )
    return [Refusal(*row) for row in rows]


def trip(session: Session, relay: str, lane: str, reason: str) -> float:
    """The relay refused the lane as a whole: nobody sends on it for a while. Returns the seconds.

    Connections that meet the same refusal while the breaker is open count as one.
    """
    row = session.execute(
        sa.text("""
            INSERT INTO breakers AS b (relay, lane, failures, open_until, reason)
            VALUES (:relay, :lane, 1, now(), :reason)
            ON CONFLICT (relay, lane) DO UPDATE SET reason = EXCLUDED.reason,
                failures = b.failures + CASE WHEN b.open_until > now() THEN 0 ELSE 1 END
            RETURNING failures, open_until > now() AS open
        """),
        {"relay": relay, "lane": lane, "reason": reason[:500]},
    ).one()
    seconds = rules.breaker_delay(row.failures)
    if not row.open:
        session.execute(
            sa.text("""
                UPDATE breakers SET open_until = now() + make_interval(secs => :seconds)
                WHERE relay = :relay AND lane = :lane
            """),
            {"relay": relay, "lane": lane, "seconds": seconds},
        )
    return seconds


def heal(session: Session, relay: str, lane: str) -> None:
    """A mail went through: the next refusal starts again from one second."""
    session.execute(
        sa.text("UPDATE breakers SET failures = 0 WHERE relay = :relay AND lane = :lane AND failures > 0"),
        {"relay": relay, "lane": lane},
    )
