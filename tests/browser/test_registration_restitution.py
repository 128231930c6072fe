"""A host's phone without a network, the wall of the plenary, one click to L'Écho: in a real browser."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import FormAnswer, RestitutionPart
from services.registration.queries import forms
from services.registration.use_cases import registering, restitution
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_phone_without_a_network_to_the_wall_and_l_echo(
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5, 5]])
        first = event.workshops[0].id
        data = answers(1, first_name="Soa", last_name="Rakotondrainibé", workshops=[first])
        person = registering.register(session, event.id, data, NOW, site=SITE).registration_id
        said = {
            "question": "countries",
            "label": "Dans quels pays ou territoires agissez-vous ?",
            "value": ["mg"],
            "said": "Madagascar",
        }
        version = forms.current(session, event.id).id
        row = FormAnswer(registration_id=person, version_id=version, sensitive=False, given_at=NOW, **said)
        session.add(row)
        token = restitution.invite(session, event.id, first, NOW, who="test")
    site = str(serve(registration_app))
    context = new_context(viewport="phone")
    phone = context.new_page()
    phone.goto(f"{site}/atelier/#{token}")
    expect(phone.get_by_role("heading", name="Atelier 0.0")).to_be_visible()
    phone.get_by_text("1 personne attendue").click()
    expect(phone.get_by_text("Soa Rakotondrainibé, Les Amis du Lac")).to_be_visible()
    expect(phone.get_by_text("Dans quels pays ou territoires agissez-vous ? Madagascar")).to_be_visible()
    phone.emulate_media(media="print")
    expect(phone.get_by_text("Soa Rakotondrainibé, Les Amis du Lac")).to_be_visible()
    expect(phone.get_by_label("Constats")).to_be_hidden()
    phone.emulate_media(media="screen")
    phone.evaluate("navigator.serviceWorker.ready")

    context.set_offline(True)
    phone.get_by_label("Constats").fill("Les pièces manquent dès la deuxième année.")
    phone.get_by_label("Suites").fill("Une réunion en mars.")
    expect(phone.get_by_text("Gardé ici, à envoyer")).to_be_visible()
    phone.locator("body[data-pending='2']").wait_for()  # both are on the disk
    phone.close()  # the phone is put away, and opened again without a network
    phone = context.new_page()
    phone.goto(f"{site}/atelier/")
    expect(phone.get_by_label("Suites")).to_have_value("Une réunion en mars.")
    sound(phone)
    with registration_db.reading() as session:
        assert session.scalars(sa.select(RestitutionPart.text)).all() == []
    context.set_offline(False)
    expect(phone.get_by_text("Tout est reçu")).to_be_visible(timeout=40_000)
    sound(phone, "host")

    desk = new_context(viewport="desk")
    wall = desk.new_page()
    sign_in(wall, "staff")
    wall.goto(f"{site}/equipe/evenements/agora-2016/restitutions")
    sound(wall, "restitutions")
    wall.get_by_role("button", name="Proposer « Atelier 0.0 » à L’Écho").click()
    expect(wall.get_by_text("C’est envoyé")).to_be_visible()
    wall.get_by_role("link", name="Projet de compte rendu").click()
    expect(wall.get_by_text("Les pièces manquent dès la deuxième année.")).to_be_visible()
    sound(wall, "minutes")
    wall.goto(f"{site}/equipe/evenements/agora-2016/restitutions/ecran?atelier={first}")
    expect(wall.get_by_text("Les pièces manquent dès la deuxième année.")).to_be_visible()
    sound(wall, "wall")
    desk.set_offline(True)
    expect(wall.get_by_text("Pas de nouvelles du serveur")).to_be_visible()
    sound(wall)
    desk.set_offline(False)
    expect(wall.get_by_text("Pas de nouvelles du serveur")).to_be_hidden()
    with registration_db.reading() as session:
        left = session.scalars(sa.select(outbox.c.type).where(outbox.c.type.like("registration.workshop.%"))).all()
    assert left == ["registration.workshop.restituted.v1"]


def test_a_link_that_opens_nothing_says_so_and_claims_nothing(
    new_context: Any, registration_app: Any, registration_db: Database, serve: Any
) -> None:
    with registration_db.transaction() as session:
        first = an_event(session, workshops=[[5]])
        old = restitution.invite(session, first.id, first.workshops[0].id, NOW, who="test")
        restitution.invite(session, first.id, first.workshops[0].id, NOW, who="test")
    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{serve(registration_app)}/atelier/#{old}")
    expect(phone.get_by_text("Ce lien n’ouvre plus rien")).to_be_visible()
    expect(phone.get_by_text("Tout est reçu")).to_have_count(0)
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_text("This link opens nothing any more")).to_be_visible()
