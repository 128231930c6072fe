"""The page of a contact tells what the other services know of them, each moment with its page, and no address more."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.mailer import contacts, moments, own_data, retention, rules
from services.mailer.handlers import handlers
from services.mailer.models.contacts import ECHO
from shared import clock
from shared.db import Database
from shared.messaging.envelope import Event
from tests.integration.test_erasure import erased_fact
from tests.integration.test_mailer_handlers import event, handle
from tests.mailer_people import run

NOW = dt.datetime(2016, 10, 20, 9, tzinfo=dt.UTC)
ZOE, NOE = "zoe@asso.example", "noe@asso.example"
HERS = event("registration.registration.confirmed.v1")


def about(type: str, email: str, sequence: int = 1) -> Event:
    """The fact of a golden sample about somebody of ours; who arrives is who registered."""
    fact, data = event(type), event(type).data
    if "email_hash" in data:
        data |= {"email_hash": moments.digest(email), "registration_id": uuid.UUID(HERS.thing)}
        data |= {"event_id": HERS.data["occasion"]["id"]}
        fact = replace(fact, thing=HERS.thing)
    else:
        data |= {"person": data["person"] | {"email": email}}
    return replace(fact, data=data, sequence=sequence)


@pytest.fixture
def zoe(mailer_db: Database, monkeypatch: pytest.MonkeyPatch) -> uuid.UUID:
    """Registered, there, with an application and its result; somebody else registered too."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with mailer_db.transaction() as session:
        contact = contacts.subscribe(session, contacts.Person(ZOE, "Zoé"), ECHO, "test", "oui", "1", NOW)
    for type in (
        "registration.registration.confirmed.v1",
        "registration.attendee.checked_in.v1",
        "jury.application.filed.v1",
        "jury.result.published.v1",
    ):
        handle(mailer_db, about(type, ZOE, 5))
    handle(mailer_db, about("registration.registration.confirmed.v1", NOE))
    return contact


def timeline(client: Any, contact: uuid.UUID) -> str:
    page = str(client.get(f"/contacts/{contact}").text)
    return page[page.index('<ol class="timeline">') : page.index("</ol>")]


def test_each_moment_stands_in_the_timeline_and_leads_those_whom_it_may_to_its_page(
    mailer_client: Any, zoe: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", "staff")
    read = timeline(mailer_client, zoe)
    result = event("jury.result.published.v1")
    for words in ("Inscription<br>", "Arrivée à l’accueil", "Dossier déposé", "Résultat du jury annoncé"):
        assert words in read
    links = re.findall(r'href="[^"]*(/equipe/[^"]*)"', read)
    assert links.count(f"/equipe/inscriptions/{HERS.thing}") == 2
    assert f"/equipe/dossiers/{event('jury.application.filed.v1').thing}" in links
    assert f"/equipe/appels/{result.data['call_id']}/projets/{result.thing}" in links
    sign_in(mailer_client, "editor")
    read = timeline(mailer_client, zoe)
    assert "Arrivée à l’accueil" in read
    assert "/equipe/" not in read


def test_an_arrival_that_is_taken_back_is_gone_whatever_comes_last(mailer_db: Database, zoe: uuid.UUID) -> None:
    def arrived() -> list[str]:
        with mailer_db.reading() as session:
            return [one.kind for one in moments.of(session, [ZOE]) if one.kind == "arrived"]

    assert arrived() == ["arrived"]
    handle(mailer_db, about("registration.attendee.undone.v1", ZOE, 6))
    assert arrived() == []
    handle(mailer_db, about("registration.attendee.checked_in.v1", ZOE, 4))
    assert arrived() == []


def test_it_goes_with_the_person_by_any_of_their_addresses_and_with_time(
    mailer_db: Database, mailer_client: Any, zoe: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    assert all("@" not in str(value) for row in run(mailer_db, "SELECT * FROM moments") for value in row)
    with mailer_db.reading() as session:
        held = own_data.held(session, ZOE, NOW)["moments"]
    assert sorted(one["what"] for one in held) == ["arrived", "filed", "registered", "result"]
    assert {one["about"] for one in held if one["what"] in ("arrived", "registered")} == {
        HERS.data["occasion"]["title"]
    }
    sign_in(mailer_client, "staff")
    would = mailer_client.get(f"/contacts/{zoe}/effacer").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "dates d’inscription, d’arrivée ou de dossier : 4" in would
    with mailer_db.transaction() as session:
        handler = handlers.find("registration.person.erased.v1")
        assert handler
        handler(session, erased_fact(uuid.uuid4(), ZOE))
    (receipt,) = run(mailer_db, "SELECT envelope -> 'data' -> 'erased' AS erased FROM outbox")
    assert {"what": "moments", "count": 4} in receipt.erased
    assert [row.email_hash for row in run(mailer_db, "SELECT email_hash FROM moments")] == [moments.digest(NOE)]
    with mailer_db.transaction() as session:
        (told,) = moments.of(session, [NOE])
        past = told.at + rules.NAMES_KEPT + dt.timedelta(days=1)
        assert retention.retain(session, past, dry_run=True).moments == 1
        assert retention.retain(session, past).moments == 1
        assert moments.of(session, [NOE]) == []
