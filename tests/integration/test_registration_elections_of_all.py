"""A bureau that the whole assembly elects, where the statutes say so: one heap of voices, of every college."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly import replay
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, convening
from services.registration.use_cases.assemblies import PointDraft
from shared import clock
from shared.db import Database
from tests.integration.test_registration_assembly import GENERAL, HELD, NOW, WHO, arrive, draft, vote

ROOM = ("Commune", "Département", "Coopérative")
NAMES = (("Awa Ba", None), ("Bruno Petit", None))
LIST = "Commune du Lac ; Éva Sy ; public\nCoopérative des Causses ; Léa Sy ; economic"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


def read(staff: Any, page: str) -> str:
    return " ".join(staff.get(page).text.split())


def test_everybody_elects_on_paper_and_the_minutes_say_so(staff: Any, registration_db: Database) -> None:
    form = GENERAL | {"voters": LIST, "point1_title": "Bureau", "point1_kind": "paper_election"}
    form |= {"point1_college": "*", "point1_seats": "1", "point1_candidates": "Awa Ba\nB. Petit"}
    page = staff.post("/equipe/assemblees/nouvelle", data=form).headers["Location"]
    assert '<option value="*" selected>' in staff.get(f"{page}/corriger").text
    seen = re.search(r'name="seen" value="([^"]+)"', staff.get(f"{page}/convoquer").text)
    assert seen
    for step in ("convoquer", "ouvrir"):
        assert staff.post(f"{page}/{step}", data={"seen": seen[1]}).status_code == 303
    with registration_db.reading() as session:
        made = session.scalars(sa.select(Assembly)).one()
        people = [one.id for one in made.voters]
    for one in people:
        assert staff.post(f"{page}/presence", data={"what": "arrived", "voter": str(one)}).status_code == 303
    where = f"/equipe/assemblees/votes/{vote(registration_db, 'Bureau')}"
    assert staff.post(f"{where}/ouvrir").status_code == 303
    assert "1 siège · toute l’assemblée · Awa Ba, B. Petit" in read(staff, page)
    assert staff.post(f"{where}/clore", data={"a-1": "2", "b-1": "2"}).status_code == 303
    assert staff.post(f"{page}/lever").status_code == 303
    minutes = read(staff, f"{page}/proces-verbal")
    each = "Acteurs publics, 1 représenté, 1 nécessaire sur 1 ; Acteurs économiques, 1 représenté,"
    assert (
        "1 siège · toute l’assemblée. Quorum à l’ouverture, le lundi 16 janvier 2017 à " in minutes
    )  # not the day above
    assert f" : {each}" in minutes, "of each college, as its statutes ask"
    assert "<p>Présidence de séance</p>" in minutes
    with registration_db.reading() as session:
        closed = session.get_one(Assembly, made.id).minutes or {}
        assert session.scalars(sa.select(Motion.voices)).one() == {"": 2}
    assert replay.faults(closed) == []


def test_a_slip_of_all_names_no_college_and_weighs_as_much_as_another(registration_db: Database) -> None:
    rules = replace(TWO_COLLEGES, weighted_colleges=True, bureau="assembly")
    point = PointDraft("Bureau", "election", secret=True, seats=2, candidates=NAMES)
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[point], statutes=rules), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ROOM:
        arrive(registration_db, made, structure)
    with registration_db.transaction() as session:
        codes = assembly_votes.open_vote(session, vote(registration_db, "Bureau"), HELD, who=WHO)
        for code, choice in zip(codes[""], (["2"], ["1", "2"], []), strict=True):
            assembly_votes.cast(session, code, choice)
        motion = assembly_votes.decide_election(session, vote(registration_db, "Bureau"), {}, {}, HELD, who=WHO)
        assert (motion.decision or {})["elected"] == ["2", "1"]
        assert motion.counts == {"1": 1, "2": 2, "blank": 1, "void": 0, "abstained": 0}
        closed = assemblies.close(session, made.id, HELD, who=WHO)
    assert replay.faults(closed.minutes or {}) == []


def test_a_rehearsal_elects_the_bureau_where_the_assembly_does(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.rehearse(session, replace(TWO_COLLEGES, bureau="assembly"), NOW, who=WHO)
        last = made.motions[-1]
    assert (last.title, last.college, last.seats) == ("Élection du bureau", "", 3)


@pytest.mark.parametrize("secret", [False, True])
def test_a_tie_that_age_parts_asks_for_the_dates_that_nobody_wrote(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, secret: bool
) -> None:
    """Once the vote is open its list of candidates is settled: the dates are taken where the vote is closed."""
    monkeypatch.setattr(clock, "now", lambda: HELD)
    point = PointDraft("Conseil", "election", secret=secret, college="public", seats=1, candidates=NAMES)
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[point]), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ROOM:
        arrive(registration_db, made, structure)
    motion_id = vote(registration_db, "Conseil")
    with registration_db.transaction() as session:
        codes = assembly_votes.open_vote(session, motion_id, HELD, who=WHO)
        for code, choice in zip(codes.get("public", []), "12", strict=False):
            assembly_votes.cast(session, code, [choice])
    where, count = f"/equipe/assemblees/votes/{motion_id}/clore", {"a-1": "1", "a-2": "1", "b-1": "1", "b-2": "1"}
    asked = staff.post(where, data=count)
    assert (asked.status_code, "l’âge départage" in asked.text) == (422, True)
    assert re.findall(r'name="born-(\d)"', asked.text) == ["1", "2"]
    assert ('href="#f-born"' in asked.text, '<details id="f-born" open>' in asked.text) == (True, True)
    wrong = staff.post(where, data=count | {"born-1": "1950-02-31"})
    assert (wrong.status_code, 'id="e-born-1"' in wrong.text) == (422, True)
    assert staff.post(where, data=count | {"born-1": "1970-05-01", "born-2": "1960-01-09"}).status_code == 303
    with registration_db.transaction() as session:
        motion = session.get_one(Motion, motion_id)
        assert (motion.decision or {})["elected"] == ["2"]
        assert [one["born"] for one in motion.candidates] == ["1970-05-01", "1960-01-09"]
        closed = assemblies.close(session, made.id, HELD, who=WHO)
    assert replay.faults(closed.minutes or {}) == []


def test_a_date_of_birth_that_parts_nobody_is_not_kept(registration_db: Database) -> None:
    point = PointDraft("Conseil", "election", secret=False, college="public", seats=1, candidates=NAMES)
    born = {"1": dt.date(1970, 5, 1), "2": dt.date(1960, 1, 9)}
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[point]), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ROOM:
        arrive(registration_db, made, structure)
    with registration_db.transaction() as session:
        motion_id = vote(registration_db, "Conseil")
        assembly_votes.open_vote(session, motion_id, HELD, who=WHO)
        count = {"1": 2, "2": 0}
        motion = assembly_votes.decide_election(session, motion_id, count, count, HELD, who=WHO, births=born)
        assert (motion.decision or {})["elected"] == ["1"]
        assert [one["born"] for one in motion.candidates] == [None, None]


def test_an_election_of_members_present_counts_no_proxy(staff: Any, registration_db: Database) -> None:
    form = GENERAL | {"voters": f"{LIST}\nVille d’Auch ; Ida Rey ; public", "point1_title": "Bureau"}
    form |= {"point1_kind": "paper_election", "point1_college": "public", "point1_seats": "1"}
    form |= {"point1_candidates": "Awa Ba", "point1_present": "true"}
    page = staff.post("/equipe/assemblees/nouvelle", data=form).headers["Location"]
    with registration_db.transaction() as session:
        made = session.scalars(sa.select(Assembly)).one()
        giver, holder = (one.id for one in made.voters if one.college == "public")
        other = next(one.id for one in made.voters if one.college == "economic")
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
        assembly_room.give_proxy(session, made.id, giver, holder, HELD, who=WHO)
        for one in (holder, other):
            assembly_room.arrive(session, made.id, one, HELD, who=WHO)
        assembly_votes.open_vote(session, made.motions[0].id, HELD, who=WHO)
        assert made.motions[0].voices == {"public": 1}
    assert "membres présents seulement" in read(staff, page)
