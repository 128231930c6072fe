"""The list of members: many at once with a word on each line, and one who goes with their scores told before."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import juror_import, queries
from services.jury.models import Juror, Round
from services.jury.project_import import Unreadable
from services.jury.use_cases import operations, tablets
from shared import clock
from tests.jury_room import Room

SHEET = (
    "Nom\tPrénom\tCourriel\tCollège\tLangues\tPays\tPrésidence\tTéléphone\n"
    "Ralison\tHanta\thanta@asso.example\tAssociations\tmalgache, français\tMadagascar\t\t0600\n"
    "VIDAL\tAline\t\tÉlus\t\t\toui\t\n"
    "Roux\tZoé\tzoe@\tÉlus\tklingon\tAtlantide\t\t\n"
    "Ralison\tHanta\t\t\t\t\t\t\n"
)


@pytest.fixture
def room(jury_db: Any, jury_client: Any, sign_in: Any) -> Room:
    sign_in(jury_client, "secretary")
    return Room(jury_db)


def names(room: Room) -> list[str]:
    with room.db.reading() as session:
        return [f"{one.first_name} {one.last_name}" for one in queries.jurors_of(session, room.call_id)]


def paste(client: Any, room: Room, text: str) -> Any:
    return client.post(f"/equipe/appels/{room.call_id}/jury/importer", data={"pasted": text})


def test_a_pasted_sheet_tells_what_becomes_of_each_line(room: Room, jury_client: Any) -> None:
    page = paste(jury_client, room, SHEET).text.replace("\u202f", " ")
    assert "1 personne sera nommée." in page
    told = re.findall(r'<span class="pill[^"]*">([^<]*)<', page)
    assert told == ["Nommé", "Déjà membre", "Refusé", "Refusé"]
    for reason in (
        "courriel : adresse incomplète",
        "langue inconnue : « klingon »",
        "pays inconnu : « Atlantide »",
        "déjà à la ligne 2",
        "Téléphone",
    ):
        assert reason in page
    assert len(names(room)) == 3, "looking writes nothing"
    listed = re.search(r'name="list" value="([^"]+)"', page)[1]  # type: ignore[index]
    for _again in range(2):
        jury_client.post(f"/equipe/appels/{room.call_id}/jury/nommer", data={"list": listed})
    assert names(room).count("Hanta Ralison") == 1
    with room.db.reading() as session:
        hanta = session.scalars(sa.select(Juror).where(Juror.last_name == "Ralison")).one()
    assert (hanta.email, hanta.college, hanta.languages) == ("hanta@asso.example", "Associations", "malgache, français")


def test_a_file_is_read_as_a_paste_is(room: Room, jury_client: Any) -> None:
    sent = {"pasted": "", "file": (BytesIO(SHEET.encode("cp1252")), "jury.csv")}
    page = jury_client.post(f"/equipe/appels/{room.call_id}/jury/importer", data=sent)
    assert "Hanta Ralison" in page.text


@pytest.mark.parametrize("text", ["", "Prénom;Nom\n", "\x00", "a;b\n" * 400])
def test_what_is_no_list_is_said_beside_it(text: str, room: Room, jury_client: Any) -> None:
    assert paste(jury_client, room, text).status_code in (400, 422)
    assert jury_client.post(f"/equipe/appels/{room.call_id}/jury/nommer", data={"list": "%"}).status_code == 303
    assert len(names(room)) == 3


def test_without_headings_the_order_is_the_one_that_is_told() -> None:
    (line,) = juror_import.read("Hanta;Ralison;h@asso.example;Élue;Mairie d’Albi".encode()).lines
    assert line.data is not None
    assert (line.data["first_name"], line.data["structure"], line.data["chairs"]) == ("Hanta", "Mairie d’Albi", False)
    with pytest.raises(Unreadable):
        juror_import.read("Prénom;Nom\n;;\n".encode())


def test_a_member_on_whom_nothing_hangs_disappears(room: Room, jury_client: Any) -> None:
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[2]}/retirer"
    assert "disparaît de la liste" in jury_client.get(where).text
    assert jury_client.post(where).status_code == 303
    assert names(room) == ["Bruno Castan", "Aline Vidal"]
    assert jury_client.get(where).status_code == 404


def test_a_member_who_scored_leaves_complete_sheets_and_a_closed_tablet(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client, 0)
    tablet.score(room.projects[0], [3] * len(tablet.pack()["grid"]["criteria"]))
    tablet.send(tablet.operation(room.projects[1], tablet.pack()["grid"]["criteria"][0]["id"], 2))
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/retirer"
    page = jury_client.get(where).text.replace("\u202f", " ")
    assert "1 fiche complète reste et compte" in page
    assert "1 fiche commencée ne compte pas" in page
    assert jury_client.post(where, data={"why": " "}).status_code == 422
    jury_client.post(where, data={"why": "Démission"})
    assert "Aline Vidal" in names(room), "the minutes name who scored"
    assert jury_client.get("/api/tablet/pack", headers=tablet.headers).status_code in (401, 403, 409, 410)
    with room.db.reading() as session:
        standings = queries.ranking(session, session.get_one(Round, room.round_id))
    assert sum(one.readings for one in standings) == 1


def test_a_jury_does_not_change_once_its_round_is_closed(room: Room, jury_client: Any) -> None:
    room.close()
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[2]}/retirer"
    assert jury_client.post(where).status_code == 422
    assert len(names(room)) == 3


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe"])
def test_a_file_that_holds_but_its_mark_is_empty(mark: bytes, room: Room, jury_client: Any) -> None:
    sent = {"pasted": "", "file": (BytesIO(mark), "jury.csv")}
    page = jury_client.post(f"/equipe/appels/{room.call_id}/jury/importer", data=sent)
    assert page.status_code == 422
    assert "Cette liste est vide." in page.text


@pytest.mark.parametrize("before", ["\n", "\r\n\r\n", ";;\n"])
def test_headings_behind_an_empty_line_are_no_member(before: str) -> None:
    (line,) = juror_import.read((before + "Nom;Prénom\nRalison;Hanta\n").encode()).lines
    assert (line.name, line.at) == ("Hanta Ralison", 2 + before.count("\n"))


def test_a_member_whose_tablet_still_holds_values_is_not_deleted(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client, 2)
    jury_client.post("/api/tablet/heartbeat", json={"pending": 3}, headers=tablet.headers)
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[2]}/retirer"
    assert "3 valeurs ne sont pas encore parties" in jury_client.get(where).text.replace("\u202f", " ")
    assert jury_client.post(where).status_code == 422
    assert len(names(room)) == 3


def test_who_left_gets_no_printed_code(room: Room, jury_client: Any) -> None:
    room.recuse(0, 1)
    jury_client.post(f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/retirer", data={"why": "Démission"})
    sheet = jury_client.post(f"/equipe/tours/{room.round_id}/tablettes").text
    assert "Chloé Ferrié" in sheet
    assert "Aline Vidal" not in sheet


def test_scores_that_come_while_their_member_is_deleted_are_told_so(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client, 2)
    with room.db.transaction() as session:
        device = tablets.authenticate(session, tablet.token)
        assert jury_client.post(f"/equipe/appels/{room.call_id}/jury/{room.jurors[2]}/retirer").status_code == 303
        with pytest.raises(tablets.Fenced):
            operations.write(session, device, [tablet.operation(room.projects[0], "comment", "Bien.")], now=clock.now())


def test_the_page_of_a_member_tells_when_their_tablet_was_last_seen(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/"
    assert "Aucune tablette dans ce tour." in jury_client.get(where).text
    room.tablet(jury_client, 0).pack()
    page = jury_client.get(where).text
    assert "vue pour la dernière fois le" in page
    assert "Rien n’y attend." in page


def test_sheets_of_who_left_are_expected_no_more(room: Room, jury_client: Any) -> None:
    tablets_of = [room.tablet(jury_client, juror) for juror in (0, 1)]
    for tablet in tablets_of:
        tablet.score(room.projects[0], [3] * 8)
    tablets_of[0].send(tablets_of[0].operation(room.projects[1], tablets_of[0].pack()["grid"]["criteria"][0]["id"], 3))
    jury_client.post(f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/retirer", data={"why": "Démission"})
    for project in room.projects[1:]:
        tablets_of[1].score(project, [3] * 8)
    board = jury_client.get(f"/equipe/tours/{room.round_id}/tableau").text
    assert "5</b><span>fiches complètes sur 9<" in board
    row = re.search(r'<tr class="is-complete">\s*<th scope="row">Aline Vidal.*?</tr>', board, re.S)
    assert row is not None
    assert "(absent)" in row[0]
    assert "1/1" in row[0]
    closing = jury_client.get(f"/equipe/tours/{room.round_id}/clore").text.replace("\u202f", " ")
    assert "5 fiches complètes sur 9 attendues" in closing
