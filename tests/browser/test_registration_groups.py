"""A group that meets each quarter: planned across the change of clocks, called, its topics and minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services.registration.models import GroupMember
from services.registration.use_cases import groups
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_from_a_rhythm_to_the_minutes_that_a_member_reads(
    new_context: Any,
    registration_app: Any,
    registration_db: Database,
    serve: Any,
    sign_in: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    site = str(serve(registration_app))
    page = new_context(viewport="desk").new_page()
    sign_in(page, "staff")
    page.goto(f"{site}/equipe/groupes/")
    page.get_by_role("link", name="Nouveau groupe").first.click()
    page.get_by_label("Nom du groupe").fill("Agir à Madagascar")
    page.get_by_label("Animation en 2016").fill("Commune de Sainte-Croix")
    page.get_by_label("Rythme").select_option(label="chaque mois")
    page.get_by_label("Lieu").fill("Maison des associations, Albi")
    page.get_by_label("Heure des partenaires").select_option(label="Antananarivo")
    sound(page, "group-form")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_label("Ajouter des membres").fill("Awa ; Diop ; awa@example.org ; Eau Vive\nNoé ; Martin ; noe@")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("alert")).to_contain_text("n’ont pas pu être lues")
    expect(page.get_by_label("Ajouter des membres")).to_have_value("Noé ; Martin ; noe@")
    page.get_by_label("Ajouter des membres").fill("Noé ; Martin ; noe@example.org")
    page.get_by_role("button", name="Ajouter").click()
    expect(page.get_by_role("heading", name="2 membres")).to_be_visible()
    page.locator("summary", has_text="quatre prochaines").click()
    # Winter begins on 30 October: two o'clock stays two o'clock here, and becomes four there.
    october, november = page.get_by_role("listitem").filter(has_text="Antananarivo").all()[:2]
    expect(october).to_have_text("jeudi 20 octobre 2016 à 14 h – 16 h (15 h à Antananarivo)")
    expect(november).to_have_text("jeudi 17 novembre 2016 à 14 h – 16 h (16 h à Antananarivo)")
    sound(page, "group")
    page.get_by_role("button", name="Prévoir cette rencontre").click()
    expect(page.get_by_text("La rencontre est prévue, en brouillon")).to_be_visible()

    with registration_db.transaction() as session:
        member = session.scalars(sa.select(GroupMember.id).where(GroupMember.first_name == "Awa")).one()
        token = groups.issue(session, member, NOW)
    theirs = new_context(viewport="phone").new_page()
    theirs.goto(f"{site}/g/{token}")
    theirs.get_by_label("Sujet").fill("Des latrines qui tiennent")
    theirs.get_by_role("button", name="Proposer").click()
    expect(theirs.get_by_text("Votre sujet attend d’être choisi")).to_be_visible()
    sound(theirs, "group-member")

    page.reload()
    page.get_by_role("button", name="Mettre à l’ordre du jour").click()
    expect(page.get_by_role("button", name="Remettre en attente")).to_be_visible()
    page.get_by_role("button", name="Convier le groupe : 2 courriels").click()
    expect(page.get_by_text("2 membres reçoivent un courriel.")).to_be_visible()
    sound(page, "group-convened")
    theirs.reload()
    expect(theirs.get_by_text("jeudi 20 octobre 2016 à 14 h (15 h à Antananarivo)")).to_be_visible()
    expect(theirs.get_by_role("link", name="Je viens")).to_be_visible()

    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=20))
    page.reload()
    page.get_by_role("link", name="Compte rendu").click()
    page.get_by_label("Compte rendu").fill("Deux maçons formés par village.\n\nSuite en novembre.")
    sound(page, "group-minutes")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("compte rendu écrit")).to_be_visible()
    theirs.reload()
    theirs.locator("summary", has_text="jeudi 20 octobre 2016").click()
    expect(theirs.get_by_text("Deux maçons formés par village.")).to_be_visible()
    sound(theirs, "group-member-minutes")
