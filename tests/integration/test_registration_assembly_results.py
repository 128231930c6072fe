"""What came of a vote, as the room and the minutes say it: weights, ties, withdrawals, a meeting without its quorum."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import minutes_replay
from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly import replay
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import TWO_COLLEGES, College, Statutes
from services.registration.use_cases import (
    assemblies,
    assembly_room,
    assembly_votes,
    candidates,
    convening,
    second_session,
)
from services.registration.use_cases.assemblies import PointDraft
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_assembly import HELD, NOW, WHO, arrive, draft, vote

ROOM = ("Commune", "Département", "Coopérative")
NAMES = (("Awa Ba", dt.date(1960, 5, 1)), ("Bruno Petit", dt.date(1955, 1, 9)), ("Chloé Roy", dt.date(1970, 3, 2)))
WEIGHTS = Statutes(
    colleges=(
        College("public", "Acteurs publics", 20, weight="3/2"),
        College("economic", "Acteurs économiques", 13),
        College("associations", "Associations", 20, weight="4"),  # nobody is on the list
    ),
    quorum="0",
    weighted_colleges=True,
)


def held(db: Database, *points: PointDraft, come: bool = True, **more: Any) -> Assembly:
    """Two public voters and an economic one, in the room unless `come` is false."""
    with db.transaction() as session:
        made = assemblies.create(session, draft(points=list(points), **more), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    for structure in ROOM if come else ():
        arrive(db, made, structure)
    return made


def elect(db: Database, title: str, votes: dict[str, int], drawn: list[int] | None = None) -> Motion:
    """Open and close; votes: by candidate, and what else was counted. drawn: the numbers that the tellers said."""
    count = {"blank": 0, "void": 0, "abstained": 0} | votes
    with db.transaction() as session:
        assembly_votes.open_vote(session, vote(db, title), HELD, who=WHO)
        return assembly_votes.decide_election(session, vote(db, title), count, count, HELD, who=WHO, drawn=drawn or ())


def close(db: Database, made: Assembly, at: dt.datetime = HELD) -> dict[str, Any]:
    with db.transaction() as session:
        return assemblies.close(session, made.id, at, who=WHO).minutes or {}


def read(client: Any, made: Assembly, page: str = "/proces-verbal") -> str:
    text = re.sub(r"<[^>]+>", " ", client.get(f"/equipe/assemblees/{made.id}{page}").text)
    return " ".join(html.unescape(text).replace("\u00a0", " ").replace("\u202f", " ").split())


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: HELD)
    sign_in(registration_client, "staff")
    return registration_client


def test_where_colleges_weigh_each_result_is_told_with_the_sum(
    staff: Any, registration_db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Public 1 of 2 at 3/2, economic 1 of 1 at 1, associations with no voter: 3/5 × 1/2 + 2/5 × 1 = 7/10."""
    made = held(registration_db, PointDraft("Budget", "motion", majority="two_thirds"), statutes=WEIGHTS)
    counts = {"public": Count(yes=1, no=1), "economic": Count(yes=1), "associations": Count()}
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, vote(registration_db, "Budget"), HELD, who=WHO)
    assert "Acteurs publics 2, Acteurs économiques 1, Associations : aucun votant." in read(staff, made, "")
    boxes = set(re.findall(r'name="a-(\w+)-yes"', staff.get(f"/equipe/assemblees/{made.id}").text))
    assert boxes == {"public", "economic"}
    with registration_db.transaction() as session:
        decided = assembly_votes.decide_motion(session, vote(registration_db, "Budget"), counts, counts, HELD, who=WHO)
    assert decided.decision == {"adopted": True, "share": "7/10", "tied": False, "by_chair": False}
    file = tmp_path / "pv.json"
    file.write_text(json.dumps(close(registration_db, made)))
    for page in ("", "/ecran", "/proces-verbal"):
        said = read(staff, made, page)
        assert "Acteurs publics : 1 pour sur 2 ; ce collège fait 3/5, soit 60 % du résultat" in said, page
        assert "Associations : aucune voix exprimée ; ce collège ne pèse pas" in said
        assert "Ensemble : 3/5 × 1/2 + 2/5 × 1/1 = 7/10, soit 70 %" in said
        assert re.findall(r"[Aa]tteint|nécessaires?|quorum demandé|Vote ouvert à", said) == (
            ["Vote ouvert à"] if page == "/proces-verbal" else ["quorum demandé"]
        )
    assert minutes_replay.main([str(file)]) == 0
    told = capsys.readouterr().out
    assert "public: 1 of 2, times 3/5 of the result\n" in told
    assert "associations: 0 of 0, times 0 of the result\n   together 7/10\n" in told


def test_a_drawn_tie_says_between_whom_and_anybody_draws_it_again(staff: Any, registration_db: Database) -> None:
    rules = replace(TWO_COLLEGES, election_tie="draw")
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, point, statutes=rules)
    decided = elect(registration_db, "Conseil", {"1": 1, "2": 1, "3": 0}, drawn=[47, 5])
    decision = decided.decision or {}
    assert decision["seed"] == f"{decided.draw_secret} 47 5"
    lots = {one: hashlib.sha256(f"{decision['seed']}\x1f{one}".encode()).hexdigest() for one in ("1", "2")}
    assert decision["elected"] == [min(lots, key=lambda one: lots[one])]
    close(registration_db, made)
    said = read(staff, made)
    assert "Égalité à 1 voix entre" in said
    assert f"tirage au sort, graine {decision['seed']}." in said
    assert all(lot in said for lot in lots.values())
    assert "1. Awa Ba" in said  # the number that the lot is of


def test_half_of_a_draw_is_fixed_before_the_count_and_the_room_says_the_other(
    staff: Any, registration_db: Database
) -> None:
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, point, statutes=replace(TWO_COLLEGES, election_tie="draw"))
    motion = vote(registration_db, "Conseil")
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, motion, HELD, who=WHO)
        secret = session.get_one(Motion, motion).draw_secret
    fixed = hashlib.sha256(secret.encode()).hexdigest()
    assert all(fixed in read(staff, made, page) for page in ("", "/ecran"))

    counts = {f"{teller}-{line}": "1" for teller in "ab" for line in ("1", "2")}
    address = f"/equipe/assemblees/votes/{motion}/clore"
    for numbers, field in (({}, "a"), ({"draw-a": "47"}, "b"), ({"draw-a": "47", "draw-b": "cinq"}, "b")):
        told = staff.post(address, data=counts | {"draw-a": "", "draw-b": ""} | numbers)
        assert (told.status_code, "draw-" + field in told.text) == (422, True)
        assert f'aria-describedby="e-draw-{field}"' in told.text
        assert '<details id="f-draw" open>' in told.text
        assert secret not in told.text
    assert staff.post(address, data=counts | {"draw-a": "47", "draw-b": "05"}).status_code == 303
    minutes = close(registration_db, made)
    said = read(staff, made)
    assert fixed in said
    assert f"graine {secret} 47 5." in said
    assert "après le décompte, 47, 5." in said
    assert replay.faults(minutes) == []

    quoted = minutes["agenda"][0]
    for seed in ("0" * 32 + " 47 5", secret, f"{secret} 47"):  # another secret; no word of the room; of one teller
        elected = min("12", key=lambda one: hashlib.sha256(f"{seed}\x1f{one}".encode()).hexdigest())
        quoted["decision"] |= {"seed": seed, "elected": [elected], "by_tie_rule": [elected]}
        assert [fault[:17] for fault in replay.faults(minutes)] == ["1. Conseil: drawn"]
        older = minutes | {"agenda": [{key: value for key, value in quoted.items() if key != "draw_commitment"}]}
        assert replay.faults(older) == []  # of minutes from before


def test_a_tie_that_age_parts_says_between_whom(staff: Any, registration_db: Database) -> None:
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, point)
    elect(registration_db, "Conseil", {"1": 1, "2": 1, "3": 0})
    said = read(staff, made, "")
    assert "Élu·e : Bruno Petit. Égalité à 1 voix entre Awa Ba, Bruno Petit, pour 1 siège : l’âge a départagé." in said


def test_whoever_withdraws_leaves_the_list_until_the_vote_opens_and_nobody_joins_it(
    staff: Any, registration_db: Database
) -> None:
    """After the last day, and between two rounds, where the others keep their numbers."""
    rules = replace(TWO_COLLEGES, election_tie="second_round", candidates_days=3)
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, point, statutes=rules)
    first = vote(registration_db, "Conseil")
    with registration_db.transaction() as session:
        with pytest.raises(RuleError, match="personne ne s’ajoute"):
            candidates.write(session, first, [*NAMES, ("Driss", None)], HELD, who=WHO)
        candidates.write(session, first, NAMES[1:], HELD, who=WHO)
    elect(registration_db, "Conseil", {"2": 1, "3": 1})
    with registration_db.transaction() as session:
        second = assembly_votes.second_round(session, first, HELD, who=WHO).id
    url, field = f"/equipe/assemblees/{made.id}/candidatures/{second}", f"candidates_{second}"
    assert staff.post(url, data={field: "Bruno Petit\nAwa Ba"}).status_code == 409
    assert staff.post(url, data={field: "CHLOE ROY-NDIAYE"}).status_code == 409
    assert staff.post(url, data={field: "Chloe Roy ; 04/03/1970"}).status_code == 303  # a date that was wrong
    with registration_db.transaction() as session:
        stays = {"id": "3", "name": "Chloe Roy", "born": "1970-03-04"}
        assert session.get_one(Motion, second).candidates == [stays]
        assembly_votes.open_vote(session, second, HELD, who=WHO)
        count = {"3": 2, "blank": 0, "void": 0, "abstained": 0}
        assembly_votes.decide_election(session, second, count, count, HELD, who=WHO)
    minutes = close(registration_db, made)
    assert replay.faults(minutes) == []
    minutes["agenda"][1]["candidates"][0]["id"] = "1"  # somebody whom the first round had beaten
    minutes["agenda"][1]["counts"] = {"1": 2} | dict.fromkeys(("blank", "void", "abstained"), 0)
    minutes["agenda"][1]["decision"]["elected"] = ["1"]
    assert len(replay.faults(minutes)) == 1


def test_a_rehearsal_plays_the_agenda_that_is_prepared_with_invented_people(
    staff: Any, registration_db: Database
) -> None:
    point = PointDraft("Conseil", "election", college="public", seats=2, candidates=NAMES)
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=[PointDraft("Budget", "motion"), point]), NOW, who=WHO)
    where = staff.post(f"/equipe/assemblees/{made.id}/repeter").headers["Location"]
    with registration_db.reading() as session:
        trial = session.scalars(sa.select(Assembly).where(Assembly.rehearsal)).one()
        assert str(trial.id) in where
        assert [(one.title, one.kind, one.seats) for one in trial.motions] == [
            ("Budget", "motion", 0),
            ("Conseil", "election", 2),
        ]
        assert not {one["name"] for one in trial.motions[1].candidates} & {name for name, _born in NAMES}


def test_a_rehearsal_has_every_form_of_vote_and_leaves_no_line_in_the_journal(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = assemblies.rehearse(session, TWO_COLLEGES, NOW, who=WHO)
        forms = {(one.kind, one.secret) for one in made.motions}
        assemblies.remove(session, made.id, NOW, who=WHO)
        told = [row.what for row in audit.history(session, "assembly", made.id)]
    assert forms == {("motion", False), ("motion", True), ("election", False), ("election", True)}
    assert told == ["rehearsal removed"]


def test_a_meeting_that_was_suspended_counts_who_came_back(staff: Any, registration_db: Database) -> None:
    """A second day begins with an empty room, and the minutes say which day each line is of."""
    made = held(registration_db, PointDraft("Budget", "motion"))
    assert "3 personnes présentes sont notées parties" in read(staff, made, "/suspendre")
    assert "suspendue" not in read(staff, made)
    for _twice in range(2):
        assert staff.post(f"/equipe/assemblees/{made.id}/suspendre").status_code == 303
    assert "Séance suspendue Depuis vendredi 3 février 2017" in read(staff, made, "/ecran")
    assert read(staff, made, "").partition("Ce qui s’est passé")[2].count("Séance suspendue") == 1
    tomorrow = HELD + dt.timedelta(days=1)
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_votes.open_vote(session, vote(registration_db, "Budget"), tomorrow, who=WHO)
    assert refused.value.code == "no-quorum"
    for structure in ROOM:
        arrive(registration_db, made, structure, 24 * 60)
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, vote(registration_db, "Budget"), tomorrow, who=WHO)
        with pytest.raises(RuleError, match="encore ouvert"):
            assembly_room.suspend(session, made.id, tomorrow, who=WHO)
        assembly_votes.halt(session, vote(registration_db, "Budget"), tomorrow, who=WHO)
    close(registration_db, made, tomorrow)
    assert "Séance suspendue" not in read(staff, made, "/ecran")
    assert read(staff, made, "").partition("Ce qui s’est passé")[2].count("Séance reprise") == 1
    said = read(staff, made)
    assert re.search(r"Suspendue le vendredi 3 février 2017.*, reprise le samedi 4 février 2017", said)
    minutes = staff.get(f"/equipe/assemblees/{made.id}/proces-verbal.json").get_json()
    assert not replay.faults(minutes)
    assert len(minutes["suspensions"]) == 1
    minutes["suspensions"][0]["resumed_at"] = None
    assert len(replay.faults(minutes)) == 1
    minutes["suspensions"][0]["at"] = minutes["log"][-1]["at"]
    assert "3 still in the room" in replay.faults(minutes)[0]
    assert "vendredi 3 février 2017" in said.partition("émargement")[2]
    assert "samedi 4 février 2017" in said.partition("émargement")[2]


def test_a_meeting_without_its_quorum_is_minuted_and_held_again_on_the_same_agenda(
    staff: Any, registration_db: Database
) -> None:
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, PointDraft("Budget", "motion"), point, come=False)
    arrive(registration_db, made, "Commune")
    with registration_db.transaction() as session, pytest.raises(RuleError):
        second_session.prepare(session, made.id, HELD, who=WHO)
    close(registration_db, made)
    said = read(staff, made)
    assert "Au plus fort de la séance, à 14 h : Acteurs publics, 1 représenté, 1 nécessaire sur 2 ;" in said
    assert "Le quorum n’a été atteint à aucun moment." in said
    assert "Acteurs économiques : il a manqué 1 votant, présent ou représenté par un pouvoir." in said
    assert "Préparer la seconde séance" in read(staff, made, "")
    where = staff.post(f"/equipe/assemblees/{made.id}/seconde-seance").headers["Location"]
    assert staff.post(f"/equipe/assemblees/{made.id}/seconde-seance").headers["Location"] == where  # pressed twice
    assert f'{where.removesuffix("/corriger")}"' in staff.get(f"/equipe/assemblees/{made.id}").text
    with registration_db.reading() as session:
        again = session.scalars(sa.select(Assembly).where(Assembly.state == "draft")).one()
        assert where.endswith(f"{again.id}/corriger")
        assert again.second_session
        assert again.held_at == dt.datetime(2017, 2, 19, 13, tzinfo=dt.UTC)  # fifteen days of notice, and one to send
        assert [one.title for one in again.motions] == ["Budget", "Conseil"]
        assert [one["name"] for one in again.motions[1].candidates] == [name for name, _born in NAMES]
        assert {one.structure for one in again.voters} == {one.structure for one in draft().voters}
    with registration_db.transaction() as session:
        convening.convene(session, again.id, HELD, who=WHO)
        with pytest.raises(RuleError) as refused:
            second_session.prepare(session, made.id, HELD, who=WHO)
    assert refused.value.code == "second-session-made"


def test_the_minutes_of_a_second_session_say_when_each_vote_opened(staff: Any, registration_db: Database) -> None:
    point = PointDraft("Conseil", "election", college="public", seats=1, candidates=NAMES)
    made = held(registration_db, point, second_session=True, come=False)
    arrive(registration_db, made, "Coopérative")  # no quorum is asked, and nobody there has a voice in this election
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        assembly_votes.open_vote(session, vote(registration_db, "Conseil"), HELD, who=WHO)
    assert refused.value.code == "no-voices"
    arrive(registration_db, made, "Commune")
    arrive(registration_db, made, "Département")
    elect(registration_db, "Conseil", {"1": 2, "2": 0, "3": 0})
    assert "Aucun quorum demandé Seconde séance" in read(staff, made, "")
    assert "Aucun quorum demandé" in read(staff, made, "/ecran")
    close(registration_db, made)
    assert "Acteurs publics. Vote ouvert à 14 h." in read(staff, made)


def test_a_meeting_that_had_its_quorum_dispenses_no_other_from_it(staff: Any, registration_db: Database) -> None:
    """Nothing was voted, by choice: what the statutes allow a second session is not for that."""
    made = held(registration_db, PointDraft("Budget", "motion"))
    close(registration_db, made)
    assert "seconde séance" not in read(staff, made, "")
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        second_session.prepare(session, made.id, HELD, who=WHO)
    assert refused.value.code == "no-second-session"


def test_statutes_that_ask_one_college_for_a_quorum_ask_the_assembly_for_none(
    staff: Any, registration_db: Database
) -> None:
    """Nor, where each college is asked, the one whose own is 0; and a meeting that voted nothing says no quorum."""
    public, *others = WEIGHTS.colleges
    rules = replace(WEIGHTS, colleges=(replace(public, quorum="1/2"), *others))
    made = held(registration_db, PointDraft("Budget", "motion"), statutes=rules)
    assert "Atteint 3 représentés sur 3 Acteurs publics : 2 représentés, 1 nécessaire sur 2" in read(staff, made, "")
    close(registration_db, made)
    assert "à 14 h : Acteurs publics, 2 représentés, 1 nécessaire sur 2. " in read(staff, made)
    with registration_db.transaction() as session:
        kept = session.get_one(Assembly, made.id)
        kept.minutes = {**(kept.minutes or {}), "statutes": WEIGHTS.to_json()}
    assert "Aucun vote n’a eu lieu. Aucun quorum n’était demandé." in read(staff, made)


def test_minutes_name_the_two_tellers_who_are_two_people(staff: Any, registration_db: Database) -> None:
    """The next count has their names already; a secret vote counts itself."""
    made = held(registration_db, PointDraft("Budget", "motion"), PointDraft("Bilan", "motion"))
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, vote(registration_db, "Budget"), HELD, who=WHO)
    url = f"/equipe/assemblees/votes/{vote(registration_db, 'Budget')}/clore"
    count = {f"{teller}-{line}": "1" for teller in "ab" for line in ("public-yes", "public-no", "economic-yes")}
    refused = staff.post(url, data=count | {"teller-a": "Léa Sy", "teller-b": "LEA SY"})
    assert (refused.status_code, "deux personnes" in refused.text) == (422, True)
    assert staff.post(url, data=count | {"teller-a": "Léa Sy", "teller-b": "Omar Diallo"}).status_code == 303
    with registration_db.transaction() as session:
        assembly_votes.open_vote(session, vote(registration_db, "Bilan"), HELD, who=WHO)
    room = staff.get(f"/equipe/assemblees/{made.id}").text
    assert re.findall(r'name="teller-[ab]"[^>]*value="([^"]*)"', room) == ["Léa Sy", "Omar Diallo"]
    with registration_db.transaction() as session:
        assembly_votes.halt(session, vote(registration_db, "Bilan"), HELD, who=WHO)
    minutes = close(registration_db, made)
    assert minutes["agenda"][0]["tellers"] == ["Léa Sy", "Omar Diallo"]
    assert "Quorum à l’ouverture, à 14 h : Acteurs publics" in read(staff, made)
    assert "Scrutateurs : Léa Sy, Omar Diallo." in read(staff, made)
    assert replay.faults(minutes) == []


@pytest.mark.parametrize("second_session", [False, True])
def test_where_a_meeting_goes_past_midnight_the_minutes_say_the_day_of_each_vote(
    staff: Any, registration_db: Database, second_session: bool
) -> None:
    made = held(registration_db, PointDraft("Budget", "motion"), PointDraft("Bilan", "motion"), come=False)
    arrive(registration_db, made, "Commune")
    arrive(registration_db, made, "Coopérative")
    late = HELD + dt.timedelta(hours=10, minutes=10)
    with registration_db.transaction() as session:
        session.get_one(Assembly, made.id).second_session = second_session
        for title, at in (("Budget", HELD), ("Bilan", late)):
            counts = {"public": Count(yes=1), "economic": Count(yes=1)}
            motion = vote(registration_db, title)
            assembly_votes.open_vote(session, motion, at, who=WHO)
            assembly_votes.decide_motion(session, motion, counts, counts, at, who=WHO)
    close(registration_db, made, late)
    said = read(staff, made)
    opening = "Vote ouvert le" if second_session else "Quorum à l’ouverture, le"
    assert f"{opening} vendredi 3 février 2017 à 14 h" in said
    assert f"{opening} samedi 4 février 2017 à 0 h 10" in said
    assert "vendredi 3 février 2017 à 14 h Commune de Sainte-Croix" in said  # the sheet too


def test_the_slips_say_where_to_vote_in_parts_that_do_not_break(staff: Any, registration_db: Database) -> None:
    held(registration_db, PointDraft("Budget", "motion", secret=True))
    url = f"/equipe/assemblees/votes/{vote(registration_db, 'Budget')}/ouvrir"
    printed = re.findall(r"((?:<span>[^<]*</span>)+)</p></li>", staff.post(url).text)
    parts = [re.findall(r"<span>(.*?)</span>", one) for one in printed]
    assert ["".join(one) for one in parts] == ["localhost/vote"] * 3
    assert {part[1:].count(".") + part[1:].count("/") for one in parts for part in one} == {0}


def test_a_slip_says_how_many_names_and_that_it_is_too_late(
    registration_client: Any, registration_db: Database
) -> None:
    """Whoever reads the code right is not sent back to read it again without another word."""
    held(registration_db, PointDraft("Conseil", "election", secret=True, college="public", seats=1, candidates=NAMES))
    with registration_db.transaction() as session:
        slips = assembly_votes.open_vote(session, vote(registration_db, "Conseil"), HELD, who=WHO)["public"]
    two = registration_client.post("/vote", data={"code": slips[0], "cast": "1", "choice": ["1", "2"]})
    assert (two.status_code, "Choisissez un nom au plus" in two.text) == (422, True)
    with registration_db.transaction() as session:
        others = assembly_votes.slips_again(session, vote(registration_db, "Conseil"), HELD, who=WHO)["public"]
    void = registration_client.post("/vote", data={"code": slips[0]})
    assert (void.status_code, "d’autres bulletins remplacent celui-ci" in void.text) == (404, True)
    with registration_db.transaction() as session:
        assembly_votes.decide_election(session, vote(registration_db, "Conseil"), {}, {}, HELD, who=WHO)
    late = registration_client.post("/vote", data={"code": others[0]})
    assert (late.status_code, "S’il est juste, ce bulletin ne sert plus" in late.text) == (404, True)


@pytest.mark.parametrize("data", [{}, {"code": "\x00"}, {"code": "ABCD", "cast": "1"}, {"code": "é" * 300}])
def test_a_code_that_is_none_is_said_so(registration_client: Any, data: dict[str, str]) -> None:
    answer = registration_client.post("/vote", data=data)

    assert answer.status_code == 404
    assert "Ce code n’ouvre aucun vote" in answer.text
