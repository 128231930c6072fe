"""The list of participants shows who agreed to be seen that far, and whoever withdraws is gone."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Consent, Event, Registration
from services.registration.rules.participants import WORDING
from services.registration.use_cases import participants, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_events import staff
from tests.integration.test_registration_form import PERSON
from tests.integration.test_registration_on_behalf import fields

__all__ = ["staff"]  # the fixture

PUBLIC = "/e/agora-2016/participants"
SETTING = "/equipe/evenements/agora-2016/liste-des-participants"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    with registration_db.transaction() as session:
        return an_event(session, capacity=5).id


def register(db: Database, event: uuid.UUID, number: int, reach: str | None, **more: Any) -> str:
    """The token of their page. reach: None for who agrees to no list."""
    said = {"participant_list": reach is not None, "list_reach": reach or "paper"} | more
    with db.transaction() as session:
        return registering.register(session, event, answers(number, **said), NOW, site=SITE).token or ""


def show_to(db: Database, event: uuid.UUID, reach: str) -> None:
    with db.transaction() as session:
        participants.show_to(session, event, reach, NOW, who="test")


def names(page: Any) -> list[str]:
    return re.findall(r'<th scope="row">([^<]+)</th>', page.text)


def test_widening_shows_nobody_who_agreed_to_less_and_they_may_say_yes(
    registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    paper, registered, everybody, _none = tokens = [
        register(registration_db, event, number, reach)
        for number, reach in enumerate(("paper", "registered", "everybody", None))
    ]
    get = registration_client.get
    assert [get(PUBLIC).status_code, get(f"/i/{paper}/participants").status_code] == [404, 404]
    show_to(registration_db, event, "registered")
    assert get(PUBLIC).status_code == 404
    for token in tokens:
        assert names(get(f"/i/{token}/participants")) == ["Noé Personne1", "Noé Personne2"]
    show_to(registration_db, event, "everybody")
    page = get(PUBLIC)
    assert (names(page), page.headers["X-Robots-Tag"]) == (["Noé Personne2"], "noindex")
    assert "Et 3 autres personnes" in page.text
    assert "@" not in page.text.split("<main")[1].split("</main")[0]

    shown = get(f"/i/{registered}/participants").text
    assert html.escape(WORDING["registered"].fr[:30]) in shown, "what they had agreed to"
    old = {"list_reach": "registered"}
    assert registration_client.post(f"/i/{registered}/participants", data=old).status_code == 409
    for _twice in range(2):
        said = registration_client.post(f"/i/{registered}/participants", data={"list_reach": "everybody"})
        assert said.status_code == 303
    assert names(get(PUBLIC)) == ["Noé Personne1", "Noé Personne2"]
    with registration_db.reading() as session:
        mine = session.scalar(sa.select(Registration.id).where(Registration.email == "personne1@example.org"))
        rows = session.execute(
            sa.select(Consent.given, Consent.wording).where(Consent.registration_id == mine).order_by(Consent.id)
        ).all()
    assert [tuple(row) for row in rows] == [(True, WORDING["registered"].fr), (True, WORDING["everybody"].fr)]

    assert registration_client.post(f"/i/{registered}/accords/participant_list/retirer").status_code == 303
    assert names(get(PUBLIC)) == ["Noé Personne2"]
    assert registration_client.post(f"/i/{everybody}/annuler").status_code == 303
    assert names(get(PUBLIC)) == []
    assert get(f"/i/{everybody}/participants").status_code == 404


def test_who_waits_reads_a_list_only_where_everybody_does(registration_client: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, capacity=1).id
    show_to(registration_db, event, "registered")
    certain, waits = (register(registration_db, event, number, "everybody") for number in (0, 1))
    read = registration_client.get
    assert names(read(f"/i/{certain}/participants")) == ["Noé Personne0"]
    refused = read(f"/i/{waits}/participants")
    assert (refused.status_code, "une fois que votre place est certaine" in refused.text) == (404, True)
    assert ["/participants" in read(f"/i/{token}").text for token in (certain, waits)] == [True, False]
    show_to(registration_db, event, "everybody")
    assert names(read(f"/i/{waits}/participants")) == ["Noé Personne0"]
    assert "Complet\u202f: 1 place prise" in read("/e/agora-2016").text


def test_the_form_says_who_reads_the_list_and_keeps_the_words_that_were_read(
    registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    show_to(registration_db, event, "registered")
    page = registration_client.get("/e/agora-2016/inscription")
    assert html.unescape(page.text).count(WORDING["registered"].fr) == 1
    show_to(registration_db, event, "everybody")  # while they type
    typed = fields(page) | PERSON | {"participant_list": "true"}
    registration_client.post("/e/agora-2016/inscription", data=typed)  # too quick for a person: asked again
    answer = registration_client.post("/e/agora-2016/inscription", data=typed)
    if answer.status_code == 200:
        answer = registration_client.post("/e/agora-2016/inscription", data=fields(answer) | typed)
    token = answer.headers["Location"].split("/i/")[1].split("?")[0]
    assert names(registration_client.get(PUBLIC)) == []
    # A form that stays ticked widens nothing, in whatever words; ticked anew, it is for the list of today.
    for box, words in (("true", "registered"), ("false", "registered"), ("true", "everybody")):
        edited = registration_client.get(f"/i/{token}/modifier")
        assert WORDING[words].fr in html.unescape(edited.text)
        changed = fields(edited) | {"participant_list": box, "function": f"Présidente {box} {words}", "confirm": "true"}
        changed |= {"list_reach": "everybody"}
        assert registration_client.post(f"/i/{token}/modifier", data=changed).status_code == 303
    with registration_db.reading() as session:
        rows = session.execute(sa.select(Consent.given, Consent.wording, Consent.wording_version).order_by(Consent.id))
        assert [tuple(row) for row in rows] == [
            (True, WORDING["registered"].fr, "2026-1"),
            (False, WORDING["registered"].fr, "2026-1"),
            (True, WORDING["everybody"].fr, "2026-1"),
        ]
    assert names(registration_client.get(PUBLIC)) == ["Aïcha Bélières"]


def test_it_is_searched_without_accents_and_grouped(
    registration_client: Any, registration_db: Database, event: uuid.UUID
) -> None:
    show_to(registration_db, event, "everybody")
    for number, (last, structure, type) in enumerate(
        (
            ("Été", "", "person"),
            ("Zola", "Commune d’Ô", "authority"),
            ("Abel", "Eau & Vie", "association"),
            ("Ébène", "eau & vie", "association"),
        )
    ):
        register(registration_db, event, number, "everybody", last_name=last, structure=structure, actor_type=type)

    def said(query: str) -> tuple[list[str], list[str]]:
        page = registration_client.get(f"{PUBLIC}{query}")
        headings = [html.unescape(one).strip() for one in re.findall(r"<caption[^>]*>(.*?) \(", page.text)]
        return headings, [one.removeprefix("Noé ") for one in names(page)]

    assert said("") == (["Sur la liste"], ["Abel", "Ébène", "Été", "Zola"])
    assert said("?par=structure") == (
        ["Commune d’Ô", "Eau & Vie", "Sans structure"],
        ["Zola", "Abel", "Ébène", "Été"],
    )
    assert said("?par=type")[1] == ["Abel", "Ébène", "Zola", "Été"]
    assert said("?q=EBENE")[1] == ["Ébène"]
    assert said("?q=commune+o&par=x")[1] == ["Zola"]
    assert said("?q=personne1%40example.org") == ([], []), "nobody is found by what the list does not show"


def test_the_staff_are_told_how_many_before_and_after(staff: Any, registration_db: Database, event: uuid.UUID) -> None:
    for number, reach in enumerate(("paper", "registered", "registered", None)):
        register(registration_db, event, number, reach)
    page = re.sub(r"\s+", " ", staff.get(SETTING).text)
    assert re.findall(r"(\d) personnes? y (?:est|sont), sur (\d)", page) == [("3", "4"), ("2", "4"), ("0", "4")]
    assert staff.post(SETTING, data={"list_reach": "all"}).status_code == 422
    assert staff.post(SETTING, data={"list_reach": "everybody"}).status_code == 303
    assert "3 personnes ont accepté une liste moins ouverte" in staff.get(SETTING).text
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Event.list_reach)).all() == ["everybody"]
