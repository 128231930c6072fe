"""Jurors reached by mail: invited with a link that pairs one device once, reminded once a day, told of new readings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Juror, PairingCode, Round
from services.jury.use_cases import erasing, juror_mails, readings, tablets
from shared import clock
from shared.db import hash_token, new_id
from shared.errors import RuleError
from tests.jury_followup import facts
from tests.jury_room import WHO, Room

SITE = "https://agora.example"
TODAY = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
ALINE, BRUNO = "aline@jury.example", "bruno@jury.example"
INVITED, REMINDED, GIVEN = "jury.juror.invited.v1", "jury.juror.reminded.v1", "jury.readings.given.v1"


@pytest.fixture
def room(jury_db: Any) -> Room:
    """Aline and Bruno have an address, Chloé has none."""
    found = Room(jury_db, opened=False)
    with jury_db.transaction() as session:
        for juror, address in zip(found.jurors, (ALINE, BRUNO), strict=False):
            session.get_one(Juror, juror).email = address
    return found


def invite(room: Room, juror: Any = None, *, now: dt.datetime = TODAY) -> None:
    with room.db.transaction() as session:
        juror_mails.invite(session, room.round_id, juror, site=SITE, who=WHO, now=now)


def remind(room: Room, *, now: dt.datetime) -> list[str]:
    with room.db.transaction() as session:
        return [one.email for one in juror_mails.remind(session, room.round_id, None, site=SITE, who=WHO, now=now)]


def told(room: Room, type: str) -> dict[str, dict[str, Any]]:
    """Address → the newest fact of that type."""
    return {one["person"]["email"]: one for one in facts(room, type)}


def code_of(fact: dict[str, Any]) -> str:
    assert fact["link"].startswith(f"{SITE}/tablet/#lien=")
    return str(fact["link"]).partition("=")[2]


def pair(room: Room, code: str, *, now: dt.datetime = TODAY) -> tablets.Paired:
    with room.db.transaction() as session:
        return tablets.pair(session, code, new_id(), now=now)


def test_an_invitation_says_until_when_and_its_link_waits_for_the_round(room: Room) -> None:
    with room.db.transaction() as session:
        juror_mails.set_read_by(session, room.round_id, dt.date(2016, 10, 10), who=WHO, now=TODAY)
    invite(room)
    assert {
        address: (one["read_by"], one["is_open"], one["readings"]) for address, one in told(room, INVITED).items()
    } == {ALINE: ("2016-10-10", False, None), BRUNO: ("2016-10-10", False, None)}
    code = code_of(told(room, INVITED)[ALINE])
    with pytest.raises(RuleError, match="pas encore ouvert"):
        pair(room, code)
    room.open()
    assert pair(room, code).juror.id == room.jurors[0]


def test_a_link_is_kept_hashed_works_once_and_for_thirty_days(room: Room) -> None:
    invite(room)
    room.open()
    first, second = (code_of(told(room, INVITED)[address]) for address in (ALINE, BRUNO))
    with room.db.reading() as session:
        kept = set(session.scalars(sa.select(PairingCode.code_hash).where(PairingCode.mailed)))
    assert {hash_token(first), hash_token(second)} == kept
    last = TODAY + dt.timedelta(days=30)
    assert pair(room, first, now=last - dt.timedelta(seconds=1)).juror.id == room.jurors[0]
    with pytest.raises(RuleError, match="déjà servi"):
        pair(room, first)
    with pytest.raises(RuleError, match="n’est plus valable"):
        pair(room, second, now=last)


def test_a_new_link_replaces_the_one_before_and_a_link_can_be_taken_back(room: Room) -> None:
    room.open()
    invite(room)
    old = code_of(told(room, INVITED)[ALINE])
    invite(room, room.jurors[0])
    new = code_of(told(room, INVITED)[ALINE])
    with pytest.raises(RuleError, match="n’est plus valable"):
        pair(room, old)
    with room.db.transaction() as session:
        juror_mails.take_link_back(session, room.round_id, room.jurors[0], who=WHO, now=TODAY)
    with pytest.raises(RuleError, match="n’est plus valable"):
        pair(room, new)


@pytest.mark.parametrize("how", ["address", "erasure"])
def test_a_link_dies_with_the_address_that_it_was_sent_to(room: Room, how: str) -> None:
    room.open()
    invite(room)
    with room.db.transaction() as session:
        juror = session.get_one(Juror, room.jurors[0])
        if how == "address":
            names = ("first_name", "last_name", "function", "structure", "chairs", "themes", "countries", "languages")
            data = {name: getattr(juror, name) for name in (*names, "college", "least", "most")}
            data |= {"away": False, "email": "aline@autre.example"}
            readings.set_juror(session, room.call_id, juror.id, data, who=WHO, now=TODAY)
        else:
            data = {"email": juror.email, "email_hash": "0" * 64, "request_id": new_id()}
            erasing.erase(session, data, TODAY)
    with pytest.raises(RuleError, match="n’est plus valable"):
        pair(room, code_of(told(room, INVITED)[ALINE]))


def test_who_has_a_device_paired_gets_no_link_that_would_put_it_out(room: Room) -> None:
    room.open()
    invite(room)
    pair(room, code_of(told(room, INVITED)[ALINE]))
    assert set(remind(room, now=TODAY)) == {ALINE, BRUNO}
    aline, bruno = (told(room, REMINDED)[address] for address in (ALINE, BRUNO))
    assert (aline["link"], aline["link_until"], aline["left"]) == (None, None, len(room.projects))
    assert pair(room, code_of(bruno)).juror.id == room.jurors[1]
    invite(room, room.jurors[0])
    changed = pair(room, code_of(told(room, INVITED)[ALINE]))
    assert changed.epoch == 2, "asked for by name, a link lets her change devices"


def test_nobody_is_reminded_twice_on_one_day_of_paris(room: Room) -> None:
    room.open()
    late = dt.datetime(2016, 10, 3, 21, 50, tzinfo=dt.UTC)  # 23:50 in Paris
    assert len(remind(room, now=late)) == 2
    with pytest.raises(RuleError, match="Personne n’est à relancer"):
        remind(room, now=late + dt.timedelta(minutes=9))
    assert len(remind(room, now=late + dt.timedelta(minutes=10))) == 2


def test_who_has_finished_is_not_reminded(room: Room, jury_client: Any) -> None:
    room.open()
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project in room.projects:
        tablet.score(project, [3] * size)
    assert remind(room, now=TODAY) == [BRUNO]


def adopt(room: Room, per_project: int, seed: str) -> set[Any]:
    numbers = {"per_project": per_project, "per_juror": 9, "seed": seed}
    with room.db.transaction() as session:
        seen = readings.propose(session, session.get_one(Round, room.round_id), **numbers)
        found = readings.adopt(
            session, room.round_id, **numbers, digest=seen.digest, site=SITE, who=WHO, now=clock.now()
        )
        return set(found.pairs)


def test_readings_that_come_after_the_first_are_told_with_their_titles(room: Room) -> None:
    room.open()
    first = adopt(room, 1, "albi")
    assert facts(room, GIVEN) == []
    second = adopt(room, 2, "albi")
    more = second - first
    expected = {juror: sum(reader == juror for reader, _project in more) for juror in room.jurors[:2]}
    counts = {address: len(one["projects"]) for address, one in told(room, GIVEN).items()}
    assert counts == {
        address: expected[juror] for juror, address in zip(room.jurors, (ALINE, BRUNO), strict=False) if expected[juror]
    }
    assert counts, "somebody with an address got more"


def test_before_the_round_opens_a_new_assignment_is_told_to_nobody(room: Room) -> None:
    adopt(room, 1, "albi")
    adopt(room, 2, "albi")
    assert facts(room, GIVEN) == []


def test_the_secretary_sees_who_will_get_what_and_who_has_no_address(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    page = f"/equipe/tours/{room.round_id}/courriels/"
    sign_in(jury_client, "secretary")
    shown = jury_client.get(page).text
    assert "2 invitations partiraient" in shown
    assert "Sans adresse, ces membres ne reçoivent rien" in shown
    assert "Chloé Ferrié. " in shown.replace("\n", " ")
    done = jury_client.post(f"{page}inviter", follow_redirects=True).text
    assert "2 invitations partent." in done
    assert "Tous ceux qui ont une adresse sont invités." in done
    room.open()
    jury_client.post(f"{page}relancer", data={"juror": str(room.jurors[1])})
    shown = jury_client.get(page).text
    assert "1 relance partirait" in shown
    assert "relance du" in jury_client.get(f"/equipe/tours/{room.round_id}/lectures/").text
    assert [one["person"]["email"] for one in facts(room, REMINDED)] == [BRUNO]
    sign_in(jury_client, "auditor")
    assert 'type="submit"' not in jury_client.get(page).text.partition("<main")[2].partition("</main>")[0]
    assert jury_client.post(f"{page}relancer").status_code == 403


def test_bad_input_is_answered_in_words(room: Room, jury_client: Any, sign_in: Any) -> None:
    page = f"/equipe/tours/{room.round_id}/courriels/"
    sign_in(jury_client, "secretary")
    assert jury_client.post(f"{page}inviter", data={"juror": "pas un nom"}).status_code == 404
    assert jury_client.post(f"{page}inviter", data={"juror": str(new_id())}).status_code == 404
    silent = jury_client.post(f"{page}inviter", data={"juror": str(room.jurors[2])}, follow_redirects=True)
    assert "Ce membre n’a pas d’adresse" in silent.text
    today = clock.now().astimezone(clock.PARIS).date()
    yesterday = str(today - dt.timedelta(days=1))
    past = jury_client.post(f"{page}jour", data={"read_by": yesterday})
    assert (past.status_code, "ce jour est passé" in past.text) == (422, True)
    assert f'value="{yesterday}"' in past.text
    assert jury_client.post(f"{page}jour", data={"read_by": "demain"}).status_code == 422
    assert jury_client.post(f"{page}jour", data={"read_by": str(today)}).status_code == 303
