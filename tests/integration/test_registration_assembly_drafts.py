"""An assembly that nobody was called to yet can be corrected and removed; one that was convened cannot."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, AssemblyVoter, Motion, RoomEntry
from services.registration.rules.assembly.statutes import COOPDEV_2016
from services.registration.use_cases import assemblies, assembly_room
from services.registration.use_cases.assemblies import PointDraft
from shared import clock
from shared.db import Database
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter


@pytest.fixture
def page(registration_client: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The path of a draft with an election, an absent voter's proxy noted; the staff are signed in."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    names = (("Awa Ba", HELD.date().replace(year=1960)), ("Bruno Petit", None))
    election = PointDraft("Élection", "election", secret=True, college="public", seats=1, candidates=names)
    points = [PointDraft("Rapport moral", "motion", majority="two_thirds", present_only=True), election]
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=points, statutes=COOPDEV_2016), NOW, who=WHO)
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Département")
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, made.id, giver, holder, NOW, who=WHO)
    sign_in(registration_client, "staff")
    return f"/equipe/assemblees/{made.id}"


def typed(text: str) -> dict[str, str]:
    """What the fields of the page hold, as a browser would post them."""
    main = text.split("<main", 1)[1]
    found = {}
    for tag in re.findall(r"<input[^>]*>", main):
        at = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if at.get("type") != "checkbox" or re.search(r"\schecked\b", tag):
            found[at.get("name", "")] = at.get("value", "")
    found |= dict(re.findall(r'<textarea[^>]*? name="(\w+)"[^>]*>\n?(.*?)</textarea>', main, re.S))
    for name, options in re.findall(r'<select[^>]*? name="(\w+)"[^>]*>(.*?)</select>', main, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options) or re.search(r'value="([^"]*)"', options)
        found[name] = chosen[1] if chosen else ""
    return {name: html.unescape(value) for name, value in found.items() if name}


def read(client: Any, page: str) -> dict[str, str]:
    """What the question before the notices posts with the order to send them."""
    form = client.get(f"{page}/convoquer").text.split(f'action="{page}/convoquer"')[1].split("</form>")[0]
    return {"seen": form.split('name="seen" value="')[1].split('"')[0]}


def state_of(db: Database) -> tuple[Any, ...]:
    with db.reading() as session:
        made = session.scalars(sa.select(Assembly)).one()
        voters = [(one.structure, one.representative, one.email, one.college) for one in made.voters]
        motions = [
            (one.position, one.title, one.kind, one.majority, one.present_only, one.secret, one.seats, one.candidates)
            for one in made.motions
        ]
        proxies = len(session.scalars(sa.select(RoomEntry)).all())
        return made.title, made.held_at, made.place, made.statutes, voters, motions, proxies


def test_a_structure_whose_name_is_put_right_stays_the_voter_it_was(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    was = {start: voter(registration_db, start) for start in ("Commune", "Département", "Coopérative")}
    form = typed(registration_client.get(f"{page}/corriger").text)
    form["voters"] = form["voters"].replace("Commune de Sainte-Croix", "Ville de Sainte-Croix-Volvestre")
    assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
    now = {start: voter(registration_db, start) for start in ("Ville", "Département", "Coopérative")}
    assert [*now.values()] == [*was.values()]


def test_a_draft_posted_back_as_it_is_shown_changes_nothing(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    before = state_of(registration_db)
    assert f'href="{page}/corriger"' in registration_client.get(page).text
    form = typed(registration_client.get(f"{page}/corriger").text)
    assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
    assert state_of(registration_db) == before


def test_a_draft_is_corrected_in_every_part_and_keeps_the_proxies_of_those_who_stay(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    form = typed(registration_client.get(f"{page}/corriger").text)
    form |= {
        "title": "Assemblée de printemps",
        "date": "samedi 4 février 2017",
        "place": "Albi",
        "statutes": "two-colleges",
    }
    form["voters"] = form["voters"].replace("Éloïse", "Élodie").replace("Coopérative des Causses", "Fonderie du Lac")
    form |= {"point1_title": "Rapport financier", "point3_title": "Questions diverses", "point3_kind": "point"}
    assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
    title, held_at, place, statutes, voters, motions, proxies = state_of(registration_db)
    assert (title, held_at.date().isoformat(), place) == ("Assemblée de printemps", "2017-02-04", "Albi")
    assert [one["key"] for one in statutes["colleges"]] == ["public", "economic"]
    assert [one[0] for one in voters] == ["Fonderie du Lac", "Commune de Sainte-Croix", "Département du Lac"]
    assert voters[1][1] == "Élodie Rakotondrainibe"
    assert [one[1] for one in motions] == ["Rapport financier", "Élection", "Questions diverses"]
    assert proxies == 2  # what was noted, and that it lapsed: it names another day
    said = registration_client.get(page).text
    assert "1 pouvoir nomme l’ancienne date" in said
    assert "Reçu de nouveau" in said
    form = typed(registration_client.get(f"{page}/corriger").text) | {"starts": "16 h"}
    assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
    assert state_of(registration_db)[-1] == 2
    for date, lapsed in (("dimanche 5 février 2017", True), ("vendredi 3 février 2017", False)):
        form = typed(registration_client.get(f"{page}/corriger").text) | {"date": date}
        assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
        assert ("nomme l’ancienne date" in registration_client.get(page).text) is lapsed
    with registration_db.reading() as session:  # back on the day that it names: it lies there as it was
        log = list(session.scalars(sa.select(RoomEntry).order_by(RoomEntry.id)))
        assert [one.what for one in log] == ["proxy", "proxy_lapsed", "proxy"]
        assert (log[0].voter_id, log[0].holder_id) == (log[2].voter_id, log[2].holder_id)


def test_a_correction_that_cannot_be_keeps_the_draft_and_what_was_typed(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    before = state_of(registration_db)
    form = typed(registration_client.get(f"{page}/corriger").text)
    form |= {"title": "Assemblée de printemps", "voters": "Une ; A ; public\nUne ; B ; public"}
    answer = registration_client.post(f"{page}/corriger", data=form)
    assert answer.status_code == 422
    assert "deux fois sur la liste" in answer.text
    assert 'value="Assemblée de printemps"' in answer.text
    assert state_of(registration_db) == before


def test_a_draft_is_removed_after_a_question(registration_client: Any, registration_db: Database, page: str) -> None:
    assert f'href="{page}/effacer"' in registration_client.get(page).text
    assert "Effacer ce brouillon" in registration_client.get(f"{page}/effacer").text
    assert registration_client.post(f"{page}/effacer").status_code == 303
    with registration_db.reading() as session:
        for table in (Assembly, AssemblyVoter, Motion, RoomEntry):
            assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


def test_what_was_convened_is_neither_corrected_nor_removed(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    form = typed(registration_client.get(f"{page}/corriger").text) | {"title": "Trop tard"}
    assert registration_client.post(f"{page}/convoquer", data=read(registration_client, page)).status_code == 303
    before = state_of(registration_db)
    assert f"{page}/corriger" not in registration_client.get(page).text
    assert registration_client.get(f"{page}/corriger").status_code == 409
    late = registration_client.post(f"{page}/corriger", data=form)
    assert (late.status_code, "Trop tard" in late.text) == (409, True)  # said, and nothing typed is lost
    assert registration_client.get(f"{page}/effacer").status_code == 409
    assert registration_client.post(f"{page}/effacer").status_code == 409
    assert state_of(registration_db) == before


def test_of_two_who_correct_one_draft_the_second_is_told_and_loses_nothing(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    first, second = (typed(registration_client.get(f"{page}/corriger").text) for _each in range(2))
    assert registration_client.post(f"{page}/corriger", data=first | {"place": "Albi"}).status_code == 303
    late = registration_client.post(f"{page}/corriger", data=second | {"title": "Assemblée de printemps"})
    assert (late.status_code, "pendant que vous écriviez" in late.text) == (409, True)
    assert 'value="Assemblée de printemps"' in late.text
    assert (state_of(registration_db)[0], state_of(registration_db)[2]) == ("Assemblée générale 2017", "Albi")
    # Having compared, they save over it.
    assert registration_client.post(f"{page}/corriger", data=typed(late.text) | {"place": "Albi"}).status_code == 303
    assert (state_of(registration_db)[0], state_of(registration_db)[2]) == ("Assemblée de printemps", "Albi")


def test_no_notice_leaves_for_a_draft_that_was_corrected_since_it_was_read(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    before = read(registration_client, page)
    form = typed(registration_client.get(f"{page}/corriger").text) | {"place": "Albi"}
    assert registration_client.post(f"{page}/corriger", data=form).status_code == 303
    stale = registration_client.post(f"{page}/convoquer", data=before)
    assert (stale.status_code, "Relisez" in stale.text) == (409, True)
    assert state_of(registration_db)[2] == "Albi"
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Assembly.state)).one() == "draft"
    assert registration_client.post(f"{page}/convoquer", data=read(registration_client, page)).status_code == 303


def test_before_the_notices_leave_one_reads_whom_they_reach_and_who_waits_for_a_letter(
    registration_client: Any, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f'href="{page}/convoquer"' in registration_client.get(page).text
    asked = registration_client.get(f"{page}/convoquer").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "2 votants reçoivent un courriel" in asked
    assert "convoquez-le par lettre : Coopérative des Causses." in asked
    monkeypatch.setattr(clock, "now", lambda: HELD - dt.timedelta(days=3))
    late = registration_client.get(f"{page}/convoquer").text
    assert ("Les statuts demandent 15" in late, "Corriger" in late, 'name="seen"' in late) == (True, True, False)


def test_a_rehearsal_is_removed_after_a_question_too(
    registration_client: Any, registration_db: Database, page: str
) -> None:
    made = registration_client.post("/equipe/assemblees/repetition", data={"statutes": "single"}).headers["Location"]
    assert f'href="{made}/effacer"' in registration_client.get(made).text
    assert "Effacer cette répétition" in registration_client.get(f"{made}/effacer").text
    assert registration_client.post(f"{made}/effacer").status_code == 303
    assert registration_client.get(made).status_code == 404
    assert registration_client.get(page).status_code == 200
