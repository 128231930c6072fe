"""Who has a place is reminded on the days the event chose, by day and once; and can give it up from the mail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Registration
from services.registration.models.seats import SeatClaim
from services.registration.rules.dates import at
from services.registration.use_cases import changing, registering, reminding
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers


def ahead(days: int, hour: int = 10) -> dt.datetime:
    return at(DAY - dt.timedelta(days=days), dt.time(hour))


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
        (ahead(8), 0),
        (ahead(7, 8), 0),
        (ahead(7), 2),
        (ahead(7, 19), 0),
        (ahead(5), 2),  # the worker rested over a week-end
        (ahead(4), 0),
        (ahead(1), 2),
        (ahead(0, 9), 0),
    ],
)
def test_by_day_a_week_before_and_the_day_before_and_not_once_it_has_begun(
    registration_db: Database, event: uuid.UUID, now: dt.datetime, count: int
) -> None:
    assert remind(registration_db, now) == count


def test_each_reminder_once_and_each_says_how_many_days_are_left(registration_db: Database, event: uuid.UUID) -> None:
    assert [remind(registration_db, ahead(7)) for _ in range(2)] == [2, 0]
    assert [remind(registration_db, ahead(1)) for _ in range(2)] == [2, 0]
    assert sorted(one["days_left"] for one in mails(registration_db)) == [1, 1, 7, 7]


def test_an_event_chooses_its_days(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        session.get_one(Event, event).reminders = [3]
    assert [remind(registration_db, ahead(days)) for days in (7, 3, 0)] == [0, 2, 0]


def test_who_got_a_place_on_that_day_or_after_needs_none(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        one, other = session.scalars(sa.select(Registration.id).where(Registration.status == "confirmed")).all()
        late = sa.update(Registration).where(Registration.id == one).values(registered_at=ahead(7, 0))
        session.execute(late)
        promoted = sa.update(SeatClaim).where(SeatClaim.registration_id == other).values(claimed_at=ahead(7, 8))
        session.execute(promoted)
    assert [remind(registration_db, ahead(7)), remind(registration_db, ahead(1))] == [0, 2]


def test_who_cancelled_or_has_no_address_hears_nothing(registration_db: Database, event: uuid.UUID) -> None:
    with registration_db.transaction() as session:
        one, other = session.scalars(sa.select(Registration.id).where(Registration.status == "confirmed")).all()
        changing.cancel(session, one, ahead(8), site=SITE)
        nowhere = sa.update(Registration).where(Registration.id == other).values(email_key="x@agora.invalid")
        session.execute(nowhere)
    assert remind(registration_db, ahead(7)) == 1  # who waited has the other place, since yesterday


def test_the_mail_leads_to_the_page_that_gives_the_place_up(
    registration_db: Database, event: uuid.UUID, registration_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: ahead(1))
    remind(registration_db, ahead(1))
    page = str(mails(registration_db)[0]["cancel_link"]).removeprefix(SITE)
    assert registration_client.get(page).status_code == 200
    registration_client.post(page)
    with registration_db.reading() as session:
        states = sorted(session.scalars(sa.select(Registration.status)))
    assert states == ["cancelled", "confirmed", "confirmed"]  # who waited has it now
