"""The staff's pages: list, search, export, dashboard, new event."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration.models import Event, FormAnswer, FormVersion, Quota, Registration
from services.registration.models.allocations import Allocation
from services.registration.models.desk import Attendance, Desk
from services.registration.models.groups import ExchangeGroup, GroupMeeting
from services.registration.models.seats import Reserve
from services.registration.queries import dashboard, forms
from services.registration.rules.dates import at
from services.registration.rules.forms import plain
from services.registration.rules.question_library import LIBRARY
from services.registration.use_cases import registering
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

LIST = "/equipe/evenements/agora-2016/inscriptions"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    people = [
        {"first_name": "Soa", "last_name": "Rakotondrainibé", "structure": "Les Amis du Lac"},
        {"first_name": "Hervé", "last_name": "Bélières", "structure": "=HYPERLINK(1)", "function": "@sum"},
        {"first_name": "Inès", "last_name": "Çelik", "structure": "100 % Garonne_"},
    ]
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[5]])
        workshop = made.workshops[0].id
    for number, person in enumerate(people):
        with registration_db.transaction() as session:
            data = answers(number, diet="vegan", workshops=[workshop], **person)
            registering.register(session, made.id, data, NOW, site=SITE)
    return made


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that run inside, those that open a transaction aside."""
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith("SET "):
            statements.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(db.engine, "before_cursor_execute", note)


def names(page: Any) -> list[str]:
    return [one for one in ("Rakotondrainibé", "Bélières", "Çelik") if one in page.text]


@pytest.mark.parametrize(
    ("search", "shown"),
    [
        ("rak", ["Rakotondrainibé"]),
        ("NIBE", ["Rakotondrainibé"]),
        ("belieres herve", ["Bélières"]),
        ("celik", ["Çelik"]),
        ("amis du lac", ["Rakotondrainibé"]),
        ("amisdulac", ["Rakotondrainibé"]),
        ("amis\u2011du\u2011lac", ["Rakotondrainibé"]),
        ("dulac", ["Rakotondrainibé"]),
        ("dula", []),
        ("l'acs", []),
        ("la'c", ["Rakotondrainibé"]),
        ("personne2@", []),
        ("100 %", ["Çelik"]),
        ("garonne_", ["Çelik"]),
        ("_______________", []),
        ("zzz", []),
    ],
)
def test_search_ignores_accents_and_case(staff: Any, event: Event, search: str, shown: list[str]) -> None:
    if search == "personne2@":
        shown = ["Çelik"]
    assert names(staff.get(LIST, query_string={"q": search})) == shown


def test_filters_by_status_and_workshop(staff: Any, event: Event) -> None:
    assert names(staff.get(LIST, query_string={"etat": "wait_listed"})) == ["Çelik"]
    workshop = event.slots[0].workshops[0].id
    assert names(staff.get(LIST, query_string={"atelier": workshop})) == ["Rakotondrainibé", "Bélières"]
    assert len(names(staff.get(LIST, query_string={"atelier": "x", "etat": "x", "page": "x", "sort": "x"}))) == 3


def test_the_list_takes_the_same_statements_for_one_and_for_fifty(
    staff: Any, registration_db: Database, event: Event
) -> None:
    staff.get(LIST)  # which reads the form, once
    with counted(registration_db) as few:
        staff.get(LIST)
    for number in range(10, 70):
        with registration_db.transaction() as session:
            registering.register(session, event.id, answers(number), NOW, site=SITE)
    with counted(registration_db) as many:
        page = staff.get(LIST)
    assert page.text.count("/equipe/inscriptions/") == 50
    assert "Page 1 sur 2" in page.text
    assert len(few) == len(many) == 8


def rows(answer: Any) -> list[list[str]]:
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_the_export_opens_in_a_spreadsheet_and_runs_nothing(staff: Any, event: Event) -> None:
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    assert len(people) == 3
    cells = dict(zip(heads, people[0], strict=True))
    assert (cells["Nom"], cells["Structure"], cells["Fonction"]) == ("Bélières", "'=HYPERLINK(1)", "'@sum")
    assert (cells["État"], cells["Déjeuner"], cells["Ateliers"]) == ("Confirmée", "oui", "Atelier 0.0")
    assert "Régime alimentaire" not in heads


def test_the_export_puts_only_codes_into_words(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        person = session.scalars(sa.select(Registration).where(Registration.last_name == "Çelik")).one()
        person.structure, person.function, person.staff_note = "association", "person", "vegan"
        person.department = "other"
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    told = next(cells for row in people if (cells := dict(zip(heads, row, strict=True)))["Nom"] == "Çelik")
    assert (told["Structure"], told["Fonction"], told["Note de l’équipe"]) == ("association", "person", "vegan")
    assert (told["Type d’acteur"], told["Département"]) == (
        "Association, collectif, fondation",
        "Ailleurs, autre pays",
    )


def test_the_export_says_nothing_of_a_meal_that_was_not_asked(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.transaction() as session:
        first = forms.current(session, event.id)
        kept = session.get_one(FormVersion, first.id).questions
        fresh = FormVersion(event_id=event.id, number=2, made_at=NOW, published_at=NOW)
        fresh.questions = [one for one in kept if one["key"] != "meal"]
        session.add(fresh)
        session.flush()
        for name, version in (("Bélières", None), ("Çelik", fresh.id), ("Rakotondrainibé", first.id)):
            person = session.scalars(sa.select(Registration).where(Registration.last_name == name)).one()
            person.form_version_id, person.meal = version, name == "Bélières"
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    meals = {row[heads.index("Nom")]: row[heads.index("Déjeuner")] for row in people}
    assert meals == {"Bélières": "oui", "Çelik": "", "Rakotondrainibé": "non"}


def test_a_question_that_other_answers_hid_was_not_asked(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        first = forms.current(session, event.id)
        kept = session.get_one(FormVersion, first.id).questions
        hidden = {
            "Bélières": {"question": "actor_type", "is": ["public_body"]},
            "Çelik": {"question": "carpool_role", "is": ["seek"]},
            "Rakotondrainibé": {"question": "carpool_role", "is": ["seek"]},
        }
        for number, (name, condition) in enumerate(hidden.items(), start=2):
            fresh = FormVersion(event_id=event.id, number=number, made_at=NOW, published_at=NOW)
            fresh.questions = [
                carpool_role(),
                *[one | ({"show_if": condition} if one["key"] == "meal" else {}) for one in kept],
            ]
            session.add(fresh)
            session.flush()
            person = session.scalars(sa.select(Registration).where(Registration.last_name == name)).one()
            person.form_version_id, person.meal = fresh.id, False
            if name == "Rakotondrainibé":
                said = {"label": "Covoiturage", "value": "seek", "said": "Je cherche", "sensitive": False}
                session.add(
                    FormAnswer(
                        registration_id=person.id, question="carpool_role", version_id=fresh.id, given_at=NOW, **said
                    )
                )
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    meals = {row[heads.index("Nom")]: row[heads.index("Déjeuner")] for row in people}
    assert meals == {"Bélières": "", "Çelik": "", "Rakotondrainibé": "non"}
    with registration_db.reading() as session:  # one person's page and the file agree
        for one in session.scalars(sa.select(Registration)).all():
            assert ("meal" in forms.asked_of(session, one)) == (one.last_name == "Rakotondrainibé")


@pytest.mark.parametrize("said", ["true", "false"])
def test_a_meal_asked_of_the_members_is_told_of_them_alone(
    staff: Any, registration_db: Database, event: Event, said: str
) -> None:
    with registration_db.transaction() as session:
        first = forms.current(session, event.id)
        kept = session.get_one(FormVersion, first.id).questions
        fresh = FormVersion(event_id=event.id, number=2, made_at=NOW, published_at=NOW)
        condition = {"question": "member", "is": ["true"]}
        fresh.questions = [plain(LIBRARY["member"])]
        fresh.questions += [one | ({"show_if": condition} if one["key"] == "meal" else {}) for one in kept]
        session.add(fresh)
        session.flush()
        person = session.scalars(sa.select(Registration).where(Registration.last_name == "Çelik")).one()
        person.form_version_id, person.meal = fresh.id, False
        answer = {"question": "member", "label": "Membre", "value": said, "said": "", "sensitive": False}
        session.add(FormAnswer(registration_id=person.id, version_id=fresh.id, given_at=NOW, **answer))
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    meals = {row[heads.index("Nom")]: row[heads.index("Déjeuner")] for row in people}
    with registration_db.reading() as session:
        asked = forms.asked_of(session, session.get_one(Registration, person.id))
    assert (meals["Çelik"], "meal" in asked) == (("non", True) if said == "true" else ("", False))


def test_who_has_lunch_was_asked_about_the_diet(registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        person = session.scalars(sa.select(Registration).where(Registration.last_name == "Çelik")).one()
        person.form_version_id = forms.current(session, event.id).id
        for lunch in (True, False):
            person.meal = lunch
            session.flush()
            assert ("diet" in forms.asked_of(session, person)) == lunch


def carpool_role() -> dict[str, Any]:
    return plain(LIBRARY["carpool_role"])


def test_who_waits_is_listed_with_the_wishes_that_are_kept(staff: Any, event: Event) -> None:
    page = staff.get(LIST).text
    cells = re.findall(r'<td data-label="Ateliers">(.*?)</td>', page)
    assert cells == ["1", "1 (souhait)", "1"]
    assert "(facultatif)" not in page
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    told = {one["Nom"]: one["Ateliers"] for one in (dict(zip(heads, row, strict=True)) for row in people)}
    assert told == {"Bélières": "Atelier 0.0", "Çelik": "Atelier 0.0 (souhait)", "Rakotondrainibé": "Atelier 0.0"}
    waiting = re.search(r'href="(/equipe/inscriptions/[^"]+)">Çelik', page)
    assert waiting
    assert cancelled(staff, waiting[1].rsplit("/", 1)[1]).status_code == 303
    assert "souhait" not in staff.get(f"{LIST}.csv").text


def test_sensitive_answers_are_exported_on_demand_to_staff_only(
    staff: Any, registration_app: Any, sign_in: Any, event: Event
) -> None:
    heads, *people = rows(staff.get(f"{LIST}.csv?sensible=1"))
    assert [dict(zip(heads, one, strict=True))["Régime alimentaire"] for one in people] == ["Végétalien"] * 3
    auditor = registration_app.test_client()
    sign_in(auditor, "auditor")
    assert "Régime alimentaire" not in rows(auditor.get(f"{LIST}.csv?sensible=1"))[0]
    desk = registration_app.test_client()
    sign_in(desk, "desk")
    assert [desk.get(path).status_code for path in (f"{LIST}.csv", LIST)] == [403, 403]
    assert desk.get("/equipe/evenements/agora-2016").status_code == 200


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(search=st.text(max_size=30), status=st.text(max_size=5), page=st.text(max_size=5))
def test_no_search_breaks_the_list(staff: Any, event: Event, search: str, status: str, page: str) -> None:
    answer = staff.get(LIST, query_string={"q": search.encode("utf-8", "replace"), "etat": status, "page": page})
    assert answer.status_code in (200, 400)


def cancelled(staff: Any, person: str) -> Any:
    """As somebody who telephoned: the page says first what will happen, and no reason is asked for."""
    asked = staff.get(f"{LIST}/ensemble", query_string={"action": "cancel", "ids": person}).text
    assert "Annuler 1 inscription" in asked
    sent = dict(re.findall(r'<input type="hidden" name="(key|people|seen)" value="([^"]+)"', asked))
    return staff.post(f"{LIST}/ensemble", data=sent | {"action": "cancel", "ids": person, "words": ""})


def test_one_registration_shows_its_history_and_is_cancelled_with_a_way_back(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.reading() as session:
        row = session.scalars(sa.select(Registration).where(Registration.last_name == "Bélières")).one()
    page = staff.get(f"/equipe/inscriptions/{row.id}")
    assert "Inscription reçue" in page.text
    assert "Végétalien" in page.text
    assert f"/ensemble?action=cancel&amp;ids={row.id}" in page.text
    done = cancelled(staff, str(row.id))
    page = staff.get(f"/equipe/inscriptions/{row.id}")
    assert "Inscription annulée" in page.text
    assert "camille.roux@agora.example" in page.text
    assert names(staff.get(LIST, query_string={"etat": "wait_listed"})) == []
    with registration_db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.registration.cancelled.v1")
        assert not session.scalars(query).one()["data"].get("reason")
    assert "Reprendre" in staff.get(done.location).text
    staff.post(f"{done.location}/reprendre")
    assert "Annulation reprise" in staff.get(f"/equipe/inscriptions/{row.id}").text


def test_the_export_says_who_came(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        desk = Desk(event_id=event.id, number=1, code_hash=bytes(32), code_expires_at=NOW, created_at=NOW)
        session.add(desk)
        session.flush()
        came = session.scalars(sa.select(Registration.id).where(Registration.last_name == "Bélières")).one()
        for day, present in ((14, True), (13, True), (12, False)):
            made = {"day": dt.date(2016, 10, day), "present": present, "desk_id": desk.id, "at": NOW}
            session.add(Attendance(registration_id=came, **made))
    heads, *people = rows(staff.get(f"{LIST}.csv"))
    told = {one["Nom"]: one["Présent·e le"] for one in (dict(zip(heads, row, strict=True)) for row in people)}
    assert told == {"Bélières": "13/10/2016 | 14/10/2016", "Çelik": "", "Rakotondrainibé": ""}


def test_the_dashboard_counts(staff: Any, event: Event) -> None:
    page = staff.get("/equipe/evenements/agora-2016").text
    assert "Complet : 2 places prises".replace(" :", "\u202f:") in page
    assert "Haute-Garonne" in page


def test_the_dashboard_draws_the_pace_beside_the_last_edition(
    staff: Any, registration_db: Database, event: Event
) -> None:
    """Three people eleven days ahead; a year before, at the same distance, one."""
    with registration_db.transaction() as session:
        earlier = an_event(session, slug="agora-2015")
        earlier.title, earlier.edition = "Agora d’avant", 5
        earlier.starts_at, earlier.ends_at = (
            one - dt.timedelta(days=364) for one in (earlier.starts_at, earlier.ends_at)
        )
        for number, days in ((8, 371), (9, 360)):
            made = registering.register(session, earlier.id, answers(number), NOW - dt.timedelta(days=days), site=SITE)
            assert made.token
    page = staff.get("/equipe/evenements/agora-2016").text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "À 11 jours de la rencontre : 3 inscriptions, contre 1 à la même distance en 2015 (+2)." in page
    assert page.count('class="curve curve-') == 2 + 2  # two lines, and their samples in the legend


@pytest.mark.parametrize(("capacity", "drawn"), [(60, True), (320, False)])
def test_another_event_of_the_same_year_is_named_and_what_lies_on_the_floor_is_not_drawn(
    staff: Any, registration_db: Database, event: Event, capacity: int, drawn: bool
) -> None:
    with registration_db.transaction() as session:
        earlier = an_event(session, slug="agora-de-mars-2016")
        earlier.title = "L’Agora de mars"
        earlier.starts_at, earlier.ends_at = at(dt.date(2016, 3, 1), dt.time(9)), at(dt.date(2016, 3, 1), dt.time(17))
        session.execute(sa.update(Quota).where(Quota.event_id == event.id).values(capacity=capacity))
        for number, ahead in ((8, 12), (9, 5)):
            then = earlier.starts_at - dt.timedelta(days=ahead)
            assert registering.register(session, earlier.id, answers(number), then, site=SITE).token
    page = staff.get("/equipe/evenements/agora-2016").text.replace("\u202f", " ").replace("\u00a0", " ")
    assert "3 inscriptions, contre 1 à la même distance pour « L’Agora de mars », le 1er mars (+2)." in page
    assert ('<svg class="curves"' in page) is drawn


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (1, "À 1 jour de la rencontre : 3 inscriptions."),
        (200, "À 120 jours ou plus de la rencontre : 3 inscriptions."),
    ],
)
def test_the_dashboard_says_how_far_the_event_is(
    staff: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch, days: int, said: str
) -> None:
    day = event.starts_at - dt.timedelta(days=days)
    monkeypatch.setattr(clock, "now", lambda: day)
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).values(registered_at=day))
    page = staff.get("/equipe/evenements/agora-2016").text.replace("\u202f", " ").replace("\u00a0", " ")
    assert said in page


def test_the_dashboard_says_what_comes_by_itself_and_when(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        kept = session.get_one(Event, event.id)
        kept.opens_at, kept.closes_at = at(dt.date(2016, 9, 1), dt.time(9)), at(dt.date(2016, 10, 12), dt.time(23, 59))
        kept.reminders = [7, 1]
        session.add(Reserve(event_id=kept.id, actor_types=["association"], seats=1, kept_until=dt.date(2016, 10, 9)))
        session.add(Allocation(event_id=kept.id, seed="x", due_at=at(dt.date(2016, 10, 10), dt.time(12))))
    page = staff.get(f"/equipe/evenements/{event.slug}").text
    listed = page.partition("<h2>Les dates</h2>")[2].partition("</ul>")[0]
    said = [" ".join(re.sub("<[^>]+>", " ", one).split()) for one in listed.split("<li>")[1:]]
    assert said == [
        "Jeudi 1er septembre 2016 à 9 h : Les inscriptions ouvrent (passé)",
        "Vendredi 7 octobre 2016 : Rappel par courriel à qui a une place",
        "Lundi 10 octobre 2016 : Les places gardées qui restent vont à tout le monde",
        "Lundi 10 octobre 2016 à 12 h : Les ateliers sont répartis d’après les vœux",
        "Mercredi 12 octobre 2016 à 23 h 59 : Les inscriptions ferment",
        "Jeudi 13 octobre 2016 : Rappel par courriel à qui a une place",
        "Vendredi 14 octobre 2016 à 9 h : La rencontre commence",
    ]


def test_an_exchange_group_is_compared_with_its_own_last_meeting_and_a_training_with_none(
    registration_db: Database,
) -> None:
    with registration_db.transaction() as session:
        events, groups = {}, {}
        for name in ("a", "b"):
            groups[name] = ExchangeGroup(slug=name, name=name, starts=dt.time(14), place="Toulouse")
        session.add_all(groups.values())
        session.flush()
        for days, slug, kind in [(3, "a-1", "exchange_group"), (2, "b-1", "exchange_group"), (1, "c-1", "training")]:
            events[slug] = an_event(session, slug=slug, kind=kind)
            events[slug].starts_at -= dt.timedelta(days=days)
        events["a-2"] = an_event(session, slug="a-2", kind="exchange_group")
        events["c-2"] = an_event(session, slug="c-2", kind="training")
        for slug in ("a-1", "b-1", "a-2"):
            session.add(GroupMeeting(event_id=events[slug].id, group_id=groups[slug[0]].id))
        session.flush()
        assert dashboard.edition_before(session, events["a-2"]) is events["a-1"]
        assert dashboard.edition_before(session, events["c-2"]) is None


def test_the_dashboard_counts_zones_and_meals_only_where_they_are_asked(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.transaction() as session:
        person = session.scalars(sa.select(Registration).where(Registration.last_name == "Bélières")).one()
        said = {"question": "countries", "label": "Pays", "value": ["mg", "sn"], "said": "…", "sensitive": False}
        row = FormAnswer(
            registration_id=person.id, version_id=forms.current(session, event.id).id, given_at=NOW, **said
        )
        session.add(row)
        training = an_event(session, slug="formation")
        asked = session.scalars(sa.select(FormVersion).where(FormVersion.event_id == training.id)).one()
        fresh = FormVersion(event_id=training.id, number=2, made_at=NOW, published_at=NOW)
        fresh.questions = [one for one in asked.questions if one["key"] not in ("meal", "countries")]
        session.add(fresh)
    agora = staff.get("/equipe/evenements/agora-2016").text
    assert "Par zone de coopération" in agora
    assert agora.index("Madagascar") < agora.index("Sénégal")
    assert "repas</p>" in agora
    other = staff.get("/equipe/evenements/formation").text
    assert "repas</p>" not in other
    assert "Par zone de coopération" not in other


def test_new_seats_move_the_waiting_list(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.reading() as session:
        quota = session.scalars(sa.select(Quota.id).where(Quota.kind == "event")).one()
    staff.post("/equipe/evenements/agora-2016/places", data={"quota": quota, "capacity": "3"})
    assert names(staff.get(LIST, query_string={"etat": "confirmed"})) == ["Rakotondrainibé", "Bélières", "Çelik"]
    staff.post("/equipe/evenements/agora-2016/places", data={"quota": quota, "capacity": "1 000"})
    assert 'value="1000" inputmode' in staff.get("/equipe/evenements/agora-2016").text


def test_a_number_of_places_that_is_refused_stays_beside_why(
    staff: Any, registration_db: Database, event: Event
) -> None:
    with registration_db.reading() as session:
        quota, workshop = session.scalars(sa.select(Quota.id).order_by(Quota.kind)).all()
    below = "places sont déjà données : la capacité ne peut pas descendre en dessous."
    least = "Écrivez un nombre entier, de 2, les places déjà données, à 100 000."
    for one, typed, status, said in [
        (quota, "1", 409, f"2 {below}"),
        (quota, "0", 409, f"2 {below}"),
        (workshop, "1", 409, f"2 {below}"),
        *[(quota, nonsense, 422, least) for nonsense in ("-3", "abc", "²", "", "1e9", "100001", "0" * 9 + "9" * 30)],
    ]:
        answer = staff.post("/equipe/evenements/agora-2016/places", data={"quota": one, "capacity": typed})
        page = answer.text.replace("\u202f", " ").replace("\u00a0", " ")
        assert (answer.status_code, said in page) == (status, True), typed
        field = re.search(rf'<input[^>]* id="f-places-{one}"[^>]*>', page)
        assert field, typed
        assert f'value="{typed}" inputmode="numeric" aria-invalid="true" aria-describedby="e-places-{one}"' in field[0]
        assert f'href="#f-places-{one}"' in page  # from the summary above
        assert '<details class="asked no-print" open>' in page
    for unknown in ("999999999999999999999999", "", "²", "x"):
        answer = staff.post("/equipe/evenements/agora-2016/places", data={"quota": unknown, "capacity": "9"})
        assert answer.status_code == 404


def preset(client: Any) -> dict[str, str]:
    """The fields of the new-event form as they come filled."""
    import html
    import re

    page = client.get("/equipe/evenements/nouveau?modele=agora").text
    form = page[page.index('action="/equipe/evenements/nouveau"') :]
    fields = {
        html.unescape(match[1]): html.unescape(match[2])
        for match in re.finditer(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form)
        if match[1] != "programme"
    }
    fields |= {
        match[1]: html.unescape(match[2]).strip()
        for match in re.finditer(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S)
    }
    for match in re.finditer(r'<select[^>]*name="([^"]+)".*?</select>', form, re.S):
        chosen = re.search(r'value="([^"]+)" selected', match[0])
        fields[match[1]] = chosen[1] if chosen else "1"
    assert fields["place"] == "", "nobody announces a hall of ours"
    return fields | {"place": "Centre de congrès"}


def test_a_new_event_from_the_preset_is_a_draft_then_public(staff: Any, registration_db: Database) -> None:
    fields = preset(staff) | {"date": "vendredi 14 octobre 2016", "edition": "6", "programme": "true", "slug": "agora"}
    fields |= {"opens": "1er septembre 2016", "closes": "12/10/2016", "title": fields["title"].replace("1re", "6e")}
    fields |= {"workshops-0": "L’eau ; Salle Tarn ; 110\nL’école\n", "workshops-1": ""}
    answer = staff.post("/equipe/evenements/nouveau", data=fields)
    assert (answer.status_code, answer.location) == (303, "/equipe/evenements/agora")
    with registration_db.reading() as session:
        made = session.scalars(sa.select(Event)).one()
        assert (made.state, made.edition, len(made.workshops), len(made.slots), len(made.programme)) == (
            "draft", 6, 2, 1, 6,
        )  # fmt: skip
        capacities = session.scalars(sa.select(Quota.capacity).order_by(Quota.id)).all()
    assert capacities == [300, 110, 190]
    staff.post("/equipe/evenements/agora/publier")
    with registration_db.reading() as session:
        assert session.scalars(sa.select(outbox.c.type)).all() == ["registration.event.published.v1"]
    assert "vendredi 14 octobre 2016" in staff.get("/e/agora").text


def test_a_wrong_weekday_is_warned_about_once(staff: Any) -> None:
    fields = preset(staff) | {"date": "samedi 14 octobre 2016", "opens": "", "closes": "", "slug": "agora"}
    warned = staff.post("/equipe/evenements/nouveau", data=fields)
    assert warned.status_code == 422
    assert "Le 14 octobre 2016 est un vendredi, pas un samedi." in warned.text
    sure = staff.post("/equipe/evenements/nouveau", data=fields | {"date_sure": fields["date"]})
    assert sure.status_code == 303


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=st.data())
def test_no_answer_breaks_the_form_of_a_new_event(staff: Any, data: Any) -> None:
    fields = preset(staff) | {"slug": ""}
    nasty = st.one_of(st.text(max_size=30), st.sampled_from(["x" * 10_000, "²", "-1", "9" * 30, "31/02/2016", "99h99"]))
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True)):
        fields[name] = data.draw(nasty).encode("utf-8", "replace").decode()
    assert staff.post("/equipe/evenements/nouveau", data=fields).status_code in (303, 400, 409, 422)


@pytest.mark.parametrize("path", ["/equipe/", "/equipe/evenements/nouveau", LIST, f"{LIST}.csv"])
def test_signed_out_people_are_sent_to_sign_in(registration_client: Any, event: Event, path: str) -> None:
    answer = registration_client.get(path)
    assert answer.status_code == 303
    assert "/connexion?next=" in answer.location
