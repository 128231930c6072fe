"""What the team adds for whoever has a place: in the mail that confirms it and on their page, nowhere else."""

from __future__ import annotations

from typing import Any

from services.registration.models import Event
from services.registration.use_cases import registering
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import EDIT, facts, form
from tests.integration.test_registration_events import staff

__all__ = ["staff"]  # the fixture

WORD = "L’entrée est dans la <b>cour</b>.\r\nUn retard ? Appelez Inès."


def test_who_has_a_place_reads_it_and_nobody_else(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        an_event(session, capacity=2)
    fields = form(staff) | {"word": WORD, "word_en": "Come in by the yard.", "confirm": "true"}
    assert staff.post(EDIT, data=fields).status_code == 303
    assert form(staff)["word"].splitlines() == WORD.splitlines()
    pages = []
    for number, locale in enumerate(("fr", "en", "fr")):
        with registration_db.transaction() as session:
            event = session.query(Event).one()
            done = registering.register(session, event.id, answers(number, locale=locale), NOW, site=SITE)
        pages.append(staff.get(f"/i/{done.token}?lang={locale}").text)
    told = facts(registration_db, "registration.registration.confirmed.v1")
    assert [one["occasion"]["word"].splitlines() for one in told] == [WORD.splitlines(), ["Come in by the yard."]]
    assert "dans la &lt;b&gt;cour&lt;/b&gt;." in pages[0]
    assert "Come in by the yard." in pages[1]
    assert "cour" not in pages[2], "the third waits"
    for public in ("/e/agora-2016", "/e/agora-2016/inscription", "/api/events/agora-2016", "/e/agora-2016.ics"):
        assert "cour" not in staff.get(public).text
