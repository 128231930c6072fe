"""« Ce qui est réglé »: all that is set of an event on one page, what to see to first, and the way to each."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

from services.registration.models import Event, Speaker
from services.registration.models.events import ProgrammeItem
from services.registration.rules.dates import at
from services.registration.rules.forms import Question, Words
from services.registration.use_cases import events, forms, notices
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, an_event

BASE = "/equipe/evenements/agora-2016"
PAGE = f"{BASE}/reglages"


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    """A draft that somebody just began, but for a word in English and a workshop that is too small."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=10, workshops=[[4]])
        events.withdraw(session, made.id, NOW, who="test", site=SITE)
        made.to_bring, made.title_en, made.opens_at = "Une gourde", "A day", at(dt.date(2016, 10, 5), dt.time(9))
        for title in ("Plénière", "Débat"):
            item = ProgrammeItem(starts_at=at(DAY, dt.time(9)), ends_at=at(DAY, dt.time(10)), title=title)
            item.speakers = [Speaker(name="Awa Diop")]
            made.programme.append(item)
        return made


def text(page: str) -> str:
    plain = re.sub(r"<[^>]+>", "", page).replace("\u202f", " ").replace("\xa0", " ")
    return " ".join(plain.split())


def test_a_draft_says_what_to_see_to_and_leads_to_each(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event
) -> None:
    sign_in(registration_client, "staff")
    answer = registration_client.get(PAGE)
    assert answer.status_code == 200
    first, _head, rest = text(answer.text).partition("Rien de cela n’empêche de publier.")
    for words in (
        "Lieu : L’adresse manque",
        "Textes : La phrase qui résume",
        "Textes : La présentation manque.",
        "Pas encore en anglais : À apporter.",
        "Awa Diop parle à la fois dans",
        "« Créneau 0 » : ses ateliers ont 4 places en tout",
        "Personne n’est averti",
    ):
        assert words in first, words
    for words in (
        "Vendredi 14 octobre 2016, de 9 h à 17 h", "2 moments, 1 créneau d’ateliers, 1 atelier", "10 places",
        "Ouvrent le mercredi 5 octobre 2016 à 9 h, ferment à la fin", "Une semaine avant, la veille",
        "Personne en ligne", "Une place libre va aussitôt à la personne suivante.", "En anglais : Titre.",
    ):  # fmt: skip
        assert words in rest, words
    where = set(re.findall(r'href="([^"#]+)[^"]*">Changer', answer.text))
    assert len(where) > 9
    for path in sorted(where):
        assert registration_client.get(path).status_code == 200, path
    assert "7 points à voir avant de publier." in text(registration_client.get(BASE).text)

    with registration_db.transaction() as session:
        found = session.get_one(Event, event.id)
        found.address, found.summary, found.description, found.title_en = "31000 Toulouse", "Un jour", "Un jour.", ""
        found.programme.pop()
        found.slots.clear()
        notices.keep(session, found.id, "each", NOW, who="test", email="awa@asso.example")
    page = text(registration_client.get(PAGE).text)
    assert "Rien ne manque : la rencontre peut être publiée." in page
    assert "awa@asso.example" in page
    assert "Rien ne manque pour publier." in text(registration_client.get(BASE).text)


def test_who_only_reads_is_led_nowhere_and_an_event_that_is_over_asks_for_nothing(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(registration_client, "auditor")
    page = registration_client.get(PAGE).text
    assert ("À voir avant de publier" in page, ">Changer<" in page) == (True, False)
    english = text(registration_client.get(PAGE, headers={"Accept-Language": "en"}).text)
    assert "To see to before publishing" in english
    with registration_db.transaction() as session:
        events.publish(session, event.id, NOW, who="test", site=SITE)
    assert "À voir" in registration_client.get(PAGE).text
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(18)))
    assert "À voir" not in registration_client.get(PAGE).text


def test_what_keeps_an_event_from_being_published_is_said_so(
    registration_client: Any, registration_db: Database, sign_in: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.transaction() as session:
        unready = (Question("bus", "choice", Words("Quel bus ?")),)  # nothing to choose from
        forms.edit(session, event.id, "1.0", lambda rows: rows + unready, NOW, who="test", what="bus")
    page = text(registration_client.get(PAGE).text)
    assert "Formulaire : Une question n’est pas prête" in page
    assert ("Pour publier, changez d’abord : Formulaire." in page, "Rien de cela n’empêche" in page) == (True, False)
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(18)))
    page = text(registration_client.get(PAGE).text)
    assert "Pour publier, changez d’abord : Date et heure, Formulaire." in page


def test_the_public_address_is_a_field_to_copy(
    registration_client: Any, sign_in: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session)
    sign_in(registration_client, "staff")
    page = registration_client.get(BASE).text
    assert re.search(
        r'<label for="f-address">L’adresse à diffuser</label>\s*<div class="row"><input[^>]*readonly', page
    )
    assert re.search(r'<input[^>]*value="http[^"]+/e/agora-2016" readonly', page)
    assert re.search(r"<button[^>]* hidden data-copies=\"f-address\"", page)  # until the script shows it
