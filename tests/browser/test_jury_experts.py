"""An opinion on screen: the secretary at a desk asks, an expert on a phone answers: axe finds nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.models import Project
from services.jury.use_cases import experts
from shared import clock
from tests.jury_dossiers import SITE, WHO, add_filed, open_call
from tests.jury_room import Room
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MARIE = {
    "first_name": "Marie",
    "last_name": "Sol",
    "email": "marie@experts.example",
    "themes": "eau",
    "countries": "KH",
}
PAUL = {"first_name": "Paul", "last_name": "Ray", "email": "paul@experts.example", "languages": "anglais", "most": 2}
NOBODY = dict.fromkeys(("function", "structure", "themes", "countries", "languages"), "") | {
    "most": None,
    "away": False,
}


def test_the_secretary_asks_and_an_expert_answers(
    new_context: Callable[..., Any],
    jury_app: Any,
    jury_db: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    call_id = open_call(jury_db)
    room = Room.of_dossiers(jury_db, call_id, add_filed(jury_db, call_id, {}, {"title": "Une école à Rosso"}))
    with jury_db.transaction() as session:
        marie = experts.keep(session, None, NOBODY | MARIE, who=WHO, now=clock.now())
        experts.keep(session, None, NOBODY | PAUL, who=WHO, now=clock.now())
    site, desk = serve(jury_app), new_context(viewport="desk").new_page()
    sign_in(desk, "secretary")
    desk.goto(f"{site}/equipe/experts")
    sound(desk, "experts")
    desk.get_by_role("link", name="Marie Sol").click()
    sound(desk, "expert")
    desk.goto(f"{site}/equipe/appels/{call_id}/avis")
    desk.get_by_role("link", name="De l’eau à Battambang").click()
    expect(desk.get_by_text("thème : eau · connaît le pays")).to_be_visible()
    expect(desk.get_by_text("ne lit pas la langue de ce dossier")).to_be_visible()
    sound(desk, "opinions-whom-to-ask")
    desk.get_by_text("Marie Sol").first.click()
    desk.get_by_label("Pour quel jour").fill("2030-01-31")
    desk.get_by_role("button", name="Demander un avis").click()
    expect(desk.get_by_text("La demande part par courriel")).to_be_visible()

    with jury_db.transaction() as session:
        two = session.get_one(Project, room.projects[1])
        asked = experts.ask(session, two, marie.id, dt.date(2030, 1, 31), site=SITE, who=WHO, now=clock.now())
        token = experts.issue(session, asked.id, clock.now())
    phone = new_context(viewport="phone").new_page()
    phone.goto(f"{site}/expertise/{token}")
    sound(phone, "expertise")
    phone.get_by_role("link", name="Les liens de votre page…").click()
    expect(phone.get_by_text("2 liens ouvrent votre page")).to_be_visible()
    sound(phone, "expertise-links")
    phone.get_by_role("button", name="Fermer tous les autres liens").click()
    expect(phone.get_by_text("n’ouvre plus cette page.")).to_be_visible()
    desk.goto(f"{site}/equipe/appels/{call_id}/avis/{two.id}")
    desk.get_by_text("Un lien est parti où il ne fallait pas ?").click()
    sound(desk, "opinion-link-astray")
    phone.get_by_text("Favorable sous réserve", exact=True).click()
    phone.get_by_label("Ce qui convainc").fill("La commune s’est engagée.")
    phone.get_by_role("button", name="Transmettre mon avis").click()
    expect(phone.get_by_text("Écrivez pourquoi").first).to_be_visible()
    sound(phone, "expertise-refused")
    phone.get_by_label("Ce qui manque ou inquiète").fill("L’entretien n’est pas chiffré.")
    phone.get_by_role("button", name="Transmettre mon avis").click()
    expect(phone.get_by_text("Merci : votre avis est transmis.")).to_be_visible()
    desk.goto(f"{site}/equipe/appels/{call_id}/avis/{two.id}")
    expect(desk.get_by_text("L’entretien n’est pas chiffré.")).to_be_visible()
    sound(desk, "opinions-given")
    desk.goto(f"{site}/equipe/appels/{call_id}/avis")
    sound(desk, "opinions")
