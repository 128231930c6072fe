"""The committee of experts: asked by mail, it answers in words; a second filing goes to a fresh reader."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries, replay, rules
from services.jury.models import Expert, Opinion, Project, Round
from services.jury.queries import experts as found
from services.jury.use_cases import calls, erasing, experts, reviews, rulebooks, signing, withdrawals
from shared import clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration import test_jury_second_round as second_rounds
from tests.jury_dossiers import CALL, SITE, WHO, add_filed, open_call
from tests.jury_room import Room

MARIE = {
    "first_name": "Marie",
    "last_name": "Sol",
    "email": "marie@experts.example",
    "themes": "eau",
    "countries": "KH",
}
PAUL = {"first_name": "Paul", "last_name": "Ray", "email": "paul@experts.example", "languages": "français, anglais"}
SAID = {"choice": "reserved", "strengths": "Le comité existe déjà.", "weaknesses": "L’entretien n’est pas chiffré."}


@pytest.fixture
def staff(jury_app: Any, sign_in: Callable[..., Any]) -> Any:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    return client


FIELDS = ("first_name", "last_name", "function", "structure", "email", "themes", "countries", "languages")


def a_project(db: Any, call_id: uuid.UUID, **change: str) -> uuid.UUID:
    (filed,) = add_filed(db, call_id, {"reference": uuid.uuid4().hex[:7]} | change)
    with db.transaction() as session:
        return reviews.accept(session, filed.id, site=SITE, who=WHO, now=clock.now()).id


def an_expert(staff: Any, db: Any, who: dict[str, str]) -> uuid.UUID:
    answer = staff.post("/equipe/experts/nouveau", data=who)
    assert answer.status_code == 303, answer.text
    with db.reading() as session:
        return session.scalars(sa.select(Expert.id).where(Expert.email == who["email"])).one()


def page(client: Any, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub("[\u00a0\u202f]", " ", answer.text)


def ask(staff: Any, call_id: uuid.UUID, project: uuid.UUID, expert: uuid.UUID, due_on: str = "2030-01-31") -> Any:
    return staff.post(f"/equipe/appels/{call_id}/avis/{project}", data={"expert": str(expert), "due_on": due_on})


def link(db: Any) -> str:
    """The path of the last request that left by mail."""
    with db.reading() as session:
        kind = outbox.c.type == "jury.opinion.asked.v1"
        fact = session.scalars(sa.select(outbox.c.envelope).where(kind).order_by(outbox.c.id.desc())).first()
    return re.sub(r"^https?://[^/]+", "", fact["data"]["link"])


def one_opinion(db: Any) -> Opinion:
    with db.reading() as session:
        return session.scalars(sa.select(Opinion)).one()


def test_an_expert_is_asked_by_mail_and_answers_without_an_account(jury_app: Any, jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    marie = an_expert(staff, jury_db, MARIE)
    told = page(staff, f"/equipe/appels/{call_id}/avis/{project}")
    assert "thème : eau · connaît le pays · 0 avis en attente" in told
    assert ask(staff, call_id, project, marie).status_code == 303
    client, path = jury_app.test_client(), link(jury_db)
    read = page(client, path)
    assert "L’eau manque." in read
    assert "lea@eau.example" not in read, "an expert reads what a juror reads: no address"
    assert client.post(path, data=SAID).status_code == 303
    assert (one_opinion(jury_db).state, one_opinion(jury_db).choice) == ("given", "reserved")
    assert "L’entretien n’est pas chiffré." in page(staff, f"/equipe/appels/{call_id}/avis/{project}")
    assert client.post(path, data=SAID | {"choice": "favourable"}).status_code == 303, "it may be put right"
    assert one_opinion(jury_db).choice == "favourable"
    journal = page(staff, f"/equipe/appels/{call_id}/journal/")
    assert "Avis d’un expert donné" in journal
    assert "Marie Sol" in journal


def test_an_opinion_without_its_reason_is_given_back_with_what_was_typed(
    jury_app: Any, jury_db: Any, staff: Any
) -> None:
    call_id = open_call(jury_db)
    ask(staff, call_id, a_project(jury_db, call_id), an_expert(staff, jury_db, MARIE))
    answer = jury_app.test_client().post(link(jury_db), data={"choice": "unfavourable", "strengths": "Le comité."})
    assert answer.status_code == 422
    assert "sans raison, un avis n’aide personne" in answer.text
    assert "Le comité." in answer.text
    assert one_opinion(jury_db).state == "asked"


def test_who_declares_a_link_reads_nothing_more_and_is_not_proposed_again(
    jury_app: Any, jury_db: Any, staff: Any
) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    marie = an_expert(staff, jury_db, MARIE)
    ask(staff, call_id, project, marie)
    client, path = jury_app.test_client(), link(jury_db)
    assert client.post(f"{path}/refuser", data={"state": "conflict"}).status_code == 422, "which link?"
    client.post(f"{path}/refuser", data={"state": "conflict", "why": "Je siège à son bureau."})
    assert "L’eau manque." not in page(client, path)
    assert client.post(path, data=SAID).status_code == 422
    told = page(staff, f"/equipe/appels/{call_id}/avis/{project}")
    assert "Je siège à son bureau." in told
    assert "a un lien d’intérêt avec ce projet" in told
    assert ask(staff, call_id, project, marie).status_code >= 400


def test_a_second_filing_goes_to_a_different_reader(jury_app: Any, jury_db: Any, staff: Any) -> None:
    first = open_call(jury_db)
    project = a_project(jury_db, first)
    marie, paul = an_expert(staff, jury_db, MARIE), an_expert(staff, jury_db, PAUL)
    ask(staff, first, project, marie)
    jury_app.test_client().post(link(jury_db), data=SAID)
    second = open_call(jury_db)
    again = a_project(jury_db, second, title="De l’eau à Battambang, suite")
    told = page(staff, f"/equipe/appels/{second}/avis/{again}")
    assert "Ce projet a déjà été déposé" in told
    assert "Marie Sol – Cette personne a lu ce projet lors de son premier dépôt" in told
    answer = ask(staff, second, again, marie)
    assert answer.status_code >= 400
    assert "un autre regard est demandé" in answer.text
    assert ask(staff, second, again, paul).status_code == 303
    other = a_project(jury_db, second, title="Une école à Rosso", structure="École Fleuve")
    assert ask(staff, second, other, marie).status_code == 303, "another project is not a second filing"


def test_load_and_language_keep_somebody_from_being_asked(jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    one, two = a_project(jury_db, call_id), a_project(jury_db, call_id, title="Une école", structure="École Fleuve")
    paul = an_expert(staff, jury_db, PAUL | {"most": "1"})
    assert ask(staff, call_id, one, paul).status_code == 303
    assert "autant d’avis en attente" in ask(staff, call_id, two, paul).text
    portuguese = a_project(jury_db, call_id, title="Água", structure="Agua Viva", language="pt")
    assert "ne lit pas la langue" in page(staff, f"/equipe/appels/{call_id}/avis/{portuguese}")


def test_a_reminder_leaves_once_a_day_and_the_first_link_still_opens(jury_app: Any, jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    first, opinion = link(jury_db), one_opinion(jury_db)
    staff.post(f"/equipe/appels/{call_id}/avis/{project}/{opinion.id}/relancer")
    assert link(jury_db) == first, "the request left a moment ago"
    with jury_db.transaction() as session:
        tomorrow = clock.now() + dt.timedelta(days=1, minutes=1)
        asked_about = session.get_one(Project, project)
        experts.remind(session, asked_about, opinion.id, site=SITE, who=WHO, now=tomorrow)
    assert link(jury_db) != first
    assert jury_app.test_client().get(first).status_code == 200
    staff.post(f"/equipe/appels/{call_id}/avis/{project}/{opinion.id}/reprendre")
    assert "plus rien n’est attendu de vous" in page(jury_app.test_client(), first)
    assert jury_app.test_client().post(first, data=SAID).status_code == 422


def test_a_request_is_reached_through_its_own_project_only(jury_db: Any, staff: Any) -> None:
    call_id, other_call = open_call(jury_db), open_call(jury_db)
    project, beside = a_project(jury_db, call_id), a_project(jury_db, call_id, title="Une école")
    elsewhere = a_project(jury_db, other_call)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    opinion = one_opinion(jury_db).id
    for call, one in ((call_id, beside), (other_call, elsewhere), (other_call, project)):
        for what in ("relancer", "reprendre"):
            assert staff.post(f"/equipe/appels/{call}/avis/{one}/{opinion}/{what}").status_code == 404
    assert one_opinion(jury_db).state == "asked"


@pytest.mark.parametrize("shown", [False, True])
def test_jurors_read_opinions_only_where_the_rulebook_of_their_round_says_so(
    shown: bool, jury_app: Any, jury_db: Any, staff: Any
) -> None:
    with jury_db.transaction() as session:
        call = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now())
        call_id = call.id
        rulebooks.revise(
            session, call_id, {"opinions_shown": shown}, CALL["closes_on"], site=SITE, who=WHO, now=clock.now()
        )
        calls.open_call(session, call_id, url=SITE, who=WHO, now=clock.now())
    room = Room.of_dossiers(jury_db, call_id, add_filed(jury_db, call_id, {"reference": "R1"}))
    room.open()
    (project,) = room.projects
    tablet = room.tablet(jury_app.test_client())
    jury_app.test_client().post("/api/tablet/confirm", json={}, headers=tablet.headers)
    before = tablet.pack()["projects"][0]["dossier"]
    with jury_db.transaction() as session:
        marie = experts.keep(
            session,
            None,
            {n: MARIE.get(n, "") for n in FIELDS} | {"most": None, "away": False},
            who=WHO,
            now=clock.now(),
        )
        one = session.get_one(Project, project)
        experts.ask(session, one, marie.id, dt.date(2030, 1, 31), site=SITE, who=WHO, now=clock.now())
    jury_app.test_client().post(link(jury_db), data=SAID)
    read = jury_app.test_client().get(f"/api/tablet/projects/{project}/dossier", headers=tablet.headers).json
    told = [one["text"] for one in read["texts"] if "Avis du comité d’experts" in one["title"]]
    assert bool(told) is shown
    assert (tablet.pack()["projects"][0]["dossier"] != before) is shown
    assert "Marie" not in str(read)


def test_the_minutes_and_the_replay_tell_opinions_and_no_score_changes(jury_app: Any, jury_db: Any, staff: Any) -> None:
    room = Room(jury_db)
    marie = an_expert(staff, jury_db, MARIE)
    assert ask(staff, room.call_id, room.projects[0], marie).status_code == 303
    jury_app.test_client().post(link(jury_db), data=SAID)
    with jury_db.transaction() as session:
        before = queries.ranking(session, session.get_one(Round, room.round_id))
    room.close()
    with jury_db.reading() as session:
        this = session.get_one(Round, room.round_id)
        document = signing.drafted(session, this)
        exported = signing.replay_of(session, this)
        assert [one.score for one in queries.ranking(session, this)] == [one.score for one in before]
    assert [(one["number"], one["choice"], one["expert"]) for one in document["opinions"]] == [
        (1, "reserved", "Marie Sol")
    ]
    assert exported["opinions"] == [{"project": str(room.projects[0]), "choice": "reserved"}]
    assert replay.recompute(exported)[1], "the ranking is computed without them"
    assert "Favorable sous réserve" in page(staff, f"/equipe/tours/{room.round_id}/proces-verbal")
    assert jury_app.test_client().post(link(jury_db), data=SAID).status_code == 422, "the round is closed"


def test_an_expert_who_asks_to_be_erased_becomes_a_pseudonym(jury_app: Any, jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    ask(staff, call_id, a_project(jury_db, call_id), an_expert(staff, jury_db, MARIE))
    path = link(jury_db)
    jury_app.test_client().post(path, data=SAID)
    data = {"request_id": uuid.uuid4(), "email": MARIE["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    assert jury_app.test_client().get(path).status_code == 404
    with jury_db.reading() as session:
        left = session.scalars(sa.select(Expert)).one()
    assert (left.first_name, left.email) == ("Expert·e", "")
    assert one_opinion(jury_db).strengths == SAID["strengths"]


def test_the_link_that_an_erased_expert_declared_still_counts_and_says_nothing(
    jury_app: Any, jury_db: Any, staff: Any
) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    why = {"state": "conflict", "why": "Mon frère siège à son bureau."}
    jury_app.test_client().post(f"{link(jury_db)}/refuser", data=why)
    data = {"request_id": uuid.uuid4(), "email": MARIE["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    left = one_opinion(jury_db)
    assert (left.state, left.why) == ("conflict", "")


def test_an_expert_who_is_erased_is_awaited_and_reminded_no_more(jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    data = {"request_id": uuid.uuid4(), "email": MARIE["email"], "email_hash": "x" * 64}
    with jury_db.transaction() as session:
        erasing.erase(session, data, clock.now())
    assert one_opinion(jury_db).state == "taken"
    assert "Rappeler" not in page(staff, f"/equipe/appels/{call_id}/avis/{project}")


def test_nobody_is_reminded_of_an_opinion_that_can_be_given_no_more(jury_app: Any, jury_db: Any, staff: Any) -> None:
    room = Room(jury_db)
    ask(staff, room.call_id, room.projects[0], an_expert(staff, jury_db, MARIE))
    path, opinion = link(jury_db), one_opinion(jury_db)
    room.close()
    assert "Rappeler" not in page(staff, f"/equipe/appels/{room.call_id}/avis/{room.projects[0]}")
    with jury_db.transaction() as session, pytest.raises(RuleError, match="clos"):
        tomorrow = clock.now() + dt.timedelta(days=1, minutes=1)
        asked_about = session.get_one(Project, room.projects[0])
        experts.remind(session, asked_about, opinion.id, site=SITE, who=WHO, now=tomorrow)
    late = jury_app.test_client().post(path, data=SAID)
    assert late.status_code == 422
    assert SAID["weaknesses"] in late.text, "what was typed is given back"


def test_no_opinion_is_asked_about_a_project_that_gave_up(jury_db: Any, staff: Any) -> None:
    room = Room(jury_db)
    marie = an_expert(staff, jury_db, MARIE)
    with jury_db.transaction() as session:
        withdrawals.withdraw_project(session, room.projects[0], "Plus personne.", who=WHO, now=clock.now())
    answer = ask(staff, room.call_id, room.projects[0], marie)
    assert answer.status_code == 409
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Opinion)).all() == []


def test_the_dossier_is_read_as_long_as_an_answer_is_awaited(jury_app: Any, jury_db: Any, staff: Any) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    client, path = jury_app.test_client(), link(jury_db)
    assert "L’eau manque." in page(client, path)
    with jury_db.transaction() as session:
        session.get_one(Project, project).withdrawn_at = clock.now()
        session.get_one(Project, project).withdrawn_why = "Plus personne."
    told = page(client, path)
    assert "L’eau manque." not in told
    assert "Ce projet s’est retiré" in told
    assert client.post(path, data=SAID).status_code == 422


def test_two_windows_add_the_same_expert_at_once(jury_db: Any) -> None:
    marie = {n: MARIE.get(n, "") for n in FIELDS} | {"most": None, "away": False}

    def add() -> str:
        try:
            with jury_db.transaction() as session:
                experts.keep(session, None, marie, who=WHO, now=clock.now())
        except RuleError as refusal:
            return refusal.code
        return "added"

    with ThreadPoolExecutor(1) as other, jury_db.transaction() as session:
        experts.keep(session, None, marie, who=WHO, now=clock.now())
        added = other.submit(add)
        wait([added], timeout=0.5)
        session.commit()
        assert added.result(5) == "twin"


def test_the_link_of_an_expert_that_went_astray_is_closed_by_them_or_by_the_staff(
    jury_app: Any, jury_db: Any, staff: Any
) -> None:
    call_id = open_call(jury_db)
    project = a_project(jury_db, call_id)
    ask(staff, call_id, project, an_expert(staff, jury_db, MARIE))
    opinion, client = one_opinion(jury_db), jury_app.test_client()
    where = f"/equipe/appels/{call_id}/avis/{project}"

    def opens(*paths: str) -> list[int]:
        return [client.get(path).status_code for path in paths]

    first = link(jury_db)
    assert client.post(f"{first}/liens", follow_redirects=True).text.count("Un seul lien ouvre votre page") == 1
    renewed = staff.post(f"{where}/{opinion.id}/lien", follow_redirects=True).text
    second = link(jury_db)
    assert (opens(first, second), "un nouveau part par courriel" in renewed) == ([404, 200], True)
    with jury_db.transaction() as session:
        third = f"/expertise/{experts.issue(session, opinion.id, clock.now())}"
    assert "2 liens ouvrent votre page" in page(client, f"{second}/liens")
    assert (client.post(f"{second}/liens").location, opens(second, third)) == (second, [200, 404])
    assert client.post(f"{third}/liens").status_code == 404
    # What was said stays, and nobody is mailed for it.
    assert client.post(second, data=SAID).status_code == 303
    closed = staff.post(f"{where}/{opinion.id}/lien", follow_redirects=True).text
    assert (opens(second), link(jury_db) == second, "un nouveau part" in closed) == ([404], True, False)
    assert one_opinion(jury_db).choice == "reserved"
    assert staff.post(f"{where}/{uuid.uuid4()}/lien").status_code == 404


def test_of_two_who_close_each_others_link_to_an_opinion_at_once_one_stays(
    jury_app: Any, jury_db: Any, staff: Any
) -> None:
    call_id = open_call(jury_db)
    ask(staff, call_id, a_project(jury_db, call_id), an_expert(staff, jury_db, MARIE))
    with jury_db.transaction() as session:
        theirs = experts.issue(session, one_opinion(jury_db).id, clock.now())
    mine = link(jury_db).rpartition("/")[2]

    def close() -> int:
        with jury_db.transaction() as session:
            return experts.close_other_links(session, theirs, now=clock.now())

    with ThreadPoolExecutor(1) as pool:
        with jury_db.transaction() as session:
            experts.close_other_links(session, mine, now=clock.now())
            late = pool.submit(close)
            assert not wait([late], 0.5).done  # for the lock
        assert late.result(30) == 0
    client = jury_app.test_client()
    assert [client.get(f"/expertise/{one}").status_code for one in (mine, theirs)] == [200, 404]


def test_what_is_said_in_a_second_round_changes_nothing_of_the_first(
    jury_app: Any, jury_db: Any, jury_client: Any, staff: Any
) -> None:
    room, client = Room(jury_db), jury_app.test_client()
    links = []
    for who, project in ((MARIE, 0), (PAUL, 1)):
        assert ask(staff, room.call_id, room.projects[project], an_expert(staff, jury_db, who)).status_code == 303
        links.append(link(jury_db))
    assert client.post(links[0], data=SAID).status_code == 303
    second = second_rounds.make(second_rounds.scored(room, jury_client))
    signed = second_rounds.sign(room)

    def told(of: Room) -> list[tuple[str, str]]:
        return [(one["project"], one["choice"]) for one in second_rounds.exported(of).get("opinions", [])]

    first = [(str(room.projects[0]), "reserved")]
    assert told(room) == first
    # Once another round follows, what Marie said stays; what Paul says is of the second.
    assert client.post(links[0], data=SAID | {"choice": "favourable"}).status_code == 422
    assert client.post(links[1], data=SAID).status_code == 303
    assert told(room) == first
    assert rules.content_hash(second_rounds.exported(room)) == signed["replay_hash"], "as it was signed"
    with jury_db.reading() as session:
        held = found.given_in(session, session.get_one(Round, second.round_id))
    assert [project.id for _opinion, _expert, project in held] == [room.projects[0], room.projects[1]]
    # Nobody is asked about a project that stopped.
    where = f"/equipe/appels/{room.call_id}/avis/{room.projects[3]}"
    assert "arrêté à un tour précédent" in page(staff, where)
    with jury_db.reading() as session:
        paul = session.scalars(sa.select(Expert.id).where(Expert.email == PAUL["email"])).one()
    refused = staff.post(where, data={"expert": str(paul), "due_on": "2030-01-31"}, follow_redirects=True)
    assert "arrêté à un tour précédent" in refused.text
    assert link(jury_db) == links[1]
