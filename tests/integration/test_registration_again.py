"""Who came before does not write their name again, and who telephones is found at whichever event."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Registration
from services.registration.use_cases import links, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

LATER = NOW + dt.timedelta(days=400)


@pytest.fixture
def two(registration_db: Database) -> tuple[Event, Event]:
    """This year's, with somebody and the colleague they registered; and next year's."""
    with registration_db.transaction() as session:
        first, second = an_event(session), an_event(session, slug="agora-2017")
        second.title = "Agora d’après"
        for name in ("starts_at", "ends_at"):
            setattr(second, name, getattr(second, name) + dt.timedelta(days=400))
    with registration_db.transaction() as session:
        people = [answers(0, structure="Eau Vive", photo=True), answers(1, structure="Eau Vive")]
        registering.register_party(session, first.id, people, NOW, site=SITE, together=False)
    return first, second


def of(db: Database, email: str) -> uuid.UUID:
    with db.reading() as session:
        return session.query(Registration.id).filter_by(email=email).one()[0]


def value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*? value="([^"]*)"', page)
    return html.unescape(found[1]) if found else ""


def test_the_next_form_knows_who_they_are_and_nothing_they_chose(
    registration_client: Any, registration_db: Database, two: tuple[Event, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.transaction() as session:
        token = links.issue(session, of(registration_db, "personne0@example.org"), "page", NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    assert "Les prochaines rencontres" not in registration_client.get(f"/i/{token}").text
    monkeypatch.setattr(clock, "now", lambda: LATER - dt.timedelta(days=30))
    assert f'href="/prochaines/{token}"' in registration_client.get(f"/i/{token}").text
    page = registration_client.get(f"/i/{token}").text
    assert "La rencontre a eu lieu" in page
    assert [words for words in ("Ajouter à mon agenda", "gardez-la ouverte") if words in page] == []
    listed = registration_client.get(f"/prochaines/{token}")
    assert re.findall(r'href="(/e/[^"]+/inscription/[^"]+)"', listed.text) == [f"/e/agora-2017/inscription/{token}"]
    assert listed.headers["Cache-Control"] == "no-store"
    page = registration_client.get(f"/e/agora-2017/inscription/{token}").text
    assert [value(page, name) for name in ("email", "structure")] == ["personne0@example.org", "Eau Vive"]
    assert "relisez-les" in page
    assert not re.search(r'name="photo"[^>]* checked', page)
    sent = {name: value(page, name) for name in ("first_name", "last_name", "email", "structure", "seal")}
    sent["form_version"] = value(page, "form_version")
    more = {"actor_type": "association", "department": "31", "meal": "true"}
    monkeypatch.setattr(clock, "now", lambda: LATER - dt.timedelta(days=30) + dt.timedelta(minutes=1))
    assert registration_client.post("/e/agora-2017/inscription", data=sent | more).status_code == 303
    assert "Aucune inscription" in registration_client.get(f"/prochaines/{links_to(registration_db, two[1])}").text
    assert registration_client.get("/prochaines/nothing").status_code == 404
    assert registration_client.get("/e/agora-2017/inscription/nothing").status_code == 404


def links_to(db: Database, event: Event) -> str:
    with db.transaction() as session:
        one = session.query(Registration.id).filter_by(event_id=event.id).one()[0]
        return links.issue(session, one, "page", LATER)


def test_who_telephones_is_found_at_whichever_event(
    registration_client: Any, registration_db: Database, two: tuple[Event, Event], sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        registering.register(session, two[1].id, answers(0, structure="Eau Vive"), NOW, site=SITE)
    sign_in(registration_client, "staff")
    assert 'action="/equipe/personnes"' in registration_client.get("/equipe/").text
    page = registration_client.get("/equipe/personnes", query_string={"q": "PERSONNE0@ eau"}).text
    assert page.index("Agora d’après") < page.index("Journée d’essai")
    assert len(re.findall(r'href="/equipe/inscriptions/', page)) == 2
    nobody = registration_client.get("/equipe/personnes", query_string={"q": "100 %_"}).text
    assert "Personne ne correspond" in nobody
    accent = registration_client.get("/equipe/personnes", query_string={"q": "\u0301"}).text
    assert "Personne ne correspond" in accent
    assert registration_client.get("/equipe/personnes?q=+").location.endswith("/equipe/")
    assert registration_client.get("/equipe/personnes?q=%00%ED%A0%BD").status_code in (200, 303, 400)
    sign_in(registration_client, "desk")
    assert registration_client.get("/equipe/personnes?q=eau").status_code == 403
    assert "/equipe/personnes" not in registration_client.get("/equipe/").text


def test_all_that_one_address_registered_is_found_and_nothing_of_a_longer_one(
    registration_client: Any, registration_db: Database, two: tuple[Event, Event], sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        registering.register(session, two[1].id, answers(0, email="Personne0@Example.org"), NOW, site=SITE)
        registering.register(session, two[1].id, answers(1, email="autre.personne0@example.org"), NOW, site=SITE)
        mine = session.scalars(sa.select(Registration.id).where(Registration.email == "Personne0@Example.org")).one()
    sign_in(registration_client, "staff")
    link = re.search(
        r'href="(/equipe/personnes\?adresse=[^"]*)"', registration_client.get(f"/equipe/inscriptions/{mine}").text
    )
    assert link
    page = registration_client.get(link[1]).text
    assert len(re.findall(r'href="/equipe/inscriptions/', page)) == 2
    assert 'value="Personne0@Example.org"' in page


def test_the_staff_go_from_one_to_the_others_of_a_form(
    registration_client: Any, registration_db: Database, two: tuple[Event, Event], sign_in: Callable[..., Any]
) -> None:
    sign_in(registration_client, "staff")
    first, second = (of(registration_db, f"personne{number}@example.org") for number in (0, 1))
    page = registration_client.get(f"/equipe/inscriptions/{second}").text
    assert f'href="/equipe/inscriptions/{first}"' in page
    assert "a inscrit les autres" in page
    assert '<span class="small">par qui a rempli le formulaire</span>' in page
    assert "par la personne" not in page
    page = registration_client.get(f"/equipe/inscriptions/{first}").text
    assert f'href="/equipe/inscriptions/{second}"' in page
    assert "a inscrit les autres" not in page
    assert '<span class="small">par la personne</span>' in page
