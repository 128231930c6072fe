"""Files too long for a page: the worker registers their people a few at a time, and the page says how far it is."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import chores
from services.registration.models import Event, PeopleFile, PeopleFileLine, Registration
from services.registration.use_cases import calling_off, importing, seats
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event
from tests.integration.test_registration_late_wishes import WAITING, one_waits

LIST = "/equipe/evenements/agora-2016/inscriptions"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five people are a long file, registered two by two."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(importing, "SHORT", 4)
    monkeypatch.setattr(importing, "AT_ONCE", 2)


@pytest.fixture
def event(registration_db: Database) -> Event:
    with registration_db.transaction() as session:
        return an_event(session, capacity=4)


def confirmed(client: Any, people: int = 5) -> str:
    rows = [f"Rakoto{number};Soa;soa{number}@example.org" for number in range(people)]
    content = "\n".join(["Nom;Prénom;Courriel", *rows]).encode()
    page = client.post(f"{LIST}/fichier", data={"file": (io.BytesIO(content), "liste.csv")}).location
    assert client.post(f"{page}/inscrire").status_code == 303
    return str(page)


def outcomes(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(PeopleFileLine.outcome).order_by(PeopleFileLine.line)))


def some(db: Database) -> int:
    """As the worker does, once."""
    with db.transaction() as session:
        file_id = session.scalars(sa.select(PeopleFile.id)).one()
        return importing.register_some(session, file_id, NOW, site=SITE)


@pytest.fixture
def work(registration_db: Database, settings_of: Any) -> Callable[[], None]:
    """What the worker does, to the end."""
    settings = settings_of("registration", registration_db.url)
    return lambda: chores.register_confirmed(registration_db, settings, threading.Event())


def plain(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_a_long_file_is_registered_by_the_worker_and_found_again(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, work: Any
) -> None:
    sign_in(registration_client, "staff")
    page = confirmed(registration_client)
    assert outcomes(registration_db) == ["new"] * 5
    assert some(registration_db) == 2
    live = registration_client.get(f"{page}/progres")
    assert (live.headers["X-State"], "2 / 5 personnes inscrites" in plain(live.text)) == ("confirmed", True)
    assert "2 / 5 personnes inscrites" in plain(registration_client.get(page).text)
    assert "en train de s’écrire" in registration_client.get(f"{LIST}/fichier").text
    registration_client.post(f"{page}/inscrire")  # a second click takes the long way too
    assert outcomes(registration_db).count("new") == 3

    work()
    assert outcomes(registration_db) == ["confirmed"] * 4 + ["wait_listed"]
    assert registration_client.get(f"{page}/progres").headers["X-State"] == "done"
    assert "5 personnes inscrites" in plain(registration_client.get(page).text)
    assert ">fait<" in registration_client.get(f"{LIST}/fichier").text
    work()
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 5


def test_a_call_off_that_a_batch_waits_for_stops_it(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event
) -> None:
    sign_in(registration_client, "staff")
    confirmed(registration_client)
    with registration_db.reading() as session:
        file_id = session.scalars(sa.select(PeopleFile.id)).one()
    one_waits(
        registration_db,
        lambda session: calling_off.call_off(session, event.id, NOW, reason="Neige", who="test", told=0),
        lambda session: importing.register_some(session, file_id, NOW, site=SITE),
    )
    assert outcomes(registration_db) == ["refused", "refused", "new", "new", "new"]


@pytest.mark.parametrize("broken", [{"phone": "0" * 100}, {"workshops": ["no longer an id"]}])
def test_a_line_that_cannot_be_written_holds_nobody_up(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, work: Any, broken: dict[str, Any]
) -> None:
    sign_in(registration_client, "staff")
    confirmed(registration_client)
    with registration_db.transaction() as session:
        line = session.scalars(sa.select(PeopleFileLine).order_by(PeopleFileLine.line)).first()
        assert line is not None
        line.answers = dict(line.answers or {}) | broken
    work()
    assert outcomes(registration_db) == ["refused"] + ["confirmed"] * 4
    with registration_db.reading() as session:
        assert "Une panne" in session.scalars(sa.select(PeopleFileLine.why).where(PeopleFileLine.why != "")).one()


def test_a_file_that_cannot_be_read_holds_no_other_up(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, work: Any
) -> None:
    sign_in(registration_client, "staff")
    confirmed(registration_client)
    with registration_db.transaction() as session:
        session.execute(sa.update(PeopleFileLine).values(answers={}))
        first = session.scalars(sa.select(PeopleFile.id)).one()
    page = confirmed(registration_client)
    work()
    with registration_db.reading() as session:
        lines = session.execute(sa.select(PeopleFileLine.outcome).where(PeopleFileLine.file_id != first))
        assert sorted(outcome for (outcome,) in lines) == ["confirmed"] * 4 + ["wait_listed"]
    assert registration_client.get(f"{page}/progres").headers["X-State"] == "done"


def test_an_event_that_is_removed_while_its_file_is_registered_is_gone(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event
) -> None:
    sign_in(registration_client, "staff")
    confirmed(registration_client)
    with ThreadPoolExecutor(1) as pool, registration_db.engine.connect() as watch:
        watch = watch.execution_options(isolation_level="AUTOCOMMIT")
        with registration_db.transaction() as session:
            seats.lock_event(session, event.id)
            worker = pool.submit(some, registration_db)
            while not watch.scalar(WAITING):
                assert not worker.done()
                threading.Event().wait(0.01)
            session.execute(sa.delete(Event).where(Event.id == event.id))
        assert worker.result(30) == 0
    assert outcomes(registration_db) == []
