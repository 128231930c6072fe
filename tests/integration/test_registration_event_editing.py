"""An event changes after it was made: differences first, nobody's work lost, whoever is registered hears of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, EventDocument, Quota, Registration
from services.registration.models.forms import FormAnswer, FormVersion
from services.registration.models.registrations import Reminder
from services.registration.queries.desk import people
from services.registration.rules import editing as rules
from services.registration.rules.dates import at
from services.registration.rules.form_days import attended
from services.registration.rules.forms import Condition, Question, Words
from services.registration.use_cases import changing, documents, event_editing, events, forms, registering, rescheduling
from shared import audit, clock
from shared.clock import PARIS
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers
from tests.integration.test_registration_events import asked, days_asked

EDIT = "/equipe/evenements/agora-2016/modifier"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    """Two seats and one workshop; three people, so that the third waits."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[5]])
        workshop = made.workshops[0].id
    for number in range(3):
        with registration_db.transaction() as session:
            registering.register(session, made.id, answers(number, workshops=[workshop]), NOW, site=SITE)
    return made.id


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def facts(db: Database, kind: str) -> list[dict[str, Any]]:
    query = sa.select(outbox.c.envelope).where(outbox.c.type == kind).order_by(outbox.c.id)
    with db.reading() as session:
        return [row["data"] for row in session.scalars(query)]


def told_of(db: Database) -> list[dict[str, Any]]:
    """What the worker writes once the change is saved."""
    with db.transaction() as session:
        rescheduling.leave(session, NOW, site=SITE)
    return facts(db, "registration.registration.rescheduled.v1")


def kept(db: Database, event: uuid.UUID) -> Event:
    with db.reading() as session:
        found = session.get_one(Event, event)
        assert len(found.workshops) == 1  # read while the session is open
        return found


def form(staff: Any) -> dict[str, str]:
    page = staff.get(EDIT)
    return asked_first(page)


def asked_first(page: Any) -> dict[str, str]:
    page_text = page.text.replace('<form method="post" novalidate class="register">', f'<form action="{EDIT}">')
    return asked(type("Page", (), {"text": page_text}), EDIT)


def test_the_form_asks_about_the_days_that_the_event_has_now(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    """Who answered before the move named days that are none any more: the desk does not read them."""
    with registration_db.transaction() as session:
        found = session.get_one(Event, event)
        found.ends_at = found.starts_at + dt.timedelta(days=2, hours=8)  # the team took the third day out of its form
        forms.edit(session, event, "1.0", _asking(DAY), NOW, who="test", what="days")
        forms.publish(session, event, "2.0", NOW, who="test")
        draft = forms.edit(session, event, "2.0", lambda rows: rows[1:], NOW, who="test", what="draft").id
    page = "/e/agora-2016/inscription"
    assert days_asked(staff.get(page)) == ["2016-10-14", "2016-10-15"]
    before = asked(staff.get(page), page)
    registered = before | {
        "q-days.2016-10-15": "true",
        "first_name": "Soa",
        "last_name": "R",
        "email": "s@asso.example",
    }
    registered |= {"actor_type": "association", "department": "34", "meal": "false"}
    assert staff.post(page, data=registered).status_code == 303
    assert staff.post(EDIT, data=form(staff) | {"starts": "9 h 30", "confirm": "true", "tell": "no"}).status_code == 303
    with registration_db.reading() as session:  # another hour of the same days: the form stays as the team made it
        assert session.scalars(sa.select(FormVersion.number).order_by(FormVersion.number)).all() == [1, 2, 3]
    moved = {"date": "vendredi 21 octobre 2016", "last_date": "samedi 22 octobre 2016", "closes": ""}
    assert "Le formulaire demandera ces jours-là." in staff.post(EDIT, data=form(staff) | moved).text
    assert staff.post(EDIT, data=form(staff) | moved | {"confirm": "true", "tell": "no"}).status_code == 303
    assert days_asked(staff.get(page)) == ["2016-10-21", "2016-10-22"]
    shorter = staff.post(EDIT, data=form(staff) | {"date": "vendredi 21 octobre 2016", "last_date": ""}).text
    assert "Le formulaire ne demandera plus quels jours chacun vient." in shorter
    with registration_db.reading() as session:
        rows = session.scalars(sa.select(FormVersion).where(FormVersion.event_id == event).order_by(FormVersion.number))
        told = [(one.number, one.published_at is not None, _named(one.questions)) for one in rows]
        assert told[1:] == [
            (2, True, ["2016-10-14", "2016-10-15"]),
            (3, True, ["2016-10-21", "2016-10-22"]),
            (4, False, ["2016-10-21", "2016-10-22"]),
        ]
        assert session.get_one(FormVersion, draft).number == 4
        (soa,) = [one for one in people(session, session.get_one(Event, event), NOW) if one["first_name"] == "Soa"]
        assert soa["announced"] == []
        (said,) = session.scalars(sa.select(FormAnswer.said).where(FormAnswer.question == "days"))
        assert said == "samedi 15 octobre"  # as it was answered
    # Who came on the second day was asked for a bed: once the meeting is over on the first, nobody is.
    with registration_db.transaction() as session:
        bed = Question("bed", "text", Words("Où dormez-vous ?"), show_if=Condition("days", ("2016-10-22",)))
        version = forms.latest(session, event)
        version = forms.edit(session, event, forms.state(version), lambda rows: (*rows, bed), NOW, who="test", what="")
        forms.publish(session, event, forms.state(version), NOW, who="test")
    assert "Où dormez-vous" in staff.get(page).text
    short = form(staff) | {"date": "vendredi 21 octobre 2016", "last_date": "", "confirm": "true", "tell": "no"}
    assert staff.post(EDIT, data=short).status_code == 303
    assert ("Où dormez-vous" in staff.get(page).text, "Quels jours" in staff.get(page).text) == (False, False)
    builder = EDIT.replace("/modifier", "/formulaire")
    assert "« Où dormez-vous ? » n’est plus posée à personne" in plain(staff.get(EDIT.replace("modifier", "reglages")))
    assert "n’est plus posée à personne. Changez quand la poser" in plain(staff.get(builder))
    edited = plain(staff.get(f"{builder}/question/bed"))
    said = "samedi 22 octobre, que le formulaire ne propose plus"
    assert re.search(rf'name="when.days.2016-10-22"[^>]* checked><span>{said}', edited)


def plain(page: Any) -> str:
    return str(page.text.replace("\u00a0", " ").replace("\u202f", " "))


def _asking(first: dt.date) -> Any:
    return lambda rows: (*rows, attended([first, first + dt.timedelta(days=1)]))


def _named(questions: list[dict[str, Any]]) -> list[str]:
    return [option["key"] for one in questions if one["key"] == "days" for option in one["options"]]


def test_another_day_is_shown_then_saved_and_everybody_registered_is_told(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        for title, since in (("Le bilan", at(DAY, dt.time(17))), ("L’appel", NOW - dt.timedelta(days=1))):
            words: dict[str, Any] = dict.fromkeys(documents.COLUMNS) | {"title": title, "title_en": ""}
            body = ("un.pdf", b"%PDF-1.4")
            documents.put(session, event, words | {"shown_from": since}, body, NOW, who="test")
    fields = form(staff) | {"date": "vendredi 4 novembre 2016", "place": "Albi"}
    shown = staff.post(EDIT, data=fields)
    assert "Le programme et les ateliers suivent" in shown.text
    said = " ".join(shown.text.replace("\u202f", " ").replace("\xa0", " ").split())
    assert "« Le bilan » suit : on pourra le lire à partir du vendredi 4 novembre 2016 à 17 h" in said
    assert "L’appel" not in said  # it is there to be read
    assert "3 personnes sont inscrites ou attendent une place" in shown.text
    assert kept(registration_db, event).place == "Toulouse"  # nothing is written yet
    saved = staff.post(EDIT, data=fields | {"confirm": "true", "tell": "yes", "told": "3"}, follow_redirects=True)
    assert "3 personnes sont prévenues par courriel." in saved.text
    now = kept(registration_db, event)
    # After the change of clocks: nine o'clock is still nine o'clock, for the workshop too.
    assert f"{now.starts_at.astimezone(PARIS):%d/%m %H:%M}" == "04/11 09:00"
    assert f"{now.workshops[0].starts_at.astimezone(PARIS):%d/%m %H:%M}" == "04/11 10:00"
    with registration_db.reading() as session:
        since = [one.shown_from for one in session.scalars(sa.select(EventDocument).order_by(EventDocument.position))]
    assert since == [at(dt.date(2016, 11, 4), dt.time(17)), NOW - dt.timedelta(days=1)]
    told = told_of(registration_db)
    certain = [one for one in told if one["certain"]]
    assert (len(told), len(certain)) == (3, 2)
    assert certain[0]["was"]["place"] == "Toulouse"
    first = next(
        one
        for one in facts(registration_db, "registration.registration.confirmed.v1")
        if one["registration_id"] == certain[0]["registration_id"]
    )
    for old, new in zip(first["calendar"], certain[0]["calendar"], strict=True):
        assert (new["uid"], new["sequence"]) == (old["uid"], old["sequence"] + 1)
    assert next(one for one in told if not one["certain"])["calendar"] == []


def test_a_correction_may_be_saved_without_telling_anybody(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = form(staff) | {"place": "Toulouse, salle des fêtes", "confirm": "true", "tell": "no", "told": "3"}
    assert staff.post(EDIT, data=fields).status_code == 303
    assert told_of(registration_db) == []
    with registration_db.reading() as session:
        row = next(row for row in audit.history(session, "event", event) if row.what == "edited")
    assert (row.before, row.after) == ({"place": "Toulouse"}, {"place": "Toulouse, salle des fêtes"})


def test_only_who_is_still_registered_when_the_mail_leaves_is_told_and_once(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = form(staff) | {"place": "Albi", "confirm": "true", "tell": "yes", "told": "3"}
    staff.post(EDIT, data=fields)
    with registration_db.transaction() as session:
        latest = sa.select(Registration.id).where(Registration.status == "wait_listed")
        changing.cancel(session, session.scalars(latest).one(), NOW, site=SITE)
    with registration_db.transaction() as session:
        registering.register(session, event, answers(7), NOW, site=SITE)  # they saw the new place
    assert len(told_of(registration_db)) == 2
    assert len(told_of(registration_db)) == 2


def test_who_cancels_while_the_worker_tells_hears_nothing_after_it(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    staff.post(EDIT, data=form(staff) | {"place": "Albi", "confirm": "true", "tell": "yes", "told": "3"})
    with registration_db.transaction() as session:
        leaving = session.scalars(sa.select(Registration).where(Registration.status == "confirmed").limit(1)).one()
        leaving.status, leaving.cancelled_at, leaving.cancelled_from = "cancelled", NOW, "confirmed"
        session.flush()  # a cancellation that is not committed yet
        assert len(told_of(registration_db)) == 2
    assert str(leaving.id) not in [one["registration_id"] for one in told_of(registration_db)]


def move(staff: Any, place: str) -> str:
    """The event moves, people are to be told; what the staff then reads."""
    told = {"place": place, "confirm": "true", "tell": "yes", "told": "3"}
    done = staff.post(EDIT, data=form(staff) | told, follow_redirects=True)
    assert done.status_code == 200
    return str(done.text)


def test_two_moves_before_the_mail_leaves_are_one_from_where_people_knew_it(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    move(staff, "Albi")
    move(staff, "Auch")
    told = told_of(registration_db)
    assert [(one["was"]["place"], one["occasion"]["place"]) for one in told] == [("Toulouse", "Auch")] * 3


def test_a_move_that_was_taken_back_before_the_mail_leaves_is_not_told(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    assert "3 personnes sont prévenues" in move(staff, "Albi")
    back = move(staff, "Toulouse")
    assert "sont prévenues" not in back
    assert "3 personnes ne savaient rien d’un autre jour" in back
    assert told_of(registration_db) == []


def test_another_way_to_the_same_place_is_told(staff: Any, registration_db: Database, event: uuid.UUID) -> None:
    site = {"site_name-0": "Antenne", "site_access-0": "Tramway 2", "confirm": "true", "tell": "no"}
    staff.post(EDIT, data=form(staff) | site)
    staff.post(EDIT, data=form(staff) | site | {"site_access-0": "Tramway 4", "tell": "yes", "told": "3"})
    assert len(told_of(registration_db)) == 3


def test_a_move_at_the_end_of_a_long_list_of_places_is_told(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    site = {"site_name-0": "A" * 190, "site_address-0": "B" * 200 + " 3 rue des Oliviers", "confirm": "true"}
    staff.post(EDIT, data=form(staff) | site | {"tell": "no"})
    elsewhere = {"site_address-0": "B" * 200 + " 9 avenue Foch", "tell": "yes", "told": "3"}
    staff.post(EDIT, data=form(staff) | site | elsewhere)
    assert [len(one["was"]["place"]) for one in told_of(registration_db)] == [300] * 3


@pytest.mark.parametrize(("moved", "kept"), [({"starts": "9 h 30"}, 1), ({"date": "samedi 15 octobre 2016"}, 0)])
def test_another_day_reminds_anew_and_another_hour_does_not(
    staff: Any, registration_db: Database, event: uuid.UUID, moved: dict[str, str], kept: int
) -> None:
    with registration_db.transaction() as session:
        person = session.scalars(sa.select(Registration.id).limit(1)).one()
        session.add(Reminder(registration_id=person, days_before=7, sent_at=NOW))
    fields = form(staff) | moved | {"confirm": "true", "tell": "no", "told": "3"}
    assert staff.post(EDIT, data=fields).status_code == 303
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Reminder)) == kept


def test_nobody_is_told_of_a_move_once_the_event_is_over(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    move(staff, "Albi")
    with registration_db.transaction() as session:
        assert rescheduling.leave(session, at(DAY, dt.time(18)), site=SITE) == 3
    assert told_of(registration_db) == []


def test_a_number_of_people_that_changed_meanwhile_is_shown_again(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = form(staff) | {"place": "Albi", "confirm": "true", "tell": "yes", "told": "2"}
    again = staff.post(EDIT, data=fields)
    assert (again.status_code, 'name="told" value="3"' in again.text) == (409, True)
    assert kept(registration_db, event).place == "Toulouse"


def test_two_staff_at_once_the_second_sees_both_versions_and_loses_nothing(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    mine = form(staff) | {"title": "Mon titre", "summary": "Ma phrase"}
    assert staff.post(EDIT, data=form(staff) | {"title": "Leur titre", "confirm": "true"}).status_code == 303
    refused = staff.post(EDIT, data=mine | {"confirm": "true"})
    assert refused.status_code == 409
    assert "Les deux versions" in refused.text
    assert "Leur titre" in refused.text
    assert asked_first(refused)["summary"] == "Ma phrase"
    assert kept(registration_db, event).title == "Leur titre"
    # Having seen both, the same form goes through.
    assert staff.post(EDIT, data=asked_first(refused) | {"confirm": "true"}).status_code == 303
    assert kept(registration_db, event).title == "Mon titre"


def test_more_seats_go_to_who_waits_and_fewer_than_given_are_refused(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fewer = staff.post(EDIT, data=form(staff) | {"capacity": "1", "confirm": "true", "summary": "Rien de perdu"})
    assert (fewer.status_code, "2 places sont déjà données" in fewer.text) == (409, True)
    assert "Rien de perdu" in fewer.text
    more = form(staff) | {"capacity": "3"}
    assert "1 personne qui attend aura une place aussitôt" in staff.post(EDIT, data=more).text
    assert staff.post(EDIT, data=more | {"confirm": "true"}).status_code == 303
    with registration_db.reading() as session:
        assert set(session.scalars(sa.select(Registration.status))) == {"confirmed"}
    assert len(facts(registration_db, "registration.registration.promoted.v1")) == 1


def test_the_reminders_of_an_event_are_chosen_and_the_change_is_said(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = form(staff)
    assert [name for name in fields if name.startswith("remind-")] == ["remind-7", "remind-1"]
    chosen = fields | {"remind-3": "✓", "confirm": "true"}
    del chosen["remind-7"]
    saved = staff.post(EDIT, data=chosen, follow_redirects=True)
    assert kept(registration_db, event).reminders == [3, 1]
    assert "<del>une semaine avant, la veille</del> <ins>trois jours avant, la veille</ins>" in saved.text


def test_a_wrong_weekday_is_warned_about_and_the_rest_stays_typed(staff: Any, event: uuid.UUID) -> None:
    page = staff.post(EDIT, data=form(staff) | {"date": "samedi 23 octobre 2013", "title": "Gardé"})
    assert page.status_code == 422
    assert "Le 23 octobre 2013 est un mercredi, pas un samedi." in page.text
    assert asked_first(page)["title"] == "Gardé"


def test_the_preview_shows_the_page_and_writes_nothing(staff: Any, registration_db: Database, event: uuid.UUID) -> None:
    page = staff.post(EDIT, data=form(staff) | {"title": "Un autre titre", "date": "4/11/2016", "preview": "true"})
    assert "rien n’est enregistré. Fermez cette page" in page.text
    assert "Un autre titre" in page.text
    assert "vendredi 4 novembre 2016" in page.text
    assert kept(registration_db, event).title == "Journée d’essai"


@pytest.mark.parametrize(("ago", "field"), [(dt.timedelta(days=40), "date"), (dt.timedelta(minutes=1), "ends")])
def test_nobody_registered_is_moved_into_the_past(
    registration_db: Database, event: uuid.UUID, ago: dt.timedelta, field: str
) -> None:
    """Of today it is the hour that is refused, beside the hour: the day is right."""
    with registration_db.transaction() as session, pytest.raises(RuleError) as refused:
        found = session.get_one(Event, event)
        seen = rules.stamp(event_editing.current(session, found))
        over = NOW - ago
        draft = dataclasses.replace(
            events.draft_of(session, found), starts_at=over - dt.timedelta(hours=1), ends_at=over
        )
        event_editing.edit(session, event, draft, NOW, who="test", site=SITE, seen=seen, told=3)
    assert (refused.value.code, refused.value.field) == ("event-over", field)


def test_an_event_goes_back_to_a_draft_only_while_nobody_is_registered(
    staff: Any, registration_db: Database, event: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "/equipe/evenements/agora-2016"
    assert staff.post(f"{base}/brouillon").status_code == 409
    assert staff.post(f"{base}/archiver").status_code == 409  # not over yet
    monkeypatch.setattr(clock, "now", lambda: at(DAY + dt.timedelta(days=1), dt.time(9)))
    assert staff.post(f"{base}/archiver").status_code == 303
    with registration_db.transaction() as session:
        other = an_event(session, slug="autre")
        assert session.scalar(sa.select(Quota.capacity).where(Quota.event_id == other.id)) == 10
    staff.post("/equipe/evenements/autre/brouillon")
    with registration_db.reading() as session:
        states = dict(session.execute(sa.select(Event.slug, Event.state)).all())
    assert states == {"agora-2016": "archived", "autre": "draft"}


def test_two_sites_and_two_organisers_are_one_entry_everywhere(
    staff: Any, registration_db: Database, event: uuid.UUID
) -> None:
    fields = form(staff) | {
        "site_name-0": "Antenne de Montpellier",
        "site_address-0": "3 rue des Oliviers",
        "site_access-0": "Tramway 2, arrêt Rives-du-Lez",
        "other_name-0": "Collectif de la solidarité",
        "other_url-0": "collectif.example",
    }
    for where in (EDIT, "/equipe/evenements/nouveau"):
        wrong = staff.post(where, data=fields | {"site_name-0": ""})
        assert (wrong.status_code, "Écrivez le nom, ou videz la ligne." in wrong.text) == (422, True)
        assert '<details class="asked" open><summary>Plusieurs lieux' in wrong.text  # what is wrong is in sight
    wrong = staff.post("/equipe/evenements/nouveau", data=fields | {"other_url-0": "javascript:alert(1)"})
    assert (wrong.status_code, "Cette adresse de site n’est pas complète" in wrong.text) == (422, True)
    assert not re.search(r'<details class="asked">\s*<summary>Présentation', wrong.text)
    shown = staff.post(EDIT, data=fields)
    assert "Antenne de Montpellier, 3 rue des Oliviers" in shown.text
    preview = staff.post(EDIT, data=fields | {"preview": "true"}).text
    assert "Collectif de la solidarité" in preview
    assert staff.post(EDIT, data=fields | {"confirm": "true", "tell": "yes", "told": "3"}).status_code == 303
    told = told_of(registration_db)
    assert told[0]["occasion"]["place"] == "Toulouse ; Antenne de Montpellier, 3 rue des Oliviers"
    with staff.application.test_client() as anybody:
        page = anybody.get("/e/agora-2016").text
        assert "Tramway 2" in page
        assert 'href="https://collectif.example"' in page
        for address in ("/agenda/agenda.ics", "/agenda/agenda.rss", "/agenda/cadre"):
            found = anybody.get(address).text.replace("\r\n ", "")
            assert "Antenne de Montpellier" in found
            assert "Collectif de la solidarité" in found
            assert found.count("Journée d’essai") == 1
        (entry,) = anybody.get("/api/events").json
        assert [one["name"] for one in entry["sites"]] == ["Toulouse", "Antenne de Montpellier"]
        assert [one["name"] for one in entry["organisers"]] == ["Réseau", "Collectif de la solidarité"]
    copy = asked(staff.get("/equipe/evenements/nouveau?copie=agora-2016"), "/equipe/evenements/nouveau")
    assert copy["site_name-0"] == "Antenne de Montpellier"
    # A row whose name is emptied goes.
    again = form(staff) | {"site_name-0": "", "site_address-0": "", "site_access-0": "", "confirm": "true"}
    assert staff.post(EDIT, data=again).status_code == 303
    assert len(kept(registration_db, event).where) == len("Toulouse")


def test_the_other_services_hear_of_an_event_that_is_a_draft_again_once(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        event_id = an_event(session).id
    for _click in range(2):
        assert staff.post("/equipe/evenements/agora-2016/brouillon").status_code == 303
    (told,) = facts(registration_db, "registration.event.withdrawn.v1")
    assert (told["event_id"], told["title"]) == (str(event_id), "Journée d’essai")
