"""The room deliberates: trying changes nothing, a moved rank has its reason in the minutes, doubt is refused aloud."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries, rules
from services.jury.minutes import Signer
from services.jury.models import Juror, Minutes, Move, ScoreCell
from services.jury.use_cases import chairing, deliberation, signing
from shared import audit, clock
from shared.errors import RuleError
from tests.jury_room import WHO, Room

REASON = "Le jury juge le partenariat plus mûr que la note ne le dit."


@pytest.fixture
def room(jury_db: Any, jury_client: Any) -> Room:
    """Three jurors score all four projects; the better one has the lower number."""
    room = Room(jury_db)
    for juror in range(3):
        tablet = room.tablet(jury_client, juror)
        size = len(tablet.pack()["grid"]["criteria"])
        for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
            tablet.score(project, [level] * (size - 1) + [max(0, level - juror)])
            if level <= juror:  # the lowest level asks for a comment
                tablet.send(tablet.operation(project, "comment", "Rien au dossier."))
    return room


def order(room: Room, *, decided: bool = True) -> list[int]:
    with room.db.reading() as session:
        this = room_round(room, session)
        found = queries.decided(session, this) if decided else queries.ranking(session, this)
        return [room.projects.index(p.id) + 1 for s in found for p in projects(session, room) if str(p.id) == s.project]


def projects(session: Any, room: Room) -> Any:
    return queries.projects_of(session, room.call_id)


def room_round(room: Room, session: Any) -> Any:
    return queries.rounds_of(session, room.call_id)[0]


def move(room: Room, project: int, place: int, reason: str = REASON) -> None:
    with room.db.transaction() as session:
        deliberation.move(session, room.round_id, room.projects[project - 1], place, reason, who=WHO, now=clock.now())


def page(room: Room, client: Any, query: str = "") -> str:
    found = client.get(f"/equipe/tours/{room.round_id}/deliberation/{query}")
    assert found.status_code == 200
    return str(found.text)


def test_nothing_is_shown_of_scores_while_the_round_is_open(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    text = page(room, jury_client)
    assert "Après la clôture" in text
    assert 'id="doubt"' not in text
    assert "Ordre de discussion" in text


def test_a_moved_rank_decides_and_stands_in_the_minutes_with_its_reason(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    room.close()
    sign_in(jury_client, "secretary")
    data = {"project": str(room.projects[2]), "place": "1", "reason": REASON}
    moved = jury_client.post(f"/equipe/tours/{room.round_id}/deliberation/deplacer", data=data)
    assert moved.status_code == 303
    assert order(room) == [3, 1, 2, 4]
    assert order(room, decided=False) == [1, 2, 3, 4]
    assert REASON in page(room, jury_client)
    assert "La délibération a déplacé 1 rang" in jury_client.get(f"/equipe/tours/{room.round_id}/classement").text
    told = jury_client.get(f"/equipe/tours/{room.round_id}/mots/").text
    assert f"Mis par le jury à la place 1 : « {REASON} »" in told.replace("\u00a0", " ").replace("\u202f", " ")
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    with room.db.reading() as session:
        content = session.scalars(sa.select(Minutes)).one().content
        told = [entry.what for entry in audit.history(session, "round", room.round_id)]
    assert [(m["project"], m["place"], m["reason"]) for m in content["moves"]] == [(3, 1, REASON)]
    first = content["ranking"][0]
    assert (first["number"], first["rank"], first["outcome"]) == (3, 1, "selected")
    assert "moved rank" in told
    with pytest.raises(RuleError, match="avant la signature"):
        move(room, 4, 1)


def test_no_rank_moves_without_a_reason_nor_before_closing(room: Room, jury_client: Any, sign_in: Any) -> None:
    with pytest.raises(RuleError, match="après la clôture"):
        move(room, 2, 1)
    room.close()
    with pytest.raises(RuleError, match="raison"):
        move(room, 2, 1, "   parce    ")
    with pytest.raises(RuleError, match="autre rang"):
        move(room, 2, 2)
    with room.db.transaction() as session, pytest.raises(sa.exc.IntegrityError, match="ck_moves_reason"):
        session.add(
            Move(
                round_id=room.round_id,
                position=1,
                project_id=room.projects[0],
                place=2,
                reason=" court ",
                moved_at=clock.now(),
                moved_by=WHO,
            )
        )
        session.flush()
    sign_in(jury_client, "secretary")
    data = {"project": str(room.projects[2]), "place": "1", "reason": "bref"}
    where = f"/equipe/tours/{room.round_id}/deliberation/deplacer"
    assert jury_client.post(where, data=data).status_code == 422
    nowhere = jury_client.post(where, data=data | {"place": "99", "reason": "Le seul projet de Niamey."})
    assert (nowhere.status_code, "Choisissez un autre rang" in nowhere.text) == (409, True)
    assert "Le seul projet de Niamey.</textarea>" in nowhere.text


def test_the_desk_tries_and_changes_nothing(room: Room, jury_client: Any, sign_in: Any) -> None:
    room.close()
    sign_in(jury_client, "secretary")
    before = order(room)
    with room.db.reading() as session:
        frozen = room_round(room, session).frozen_hash
        last = queries.criteria_of(session, room.call_id)[-1].id
    text = page(room, jury_client, f"?without={room.jurors[0]}&w_{last}=900")
    assert "Ce qui suit est un essai" in text
    assert 'id="what-if"' in text
    assert page(room, jury_client, "?without=nobody&w_x=-3&envelope=zut")
    assert order(room) == before
    with room.db.reading() as session:
        assert room_round(room, session).frozen_hash == frozen


def test_severity_is_for_the_chair_alone(room: Room, jury_client: Any, sign_in: Any) -> None:
    room.close()
    with room.db.transaction() as session:
        chair = chairing.make_link(session, room.call_id, room.jurors[0], who=WHO, now=clock.now())
    in_the_chair = jury_client.application.test_client()
    in_the_chair.post(f"/presidence/{chair}")
    assert "la sévérité, une question" in page(room, in_the_chair)
    sign_in(jury_client, "secretary")
    text = page(room, jury_client)
    assert "la correction ne peut pas changer l’ordre" in text
    assert re.search(r"CCI de la moyenne\)</dt><dd>[01],\d\d</dd>", text)
    assert "la sévérité, une question" not in text


def test_the_agreement_shows_how_many_gave_the_same_score(room: Room, jury_client: Any, sign_in: Any) -> None:
    with room.db.transaction() as session:
        same = sa.update(ScoreCell).where(
            ScoreCell.project_id == room.projects[1], ScoreCell.field.not_in(rules.TEXT_FIELDS)
        )
        session.execute(same.values(value=4))
    room.close()
    sign_in(jury_client, "secretary")
    shown = re.findall(r'<svg class="agreement".*?</svg>', page(room, jury_client), re.S)
    drawn = [(re.findall(r"aria-label=\"(\d) notes", one), re.findall(r' r="([\d.]+)"', one)) for one in shown]
    assert drawn[:2] == [(["3"], ["5.0", "5.0", "5.0"]), (["3"], ["8.7"])]


def test_too_few_readings_are_refused_with_the_reason(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    tablet.score(room.projects[0], [3] * len(tablet.pack()["grid"]["criteria"]))
    room.close()
    sign_in(jury_client, "secretary")
    text = page(room, jury_client)
    assert "Pas de note corrigée" in text
    assert "Chaque juré doit avoir rendu au moins 4 fiches" in text.replace("\u202f", " ").replace("\xa0", " ")


def test_two_jurors_of_one_name_are_two_in_the_correction(room: Room, jury_client: Any) -> None:
    with room.db.transaction() as session:
        names = sa.select(Juror.first_name, Juror.last_name).where(Juror.id == room.jurors[0])
        first, last = session.execute(names).one()
        session.get_one(Juror, room.jurors[1]).first_name, session.get_one(Juror, room.jurors[1]).last_name = (
            first,
            last,
        )
        chair = chairing.make_link(session, room.call_id, room.jurors[0], who=WHO, now=clock.now())
    room.close()
    jury_client.post(f"/presidence/{chair}")
    text = page(room, jury_client)
    assert "Pas de note corrigée" not in text
    assert f'<th scope="row">{first} {last}</th>' in text
    assert f'<th scope="row">{first} {last} (2)</th>' in text
