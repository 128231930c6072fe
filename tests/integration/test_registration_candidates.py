"""Candidates come after the notice, until the day that the statutes say or until the vote opens."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import Any

import pytest

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, convening
from services.registration.use_cases.assemblies import PointDraft
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft

DAY = dt.timedelta(days=1)
ELECTION = PointDraft("Conseil", "election", secret=True, college="public", seats=1)


def convened(db: Database, days: int | None) -> Assembly:
    rules = replace(TWO_COLLEGES, candidates_days=days, election_tie="oldest")
    with db.transaction() as session:
        made = assemblies.create(session, draft(points=[ELECTION], statutes=rules), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assert [motion.candidates for motion in made.motions] == [[]]
        return made


class Staff:
    """Who writes the list, on a day."""

    def __init__(self, client: Any, made: Assembly, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client, self.monkeypatch = client, monkeypatch
        self.page, self.motion = f"/equipe/assemblees/{made.id}", made.motions[0].id

    def write(self, text: str, now: dt.datetime) -> Any:
        self.monkeypatch.setattr(clock, "now", lambda: now)
        return self.client.post(f"{self.page}/candidatures/{self.motion}", data={f"candidates_{self.motion}": text})

    def shown(self) -> str:
        found = re.search(
            r'<textarea[^>]*name="candidates_[^>]*>\n(.*?)</textarea>', self.client.get(self.page).text, re.S
        )
        return found[1] if found else ""


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def test_the_list_is_written_after_the_notice_and_is_what_the_ballot_shows(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = convened(registration_db, None)
    one = Staff(staff, made, monkeypatch)
    assert "personne encore" in staff.get(one.page).text
    assert one.write("Awa Ba ; 1er mai 1960\nBruno Petit", HELD - DAY).status_code == 303
    assert one.shown() == "Awa Ba ; 1960-05-01\nBruno Petit"
    twice = one.write("Awa Ba\nawa  BA", HELD - DAY)
    assert (twice.status_code, "chacun une seule fois" in twice.text, "awa  BA" in twice.text) == (422, True, True)
    assert one.write("Chloé Roy", HELD).status_code == 303
    with registration_db.transaction() as session:
        assemblies.open_session(session, made.id, HELD, who=WHO)
        for voter in made.voters:
            assembly_room.arrive(session, made.id, voter.id, HELD, who=WHO)
        codes = assembly_votes.open_vote(session, one.motion, HELD, who=WHO)["public"]
    assert "Chloé Roy" in staff.post("/vote", data={"code": codes[0]}).text
    late = one.write("Dina Sow", HELD)
    assert (late.status_code, "ne change plus" in late.text) == (409, True)
    with registration_db.reading() as session:
        assert session.get_one(Motion, one.motion).candidates == [{"id": "1", "name": "Chloé Roy", "born": None}]
    assert staff.get(one.page).text.count("Candidatures écrites") == 2


def test_the_statutes_close_the_list_at_the_end_of_a_day(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Staff(staff, convened(registration_db, 5), monkeypatch)
    evening = (HELD - 5 * DAY).replace(hour=22, minute=30)  # 23:30 in Paris
    assert one.write("Awa Ba", evening).status_code == 303
    closed = one.write("Bruno Petit", evening + dt.timedelta(hours=1))
    assert (closed.status_code, "jusqu’au 29/01/2017" in closed.text) == (409, True)
    assert "Bruno Petit" in closed.text, "what was typed is still there"
    assert one.shown() == "Awa Ba"


def test_an_election_without_candidates_does_not_open(registration_db: Database) -> None:
    made = convened(registration_db, None)
    with registration_db.transaction() as session:
        assemblies.open_session(session, made.id, HELD, who=WHO)
        for voter in made.voters:
            assembly_room.arrive(session, made.id, voter.id, HELD, who=WHO)
        with pytest.raises(RuleError) as refused:
            assembly_votes.open_vote(session, made.motions[0].id, HELD, who=WHO)
    assert refused.value.code == "no-candidate"


@pytest.mark.parametrize("born", ["31 février 1960", "1960", "1er mai 2960"])
def test_a_date_of_birth_that_is_none_is_said_at_its_field(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, born: str
) -> None:
    made = convened(registration_db, None)
    one = Staff(staff, made, monkeypatch)
    answer = one.write(f"Chloé Roy\nAwa Ba ; {born}", HELD - DAY)
    assert answer.status_code == 422
    said = re.search(rf'id="e-candidates_{one.motion}".*?</span>(.*?)</span>', answer.text, re.S)
    assert said
    assert f"Awa Ba ; {born}" in html.unescape(said[1]).replace("\u202f", " ").replace("\xa0", " ")
    assert f"Awa Ba ; {born}</textarea>" in answer.text
    with registration_db.reading() as session:
        assert session.get_one(Motion, one.motion).candidates == []

    form = {
        "point3_title": "Bureau",
        "point3_kind": "election",
        "point3_seats": "1",
        "point3_candidates": f"Ba ; {born}",
    }
    refused = staff.post("/equipe/assemblees/nouvelle", data=form).text
    assert 'id="e-point3_candidates"' in refused
