"""What to know before a training: said on its page, above its form, and ticked by who has it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event
from services.registration.rules.question_library import default
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_events import NEW, asked, staff

__all__ = ["staff"]  # the fixture

TYPED = "Avoir suivi le premier module.\nOu <b>avoir</b> monté un budget."


def test_the_page_and_the_form_say_them_and_typed_words_stay_words(
    registration_client: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, kind="training")
        session.get_one(Event, event.id).prerequisites = TYPED
    for path in ("/e/agora-2016", "/e/agora-2016/inscription"):
        page = registration_client.get(path).text
        assert [said in page for said in ("Prérequis", "Avoir suivi le premier module.", "&lt;b&gt;avoir")] == [
            True
        ] * 3


def test_a_new_training_has_them_from_its_template_and_keeps_what_the_staff_write(
    staff: Any, registration_db: Database
) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "training"}), NEW)
    assert fields["prerequisites"] == "Avoir un projet en cours, même à l’état d’idée."
    staff.post(NEW, data=fields | {"title": "Budget", "place": "Foix", "prerequisites": TYPED})
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Event.prerequisites)).one() == TYPED
    assert {one.key: one.required for one in default("training")}["prerequisites"] is False
