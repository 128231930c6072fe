"""The calibration exercise before a round: the same sheets and the same outbox, and nothing of it counts."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.minutes import Signer
from services.jury.models import LateEntry, Project
from services.jury.use_cases import calls, exercise, rounds, signing
from shared import clock
from shared.errors import RuleError
from tests.jury_room import WHO, Room, Tablet
from tests.tablet_screen import applied_once


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, opened=False)


def begin(room: Room) -> list[uuid.UUID]:
    """Start the exercise; the ids of its two projects."""
    with room.db.transaction() as session:
        found = exercise.begin(session, room.round_id, who=WHO, now=clock.now())
        return [project.id for project in queries.projects_of(session, found.call_id)]


def stop(room: Room) -> None:
    with room.db.transaction() as session:
        exercise.stop(session, room.round_id, who=WHO, now=clock.now())


def spreads(room: Room) -> list[tuple[int, ...]]:
    """Jurors per level, of the first sample's criteria."""
    with room.db.reading() as session:
        view = queries.exercise_view(session, rounds.find_round(session, room.round_id))
    assert view is not None
    return [one.counts for one in view.spreads[view.projects[0].id]]


def test_before_the_round_a_tablet_gets_the_samples_and_says_that_it_is_an_exercise(
    room: Room, jury_client: Any
) -> None:
    samples = begin(room)
    pack = room.tablet(jury_client).pack()
    assert pack["round"]["exercise"] is True
    assert (pack["round"]["id"], pack["round"]["state"]) == (str(room.round_id), "open")
    assert [one["id"] for one in pack["projects"]] == [str(one) for one in samples]
    assert all(one["title"] and one["summary"] for one in pack["projects"])
    assert next(c["title"] for c in pack["grid"]["criteria"]) == "Besoin et pertinence"


def test_a_score_of_the_exercise_is_kept_once_and_shown_again(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    tablet = room.tablet(jury_client)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    sent = tablet.operation(samples[0], criterion, 4)
    assert [one["outcome"] for one in tablet.send(sent)] == ["applied"]
    assert [one["outcome"] for one in tablet.send(sent)] == ["duplicate"]
    assert tablet.pack()["cells"] == [{"project_id": str(samples[0]), "field": criterion, "value": 4, "version": 1}]


def test_the_room_sees_how_levels_spread(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    for juror, levels in enumerate(([1, 2, 3, 4, 5, 3, 3, 3], [1, 2, 3, 4, 1, 3, 3, 3], [5, 2, 3, 4, 5, 3, 3, 3])):
        room.tablet(jury_client, juror).score(samples[0], levels)
    stop(room)
    assert spreads(room)[0] == (0, 2, 0, 0, 0, 1)
    assert spreads(room)[4] == (0, 1, 0, 0, 0, 2)


def test_nothing_is_shown_before_the_exercise_ends(room: Room, jury_client: Any, sign_in: Any) -> None:
    samples = begin(room)
    room.tablet(jury_client).score(samples[0], [1, 2, 3, 4, 5, 3, 3, 3])
    sign_in(jury_client, "secretary")
    address = f"/equipe/tours/{room.round_id}/exercice/"
    before = jury_client.get(address).text
    assert "<b>1</b> fiche complète sur 6" in before
    assert "spread-dots" not in before
    stop(room)
    assert "spread-dots" in jury_client.get(address).text


def test_the_screen_in_the_room_shows_the_exercise(room: Room, jury_client: Any, sign_in: Any) -> None:
    begin(room)
    sign_in(jury_client, "secretary")
    screen = f"/equipe/tours/{room.round_id}/ecran"
    assert "Exercice" in jury_client.get(screen).text
    room.open()
    assert "Exercice" not in jury_client.get(screen).text


def test_the_exercise_leaves_no_trace_in_the_round(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    tablets = [room.tablet(jury_client, juror) for juror in range(3)]
    for tablet in tablets:
        tablet.score(samples[0], [0] * 8)
        tablet.send(tablet.operation(samples[0], "comment", "mot de l’exercice"))
    room.open()
    for tablet in tablets:
        for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
            tablet.score(project, [level] * 8)
    room.close()
    with room.db.transaction() as session:
        this = rounds.find_round(session, room.round_id)
        board = queries.board(session, this, 0)
        document = signing.replay_of(session, this)
        assert queries.texts(session, this, "comment") == {}
        minutes = signing.sign(
            session, this.id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now()
        ).content
    names = {str(one) for one in samples}
    assert board.complete == board.expected == 12
    assert {one["project"] for one in document["ranking"]} == {str(one) for one in room.projects}
    assert not names & set(_strings(document))
    assert not names & set(_strings(minutes))
    assert "mot de l’exercice" not in set(_strings(minutes))


def _strings(document: Any) -> list[str]:
    if isinstance(document, dict):
        return [text for key, value in document.items() for text in [key, *_strings(value)]]
    if isinstance(document, list):
        return [text for value in document for text in _strings(value)]
    return [document] if isinstance(document, str) else []


def test_what_arrives_after_the_exercise_is_received_and_never_late(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    tablet = room.tablet(jury_client)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    room.open()
    assert [one["outcome"] for one in tablet.send(tablet.operation(samples[1], criterion, 2))] == ["applied"]
    room.close()
    assert [one["outcome"] for one in tablet.send(tablet.operation(samples[0], criterion, 2))] == ["applied"]
    assert room.count(LateEntry) == 0


def test_opening_the_round_ends_the_exercise_and_asks_for_conflicts(room: Room, jury_client: Any) -> None:
    begin(room)
    tablet = room.tablet(jury_client)
    room.open()
    pack = tablet.pack()
    assert (pack["round"]["exercise"], pack["juror"]["confirmed"]) == (False, False)
    assert [one["id"] for one in pack["projects"]] == [str(one) for one in room.projects]
    with room.db.reading() as session:
        found = queries.exercise_of(session, room.round_id)
        assert found is not None
        assert found.state == "closed"


def test_a_project_of_the_round_is_not_scored_before_it_opens(room: Room, jury_client: Any) -> None:
    begin(room)
    tablet = room.tablet(jury_client)
    result = tablet.send(tablet.operation(room.projects[0], "comment", "trop tôt"))[0]
    assert (result["outcome"], result["reason"]) == ("refused", "Ce tour n’est pas encore ouvert.")
    assert (room.cells(), room.count(LateEntry)) == ({}, 0)


def test_the_samples_are_in_no_list(room: Room, jury_client: Any, sign_in: Any) -> None:
    samples = begin(room)
    with room.db.reading() as session:
        assert [line.call.id for line in queries.calls(session)] == [room.call_id]
        assert [one.id for one in queries.projects_of(session, room.call_id)] == room.projects
        hidden = session.get_one(Project, samples[0]).call_id
        exercise = queries.exercise_of(session, room.round_id)
        assert exercise is not None
    sign_in(jury_client, "secretary")
    assert jury_client.get(f"/equipe/appels/{room.call_id}").status_code == 200
    assert jury_client.get(f"/equipe/appels/{hidden}").status_code == 404
    for page in ("tableau", "ecran/tableau", "salle/tableau", "salle/"):
        assert jury_client.get(f"/equipe/tours/{room.round_id}/{page}").status_code == 200, page
        assert jury_client.get(f"/equipe/tours/{exercise.id}/{page}").status_code == 404, page


def test_a_sample_of_another_jury_is_refused(room: Room, jury_client: Any, jury_db: Any) -> None:
    begin(room)
    tablet = room.tablet(jury_client)
    with jury_db.transaction() as session:
        other = _another_round(session)
        found = exercise.begin(session, other, who=WHO, now=clock.now())
        foreign = queries.projects_of(session, found.call_id)[0].id
    result = tablet.send(tablet.operation(foreign, "comment", "ailleurs"))[0]
    assert (result["outcome"], result["reason"]) == ("refused", "Ce projet ne fait pas partie de ce tour.")


def _another_round(session: Any) -> uuid.UUID:
    data = {"title": "Autre", "organiser_name": "O", "organiser_email": "o@agora.example", "places": 1, "reserve": 0}
    call = calls.create_tribune(session, data, who=WHO, now=clock.now())
    juror = {"first_name": "Zoé", "last_name": "Autre", "function": "", "email": "", "chairs": False}
    calls.add_juror(session, call.id, juror, who=WHO, now=clock.now())
    return queries.rounds_of(session, call.id)[0].id


def test_once_the_round_is_open_there_is_no_exercise_any_more(room: Room) -> None:
    room.open()
    with pytest.raises(RuleError, match="avant l’ouverture"):
        begin(room)


def test_an_exercise_that_was_stopped_may_go_on(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    tablet = room.tablet(jury_client)
    stop(room)
    assert tablet.pack()["round"]["state"] == "closed"
    assert begin(room) == samples
    assert tablet.pack()["round"]["state"] == "open"


def test_without_an_exercise_no_tablet_is_paired_before_the_round(room: Room) -> None:
    with pytest.raises(RuleError, match="quand le tour est ouvert"):
        room.code(0)


def test_the_secretary_begins_with_dossiers_of_her_own(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    address = f"/equipe/tours/{room.round_id}/exercice/"
    fields = {"title_1": "Puits", "summary_1": "Un puits.", "title_2": "École", "summary_2": "Une école."}
    answer = jury_client.post(address, data=fields)
    assert answer.status_code == 303
    pack = room.tablet(jury_client).pack()
    assert [one["title"] for one in pack["projects"]] == ["Puits", "École"]
    assert jury_client.post(address, data=fields | {"title_2": ""}).status_code == 422


def test_scores_of_the_exercise_replay_like_any_other(room: Room, jury_client: Any) -> None:
    samples = begin(room)
    tablet: Tablet = room.tablet(jury_client)
    tablet.score(samples[0], [1, 2, 3, 4, 5, 3, 3, 3])
    tablet.score(samples[1], [5, 4, 3, 2, 1, 3, 3, 3])
    applied_once(room)
    with room.db.reading() as session:
        kept = session.scalar(sa.select(sa.func.count()).select_from(Project).where(Project.call_id == room.call_id))
    assert kept == len(room.projects)
