"""Who has a place is reminded once, by day, three days ahead; and can give it up from the mail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Registration
from services.registration.rules.dates import at
from services.registration.use_cases import registering, reminding
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers

DUE = at(DAY - dt.timedelta(days=2), dt.time(10))


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Two places, three people: the third waits."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2).id
    for number in range(3):
        with registration_db.transaction() as session:
            registering.register(session, made, answers(number), NOW, site=SITE)
    return made


def remind(db: Database, now: dt.datetime) -> int:
    with db.transaction() as session:
        return reminding.remind(session, now, site=SITE)


def mails(db: Database) -> list[dict[str, Any]]:
    type = "registration.registration.reminded.v1"
    with db.reading() as session:
        return [row["data"] for row in session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == type))]


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (at(DAY - dt.timedelta(days=4), dt.time(10)), 0),
        (at(DAY - dt.timedelta(days=2), dt.time(8, 59)), 0),
        (DUE, 2),
        (at(DAY - dt.timedelta(days=2), dt.time(19)), 0),
        (at(DAY, dt.time(9)), 0),
    ],
)
def test_by_day_within_three_days_and_not_once_it_has_begun(
    registration_db: Database, event: uuid.UUID, now: dt.datetime, count: int
) -> None:
    assert remind(registration_db, now) == count


def test_once_each_and_not_who_waits_nor_who_just_registered(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        latest = sa.select(sa.func.max(Registration.id.cast(sa.Text))).where(Registration.status == "confirmed")
        fresh = session.scalar(latest)
        just_now = sa.update(Registration).where(Registration.id == uuid.UUID(fresh)).values(registered_at=DUE)
        session.execute(just_now)
    assert [remind(registration_db, DUE) for _ in range(3)] == [1, 0, 0]
    assert remind(registration_db, DUE + dt.timedelta(hours=24, seconds=1)) == 1
    assert len(mails(registration_db)) == 2


def test_the_mail_leads_to_the_page_that_gives_the_place_up(
    registration_db: Database, event: uuid.UUID, registration_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DUE)
    remind(registration_db, DUE)
    page = str(mails(registration_db)[0]["cancel_link"]).removeprefix(SITE)
    assert registration_client.get(page).status_code == 200
    registration_client.post(page)
    with registration_db.reading() as session:
        states = sorted(session.scalars(sa.select(Registration.status)))
    assert states == ["cancelled", "confirmed", "confirmed"]  # who waited has it now
