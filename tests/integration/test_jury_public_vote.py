"""The public's vote: one ballot per slip, counted at the closing, its own prize, no way into the jury's result."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import PublicBallot, PublicSlip, PublicVote, Round
from services.jury.use_cases import public_vote, signing, withdrawals
from shared import clock
from shared.errors import RuleError
from tests.jury_room import WHO, Room


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


def act(room: Room, work: Any, *given: Any) -> Any:
    with room.db.transaction() as session:
        return work(session, *given, who=WHO, now=clock.now())


def prepared(room: Room, slips: int = 4, **more: Any) -> tuple[uuid.UUID, list[str]]:
    data = {"title": "Prix du public", "choices": 1, "prize": 50_000} | more
    vote = act(room, public_vote.prepare, room.round_id, data)
    return vote.id, act(room, public_vote.make_slips, vote.id, slips)


def cast(room: Room, code: str, *projects: int) -> None:
    with room.db.transaction() as session:
        public_vote.cast(session, code, [room.projects[one] for one in projects])


def test_a_double_click_or_a_reload_shows_the_same_slips_again(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/public"
    jury_client.post(f"{base}/", data={"title": "Prix du public", "choices": "1", "prize": "500"})

    def made() -> list[str]:
        sheet = re.search(r'name="sheet" value="([^"]+)"', jury_client.get(f"{base}/").text)
        assert sheet
        asked = {"number": "3", "sheet": sheet[1]}
        first, second = (jury_client.post(f"{base}/bulletins", data=asked).text for _click in range(2))
        assert first == second
        return re.findall(r'typed-code">([0-9A-Z ]+)<', first)

    codes = made()
    assert len(set(codes)) == 3
    assert not set(codes) & set(made()), "the page opened again makes others"
    with room.db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PublicSlip)) == 6


def test_a_slip_votes_once_and_nothing_is_counted_before_the_closing(
    room: Room, jury_app: Any, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/public"
    jury_client.post(f"{base}/", data={"title": "Prix du public", "choices": "1", "prize": "500"})
    sheet = jury_client.post(f"{base}/bulletins", data={"number": "3"}).text
    codes = [code.replace(" ", "") for code in re.findall(r'typed-code">([0-9A-Z ]+)<', sheet)]
    assert len(set(codes)) == 3
    stranger = jury_app.test_client()
    assert "pas encore ouvert" in stranger.get(f"/vote/{codes[0]}").text
    jury_client.post(f"{base}/ouvrir")
    # Typed in small letters with a space, as a person would.
    typed = stranger.get("/vote/", query_string={"code": f"{codes[0][:4].lower()} {codes[0][4:]}"})
    assert (typed.headers["Cache-Control"], typed.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert "Mil de Casamance" in stranger.get(typed.headers["Location"]).text
    nothing = stranger.post(f"/vote/{codes[0]}", data={})
    assert (nothing.status_code, "votez blanc" in nothing.text) == (422, True)
    voted = stranger.post(f"/vote/{codes[0]}", data={"projects": str(room.projects[2])}, follow_redirects=True)
    assert "votre voix compte" in voted.text
    again = stranger.post(f"/vote/{codes[0]}", data={"projects": str(room.projects[1])})
    assert (again.status_code, "déjà été déposé" in again.text) == (409, True)
    assert stranger.post(f"/vote/{codes[1]}", data={"blank": "true"}).status_code == 303
    for unknown in ({"blank": "true"}, {}):
        assert stranger.post("/vote/0000000000000", data=unknown).status_code == 404
    before = jury_client.get(f"{base}/").text
    assert "2</b> bulletins déposés sur 3" in before
    assert 'id="public-result"' not in before
    after = jury_client.post(f"{base}/clore", follow_redirects=True).text
    row = re.search(r"<tr>.*?Écoles d’Antsirabe.*?</tr>", after, re.S)[0]  # type: ignore[index]
    assert 'data-label="Voix">1<' in row
    assert 'data-label="Rang du jury">—<' in row  # the jury's round is still open
    late = stranger.post(f"/vote/{codes[2]}", data={"projects": str(room.projects[0])})
    assert (late.status_code, "n’a pas été compté" in late.text) == (409, True)
    with room.db.reading() as session:
        counts = session.scalars(sa.select(PublicVote)).one().counts
    assert counts == {"slips": 3, "ballots": 2, "blank": 1, "voices": {str(room.projects[2]): 1}}


def test_the_same_slip_from_many_hands_at_once_counts_once(room: Room) -> None:
    vote, (code, *_rest) = prepared(room)
    act(room, public_vote.open_vote, vote)

    def one(number: int) -> bool:
        try:
            cast(room, code, number % 4)
        except RuleError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(8))) == 1
    assert room.count(PublicBallot) == 1


def test_too_many_choices_and_foreign_projects_are_refused(room: Room) -> None:
    vote, codes = prepared(room, choices=2)
    act(room, public_vote.open_vote, vote)
    with pytest.raises(RuleError, match="moins de projets"):
        cast(room, codes[0], 0, 1, 2)
    with room.db.transaction() as session, pytest.raises(RuleError, match="plus dans la liste"):
        public_vote.cast(session, codes[0], [uuid.uuid4()])
    cast(room, codes[0], 0, 0, 1)  # the same twice is once
    with room.db.reading() as session:
        assert [len(b.projects) for b in session.scalars(sa.select(PublicBallot))] == [2]
    with pytest.raises(RuleError, match="ne changent plus"):
        act(room, public_vote.prepare, room.round_id, {"title": "Autre", "choices": 3, "prize": 0})


def test_the_database_takes_no_ballot_after_the_closing_and_changes_none(room: Room) -> None:
    vote, codes = prepared(room)
    act(room, public_vote.open_vote, vote)
    cast(room, codes[0], 0)
    for statement in ("UPDATE public_ballots SET projects = '{}'", "DELETE FROM public_ballots"):
        with pytest.raises(sa.exc.IntegrityError, match="never changes"), room.db.transaction() as session:
            session.execute(sa.text(statement))
    act(room, public_vote.close_vote, vote)
    with pytest.raises(sa.exc.IntegrityError, match="no such ballot"), room.db.transaction() as session:
        session.add(PublicBallot(vote_id=vote, projects=[]))


def test_nothing_leads_from_a_ballot_to_a_slip() -> None:
    assert {column.name for column in PublicBallot.__table__.columns} == {"id", "vote_id", "projects"}
    assert {column.name for column in PublicSlip.__table__.columns} == {"code_hash", "vote_id", "used"}


def test_the_publics_voices_change_nothing_of_the_jurys_result(room: Room, jury_client: Any, sign_in: Any) -> None:
    tablet = room.tablet(jury_client, 0)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    room.close()
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        before = queries.decided(session, this), signing.replay_of(session, this)
    vote, codes = prepared(room)
    act(room, public_vote.open_vote, vote)
    for code in codes[:3]:
        cast(room, code, 3)
    act(room, public_vote.close_vote, vote)
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        assert (queries.decided(session, this), signing.replay_of(session, this)) == before
    sign_in(jury_client, "auditor")
    text = jury_client.get(f"/equipe/tours/{room.round_id}/public/").text
    row = re.search(r"<tr>.*?Eau à Battambang.*?</tr>", text, re.S)[0]  # type: ignore[index]
    assert ('"Rang du public">1<' in row, '"Rang du jury">4<' in row) == (True, True)
    assert "500" in text


def test_a_ballot_that_is_refused_keeps_what_was_ticked(room: Room, jury_client: Any) -> None:
    vote, codes = prepared(room, choices=2)
    act(room, public_vote.open_vote, vote)
    answer = jury_client.post(f"/vote/{codes[0]}", data={"projects": [str(one) for one in room.projects[:3]]})
    assert answer.status_code == 409
    assert answer.text.count(" checked") == 3
    with room.db.reading() as session:
        assert not session.scalars(sa.select(PublicBallot)).all()


@pytest.mark.parametrize("number", ["deux cents", "0", "2001", "1999"])
def test_a_number_of_slips_that_cannot_be_keeps_what_was_typed(
    room: Room, jury_client: Any, sign_in: Any, number: str
) -> None:
    prepared(room)
    sign_in(jury_client, "secretary")
    answer = jury_client.post(f"/equipe/tours/{room.round_id}/public/bulletins", data={"number": number})
    assert answer.status_code in (409, 422)
    assert f'value="{number}"' in answer.text
    assert "2000" in answer.text
    assert room.count(PublicSlip) == 4


def test_two_who_prepare_the_vote_keep_what_each_wrote_to_the_cent(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/public/"
    mine = {"title": "Prix du public", "choices": "1", "prize": "500,50"}
    jury_client.post(where, data=mine)
    page = jury_client.get(where).text
    assert 'value="500,50"' in page
    seen = {"seen": re.search(r'name="seen" value="([^"]+)"', page)[1]}  # type: ignore[index]
    assert jury_client.post(where, data=mine | seen | {"prize": "700"}).status_code == 303
    assert jury_client.post(where, data=mine | seen | {"choices": "3"}).status_code == 303
    late = jury_client.post(where, data=mine | seen | {"prize": "900"})
    assert (late.status_code, "« 700 »" in re.sub("[\u202f\xa0]", " ", late.text)) == (409, True)
    with room.db.reading() as session:
        kept = session.scalars(sa.select(PublicVote)).one()
    assert (kept.prize, kept.choices) == (70_000, 3)


def test_who_chose_a_project_that_gave_up_is_told_so_and_keeps_the_slip(room: Room) -> None:
    vote, (code, *_others) = prepared(room)
    act(room, public_vote.open_vote, vote)
    with room.db.transaction() as session:
        withdrawals.withdraw_project(session, room.projects[1], "Plus d’équipe", who=WHO, now=clock.now())
    with pytest.raises(RuleError, match="n’est plus dans la liste"):
        cast(room, code, 1)
    cast(room, code, 2)
    assert act(room, public_vote.close_vote, vote).counts["voices"] == {str(room.projects[2]): 1}
