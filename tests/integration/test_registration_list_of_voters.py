"""Between the notice and the meeting somebody pays, somebody does not, somebody else comes: the list follows."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, AssemblyVoter, RoomEntry
from services.registration.rules.assembly import replay
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, assembly_voters, convening
from services.registration.use_cases.assemblies import VoterDraft
from shared import clock
from shared.audit import history
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter
from tests.integration.test_registration_members import (  # noqa: F401
    COMMUNE,
    FOUNDRY,
    assembly,
    enter,
    page_of,
    plain,
    posted,
    staff,
    ticks,
    voters,
)


def convene(db: Database, made: Assembly) -> None:
    with db.transaction() as session:
        convening.convene(session, made.id, NOW, who=WHO)


def convened(db: Database) -> list[tuple[str, str]]:
    """Who was sent a notice, with the card it shows."""
    with db.reading() as session:
        told = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.assembly.convened.v1")
        facts = session.scalars(told.order_by(outbox.c.id)).all()
    return [(fact["data"]["person"]["email"], fact["data"]["ticket"]) for fact in facts]


def test_who_paid_since_the_notice_is_called_and_who_did_not_is_struck_until_the_meeting_opens(
    staff: Any,  # noqa: F811
    registration_db: Database,
) -> None:
    late = replace(COMMUNE, structure="Commune de Pamiers", email="maire@pamiers.example", paid_until=None)
    enter(registration_db, COMMUNE, FOUNDRY, late)
    made = assembly(registration_db)
    page = staff.get(page_of(made)).text
    assert ticks(page) == {"Commune de Foix": True, "Commune de Pamiers": False, "Fonderie du Lac": True}
    staff.post(page_of(made), data=posted(page))
    convene(registration_db, made)
    enter(registration_db, replace(late, paid_until=COMMUNE.paid_until), replace(FOUNDRY, paid_until=NOW.date()))
    foundry, foix = voter(registration_db, "Fonderie"), voter(registration_db, "Commune de Foix")
    page = staff.get(page_of(made)).text
    assert ticks(page) == {"Commune de Pamiers": True}
    assert "Fonderie du Lac : cotisation pas à jour au 3 février 2017." in plain(page)
    assert staff.post(page_of(made), data=posted(page)).status_code == 303
    with registration_db.reading() as session:
        cards = dict(session.execute(sa.select(AssemblyVoter.email, AssemblyVoter.card)).all())
    assert convened(registration_db) == [(one, cards[one]) for one in (COMMUNE.email, late.email)]

    away = f"{page_of(made)}/{foundry}/retirer"
    assert f'href="{away}"' in page
    assert "Retirer « Fonderie du Lac » de la liste des votants ?" in plain(staff.get(away).text)
    assert staff.post(away).status_code == 303
    assert [one[0] for one in voters(registration_db)] == ["Commune de Foix", "Commune de Pamiers"]
    with registration_db.transaction() as session:
        assemblies.open_session(session, made.id, HELD, who=WHO)
        done = [one.what for one in history(session, "assembly", made.id)]
    assert done[-4:] == ["convened", "voters added", "voter removed", "opened"]
    assert staff.get(page_of(made)).status_code == 409
    assert staff.post(f"{page_of(made)}/{foix}/retirer").status_code == 409
    assert len(voters(registration_db)) == 2


def test_a_structure_that_is_struck_takes_its_proxies_along(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
    town, department = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, town, department, NOW, who=WHO)
        assert assembly_voters.strike(session, made.id, department, NOW, who=WHO) == "Département du Lac"
    with registration_db.reading() as session:
        assert session.scalars(sa.select(RoomEntry)).all() == []
        assert assembly_room.room(session, session.get_one(Assembly, made.id), NOW).there.named == {}
        assert sorted(one.structure for one in session.get_one(Assembly, made.id).voters) == [
            "Commune de Sainte-Croix",
            "Coopérative des Causses",
        ]


@pytest.mark.parametrize("state", ["draft", "convened"])
def test_a_proxy_that_another_replaced_counts_no_more_when_who_carried_that_one_is_struck(
    registration_db: Database, state: str
) -> None:
    lake = VoterDraft("Syndicat du Lac", "Zoé Roy", "public")
    listed = draft(voters=[*draft().voters, lake])
    with registration_db.transaction() as session:
        made = assemblies.create(session, listed, NOW, who=WHO)
        if state == "convened":
            convening.convene(session, made.id, NOW, who=WHO)
    town, department, later = (voter(registration_db, name) for name in ("Commune", "Département", "Syndicat"))
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, town, department, NOW, who=WHO)
        assembly_room.give_proxy(session, made.id, town, later, NOW, who=WHO)
    with registration_db.transaction() as session:
        if state == "convened":
            assembly_voters.strike(session, made.id, later, NOW, who=WHO)
        else:
            seen = assemblies.stamp(session.get_one(Assembly, made.id))
            assemblies.correct(session, made.id, draft(), NOW, who=WHO, seen=seen)
    with registration_db.reading() as session:
        assert assembly_room.room(session, session.get_one(Assembly, made.id), NOW).there.named == {}


@pytest.fixture
def running(registration_db: Database) -> Assembly:
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        return assemblies.open_session(session, made.id, HELD, who=WHO)


def test_somebody_else_comes_for_a_structure_and_the_minutes_name_them(
    registration_client: Any, sign_in: Any, registration_db: Database, running: Assembly
) -> None:
    sign_in(registration_client, "desk")
    town = voter(registration_db, "Commune")
    page, where = f"/equipe/assemblees/{running.id}", f"{town}/representant"
    shown = registration_client.get(f"{page}?represente={town}").text
    assert f'action="{page}/votants/{where}"' in shown
    assert 'value="Éloïse Rakotondrainibe"' in shown
    for wrong in ("", " ", "x" * 201, "Noé\nMartin"):
        refused = registration_client.post(f"{page}/votants/{where}", data={"representative": wrong})
        assert (refused.status_code, f'action="{page}/votants/{where}"' in refused.text) == (422, True), wrong
    named = {"representative": "  Noé Martin "}
    assert registration_client.post(f"{page}/votants/{where}", data=named).status_code == 303
    stranger = registration_client.post(f"{page}/votants/{uuid.uuid4()}/representant", data=named)
    assert stranger.status_code == 404
    with registration_db.transaction() as session:
        told = history(session, "assembly", running.id)[-1]
        closed = assemblies.close(session, running.id, HELD, who=WHO).minutes or {}
    assert (told.what, told.after) == ("represented otherwise", {"structure": "Commune de Sainte-Croix"})
    assert "Noé Martin" in [one["representative"] for one in closed["voters"]]
    assert registration_client.post(f"{page}/votants/{where}", data=named).status_code == 409


def test_a_proxy_that_named_nobody_is_in_the_minutes_and_only_where_the_statutes_take_it(
    registration_client: Any, sign_in: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: HELD)
    sign_in(registration_client, "staff")
    ids = []
    for takes in (False, True):
        with registration_db.transaction() as session:
            rules = replace(TWO_COLLEGES, proxies_blank=takes)
            made = assemblies.create(session, draft(statutes=rules), NOW, who=WHO)
            convening.convene(session, made.id, NOW, who=WHO)
            assemblies.open_session(session, made.id, HELD, who=WHO)
            people = {one.structure[:4]: one.id for one in made.voters}
            assembly_room.arrive(session, made.id, people["Dépa"], HELD, who=WHO)
        ids.append((f"/equipe/assemblees/{made.id}", people))
    for (page, people), status in zip(ids, (422, 303), strict=True):
        form = {"what": "proxy", "voter": str(people["Comm"]), "holder": str(people["Dépa"]), "blank": "true"}
        asked = registration_client.get(page, query_string={"pouvoir": people["Comm"]}).text
        assert ('name="blank"' in asked) == (status == 303)
        assert registration_client.post(f"{page}/presence", data=form).status_code == status
    page = ids[1][0]
    assert "Pouvoir à" in registration_client.get(page).text
    assert registration_client.post(f"{page}/lever").status_code == 303
    minutes = registration_client.get(f"{page}/proces-verbal").text
    assert "pouvoir en blanc, confié à Département du Lac" in plain(minutes)
    assert replay.faults(registration_client.get(f"{page}/proces-verbal.json").json) == []
