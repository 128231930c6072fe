"""A bearer takes a candidature back on a phone, and the secretary writes to the jury at a desk: axe finds nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from services.jury.models import Juror
from services.jury.use_cases import applications
from shared import clock
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import SITE, add_filed, open_call
from tests.jury_room import Room
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_bearer_erases_a_draft_and_withdraws_what_they_filed(
    new_context: Callable[..., Any], jury_app: Any, jury_db: Any, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    call_id = open_call(jury_db)
    (one,) = add_filed(jury_db, call_id, {"title": "De l’eau à Battambang"})
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example", "locale": "fr"}
    with jury_db.transaction() as session:
        draft = applications.start(session, call_id, who, site=SITE, now=clock.now())
        applications.save(session, draft, COMPLETE, 1, now=clock.now())
        filed = applications.issue(session, one.id, clock.now())
    site, page = serve(jury_app), new_context(viewport="phone").new_page()
    page.goto(f"{site}/dossiers/{draft}")
    sound(page, "bearer-draft")
    page.get_by_role("link", name="Effacer ce brouillon…").click()
    sound(page, "bearer-erase")
    page.get_by_role("button", name="Effacer le brouillon").click()
    expect(page.get_by_text("Le brouillon est effacé")).to_be_visible()
    assert page.goto(f"{site}/dossiers/{draft}").status == 404

    page.goto(f"{site}/dossiers/{filed}")
    page.get_by_role("link", name="Retirer ma candidature…").click()
    page.get_by_label("Pourquoi").fill("Le partenaire renonce.")
    sound(page, "bearer-withdraw")
    page.get_by_role("button", name="Retirer ma candidature").click()
    expect(page.get_by_text("Votre candidature est retirée.")).to_be_visible()
    expect(page.get_by_text("Le partenaire renonce.")).to_be_visible()
    sound(page, "bearer-withdrawn")


def test_the_secretary_invites_and_reminds_and_takes_a_project_out(
    new_context: Callable[..., Any],
    jury_app: Any,
    jury_db: Any,
    serve: Callable[[Any], str],
    sign_in: Callable[..., Any],
) -> None:
    room = Room(jury_db)
    with jury_db.transaction() as session:
        for juror, address in zip(room.jurors, ("aline@jury.example", "bruno@jury.example"), strict=False):
            session.get_one(Juror, juror).email = address
    site, desk = serve(jury_app), new_context(viewport="desk").new_page()
    sign_in(desk, "secretary")
    desk.goto(f"{site}/equipe/tours/{room.round_id}/courriels/")
    expect(desk.get_by_text("2 invitations partiraient")).to_be_visible()
    sound(desk, "jury-mails")
    desk.get_by_role("button", name="Inviter ceux qui ne le sont pas encore").click()
    expect(desk.get_by_text("2 invitations partent.")).to_be_visible()
    desk.get_by_role("button", name="Relancer ceux qui n’ont pas fini").click()
    expect(desk.get_by_text("Personne n’est à relancer")).to_be_visible()
    sound(desk, "jury-mails-sent")
    desk.goto(f"{site}/equipe/appels/{room.call_id}/projets")
    desk.get_by_role("link", name="Lumière à Niamey").click()
    desk.get_by_label("Pourquoi").fill("Le porteur renonce.")
    sound(desk, "jury-project-edit")
    desk.get_by_role("button", name="Retirer ce projet").click()
    expect(desk.get_by_text("Le projet est retiré")).to_be_visible()
    sound(desk, "jury-projects-withdrawn")
    desk.get_by_role("button", name="Annuler le retrait").click()
    expect(desk.get_by_text("Le projet est revenu")).to_be_visible()
