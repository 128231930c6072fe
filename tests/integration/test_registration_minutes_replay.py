"""Twenty public and thirteen economic voters, an afternoon worked by hand; then anyone computes its minutes again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest

from services.registration import minutes_replay
from services.registration.models.assembly import Assembly
from services.registration.rules.assembly import replay
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, convening
from services.registration.use_cases.assemblies import PointDraft, VoterDraft
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft

NAMES = (
    ("Awa", dt.date(1970, 1, 1)),
    ("Bruno", dt.date(1960, 1, 1)),
    ("Chloé", dt.date(1950, 1, 1)),
    ("Dina", dt.date(1980, 1, 1)),
)
POINTS = [
    PointDraft("Rapport moral", "motion"),
    PointDraft("Cotisations", "motion", secret=True, majority="absolute"),
    PointDraft("Conseil", "election", college="public", seats=3, candidates=NAMES),
]


class Room:
    """P01 to P20, E01 to E13, and a minute for each thing that happens."""

    def __init__(self, db: Database) -> None:
        self.db, self.now = db, HELD
        colleges = (("P", "public", 20), ("E", "economic", 13))
        voters = [
            VoterDraft(f"{letter}{number:02}", f"Élue {letter}{number:02}", college)
            for letter, college, many in colleges
            for number in range(1, many + 1)
        ]
        with db.transaction() as session:
            made = assemblies.create(session, draft(voters=voters, points=POINTS, statutes=TWO_COLLEGES), NOW, who=WHO)
            convening.convene(session, made.id, NOW, who=WHO)
            assemblies.open_session(session, made.id, HELD, who=WHO)
            self.id, self.votes = made.id, [motion.id for motion in made.motions]
            self.ids: dict[str, uuid.UUID] = {one.structure: one.id for one in made.voters}

    def later(self) -> dt.datetime:
        self.now += dt.timedelta(minutes=1)
        return self.now

    def arrive(self, *names: str) -> None:
        for name in names:
            with self.db.transaction() as session:
                assembly_room.arrive(session, self.id, self.ids[name], self.later(), who=WHO)

    def leave(self, name: str) -> None:
        with self.db.transaction() as session:
            assembly_room.leave(session, self.id, self.ids[name], self.later(), who=WHO)

    def proxy(self, giver: str, holder: str) -> None:
        with self.db.transaction() as session:
            assembly_room.give_proxy(session, self.id, self.ids[giver], self.ids[holder], self.later(), who=WHO)

    def open(self, number: int) -> tuple[dict[str, int], dict[str, list[str]]]:
        with self.db.transaction() as session:
            codes = assembly_votes.open_vote(session, self.votes[number], self.later(), who=WHO)
            return session.get_one(Assembly, self.id).motions[number].voices or {}, codes

    def refused(self, number: int) -> str:
        with pytest.raises(RuleError) as error:
            self.open(number)
        return error.value.code


@pytest.fixture
def minutes(registration_db: Database) -> dict[str, Any]:
    room = Room(registration_db)
    room.arrive("P01", "P02", "P03", "P04", "P05", "E01", "E02", "E03")
    assert room.refused(0) == "no-quorum"  # economic: 3 of 13, 4 needed
    room.proxy("E04", "E01")
    assert room.open(0)[0] == {"public": 5, "economic": 4}
    count = {"public": Count(yes=5), "economic": Count(no=4)}
    with registration_db.transaction() as session:
        first = assembly_votes.decide_motion(session, room.votes[0], count, count, room.later(), who=WHO)
    assert first.decision == {"adopted": True, "share": "5/9", "tied": False, "by_chair": False}

    room.arrive("E04")  # takes the voice back: still four, then the holder goes
    room.leave("E01")
    room.proxy("E05", "E01")  # whose holder is not there
    assert room.refused(1) == "no-quorum"
    room.arrive("E06")
    room.proxy("P06", "P07")  # P07 gives a proxy too, and hands nobody's on
    room.proxy("P07", "P01")
    room.proxy("P08", "P01")
    room.proxy("P09", "P01")  # one more than the two that the statutes allow
    with pytest.raises(RuleError, match="même collège"):
        room.proxy("P10", "E02")
    voices, codes = room.open(1)
    assert voices == {"": 11}  # P01 to P05, P07, P08 · E02, E03, E04, E06
    with registration_db.transaction() as session:
        for number, code in enumerate(codes[""]):
            assembly_votes.cast(session, code, ["yes" if number < 6 else "no"])
        second = assembly_votes.decide_motion(session, room.votes[1], {}, {}, room.later(), who=WHO)
    assert (second.decision or {})["share"] == "6/11"

    assert room.open(2)[0] == {"public": 7}
    votes = {"1": 6, "2": 4, "3": 4, "4": 4, "blank": 0, "void": 0, "abstained": 0}
    with registration_db.transaction() as session:
        third = assembly_votes.decide_election(session, room.votes[2], votes, votes, room.later(), who=WHO)
        assert (third.decision or {})["elected"] == ["1", "3", "2"]  # Chloé and Bruno are older than Dina
        closed = assemblies.close(session, room.id, room.later(), who=WHO)
    assert closed.minutes
    return closed.minutes


def test_the_minutes_follow_from_what_they_quote(minutes: dict[str, Any]) -> None:
    assert replay.faults(minutes) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda minutes: minutes["log"].pop(4), ["1.", "2.", "3."]),  # P05 never came
        (lambda minutes: minutes["agenda"][1]["counts"][""].update(yes=5, no=6), ["2."]),
        (lambda minutes: minutes["agenda"][1]["counts"][""].update(yes=7), ["2."]),  # more than could vote
        (lambda minutes: minutes["agenda"][2]["decision"].update(elected=["1", "2", "4"]), ["3."]),
        (lambda minutes: minutes["statutes"].update(proxies_cap=3), ["2.", "3."]),
        (lambda minutes: minutes["statutes"].update(majority="two_thirds"), []),  # of points that name none
    ],
)
def test_minutes_that_were_touched_do_not_follow(minutes: dict[str, Any], change: Any, found: list[str]) -> None:
    change(minutes)
    assert sorted({fault[:2] for fault in replay.faults(minutes)}) == found


def test_an_outsider_checks_the_fingerprint_and_each_vote_from_the_file(
    registration_client: Any, registration_db: Database, minutes: dict[str, Any], sign_in: Any, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(clock, "now", lambda: HELD + dt.timedelta(days=365))
    sign_in(registration_client, "staff")
    with registration_db.reading() as session:
        assembly = session.query(Assembly).one()
    page = f"/equipe/assemblees/{assembly.id}"
    assert f'href="{page}/proces-verbal.json"' in registration_client.get(f"{page}/proces-verbal").text
    given = registration_client.get(f"{page}/proces-verbal.json").data
    file = tmp_path / "pv.json"
    file.write_bytes(given)

    assert hashlib.sha256(given).hexdigest() == assembly.minutes_hash
    assert minutes_replay.main([str(file)]) == 0
    assert f"SHA-256 {assembly.minutes_hash}\nall of it follows" in capsys.readouterr().out
    file.write_bytes(given.replace(b'"proxies_cap":2', b'"proxies_cap":1'))
    assert minutes_replay.main([str(file)]) == 1
    for nothing in (b"[]", b"{}", b"\xff", json.dumps(minutes | {"log": [{}]}).encode()):
        file.write_bytes(nothing)
        assert minutes_replay.main([str(file)]) == 1

    assert registration_client.get(f"{page}/approbation.json").status_code == 404
    registration_client.post(f"{page}/rectifier", data={"text": "Lire « Chloé Roy »."})
    registration_client.post(f"{page}/approuver", data={"on": "2018-02-01"})
    registration_client.post(f"{page}/rectifier", data={"text": "Après."})
    with registration_db.reading() as session:
        approved = session.get_one(Assembly, assembly.id).approved_hash
    assert hashlib.sha256(registration_client.get(f"{page}/approbation.json").data).hexdigest() == approved


def test_who_comes_while_a_vote_opens_is_not_written_down_before_it(registration_db: Database) -> None:
    """Their click came first, and the room was given to the vote first."""
    room = Room(registration_db)
    room.arrive("P01", "P02", "P03", "P04", "P05", "E01", "E02", "E03", "E04")
    clicked = room.later()
    assert room.open(0)[0] == {"public": 5, "economic": 4}
    count = {"public": Count(yes=5), "economic": Count(yes=4)}
    with registration_db.transaction() as session:
        assembly_room.arrive(session, room.id, room.ids["P06"], clicked, who=WHO)
        assembly_votes.decide_motion(session, room.votes[0], count, count, room.later(), who=WHO)
    room.now = clicked  # a clock that was set back, or a click that waited for the room
    room.arrive("P07")
    assert room.refused(0) == "vote-not-planned"
    assert room.open(1)[0] == {"": 11}
    with registration_db.transaction() as session:
        assembly_votes.decide_motion(session, room.votes[1], {}, {}, room.later(), who=WHO)
        closed = assemblies.close(session, room.id, room.later(), who=WHO)
    assert replay.faults(closed.minutes or {}) == []


def test_each_count_of_the_page_has_a_name_of_its_own(
    registration_client: Any, registration_db: Database, sign_in: Any, minutes: dict[str, Any]
) -> None:
    with registration_db.reading() as session:
        assembly_id = session.query(Assembly.id).scalar()
    sign_in(registration_client, "staff")
    page = registration_client.get(f"/equipe/assemblees/{assembly_id}/proces-verbal").text
    counts = re.findall(r"<caption>(Le décompte[^<]*)", page)
    assert counts == [f"Le décompte du point {one['position']}" for one in minutes["agenda"] if one.get("decision")]
