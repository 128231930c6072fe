"""Every form of registration, sent with what nobody should send: a clear answer, never a crash, nothing injected."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from shared import clock
from tests import hostile_forms as hostile
from tests.hostile_forms import HOSTILE
from tests.integration.registration_people import NOW
from tests.integration.registration_world import WHO, Ids, world

GOOD = {
    "first_name": "Zoé", "last_name": "Roy", "email": "zoe@example.org", "actor_type": "association",
    "department": "31", "date": "vendredi 14 octobre 2016", "day": "14/10/2016", "starts": "9 h 30", "ends": "11 h",
    "title": "Titre", "name": "Nom", "place": "Pau", "capacity": "20", "kind": "point", "text": "Bonjour", "km": "10",
    "organiser_name": "Le réseau", "organiser_email": "reseau@agora.example", "minutes": "60", "label": "Salle",
    "voters": "Un ; Awa ; public", "point_title": "Bilan", "point_kind": "motion", "reason": "Neige", "agreed": "true",
    "every_months": "3", "week": "4", "weekday": "2", "url": "https://site.example/faits",
}  # fmt: skip


@pytest.fixture
def ids(registration_db: Any, monkeypatch: pytest.MonkeyPatch) -> Ids:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return world(registration_db)


@pytest.fixture
def staff(registration_app: Any, ids: Ids, sign_in: Any) -> Any:
    client = registration_app.test_client()
    sign_in(client, "admin", "staff", id=ids["me"][0], email=WHO)
    return client


@pytest.mark.slow
def test_no_form_crashes(staff: Any, registration_app: Any, ids: Ids) -> None:
    what_no_device_sends(registration_app.test_client(), ids)
    forms = hostile.filled(staff, registration_app, ids, GOOD)
    assert hostile.a_few_bad_answers_among_good_ones(staff, registration_app, ids, forms) > 300
    hostile.all_that_any_form_asks_sent_everywhere(staff, registration_app, ids, forms)
    hostile.another_shape_for_what_does_not_exist(staff, registration_app, ids)


def what_no_device_sends(client: Any, ids: Ids) -> None:
    """One wrong thing at a time in an operation of the door and of a host, from a device that may send."""
    door = client.post("/api/desk/pair", json={"code": ids["door"][0]}).json["token"]
    tap = {"registration_id": str(ids["registration_id"][0]), "value": 1, "walk_in": {"last_name": "Roy"}}
    word = {"part": "findings", "value": "Un constat"}
    seen = tap | {"workshop_id": str(ids["workshop_id"][0])}
    for path, token, about in (
        ("desk/operations", door, tap),
        ("host/operations", ids["host"][0], word),
        ("desk/presence", door, seen),
        ("host/presence", ids["host"][0], seen),
    ):
        whole = {"base_version": 0, "counter": 1, "client_time": "2016-10-14"} | about
        odd: tuple[Any, ...] = (*HOSTILE.values(), None, [], {}, 10**30, 1.5)
        bad = [{"id": str(uuid.uuid4())} | whole | {name: wrong} for name in ("id", *whole) for wrong in odd]
        batches: list[Any] = [None, [], {}, "x", {"operations": "x"}, {"operations": [None, 7, "x", []]}]
        batches += [{"operations": bad[start : start + 10]} for start in range(0, len(bad), 10)]
        for batch in batches:
            answer = client.post(f"/api/{path}", json=batch, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in (200, 422), (path, batch)
