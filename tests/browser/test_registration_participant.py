"""A participant's own page: a seat passed on to somebody else; workshops by ranked wishes, and why."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import presets
from services.registration.models import Quota
from services.registration.use_cases import allocating, events, queues, registering
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, answers
from tests.soundness import fits, sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def last_link(db: Database) -> str:
    with db.reading() as session:
        return str(session.scalar(sa.select(outbox.c.envelope).order_by(sa.text("id DESC")).limit(1))["data"]["link"])


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_seat_is_passed_on_from_the_ticket(
    page: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = events.create(session, presets.agora(6, DAY, capacity=3), NOW, who="test")
        events.publish(session, event.id, NOW, who="test", site=SITE)
        rooms = [slot.workshops[0].id for slot in event.slots]
        event_id = event.id
    with registration_db.transaction() as session:
        token = registering.register(session, event_id, answers(1, workshops=rooms), NOW, site=SITE).token
    site = serve(registration_app)
    page.goto(f"{site}/i/{token}")
    page.get_by_role("link", name="Transmettre ma place").click()
    page.get_by_label("Prénom").fill("Léa")
    page.get_by_label("Nom", exact=True).fill("Rivière")
    page.get_by_label("Adresse électronique").fill("lea@example.org")
    sound(page, "registration-transfer")
    page.get_by_role("button", name="Continuer").click()
    page.get_by_role("heading", name="Transmettre votre place à Léa Rivière").wait_for()
    sound(page, "registration-transfer-confirm")
    page.get_by_role("button", name="Transmettre ma place").click()
    page.get_by_role("heading", name="votre place est transmise").wait_for()
    sound(page, "registration-transfer-done")
    page.goto(last_link(registration_db).replace(SITE, site))
    page.get_by_role("heading", name="Votre place est certaine").wait_for()
    page.get_by_text("Léa Rivière").wait_for()


@pytest.mark.parametrize("viewport", ["phone"])
def test_a_name_as_long_as_names_are_fits_a_phone_and_so_does_an_offer(
    page: Any, registration_app: Any, registration_db: Database, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    named = {"first_name": "عبد الرحمن", "last_name": "Rakotondrainibe-Andriamampandryravaoarisoa"}
    with registration_db.transaction() as session:
        event = events.create(session, presets.agora(6, DAY, capacity=3), NOW, who="test")
        events.publish(session, event.id, NOW, who="test", site=SITE)
        event.offer_hours = 48
        rooms = [event.slots[0].workshops[0].id]
        seats = sa.update(Quota).where(Quota.workshop_id == rooms[0])
        session.execute(seats.values(capacity=0))
        token = registering.register(session, event.id, answers(1, workshops=rooms, **named), NOW, site=SITE).token
        session.execute(seats.values(capacity=1))
        queues.promote(session, event.id, NOW)
    page.goto(f"{serve(registration_app)}/i/{token}")
    page.get_by_text(named["last_name"]).first.wait_for()
    page.get_by_text("place proposée jusqu’au").wait_for()
    fits(page)


@pytest.mark.parametrize("viewport", ["phone"])
def test_wishes_are_ranked_allocated_and_explained(
    page: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    due = NOW + dt.timedelta(days=2)
    with registration_db.transaction() as session:
        event = events.create(session, presets.agora(6, DAY), NOW, who="test")
        events.publish(session, event.id, NOW, who="test", site=SITE)
        allocating.set_terms(session, event, due, NOW, who="test")
        rooms = [[workshop.id for workshop in slot.workshops] for slot in event.slots]
        event_id = event.id
        session.execute(sa.update(Quota).where(Quota.workshop_id == rooms[0][0]).values(capacity=2))
    for number in range(6):
        with registration_db.transaction() as session:
            asked = [one for slot in rooms for one in slot[:3]]
            registering.register(session, event_id, answers(number, wishes=asked), NOW, site=SITE)
    site = serve(registration_app)
    page.goto(f"{site}/e/agora-2016/inscription")
    sound(page, "registration-wishes")
    page.get_by_label("Prénom", exact=True).fill("Aïcha")
    page.get_by_label("Adresse électronique").fill("aicha@example.org")
    page.get_by_label("2e souhait").first.select_option(str(rooms[0][1]))
    page.get_by_role("button", name="Garder et finir plus tard").click()
    page.get_by_text("Aucune place n’est réservée.").wait_for()
    sound(page, "registration-kept")
    page.goto(last_link(registration_db).replace(SITE, site))
    assert page.get_by_label("2e souhait").first.input_value() == str(rooms[0][1])
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/evenements/agora-2016/souhaits")
    sound(page, "registration-wishes-staff")
    monkeypatch.setattr(clock, "now", lambda: due)
    page.reload()
    page.get_by_role("button", name="Répartir les ateliers").click()
    page.get_by_text("Les ateliers sont répartis.").wait_for()
    with registration_db.transaction() as session:
        assert allocating.tell(session, due, site=SITE) == 6
    page.goto(last_link(registration_db).replace(SITE, site))
    page.get_by_role("heading", name="D’où viennent mes ateliers").wait_for()
    sound(page, "registration-wishes-why")
