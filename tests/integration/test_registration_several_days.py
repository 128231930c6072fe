"""A meeting that goes over several days: an hour is never said without its day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.events import Event, ProgrammeItem, Speaker
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

BOTH = "du vendredi 14 octobre 2016 à 9 h au samedi 15 octobre 2016 à 17 h"


@pytest.fixture
def link(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> str:
    """The personal page of somebody who chose a workshop on each of two days."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, capacity=5, workshops=[[5], [5]])
        event.ends_at += dt.timedelta(days=1)
        second = event.slots[1]
        for one in (second, *second.workshops):
            one.starts_at, one.ends_at = (at + dt.timedelta(days=1) for at in (one.starts_at, one.ends_at))
        chosen = [one.id for one in event.workshops]
        done = registering.register(session, event.id, answers(1, workshops=chosen), NOW, site=SITE)
        return f"/i/{done.token}"


def words(client: Any, address: str) -> str:
    return str(client.get(address).text).replace("\u202f", " ").replace("\xa0", " ")


MINUTES = "/equipe/evenements/agora-2016/restitutions/compte-rendu"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("link", BOTH),
        ("/e/agora-2016", BOTH),
        ("/e/agora-2016/inscription", BOTH),
        ("/agenda/agenda.rss", BOTH),
        (MINUTES, f"<p>D{BOTH[1:]}, Toulouse."),
        (f"{MINUTES}.md", f"– {BOTH}"),
    ],
)
def test_a_page_says_from_which_day_to_which(
    page: str, said: str, link: str, registration_client: Any, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    assert said in words(registration_client, link if page == "link" else page)


@pytest.mark.parametrize(
    "page", ["/", "/agenda/", "/agenda/cadre", "/e/agora-2016", "/equipe/", "/equipe/evenements/agora-2016"]
)
def test_a_list_says_from_which_day_to_which(page: str, link: str, registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff")
    assert "du vendredi 14 octobre au samedi 15 octobre 2016" in words(registration_client, page)


def test_each_workshop_is_said_with_its_day(link: str, registration_client: Any, sign_in: Any) -> None:
    mine, form, change = (
        words(registration_client, one) for one in (link, "/e/agora-2016/inscription", f"{link}/modifier")
    )
    assert ("<h3>Vendredi 14 octobre</h3>" in mine, "<h3>Samedi 15 octobre</h3>" in mine) == (True, True)
    for text in (form, change):
        assert "Créneau 0, vendredi 14 octobre, de " in text
        assert "Créneau 1, samedi 15 octobre, de " in text
    sign_in(registration_client, "staff")
    assert "samedi 15 octobre, " in words(registration_client, "/equipe/evenements/agora-2016")


def test_the_minutes_say_on_which_day_who_spoke(
    link: str, registration_client: Any, registration_db: Database, sign_in: Any
) -> None:
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.slots[1].label = "Ateliers d'été & suites"
        speakers = [Speaker(position=0, name="Awa Diop", role="présidente"), Speaker(position=1, name="Luc Rey")]
        opening = ProgrammeItem(title="Ouverture", starts_at=event.starts_at, speakers=speakers)
        event.programme.append(opening)
    sign_in(registration_client, "staff")
    page, plain = (words(registration_client, one) for one in (MINUTES, f"{MINUTES}.md"))
    for text in (page, plain):
        assert "vendredi 14 octobre, 9 h : Ouverture, Awa Diop, présidente ; Luc Rey" in text
    assert "Ateliers d'été & suites, samedi 15 octobre, 12 h · Salle 0" in plain
