"""A tie that the statutes part by a second round: one button makes it, and it is counted like the first."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly.statutes import COOPDEV_2016
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, convening
from services.registration.use_cases.assemblies import PointDraft
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_assembly import HELD, NOW, WHO, arrive, draft, vote, voter

RULES = replace(COOPDEV_2016, election_tie="second_round")
NAMES = (("Awa Ba", None), ("Bruno Petit", None), ("Chloé Roy", None), ("Driss Haddad", None))


@pytest.fixture
def tied(registration_db: Database) -> Assembly:
    """Two seats; Awa Ba is elected with two votes, Bruno Petit and Chloé Roy have one each, Driss Haddad none."""
    election = PointDraft("Élection", "election", college="public", seats=2, candidates=NAMES)
    points = [election, PointDraft("Questions diverses")]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=points, statutes=RULES), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ("Commune", "Département", "Coopérative"):
        arrive(registration_db, made, structure)
    count(registration_db, 1, {"1": 2, "2": 1, "3": 1})
    return made


def count(db: Database, number: int, votes: dict[str, int]) -> Motion:
    motion_id = round_of(db, number)
    with db.transaction() as session:
        assembly_votes.open_vote(session, motion_id, HELD, who=WHO)
        return assembly_votes.decide_election(session, motion_id, votes, votes, HELD, who=WHO)


def agenda(db: Database) -> list[tuple[int, str, int, int, list[str]]]:
    """(position, title, round, seats, names)."""
    with db.reading() as session:
        rows = session.scalars(sa.select(Motion).order_by(Motion.position)).all()
        return [
            (one.position, one.title, one.round, one.seats, [each["name"] for each in one.candidates]) for one in rows
        ]


def round_of(db: Database, number: int) -> uuid.UUID:
    """The election, in this round of it."""
    with db.reading() as session:
        query = sa.select(Motion.id).where(Motion.title == "Élection", Motion.round == number)
        return session.scalars(query).one()


def test_one_button_makes_the_second_round_with_the_tied_and_the_minutes_tell_both(
    registration_client: Any, registration_db: Database, tied: Assembly, sign_in: Any
) -> None:
    sign_in(registration_client, "staff")
    page = f"/equipe/assemblees/{tied.id}"
    door = f"/equipe/assemblees/votes/{round_of(registration_db, 1)}/second-tour"
    tie = registration_client.get(page).text
    assert f'action="{door}"' in tie
    assert re.search(r"Élu·e.:\s+Awa Ba\.\s+Second tour entre.:\s+Bruno Petit, Chloé Roy\.", tie)
    assert registration_client.post(door).status_code == 303
    assert agenda(registration_db)[2] == (3, "Élection", 2, 1, ["Bruno Petit", "Chloé Roy"])
    assert f'action="{door}"' not in registration_client.get(page).text
    again = registration_client.post(door)
    assert (again.status_code, "déjà à l’ordre du jour" in again.text) == (409, True)
    count(registration_db, 2, {"3": 2})
    with registration_db.transaction() as session:
        minutes = assemblies.close(session, tied.id, HELD, who=WHO).minutes
    assert minutes is not None
    first, _talk, second = minutes["agenda"]
    assert (second["round_after"], second["decision"]["elected"]) == (first["position"], ["3"])
    assert "Chloé Roy" in registration_client.get(f"{page}/proces-verbal").text.split("Élection (tour 2)")[1]
    assert "Élection (round 2)" in registration_client.get(f"{page}/proces-verbal?lang=en").text


def test_the_quorum_of_the_second_round_is_that_of_its_own_opening(registration_db: Database, tied: Assembly) -> None:
    with registration_db.transaction() as session:
        second = assembly_votes.second_round(session, round_of(registration_db, 1), HELD, who=WHO)
        assembly_room.leave(session, tied.id, voter(registration_db, "Coopérative"), HELD, who=WHO)
        with pytest.raises(RuleError) as refused:
            assembly_votes.open_vote(session, second.id, HELD, who=WHO)

    assert refused.value.code == "no-quorum"


def test_a_second_round_that_ties_has_another(registration_db: Database, tied: Assembly) -> None:
    with registration_db.transaction() as session:
        assembly_votes.second_round(session, round_of(registration_db, 1), HELD, who=WHO)
    count(registration_db, 2, {"2": 1, "3": 1})
    with registration_db.transaction() as session:
        assembly_votes.second_round(session, round_of(registration_db, 2), HELD, who=WHO)

    assert agenda(registration_db)[3] == (4, "Élection", 3, 1, ["Bruno Petit", "Chloé Roy"])


def test_what_is_not_tied_or_no_longer_sits_has_no_second_round(registration_db: Database, tied: Assembly) -> None:
    with registration_db.transaction() as session, pytest.raises(RuleError) as talk:
        assembly_votes.second_round(session, vote(registration_db, "Questions diverses"), HELD, who=WHO)
    with registration_db.transaction() as session:
        assemblies.close(session, tied.id, HELD, who=WHO)
    with registration_db.transaction() as session, pytest.raises(RuleError) as closed:
        assembly_votes.second_round(session, round_of(registration_db, 1), HELD, who=WHO)

    assert (talk.value.code, closed.value.code) == ("no-tie", "assembly-not-open")
