"""L'Écho is left in one place and said everywhere: what the mailer tells is what registration shows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.registration.handlers import handlers
from services.registration.models.registrations import Registration
from services.registration.use_cases import changing, registering
from shared import clock
from shared.db import Database
from shared.messaging.handlers import Event
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_seats import announced

LEFT = "mailer.contact.unsubscribed.v1"
WITHDRAWN = "registration.newsletter.withdrawn.v1"
DAY = dt.timedelta(days=1)


@pytest.fixture
def made(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Two people who asked for L'Écho when they registered."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session)
        return [
            registering.register(session, event.id, answers(number, newsletter=True), NOW, site=SITE)
            for number in (1, 2)
        ]


def told(db: Database, **data: Any) -> None:
    """The mailer tells that a contact left."""
    contact = uuid.uuid4()
    data = {
        "contact_id": contact,
        "list": "echo",
        "email": "Personne1@Example.org",
        "at": NOW + DAY,
        "by": "person",
    } | data
    fact = Event(
        id=uuid.uuid4(), source="/mailer", type=LEFT, thing=str(contact), time=data["at"], sequence=1, data=data
    )
    handler = handlers.find(LEFT)
    assert handler
    with db.transaction() as session:
        handler(session, fact)


def agreed(db: Database) -> list[bool]:
    with db.reading() as session:
        return [one.newsletter for one in session.query(Registration).order_by(Registration.email)]


def test_who_left_by_the_link_of_a_letter_agrees_no_more_here(
    registration_client: Any, registration_db: Database, made: list[Any]
) -> None:
    before = announced(registration_db, WITHDRAWN)
    for _twice in range(2):
        told(registration_db)
    assert agreed(registration_db) == [False, True]
    page = registration_client.get(f"/i/{made[0].token}/mes-donnees").text
    assert ", depuis L’Écho" in page
    assert "Retirer : L’Écho" not in page.replace("\u202f", " ").replace("\xa0", " ")
    held = registration_client.get(f"/i/{made[0].token}/mes-donnees.json").get_json()
    assert [(one["purpose"], one["given"], one.get("by")) for one in held["consents"]] == [
        ("newsletter", True, None), ("newsletter", False, "letter")
    ]  # fmt: skip
    assert announced(registration_db, WITHDRAWN) == before, "the mailer knows already"


@pytest.mark.parametrize(("by", "words"), [("staff", "par l’équipe de L’Écho"), ("service", "par le service")])
def test_whom_the_team_took_off_is_not_said_to_have_left(
    registration_client: Any,
    registration_db: Database,
    made: list[Any],
    sign_in: Callable[..., Any],
    by: str,
    words: str,
) -> None:
    told(registration_db, by=by)
    assert agreed(registration_db) == [False, True]
    page = registration_client.get(f"/i/{made[0].token}/mes-donnees").text
    assert "Retiré le" in page
    assert "depuis L’Écho" not in page
    sign_in(registration_client, "staff")
    page = registration_client.get(f"/equipe/inscriptions/{made[0].registration_id}").text
    assert words in page
    assert "par la personne, depuis" not in page


def test_who_ticked_the_box_again_later_has_the_last_word(registration_db: Database, made: list[Any]) -> None:
    mine = made[0].registration_id
    for ticked, day in ((False, 2), (True, 3)):
        with registration_db.transaction() as session:
            changing.change(session, mine, answers(1, newsletter=ticked), NOW + day * DAY, site=SITE)
    told(registration_db, at=NOW + DAY)
    assert agreed(registration_db) == [True, True]
    told(registration_db, at=NOW + 4 * DAY)
    assert agreed(registration_db) == [False, True]


def test_it_is_found_by_the_address_that_the_letter_went_to(registration_db: Database, made: list[Any]) -> None:
    with registration_db.transaction() as session:
        new = answers(1, newsletter=True) | {"email": "autre@example.org"}
        changing.change(session, made[0].registration_id, new, NOW, site=SITE)
    told(registration_db, email="autre@example.org")
    assert agreed(registration_db) == [True, True]
    told(registration_db)
    assert agreed(registration_db) == [False, True]


@pytest.mark.parametrize("data", [{"list": "presse"}, {"email": ""}, {"email": "inconnue@example.org"}])
def test_another_list_and_another_person_change_nothing(
    registration_db: Database, made: list[Any], data: dict[str, Any]
) -> None:
    told(registration_db, **data)
    assert agreed(registration_db) == [True, True]
