"""5,000 tries for 300 seats from 64 connections: what the database says afterwards."""

from __future__ import annotations

import collections
import random

import sqlalchemy as sa

from services.registration import queries
from services.registration.models import Registration
from services.registration.models.seats import Quota, SeatClaim, WaitingEntry
from tests.load.marks import Marks
from tests.load.registration import people
from tests.load.registration.house import House
from tests.load.registration.wire import Connection

TRIES, SEATS, CONNECTIONS = 5000, 300, 64


def rush(house: House, marks: Marks) -> None:
    event = house.event(SEATS)
    left = list(range(TRIES))
    answers: collections.Counter[int] = collections.Counter()
    with house.db.reading() as session:
        before = session.scalar(sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))

    def work(connection: Connection, chance: random.Random) -> bool:
        try:
            left.pop()
        except IndexError:
            return False
        answers[people.sent(connection, people.opened(connection, event, chance)).status] += 1
        return True

    found = people.crowd(house.url, CONNECTIONS, work)
    print(f"  {len(found.seconds)} tries at {found.rate:.0f}/s: {dict(answers)}, errors {found.errors[:2]}", flush=True)
    with house.db.reading() as session:
        quota = session.scalars(sa.select(Quota.id).where(Quota.event_id == event.id, Quota.kind == "event")).one()
        seats = session.scalar(sa.select(sa.func.count()).where(SeatClaim.quota_id == quota)) or 0
        queue = session.execute(
            sa.select(WaitingEntry.number, WaitingEntry.joined_at, Registration.status)
            .join(Registration, Registration.id == WaitingEntry.registration_id)
            .where(WaitingEntry.quota_id == quota)
            .order_by(WaitingEntry.number)
        ).all()
        numbers = set(session.scalars(sa.select(Registration.status).where(Registration.event_id == event.id)))
        first_waiting = min(row.number for row in queue) if queue else 0
        late = session.scalar(
            sa.select(sa.func.count())
            .select_from(SeatClaim)
            .join(WaitingEntry, WaitingEntry.registration_id == SeatClaim.registration_id)
            .where(SeatClaim.quota_id == quota, WaitingEntry.quota_id == quota)
        )
        wrong = [*queries.oversold(session), *queries.idle_seats(session), *queries.drifted(session)]
        after = session.scalar(sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    print(f"  states {sorted(numbers)}, first number in the queue {first_waiting}", flush=True)
    marks.exactly("registration-rush-seats", seats, SEATS)
    marks.exactly("registration-rush-waiting", len(queue), TRIES - SEATS)
    marks.exactly("registration-rush-seated-and-waiting", late or 0, 0)
    marks.exactly("registration-rush-out-of-order", _out_of_order(house, event.id, quota), 0)
    marks.exactly("registration-rush-inconsistent", len(wrong), 0)
    marks.exactly("registration-rush-5xx", sum(n for status, n in answers.items() if status >= 500), 0)
    marks.exactly("registration-rush-lost-answers", len(found.errors), 0)
    marks.exactly("registration-rush-deadlocks", (after or 0) - (before or 0), 0)


def _out_of_order(house: House, event_id: object, quota: int) -> int:
    """Facts whose announced rank is not the person's place in the queue: the mail says it, the queue keeps it."""
    query = sa.text("""
        WITH queue AS (
            SELECT registration_id, row_number() OVER (ORDER BY number) AS place
            FROM waiting_entries WHERE quota_id = :quota
        )
        SELECT count(*) FROM queue LEFT JOIN outbox o
            ON o.thing = CAST(queue.registration_id AS text) AND o.type = 'registration.registration.wait_listed.v1'
        WHERE (o.envelope #>> '{data,rank}')::bigint IS DISTINCT FROM queue.place
    """)
    with house.db.reading() as session:
        return session.scalar(query, {"quota": quota}) or 0
