"""The staff's events: from a template or an earlier event to a public page."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import presets
from services.registration.drafts import WORKSHOPS
from services.registration.event_templates import TEMPLATES
from services.registration.models import Event, Quota
from services.registration.use_cases import events, registering
from shared import clock
from shared.clock import PARIS
from shared.db import Database
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers

NEW = "/equipe/evenements/nouveau"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def asked(page: Any, action: str = "") -> dict[str, str]:
    """The fields of the form that goes to `action`, or to its own page, as they come filled; ticked boxes only."""
    which = f'action="{re.escape(action)}"' if action else 'class="register"'
    form = re.search(rf"<form[^>]*{which}.*?</form>", page.text, re.S)
    assert form, page.text
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and (("checkbox" not in tag and "radio" not in tag) or " checked" in tag):
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name_, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form[0], re.S):
        fields[name_] = html.unescape(text).strip()
    for name_, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form[0], re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner) or re.search(r'value="([^"]*)"', inner)
        fields[name_] = html.unescape(chosen[1]) if chosen else ""
    return fields


def made(db: Database, slug: str) -> tuple[Event, list[int]]:
    with db.reading() as session:
        event = session.scalars(sa.select(Event).where(Event.slug == slug)).one()
        assert len(event.workshops) + len(event.programme) >= 0  # read while the session is open
        capacities = session.scalars(sa.select(Quota.capacity).where(Quota.event_id == event.id).order_by(Quota.id))
        return event, list(capacities)


def text(page: str) -> str:
    """What is read, with plain spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("kind", list(TEMPLATES))
def test_each_template_is_online_after_a_title_a_date_and_a_place(
    staff: Any, registration_db: Database, kind: str
) -> None:
    assert f"{NEW}?modele={kind}" in staff.get(NEW).text
    fields = asked(staff.get(NEW, query_string={"modele": kind}), NEW)
    typed = {"title": "Un jour ensemble", "date": "samedi 12 novembre 2016", "place": "Albi", "opens": ""}
    created = staff.post(NEW, data=fields | typed | {"closes": ""})
    assert (created.status_code, created.location) == (303, "/equipe/evenements/un-jour-ensemble-2016")
    event, capacities = made(registration_db, "un-jour-ensemble-2016")
    template = TEMPLATES[kind]
    assert (event.kind, event.state, capacities[0]) == (kind, "draft", template.capacity)
    assert f"{event.starts_at.astimezone(PARIS):%Y-%m-%d %H:%M}" == f"2016-11-12 {template.starts}"
    assert [one.title for one in event.programme] == [
        one.title for one in template.programme if one.follows != WORKSHOPS
    ], "no workshop, and nothing brought back from one"
    draft = staff.get("/e/un-jour-ensemble-2016")
    assert "Brouillon" in draft.text
    staff.post(asked_action(draft), data=asked(draft, asked_action(draft)))
    with staff.application.test_client() as anybody:
        assert "samedi 12 novembre 2016" in anybody.get("/e/un-jour-ensemble-2016").text


def test_the_number_in_the_title_is_the_edition_and_the_year_in_it_is_not_said_again(
    staff: Any, registration_db: Database
) -> None:
    typed = {"date": "samedi 11 mars 2017", "place": "Albi", "opens": "", "closes": ""}
    agora = asked(staff.get(NEW, query_string={"modele": "agora"}), NEW) | typed | {"title": "7e Agora"}
    refused = staff.post(NEW, data=agora)
    assert (refused.status_code, "7e" in refused.text.partition("Le titre dit")[2][:12]) == (422, True)
    assert staff.post(NEW, data=agora | {"edition": "7"}).status_code == 303
    assert made(registration_db, "7e-agora-2017")[0].edition == 7
    assembly = asked(staff.get(NEW, query_string={"modele": "assembly"}), NEW) | typed
    assert staff.post(NEW, data=assembly | {"title": "Assemblée générale 2017"}).status_code == 303
    assert made(registration_db, "assemblee-generale-2017")[0].title == "Assemblée générale 2017"


def test_a_programme_makes_sense_at_the_hours_that_were_chosen(staff: Any, registration_db: Database) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "agora"}), NEW) | {"place": "Albi", "slug": "agora"}
    typed = {"starts": "13:00", "ends": "19:30", "workshops-0": "L’eau", "workshops-1": "Les forêts"}
    assert staff.post(NEW, data=fields | typed).status_code == 303
    event, _capacities = made(registration_db, "agora")
    with registration_db.reading() as session:
        found = session.get_one(Event, event.id)
        rows = [(one.starts_at, one.title) for one in found.programme] + [
            (one.starts_at, one.label) for one in found.slots
        ]
        assert [(f"{at.astimezone(PARIS):%H:%M}", words) for at, words in sorted(rows)] == [
            ("13:00", "Accueil et café"),
            ("13:30", "Ouverture"),
            ("14:00", "Premiers ateliers"),
            ("15:45", "Tribune des projets"),
            ("16:45", "Seconds ateliers"),
            ("18:30", "Restitution des ateliers"),
            ("19:10", "Clôture"),
        ]


def test_what_does_not_fit_into_a_day_is_said_before_it_is_published(staff: Any, registration_db: Database) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "agora"}), NEW) | {"place": "Albi", "slug": "agora"}
    typed = {"starts": "09:00", "ends": "11:40", "workshops-0": "L’eau", "workshops-1": "Les forêts"}
    page = text(staff.post(NEW, data=fields | typed, follow_redirects=True).text)
    for words in (
        "À ces heures, la journée n’a pas de déjeuner : ni son programme ni son formulaire n’en parlent.",
        "Pas repris du modèle, faute de place à ces heures : « Tribune des projets », « Restitution des ateliers ».",
        "La présentation en parle encore : relisez-la.",
        "En dehors des heures de la rencontre : « Seconds ateliers » (14 h 15 –\u2060 15 h 45). Corriger le programme",
    ):
        assert words in page, words
    lunch = "Textes : « Présentation » parle d’un déjeuner : ni le programme ni le formulaire n’en ont."
    board = "/equipe/evenements/agora"
    assert lunch in text(staff.get(f"{board}/reglages").text)

    change = f"{board}/modifier"
    fields = asked(staff.get(change)) | {"ends": "16:00", "description": "Une matinée", "description_en": ""}
    assert "En dehors des heures" not in text(staff.post(change, data=fields).text)
    shown = text(staff.post(change, data=fields | {"starts": "9:30", "ends": "10:45"}).text)
    assert (
        "En dehors des heures de la rencontre : « Premiers ateliers » (10 h 30 –\u2060 12 h), "
        "« Clôture » (11 h 50 –\u2060 12 h 10), « Seconds ateliers » (14 h 45 –\u2060 16 h 15). "
        "Le programme se corrige après l’enregistrement."
    ) in shown
    staff.post(change, data=fields | {"confirm": "true"})
    assert "En dehors des heures" not in text(staff.get(board).text)
    assert lunch not in text(staff.get(f"{board}/reglages").text)


@pytest.mark.parametrize(
    ("day", "typed", "closing"),
    [
        ("jeudi 17 novembre 2016", {}, dt.date(2016, 11, 10)),  # a week before, as proposed
        ("mercredi 5 octobre 2016", {}, dt.date(2016, 10, 4)),  # that week is over: until the eve
        ("jeudi 17 novembre 2016", {"closes": "15 novembre 2016"}, dt.date(2016, 11, 15)),
        ("jeudi 17 novembre 2016", {"closes": ""}, None),
    ],
)
def test_the_closing_that_was_proposed_follows_the_day(
    staff: Any, registration_db: Database, day: str, typed: dict[str, str], closing: dt.date | None
) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "training"}), NEW)
    staff.post(NEW, data=fields | {"title": "Écrire", "date": day, "place": "Albi"} | typed)
    event, _capacities = made(registration_db, "ecrire-2016")
    assert (event.closes_at and event.closes_at.astimezone(PARIS).date()) == closing


def test_the_workshops_of_a_new_event_are_written_a_line_each(staff: Any, registration_db: Database) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "workshop_day"}), NEW)
    assert (fields["workshops-0"], fields["workshops-1"]) == ("", ""), "no workshop of ours is announced"
    lines = "L’eau en partage ; Salle Tarn ; 500\n\nÉcoles ; 12 places\n Forêts ; Salle Lot \nClimat"
    typed = {"title": "Petit jour", "date": "samedi 12 novembre 2016", "place": "Albi", "capacity": "42"}
    assert staff.post(NEW, data=fields | typed | {"workshops-0": lines}).status_code == 303
    event, capacities = made(registration_db, "petit-jour-2016")
    with registration_db.reading() as session:
        workshops = session.get_one(Event, event.id).workshops
        assert [(one.title, one.room) for one in workshops] == [
            ("L’eau en partage", "Salle Tarn"),
            ("Écoles", ""),
            ("Forêts", "Salle Lot"),
            ("Climat", ""),
        ]
        assert {one.slot.label for one in workshops} == {"Premiers ateliers"}, "an afternoon without any is none"
    # Never more than the event has; without a number the seats of the event are shared out.
    assert capacities == [42, 42, 12, 11, 11]


def test_workshops_without_a_number_share_what_the_others_leave(staff: Any, registration_db: Database) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "workshop_day"}), NEW)
    typed = {"title": "Petit jour", "date": "samedi 12 novembre 2016", "place": "Albi", "capacity": "42"}
    lines = "L’eau en partage ; Salle Tarn ; 30\nÉcoles\nForêts"
    assert staff.post(NEW, data=fields | typed | {"workshops-0": lines}).status_code == 303
    assert made(registration_db, "petit-jour-2016")[1] == [42, 30, 6, 6]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (" ; Salle Tarn ; 4", "écrivez un titre"),
        ("L’eau ; Salle ; Salle ; 4", "écrivez un titre"),
        ("L’eau ; 0", "de 1 à 100"),
        ("x" * 201, "trop long"),
        ("L’eau \x07", "écrivez un titre"),
        ("L’eau\tSalle Tarn", "écrivez un titre"),
        ("L’eau\n" * 41, "Quarante ateliers au plus"),
    ],
)
def test_a_line_that_is_no_workshop_is_given_back(staff: Any, line: str, said: str) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "agora"}), NEW) | {"place": "Albi", "workshops-1": line}
    answer = staff.post(NEW, data=fields)
    assert (answer.status_code, said in answer.text) == (422, True)
    assert line.split("\n")[0].strip() in answer.text, "what was typed is still there"
    assert 'href="#f-workshops-1"' in answer.text


def test_a_copy_keeps_what_the_lines_do_not_say(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5, 3]])
        event.workshops[0].host = "Awa Diop"
    fields = asked(staff.get(NEW, query_string={"copie": "agora-2016"}), NEW)
    assert fields["workshops-0"] == "Atelier 0.0 ; Salle 0 ; 5\nAtelier 0.1 ; Salle 1 ; 3"
    staff.post(NEW, data=fields | {"slug": "encore", "workshops-0": "Atelier 0.0\nUn autre ; 4"})
    again, capacities = made(registration_db, "encore")
    with registration_db.reading() as session:
        workshops = session.get_one(Event, again.id).workshops
        assert [(one.title, one.room, one.host) for one in workshops] == [
            ("Atelier 0.0", "Salle 0", "Awa Diop"),
            ("Un autre", "", ""),
        ]
    assert capacities[1:] == [5, 4]


def test_a_line_may_hold_the_spaces_and_signs_of_french(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5]])
        event.workshops[0].title, event.workshops[0].host = "L’eau\u00a0; le sol", "Awa Diop"
    fields = asked(staff.get(NEW, query_string={"copie": "agora-2016"}), NEW)
    lines = fields["workshops-0"] + "\nLa forêt\u00a0: pour qui\u202f? ; Salle Lot ; 4"
    assert staff.post(NEW, data=fields | {"slug": "encore", "workshops-0": lines}).status_code == 303
    again, _capacities = made(registration_db, "encore")
    with registration_db.reading() as session:
        workshops = session.get_one(Event, again.id).workshops
        assert [(one.title, one.room, one.host) for one in workshops] == [
            ("L’eau\u00a0; le sol", "Salle 0", "Awa Diop"),
            ("La forêt\u00a0: pour qui\u202f?", "Salle Lot", ""),
        ]


def test_who_publishes_is_told_when_the_form_opens(staff: Any) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "agora"}), NEW) | {"place": "Albi", "slug": "agora"}
    for slug, typed, said in (
        ("tard", {"date": "jeudi 12 octobre 2017", "opens": "1er septembre 2017"}, True),
        ("tot", {"opens": ""}, False),
    ):
        staff.post(NEW, data=fields | typed | {"slug": slug})
        page = staff.post(f"/equipe/evenements/{slug}/publier", follow_redirects=True).text
        assert ("1er septembre 2017 à 9" in page.replace("\xa0", " "), "Changez l’ouverture" in page) == (said, said)


def asked_action(page: Any) -> str:
    found = re.search(r'action="(/equipe/[^"]+/publier)"', page.text)
    assert found
    return found[1]


@pytest.mark.parametrize(
    ("kind", "today", "proposed"),
    [
        ("training", dt.date(2026, 11, 29), "jeudi 24 décembre 2026"),
        ("training", dt.date(2026, 11, 30), "jeudi 31 décembre 2026"),
        ("agora", dt.date(2026, 10, 8), "vendredi 9 octobre 2026"),
        ("agora", dt.date(2026, 10, 9), "vendredi 8 octobre 2027"),
    ],
)
def test_the_day_proposed_is_to_come_and_on_no_weekend(
    staff: Any, monkeypatch: pytest.MonkeyPatch, kind: str, today: dt.date, proposed: str
) -> None:
    monkeypatch.setattr(clock, "now", lambda: dt.datetime.combine(today, dt.time(10), PARIS))
    assert asked(staff.get(f"{NEW}?modele={kind}"), NEW)["date"] == proposed


def test_a_copy_keeps_texts_hours_and_workshops_across_the_change_of_clocks(
    staff: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        events.create(session, presets.agora(6, DAY), NOW, who="test")
    fields = asked(staff.get(NEW, query_string={"copie": "agora-2016"}), NEW)
    assert (fields["date"], fields["edition"]) == ("vendredi 13 octobre 2017", "7")
    assert fields["title"] == "7e Agora de la coopération internationale"
    assert "/nouveau?copie=agora-2016" in staff.get(NEW).text
    typed = {"date": "vendredi 10 novembre 2017", "starts": "10:00", "ends": "18:00", "slug": "agora-2017"}
    assert staff.post(NEW, data=fields | typed).status_code == 303
    event, capacities = made(registration_db, "agora-2017")
    assert capacities == [300, 110, 90, 70, 120, 90]
    hours = [f"{slot.starts_at.astimezone(PARIS):%d %H:%M}" for slot in event.slots]
    assert hours == ["10 11:00", "10 15:15"]  # an hour later, as the whole day, and in winter time
    assert event.slots[0].workshops[0].host == "Un établissement public et deux associations"


def test_an_event_of_several_days_ends_on_its_last(staff: Any, registration_db: Database) -> None:
    fields = asked(staff.get(NEW, query_string={"modele": "training"}), NEW)
    typed = {"title": "Deux jours", "date": "jeudi 10 novembre 2016", "place": "Albi", "closes": ""}
    wrong = staff.post(NEW, data=fields | typed | {"last_date": "mercredi 9 novembre 2016"})
    assert "Le dernier jour vient après le premier." in wrong.text
    warned = staff.post(NEW, data=fields | typed | {"last_date": "samedi 11 novembre 2016"})
    assert "Le 11 novembre 2016 est un vendredi, pas un samedi." in warned.text
    assert staff.post(NEW, data=fields | typed | {"last_date": "11/11/2016", "ends": "9h"}).status_code == 303
    event, _ = made(registration_db, "deux-jours-2016")
    assert event.ends_at == dt.datetime(2016, 11, 11, 9, tzinfo=PARIS)
    assert days_asked(staff.get("/equipe/evenements/deux-jours-2016/formulaire/apercu")) == ["2016-11-10", "2016-11-11"]
    copied = asked(staff.get(NEW, query_string={"copie": "deux-jours-2016"}), NEW) | {"slug": "encore", "closes": ""}
    later = {"date": "jeudi 12 janvier 2017", "last_date": "samedi 14 janvier 2017"}
    assert staff.post(NEW, data=copied | later).status_code == 303
    assert days_asked(staff.get("/equipe/evenements/encore/formulaire/apercu")) == [
        "2017-01-12",
        "2017-01-13",
        "2017-01-14",
    ]


def days_asked(page: Any) -> list[str]:
    return re.findall(r'name="q-days\.([\d-]+)"', page.text)


def test_a_link_passed_on_says_what_and_when_and_the_address_opens_a_map(
    registration_client: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
        event.title, event.summary, event.address = (
            'L’eau "partagée"',
            "Deux récits & un débat.",
            "12 rue des Lices, Albi",
        )
    page = registration_client.get("/e/agora-2016").text
    said = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', page))
    assert html.unescape(said["title"]) == 'L’eau "partagée"'
    assert html.unescape(said["description"]).replace("\xa0", " ").replace("\u202f", " ") == (
        "Vendredi 14 octobre 2016 à 9 h, Toulouse. Deux récits & un débat."
    )
    assert said["url"].endswith("/e/agora-2016")
    assert 'href="https://www.openstreetmap.org/search?query=12%20rue%20des%20Lices%2C%20Albi"' in page
    assert "12 rue des Lices, Albi" in page


def test_a_draft_made_by_mistake_goes_after_a_question_and_frees_its_address(
    staff: Any, registration_db: Database
) -> None:
    form = asked(staff.get(f"{NEW}?modele=agora"), NEW) | {"place": "Albi"}
    slug = staff.post(NEW, data=form).headers["Location"].rpartition("/")[2]
    page = f"/equipe/evenements/{slug}"
    assert f'href="{page}/effacer"' in staff.get(page).text
    question = staff.get(f"{page}/effacer").text
    assert ("Effacer ce brouillon" in question, f'action="{page}/effacer"' in question) == (True, True)
    assert staff.post(f"{page}/effacer").headers["Location"] == "/equipe/"
    assert staff.get(page).status_code == 404
    with registration_db.reading() as session:
        for table in ("events", "quotas", "slots", "workshops", "programme_items", "form_versions"):
            assert session.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) == 0, table
    assert staff.post(NEW, data=form).headers["Location"].rpartition("/")[2] == slug


@pytest.mark.parametrize("state", ["announced", "announced, then a draft again", "a draft that a file filled"])
def test_an_event_that_somebody_may_know_of_stays(staff: Any, registration_db: Database, state: str) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
        slug, event_id = event.slug, event.id
    if state == "a draft that a file filled":
        with registration_db.transaction() as session:
            session.execute(sa.update(Event).values(state="draft"))
            session.execute(sa.text("DELETE FROM audit_entries"))
        with registration_db.transaction() as session:
            session.execute(sa.update(Event).values(state="published"))
            registering.register(session, event_id, answers(1), NOW, site=SITE)
            session.execute(sa.update(Event).values(state="draft"))
    elif state != "announced":
        assert staff.post(f"/equipe/evenements/{slug}/brouillon").status_code == 303
    assert "/effacer" not in staff.get(f"/equipe/evenements/{slug}").text
    for answer in (staff.get(f"/equipe/evenements/{slug}/effacer"), staff.post(f"/equipe/evenements/{slug}/effacer")):
        assert (answer.status_code, "ne s’efface pas" in answer.text) == (409, True)
    with registration_db.reading() as session:
        assert session.get(Event, event_id) is not None
