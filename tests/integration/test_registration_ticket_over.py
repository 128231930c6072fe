"""The personal page says what holds at that hour: before, during and after the meeting, and where there was none."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from services.registration.models import Event
from services.registration.use_cases import calling_off, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.integration.test_registration_papers import check_in

DURING = dt.datetime.combine(DAY, dt.time(12), dt.UTC)
AFTER = DURING + dt.timedelta(days=3)
IS_CERTAIN = {"fr": "Votre place est certaine", "en": "Your place is certain"}
WAS = {"fr": "La rencontre a eu lieu", "en": "The event has taken place"}
TO_SHOW = {"fr": "Code à présenter à l’entrée", "en": "Code to show at the door"}
KEPT = {"fr": "Nous gardons votre inscription 3 ans", "en": "We keep your registration for 3 years"}
CERTIFICATE = {"fr": "Mon attestation de présence (PDF)", "en": "My certificate of attendance (PDF)"}


@pytest.fixture
def links(registration_db: Database) -> dict[str, Any]:
    """One who came, one who did not, one who waits; and the event."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=2)
    found: dict[str, Any] = {"event": event.id}
    for number, name in enumerate(("came", "missed", "waits")):
        with registration_db.transaction() as session:
            found[name] = registering.register(session, event.id, answers(number), NOW, site=SITE)
    with registration_db.transaction() as session:
        check_in(session, event.id, found["came"].registration_id)
    return found


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_ticket_is_one_until_the_end_and_then_says_what_is_left_of_it(
    registration_client: Any, links: dict[str, Any], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    def shown(name: str, at: dt.datetime) -> str:
        monkeypatch.setattr(clock, "now", lambda: at)
        answer = registration_client.get(f"/i/{links[name].token}", headers={"Accept-Language": language})
        text = str(answer.text).replace("\u202f", " ").replace("\xa0", " ")
        text = text.split("<main", 1)[1]
        if "data-over hidden" in text:  # for a page that is left open
            before, _mark, rest = text.partition("<div data-over hidden>")
            text = before + rest.partition("</div>")[2]
        return text

    for name in ("came", "missed"):
        for at in (NOW, DURING):
            page = shown(name, at)
            assert (IS_CERTAIN[language] in page, TO_SHOW[language] in page, WAS[language] in page) == (
                True,
                True,
                False,
            )
        page = shown(name, AFTER)
        assert (IS_CERTAIN[language] in page, TO_SHOW[language] in page, WAS[language] in page) == (False, False, True)
        assert KEPT[language] in page
        assert (CERTIFICATE[language] in page) == (name == "came")
    waits = {"fr": "Ne prenez pas encore votre billet de train", "en": "Do not buy your train ticket yet"}[language]
    assert waits in shown("waits", NOW)
    page = shown("waits", AFTER)
    assert (waits in page, WAS[language] in page, KEPT[language] in page) == (False, True, True)


def test_a_meeting_that_was_called_off_did_not_take_place_once_its_day_is_over(
    registration_client: Any, registration_db: Database, links: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    event: uuid.UUID = links["event"]
    with registration_db.transaction() as session:
        calling_off.call_off(session, event, NOW, reason="Grève.", reason_en="", who="staff", told=3)
        assert session.get_one(Event, event).state == "called_off"
    for at, said in ((NOW, "elle n’a pas lieu"), (AFTER, "elle n’a pas eu lieu")):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        page = registration_client.get(f"/i/{links['missed'].token}").text
        assert (said in page, IS_CERTAIN["fr"] in page) == (True, False)
