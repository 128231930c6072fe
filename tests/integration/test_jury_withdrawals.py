"""A bearer takes an application back: a draft is erased, what was filed is withdrawn and the jury no longer sees it."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import minutes, minutes_pdf, queries
from services.jury.models import Application, ApplicationVersion, Attachment, Award, Call, Project, Round
from services.jury.use_cases import (
    application_papers,
    applications,
    awards,
    deliberation,
    members,
    readings,
    reviews,
    room,
    signing,
    withdrawals,
)
from shared import audit, clock
from shared.errors import RuleError
from tests.jury_dossiers import SITE, add_filed, open_call
from tests.jury_followup import facts
from tests.jury_room import WHO, Room

WHY = "Le partenaire renonce."
OUT, BACK = "jury.application.withdrawn.v1", "jury.application.restored.v1"


@pytest.fixture
def filed(jury_db: Any) -> tuple[Room, list[Application]]:
    """Three applications, accepted; the round is not open yet."""
    call_id = open_call(jury_db)
    found = add_filed(jury_db, call_id, {"title": "Un"}, {"title": "Deux"}, {"title": "Trois"})
    return Room.of_dossiers(jury_db, call_id, found), found


def link_of(db: Any, application: Application) -> str:
    with db.transaction() as session:
        return applications.issue(session, application.id, clock.now())


def withdraw(room: Room, application: Application, why: str = WHY) -> None:
    token = link_of(room.db, application)
    with room.db.transaction() as session:
        withdrawals.withdraw(session, token, why, site=SITE, now=clock.now())


def restore(room: Room, application: Application, *, later: dt.timedelta = dt.timedelta()) -> None:
    with room.db.transaction() as session:
        withdrawals.restore(session, application.id, site=SITE, who=WHO, now=clock.now() + later)


def titles(room: Room) -> list[str]:
    with room.db.reading() as session:
        return [project.title for project in queries.projects_of(session, room.call_id)]


def started(db: Any) -> tuple[uuid.UUID, str]:
    call_id = open_call(db)
    data = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example", "locale": "fr"}
    with db.transaction() as session:
        return call_id, applications.start(session, call_id, data, site=SITE, now=clock.now())


def test_a_draft_is_erased_after_a_question_and_its_links_open_nothing(jury_db: Any, jury_client: Any) -> None:
    call_id, token = started(jury_db)
    with jury_db.transaction() as session:
        key = session.scalars(sa.select(Call.rulebook)).one()["attachments"][0]["key"]
        paper = {"name": "a.pdf", "media_type": "application/pdf", "size": 9, "sha256": "0" * 64}
        application_papers.attach(session, token, key, **paper, now=clock.now())  # type: ignore[arg-type]
        private = application_papers.attach(session, token, key, **paper | {"name": "Zoé.pdf"}, now=clock.now())  # type: ignore[arg-type]
        application_papers.detach(session, token, private.id, now=clock.now())
        application_papers.attach(session, token, key, **paper, now=clock.now())  # type: ignore[arg-type]
    assert f"/dossiers/{token}/retirer" in jury_client.get(f"/dossiers/{token}").text
    asked = jury_client.get(f"/dossiers/{token}/retirer")
    assert "1 pièce jointe s’efface aussi" in asked.text
    assert jury_client.get(f"/dossiers/{token}").status_code == 200, "asking changes nothing"
    gone = jury_client.post(f"/dossiers/{token}/effacer")
    assert (gone.status_code, gone.location) == (303, f"/appels/{call_id}")
    assert jury_client.get(f"/dossiers/{token}").status_code == 404
    with jury_db.reading() as session:
        for model in (Application, ApplicationVersion, Attachment):
            assert session.scalar(sa.select(sa.func.count()).select_from(model)) == 0
        told = session.scalars(sa.select(sa.cast(audit.audit_entries.c.after, sa.Text))).all()
    assert not [one for one in told if one and ".pdf" in one], "the journal names no file of it"


def test_what_was_filed_is_withdrawn_with_a_reason_and_proof_by_mail(filed: Any, jury_client: Any) -> None:
    room, (_one, two, _three) = filed
    token = link_of(room.db, two)
    assert jury_client.post(f"/dossiers/{token}/effacer").status_code == 303
    empty = jury_client.post(f"/dossiers/{token}/retirer", data={"why": "  "})
    assert (empty.status_code, "Écrivez pourquoi" in empty.text) == (422, True)
    assert titles(room) == ["Un", "Deux", "Trois"]
    done = jury_client.post(f"/dossiers/{token}/retirer", data={"why": WHY}, follow_redirects=True)
    assert "La preuve vous est envoyée" in done.text
    assert WHY in done.text
    assert titles(room) == ["Un", "Trois"]
    jury_client.post(f"/dossiers/{token}/retirer", data={"why": "encore"})
    (fact,) = facts(room, OUT)
    assert (fact["project_title"], fact["why"]) == ("Deux", WHY)
    assert fact["undo_until"] is not None
    assert f"/dossiers/{token}/retirer" not in done.text


def test_an_open_round_goes_on_without_it(filed: Any, jury_client: Any) -> None:
    room, (_one, two, _three) = filed
    with room.db.transaction() as session:
        numbers = {"per_project": 2, "per_juror": 3, "seed": "albi"}
        seen = readings.propose(session, session.get_one(Round, room.round_id), **numbers)
        readings.adopt(session, room.round_id, **numbers, digest=seen.digest, site=SITE, who=WHO, now=clock.now())
        plan = {"starts_at": clock.now(), "pitch": 5, "questions": 5, "pause": 0, "order": "numbers"}
        room_use(session, room, plan)
    room.open()
    tablet = room.tablet(jury_client)
    with room.db.reading() as session:
        before = queries.assigned(session, session.get_one(Round, room.round_id))
    withdraw(room, two)
    assert "Deux" not in [project.get("title") for project in tablet.pack()["projects"]]
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        assert [turn.project for turn in queries.room_view(session, this).turns] == [
            str(room.projects[0]),
            str(room.projects[2]),
        ]
        assert {project for _juror, project in queries.assigned(session, this) or ()} == {
            room.projects[0],
            room.projects[2],
        }
        assert room.projects[1] not in {project for _j, project in queries.board(session, this, 0).states}
    restore(room, two)
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        assert queries.assigned(session, this) == before, "with the readers it had"
        assert [turn.project for turn in queries.room_view(session, this).turns][-1] == str(room.projects[1])
    assert [fact["project_title"] for fact in facts(room, BACK)] == ["Deux"]


def test_it_comes_back_without_the_reader_who_left_meanwhile(filed: Any) -> None:
    room, (_one, two, _three) = filed
    with room.db.transaction() as session:
        numbers = {"per_project": 2, "per_juror": 3, "seed": "albi"}
        seen = readings.propose(session, session.get_one(Round, room.round_id), **numbers)
        readings.adopt(session, room.round_id, **numbers, digest=seen.digest, site=SITE, who=WHO, now=clock.now())
    room.open()
    project = room.projects[1]
    gone, stays = readers(room, project)
    withdraw(room, two)
    with room.db.transaction() as session:
        members.leave(session, room.call_id, gone, "Elle est élue ailleurs.", who=WHO, now=clock.now())
    restore(room, two)
    assert readers(room, project) == [stays]
    with room.db.reading() as session:
        lacking = queries.missing_readings(session, session.get_one(Round, room.round_id))
    assert lacking[project] == 1, "the page says that somebody must read it"


def readers(room: Room, project: uuid.UUID) -> list[uuid.UUID]:
    with room.db.reading() as session:
        given = queries.assigned(session, session.get_one(Round, room.round_id)) or set()
    return sorted(juror for juror, what in given if what == project)


def room_use(session: Any, room_: Room, plan: dict[str, Any]) -> None:
    room.plan(session, room_.round_id, plan, who=WHO, now=clock.now())
    room.clock(session, room_.round_id, "pitch", room_.projects[1], who=WHO, now=clock.now())


def scored(room: Room, client: Any) -> None:
    """The first project best, then the second, then the third; the round is closed."""
    room.open()
    tablet = room.tablet(client)
    size = len(tablet.pack()["grid"]["criteria"])
    for project, level in zip(room.projects, (4, 3, 2), strict=True):
        tablet.score(project, [level] * size)
    with room.db.transaction() as session:
        session.execute(
            sa.update(Round).values(
                frozen=sa.func.jsonb_set(Round.frozen, ["rulebook", "minimum_readings"], sa.text("'1'::jsonb"))
            )
        )
    room.close()


def test_after_the_closing_it_is_ranked_no_more_and_the_minutes_do_not_rank_it(filed: Any, jury_client: Any) -> None:
    room, (one, _two, _three) = filed
    scored(room, jury_client)
    room_recused(room)
    withdraw(room, one)
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        ranked = [(standing.project, standing.rank) for standing in queries.ranking(session, this)]
        document = signing.drafted(session, this)
    assert ranked == [(str(room.projects[1]), 1), (str(room.projects[2]), 2)]
    assert [line["title"] for line in document["ranking"]] == ["Deux", "Trois"]
    assert [(line["number"], line["title"]) for line in document["given_up"]] == [(1, "Un")]
    assert minutes_pdf.pdf(document, "0" * 64)[:4] == b"%PDF"
    with pytest.raises(RuleError, match="Le tour est clos depuis"):
        restore(room, one)


def test_the_jury_goes_on_moving_ranks_after_a_moved_project_gave_up(filed: Any, jury_client: Any) -> None:
    room, (_one, _two, three) = filed
    scored(room, jury_client)
    why = "Le jury tient à ce partenariat."
    with room.db.transaction() as session:
        deliberation.move(session, room.round_id, room.projects[2], 1, why, who=WHO, now=clock.now())
        deliberation.move(session, room.round_id, room.projects[0], 3, why, who=WHO, now=clock.now())
    withdraw(room, three)
    with room.db.transaction() as session:
        deliberation.move(session, room.round_id, room.projects[0], 1, why, who=WHO, now=clock.now())
    with room.db.reading() as session:
        order = queries.official_order(session, session.get_one(Round, room.round_id))
    assert order == [str(room.projects[0]), str(room.projects[1])]


def room_recused(room: Room) -> None:
    room.recuse(1, 0)


def test_once_the_money_is_shared_out_its_award_goes_to_the_reserve(filed: Any, jury_client: Any) -> None:
    room, (one, _two, _three) = filed
    scored(room, jury_client)
    with room.db.transaction() as session:
        wishes = dict.fromkeys(room.projects, (500000, None))
        now = clock.now()
        awards.set_pot(session, room.round_id, {"envelope": 500_000, "years": 1, "wishes": wishes}, who=WHO, now=now)
        session.execute(
            sa.update(Round).values(frozen=sa.func.jsonb_set(Round.frozen, ["rulebook", "reserve"], sa.text("'5'")))
        )
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now)
    withdraw(room, one)
    with room.db.reading() as session:
        states = dict(session.execute(sa.select(Award.project_id, Award.state)).all())  # type: ignore[arg-type]
    assert [states[project] for project in room.projects] == ["withdrawn", "offered", "reserve"]
    (fact,) = facts(room, OUT)
    assert fact["undo_until"] is None
    with pytest.raises(RuleError, match="ne s’annule plus"):
        restore(room, one)


def test_who_got_nothing_and_gives_up_is_given_nothing_any_more(filed: Any, jury_client: Any) -> None:
    room, (_one, _two, three) = filed
    scored(room, jury_client)
    with room.db.transaction() as session:
        wishes = dict.fromkeys(room.projects, (500000, None))
        now = clock.now()
        awards.set_pot(session, room.round_id, {"envelope": 900_000, "years": 1, "wishes": wishes}, who=WHO, now=now)
        session.execute(
            sa.update(Round).values(frozen=sa.func.jsonb_set(Round.frozen, ["rulebook", "reserve"], sa.text("'0'")))
        )
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now)
    withdraw(room, three)
    with room.db.transaction() as session:
        award = session.scalars(sa.select(Award).where(Award.project_id == room.projects[2])).one()
        assert award.state == "withdrawn"
        with pytest.raises(RuleError, match="ne peut rien recevoir"):
            awards.change(session, room.round_id, award.id, 500_000, who=WHO, now=clock.now())


def test_the_page_tells_nobody_before_the_results_who_is_helped(filed: Any, jury_client: Any) -> None:
    room, dossiers = filed
    scored(room, jury_client)
    with room.db.transaction() as session:
        wishes = dict.fromkeys(room.projects, (500000, None))
        now = clock.now()
        awards.set_pot(session, room.round_id, {"envelope": 500_000, "years": 1, "wishes": wishes}, who=WHO, now=now)
        session.execute(
            sa.update(Round).values(frozen=sa.func.jsonb_set(Round.frozen, ["rulebook", "reserve"], sa.text("'0'")))
        )
        awards.decide(session, room.round_id, rule="stop", partial=False, who=WHO, now=now)

    def pages() -> set[str]:
        found = (jury_client.get(f"/dossiers/{link_of(room.db, one)}/retirer").text for one in dossiers)
        return {re.sub(r"Un\b|Deux|Trois|/dossiers/[\w-]+|value=\"[^\"]+\"", "", page) for page in found}

    assert len(pages()) == 1
    with room.db.transaction() as session:
        signing.sign(session, room.round_id, [minutes.Signer("Aline Vidal", "présidence")], who=WHO, now=clock.now())
    assert len(pages()) == 1


def test_once_the_results_are_known_the_page_says_whom_to_write_to(filed: Any, jury_client: Any) -> None:
    room, (one, _two, _three) = filed
    with room.db.transaction() as session:
        session.execute(sa.update(Round).values(published_at=clock.now()))
    token = link_of(room.db, one)
    page = jury_client.get(f"/dossiers/{token}/retirer")
    assert "écrivez à l’organisateur" in page.text
    assert jury_client.post(f"/dossiers/{token}/retirer", data={"why": WHY}).status_code == 422
    assert titles(room) == ["Un", "Deux", "Trois"]


def test_the_staff_undo_it_within_seven_days(filed: Any, jury_client: Any, sign_in: Any) -> None:
    room, (one, two, _three) = filed
    withdraw(room, one)
    withdraw(room, two)
    with pytest.raises(RuleError, match="plus de sept jours"):
        restore(room, one, later=dt.timedelta(days=7))
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/dossiers/{two.id}").text
    assert "Annuler le retrait" in page
    done = jury_client.post(f"/equipe/dossiers/{two.id}/retablir", follow_redirects=True)
    assert "Le retrait est annulé" in done.text
    assert titles(room) == ["Deux", "Trois"]
    listed = jury_client.get(f"/equipe/appels/{room.call_id}/dossiers?etat=withdrawn").text
    assert len(re.findall(r'<th scope="row"><div><a', listed)) == 1


def test_what_is_withdrawn_is_decided_no_more(jury_db: Any) -> None:
    call_id = open_call(jury_db)
    (one,) = add_filed(jury_db, call_id, {"title": "Un"})
    token = link_of(jury_db, one)
    with jury_db.transaction() as session:
        withdrawals.withdraw(session, token, WHY, site=SITE, now=clock.now())
    with pytest.raises(RuleError, match="retiré par son porteur"), jury_db.transaction() as session:
        reviews.accept(session, one.id, site=SITE, who=WHO, now=clock.now())


def test_the_secretary_takes_a_project_of_a_tribune_out_and_back(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    sign_in(jury_client, "secretary")
    base = f"/equipe/appels/{room.call_id}/projets"
    for why, status in ((" ", 409), ("Le partenaire renonce. " * 50, 422)):
        refused = jury_client.post(f"{base}/{room.projects[0]}/retirer", data={"why": why})
        assert (refused.status_code, refused.text.count('aria-invalid="true"')) == (status, 1)
        assert why.strip() in refused.text
    jury_client.post(f"{base}/{room.projects[0]}/retirer", data={"why": WHY})
    assert room.get(Project, room.projects[0]).withdrawn_why == WHY
    assert "Projets retirés" in jury_client.get(base).text
    assert jury_client.get(f"/equipe/appels/{room.call_id}/jury").status_code == 200
    jury_client.post(f"{base}/{room.projects[0]}/retablir")
    assert room.get(Project, room.projects[0]).withdrawn_at is None


def test_a_late_value_of_a_project_that_gave_up_waits_for_nobody(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    tablet = room.tablet(jury_client)
    criterion = tablet.pack()["grid"]["criteria"][0]["id"]
    room.close()
    tablet.send(tablet.operation(room.projects[0], criterion, 3))
    with jury_db.reading() as session:
        assert queries.waiting_late(session, room.round_id) == 1
    with jury_db.transaction() as session:
        withdrawals.withdraw_project(session, room.projects[0], WHY, who=WHO, now=clock.now())
    sign_in(jury_client, "secretary")
    tray = jury_client.get(f"/equipe/tours/{room.round_id}/tardives").text
    assert ("Projet retiré" in tray, "Accepter" in tray) == (True, False)
    with jury_db.transaction() as session:
        signed = signing.sign(
            session, room.round_id, [minutes.Signer("Aline Vidal", "chair")], who=WHO, now=clock.now()
        )
        assert signed.content["late"] == []
