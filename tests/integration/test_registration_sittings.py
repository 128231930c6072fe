"""An assembly begins and ends after a question: what cannot be taken back is said before."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from services.registration.models.assembly import Assembly
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_votes, convening
from services.registration.use_cases.assemblies import PointDraft
from shared import clock
from shared.db import Database
from tests.integration.test_registration_assembly import HELD, NOW, WHO, arrive, draft, vote

NAMES = (("Awa Ba", None), ("Bruno Petit", None))
POINTS = [
    PointDraft("Accueil"),
    PointDraft("Rapport moral", "motion"),
    PointDraft("Élection", "election", college="public", seats=1, candidates=NAMES),
]
COLLEGES = tuple(
    replace(one, weight=weight, quorum="1/3") for one, weight in zip(TWO_COLLEGES.colleges, ("3/2", "1"), strict=True)
)
RULES = replace(TWO_COLLEGES, colleges=COLLEGES, weighted_colleges=True, election_tie="second_round", quorum="0")


@pytest.fixture
def convened(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Assembly:
    monkeypatch.setattr(clock, "now", lambda: HELD)
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=POINTS, statutes=RULES), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
    return made


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def read(staff: Any, page: str) -> str:
    """Its text, every kind of space as one."""
    return " ".join(staff.get(page).text.split())


def test_a_session_opens_after_a_question_that_knows_the_day(
    staff: Any, convened: Assembly, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/equipe/assemblees/{convened.id}"
    assert f'action="{page}/ouvrir"' not in staff.get(page).text
    assert "convoquée pour une autre date" not in staff.get(f"{page}/ouvrir").text
    monkeypatch.setattr(clock, "now", lambda: HELD - dt.timedelta(days=1))
    assert "convoquée pour une autre date : vendredi 3 février 2017" in read(staff, f"{page}/ouvrir")
    assert staff.post(f"{page}/ouvrir").status_code == 303
    assert staff.get(f"{page}/ouvrir").location == page  # a second tab


def test_what_was_not_voted_is_said_before_the_session_ends(
    staff: Any, registration_db: Database, convened: Assembly
) -> None:
    page = f"/equipe/assemblees/{convened.id}"
    assert staff.get(f"{page}/lever").location == page  # not open yet
    staff.post(f"{page}/ouvrir")
    assert f'action="{page}/lever"' not in staff.get(page).text
    for structure in ("Commune", "Département", "Coopérative"):
        arrive(registration_db, convened, structure)
    election = vote(registration_db, "Élection")
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, election, HELD, who=WHO)
    running = staff.get(f"{page}/lever").text
    assert f'href="{page}#m-{election}"' in running
    assert f'action="{page}/lever"' not in running
    tie = {"1": 1, "2": 1}
    with registration_db.transaction() as session:
        assembly_votes.decide_election(session, election, tie, tie, HELD, who=WHO)
    asked = read(staff, f"{page}/lever")
    assert "1 vote n’a pas eu lieu, et le procès-verbal le dira : Rapport moral." in asked
    assert "1 élection attend encore son second tour : Élection." in asked
    with registration_db.transaction() as session:
        assembly_votes.second_round(session, election, HELD, who=WHO)
    assert "attend encore son second tour" not in staff.get(f"{page}/lever").text
    assert "Le vote n’a pas eu lieu." not in read(staff, page)
    assert staff.post(f"{page}/lever").status_code == 303
    assert read(staff, page).count("Le vote n’a pas eu lieu.") == 2  # the report, and the round that was never opened


def test_the_minutes_quote_what_each_college_weighs_and_needs(staff: Any, convened: Assembly) -> None:
    words = read(staff, f"/equipe/assemblees/{convened.id}/proces-verbal")
    assert "poids 3/2, soit 60 % du résultat · quorum 1/3" in words
    assert "poids 1, soit 40 % du résultat · quorum 1/3" in words
