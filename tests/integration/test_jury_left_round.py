"""A round that another one followed stands as it was, whatever members and bearers do since; and the rounds after."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import outbox_file, queries, replay
from services.jury.models import LateEntry, Recusal, Round
from services.jury.use_cases import awards, calls, feedback, members, next_round, outbox_files, rounds, signing
from services.jury.use_cases import room as stage
from shared import clock
from shared.errors import RuleError
from tests.integration.test_jury_outbox_file import criterion, saved
from tests.integration.test_jury_results import publish, scored, told
from tests.integration.test_jury_second_round import exported, make, open_second, score, sign, this, titles
from tests.integration.test_jury_withdrawals import link_of, withdraw
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import PROJECTS, WHO, Room

MIL, LIGHT, SCHOOLS, WATER = PROJECTS


@pytest.fixture
def first(jury_db: Any, jury_client: Any) -> Room:
    """Closed; the juror of the first place scored everything."""
    return scored(Room(jury_db), jury_client)


@pytest.fixture
def filed(jury_db: Any) -> tuple[Room, list[Any]]:
    call_id = open_call(jury_db)
    found = add_filed(jury_db, call_id, {"title": "Un"}, {"title": "Deux"}, {"title": "Trois"})
    return Room.of_dossiers(jury_db, call_id, found), found


def change(room: Room, what: Callable[[Session], Any]) -> Any:
    with room.db.transaction() as session:
        return what(session)


def draft(room: Room) -> dict[str, Any]:
    """What its minutes would say now."""
    return change(room, lambda session: signing.drafted(session, session.get_one(Round, room.round_id)))


def recusal_of(room: Room, juror: int) -> Callable[[Session], Any]:
    def lift(session: Session) -> None:
        found = session.scalars(sa.select(Recusal.id).where(Recusal.juror_id == room.jurors[juror])).one()
        calls.lift_recusal(session, found, who=WHO, now=clock.now())

    return lift


# As it was


def test_a_member_who_goes_later_was_of_its_jury(first: Room) -> None:
    for juror in first.jurors:
        change(
            first,
            lambda session, juror=juror: stage.note_presence(  # type: ignore[misc]
                session, first.round_id, juror, "present", who=WHO, now=clock.now()
            ),
        )
    make(first)
    gone = first.jurors[1]
    change(first, lambda session: members.leave(session, first.call_id, gone, "Empêché.", who=WHO, now=clock.now()))
    assert draft(first)["quorum"] == {"members": 3, "present": 3, "needed": 2}


def test_its_minutes_tell_the_recusals_as_they_stood(first: Room) -> None:
    first.recuse(1, 0)
    first.recuse(2, 3)
    change(first, recusal_of(first, 2))
    make(first)
    before = draft(first)["recusals"]
    change(first, recusal_of(first, 1))
    first.recuse(0, 1)
    assert [(one["project"], one["lifted_at"] is None) for one in before] == [(1, True), (4, False)]
    assert draft(first)["recusals"] == before


def test_no_tablet_is_paired_with_it_any_more(first: Room) -> None:
    """Nor does a code for it end the one that was mailed for the next round."""
    make(first)
    with pytest.raises(RuleError, match="Le tour suivant est fait"):
        first.code()


def test_a_value_that_a_file_brings_late_waits_and_counts_no_more(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    kept = outbox_file.read(saved(room, tablet, tablet.operation(room.projects[0], criterion(tablet), 4)))
    room.close()
    make(room, projects=[0, 1], reason="Personne n’a noté : le jury choisit.")
    change(room, lambda session: outbox_files.take_in(session, room.round_id, kept, who=WHO, now=clock.now()))
    entry = change(room, lambda session: session.scalars(sa.select(LateEntry.id)).one())

    def settle(*, accept: bool) -> None:
        with room.db.transaction() as session:
            rounds.settle_late(session, room.round_id, entry, accept=accept, who=WHO, now=clock.now())

    with pytest.raises(RuleError, match="il ne change plus"):
        settle(accept=True)
    settle(accept=False)
    assert room.cells() == {}


def test_its_words_to_those_who_go_on_wait_for_nobody(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    for project in (0, 3):
        score(tablet, room.projects[project], 5 - project)
        tablet.send(tablet.operation(room.projects[project], "feedback", f"Un mot pour le projet {project + 1}."))
    room.close()
    make(room, projects=[0])
    with room.db.reading() as session:
        (line,) = queries.feedback_lines(session, session.get_one(Round, room.round_id))
    assert line.written == "Un mot pour le projet 4."
    sign(room)
    with pytest.raises(RuleError, match="attendent la présidence"):
        publish(room)
    words = {"approve": True, "words": line.written, "who": WHO, "now": clock.now()}
    change(room, lambda s: feedback.settle(s, room.round_id, line.project_id, line.digest, **words))
    publish(room)
    assert told(room, "feedback")[WATER] == ["Un mot pour le projet 4."]
    assert MIL not in told(room)


def test_a_bearer_reads_nowhere_before_the_results_who_stopped(filed: Any, jury_client: Any) -> None:
    """The page says the same to all; who gives up then is told nothing, and the round stays as it was."""
    room, dossiers = filed
    room.open()
    room.close()
    make(room, projects=[0], reason="Personne n’a noté : le jury choisit.")
    sign(room)
    before = exported(room)
    pages = [jury_client.get(f"/dossiers/{link_of(room.db, one)}/retirer").text for one in dossiers]
    assert ["Retirer ma candidature ?" in page.replace("\u202f", " ") for page in pages] == [True] * 3
    withdraw(room, dossiers[2])
    assert exported(room) == before
    assert publish(room) == 1
    assert told(room) == {"Deux": "not_selected"}
    assert "écrivez à l’organisateur" in jury_client.get(f"/dossiers/{link_of(room.db, dossiers[1])}/retirer").text


# The rounds after


def test_a_member_who_was_not_chosen_is_called_in_later(first: Room, jury_client: Any, sign_in: Any) -> None:
    second = open_second(first, jurors=[0])
    sign_in(jury_client, "secretary")
    page = f"/equipe/appels/{first.call_id}/jury"
    where = f"{page}/{first.jurors[2]}/sieger"
    assert where in jury_client.get(page).text
    assert "Appairée" not in jury_client.get(page).text, "the tablet of the first round is none of this one"
    for _ in range(2):
        assert jury_client.post(where).status_code == 303
    assert where not in jury_client.get(page).text
    assert second.tablet(jury_client, 2).pack()["round"]["title"] == "Oral devant le jury"
    with first.db.reading() as session:
        assert len(queries.jurors_in(session, session.get_one(Round, second.round_id))) == 2


def test_its_pages_of_projects_offer_nothing_that_would_be_refused(first: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    make(first)
    projects = f"/equipe/appels/{first.call_id}/projets"
    pages = [jury_client.get(path).text for path in (projects, f"{projects}/{first.projects[0]}")]
    assert ["les projets de l’appel ne changent plus" in page for page in pages] == [True, True]
    assert ("Importer un fichier" in pages[0], ">Garder<" in pages[1]) == (False, False)
    assert "Retirer ce projet" in pages[1]


def test_the_best_are_ticked_and_what_is_typed_stays(first: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    typed = {
        "title": "Oral du soir",
        "reason": "Une raison.",
        "projects": str(first.projects[3]),
        "jurors": [str(first.jurors[1])],
        "premiers": "3",
        "tick": "1",
    }
    page = jury_client.post(f"/equipe/tours/{first.round_id}/suite/", data=typed)
    assert page.status_code == 200
    assert 'value="Oral du soir"' in page.text
    assert "Une raison." in page.text
    ticked = {one for one in (*first.projects, *first.jurors) if _on(page.text, one)}
    assert ticked == {*first.projects[:3], first.jurors[1]}
    assert this(first).left_at is None


def test_enter_makes_the_round_but_ticks_where_another_number_was_typed(
    first: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{first.round_id}/suite/"
    typed = {"title": "Oral", "projects": [str(one) for one in first.projects[:2]], "jurors": [str(first.jurors[1])]}
    page = jury_client.post(where, data=typed | {"best": "2", "premiers": "1"})
    assert (page.status_code, [_on(page.text, one) for one in first.projects]) == (200, [True, False, False, False])
    assert this(first).left_at is None
    assert jury_client.post(where, data=typed | {"best": "2", "premiers": "2"}).status_code == 303
    assert this(first).left_at is not None


def _on(page: str, key: uuid.UUID) -> bool:
    return "checked" in page.split(f'value="{key}"')[1].split(">")[0]


def test_a_third_round_shares_the_money_out_and_each_answers_its_own(first: Room, jury_client: Any) -> None:
    second = open_second(first, projects=[0, 1, 2], jurors=[0, 1])
    tablet = second.tablet(jury_client)
    for project, level in zip(first.projects[:3], (3, 5, 1), strict=True):
        score(tablet, project, level)
    second.close()
    third = make(second, projects=[1, 0], jurors=[1], title="Visite", shows_former=True)
    assert titles(third) == [MIL, LIGHT]
    assert [one["outcome"] for one in sign(second)["ranking"]] == ["goes_on", "goes_on", "not_selected"]
    with pytest.raises(RuleError, match="il ne change plus"):
        change(first, lambda s: awards.set_pot(s, second.round_id, _wishes(first), who=WHO, now=clock.now()))
    third.open()
    tablet = third.tablet(jury_client, 1)
    for project, level in zip(first.projects[:2], (5, 4), strict=True):
        score(tablet, project, level)
    assert [one["former"] for one in tablet.pack()["projects"]] == ["12.00", "20.00"]
    third.close()
    change(first, lambda s: awards.set_pot(s, third.round_id, _wishes(first), who=WHO, now=clock.now()))
    change(first, lambda s: awards.decide(s, third.round_id, rule="skip", partial=False, who=WHO, now=clock.now()))
    sign(third)
    publish(first)
    assert told(first) == {WATER: "not_selected"}
    publish(second)
    publish(third)
    assert told(first) | {MIL: "", LIGHT: ""} == {MIL: "", LIGHT: "", SCHOOLS: "not_selected", WATER: "not_selected"}
    assert sorted(told(first)[one] for one in (MIL, LIGHT)) == ["reserve", "selected"]
    for one in (first, second, third):
        assert replay.recompute(exported(one))[1]


def _wishes(room: Room) -> dict[str, Any]:
    """An envelope for one of the two."""
    return {"envelope": 500_000, "years": 1, "wishes": dict.fromkeys(room.projects[:2], (500_000, None))}


def test_a_later_round_taken_back_leaves_the_one_before_chosen(first: Room, jury_client: Any) -> None:
    second = open_second(first)
    second.close()
    third = make(second, projects=[0], reason="Personne n’a noté : le jury choisit.")
    change(first, lambda session: next_round.take_back(session, third.round_id, who=WHO, now=clock.now()))
    assert (this(second).chosen, this(second).left_at, this(second).choice) == (True, None, "")
    assert titles(second) == [MIL, LIGHT]
    assert this(first).left_at is not None
