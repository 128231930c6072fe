"""A vote of the jury is kept with its own quorum, once, and stands in the minutes; so does a wrong one."""

from __future__ import annotations

import io
import re
import threading
import uuid
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from services.jury import minutes, minutes_pdf, queries
from services.jury.minutes import Signer
from services.jury.models import Call, JuryVote, Round
from services.jury.use_cases import room as rooms
from services.jury.use_cases import signing, votes
from services.jury.votes import Hands
from shared import clock
from shared.errors import NotFound, RuleError
from tests.jury_room import WHO, Room

QUESTION = "Retenir ce projet pour 4 500 € ?"


@pytest.fixture
def room(jury_db: Any) -> Room:
    """Five members, three of them in the room; the round is closed."""
    names = [("Aline", "Vidal"), ("Bruno", "Castan"), ("Chloé", "Ferrié"), ("Denis", "Oulès"), ("Élise", "Pagès")]
    room = Room(jury_db, jurors=names)
    room.close()
    for juror in range(3):
        present(room, juror)
    return room


def present(room: Room, juror: int, state: str = "present") -> None:
    with room.db.transaction() as session:
        rooms.note_presence(session, room.round_id, room.jurors[juror], state, who=WHO, now=clock.now())


def hold(room: Room, hands: Hands, *, project: int | None = None, held: int = 0, question: str = QUESTION) -> JuryVote:
    project_id = None if project is None else room.projects[project]
    with room.db.transaction() as session:
        return votes.record(
            session, room.round_id, question, hands, project_id=project_id, held=held, who=WHO, now=clock.now()
        )


def drafted(room: Room) -> dict[str, Any]:
    with room.db.reading() as session:
        return signing.drafted(session, session.get_one(Round, room.round_id))


def test_the_quorum_is_that_of_the_moment_and_of_the_project(room: Room) -> None:
    room.recuse(0, 1)
    assert hold(room, Hands(2, 1, 0)).present == 3
    with pytest.raises(RuleError, match="3 voix pour 2 membres"):
        hold(room, Hands(2, 1, 0), project=1, held=1)
    vote = hold(room, Hands(2, 0, 0), project=1, held=1)
    assert (vote.members, vote.present, vote.needed, vote.recused) == (4, 2, 2, 1)
    present(room, 2, "left")
    with pytest.raises(RuleError, match="il faut 3 membres, 2 sont là"):
        hold(room, Hands(2, 0, 0), held=2)
    present(room, 4)  # somebody else comes: it is reached again
    assert hold(room, Hands(1, 2, 0), held=2).outcome == "rejected"
    assert [one["position"] for one in numbered(room)] == [1, 2, 3]


def test_where_no_quorum_is_asked_none_is_said_to_be_reached(room: Room, jury_client: Any, sign_in: Any) -> None:
    with room.db.transaction() as session:
        this = session.get_one(Round, room.round_id)
        frozen = dict(this.frozen or {})
        rulebook = frozen.get("rulebook") or session.get_one(Call, this.call_id).rulebook
        this.frozen = frozen | {"rulebook": rulebook | {"quorum_percent": 0}}
    assert hold(room, Hands(2, 1, 0)).needed == 0
    sign_in(jury_client, "secretary")
    for page, said in (
        ("votes/", "En ce moment : 3 présents sur 5."),
        ("salle/", "Aucun quorum demandé"),
        ("proces-verbal", "Aucun quorum n’était demandé ; 3 présents sur 5."),
    ):
        text = jury_client.get(f"/equipe/tours/{room.round_id}/{page}").text.replace("\u202f", " ")
        wrong = [words for words in ("Quorum atteint", "il en faut", "il en fallait") if words in text]
        assert (said in text, wrong) == (True, []), page


def test_the_minutes_say_who_left_the_room_and_came_back(room: Room, jury_client: Any, sign_in: Any) -> None:
    for state in ("left", "left", "present"):
        present(room, 1, state)
    for state in ("left", "excused", "left"):  # excused once gone: no return
        present(room, 2, state)
    absences = [one.get("absences") for one in drafted(room)["present"]]
    assert [[bool(away["back_at"]) for away in one] for one in absences if one] == [[True], [False]]
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/tours/{room.round_id}/proces-verbal").text
    assert (page.count("a quitté la séance le"), page.count("de retour le")) == (2, 1)
    document = drafted(room)
    text = pypdf.PdfReader(io.BytesIO(minutes_pdf.pdf(document, "0" * 64))).pages[0].extract_text()
    assert " ".join(text.split()).count("a quitté la séance le") == 2


def test_who_left_the_jury_counts_neither_here_nor_in_the_room(room: Room) -> None:
    with room.db.transaction() as session:
        session.execute(sa.text("UPDATE jurors SET away_since = now() WHERE id = :id"), {"id": room.jurors[0]})
    vote = hold(room, Hands(1, 1, 0))
    assert (vote.members, vote.present, vote.needed) == (4, 2, 2)
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        quorum = queries.room_view(session, this).quorum
        assert (quorum.members, quorum.present) == (4, 2)
    assert drafted(room)["quorum"] == {"members": 4, "present": 2, "needed": 2}


def numbered(room: Room) -> list[dict[str, Any]]:
    with room.db.reading() as session:
        return [{"position": one.position} for one in session.scalars(sa.select(JuryVote).order_by(JuryVote.position))]


def test_two_windows_that_hold_the_same_vote_keep_it_once(room: Room) -> None:
    met = threading.Barrier(2)
    came: list[str] = []

    def one() -> None:
        met.wait()
        try:
            hold(room, Hands(2, 1, 0))
            came.append("kept")
        except RuleError as error:
            came.append(error.code)

    both = [threading.Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(came) == ["kept", "vote-since"]
    assert len(numbered(room)) == 1


def test_the_chair_decides_between_equal_hands_only_where_the_rulebook_says_so(room: Room) -> None:
    with pytest.raises(RuleError, match="voix prépondérante"):
        hold(room, Hands(1, 1, 1, "yes"))
    assert hold(room, Hands(1, 1, 1)).outcome == "tied"
    with room.db.transaction() as session:
        this = session.get_one(Round, room.round_id)
        this.frozen = (this.frozen or {}) | {"rulebook": (this.frozen or {})["rulebook"] | {"casting_vote": True}}
        session.execute(sa.text("UPDATE jurors SET chairs = (id = :id)"), {"id": room.jurors[0]})
    assert hold(room, Hands(1, 1, 1, "yes"), held=1).outcome == "adopted"
    room.recuse(0, 2)
    with pytest.raises(RuleError, match="La présidence n’est pas là"):
        hold(room, Hands(1, 1, 0, "yes"), project=2, held=2)


def test_a_vote_set_aside_stays_in_the_minutes_with_its_reason(room: Room) -> None:
    wrong = hold(room, Hands(3, 0, 0), project=0)
    before = drafted(room)
    with room.db.transaction() as session:
        with pytest.raises(RuleError, match="Écrivez pourquoi"):
            votes.set_aside(session, room.round_id, wrong.id, "   faux   ", who=WHO, now=clock.now())
        votes.set_aside(session, room.round_id, wrong.id, "Deux mains comptées deux fois.", who=WHO, now=clock.now())
    hold(room, Hands(1, 2, 0), project=0, held=1)
    after = drafted(room)
    assert minutes.changed_since(minutes.read_marks(before), after) == ["votes"]
    assert [(one["outcome"], one["set_aside"]) for one in after["votes"]] == [
        ("adopted", "Deux mains comptées deux fois."),
        ("rejected", ""),
    ]
    with room.db.transaction() as session:
        signed = signing.sign(session, room.round_id, [Signer("Aline Vidal", "Présidence")], who=WHO, now=clock.now())
        assert signed.pdf.startswith(b"%PDF")
    with pytest.raises(RuleError, match="avant la signature"):
        hold(room, Hands(2, 1, 0), held=2)


def test_what_is_not_of_this_round_is_refused(room: Room) -> None:
    vote = hold(room, Hands(2, 1, 0))
    with room.db.transaction() as session, pytest.raises(NotFound):
        votes.set_aside(session, room.round_id, uuid.uuid4(), "Une bonne raison.", who=WHO, now=clock.now())
    with room.db.transaction() as session, pytest.raises(NotFound):
        votes.set_aside(session, uuid.uuid4(), vote.id, "Une bonne raison.", who=WHO, now=clock.now())
    for elsewhere in (uuid.uuid4(), room.jurors[0]):
        with room.db.transaction() as session, pytest.raises(RuleError, match="pas de ce tour"):
            votes.record(
                session, room.round_id, QUESTION, Hands(1, 0, 0), project_id=elsewhere, held=1, who=WHO, now=clock.now()
            )


def test_nobody_votes_on_a_project_that_gave_up(room: Room) -> None:
    room.recuse(0, 1)
    with room.db.transaction() as session:
        gone = "UPDATE projects SET withdrawn_at = now(), withdrawn_why = 'Le partenaire renonce.' WHERE id = :id"
        session.execute(sa.text(gone), {"id": room.projects[1]})
    with pytest.raises(RuleError, match="pas de ce tour"):
        hold(room, Hands(2, 0, 0), project=1)


def test_the_page_keeps_what_was_typed_and_says_the_quorum(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{room.round_id}/votes/"
    assert "3 présents sur 5, il en faut 3" in jury_client.get(where).text
    data = {"question": QUESTION, "yes": "4", "no": "1", "abstained": "", "held": "0"}
    refused = jury_client.post(where, data=data)
    assert refused.status_code == 409
    assert "5 voix pour 3 membres" in refused.text.replace("\u202f", " ")
    assert f'value="{QUESTION}"' in refused.text
    assert jury_client.post(where, data=data | {"yes": "2"}).status_code == 303
    text = re.sub(r"\s+", " ", jury_client.get(where).text).replace("\u202f", " ").replace("\xa0", " ")
    assert "Pour : 2 · contre : 1 · abstentions : 0" in text
    assert "Adopté" in text
    for bad in ({"yes": "deux"}, {"yes": "-1"}, {"yes": "1" * 30}, {"vote_project": "x"}, {"casting": "oui"}, {}):
        answer = jury_client.post(where, data=bad if not bad else data | bad)
        assert answer.status_code == 422, bad
    assert jury_client.post(f"{where}{uuid.uuid4()}/ecarter", data={"why": "Une bonne raison."}).status_code == 404


def test_what_comes_too_late_is_said(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where, vote = f"/equipe/tours/{room.round_id}/votes/", hold(room, Hands(2, 1, 0))
    aside = f"{where}{vote.id}/ecarter"
    assert jury_client.post(aside, data={"why": "Une bonne raison."}).status_code == 303
    again = jury_client.post(aside, data={"why": "Une bonne raison."})
    assert (again.status_code, "Ce vote est déjà écarté." in again.text) == (409, True)
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "Présidence")], who=WHO, now=clock.now())
    late = jury_client.post(where, data={"question": QUESTION, "yes": "2", "no": "1", "held": "1"})
    assert (late.status_code, "avant la signature" in late.text) == (409, True)


def test_the_rulebook_says_whether_the_chair_decides(room: Room) -> None:
    with room.db.reading() as session:
        call = session.get_one(Call, room.call_id)
        assert not queries.voters(session, session.get_one(Round, room.round_id), clock.now()).casting_vote
        assert "casting_vote" not in call.rulebook
