"""The sheet of an assembly by cards and badges: who shows one is present, once, and takes back the proxy they gave."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, AssemblyVoter, RoomEntry
from services.registration.models.registrations import Registration
from services.registration.use_cases import assemblies, assembly_room, convening, registering
from services.registration.use_cases.assemblies import VoterDraft
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration import registration_people as people
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter

ELOISE = "Éloïse Rakotondrainibe, Commune de Sainte-Croix"


@pytest.fixture
def desk(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: HELD)
    sign_in(registration_client, "desk")
    return registration_client


def opened(db: Database, **more: Any) -> Assembly:
    with db.transaction() as session:
        made = assemblies.create(session, draft(**more), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        return assemblies.open_session(session, made.id, HELD, who=WHO)


def card(db: Database, structure: str) -> str:
    with db.reading() as session:
        return session.scalars(sa.select(AssemblyVoter.card).where(AssemblyVoter.structure.startswith(structure))).one()


def shown(desk: Any, assembly: Assembly, code: str) -> str:
    """What the page says after this badge was read."""
    answer = desk.post(f"/equipe/assemblees/{assembly.id}/badge", data={"badge": code}, follow_redirects=True)
    return str(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def log(db: Database) -> list[tuple[str, uuid.UUID]]:
    with db.reading() as session:
        return [(one.what, one.voter_id) for one in session.scalars(sa.select(RoomEntry).order_by(RoomEntry.id))]


def test_a_card_notes_one_arrival_however_often_it_is_read(desk: Any, registration_db: Database) -> None:
    assembly = opened(registration_db)
    code = card(registration_db, "Commune")
    assert f"{ELOISE} : présent·e." in shown(desk, assembly, code)
    assert f"{ELOISE} : déjà présent·e" in shown(desk, assembly, code)
    assert log(registration_db) == [("arrived", voter(registration_db, "Commune"))]


def test_a_reader_set_for_another_keyboard_is_understood(desk: Any, registration_db: Database) -> None:
    assembly = opened(registration_db)
    typed = card(registration_db, "Commune").lower().translate(str.maketrans("1234567890a", "&é\"'(-è_çàq"))
    assert f"{ELOISE} : présent·e." in shown(desk, assembly, f" {typed}\n")


def test_who_comes_takes_back_the_proxy_they_gave(desk: Any, registration_db: Database) -> None:
    assembly = opened(registration_db)
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.arrive(session, assembly.id, holder, HELD, who=WHO)
        assembly_room.give_proxy(session, assembly.id, giver, holder, HELD, who=WHO)
    said = shown(desk, assembly, card(registration_db, "Commune"))
    assert f"{ELOISE} : présent·e. Le pouvoir donné tombe." in said
    with registration_db.reading() as session:
        there = assembly_room.room(session, assembly_room.load(session, assembly.id), HELD).there
    assert (there.voices(str(giver)), there.voices(str(holder))) == (1, 1)


def test_the_badge_of_an_event_serves_when_it_is_one_voter_s(desk: Any, registration_db: Database) -> None:
    twice = [VoterDraft(name, "Paul Rey", "public", "paul@lac.example") for name in ("Ville d’Auch", "Pays d’Auch")]
    assembly = opened(registration_db, voters=[draft().voters[0], *twice])
    with registration_db.transaction() as session:
        event = people.an_event(session)
        for number, (first, last, email) in enumerate(
            (
                ("Éloïse", "Rakotondrainibé", "Eloise@commune.example"),
                ("Paul", "Rey", "paul@lac.example"),
                ("Ana", "Ruiz", "other@lac.example"),
                ("Tom", "Sanchez", "eloise@commune.example"),
            )
        ):
            named = people.answers(number, first_name=first, last_name=last, email=email)
            registering.register(session, event.id, named, people.NOW, site=people.SITE)
    with registration_db.reading() as session:
        tickets = {one.first_name: one.ticket for one in session.scalars(sa.select(Registration))}
    another = shown(desk, assembly, tickets["Tom"])
    assert "Ce badge est celui de Tom Sanchez ; à cette adresse, Éloïse Rakotondrainibe vote." in another
    assert f"{ELOISE} : présent·e." in shown(desk, assembly, tickets["Éloïse"])
    assert "représente plusieurs structures : Pays d’Auch ; Ville d’Auch." in shown(desk, assembly, tickets["Paul"])
    assert "n’est celui d’aucun votant" in shown(desk, assembly, tickets["Ana"])
    assert log(registration_db) == [("arrived", voter(registration_db, "Commune"))]


@pytest.mark.parametrize("code", ["", "FFFF", "x" * 5000])
def test_another_code_is_said_to_be_nobodys(desk: Any, registration_db: Database, code: str) -> None:
    assembly = opened(registration_db)
    assert "n’est celui d’aucun votant" in shown(desk, assembly, code)
    assert log(registration_db) == []


def test_the_card_of_another_assembly_is_nobodys_and_none_is_read_before_the_session(
    desk: Any, registration_db: Database
) -> None:
    before = opened(registration_db)
    code = card(registration_db, "Commune")
    with registration_db.transaction() as session:
        other = assemblies.create(session, draft(), NOW, who=WHO)
        new = next(one.card for one in other.voters if one.structure.startswith("Commune"))
    assert "La séance n’est pas ouverte" in shown(desk, other, new)
    assert "n’est celui d’aucun votant" in shown(desk, before, new)
    assert f"{ELOISE} : présent·e." in shown(desk, before, code)


def test_the_notice_carries_the_card_and_badges_are_printed(desk: Any, registration_db: Database) -> None:
    assembly = opened(registration_db)
    with registration_db.reading() as session:
        told = session.scalars(sa.select(outbox.c.envelope)).all()
        cards = {one.email: one.card for one in session.scalars(sa.select(AssemblyVoter)) if one.email}
    assert {one["data"]["person"]["email"]: one["data"]["ticket"] for one in told} == cards
    assert len(set(cards.values())) == 2
    badges = desk.get(f"/equipe/assemblees/{assembly.id}/badges.pdf")
    assert (badges.status_code, badges.mimetype) == (200, "application/pdf")
