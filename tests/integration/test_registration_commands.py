"""The commands `seed` and `check` of registration."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from services.registration import commands
from services.registration.models import Event, Quota
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
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
