"""The commands `seed`, `check` and `announce` of registration."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from services.registration import commands
from services.registration.models import Event, Quota
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers


@pytest.fixture(autouse=True)
def environment(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setenv("AGORA_DATABASE_URL", registration_db.url)
    monkeypatch.setenv("AGORA_SECRET_KEY", "a key for tests, known to all")
    monkeypatch.setenv("AGORA_PUBLIC_URL", SITE)


def test_seed_makes_the_sixth_agora_once(registration_db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert [commands.seed([]), commands.seed([])] == [0, 0]
    assert capsys.readouterr().out.splitlines() == [
        f"{SITE}/e/agora-2016: published",
        "agora-2016: already there",
    ]
    with registration_db.reading() as session:
        made = session.scalars(sa.select(Event)).one()
        seats = session.scalars(sa.select(Quota.capacity).where(Quota.kind == "event")).one()
        shape = [len(slot.workshops) for slot in made.slots]
    assert (made.edition, made.state, seats, shape) == (6, "published", 300, [3, 2])
    assert f"{made.starts_at:%A %d %B %Y}" == "Friday 14 October 2016"


def test_check_finds_what_must_never_be(registration_db: Database, capsys: pytest.CaptureFixture[str]) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, capacity=2)
    for number in range(2):
        with registration_db.transaction() as session:
            registering.register(session, event.id, answers(number), NOW, site=SITE)
    assert commands.check([]) == 0
    with registration_db.transaction() as session:
        session.execute(sa.update(Quota).values(capacity=1))
    assert commands.check([]) == 1
    assert "oversold" in capsys.readouterr().out


def test_announce_tells_again_of_what_the_public_sees_and_is_not_over(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        seen = [an_event(session, capacity=2, slug=f"seen-{n}") for n in (1, 2)]
        hidden, over = an_event(session, capacity=2, slug="hidden"), an_event(session, capacity=2, slug="over")
        seen[1].state, hidden.state = "closed", "draft"
        over.starts_at, over.ends_at = NOW - dt.timedelta(days=2), NOW - dt.timedelta(days=1)
        wanted = {str(one.id) for one in seen}
        session.execute(sa.delete(outbox))
    assert [commands.announce([]), commands.announce([])] == [0, 0]
    with registration_db.reading() as session:
        told = [row["data"]["event_id"] for row in session.scalars(sa.select(outbox.c.envelope))]
    assert (set(told), len(told)) == (wanted, 4)
