"""A group that meets again and again: the rule in local time, its members, its topics, its minutes."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import agenda, announce
from services.registration.models import Event, GroupMember, GroupTopic, Invitation, Quota, Registration
from services.registration.queries.invitations import state as invitation_state
from services.registration.queries.standing import standing
from services.registration.rules import recurrence as rules
from services.registration.use_cases import calling_off, changing, erasing, event_editing, events, groups, registering
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_event_editing import facts
from tests.integration.test_registration_events import asked

BASE = "/equipe/groupes"
FACT = "registration.group.convened.v1"
NEW = {
    "name": "Agir à Madagascar",
    "animator": "Commune de Sainte-Croix",
    "every_months": "3",
    "week": "4",
    "weekday": "2",
    "starts": "14 h",
    "minutes": "120",
    "place": "Maison des associations, Toulouse",
    "capacity": "30",
    "partner_zone": "Indian/Antananarivo",
}
RULE = {"every": 3, "week": 4, "weekday": 2}


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    """Signed in, with a group of two members."""
    sign_in(registration_client, "staff")
    assert registration_client.post(f"{BASE}/nouveau", data=NEW).status_code == 303
    people = "Awa;Diop;awa@example.org;Les Amis du Lac\nNoé\tMartin\tnoe@example.org"
    assert registration_client.post(f"{BASE}/agir-a-madagascar/membres", data={"members": people}).status_code == 303
    return registration_client


def test_two_in_the_afternoon_stays_two_across_the_change_of_clocks() -> None:
    first = rules.following(dt.date(2016, 6, 22), dt.date(2016, 9, 1), **RULE)
    assert first == dt.date(2016, 9, 28)
    found = rules.meetings(first, 3, dt.time(14), 120, **RULE)
    assert [f"{starts:%d/%m/%Y %H:%M}" for starts, _ in found] == [
        "28/09/2016 14:00",
        "28/12/2016 14:00",
        "22/03/2017 14:00",
    ]
    assert [starts.utcoffset() for starts, _ in found] == [dt.timedelta(hours=hours) for hours in (2, 1, 1)]
    said = [rules.elsewhere(starts, "Indian/Antananarivo") for starts, _ in found]
    assert said == ["15\u202fh à Antananarivo", "16\u202fh à Antananarivo", "16\u202fh à Antananarivo"]
    assert rules.elsewhere(found[0][0], "") == ""


def test_the_last_weekday_of_a_month_and_a_rule_that_was_missed() -> None:
    assert rules.day_of(2016, 2, rules.LAST, 0) == dt.date(2016, 2, 29)
    assert rules.day_of(2016, 6, rules.LAST, 0) == dt.date(2016, 6, 27)
    # Two quarters without a meeting: the next one is ahead, never in the past.
    late = rules.following(dt.date(2016, 3, 23), dt.date(2016, 12, 29), **RULE)
    assert late == dt.date(2017, 3, 22)
    assert rules.following(None, dt.date(2016, 10, 3), **RULE) == dt.date(2016, 10, 26)


def test_the_next_date_is_proposed_and_becomes_an_event(staff: Any, registration_db: Database) -> None:
    page = staff.get(f"{BASE}/agir-a-madagascar").text
    assert 'value="mercredi 26 octobre 2016"' in page
    wrong = staff.post(f"{BASE}/agir-a-madagascar/rencontres", data={"date": "jeudi 26 octobre 2016", "starts": "14h"})
    assert (wrong.status_code, "est un mercredi, pas un jeudi" in wrong.text) == (422, True)
    today = {"date": f"{NOW:%d/%m/%Y}", "starts": "0 h 30"}
    over = staff.post(f"{BASE}/agir-a-madagascar/rencontres", data=today)
    assert "Cette heure est déjà passée aujourd’hui" in over.text
    planned = {"date": "mercredi 30 novembre 2016", "starts": "14 h"}  # another day than proposed
    assert staff.post(f"{BASE}/agir-a-madagascar/rencontres", data=planned).status_code == 303
    with registration_db.reading() as session:
        event = session.scalars(sa.select(Event)).one()
    assert (event.state, event.kind) == ("draft", "exchange_group")
    assert f"{event.starts_at.astimezone(PARIS):%H:%M}-{event.ends_at.astimezone(PARIS):%H:%M}" == "14:00-16:00"
    assert "mercredi 22 février 2017" in staff.get(f"{BASE}/agir-a-madagascar").text  # three months after that one


def test_a_year_of_meetings_is_planned_at_once_each_at_the_hour_of_the_place(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    asked = {"date": "mercredi 26 octobre 2016", "starts": "14 h", "count": "4"}
    assert staff.post(f"{show}/rencontres", data=asked | {"count": "400"}).status_code == 422
    assert staff.post(f"{show}/rencontres", data=asked).status_code == 303

    def planned() -> list[str]:
        with registration_db.reading() as session:
            days = session.scalars(sa.select(Event.starts_at).order_by(Event.starts_at))
            return [f"{day.astimezone(PARIS):%d/%m/%Y %H:%M}" for day in days]

    year = ["26/10/2016 14:00", "25/01/2017 14:00", "26/04/2017 14:00", "26/07/2017 14:00"]
    assert planned() == year
    page = staff.get(show).text
    assert 'value="mercredi 25 octobre 2017"' in page, "the next one follows the last that is planned"
    again = staff.post(f"{show}/rencontres", data={"date": "25 octobre 2016", "starts": "14 h", "count": "2"})
    assert (again.status_code, "déjà prévue le 25/01/2017" in again.text) == (409, True)
    assert planned() == year, "all or none"
    with registration_db.reading() as session:
        third = session.scalars(sa.select(Event.id).order_by(Event.starts_at)).all()[2]
    assert f'name="event" value="{third}"' in page, "each of them can be called to, not the next alone"
    assert staff.post(f"{show}/convier", data={"event": str(third)}).status_code == 303
    assert f'name="event" value="{third}"' not in staff.get(show).text, "once"


def test_a_day_is_free_again_once_its_meeting_moved_and_long_names_have_a_page_for_each_day(
    staff: Any, registration_db: Database
) -> None:
    name = "L’accès à l’eau et à l’assainissement des communes rurales de la Montagne noire"
    assert staff.post(f"{BASE}/nouveau", data=NEW | {"name": name}).status_code == 303
    show = f"{BASE}/l-acces-a-l-eau-et-a-l-assainissement-des-communes-rurales-de-la-montagne-noire"
    planned = {"date": "26 octobre 2016", "starts": "14 h"}
    assert staff.post(f"{show}/rencontres", data=planned | {"count": "2"}).status_code == 303
    assert staff.post(f"{show}/rencontres", data=planned | {"starts": "17 h"}).status_code == 409
    with registration_db.transaction() as session:
        first, second = session.scalars(sa.select(Event).order_by(Event.starts_at)).all()
        assert [first.slug[-11:], second.slug[-11:]] == ["-2016-10-26", "-2017-01-25"]
        first.state = "called_off"
        second.starts_at += dt.timedelta(days=7)
        second.ends_at += dt.timedelta(days=7)
    assert staff.post(f"{show}/rencontres", data=planned).status_code == 303
    moved = staff.post(f"{show}/rencontres", data=planned | {"date": "1er février 2017"})
    assert (moved.status_code, "déjà prévue le 01/02/2017" in moved.text) == (409, True)
    assert staff.post(f"{show}/rencontres", data=planned | {"date": "25 janvier 2017"}).status_code == 303
    with registration_db.reading() as session:
        assert len(set(session.scalars(sa.select(Event.slug)))) == 4


def test_a_year_that_slipped_is_refused(staff: Any, registration_db: Database) -> None:
    show = f"{BASE}/agir-a-madagascar"
    for year, count in (("9999", "12"), ("9999", "1"), ("2106", "1")):
        slip = staff.post(f"{show}/rencontres", data={"date": f"1 décembre {year}", "starts": "14 h", "count": count})
        assert (slip.status_code, "Cette année semble fausse" in slip.text) == (409, True)
    assert staff.get(show).status_code == 200
    with registration_db.reading() as session:
        assert not session.scalars(sa.select(Event)).all()


def test_only_members_are_called_with_the_topics_and_the_calendar(staff: Any, registration_db: Database) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/convier")  # for themes
    asked = facts(registration_db, FACT)
    assert [one["meeting"] for one in asked] == [None, None]
    page = (
        asked[0]["link"].split("8001")[-1] if "8001" in asked[0]["link"] else "/g/" + asked[0]["link"].split("/g/")[1]
    )
    with staff.application.test_client() as member:
        assert "Agir à Madagascar" in member.get(page).text
        assert member.post(f"{page}/sujet", data={"title": ""}).status_code == 422
        assert (
            member.post(f"{page}/sujet", data={"title": "Les pompes", "details": "Qui entretient ?"}).status_code == 303
        )
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        event, topic = session.scalars(sa.select(Event)).one(), session.scalars(sa.select(GroupTopic)).one()
    assert staff.post(f"{show}/sujets/{topic.id}", data={"event": str(event.id)}).status_code == 303
    assert staff.post(f"{show}/convier", data={"event": str(event.id)}).status_code == 303
    told = facts(registration_db, FACT)[2:]
    assert sorted(one["person"]["email"] for one in told) == ["awa@example.org", "noe@example.org"]
    assert {tuple(one["topics"]) for one in told} == {("Les pompes",)}
    assert told[0]["elsewhere"] == "15\u202fh à Antananarivo"
    assert told[0]["calendar"][0]["uid"] == f"event-{event.id}@agora"
    assert staff.post(f"{show}/convier", data={"event": str(event.id)}).status_code == 409  # once
    with staff.application.test_client() as anybody:
        assert anybody.get(f"/e/{event.slug}").status_code == 200  # published with the call


def test_a_member_who_chooses_english_is_written_to_in_it(staff: Any, registration_db: Database) -> None:
    page = f"{BASE}/agir-a-madagascar"
    staff.post(f"{page}/convier")  # asks for topics, and gives each member a link
    token = next(one["link"] for one in facts(registration_db, FACT) if one["person"]["first_name"] == "Awa")
    own = token.removeprefix("http://127.0.0.1:8001").partition("/g/")[2]
    assert "arrivent en français" in staff.get(f"/g/{own}").text
    assert staff.post(f"/g/{own}/langue", data={"locale": "en"}).status_code == 303
    assert "arrivent en anglais" in staff.get(f"/g/{own}").text
    staff.post(f"{page}/rencontres", data={"date": "28 décembre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.title_en = "Working in Madagascar"
        event_id = event.id
    staff.post(f"{page}/convier", data={"event": str(event_id)})
    called = {one["person"]["first_name"]: one for one in facts(registration_db, FACT) if one["meeting"]}
    assert {name: one["person"]["locale"] for name, one in called.items()} == {"Awa": "en", "Noé": "fr"}
    english = called["Awa"]
    assert english["meeting"]["title"] == english["calendar"][0]["summary"] == "Working in Madagascar"
    assert english["elsewhere"] == "16:00 in Antananarivo"
    assert called["Noé"]["elsewhere"].endswith("à Antananarivo")


def test_who_leaves_gets_no_mail_and_reads_what_is_kept_on_them(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        awa = session.scalars(sa.select(GroupMember).where(GroupMember.email == "awa@example.org")).one()
        token = groups.issue(session, awa.id, NOW)
    with staff.application.test_client() as member:
        assert member.post(f"/g/{token}/quitter").status_code == 303
        assert "awa@example.org" in member.get(f"/g/{token}").text
        assert "quitter le groupe l’a aussi fermé" in member.post(f"/g/{token}/je-viens").text
    assert "Agir à Madagascar" in staff.get(confirmation(staff, registration_db, "awa@example.org")).text
    staff.post(f"{BASE}/agir-a-madagascar/convier")
    assert [one["person"]["email"] for one in facts(registration_db, FACT)] == ["noe@example.org"]
    # Added again, they are back.
    staff.post(f"{BASE}/agir-a-madagascar/membres", data={"members": "Awa;Diop;awa@example.org"})
    assert "2 membres" in staff.get(f"{BASE}/agir-a-madagascar").text


def test_a_member_without_any_registration_is_erased_from_their_page(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        awa = session.scalars(sa.select(GroupMember).where(GroupMember.email == "awa@example.org")).one()
        token = groups.issue(session, awa.id, NOW)
    with staff.application.test_client() as member:
        for _twice in range(2):
            assert member.post(f"/g/{token}/effacer").status_code == 303
        (asked,) = facts(registration_db, "registration.erasure.asked.v1")
        confirm = "/effacement/" + asked["link"].rpartition("/")[2]
        assert "Agir à Madagascar" in member.get(confirm).text
        member.post(confirm)
        assert "L’effacement est en cours" in member.get(confirm).text
        assert member.get(f"/g/{token}").status_code == 404
    assert [one["email"] for one in facts(registration_db, "registration.person.erased.v1")] == ["awa@example.org"]
    assert "1 membre<" in staff.get(f"{BASE}/agir-a-madagascar").text


def confirmation(staff: Any, db: Database, member: str) -> str:
    """The page that a member's demand to be erased leads to."""
    with db.transaction() as session:
        found = session.scalars(sa.select(GroupMember).where(GroupMember.email == member)).one()
        token = groups.issue(session, found.id, NOW)
    staff.post(f"/g/{token}/effacer")
    return "/effacement/" + facts(db, "registration.erasure.asked.v1")[-1]["link"].rpartition("/")[2]


def test_a_member_known_by_first_name_is_erased_with_the_registrations_and_told_of_another_name(
    staff: Any, registration_db: Database
) -> None:
    staff.post(f"{BASE}/agir-a-madagascar/membres", data={"members": "Éva;;eva@example.org"})
    with registration_db.transaction() as session:
        event = an_event(session).id
    for number, first_name in enumerate(("Eva", "Ève")):
        with registration_db.transaction() as session:
            person = answers(number, first_name=first_name, email="eva@example.org")
            registering.register(session, event, person, NOW, site=SITE)
    page = confirmation(staff, registration_db, "eva@example.org")
    assert "1 inscription sous votre adresse porte un autre nom" in staff.get(page).text
    staff.post(page)
    assert "les inscriptions sous votre adresse, à un autre nom (1)" in staff.get(page).text
    with registration_db.reading() as session:
        living = sa.select(Registration.first_name).where(Registration.status != "cancelled")
        assert session.scalars(living).all() == ["Ève"]


def test_another_link_says_that_all_is_erased_already(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = confirmation(staff, registration_db, "awa@example.org")
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(hours=1))
    second = confirmation(staff, registration_db, "awa@example.org")
    staff.post(first)
    for answer in (staff.get(second), staff.post(second)):
        assert (answer.status_code, "déjà effacé" in answer.text) == (410, True)


def test_an_erased_person_is_in_no_group(registration_db: Database, staff: Any) -> None:
    with registration_db.transaction() as session:
        assert groups.forget(session, "awa@example.org") == 1
        assert groups.forget(session, "") == 0
    assert "1 membre<" in staff.get(f"{BASE}/agir-a-madagascar").text


def test_a_line_that_cannot_be_read_comes_back_and_the_others_are_kept(staff: Any) -> None:
    lines = "Zoé;Leroux;zoe@example.org\nsans adresse\nIci;Là;deux@@points"
    answer = staff.post(f"{BASE}/agir-a-madagascar/membres", data={"members": lines})
    assert answer.status_code == 422
    kept = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.text, re.S)
    assert kept
    assert ("sans adresse" in kept[1], "zoe@example.org" in kept[1]) == (True, False)
    assert "3 membres" in answer.text


def test_minutes_are_read_by_members_and_not_overwritten_unseen(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        token = groups.issue(session, session.scalars(sa.select(GroupMember.id).limit(1)).one(), NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=30))
    address = f"{show}/compte-rendu/{event.id}"
    seen = re.search(r'name="seen" value="([^"]+)"', staff.get(address).text)
    assert seen
    assert staff.post(address, data={"seen": seen[1], "minutes": "Les pompes."}).status_code == 303
    late = staff.post(address, data={"seen": seen[1], "minutes": "Autre chose."})
    assert (late.status_code, "Les pompes." in late.text, "Autre chose." in late.text) == (409, True, True)
    with staff.application.test_client() as member:
        assert "Les pompes." in member.get(f"/g/{token}").text


def test_a_meeting_called_off_is_told_to_the_members_who_were_called_and_not_only_to_who_registered(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        event = session.scalars(sa.select(Event)).one()
    staff.post(f"{show}/convier", data={"event": str(event.id)})
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(1, email="Noe@example.org"), NOW, site=SITE)
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(minutes=1))
    staff.post(f"{show}/membres", data={"members": "Lou;Petit;lou@example.org;"})  # after the call
    off = f"/equipe/evenements/{event.slug}/annuler"
    assert "Annuler la rencontre et prévenir 2 personnes" in staff.get(off).text
    assert staff.post(off, data={"reason": "Grève des trains.", "told": "2"}).status_code == 303
    later = NOW + dt.timedelta(minutes=12)
    with registration_db.transaction() as session:
        assert calling_off.leave(session, later, site=SITE) == 1
    with registration_db.transaction() as session:
        assert calling_off.leave(session, later, site=SITE) == 0
    (told,) = facts(registration_db, "registration.group.called_off.v1")
    assert (told["person"]["email"], told["reason"]) == ("awa@example.org", "Grève des trains.")
    (entry,) = told["calendar"]
    assert (entry["uid"], entry["cancelled"]) == (f"event-{event.id}@agora", True)
    with staff.application.test_client() as member:
        assert "Agir à Madagascar" in member.get("/g/" + told["link"].split("/g/")[1]).text
    (other,) = facts(registration_db, "registration.registration.called_off.v1")
    assert other["person"]["email"] == "Noe@example.org"


def test_a_meeting_called_off_gives_its_topics_back_and_makes_way_for_the_next(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        off = session.scalars(sa.select(Event)).one()
        awa = session.scalars(sa.select(GroupMember).where(GroupMember.first_name == "Awa")).one()
        token = groups.issue(session, awa.id, NOW)
        groups.propose(session, token, "Les pompes", "", NOW)
        topic = session.scalars(sa.select(GroupTopic.id)).one()
    staff.post(f"{show}/sujets/{topic}", data={"event": str(off.id)})
    staff.post(f"{show}/convier", data={"event": str(off.id)})
    staff.post(f"/equipe/evenements/{off.slug}/annuler", data={"reason": "Grève des trains.", "told": "2"})
    page = staff.get(show).text
    assert "Prévoir cette rencontre" in page  # at once, and not once its day is over
    assert "Aucun sujet n’attend." not in page
    assert "annulée" in page
    staff.post(f"{show}/rencontres", data={"date": "mercredi 30 novembre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        fresh = session.scalars(sa.select(Event).where(Event.id != off.id)).one()
    assert staff.post(f"{show}/sujets/{topic}", data={"event": str(fresh.id)}).status_code == 303
    assert staff.post(f"{show}/convier", data={"event": str(fresh.id)}).status_code == 303
    with staff.application.test_client() as member:
        mine = member.get(f"/g/{token}").text
    assert (f"/e/{fresh.slug}" in mine, f"/e/{off.slug}" in mine, "Les pompes" in mine) == (True, False, True)


def test_a_member_reads_of_the_meeting_that_was_announced_whatever_is_prepared_before_it(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 30 novembre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        told = session.scalars(sa.select(Event)).one()
        token = groups.issue(session, session.scalars(sa.select(GroupMember.id).limit(1)).one(), NOW)
    staff.post(f"{show}/convier", data={"event": str(told.id)})
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with staff.application.test_client() as member:
        assert f"/e/{told.slug}" in member.get(f"/g/{token}").text


def test_a_meeting_on_invitation_is_not_shown_to_members_before_they_are_called(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.by_invitation, member = True, session.scalars(sa.select(GroupMember)).first()
        assert member
        link = groups.issue(session, member.id, NOW)
        events.publish(session, event.id, NOW, who="test", site=SITE)
    published = facts(registration_db, "registration.event.published.v1")
    assert [one["by_invitation"] for one in published] == [True], "programs that list events leave it out"
    assert "Prochaine rencontre" not in staff.get(f"/g/{link}").text
    assert staff.post(f"/g/{link}/je-viens").status_code == 409
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Invitation.id)).all() == []


def test_a_member_is_forgotten_three_years_after_leaving_or_after_the_last_meeting(
    staff: Any, registration_db: Database
) -> None:
    day = dt.timedelta(days=1)
    with registration_db.transaction() as session:
        group = groups.load(session, "agir-a-madagascar")
        noe = session.scalars(sa.select(GroupMember).where(GroupMember.first_name == "Noé")).one()
        noe.left_at = NOW
        met = groups.plan(session, group.slug, NOW + 100 * day, NOW, who="test").ends_at
        awa = session.scalars(sa.select(GroupMember.id).where(GroupMember.first_name == "Awa")).one()
        groups.propose(session, groups.issue(session, awa, NOW), "Les pompes", "", NOW)

    def due(after: dt.datetime, *, dry_run: bool) -> int:
        with registration_db.transaction() as session:
            return erasing.retain(session, after, dry_run=dry_run).members

    assert due(NOW + 1095 * day, dry_run=False) == 0
    assert due(NOW + 1096 * day, dry_run=True) == 1
    assert due(NOW + 1096 * day, dry_run=False) == 1  # Noé, who left
    assert due(met + 1095 * day, dry_run=False) == 0
    assert due(met + 1096 * day, dry_run=False) == 1  # Awa, of a group that meets no more
    with registration_db.reading() as session:
        assert session.scalars(sa.select(GroupTopic.title)).all() == ["Les pompes"]


def test_a_meeting_that_moves_is_told_to_the_members_who_were_called_and_its_title_says_the_new_day(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        event = session.scalars(sa.select(Event)).one()
    staff.post(f"{show}/convier", data={"event": str(event.id)})
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(1, email="Noe@example.org"), NOW, site=SITE)
    edit = f"/equipe/evenements/{event.slug}/modifier"
    page = staff.get(edit).text.replace('<form method="post" novalidate class="register">', f'<form action="{edit}">')
    fields = asked(type("Page", (), {"text": page}), edit) | {"date": "mercredi 2 novembre 2016"}
    shown = staff.post(edit, data=fields).text
    assert "2 personnes à prévenir" in shown
    assert "1 membre du groupe, convié et pas inscrit" in shown
    assert "Agir à Madagascar, 2 novembre 2016" in shown
    assert "Les inscriptions se ferment toujours le mardi 25 octobre 2016." in shown
    told = fields | {"confirm": "true", "tell": "yes", "told": "2", "reason": "La salle est prise."}
    assert "2 personnes sont prévenues" in staff.post(edit, data=told, follow_redirects=True).text
    (moved,) = facts(registration_db, FACT)[2:]
    assert (moved["person"]["email"], moved["reason"]) == ("awa@example.org", "La salle est prise.")
    assert moved["meeting"]["title"] == "Agir à Madagascar, 2 novembre 2016"
    assert (moved["was"]["starts_at"][:10], moved["meeting"]["starts_at"][:10]) == ("2016-10-26", "2016-11-02")
    assert moved["elsewhere"] == "16\u202fh à Antananarivo"  # after the change of clocks
    assert "mercredi 25 janvier 2017" in staff.get(show).text  # the rhythm goes on from the day that was first told
    assert 'id="programme"' not in staff.get(f"/e/{event.slug}").text  # nobody wrote one
    (entry,), (before,) = moved["calendar"], facts(registration_db, FACT)[0]["calendar"]
    assert (entry["uid"], entry["sequence"] > before["sequence"]) == (before["uid"], True)


def test_who_registers_keeps_one_entry_in_the_calendar_the_one_of_the_call_goes(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        event = session.scalars(sa.select(Event)).one()
    staff.post(f"{show}/convier", data={"event": str(event.id)})
    called = facts(registration_db, FACT)[0]["calendar"][0]
    with registration_db.transaction() as session:
        mine = registering.register(session, event.id, answers(1, email="Noe@example.org"), NOW, site=SITE)
        registering.register(session, event.id, answers(2, email="other@example.org"), NOW, site=SITE)
    told, of_another = [one["calendar"] for one in facts(registration_db, "registration.registration.confirmed.v1")]
    assert [one["cancelled"] for one in of_another] == [False]
    (kept,), (gone,) = [[one for one in told if one["cancelled"] is off] for off in (False, True)]
    assert (gone["uid"], gone["sequence"] > called["sequence"]) == (called["uid"], True)
    with registration_db.reading() as session:
        again = agenda.slots(standing(session, mine.registration_id), SITE)  # as the personal page gives them
    assert [one.uid for one in again] == [kept["uid"], gone["uid"]]


def test_the_entry_of_a_call_follows_who_waits_and_who_has_a_seat_already_gets_none(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        events.publish(session, event.id, NOW, who="test", site=SITE)
        session.execute(sa.update(Quota).where(Quota.event_id == event.id).values(capacity=1))
        before = NOW - dt.timedelta(hours=1)
        seated = registering.register(session, event.id, answers(1, email="Awa@example.org"), before, site=SITE)
    staff.post(f"{show}/convier", data={"event": str(event.id)})
    with registration_db.reading() as session:  # nothing to take out of a calendar that never had it
        entries = agenda.slots(standing(session, seated.registration_id), SITE)
    assert [one.cancelled for one in entries] == [False]
    calls = {one["person"]["email"]: one["calendar"] for one in facts(registration_db, FACT)}
    assert calls["awa@example.org"] == []
    (called,) = calls["noe@example.org"]
    with registration_db.transaction() as session:
        waits = registering.register(session, event.id, answers(2, email="noe@example.org"), NOW, site=SITE)
        assert session.get_one(Registration, waits.registration_id).status == "wait_listed"
        was = {"starts_at": NOW, "ends_at": NOW, "place": "Toulouse"}
        announce.rescheduled(session, standing(session, waits.registration_id), was, "", site=SITE, link=SITE)
    (moved,) = facts(registration_db, "registration.registration.rescheduled.v1")[0]["calendar"]
    assert (moved["uid"], moved["cancelled"]) == (called["uid"], False)
    with registration_db.transaction() as session:
        more = registering.register(session, event.id, answers(3, email="Noe@example.org"), NOW, site=SITE)
        changing.cancel(session, more.registration_id, NOW, site=SITE)
    (left,) = facts(registration_db, "registration.registration.cancelled.v1")[0]["calendar"]
    assert (left["uid"], left["cancelled"]) == (called["uid"], True)
    off = {"reason": "Grève des trains.", "told": "2"}
    assert staff.post(f"/equipe/evenements/{event.slug}/annuler", data=off).status_code == 303
    with registration_db.transaction() as session:
        calling_off.leave(session, NOW + dt.timedelta(minutes=12), site=SITE)
    told = facts(registration_db, "registration.registration.called_off.v1")
    (gone,) = next(one for one in told if not one["certain"])["calendar"]
    assert (gone["uid"], gone["cancelled"], gone["sequence"] > called["sequence"]) == (called["uid"], True, True)


def test_who_joins_after_the_call_is_called_too_and_nobody_twice(
    staff: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        meeting = {"event": str(session.scalars(sa.select(Event.id)).one())}
    staff.post(f"{show}/convier", data=meeting)
    assert "Convier aussi" not in staff.get(show).text
    monkeypatch.setattr(clock, "now", lambda: NOW + dt.timedelta(days=1))
    staff.post(f"{show}/membres", data={"members": "Lou;Petit;lou@example.org;"})
    assert "Convier aussi 1 nouveau membre" in staff.get(show).text
    assert [staff.post(f"{show}/convier", data=meeting).status_code for _ in range(2)] == [303, 409]
    assert [one["person"]["email"] for one in facts(registration_db, FACT)][2:] == ["lou@example.org"]
    assert "Convier aussi" not in staff.get(show).text


def test_the_call_to_a_meeting_on_invitation_invites_each_member_and_their_page_does_too(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.by_invitation = True
        session.execute(sa.update(GroupMember).where(GroupMember.first_name == "Noé").values(locale="en"))
    assert staff.post(f"{show}/convier", data={"event": str(event.id)}).status_code == 303
    told = {one["person"]["email"]: one for one in facts(registration_db, FACT)}
    form = staff.get(told["awa@example.org"]["meeting"]["url"].removeprefix(SITE)).text
    assert 'value="awa@example.org"' in form, "« Je viens » opens the form"
    assert 'value="Les Amis du Lac"' in form
    assert told["awa@example.org"]["calendar"][0]["url"].endswith(f"/e/{event.slug}"), "a calendar is shared"
    listed = staff.get(f"/equipe/evenements/{event.slug}/invitations").text
    assert [listed.count(words) for words in ("Agir à Madagascar</td>", "parti à 2 personnes")] == [1, 1]
    with registration_db.transaction() as session:
        rows = session.execute(sa.select(Invitation.email, invitation_state, Invitation.locale).order_by("email"))
        assert rows.all() == [("awa@example.org", "silent", "fr"), ("noe@example.org", "silent", "en")]
        session.execute(sa.delete(Invitation).where(Invitation.email == "noe@example.org"))
    page = told["noe@example.org"]["link"].removeprefix(SITE)
    assert "/je-viens" in staff.get(page).text
    for _ in range(2):  # called before the meeting was on invitation
        form = staff.post(f"{page}/je-viens", follow_redirects=True).text
        assert 'value="noe@example.org"' in form
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Invitation)) == 2
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=False))
        noe = registering.register(session, event.id, answers(9, email="noe@home.example"), NOW, site=SITE)
    for name, value, called in (
        ("declined_at", None, 2),
        ("declined_at", NOW, 1),
        ("taken_back_at", NOW, 1),
        ("registration_id", noe.registration_id, 1),  # by the link, under another address
    ):
        with registration_db.transaction() as session:
            session.execute(sa.update(Invitation).where(Invitation.locale == "en").values({name: value}))
            found = event_editing.concerned(session, session.get_one(Event, event.id), NOW)
            assert (found.called, found.invited) == (called, 0), "told by the group, and not twice"
            session.execute(sa.update(Invitation).values({name: None}))


def test_a_meeting_on_invitation_that_moves_is_answered_by_a_personal_link(
    staff: Any, registration_db: Database
) -> None:
    show = f"{BASE}/agir-a-madagascar"
    staff.post(f"{show}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        groups.convene(session, "agir-a-madagascar", event.id, NOW, who="test", site=SITE)
        event.by_invitation = True
    with registration_db.transaction() as session:
        event = session.get_one(Event, event.id)
        was = {"starts_at": event.starts_at, "ends_at": event.ends_at, "place": event.place}
        assert event_editing._tell_called(session, event, was, NOW, "", "", site=SITE, who="test") == 2
    urls = [one["meeting"]["url"] for one in facts(registration_db, FACT)]
    assert [url.split("/")[3] for url in urls] == ["e", "e", "invitation", "invitation"]
