"""The chair enters by a link of their own, sees the pages of one session, and none of the secretary's."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import ChairLink, Juror, LateEntry, Round
from services.jury.use_cases import calls, chairing
from shared import clock
from shared.errors import RuleError
from tests.jury_dossiers import open_call
from tests.jury_room import WHO, Room

CLOSED_TO_THE_CHAIR = (
    "appels/{call}",
    "appels/{call}/projets",
    "appels/{call}/jury",
    "appels/{call}/liens/",
    "tours/{round}/lectures/",
    "tours/{round}/tablettes",
    "tours/{round}/salle/",
    "tours/{round}/aides/",
    "tours/{round}/signer",
    "tours/{round}/rejeu.json",
)
TRIBUNE = {
    "title": "Une autre tribune",
    "organiser_name": "Réseau Coop d’Oc",
    "organiser_email": "tribune@agora.example",
    "places": 2,
    "reserve": 1,
}
OPEN_TO_THE_CHAIR = ("", "tardives", "classement", "deliberation/", "votes/", "mots/", "proces-verbal")


@pytest.fixture
def room(jury_db: Any) -> Room:
    made = Room(jury_db)
    with jury_db.transaction() as session:
        session.get_one(Juror, made.jurors[0]).chairs = True
    return made


def link(room: Room, juror: int = 0) -> str:
    with room.db.transaction() as session:
        return "/presidence/" + chairing.make_link(session, room.call_id, room.jurors[juror], who=WHO, now=clock.now())


def status(client: Any, room: Room, path: str) -> int:
    where = path.format(call=room.call_id, round=room.round_id)
    return int(client.get(f"/equipe/{where}").status_code)


def test_the_link_opens_the_chairs_pages_and_no_other(room: Room, jury_client: Any) -> None:
    where = link(room)
    assert status(jury_client, room, "tours/{round}/") == 303, "nobody enters by looking"
    assert "Entrer" in jury_client.get(where).text
    assert status(jury_client, room, "tours/{round}/") == 303, "opening the link is not entering"
    assert jury_client.post(where).location.endswith(f"/equipe/tours/{room.round_id}/")
    room.close()
    for path in OPEN_TO_THE_CHAIR:
        assert status(jury_client, room, "tours/{round}/" + path) == 200, path
    for path in CLOSED_TO_THE_CHAIR:
        assert status(jury_client, room, path) == 303, path
    menu = jury_client.get(f"/equipe/tours/{room.round_id}/").text.partition('class="sub"')[2].partition("<main")[0]
    assert len(re.findall("<a ", menu)) == len(OPEN_TO_THE_CHAIR)


def test_the_chair_enters_where_the_service_stands_below_a_prefix(room: Room, jury_client: Any) -> None:
    below = {"base_url": "http://localhost/jury"}
    jury_client.post(link(room), **below)
    assert jury_client.get(f"/equipe/tours/{room.round_id}/", **below).status_code == 200


def test_the_link_is_of_one_session(room: Room, jury_client: Any, jury_db: Any) -> None:
    call_id = open_call(jury_db)
    with jury_db.reading() as session:
        elsewhere = session.scalars(sa.select(Round.id).where(Round.call_id == call_id)).one()
    jury_client.post(link(room))
    assert status(jury_client, room, "tours/{round}/") == 200
    assert status(jury_client, room, f"tours/{elsewhere}/") == 303


def test_a_newer_link_an_end_and_time_close_it(room: Room, jury_client: Any, jury_db: Any) -> None:
    first = link(room)
    jury_client.post(first)
    second = link(room)
    assert status(jury_client, room, "tours/{round}/") == 303
    assert jury_client.get(first).status_code == 404
    jury_client.post(second)
    assert status(jury_client, room, "tours/{round}/") == 200
    with jury_db.transaction() as session:
        session.execute(sa.update(ChairLink).values(expires_at=clock.now() - dt.timedelta(seconds=1)))
    assert status(jury_client, room, "tours/{round}/") == 303
    with pytest.raises(RuleError):
        link(room, juror=1)


def test_only_the_hash_is_kept(room: Room, jury_db: Any) -> None:
    token = link(room).rpartition("/")[2]
    with jury_db.reading() as session:
        kept = session.scalars(sa.select(ChairLink.token_hash)).one()
    assert token.encode() not in kept
    assert len(kept) == 32


def test_a_chair_with_a_conflict_sees_no_page_with_scores(room: Room, jury_client: Any) -> None:
    jury_client.post(link(room))
    room.recuse(0, 1)
    assert status(jury_client, room, "tours/{round}/") == 200
    room.close()
    for path in ("classement", "deliberation/", "mots/", "tardives"):
        assert status(jury_client, room, "tours/{round}/" + path) == 403, path


def test_the_chair_closes_a_shared_computer_behind_them(room: Room, jury_client: Any) -> None:
    where = link(room)
    jury_client.post(where)
    page = jury_client.get(f"/equipe/tours/{room.round_id}/").text
    assert "Quitter" in page
    assert "reprenez votre lien" in jury_client.post("/presidence/quitter").text
    assert status(jury_client, room, "tours/{round}/") == 303
    jury_client.post(where)
    assert status(jury_client, room, "tours/{round}/") == 200


def test_a_chair_with_a_conflict_is_led_to_no_page_that_stays_closed(
    room: Room, jury_client: Any, jury_app: Any, sign_in: Any
) -> None:
    tablet = room.tablet(jury_client, 1)
    room.recuse(0, 1)
    room.close()
    tablet.send(tablet.operation(room.projects[0], tablet.pack()["grid"]["criteria"][0]["id"], 5))
    staff = jury_app.test_client()
    sign_in(staff, "secretary")
    jury_client.post(link(room))
    for path in ("", "tableau"):
        where = f"/equipe/tours/{room.round_id}/{path}"
        pages = [client.get(where) for client in (staff, jury_client)]
        assert ["tardive à trancher" in page.text for page in pages] == [True, True]
        assert ["/tardives" in page.text for page in pages] == [True, False]
        assert path == "" or pages[0].headers["ETag"] != pages[1].headers["ETag"]


def test_what_the_chair_does_bears_their_name(room: Room, jury_client: Any, jury_db: Any) -> None:
    jury_client.post(link(room))
    room.close()
    answer = jury_client.post(
        f"/equipe/tours/{room.round_id}/deliberation/deplacer",
        data={"project": str(room.projects[0]), "place": "1", "reason": "Le jury en a débattu longuement."},
    )
    assert answer.status_code in (303, 409)
    assert "connexion" not in (answer.location or "")
    assert jury_client.post(f"/equipe/tours/{room.round_id}/clore").status_code == 401
    with jury_db.reading() as session:
        assert session.get_one(Round, room.round_id).state == "closed"


def test_the_chair_decides_on_no_late_value_of_another_session(room: Room, jury_client: Any, jury_db: Any) -> None:
    tablet = room.tablet(jury_client, 1)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    room.close()
    tablet.send(tablet.operation(room.projects[0], field, 5))
    with jury_db.transaction() as session:
        entry = session.scalars(sa.select(LateEntry.id)).one()
        elsewhere = calls.create_tribune(session, TRIBUNE, who=WHO, now=clock.now()).id
        chair = calls.add_juror(
            session, elsewhere, {"first_name": "Nina", "last_name": "Roche", "chairs": True}, who=WHO, now=clock.now()
        )
        other = session.scalars(sa.select(Round.id).where(Round.call_id == elsewhere)).one()
        token = chairing.make_link(session, elsewhere, chair.id, who=WHO, now=clock.now())
    jury_client.post(f"/presidence/{token}")
    answer = jury_client.post(f"/equipe/tours/{other}/tardives/{entry}", data={"decision": "accept"})
    assert answer.status_code == 404
    with jury_db.reading() as session:
        assert session.get_one(LateEntry, entry).state == "waiting"
