"""A tandem on screen: an association on a phone, its class at a tablet, the secretary at a desk: axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury import queries
from services.jury.use_cases import applications, calls, rulebooks
from shared import clock
from tests.jury_applications import ASSOCIATION, CLASS, PROJECT
from tests.jury_dossiers import CALL, SITE, WHO
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEA = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example", "locale": "fr"}
MARC = {"first_name": "Marc", "last_name": "Dupuy", "email": "marc.dupuy@ac-toulouse.example", "locale": "fr"}


def start(db: Any, call_id: Any, who: dict[str, str], half: str, content: dict[str, str]) -> str:
    with db.transaction() as session:
        token = applications.start(session, call_id, who | {"half": half}, site=SITE, now=clock.now())
        applications.save(session, token, content, 1, now=clock.now())
        return token


@pytest.fixture
def call_id(jury_app: Any, jury_db: Any) -> Any:
    with jury_db.transaction() as session:
        call = rulebooks.create_funding(
            session, CALL | {"preset": "tandems", "title": "Tandems solidaires"}, who=WHO, now=clock.now()
        )
        calls.open_call(session, call.id, url=SITE, who=WHO, now=clock.now())
        return call.id


def test_two_halves_that_are_alone_are_paired_and_file_together(
    new_context: Callable[..., Any],
    jury_app: Any,
    jury_db: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
    call_id: Any,
) -> None:
    association = start(jury_db, call_id, LEA, "association", ASSOCIATION | PROJECT)
    school = start(jury_db, call_id, MARC, "class", CLASS | {"meeting_1": "2027-02-10"})
    site = serve(jury_app)
    phone, tablet = new_context(viewport="phone").new_page(), new_context(viewport="tablet").new_page()
    phone.goto(f"{site}/appels/{call_id}")
    sound(phone, "tandem-call")
    phone.get_by_role("link", name="Commencer un tandem").click()
    sound(phone, "tandem-start")
    phone.goto(f"{site}/dossiers/{association}")
    expect(phone.get_by_text("il manque la classe")).to_be_visible()
    sound(phone, "tandem-association-alone")
    phone.get_by_role("link", name="Inviter la classe").click()
    sound(phone, "tandem-invite")
    phone.goto(f"{site}/dossiers/{association}/verifier")
    sound(phone, "tandem-incomplete")

    staff = new_context(viewport="desk").new_page()
    sign_in(staff, "secretary")
    staff.goto(f"{site}/equipe/appels/{call_id}/tandems")
    sound(staff, "tandem-staff")
    staff.get_by_label("Association", exact=True).select_option(index=1)
    staff.get_by_label("Classe", exact=True).select_option(index=1)
    staff.get_by_role("button", name="Réunir et prévenir les deux").click()
    expect(staff.get_by_text("Les deux moitiés sont réunies")).to_be_visible()
    sound(staff, "tandem-staff-paired")

    tablet.goto(f"{site}/dossiers/{school}")
    expect(tablet.get_by_text("Eau et Compagnie").first).to_be_visible()
    expect(tablet.get_by_text("vacances d’hiver en zone C")).to_be_visible()
    sound(tablet, "tandem-class")
    tablet.get_by_role("button", name="Enregistrer et vérifier").click()
    sound(tablet, "tandem-class-check")
    tablet.get_by_role("button", name="Je suis d’accord avec ce dossier").click()
    expect(tablet.get_by_text("Votre accord est noté")).to_be_visible()
    phone.goto(f"{site}/dossiers/{association}")
    expect(phone.get_by_text("L’autre moitié est d’accord")).to_be_visible()
    sound(phone, "tandem-association")
    phone.goto(f"{site}/dossiers/{association}/verifier")
    phone.get_by_role("button", name="Déposer le dossier").click()
    expect(phone.get_by_text("Votre dossier est déposé.")).to_be_visible()
    staff.goto(f"{site}/equipe/appels/{call_id}/dossiers")
    expect(staff.get_by_text("Eau et Compagnie + Collège Jean-Moulin, Albi")).to_be_visible()
    staff.get_by_role("link", name=PROJECT["title"]).click()
    sound(staff, "tandem-review")
    with jury_db.reading() as session:
        assert queries.applications_of(session, call_id)[0].state == "filed"
