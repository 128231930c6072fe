"""Who reads English reads the English that somebody wrote, and the French where nobody did; pages and mails alike."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.registration.models import Event
from services.registration.models.events import ProgrammeItem
from services.registration.use_cases import events, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import facts, form
from tests.integration.test_registration_events import NEW, asked
from tests.integration.test_registration_form import PERSON

EDIT = "/equipe/evenements/agora-2016/modifier"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=5, workshops=[[5]])
        made.description = "En français seulement."
        made.title_en = "A first title"
        made.workshops[0].title_en = "Water for all"
        made.slots[0].label_en = "First slot"
        made.programme.append(
            ProgrammeItem(title="Ouverture", title_en="Opening", starts_at=made.starts_at, ends_at=made.ends_at)
        )
    sign_in(registration_client, "staff")
    return registration_client


def test_pages_and_mails_speak_the_readers_language(staff: Any, registration_db: Database) -> None:
    fields = form(staff) | {"title_en": "Test day", "summary_en": "A day to try", "to_bring": "Eau", "confirm": "true"}
    assert staff.post(EDIT, data=fields).status_code == 303
    for address in ("/", "/agenda/", "/e/agora-2016", "/e/agora-2016/inscription"):
        english, french = staff.get(f"{address}?lang=en").text, staff.get(f"{address}?lang=fr").text
        assert ("Test day" in english, "Journée d’essai" in english) == (True, False), address
        assert ("Test day" in french, "Journée d’essai" in french) == (False, True), address
    page = staff.get("/e/agora-2016?lang=en").text
    assert "En français seulement." in page, "what nobody wrote in English is read in French"
    assert "Water for all" in page
    asked = staff.get("/e/agora-2016/inscription?lang=en").text
    assert ("Water for all" in asked, "Last name" in asked) == (True, True)
    for address, words in (
        ("/e/agora-2016", ("Opening", "First slot")),
        ("/e/agora-2016/inscription", ("First slot",)),
        ("/e/agora-2016/grille", ("Opening", "Water for all")),
    ):
        english, french = staff.get(f"{address}?lang=en").text, staff.get(f"{address}?lang=fr").text
        assert [(word in english, word in french) for word in words] == [(True, False)] * len(words), address
    with registration_db.transaction() as session:
        event = session.query(Event).one()
        workshop = event.workshops[0].id
        for number, locale in enumerate(("en", "fr")):
            one = answers(number, workshops=[workshop], locale=locale)
            registering.register(session, event.id, one, NOW, site=SITE)
    told = facts(registration_db, "registration.registration.confirmed.v1")
    assert [one["occasion"]["title"] for one in told] == ["Test day", "Journée d’essai"]
    assert [one["workshops"][0]["title"] for one in told] == ["Water for all", "Atelier 0.0"]
    assert [one["workshops"][0]["slot"] for one in told] == ["First slot", "Créneau 0"]
    assert [[entry["summary"] for entry in one["calendar"]] for one in told] == [
        ["Test day", "Water for all"],
        ["Journée d’essai", "Atelier 0.0"],
    ]
    assert told[0]["occasion"]["to_bring"] == "Eau"


def test_programs_read_both_languages(staff: Any) -> None:
    (listed,) = staff.get("/api/events").json
    event = staff.get("/api/events/agora-2016").json
    assert (listed["title_en"], listed["summary_en"]) == ("A first title", "")
    workshop = event["workshops"][0]
    assert (event["title_en"], workshop["title_en"], workshop["slot_en"]) == (
        "A first title", "Water for all", "First slot",
    )  # fmt: skip


def test_a_copy_keeps_its_english_and_a_workshop_is_told_in_it(staff: Any, registration_db: Database) -> None:
    base = "/equipe/evenements/agora-2016/programme"
    address = re.search(r'href="([^"]+/atelier/[^"]+)"', staff.get(f"{base}/").text)
    assert address
    assert 'value="Water for all"' in staff.get(address.group(1)).text
    for kind, field in (("creneau", 'value="First slot"'), ("moment", 'value="Opening"')):
        address = re.search(rf'href="([^"]+/{kind}/[0-9a-f-]{{36}})"', staff.get(f"{base}/").text)
        assert address
        assert field in staff.get(address.group(1)).text
    with registration_db.reading() as session:
        draft = events.draft_of(session, session.query(Event).one())
    assert (draft.slots[0].label_en, draft.programme[0].title_en) == ("First slot", "Opening")
    copied = staff.get("/equipe/evenements/nouveau?copie=agora-2016").text
    assert 'value="A first title"' in copied


def test_what_changes_is_told_in_the_readers_language(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        event = session.query(Event).one()
        done = registering.register(session, event.id, answers(1), NOW, site=SITE)
        chosen = {f"slot-{event.slots[0].id}": str(event.workshops[0].id)}
    said = staff.post(f"/i/{done.token}/modifier?lang=en", data=PERSON | chosen).text
    assert "<ins>Water for all</ins>" in said
    assert ("First slot" in said, "Créneau 0" in said) == (True, False)
    cancel = staff.get(f"/i/{done.token}/annuler?lang=en").text
    assert ("given back at once" in cancel, "waiting list" in cancel, cancel.count('class="eyebrow"')) == (
        True,
        False,
        1,
    )


@pytest.mark.parametrize("changed", [{}, {"summary": "Un jour pour écrire un projet."}])
def test_what_a_template_says_is_told_in_english_while_its_french_stands(staff: Any, changed: dict[str, str]) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "training"}), NEW)
    typed = {"title": "Écrire", "date": "jeudi 17 novembre 2016", "place": "Albi"} | changed
    assert staff.post(NEW, data=fields | typed).status_code == 303
    english, french = (staff.get(f"/e/ecrire-2016?lang={one}").text for one in ("en", "fr"))
    assert ("A day of training in a small group" in english) == (not changed)
    assert (changed.get("summary", "A day of training") in english, "To have a project under way" in english) == (
        True,
        True,
    )
    assert "A day of training" not in french
