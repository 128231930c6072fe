"""What staff, participants and programs read of kept seats, and how the staff keep them."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Reserve
from services.registration.use_cases import notices
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW
from tests.integration.test_registration_events import NEW, asked
from tests.integration.test_registration_reserves import ASSOCIATION, TOWN, UNTIL, come, keep
from tests.integration.test_registration_seats import make

STAFF = "/equipe/evenements/agora-2016/places-gardees"
FORM = "/e/agora-2016/inscription"
WORDS = "2 places sont gardées aux associations, collectifs et fondations jusqu’au vendredi 7 octobre."


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    event_id, _ = make(registration_db, capacity=4)
    return event_id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def read(client: Any, path: str, language: str = "fr") -> str:
    """The words of a page, with plain spaces."""
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def sent(**fields: Any) -> dict[str, Any]:
    return {"actor_types": [ASSOCIATION], "seats": "2", "kept_until": "2016-10-07"} | fields


def test_the_staff_keep_seats_and_everybody_reads_it(registration_db: Database, staff: Any, event: uuid.UUID) -> None:
    assert staff.post(STAFF, data=sent()).status_code == 303
    come(registration_db, event, ASSOCIATION, 1)
    page = read(staff, STAFF)
    assert "2 places libres pour tout le monde · 1 place gardée" in page
    assert "1 / 2" in page
    one = WORDS.replace("2 places sont gardées", "1 place est gardée")
    for path in ("/equipe/evenements/agora-2016", "/e/agora-2016", FORM):
        assert one in read(staff, path), path
    english = "1 place is kept for associations, collectives and foundations until Friday 7 October."
    assert english in read(staff, FORM, "en")
    seats = staff.get("/api/events/agora-2016/seats").json
    assert seats == {"capacity": 4, "taken": 1, "free": 2, "kept": 1, "waiting": 0}


def test_the_form_says_that_only_the_kept_seats_are_left(
    registration_db: Database, registration_client: Any, event: uuid.UUID
) -> None:
    keep(registration_db, event, [ASSOCIATION], 2)
    come(registration_db, event, TOWN, 1, 2, 3)
    page = read(registration_client, FORM)
    assert "sauf dans une réserve, vous serez sur la liste d’attente, au rang 2. " + WORDS in page
    assert "Rejoindre la liste d’attente" not in page
    come(registration_db, event, ASSOCIATION, 4, 5)
    page = read(registration_client, FORM)
    assert "gardées" not in page
    assert "Rejoindre la liste d’attente" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"actor_types": []}, "Cochez au moins un type d’acteur."),
        ({"seats": "5"}, "4 places au plus"),
        ({"seats": "deux"}, "Nombre de places"),
        ({"kept_until": "2016-10-14"}, "au plus tard la veille"),
        ({"kept_until": ""}, "Gardées jusqu’au"),
    ],
)
@pytest.mark.usefixtures("event")
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(
    staff: Any, registration_db: Database, fields: dict[str, Any], said: str
) -> None:
    answer = staff.post(STAFF, data=sent(**fields))
    assert answer.status_code == 422
    assert said in answer.text
    for name, value in sent(**fields).items():
        for one in value if isinstance(value, list) else [value]:
            assert re.search(rf'name="{name}"[^>]* value="{one}"', answer.text) or not one
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Reserve)) == 0


def test_fewer_seats_than_given_are_confirmed_first(registration_db: Database, staff: Any, event: uuid.UUID) -> None:
    mine = f"{STAFF}/{keep(registration_db, event, [ASSOCIATION], 2)}"
    come(registration_db, event, ASSOCIATION, 1, 2)
    less = {"seats": "1", "kept_until": UNTIL.isoformat()}
    asked = staff.post(mine, data=less)
    assert asked.status_code == 409
    assert 'name="sure"' in asked.text
    assert staff.post(mine, data=less | {"sure": "true"}).status_code == 303
    assert "1 / 1" in read(staff, STAFF)


def test_a_reserve_is_given_back_from_its_page(registration_db: Database, staff: Any, event: uuid.UUID) -> None:
    mine = f"{STAFF}/{keep(registration_db, event, [ASSOCIATION], 2)}"
    come(registration_db, event, TOWN, 1, 2, 3)
    answer = staff.post(f"{mine}/rendre", follow_redirects=True)
    assert "1 personne quitte la liste d’attente." in answer.text.replace("\u202f", " ").replace("\xa0", " ")
    assert staff.get(mine).status_code == 404
    assert "Réserve de places rendue à tout le monde" in read(staff, "/equipe/evenements/agora-2016")


def test_an_event_made_from_another_keeps_what_that_one_kept(
    registration_db: Database, staff: Any, event: uuid.UUID
) -> None:
    """As many days before, and only what it has room for; the earlier one is over, so its own are given back."""
    keep(registration_db, event, [ASSOCIATION], 2)
    keep(registration_db, event, [TOWN], 1)
    with registration_db.transaction() as session:
        for reserve in session.scalars(sa.select(Reserve)):
            reserve.released_at = NOW
        notices.keep(session, event, "daily", NOW, who="test", email="awa@asso.example")
    fields = asked(staff.get(NEW, query_string={"copie": "agora-2016"}), NEW)
    typed = {"date": "vendredi 10 novembre 2017", "slug": "agora-2017", "capacity": "2"}
    answer = staff.post(NEW, data=fields | typed, follow_redirects=True)
    said = answer.text.replace("\u202f", " ").replace("\xa0", " ")
    assert "1 réserve de places est reprise" in said
    assert "la copie ne le reprend pas : qui est averti par courriel." in said
    with registration_db.reading() as session:
        (again,) = session.scalars(sa.select(Reserve).where(Reserve.released_at.is_(None)))
        assert (again.event_id != event, again.actor_types, again.seats) == (True, [TOWN], 1)
        assert again.kept_until.isoformat() == "2017-11-03"


@pytest.mark.usefixtures("event")
@pytest.mark.parametrize(("role", "expected"), [("auditor", 200), ("desk", 403)])
def test_others_of_the_team_only_read_it(registration_client: Any, sign_in: Any, role: str, expected: int) -> None:
    sign_in(registration_client, role)
    assert registration_client.get(STAFF).status_code == expected
    assert registration_client.post(STAFF, data=sent()).status_code == 403
