"""Who reads what: a proposal that is made again by its seed, adopted as it was seen, and handed over in mid-round."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Juror, LateEntry, Project, Reading, Round
from services.jury.recompute import assign
from services.jury.use_cases import readings
from shared import clock
from shared.errors import RuleError
from tests.jury_room import WHO, Room

SITE = "https://agora.example"
TITLES = [f"Projet {n}" for n in range(1, 9)]
PEOPLE = [("Aline", "Vidal"), ("Bruno", "Castan"), ("Chloé", "Ferrié"), ("David", "Roux"), ("Emma", "Blanc")]


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, TITLES, PEOPLE, opened=False)


def base(room: Room) -> str:
    return f"/equipe/tours/{room.round_id}/lectures"


def adopt(room: Room, *, per_project: int = 3, per_juror: int = 6, seed: str = "albi") -> readings.Proposal:
    numbers = {"per_project": per_project, "per_juror": per_juror, "seed": seed}
    with room.db.transaction() as session:
        seen = readings.propose(session, session.get_one(Round, room.round_id), **numbers)
        return readings.adopt(
            session, room.round_id, **numbers, digest=seen.digest, site=SITE, who=WHO, now=clock.now()
        )


def held(room: Room) -> dict[Any, set[Any]]:
    """Juror → the projects they read now."""
    with room.db.reading() as session:
        pairs = queries.assigned(session, session.get_one(Round, room.round_id)) or set()
    return {juror: {project for j, project in pairs if j == juror} for juror in room.jurors}


def test_who_has_not_finished_reading_is_counted(room: Room, jury_client: Any, sign_in: Any) -> None:
    adopt(room, per_project=1)
    room.open()
    with room.db.transaction() as session:
        session.get_one(Juror, room.jurors[1]).email = "bruno@jury.example"
        session.get_one(Juror, room.jurors[2]).away_since = clock.now()
    tablet = room.tablet(jury_client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project in held(room)[room.jurors[0]]:
        tablet.score(project, [3] * size)
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"{base(room)}/").text
    told = re.search(r"Qui n’a pas fini</h2>\s*<ul>(.*?)</ul>", page, re.DOTALL)
    assert told is not None
    assert "Bruno Castan" in told[1]
    assert "sans adresse" in told[1]
    assert not {"Aline Vidal", "Chloé Ferrié"} & {name for name in ("Aline Vidal", "Chloé Ferrié") if name in told[1]}


def test_the_secretary_looks_adopts_and_anyone_finds_it_again(
    room: Room, jury_client: Any, sign_in: Any, tmp_path: Path, capsys: Any
) -> None:
    room.recuse(0, 0)
    sign_in(jury_client, "secretary")
    query = {"per_project": "3", "per_juror": "6", "seed": "albi"}
    page = jury_client.get(f"{base(room)}/", query_string=query)
    assert page.status_code == 200
    assert page.text.count("matrix-cell is-given") == 3 * len(TITLES)
    assert page.text.count("matrix-cross") == 1
    assert room.count(Reading) == 0  # looking writes nothing
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page.text)[1]  # type: ignore[index]
    room.recuse(1, 1)
    stale = jury_client.post(f"{base(room)}/adopter", data=query | {"digest": digest}, follow_redirects=True)
    assert "ont changé entre-temps" in stale.text
    assert room.count(Reading) == 0
    page = jury_client.get(f"{base(room)}/", query_string=query)
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', page.text)[1]  # type: ignore[index]
    done = jury_client.post(f"{base(room)}/adopter", data=query | {"digest": digest}, follow_redirects=True)
    assert "Les lectures sont réparties" in done.text
    loads = [len(projects) for projects in held(room).values()]
    assert sum(loads) == 24
    assert max(loads) - min(loads) <= 1
    assert room.projects[0] not in held(room)[room.jurors[0]]
    # The command makes the same table of the same file and seed.
    file = tmp_path / "lectures.json"
    file.write_bytes(jury_client.get(f"{base(room)}/entree.json").data)
    capsys.readouterr()
    assert assign([str(file), "--readings", "3", "--max", "6", "--seed", "albi", "--json"]) == 0
    found = {(one["project"], one["juror"]) for one in json.loads(capsys.readouterr().out)["pairs"]}
    with room.db.reading() as session:
        numbers = {p.id: str(p.number) for p in session.scalars(sa.select(Project))}
        names = {j.id: f"{j.first_name} {j.last_name}" for j in session.scalars(sa.select(Juror))}
    assert found == {(numbers[p], names[j]) for j, projects in held(room).items() for p in projects}


def test_what_cannot_be_is_explained_in_the_language_of_the_page(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    text = jury_client.get(f"{base(room)}/", query_string={"per_project": 3, "per_juror": 4, "seed": "x"}).text
    assert "8 projets à 3 lectures en demandent 24" in text
    assert "relevez le maximum de chaque juré d’au moins 1" in text
    for juror in (0, 1, 2):
        room.recuse(juror, 2)
    text = jury_client.get(f"{base(room)}/", query_string={"per_project": 3, "per_juror": 8, "seed": "x"}).text
    assert "Lectures demandées pour le projet 3" in text
    asked = {"per_project": 3, "per_juror": 8, "seed": "x", "lang": "en"}
    text = jury_client.get(f"{base(room)}/", query_string=asked).text
    assert "Readings asked for project 3: 3; jurors without a conflict with it: 2. Add 1 juror" in text
    wrong = jury_client.get(f"{base(room)}/", query_string={"per_project": 0, "per_juror": "beaucoup"})
    assert wrong.status_code == 422


def test_a_juror_sees_and_writes_only_what_was_given(room: Room, jury_client: Any) -> None:
    adopt(room)
    room.open()
    tablet = room.tablet(jury_client, 0)
    mine = held(room)[room.jurors[0]]
    assert {p["id"] for p in tablet.pack()["projects"]} == {str(one) for one in mine}
    other = next(project for project in room.projects if project not in mine)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    (refused,) = tablet.send(tablet.operation(other, criterion, 3))
    assert refused["outcome"] == "refused"
    assert "ne vous est pas confié" in refused["reason"]
    assert room.cells() == {}
    with room.db.reading() as session:
        board = queries.board(session, session.get_one(Round, room.round_id), 0)
    assert board.expected == 24


def test_a_sick_juror_hands_over_open_sheets_and_complete_ones_stay(room: Room, jury_client: Any, sign_in: Any) -> None:
    adopt(room)
    room.open()
    sick, tablet = room.jurors[0], room.tablet(jury_client, 0)
    first, second, *rest = sorted(held(room)[sick])
    size = len(tablet.pack()["grid"]["criteria"])
    tablet.score(first, [4] * size)
    tablet.send(tablet.operation(second, tablet.pack()["grid"]["criteria"][0]["id"], 2))
    sign_in(jury_client, "secretary")
    jury_client.post("/api/tablet/heartbeat", json={"pending": 2}, headers=tablet.headers)
    asked = jury_client.get(f"{base(room)}/passer", query_string={"juror": str(sick)})
    assert "garde 2 saisies" in asked.text
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', asked.text)[1]  # type: ignore[index]
    data = {"juror": str(sick), "digest": digest, "reason": ""}
    assert "Écrivez pourquoi" in jury_client.post(f"{base(room)}/passer", data=data, follow_redirects=True).text
    versions = {j: room.get(Juror, j).version + room.get(Round, room.round_id).version for j in room.jurors}
    data["reason"] = "souffrante depuis midi"
    moved = jury_client.post(f"{base(room)}/passer", data=data | {"digest": "0" * 64})
    assert (moved.status_code, 'value="souffrante depuis midi"' in moved.text) == (409, True)
    long = jury_client.post(f"{base(room)}/passer", data=data | {"reason": "souffrante " * 50})
    assert (long.status_code, "souffrante souffrante" in long.text) == (422, True)
    assert "confiées" in jury_client.post(f"{base(room)}/passer", data=data, follow_redirects=True).text
    now = held(room)
    assert now[sick] == {first}
    readers = [project for projects in now.values() for project in projects]
    assert all(readers.count(project) == 3 for project in room.projects)
    assert max(len(p) for j, p in now.items() if j != sick) <= 6
    for juror, version in versions.items():  # every pack has a new ETag: the tablets are told
        assert room.get(Juror, juror).version + room.get(Round, room.round_id).version > version
    assert {p["id"] for p in tablet.pack()["projects"]} == {str(first)}
    with room.db.reading() as session:
        taken = session.scalars(sa.select(Reading).where(Reading.taken_at.is_not(None))).all()
    assert {one.project_id for one in taken} == {second, *rest}
    assert {one.reason for one in taken} == {"souffrante depuis midi"}
    # What the tablet kept without a network waits in the late tray; accepted, it is hers again, beside the others.
    scores = [tablet.operation(rest[0], one["id"], 3) for one in tablet.pack()["grid"]["criteria"]]
    begun = tablet.operation(second, scores[0]["field"], 5)
    assert {one["outcome"] for one in tablet.send(*scores, begun)} == {"late"}
    tray = jury_client.get(f"/equipe/tours/{room.round_id}/tardives").text
    assert tray.count("passé à un autre membre</span>") == size + 1
    assert ("Les valeurs se lisent une fois le tour clos" in tray, "au lieu de" in tray) == (True, False)
    with room.db.reading() as session:
        waiting = {(one.project_id, one.field): one.id for one in session.scalars(sa.select(LateEntry))}

    def settle(project: Any, field: str, decision: str) -> str:
        where = f"/equipe/tours/{room.round_id}/tardives/{waiting.pop((project, field))}"
        return str(jury_client.post(where, data={"decision": decision}, follow_redirects=True).text)

    settle(second, begun["field"], "refuse")
    fields = [one["field"] for one in scores]
    settle(rest[0], fields[0], "accept")
    tablet.send(tablet.operation(rest[0], fields[1], 1))  # hers again, she corrects herself
    older = waiting[rest[0], fields[1]]
    assert "valeur plus récente" in settle(rest[0], fields[1], "accept")
    assert room.cells()[str(sick), str(rest[0]), fields[1]] == (1, 1)
    waiting[rest[0], fields[1]] = older
    settle(rest[0], fields[1], "refuse")
    for project, field in list(waiting):
        settle(project, field, "accept")
    assert held(room)[sick] == {first, rest[0]}
    told = {(one["project_id"], one["field"], one["state"]) for one in tablet.pack()["decisions"]}
    accepted = {(str(rest[0]), field, "accepted") for field in fields if field != fields[1]}
    assert told == accepted | {
        (str(rest[0]), fields[1], "refused"),
        (str(second), begun["field"], "refused"),
    }
    # What was begun stays in the log and no longer counts; the ranking has three readers for each project.
    room.close()
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        standings = {s.project: s for s in queries.ranking(session, this)}
    assert sum(standings[str(second)].counts.values()) == 3
    assert standings[str(rest[0])].counts["complete"] == 1
    assert standings[str(second)].counts["partial"] == 0
    assert "au lieu de" not in (tray := jury_client.get(f"/equipe/tours/{room.round_id}/tardives").text)
    assert "<b>3</b>" in tray
    with pytest.raises(RuleError, match="clos"), room.db.transaction() as session:
        readings.hand_over(session, room.round_id, None, reason="", digest=digest, site=SITE, who=WHO, now=clock.now())


def test_a_late_conflict_leaves_a_gap_that_is_filled(room: Room, jury_client: Any, sign_in: Any) -> None:
    adopt(room)
    room.open()
    project = next(iter(held(room)[room.jurors[1]]))
    room.recuse(1, room.projects.index(project))
    sign_in(jury_client, "secretary")
    assert "1 lecture manque" in jury_client.get(f"{base(room)}/").text
    asked = jury_client.get(f"{base(room)}/passer")
    digest = re.search(r'name="digest" value="([0-9a-f]{64})"', asked.text)[1]  # type: ignore[index]
    jury_client.post(f"{base(room)}/passer", data={"digest": digest})
    assert sum(project in projects for juror, projects in held(room).items() if juror != room.jurors[1]) == 3
    assert "lecture manque" not in jury_client.get(f"{base(room)}/").text


def test_scores_pin_the_assignment(room: Room, jury_client: Any) -> None:
    adopt(room)
    room.open()
    tablet = room.tablet(jury_client, 0)
    tablet.send(tablet.operation(min(held(room)[room.jurors[0]]), tablet.pack()["grid"]["criteria"][0]["id"], 2))
    with pytest.raises(RuleError, match="main en main"):
        adopt(room, seed="gaillac")


def test_a_blind_round_does_not_tell_who_bears_a_project(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    jury_client.post(f"{base(room)}/reglages", data={"blind": "true"})
    room.open()
    told = json.dumps(room.tablet(jury_client, 0).pack())
    for hidden in ("Association 1", "Porteur1", "porteur1@asso.example", "Dominique"):
        assert hidden not in told
    late = jury_client.post(f"{base(room)}/reglages", data={}, follow_redirects=True)
    assert "la façon de lire ne change plus" in late.text
    assert room.get(Round, room.round_id).blind


@pytest.mark.parametrize("shown", [False, True])
def test_others_scores_are_hidden_until_mine_is_in(room: Room, jury_client: Any, sign_in: Any, shown: bool) -> None:
    sign_in(jury_client, "secretary")
    jury_client.post(f"{base(room)}/reglages", data={"shows_others": "true"} if shown else {})
    room.open()
    mine, theirs = room.tablet(jury_client, 0), room.tablet(jury_client, 1)
    project, size = room.projects[0], len(mine.pack()["grid"]["criteria"])
    theirs.score(project, [5] * size)

    def ask() -> Any:
        return jury_client.get(f"/api/tablet/projects/{project}/others", headers=mine.headers)

    assert (ask().status_code, "scores" in ask().json) == (409, False)
    assert mine.pack()["cells"] == []
    criteria = [c["id"] for c in mine.pack()["grid"]["criteria"]]
    mine.send(*[mine.operation(project, criterion, 1) for criterion in criteria[:-1]])
    assert ask().status_code == 409  # one criterion lacks
    mine.send(mine.operation(project, criteria[-1], 1))
    if shown:
        assert ask().json == {"scores": ["20.00"]}
    else:
        assert ask().status_code == 409


def test_a_member_misspelt_is_put_right_and_no_name_is_taken_twice(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    page = f"/equipe/appels/{room.call_id}/jury/{room.jurors[1]}/"
    before = room.get(Juror, room.jurors[1]).version
    right = {"first_name": "Bruno", "last_name": "Castaing", "function": "Maire d’Albi", "email": "b@albi.example"}
    assert jury_client.post(page, data=right).status_code == 303
    found = room.get(Juror, room.jurors[1])
    assert (found.last_name, found.function, found.email) == ("Castaing", "Maire d’Albi", "b@albi.example")
    assert found.version > before  # tablets and the board show the name anew
    twin = jury_client.post(page, data=right | {"first_name": "aline", "last_name": "VIDAL"})
    assert twin.status_code == 422
    assert "fait déjà partie de ce jury" in twin.text
    assert 'value="VIDAL"' in twin.text
    assert room.get(Juror, room.jurors[1]).last_name == "Castaing"


def test_a_language_is_respected_and_colleges_are_spread(
    room: Room, jury_client: Any, sign_in: Any, tmp_path: Path, capsys: Any
) -> None:
    with room.db.transaction() as session:
        session.get_one(Project, room.projects[2]).language = "pt"
        for at, (languages, college) in enumerate(
            [("fr, pt", "Élus"), ("", "élus"), ("portugais, fr", "Associations")]
        ):
            juror = session.get_one(Juror, room.jurors[at])
            juror.languages, juror.college = languages, college
    proposal = adopt(room, per_project=2)
    readers = {juror for juror, projects in held(room).items() if room.projects[2] in projects}
    assert readers == {room.jurors[0], room.jurors[2]}
    with room.db.reading() as session:
        document = readings.as_input(session, session.get_one(Round, room.round_id))
    file = tmp_path / "entree.json"
    file.write_text(json.dumps(document))
    assert assign([str(file), "--readings", "2", "--max", "6", "--seed", "albi"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(proposal.pairs) + 1
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"{base(room)}/", query_string={"per_project": 3, "per_juror": 6, "seed": "albi"})
    assert "jurés qui lisent sa langue et sans conflit avec lui : 2" in page.text.replace("\u202f", " ")
    assert page.text.count("matrix-cell is-given") == 2 * len(TITLES), "what stands is still shown"


def as_csv(document: dict[str, Any]) -> str:
    """What `entree.json` says, as a table that somebody could type."""
    table = io.StringIO()
    names = ("project", "juror", "affinity", "conflict", "min", "max", "language", "languages", "college")
    rows = csv.DictWriter(table, names)
    rows.writeheader()
    rows.writerows({"project": one["id"], "language": one.get("language", "")} for one in document["projects"])
    for one in document["jurors"]:
        limits = {name: one.get(name, "") for name in ("min", "max", "college")}
        rows.writerow({"juror": one["id"], "languages": ", ".join(one["languages"])} | limits)
    rows.writerows(document["affinities"])
    rows.writerows(one | {"conflict": "oui"} for one in document["conflicts"])
    return table.getvalue()


def test_an_outsider_computes_the_same_readings_and_the_same_refusal(room: Room, tmp_path: Path, capsys: Any) -> None:
    def again() -> list[tuple[int, str, str]]:
        """Status, pairs and reason of the command, from the JSON of the page and from a table."""
        with room.db.reading() as session:
            document = readings.as_input(session, session.get_one(Round, room.round_id))
        said = []
        for name, text in (("entree.json", json.dumps(document)), ("entree.csv", as_csv(document))):
            (tmp_path / name).write_text(text)
            status = assign([str(tmp_path / name), "--readings", "3", "--max", "6", "--seed", "albi"])
            told = capsys.readouterr()
            said.append((status, told.out, told.err.removeprefix(f"{tmp_path / name}: ").strip()))
        return said

    with room.db.transaction() as session:
        first, second = (session.get_one(Juror, room.jurors[at]) for at in (0, 1))
        first.least, first.themes, second.most, second.countries = 6, "eau, école", 3, "SN"
    proposal = adopt(room)
    with room.db.reading() as session:
        projects = {one.id: queries.number(one) for one in session.scalars(sa.select(Project))}
        jurors = {one.id: queries.name(one) for one in session.scalars(sa.select(Juror))}
    pairs = sorted((projects[project], jurors[juror]) for juror, project in proposal.pairs)
    table = "project,juror\n" + "".join(f"{project},{juror}\n" for project, juror in pairs)
    assert again() == [(0, table, "")] * 2
    with room.db.transaction() as session:
        session.get_one(Juror, room.jurors[0]).least = 7
        session.flush()
        with pytest.raises(readings.Infeasible) as refused:
            readings.propose(session, session.get_one(Round, room.round_id), per_project=3, per_juror=6, seed="albi")
    assert again() == [(2, "", refused.value.message)] * 2


def test_the_list_of_members_says_whose_languages_are_not_known_once_it_matters(
    room: Room, jury_client: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/appels/{room.call_id}/jury"
    said, warned = "Aucune dite : français seul", "dans une autre langue que le français"
    with room.db.transaction() as session:
        session.get_one(Juror, room.jurors[0]).languages = "fr, pt"

    def told() -> tuple[int, int, bool]:
        page = re.sub("[\u202f\xa0]", " ", jury_client.get(where).text)
        return page.count(said), page.count("fr, pt"), warned in page

    assert told() == (0, 1, False), "all projects are in French"
    with room.db.transaction() as session:
        session.get_one(Project, room.projects[2]).language = "pt"
    assert told() == (len(room.jurors) - 1, 1, True)


def test_a_language_that_nobody_knows_is_refused_beside_its_field(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "secretary")
    where = f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/"
    data = {"first_name": "Aline", "last_name": "Vidal", "languages": "anglais, klingonais"}
    answer = jury_client.post(where, data=data)
    assert answer.status_code == 422
    assert "Langue inconnue" in answer.text
    assert 'value="anglais, klingonais"' in answer.text
    answer = jury_client.post(where, data=data | {"languages": "", "countries": "Sénégal, Atlantide"})
    assert answer.status_code == 422
    assert "Aucun pays de ce nom" in answer.text
