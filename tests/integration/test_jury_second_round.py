"""A second round: the best of a pre-reading go before a jury of their own. Four projects, ranked by number."""

from __future__ import annotations

import contextlib
import io
import json
import uuid
from collections.abc import Callable
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, replay
from services.jury.minutes import Signer
from services.jury.models import Minutes, Round
from services.jury.use_cases import (
    awards,
    calls,
    deliberation,
    grids,
    members,
    next_round,
    paper_sheets,
    readings,
    rounds,
    signing,
    withdrawals,
)
from services.jury.use_cases import room as stage
from shared import clock
from shared.errors import NotFound, RuleError
from tests.integration.test_jury_results import publish, scored, told
from tests.jury_room import JURORS, PROJECTS, WHO, Room, Tablet

MIL, LIGHT, SCHOOLS, WATER = PROJECTS


@pytest.fixture
def first(jury_db: Any, jury_client: Any) -> Room:
    """Closed; the juror of the first place scored everything."""
    return scored(Room(jury_db), jury_client)


def make(room: Room, projects: list[int] | None = None, jurors: list[int] | None = None, **more: Any) -> Room:
    """The room of the second round: over the projects at these places, the two best if none are given."""
    chosen = {
        "title": "Oral devant le jury",
        "projects": [room.projects[n] for n in ((0, 1) if projects is None else projects)],
        "jurors": [room.jurors[n] for n in ((0, 1) if jurors is None else jurors)],
        "shows_former": False,
        "reason": "",
    } | more
    with room.db.transaction() as session:
        made = next_round.make(session, room.round_id, chosen, who=WHO, now=clock.now())
        second = Room.__new__(Room)
        second.db, second.call_id, second.round_id = room.db, room.call_id, made.id
        second.projects, second.jurors = room.projects, room.jurors
        return second


def sign(room: Room) -> dict[str, Any]:
    with room.db.transaction() as session:
        signed = signing.sign(session, room.round_id, [Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
        content: dict[str, Any] = signed.content
        return content


def open_second(first: Room, **chosen: Any) -> Room:
    second = make(first, **chosen)
    sign(first)
    second.open()
    return second


def this(room: Room) -> Round:
    found: Round = room.get(Round, room.round_id)
    return found


def exported(room: Room) -> dict[str, Any]:
    with room.db.reading() as session:
        return signing.replay_of(session, session.get_one(Round, room.round_id))


def titles(room: Room) -> list[str]:
    with room.db.reading() as session:
        return [one.title for one in queries.projects_in(session, session.get_one(Round, room.round_id))]


def score(tablet: Tablet, project: uuid.UUID, level: int) -> None:
    tablet.score(project, [level] * len(tablet.pack()["grid"]["criteria"]))


# How it is made


def test_it_is_over_the_best_of_the_first_and_before_the_jury_that_is_named(first: Room) -> None:
    second = make(first, jurors=[1, 2])
    assert titles(second) == [MIL, LIGHT]
    assert titles(first) == PROJECTS
    with first.db.reading() as session:
        names = [one.last_name for one in queries.jurors_in(session, session.get_one(Round, second.round_id))]
    assert sorted(names) == sorted(last for _first, last in JURORS[1:3])
    assert (this(second).number, this(second).state) == (2, "draft")


def test_other_projects_than_the_best_need_a_reason_that_the_minutes_tell(first: Room) -> None:
    with pytest.raises(RuleError, match="écrivez pourquoi") as refusal:
        make(first, projects=[0, 3])
    assert refusal.value.field == "reason"
    make(first, projects=[0, 3], reason="L’eau est la priorité de l’année.")
    assert titles(first) == PROJECTS
    assert sign(first)["round"]["choice"] == "L’eau est la priorité de l’année."
    with first.db.reading() as session:
        printed = session.scalars(sa.select(Minutes.pdf)).one()
    text = " ".join("\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(printed)).pages).split())
    assert "autrement que par leur rang : L’eau est la priorité" in text.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.parametrize(("none", "words"), [("projects", "au moins un projet"), ("jurors", "au moins un membre")])
def test_it_needs_a_project_and_a_jury(first: Room, none: str, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        make(first, **{none: []})


def test_only_a_closed_round_without_an_answer_is_followed(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    with pytest.raises(RuleError, match="Clôturez d’abord"):
        make(room)
    scored(room, jury_client)
    sign(room)
    with pytest.raises(RuleError, match="déjà la décision"):
        make(room)


def test_it_is_made_once(first: Room) -> None:
    make(first)
    with pytest.raises(RuleError, match="déjà fait"):
        make(first)


def test_a_value_that_waits_is_settled_first(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    room.close()
    tablet.send(tablet.operation(room.projects[0], criterion, 3))
    with pytest.raises(RuleError, match="saisies tardives"):
        make(room)


def test_tablets_speak_as_before_once_one_made_by_mistake_is_taken_back(jury_db: Any, jury_client: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    room.close()
    second = make(room, reason="Ils sont les seuls à être prêts pour un oral.")
    with room.db.transaction() as session:
        next_round.take_back(session, second.round_id, who=WHO, now=clock.now())
    (late,) = tablet.send(tablet.operation(room.projects[0], criterion, 3))
    assert late["outcome"] == "late"
    assert jury_client.post("/api/tablet/heartbeat", json={"pending": 0}, headers=tablet.headers).status_code == 204


def test_one_made_by_mistake_is_taken_back_until_something_hangs_on_it(first: Room) -> None:
    second = make(first)
    with first.db.transaction() as session:
        next_round.take_back(session, second.round_id, who=WHO, now=clock.now())
    assert (this(first).left_at, this(first).chosen) == (None, False)
    second = make(first, projects=[0, 1, 2])
    with first.db.transaction() as session:
        stage.note_presence(session, second.round_id, first.jurors[0], "excused", who=WHO, now=clock.now())
    with pytest.raises(RuleError, match="ne s’annule plus"), first.db.transaction() as session:
        next_round.take_back(session, second.round_id, who=WHO, now=clock.now())
    assert titles(second) == [MIL, LIGHT, SCHOOLS]


# The first round stands as it was


def test_one_with_a_member_of_its_own_is_not_taken_back(first: Room) -> None:
    second = make(first)
    with first.db.transaction() as session:
        data = {"first_name": "Zoé", "last_name": "Neuve", "function": "", "email": "", "chairs": False}
        calls.add_juror(session, first.call_id, data, who=WHO, now=clock.now())
    with pytest.raises(RuleError, match="ne s’annule plus"), first.db.transaction() as session:
        next_round.take_back(session, second.round_id, who=WHO, now=clock.now())


def test_the_first_says_who_goes_on_and_its_ranking_moves_no_more(first: Room) -> None:
    second = make(first)
    content = sign(first)
    assert [one["outcome"] for one in content["ranking"]] == ["goes_on", "goes_on", "not_selected", "not_selected"]
    assert content["round"]["title"] == "Premier tour"
    assert this(second).state == "draft"


def test_a_rank_a_sheet_and_an_envelope_come_too_late_for_it(first: Room) -> None:
    changes: list[Callable[[Session], Any]] = [
        lambda session: deliberation.move(
            session, first.round_id, first.projects[3], 1, "Le projet est plus mûr.", who=WHO, now=clock.now()
        ),
        lambda session: paper_sheets.find_sheet(session, first.round_id, first.jurors[1], first.projects[0]),
        lambda session: awards.set_pot(
            session, first.round_id, {"envelope": 1, "years": 1, "wishes": {}}, who=WHO, now=clock.now()
        ),
    ]
    make(first)
    for change in changes:
        with pytest.raises(RuleError, match="il ne change plus"), first.db.transaction() as session:
            change(session)


def test_what_comes_after_changes_nothing_in_what_an_outsider_recomputes_of_it(first: Room, jury_client: Any) -> None:
    second = open_second(first)
    before = exported(first)
    second.recuse(0, 0)
    with first.db.transaction() as session:
        withdrawals.withdraw_project(session, first.projects[1], "Le partenaire renonce.", who=WHO, now=clock.now())
        data = {"first_name": "Zoé", "last_name": "Neuve", "function": "", "email": "", "chairs": False}
        calls.add_juror(session, first.call_id, data, who=WHO, now=clock.now())
    assert exported(first) == before
    assert replay.recompute(before)[1]
    assert titles(second) == [MIL]


def test_a_tablet_of_the_first_stays_with_it_and_what_it_held_can_only_be_refused(
    jury_db: Any, jury_client: Any, sign_in: Any
) -> None:
    room = Room(jury_db)
    old = room.tablet(jury_client)
    room.close()
    make(room, projects=[0, 1], reason="Personne n’a noté : le jury choisit.")
    assert (old.pack()["round"]["id"], old.pack()["round"]["state"]) == (str(room.round_id), "closed")
    assert jury_client.get("/api/tablet/beside", headers=old.headers).status_code == 200
    (held,) = old.send(old.operation(room.projects[0], "comment", "Écrit avant la clôture."))
    assert held["outcome"] == "late"
    with room.db.reading() as session:
        (late,) = queries.late_tray(session, room.round_id)
    sign_in(jury_client, "secretary")
    tray = jury_client.get(f"/equipe/tours/{room.round_id}/tardives").text
    assert ("Refuser</button>" in tray, "Accepter</button>" in tray) == (True, False)
    for accept in (True, False):
        with contextlib.suppress(RuleError), room.db.transaction() as session:
            rounds.settle_late(session, room.round_id, late.entry.id, accept=accept, who=WHO, now=clock.now())
    assert [one["state"] for one in old.pack()["decisions"]] == ["refused"]
    assert room.cells() == {}


def test_a_project_that_stopped_is_told_by_the_first_and_no_other(first: Room, jury_client: Any, sign_in: Any) -> None:
    make(first)
    sign(first)
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/tours/{first.round_id}/publier").text
    assert "auront leur réponse à la fin de celui-là" in page
    assert publish(first) == 2
    assert told(first) == {SCHOOLS: "not_selected", WATER: "not_selected"}


def test_a_project_that_stopped_has_nothing_to_take_back(first: Room) -> None:
    make(first)
    with pytest.raises(RuleError, match="arrêté à un tour précédent"), first.db.transaction() as session:
        withdrawals.withdraw_project(session, first.projects[3], "Le partenaire renonce.", who=WHO, now=clock.now())


# The second round


def test_it_opens_once_the_minutes_of_the_first_are_signed(first: Room) -> None:
    second = make(first)
    with pytest.raises(RuleError, match="procès-verbal du tour précédent"):
        second.open()
    sign(first)
    second.open()
    assert this(second).frozen_hash is not None


def test_its_grid_may_be_another_one_and_the_first_keeps_its_own(first: Room) -> None:
    second = make(first)
    sign(first)
    one = {"title": "L’oral", "help": "", "weight": 1, "max": 1, "minimum": None, "comment_required_for": []}
    levels = [{"value": n, "label": str(n), "label_en": str(n), "evidence": "", "evidence_en": ""} for n in (0, 1)]
    with first.db.transaction() as session:
        grids.revise(session, first.call_id, [one | {"levels": levels}], who=WHO, now=clock.now())
    second.open()
    assert [c["title"] for c in this(second).frozen["criteria"]] == ["L’oral"]
    assert len(this(first).frozen["criteria"]) > 1
    assert this(first).frozen_hash != this(second).frozen_hash
    assert replay.recompute(exported(first))[1]


def test_a_tablet_gets_its_projects_only_and_no_value_for_another(first: Room, jury_client: Any) -> None:
    second = open_second(first)
    tablet = second.tablet(jury_client)
    pack = tablet.pack()
    assert [one["title"] for one in pack["projects"]] == [MIL, LIGHT]
    assert pack["cells"] == []
    criterion = pack["grid"]["criteria"][0]["id"]
    (refused,) = tablet.send(tablet.operation(first.projects[3], criterion, 3))
    assert (refused["outcome"], refused["reason"]) == ("refused", "Ce projet ne fait pas partie de ce tour.")
    (kept,) = tablet.send(tablet.operation(first.projects[0], criterion, 3))
    assert kept["outcome"] == "applied"


def test_who_does_not_sit_in_it_gets_no_tablet_and_no_page(first: Room, jury_client: Any) -> None:
    second = open_second(first, jurors=[1])
    with pytest.raises(NotFound):
        second.code(0)
    with first.db.transaction() as session, pytest.raises(NotFound):
        stage.note_presence(session, second.round_id, first.jurors[0], "present", who=WHO, now=clock.now())


def test_a_member_who_is_appointed_now_sits_in_it_alone(first: Room) -> None:
    second = make(first)
    with first.db.transaction() as session:
        data = {"first_name": "Zoé", "last_name": "Neuve", "function": "", "email": "", "chairs": False}
        zoe = calls.add_juror(session, first.call_id, data, who=WHO, now=clock.now())
        assert not queries.sits(session, session.get_one(Round, first.round_id), zoe)
        assert queries.sits(session, session.get_one(Round, second.round_id), zoe)
        gone = members.leave(session, first.call_id, zoe.id, "", who=WHO, now=clock.now())
    assert gone.erased


def test_its_quorum_counts_its_own_jury_and_who_is_there_this_time(first: Room, jury_client: Any) -> None:
    tablet = first.tablet(jury_client, 1)
    assert jury_client.post("/api/tablet/confirm", json={}, headers=tablet.headers).status_code < 300
    second = open_second(first, jurors=[0, 1])
    with first.db.reading() as session:
        before = queries.room_view(session, session.get_one(Round, first.round_id)).quorum
        quorum = queries.room_view(session, session.get_one(Round, second.round_id)).quorum
    assert (before.members, before.present) == (3, 1)
    assert (quorum.members, quorum.present) == (2, 0)


def test_its_readings_are_shared_among_its_jury(first: Room) -> None:
    second = make(first, jurors=[0, 1])
    with first.db.transaction() as session:
        found = readings.propose(session, session.get_one(Round, second.round_id), per_project=2, per_juror=2, seed="s")
    assert set(found.pairs) == {(juror, project) for juror in first.jurors[:2] for project in first.projects[:2]}


@pytest.mark.parametrize("shown", [True, False])
def test_a_first_score_is_seen_where_the_round_shows_it_and_after_ones_own_sheet(
    first: Room, jury_client: Any, shown: bool
) -> None:
    second = open_second(first, shows_former=shown)
    tablet = second.tablet(jury_client)
    assert [one["former"] for one in tablet.pack()["projects"]] == ["", ""]
    score(tablet, first.projects[0], 2)
    assert [one["former"] for one in tablet.pack()["projects"]] == ["20.00" if shown else "", ""]


def test_the_last_round_answers_those_who_reached_it(first: Room, jury_client: Any) -> None:
    second = open_second(first)
    tablet = second.tablet(jury_client)
    for project, level in zip(first.projects[:2], (2, 4), strict=True):
        score(tablet, project, level)
    second.close()
    content = sign(second)
    assert content["round"]["title"] == "Oral devant le jury"
    assert [(one["title"], one["outcome"]) for one in content["ranking"]] == [(LIGHT, "selected"), (MIL, "selected")]
    assert publish(second) == 2
    assert told(second) == {LIGHT: "selected", MIL: "selected"}
    assert [exported(one)["round"]["title"] for one in (first, second)] == ["Premier tour", "Oral devant le jury"]
    for one in (first, second):
        assert replay.recompute(json.loads(json.dumps(exported(one))))[1]
    with first.db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Minutes)) == 2


# The pages


def test_the_secretary_makes_it_from_the_ranking(first: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{first.round_id}/suite/"
    assert where in jury_client.get(f"/equipe/tours/{first.round_id}/classement").text
    page = jury_client.get(where).text
    assert page.count("checked") >= 2
    form = {
        "title": "Oral",
        "projects": [str(first.projects[0]), str(first.projects[3])],
        "jurors": [str(one) for one in first.jurors[:2]],
        "reason": "",
    }
    refused = jury_client.post(where, data=form)
    assert refused.status_code == 422
    assert "écrivez pourquoi" in refused.text
    made = jury_client.post(where, data=form | {"reason": "L’eau est la priorité."})
    assert made.status_code == 303
    page = jury_client.get(f"/equipe/appels/{first.call_id}").text
    assert "Oral" in page
    assert f"/equipe/tours/{first.round_id}/classement" in page
    assert "/ouvrir" not in page.replace(f"/equipe/appels/{first.call_id}/ouvrir", ""), "the first is not signed yet"
    assert "Admis au tour suivant" in jury_client.get(f"/equipe/tours/{first.round_id}/classement").text


def test_nobody_makes_one_from_a_page_with_nonsense(first: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/tours/{first.round_id}/suite/"
    for form in (
        {},
        {"projects": "x"},
        {"title": "Oral", "projects": str(uuid.uuid4()), "jurors": str(first.jurors[0])},
    ):
        assert jury_client.post(where, data=form).status_code in (404, 422)
    assert jury_client.post(where, data={"tick": "1", "premiers": "beaucoup"}).status_code == 200
