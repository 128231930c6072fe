"""A notice that was sent is corrected by another: within the statutes’ days, once to each, before and after."""

from __future__ import annotations

import datetime as dt
import html
import io
import json
import re
from dataclasses import replace
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from services.mailer import render
from services.registration.models.assembly import Assembly
from services.registration.rules.assembly import notices, replay
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import TWO_COLLEGES, Statutes
from services.registration.use_cases import (
    assemblies,
    assembly_room,
    assembly_voters,
    assembly_votes,
    candidates,
    convening,
)
from services.registration.use_cases.assemblies import PointDraft, VoterDraft
from shared import audit, clock
from shared.contracts import registry
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft, voter
from tests.integration.test_registration_assembly_drafts import typed

POINTS = [
    PointDraft("Rapport moral", "motion"),
    PointDraft("Budget", "motion"),
    PointDraft("Échanges"),
    PointDraft("Conseil", "election", college="public", seats=2),
]
LATE = HELD - dt.timedelta(days=3)


def convened(db: Database, rules: Statutes = TWO_COLLEGES, **more: Any) -> str:
    """Its address: three voters, one without an address; who stands in the election is written already."""
    with db.transaction() as session:
        made = assemblies.create(session, draft(statutes=rules, points=POINTS, **more), NOW, who=WHO)
        convening.convene(session, made.id, NOW, who=WHO)
        candidates.write(session, made.motions[3].id, [("Awa Ba", None)], NOW, who=WHO)
        session.execute(sa.delete(outbox))
        return f"/equipe/assemblees/{made.id}"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


def form(client: Any, page: str, **other: str) -> dict[str, str]:
    return typed(client.get(f"{page}/convocation/corriger").text) | other


def words(answer: Any) -> str:
    text = re.sub(r"<[^>]+>", " ", answer.text.split("<main", 1)[1])
    return " ".join(html.unescape(text).replace("\u00a0", " ").replace("\u202f", " ").split())


def facts(db: Database) -> list[dict[str, Any]]:
    with db.reading() as session:
        return [one["data"] for one in session.scalars(sa.select(outbox.c.envelope).order_by(outbox.c.id))]


def only(db: Database) -> Assembly:
    with db.reading() as session:
        found = session.scalars(sa.select(Assembly)).one()
        assert found.motions is not None
        return found


def test_another_day_place_and_agenda_are_read_first_and_then_sent_to_each_voter_once(
    staff: Any, registration_db: Database
) -> None:
    page = convened(registration_db)
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Département")
    before = {one.title: one.id for one in only(registration_db).motions}
    with registration_db.transaction() as session:
        assembly_room.give_proxy(session, only(registration_db).id, giver, holder, NOW, who=WHO)
    change = form(
        staff,
        page,
        date="vendredi 24 février 2017",
        starts="15 h",
        title="Assemblée générale ordinaire",
        place="Albi",
        reason="Salle inondée.",
        point2_title="",
        point4_seats="3",
        point5_title="Changement de nom",
        point5_kind="motion",
        point5_majority="two_thirds",
    )
    address = f"{page}/convocation/corriger"
    said = words(staff.post(address, data=change))
    assert "Qui convoque ne change pas : « Le réseau »" in words(staff.get(address))
    for shown in (
        "avant : Assemblée générale 2017 après : Assemblée générale ordinaire",
        "avant : vendredi 3 février 2017 à 14 h après : vendredi 24 février 2017 à 15 h",
        "avant : Toulouse après : Albi",
        "avant : Budget retiré",
        "avant : Conseil (2 sièges) après : Conseil (3 sièges)",
        "après : Changement de nom ajouté",
        "Salle inondée.",
        "2 votants reçoivent la convocation corrigée par courriel.",
        "1 votant sans adresse, ou dont le courriel est revenu, la reçoit par lettre, à imprimer ensuite : Coopérative",
        "1 pouvoir déjà noté nomme l’ancienne date : il ne comptera plus, et le courriel en demande un autre",
    ):
        assert shown in said
    assert facts(registration_db) == []

    answers = [staff.post(address, data=change | {"confirm": "true"}) for _twice in range(2)]
    assert [one.status_code for one in answers] == [303, 409]  # the second was made over the first notice
    assert "Quelqu’un vient de corriger cette convocation" in answers[1].text
    told = facts(registration_db)
    assert sorted(one["person"]["email"] for one in told) == ["eloise@commune.example", "paul@lac.example"]
    assert told[0]["agenda"] == ["Rapport moral", "Échanges", "Conseil (3 sièges)", "Changement de nom"]
    (given,) = [one["was"] for one in told if "proxy_holder" in one["was"]]
    assert (given["proxy_holder"], given["proxies_hold"]) == ("Département du Lac", False)
    was = {name: value for name, value in told[0]["was"].items() if not name.startswith("prox")}
    assert was == {
        "sent_at": NOW.isoformat(),
        "held_at": HELD.isoformat(),
        "place": "Toulouse",
        "title": "Assemblée générale 2017",
        "points": [
            {"before": "Budget", "after": ""},
            {"before": "Conseil (2 sièges)", "after": "Conseil (3 sièges)"},
            {"before": "", "after": "Changement de nom"},
        ],
    }
    after = only(registration_db)
    assert [(one.position, one.title) for one in after.motions] == [
        (1, "Rapport moral"),
        (2, "Échanges"),
        (3, "Conseil"),
        (4, "Changement de nom"),
    ]
    assert {one.title: one.id for one in after.motions[:3]}.items() <= before.items()
    assert [one["name"] for one in after.motions[2].candidates] == ["Awa Ba"]
    assert len(after.notices) == 2
    with registration_db.reading() as session:
        assert audit.history(session, "assembly", after.id)[-1].what == "notice corrected"
    shown = words(staff.get(page))
    assert "Convocation corrigée, envoyée le lundi 16 janvier 2017 à 9 h 30." in shown
    assert "avant : Toulouse après : Albi" in shown

    mail = render.render("assembly_notice", registry.dump("registration.assembly.convened.v1", _loaded(told[0])))
    text = " ".join(mail.text.replace("\u00a0", " ").replace("\u202f", " ").split())
    assert (
        mail.subject.replace("\u00a0", " ").replace("\u202f", " ")
        == "Convocation corrigée : Assemblée générale ordinaire"
    )
    assert "Le titre était : Assemblée générale 2017" in text
    letter = staff.get(f"{page}/convocations.pdf")
    sheet = " ".join(" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(letter.data)).pages)
    sheet = sheet.replace("\u00a0", " ").replace("\u202f", " ")
    for sentence in (
        "Cette convocation remplace celle du lundi 16 janvier 2017. Ce qui change :",
        "Retiré de l’ordre du jour : Budget",
        "Ajouté à l’ordre du jour : Changement de nom",
        "À l’ordre du jour, avant : Conseil (2 sièges) ; maintenant : Conseil (3 sièges)",
        "Salle inondée.",
    ):
        assert (sentence in text, sentence in sheet) == (True, True), sentence
    assert "Le titre était : Assemblée générale 2017" in sheet
    with registration_db.transaction() as session:  # as notices were kept before they told their title
        assembly = session.scalars(sa.select(Assembly)).one()
        assembly.notices = [{name: one[name] for name in one if name != "title"} for one in assembly.notices]
    assert staff.get(f"{page}/convocations.pdf").status_code == 200
    for one in told:
        mail = render.render("assembly_notice", registry.dump("registration.assembly.convened.v1", _loaded(one)))
        text = " ".join(mail.text.replace("\u00a0", " ").replace("\u202f", " ").split())
        named = "proxy_holder" in one["was"]
        assert ("Le pouvoir que vous aviez donné à « Département du Lac » nomme l’ancienne date" in text) is named
        assert ("Vous aviez donné pouvoir pour le vendredi 3 février 2017" in text) is not named
    assert "Vous aviez donné pouvoir pour le vendredi 3 février 2017" in sheet
    assert "vendredi 24 février 2017, à 15 h 00, Albi" in sheet


def test_the_hour_is_in_calendars_once_and_moves_with_the_notice(staff: Any, registration_db: Database) -> None:
    """Whoever is added later has the entry of the notice that holds by then."""
    with registration_db.transaction() as session:
        made = assemblies.create(session, draft(points=POINTS), NOW, who=WHO).id
        convening.convene(session, made, NOW, who=WHO)
    page = f"/equipe/assemblees/{made}"
    change = form(staff, page, date="vendredi 24 février 2017", title="AG")
    assert staff.post(f"{page}/convocation/corriger", data=change | {"confirm": "true"}).status_code == 303
    with registration_db.transaction() as session:
        late = VoterDraft("Association Eau", "Ada Ly", "public", "ada@eau.example")
        assembly_voters.add(session, made, [late], NOW, who=WHO)
    entries = []
    for told in facts(registration_db):
        mail = render.render("assembly_notice", registry.dump("registration.assembly.convened.v1", _loaded(told)))
        (file,) = [one for one in mail.attachments if one.subtype == "calendar"]
        (entry,) = icalendar.Calendar.from_ical(file.data).walk("VEVENT")
        entries.append([str(entry[name]) for name in ("uid", "sequence", "summary", "location")])
        assert (entry["dtstart"].dt, "dtend" in entry) == (
            dt.datetime.fromisoformat(told["assembly"]["held_at"]),
            False,
        )
        assert "Conseil (2 sièges)" in entry["description"]
    uid = f"assembly-{made}@agora"
    first, second = [uid, "0", "Assemblée générale 2017", "Toulouse"], [uid, "1", "AG", "Toulouse"]
    assert entries == [first, first, second, second, second]


@pytest.mark.parametrize("kept", [False, True])
def test_a_proxy_that_names_the_old_day_counts_as_the_statutes_say(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    """Noted again, it counts; the minutes say what lapsed, and compute again."""
    rules = replace(TWO_COLLEGES, moved_proxies="kept" if kept else "renewed", quorum="0")
    page = convened(registration_db, rules)
    giver, holder = voter(registration_db, "Commune"), voter(registration_db, "Département")
    given = {"what": "proxy", "voter": str(giver), "holder": str(holder)}
    staff.post(f"{page}/presence", data=given)
    assert "Pouvoir à Département du Lac" in words(staff.get(page))
    assert f'<option value="{holder}" selected>' in staff.get(f"{page}?pouvoir={giver}").text

    def move(**change: str) -> str:
        data = form(staff, page, **change)
        said = words(staff.post(f"{page}/convocation/corriger", data=data))
        assert staff.post(f"{page}/convocation/corriger", data=data | {"confirm": "true"}).status_code == 303
        return said

    def sat() -> tuple[bool, int]:
        """Whether the page tells of a lapsed proxy, and how many the holder carries once there."""
        with registration_db.transaction() as session:
            there = assembly_room.room(session, only(registration_db), clock.now()).there
        return "1 pouvoir nomme l’ancienne date" in words(staff.get(page)), len(there.named) - len(there.lapsed)

    assert "pouvoir" not in move(starts="15 h")
    assert sat() == (False, 1)
    said = move(date="vendredi 24 février 2017")
    assert ("selon les statuts, il vaut aussi pour la nouvelle date" in said) is kept
    assert sat() == (not kept, 1 if kept else 0)
    told = [one["was"] for one in facts(registration_db) if one["was"].get("proxy_holder")]
    assert [one["proxies_hold"] for one in told] == [kept]
    (carrier,) = [one for one in facts(registration_db) if one["was"].get("proxies_carried")]
    assert (carrier["structure"], carrier["was"]["proxies_carried"]) == (
        "Département du Lac",
        ["Commune de Sainte-Croix"],
    )
    mail = render.render("assembly_notice", registry.dump("registration.assembly.convened.v1", _loaded(carrier)))
    carried = " ".join(mail.text.replace("\u202f", " ").replace("\u00a0", " ").split())
    assert (
        "Le pouvoir que vous portez pour « Commune de Sainte-Croix » vaut aussi pour la nouvelle date" in carried
    ) is kept
    assert (
        "Le pouvoir que vous portez pour « Commune de Sainte-Croix » nomme l’ancienne date : il ne compte plus"
        in carried
    ) is not kept
    if not kept:
        assert "Pouvoir sans effet" in words(staff.get(page))
        assert "Reçu de nouveau" in words(staff.get(page))
        staff.post(f"{page}/presence", data=given)
    assert sat() == (False, 1)
    day = HELD + dt.timedelta(days=21)
    monkeypatch.setattr(clock, "now", lambda: day)
    made = only(registration_db).id
    with registration_db.transaction() as session:
        assemblies.open_session(session, made, day, who=WHO)
        assembly_room.arrive(session, made, holder, day, who=WHO)
        vote = only(registration_db).motions[0].id
        assembly_votes.open_vote(session, vote, day + dt.timedelta(minutes=1), who=WHO)
        counts = {"public": Count(yes=2), "economic": Count()}
        assembly_votes.decide_motion(session, vote, counts, counts, day + dt.timedelta(minutes=2), who=WHO)
        minutes = assemblies.close(session, made, day + dt.timedelta(hours=11), who=WHO).minutes
    assert replay.faults(json.loads(json.dumps(minutes))) == []
    said = words(staff.get(f"{page}/proces-verbal"))
    assert ("pouvoir sans effet, il nommait l’ancienne date" in said) is not kept
    assert "Séance ouverte à 14 h. Levée le samedi 25 février 2017 à 1 h." in said
    assert "Vote ouvert à 14 h 01." in said  # a proxy that was noted weeks before changes nothing in it
    assert "lundi 16 janvier 2017 à 9 h 30 Commune de Sainte-Croix, Éloïse Rakotondrainibe : pouvoir à" in said


def _loaded(data: dict[str, Any]) -> dict[str, Any]:
    return registry.load("registration.assembly.convened.v1", json.loads(json.dumps(data)))


@pytest.mark.parametrize(
    ("change", "passes"),
    [
        ({"date": "samedi 4 février 2017"}, False),
        ({"starts": "15 h"}, False),
        ({"place": "Albi"}, False),
        ({"point2_title": "Budget rectifié"}, False),
        ({"point2_majority": "two_thirds"}, False),
        ({"point3_kind": "motion"}, False),
        ({"point5_title": "Dissolution", "point5_kind": "motion"}, False),
        ({"date": "lundi 20 février 2017"}, True),  # the days are those before the new day
        ({"point2_title": ""}, True),
        ({"point2_kind": "point"}, True),
        ({"point3_title": "Tour de table"}, True),
        ({"title": "Assemblée générale extraordinaire"}, True),
        ({"point5_title": "Questions diverses", "point5_kind": "point"}, True),
    ],
)
def test_too_late_only_what_asks_for_no_notice_is_corrected(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], passes: bool
) -> None:
    page = convened(registration_db)
    monkeypatch.setattr(clock, "now", lambda: LATE)
    data = form(staff, page, **change)
    answer = staff.post(f"{page}/convocation/corriger", data=data | {"confirm": "true"})
    assert answer.status_code == (303 if passes else 422)
    assert len(facts(registration_db)) == (2 if passes else 0)
    if not passes:
        left = 4 if "date" in change else 3
        assert f"Les statuts demandent 15 jours entre une convocation corrigée et la séance ; il en reste {left}." in (
            words(answer)
        )
        assert {name: typed(answer.text)[name] for name in change} == change


def test_statutes_that_only_warn_let_it_leave_and_the_minutes_say_so(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = convened(registration_db, replace(TWO_COLLEGES, late_correction="warned"))
    monkeypatch.setattr(clock, "now", lambda: LATE)
    change = form(staff, page, place="Albi", point2_majority="two_thirds")
    said = words(staff.post(f"{page}/convocation/corriger", data=change))
    assert "Il reste 3 jours avant la séance, et les statuts en demandent 15." in said
    assert staff.post(f"{page}/convocation/corriger", data=change | {"confirm": "true"}).status_code == 303
    made = only(registration_db)
    with registration_db.transaction() as session:
        assemblies.open_session(session, made.id, HELD, who=WHO)
        minutes = assemblies.close(session, made.id, HELD, who=WHO).minutes or {}
    assert [(one["place"], one.get("late", False)) for one in minutes["notices"]] == [
        ("Toulouse", False),
        ("Albi", True),
    ]
    said = words(staff.get(f"{page}/proces-verbal"))
    assert "Convocation envoyée le lundi 16 janvier 2017." in said
    assert "Convocation corrigée, envoyée le mardi 31 janvier 2017 à 14 h." in said
    assert "Elle est venue 3 jours avant la séance, après le délai que demandent les statuts." in said
    assert "avant : Budget : vote, plus de pour que de contre après : Budget : vote, deux tiers des suffrages" in said


def test_what_cannot_be_sent_says_why_and_sends_nothing(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = convened(registration_db)
    address = f"{page}/convocation/corriger"
    same = form(staff, page)
    for change, said in (
        ({}, "La convocation dit déjà cela"),
        ({"date": "lundi 2 janvier 2017"}, "Cette date est passée"),
        ({"date": "demain"}, "Écrivez une date"),
        ({"place": ""}, "Lieu"),
        ({"title": ""}, "Titre"),
        ({f"point{number}_title": "" for number in range(1, 5)}, "Écrivez au moins un point"),
        ({"point4_seats": "x"}, "Une élection demande un nombre de sièges"),
        ({"reason": "x" * 301}, "300"),
    ):
        answer = staff.post(address, data=same | change | {"confirm": "true"})
        assert (answer.status_code, said in words(answer)) == (422, True), (change, words(answer))
    again = staff.post(address, data=same | {"place": "Albi", "correct": "true"})
    assert (again.status_code, 'value="Albi"' in again.text) == (200, True)
    with registration_db.transaction() as session:
        assemblies.open_session(session, only(registration_db).id, NOW, who=WHO)
    assert staff.get(address).status_code == 409
    assert staff.post(address, data=same | {"place": "Albi", "confirm": "true"}).status_code == 409
    assert "convocation/corriger" not in staff.get(page).text
    assert facts(registration_db) == []


def test_a_second_session_keeps_its_agenda_and_a_notice_of_before_has_a_register(
    staff: Any, registration_db: Database
) -> None:
    page = convened(registration_db, second_session=True)
    with registration_db.transaction() as session:
        session.execute(sa.update(Assembly).values(notices=[]))  # sent before notices were kept
    address = f"{page}/convocation/corriger"
    same = form(staff, page)
    refused = staff.post(address, data=same | {"point1_title": "Autre chose"})
    assert (refused.status_code, "même ordre du jour" in refused.text) == (422, True)
    assert staff.post(address, data=same | {"place": "Albi", "confirm": "true"}).status_code == 303
    assert [(one["place"], one["reached"]) for one in only(registration_db).notices] == [
        ("Toulouse", None),
        ("Albi", 2),
    ]


def test_a_point_put_before_others_leaves_an_election_its_candidates(staff: Any, registration_db: Database) -> None:
    page = convened(registration_db)
    election = {"title": "Conseil", "kind": "paper_election", "college": "public", "seats": "2"}
    talk = {"title": "Échanges", "kind": "point", "seats": ""}
    budget = {"title": "Budget", "kind": "motion", "seats": ""}
    table = {"title": "Tour de table", "kind": "point"}

    def send(*lines: dict[str, str]) -> list[tuple[str, str]]:
        typed_anew = {f"point{at}_{name}": said for at, one in enumerate(lines, start=2) for name, said in one.items()}
        change = form(staff, page, **typed_anew, confirm="true")
        assert staff.post(f"{page}/convocation/corriger", data=change).status_code == 303
        return [(one["before"], one["after"]) for one in only(registration_db).notices[-1]["points"]]

    assert send(table, budget, talk, election) == [("", "Tour de table")]
    kept = [(one.title, [each["name"] for each in one.candidates]) for one in only(registration_db).motions]
    assert kept[2:] == [("Budget", []), ("Échanges", []), ("Conseil", ["Awa Ba"])]
    swapped = [("Budget", "Conseil (2 sièges)"), ("Conseil (2 sièges)", "Budget")]
    assert send(table, election, talk, budget) == swapped
    assert [one["name"] for one in only(registration_db).motions[2].candidates] == ["Awa Ba"]


def test_the_longest_title_leaves_room_for_what_changes() -> None:
    was, now = (notices.Point("É" * 300, f"élection, {'é' * 100}{secret}", voted=True) for secret in ("", ", secret"))
    (change,) = notices.changes([(was, now)])
    assert [len(change.before), len(change.after)] == [400, 400]
    assert (change.before[-3:], change.after[-8:]) == ("ééé", ", secret")
