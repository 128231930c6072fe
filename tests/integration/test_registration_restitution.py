"""What a workshop brings back: typed by its host on a device, read by the room, handed to L'Écho once."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, FormAnswer, Registration, RestitutionPart
from services.registration.queries import forms
from services.registration.rules.question_library import LIBRARY
from services.registration.use_cases import registering, restitution
from shared import clock
from shared.contracts import registry
from shared.db import Database, new_id
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Two workshops, and one person in the first."""
    with registration_db.transaction() as session:
        made = an_event(session, workshops=[[5, 5]])
        data = answers(1, first_name="Soa", last_name="Rakoto", workshops=[made.workshops[0].id])
        registering.register(session, made.id, data, NOW, site=SITE)
    return made


@pytest.fixture
def token(registration_db: Database, event: Event) -> str:
    with registration_db.transaction() as session:
        return restitution.invite(session, event.id, event.workshops[0].id, NOW, who="test")


def typed(part: str, text: str, *, base: int = 0, counter: int = 1, **more: Any) -> dict[str, Any]:
    at = (NOW - dt.timedelta(minutes=5)).isoformat()
    return {
        "id": str(new_id()),
        "part": part,
        "value": text,
        "base_version": base,
        "counter": counter,
        "client_time": at,
    } | more


def send(client: Any, token: str, *operations: Any) -> list[dict[str, Any]]:
    answer = client.post(
        "/api/host/operations", json={"operations": list(operations)}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json["results"]
    return results


def pack(client: Any, token: str) -> Any:
    return client.get("/api/host/pack", headers={"Authorization": f"Bearer {token}"})


def facts(db: Database) -> list[dict[str, Any]]:
    with db.reading() as session:
        query = sa.select(outbox.c.envelope["data"]).where(outbox.c.type == "registration.workshop.restituted.v1")
        return list(session.scalars(query.order_by(outbox.c.id)))


def test_a_host_learns_who_is_expected_and_no_address(registration_client: Any, token: str) -> None:
    answer = pack(registration_client, token)
    (person,) = answer.json["people"]
    assert uuid.UUID(person.pop("id"))
    assert [person] == [
        {
            "name": "Soa Rakoto",
            "structure": "Les Amis du Lac",
            "type": "Association, collectif, fondation",
            "access": False,
            "answers": [],
        }
    ]
    assert "example.org" not in answer.text


def test_a_host_reads_where_people_work_and_what_they_expect_and_nothing_else(
    registration_client: Any, registration_db: Database, token: str, event: Event
) -> None:
    with registration_db.transaction() as session:
        person = session.scalars(sa.select(Registration.id)).one()
        version = forms.current(session, event.id).id
        for question, label, said, sensitive in (
            ("countries", "Where do you work?", "Senegal", False),
            ("expectations", "Qu’attendez-vous ?", "Des partenaires", False),
            ("speaker_question", "Une question ?", "Tenue secrète", True),
            ("q1", "Votre train ?", "9 h 12", False),
        ):
            row = {"question": question, "label": label, "said": said, "sensitive": sensitive}
            row["value"] = ["sn"] if question == "countries" else said
            session.add(FormAnswer(registration_id=person, version_id=version, given_at=NOW, **row))
    (one,) = pack(registration_client, token).json["people"]
    assert one["answers"] == [
        {"question": LIBRARY["countries"].label.fr, "said": "Sénégal"},
        {"question": "Qu’attendez-vous ?", "said": "Des partenaires"},
    ]


def test_a_replay_changes_nothing_and_gets_the_same_answer(registration_client: Any, token: str) -> None:
    once = typed("findings", "Il manque des pièces.")
    (first,) = send(registration_client, token, once)
    (again,) = send(registration_client, token, once)
    assert (first["outcome"], again["outcome"]) == ("applied", "duplicate")
    assert (again["version"], again["value"]) == (first["version"], "Il manque des pièces.") == (1, again["value"])


def test_what_somebody_else_wrote_is_never_overwritten(
    registration_client: Any, registration_db: Database, token: str, event: Event
) -> None:
    """Two devices with one link, both offline at version 0: the second is told, and its words are kept too."""
    send(registration_client, token, typed("findings", "Il manque des pièces."))
    (late,) = send(registration_client, token, typed("findings", "L’eau est rare."))
    assert (late["outcome"], late["value"]) == ("conflict", "Il manque des pièces.")
    both = "Il manque des pièces.\n\nL’eau est rare."
    (joined,) = send(registration_client, token, typed("findings", both, base=late["version"], counter=2))
    assert joined["outcome"] == "applied"
    with registration_db.reading() as session:
        assert session.scalars(sa.select(RestitutionPart.text)).all() == [both]


def test_what_makes_no_sense_is_refused_alone(registration_client: Any, token: str) -> None:
    sent = [None, {"id": "x"}, typed("gossip", "non"), typed("findings", "\x00"), typed("findings", "a" * 3001)]
    sent += [typed("findings", 3), typed("findings", "a", base=-1)]  # type: ignore[arg-type]
    results = send(registration_client, token, *sent, typed("proposals", "oui", counter=2))
    assert [one["outcome"] for one in results] == ["refused"] * 7 + ["applied"]


def test_a_new_link_closes_the_one_before(
    registration_client: Any, registration_db: Database, token: str, event: Event
) -> None:
    with registration_db.transaction() as session:
        newer = restitution.invite(session, event.id, event.workshops[0].id, NOW, who="test")
    closed = pack(registration_client, token)
    assert (closed.status_code, closed.json["code"]) == (401, "fenced")
    assert pack(registration_client, newer).status_code == 200
    assert pack(registration_client, "nobody’s").status_code == 401


def test_an_account_leaves_for_l_echo_once_and_again_when_its_words_changed(
    registration_client: Any, registration_db: Database, sign_in: Any, token: str, event: Event
) -> None:
    sign_in(registration_client, "staff")
    page = "/equipe/evenements/agora-2016/restitutions"
    click = f"{page}/{event.workshops[0].id}/echo"
    assert registration_client.post(click).status_code == 409
    send(registration_client, token, typed("next_steps", "Réunion en mars."), typed("findings", "Constat.", counter=2))
    for _ in range(2):
        assert registration_client.post(click).status_code == 303
    (fact,) = facts(registration_db)
    registry.load("registration.workshop.restituted.v1", fact)
    assert [(one["heading"], one["text"]) for one in fact["paragraphs"]] == [
        ("Constats", "Constat."),
        ("Suites", "Réunion en mars."),
    ]
    assert "parti pour L’Écho" in registration_client.get(page).text
    send(registration_client, token, typed("findings", "Constat revu.", base=1, counter=3))
    registration_client.post(click)
    assert len(facts(registration_db)) == 2


def test_the_room_and_the_minutes_read_what_was_written(
    registration_client: Any, sign_in: Any, token: str, event: Event
) -> None:
    send(registration_client, token, typed("proposals", "<b>Mutualiser</b> un stock."))
    sign_in(registration_client, "staff")
    page = "/equipe/evenements/agora-2016/restitutions"
    for path in (page, f"{page}/ecran?atelier={event.workshops[0].id}", f"{page}/compte-rendu"):
        shown = registration_client.get(path)
        assert shown.status_code == 200
        assert "&lt;b&gt;Mutualiser&lt;/b&gt; un stock." in shown.text
    assert "Atelier 0.1" in registration_client.get(f"{page}/ecran").text
    plain = registration_client.get(f"{page}/compte-rendu.md")
    assert "#### Propositions\n\n<b>Mutualiser</b> un stock." in plain.text
    assert "Pas de texte pour cet atelier." in plain.text


def test_a_link_belongs_to_a_workshop_of_the_event(registration_client: Any, sign_in: Any, event: Event) -> None:
    sign_in(registration_client, "staff")
    page = "/equipe/evenements/agora-2016/restitutions"
    given = registration_client.post(f"{page}/{event.workshops[1].id}/lien")
    assert given.status_code == 200
    assert f"{SITE.rpartition(':')[0]}" in given.text
    assert "/atelier/#" in given.text
    assert registration_client.post(f"{page}/{uuid.uuid4()}/lien").status_code == 404
