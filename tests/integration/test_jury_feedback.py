""" "Pourquoi cette note": nothing reaches a bearer that the chair did not approve, and no line tells its author."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.minutes import Signer
from services.jury.models import Application, Award, Call, FeedbackLine
from services.jury.use_cases import awards, deliberation, feedback, signing
from shared import audit, clock
from shared.errors import NotFound, RuleError
from shared.messaging.tables import outbox
from tests.jury_room import JURORS, WHO, Room

KIND, HARSH = "Un partenariat solide.", "Budget mal ficelé !"


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    """Two jurors wrote to the bearer of the first project; the round is closed."""
    room = Room(jury_db)
    for juror, words in enumerate((KIND, HARSH)):
        tablet = room.tablet(jury_client, juror)
        size = len(tablet.pack()["grid"]["criteria"])
        for project, level in zip(room.projects, (2, 5, 4, 3), strict=True):
            tablet.score(project, [level] * size)
        tablet.send(tablet.operation(room.projects[0], "feedback", words))
    room.close()
    return room


def settle(room: Room, written: str, *, approve: bool, words: str = "") -> None:
    digest = hashlib.sha256(written.encode()).hexdigest()
    with room.db.transaction() as session:
        feedback.settle(
            session,
            room.round_id,
            room.projects[0],
            digest,
            approve=approve,
            words=words or written,
            who=WHO,
            now=clock.now(),
        )


def sign(room: Room) -> None:
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())


def publish(room: Room) -> None:
    with room.db.transaction() as session:
        signing.publish(session, room.round_id, who=WHO, now=clock.now())


def sent(room: Room) -> dict[str, Any]:
    with room.db.reading() as session:
        rows = session.execute(sa.select(outbox.c.envelope).where(outbox.c.type == "jury.result.published.v1"))
        return {row[0]["data"]["project_title"]: row[0]["data"] for row in rows}


def test_only_what_was_approved_is_sent_as_it_was_reworded(room: Room) -> None:
    sign(room)
    settle(room, KIND, approve=True)
    with pytest.raises(RuleError, match="attendent la présidence"):
        publish(room)
    settle(room, HARSH, approve=True, words="Le budget gagnerait à être détaillé.")
    publish(room)
    found = sent(room)["Mil de Casamance"]
    assert found["feedback"] == ["Le budget gagnerait à être détaillé.", KIND]
    assert found["distance"] == "-8.00"
    with pytest.raises(RuleError, match="ne changent plus"):
        settle(room, KIND, approve=False)
    with room.db.reading() as session:
        told = [entry.what for entry in audit.history(session, "round", room.round_id)]
    assert told.count("settled feedback") == 2


def decide(room: Room, envelope: int, *, partial: bool = False) -> None:
    """Everybody asks 5,000 euros, and could do it with 2,000."""
    with room.db.transaction() as session:
        wishes = dict.fromkeys(room.projects, (500_000, 200_000))
        awards.set_pot(
            session, room.round_id, {"envelope": envelope, "years": 1, "wishes": wishes}, who=WHO, now=clock.now()
        )
        awards.decide(session, room.round_id, rule="stop", partial=partial, who=WHO, now=clock.now())


def test_a_mail_says_what_was_awarded_not_how_many_places_there_were(room: Room) -> None:
    for words in (KIND, HARSH):
        settle(room, words, approve=False)
    decide(room, 1_300_000, partial=True)  # for two and a part of the third, where the rulebook has two places
    with room.db.transaction() as session:
        best = session.scalar(sa.select(Award.id).where(Award.rank == 1))
        assert best is not None
        awards.withdraw(session, room.round_id, best, who=WHO, now=clock.now())
    sign(room)
    publish(room)
    found = {
        title: (one["outcome"], (one["award"] or {}).get("cents"), one["distance"]) for title, one in sent(room).items()
    }
    assert found == {
        # "Lumière à Niamey" gave up, and knows it
        "Écoles d’Antsirabe": ("selected", 500_000, "4.00"),
        "Eau à Battambang": ("selected", 300_000, "0.00"),
        "Mil de Casamance": ("reserve", None, "-4.00"),  # what came free is offered to it in another mail
    }


def test_who_publishes_reads_before_what_the_mails_will_say(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    sign(room)
    asked = f"/equipe/tours/{room.round_id}/publier"
    waiting = jury_client.get(asked).text
    assert "2\u00a0mots attendent la présidence" in waiting.replace("2 mots", "2\u00a0mots")
    assert f"/equipe/tours/{room.round_id}/mots/" in waiting
    assert "Décisions annoncées" not in waiting
    for words in (KIND, HARSH):
        settle(room, words, approve=False)
    by_rank = jury_client.get(asked).text
    assert "Décisions annoncées\u202f: 2 retenus, 1 en réserve, 1 non retenu" in by_rank
    with room.db.transaction() as session:
        session.execute(sa.update(Call).values(kind="funding"))
    assert "Aucune aide n’est encore décidée" in jury_client.get(asked).text
    decide(room, 1_500_000)
    by_award = jury_client.get(asked).text
    assert "Décisions annoncées\u202f: 3 retenus, 1 en réserve, 0 non retenu" in by_award
    assert "Aucune aide n’est encore décidée" not in by_award


def test_a_mail_says_that_the_jury_moved_a_rank_and_why(room: Room) -> None:
    for words in (KIND, HARSH):
        settle(room, words, approve=False)
    with room.db.transaction() as session:
        deliberation.move(
            session, room.round_id, room.projects[0], 1, "Le puits ne peut pas attendre.", who=WHO, now=clock.now()
        )
    sign(room)
    publish(room)
    found = {one["rank"]: (title, one["score_rank"], one["move_reason"]) for title, one in sent(room).items()}
    assert found == {
        1: ("Mil de Casamance", 4, "Le puits ne peut pas attendre."),
        2: ("Lumière à Niamey", 1, ""),
        3: ("Écoles d’Antsirabe", 2, ""),
        4: ("Eau à Battambang", 3, ""),
    }


def test_a_bearer_is_answered_in_the_language_of_the_application(room: Room) -> None:
    now = clock.now()
    with room.db.transaction() as session:
        filed = {"filed": {}, "filed_hash": "", "filed_at": now, "rulebook_version": 1}
        about = {"call_id": room.call_id, "project_id": room.projects[1], "created_at": now, "updated_at": now}
        session.add(Application(reference="T-1", state="accepted", locale="en", content={}, **filed, **about))
    sign(room)
    for words in (KIND, HARSH):
        settle(room, words, approve=False)
    publish(room)
    assert sorted(one["person"]["locale"] for one in sent(room).values()) == ["en", "fr", "fr", "fr"]


def test_a_refused_line_is_never_sent(room: Room) -> None:
    sign(room)
    settle(room, KIND, approve=True)
    settle(room, HARSH, approve=False)
    publish(room)
    assert sent(room)["Mil de Casamance"]["feedback"] == [KIND]


def test_the_page_shows_the_lines_without_their_authors(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    base = f"/equipe/tours/{room.round_id}/mots/"
    text = jury_client.get(base).text
    assert KIND in text
    assert "À trancher" in text
    for first, last in JURORS:
        assert last not in text, first
    assert not any(str(juror) in text for juror in room.jurors)
    digest = hashlib.sha256(KIND.encode()).hexdigest()
    for words, status in (("Très bien. " * 200, 422), (" ", 409)):
        refused = jury_client.post(f"{base}{room.projects[0]}/{digest}", data={"decision": "approve", "words": words})
        assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (status, 1)
        assert words.strip() in refused.text
    answer = jury_client.post(f"{base}{room.projects[0]}/{digest}", data={"decision": "approve", "words": KIND})
    assert answer.status_code == 303
    assert "Approuvé" in jury_client.get(base).text
    sign_in(jury_client, "auditor")
    assert jury_client.post(f"{base}{room.projects[0]}/{digest}", data={"decision": "refuse"}).status_code == 403
    with room.db.reading() as session:
        assert [line.state for line in session.scalars(sa.select(FeedbackLine))] == ["approved"]


def test_a_line_of_another_project_or_that_changed_is_unknown(room: Room) -> None:
    with pytest.raises(NotFound):
        settle(room, "jamais écrit", approve=True)
    with room.db.reading() as session:
        lines = queries.feedback_lines(session, queries.rounds_of(session, room.call_id)[0])
    assert {line.written for line in lines} == {KIND, HARSH}


def test_of_two_who_settle_one_line_the_second_reads_the_first(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    digest = hashlib.sha256(KIND.encode()).hexdigest()
    page, where = f"/equipe/tours/{room.round_id}/mots/", f"{room.projects[0]}/{digest}"

    def seen() -> dict[str, str]:
        return {"seen": re.search(rf'{where}">.*?name="seen" value="([^"]+)"', jury_client.get(page).text, re.S)[1]}  # type: ignore[index]

    read = seen()
    approve, refuse = {"decision": "approve", "words": "Un bon partenariat."}, {"decision": "refuse"}
    assert jury_client.post(page + where, data=approve | read).status_code == 303
    late = jury_client.post(page + where, data=refuse | read)
    told = re.sub("[\u202f\xa0]", " ", late.text)
    assert "Quelqu’un d’autre vient d’approuver : « Un bon partenariat. »" in told
    with room.db.reading() as session:
        assert session.scalars(sa.select(FeedbackLine)).one().state == "approved"
    assert jury_client.post(page + where, data=approve | read).status_code == 303, "the same twice asks nobody"
    assert jury_client.post(page + where, data=refuse | seen()).status_code == 303
    with room.db.reading() as session:
        assert session.scalars(sa.select(FeedbackLine)).one().state == "refused"


def test_words_for_who_gave_the_award_back_wait_for_nobody(room: Room, jury_client: Any, sign_in: Any) -> None:
    decide(room, 2_000_000)
    sign(room)
    with pytest.raises(RuleError, match="attendent la présidence"):
        publish(room)
    with room.db.transaction() as session:
        line = session.scalars(sa.select(Award.id).where(Award.project_id == room.projects[0])).one()
        awards.withdraw(session, room.round_id, line, who=WHO, now=clock.now())
    sign_in(jury_client, "secretary")
    assert KIND not in jury_client.get(f"/equipe/tours/{room.round_id}/mots/").text
    publish(room)
    assert len(sent(room)) == 3
