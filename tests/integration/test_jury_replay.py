"""What leaves the house to compute a ranking again: which sheets a project got, and never from whom."""

from __future__ import annotations

import csv
import io
import json
import uuid
from fractions import Fraction
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries, recompute, replay, rules
from services.jury.models import Juror, Minutes, Round
from services.jury.use_cases import awards, chairing, signing
from shared import clock
from tests.jury_room import WHO, Room, sign

LEVELS = ((5, 4, 3, 2), (4, 4, 2, 3), (1, 3, 5, 4))
"""By juror, then project: on every criterion."""


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    """Closed; Bruno has a link with the third project, Chloé abstained on the first."""
    room = Room(jury_db)
    for juror, levels in enumerate(LEVELS):
        tablet = room.tablet(jury_client, juror)
        for project, level in zip(room.projects, levels, strict=True):
            tablet.score(project, [level] * 8)
            if level in (1, 5):
                tablet.send(tablet.operation(project, "comment", "Dit au jury."))
        if juror == 2:
            tablet.send(tablet.operation(room.projects[0], "status", rules.ABSTAINED))
    room.recuse(1, 2)
    room.close()
    return room


@pytest.fixture
def staff(jury_app: Any, sign_in: Any) -> Any:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    return client


def exported(room: Room) -> dict[str, Any]:
    with room.db.reading() as session:
        return signing.replay_of(session, session.get_one(Round, room.round_id))


def test_the_export_tells_each_sheet_under_its_project_and_no_juror(room: Room, staff: Any) -> None:
    sign(staff, room.round_id)
    document = staff.get(f"/equipe/tours/{room.round_id}/rejeu.json").json
    counted = {(0, 5), (0, 4), (1, 4), (1, 3), (2, 3), (2, 5), (3, 2), (3, 3), (3, 4)}
    told = sorted(
        (room.projects.index(uuid.UUID(sheet["project"])), *set(sheet["values"].values()))
        for sheet in document["sheets"]
    )
    assert told == sorted([*counted, (1, 4)])
    assert {name for sheet in document["sheets"] for name in sheet} == {"project", "values"}
    text = json.dumps(document, ensure_ascii=False)
    with room.db.reading() as session:
        jurors = session.scalars(sa.select(Juror)).all()
        signed = session.scalars(sa.select(Minutes.content)).one()
    assert [word for one in jurors for word in (str(one.id), one.last_name, "J0") if word in text] == []
    assert rules.content_hash(document) == signed["replay_hash"]
    assert replay.recompute(document)[1]


def test_the_order_of_the_sheets_is_that_of_nobody(room: Room) -> None:
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        sheets, standings = queries.sheets(session, this), queries.ranking(session, this)
    assert this.frozen is not None
    projects = [(str(project), number, "") for number, project in enumerate(room.projects, 1)]
    renamed = [
        type(one)(**(one.__dict__ | {"juror": f"x{n % 3}{one.juror}"})) for n, one in enumerate(reversed(sheets))
    ]
    one, other = (replay.export(this.frozen, "", projects, found, standings) for found in (sheets, renamed))
    assert one["sheets"] == other["sheets"]
    assert len(one["sheets"]) == 10


def test_minutes_signed_with_pseudonyms_keep_the_export_they_hold_the_hash_of(room: Room, staff: Any) -> None:
    sign(staff, room.round_id)
    assert exported(room)["format"] == replay.FORMAT
    with room.db.transaction() as session:
        signed = session.scalars(sa.select(Minutes)).one()
        signed.content = {name: said for name, said in signed.content.items() if name != "replay_format"}
    document = exported(room)
    assert document["format"] == replay.BY_JUROR
    assert {sheet["juror"] for sheet in document["sheets"]} == {"J01", "J02", "J03"}
    assert sum(sheet["recused"] for sheet in document["sheets"]) == 1
    assert replay.recompute(json.loads(json.dumps(document)))[1]


def notes(client: Any, room: Room) -> list[dict[str, str]]:
    answer = client.get(f"/equipe/tours/{room.round_id}/notes.csv")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_corrected_scores_are_computed_from_a_file_whose_pseudonyms_change(
    room: Room, staff: Any, tmp_path: Any, capsys: Any
) -> None:
    rows = notes(staff, room)
    assert len(rows) == 10
    assert sorted(Fraction(row["note"]) for row in rows if row["projet"].startswith("4.")) == [8, 12, 16]

    def of_bruno(rows: list[dict[str, str]]) -> str:
        """Who did not score the third project: guessed, with the minutes at hand."""
        (name,) = {row["juré"] for row in rows} - {row["juré"] for row in rows if row["projet"].startswith("3.")}
        return name

    assert len({of_bruno(notes(staff, room)) for _again in range(20)}) > 1
    file = tmp_path / "notes.csv"
    file.write_bytes(staff.get(f"/equipe/tours/{room.round_id}/notes.csv").data)
    capsys.readouterr()
    assert recompute.calibrate([str(file), "--force", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (len(found["projects"]), sorted(one["sheets"] for one in found["jurors"])) == (4, [3, 3, 4])


def test_an_envelope_is_shared_out_again_from_what_the_minutes_hold(
    room: Room, staff: Any, tmp_path: Any, capsys: Any
) -> None:
    wishes = dict(
        zip(room.projects, [(500_000, 200_000), (400_000, None), (300_050, 100_000), (100_000, None)], strict=True)
    )
    with room.db.transaction() as session:
        data = {"envelope": 1_000_000, "years": 1, "wishes": wishes}
        awards.set_pot(session, room.round_id, data, who=WHO, now=clock.now())
        awards.decide(session, room.round_id, rule="stop", partial=True, who=WHO, now=clock.now())
    sign(staff, room.round_id)
    minutes = staff.get(f"/equipe/tours/{room.round_id}/proces-verbal.json").json
    (envelope,) = minutes["envelopes"]
    rows = [["projet", "rang", "demande", "minimum"]]
    for line in envelope["lines"]:
        least = "" if line["minimum"] is None else line["minimum"] / 100
        rows.append([line["title"], line["rank"], line["asked"] / 100, least])
    file = tmp_path / "aides.csv"
    with file.open("w", encoding="utf-8", newline="") as sheet:
        csv.writer(sheet).writerows(rows)
    given = {line["title"]: line["amount"] for line in envelope["lines"]}
    capsys.readouterr()
    rule = ["--rule", envelope["rule"], *(["--partial"] if envelope["partial"] else []), "--json"]
    assert recompute.select([str(file), "--envelope", str(envelope["envelope"] / 100), *rule]) == 0
    again = json.loads(capsys.readouterr().out)["projects"]
    assert {one["project"]: round(100 * float(one["awarded"])) for one in again} == given


def test_that_file_is_the_secretarys_and_comes_after_the_closing(
    room: Room, jury_db: Any, jury_app: Any, jury_client: Any, sign_in: Any
) -> None:
    address = f"/equipe/tours/{room.round_id}/notes.csv"
    with jury_db.transaction() as session:
        chair = chairing.make_link(session, room.call_id, room.jurors[0], who=WHO, now=clock.now())
    client = jury_app.test_client()
    client.post(f"/presidence/{chair}")
    assert client.get(address).status_code == 303
    for role in ("staff", "auditor", "treasurer"):
        sign_in(client, role)
        assert client.get(address).status_code == 403, role
        minutes = client.get(f"/equipe/tours/{room.round_id}/proces-verbal")
        assert "notes.csv" not in minutes.text, role
    sign_in(client, "secretary")
    with jury_db.transaction() as session:
        session.get_one(Round, room.round_id).state = "open"
        session.get_one(Round, room.round_id).closed_at = None
    assert client.get(address).status_code == 409


def test_a_ranking_without_a_member_is_for_who_may_know_what_that_member_gave(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    asked = f"/equipe/tours/{room.round_id}/deliberation/essai/?without={room.jurors[2]}"
    told = {}
    for role in ("secretary", "staff", "auditor"):
        sign_in(jury_client, role)
        told[role] = jury_client.get(asked).text
        page = jury_client.get(f"/equipe/tours/{room.round_id}/deliberation/").text
        assert ("Sans ce membre" in page) is (role == "secretary")
    assert told["staff"] == told["auditor"] != told["secretary"]


@pytest.mark.parametrize(
    "harm",
    [
        {"projects": [{"id": "p"}]},
        {"projects": [{"id": "p", "number": [], "title": "P"}]},
        {"projects": [{"id": "p", "number": 1, "title": None}]},
        {"round": {}},
        {"criteria": []},
        {"seed": None, "sheets": [{"project": "p", "values": {"c": float("inf")}}]},
        {"criteria": [{"id": "c", "title": "C", "weight": float("inf"), "max": 5, "minimum": None}]},
        {"rulebook": {"minimum_readings": 1, "minimum_total": float("nan")}},
        {"sheets": [{"project": "p", "values": {"c": 10**400}}]},
        {"ranking": 3, "votes": 7},
    ],
)
def test_a_damaged_export_is_refused_in_words(tmp_path: Any, capsys: Any, harm: dict[str, Any]) -> None:
    whole = {
        "format": replay.FORMAT,
        "criteria": [{"id": "c", "title": "C", "weight": 1, "max": 5, "minimum": None}],
        "rulebook": {"minimum_readings": 1},
        "seed": "",
        "projects": [{"id": "p", "number": 1, "title": "P"}],
        "sheets": [{"project": "p", "values": {"c": 5}}],
        "ranking": [{"project": "p", "rank": 1, "score": "20", "eliminated": False}],
    }
    file = tmp_path / "rejeu.json"
    file.write_text(json.dumps(whole))
    assert recompute.rank([str(file)]) == 0
    file.write_text(json.dumps(whole | harm))
    assert recompute.rank([str(file)]) in (1, 2)
    assert recompute.rank([str(file), "--json"]) in (1, 2)
    assert "Traceback" not in capsys.readouterr().err
