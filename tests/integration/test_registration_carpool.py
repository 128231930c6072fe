"""Sharing cars: only among those who agreed, through us, as long as they like."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import CarpoolNote, CarpoolRide, Consent, Event, FormAnswer, FormVersion, Registration
from services.registration.queries import carpool as queries
from services.registration.rules import carpool as rules
from services.registration.rules.form_answers import Given
from services.registration.use_cases import carpool, changing, erasing, links, registering, withdrawing
from shared import clock
from shared.db import Database
from shared.errors import NotFound, RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def event(registration_db: Database) -> Event:
    """0, 1, 2 and 3 of Hérault, 4 of Gard; all certain, none has agreed yet."""
    with registration_db.transaction() as session:
        made = an_event(session)
    for number in range(5):
        with registration_db.transaction() as session:
            person = {"first_name": f"Prénom{number}", "phone": "0561000000"}
            data = answers(number, department="30" if number == 4 else "34", **person)
            registering.register(session, made.id, data, NOW, site=SITE)
    return made


def id_of(db: Database, number: int) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(Registration.id).where(Registration.last_name == f"Personne{number}")).one()


def travels(db: Database, number: int, kind: str, seats: int = 1, km: int | None = None) -> uuid.UUID:
    who = id_of(db, number)
    with db.transaction() as session:
        carpool.travel(session, who, kind, seats, "Lodève", km, NOW)
    return who


def seen(db: Database, who: uuid.UUID) -> list[str]:
    with db.reading() as session:
        own = queries.trip(session, who)
        if own is None:
            return []
        return sorted(one.first_name for one in queries.matches(session, session.get_one(Registration, who), own))


def write(db: Database, one: uuid.UUID, other: uuid.UUID, text: str = "Bonjour", now: dt.datetime = NOW) -> None:
    with db.transaction() as session:
        carpool.write(session, one, other, text, now, site=SITE)


def ride(db: Database, driver: uuid.UUID, passenger: uuid.UUID) -> None:
    with db.transaction() as session:
        carpool.ride(session, driver, passenger, NOW)


def test_only_who_agreed_in_the_same_departement_is_proposed(registration_db: Database, event: Event) -> None:
    driver = travels(registration_db, 0, "offer", 2)
    assert seen(registration_db, driver) == []
    seeker = travels(registration_db, 1, "seek")
    travels(registration_db, 2, "offer")
    travels(registration_db, 4, "seek")
    assert seen(registration_db, driver) == ["Prénom1"]
    assert seen(registration_db, seeker) == ["Prénom0", "Prénom2"]
    with registration_db.transaction() as session:
        carpool.stop(session, seeker, NOW)
        given = session.scalars(sa.select(Consent.given).where(Consent.registration_id == seeker)).all()
    assert seen(registration_db, driver) == []
    assert sorted(given) == [False, True]


def about_the_car(db: Database, event: Event, **said: Any) -> dict[str, Any]:
    """Answers of the form to its questions about the car, under the version that is online."""
    with db.reading() as session:
        version = session.scalars(sa.select(FormVersion.id).where(FormVersion.event_id == event.id)).first()
    asked = {f"carpool_{key}": Given(key, value, str(value), False) for key, value in said.items()}
    return {"asked": asked, "form_version": version, "form_keys": list(asked), "department": "34"}


def test_who_said_it_in_the_form_and_agreed_there_says_it_once(registration_db: Database, event: Event) -> None:
    """A driver and a passenger of the form find each other; without the agreement nobody sees them."""
    people: list[uuid.UUID] = []
    for number, (agreed, said) in enumerate(
        [
            (True, {"role": "offer", "seats": 3, "place": "Lodève", "return": "17 h 30"}),
            (True, {"role": "seek"}),
            (False, {"role": "seek"}),
        ]
    ):
        data = answers(7 + number, carpool=agreed, **about_the_car(registration_db, event, **said))
        with registration_db.transaction() as session:
            data |= {"first_name": f"Prénom{7 + number}"}
            people.append(registering.register(session, event.id, data, NOW, site=SITE).registration_id)
    driver, _passenger, silent = people
    assert [seen(registration_db, one) for one in people] == [["Prénom8"], ["Prénom7"], []]
    with registration_db.reading() as session:
        assert queries.trip(session, silent) is None
        trip = queries.trip(session, driver)
        assert trip is not None
        assert (trip.seats, trip.town, trip.back) == (3, "Lodève", "17 h 30")
    with registration_db.transaction() as session:  # a form of before, published with these questions sensitive
        session.execute(sa.update(FormAnswer).where(FormAnswer.registration_id == driver).values(sensitive=True))
    assert [seen(registration_db, one) for one in people] == [["Prénom8"], [], []]
    with registration_db.transaction() as session:  # said on the page of the carpool since, to be shown
        carpool.travel(session, driver, "offer", 3, "Lodève", None, NOW + MINUTE)
    assert [seen(registration_db, one) for one in people] == [["Prénom8"], ["Prénom7"], []]


def test_an_answer_that_changes_changes_the_trip_and_another_leaves_what_was_said_since(
    registration_db: Database, event: Event
) -> None:
    def change(**more: Any) -> None:
        with registration_db.transaction() as session:
            changing.change(session, who, {**data, **more}, NOW, site=SITE)

    def trip() -> tuple[str, int, str, str] | None:
        with registration_db.reading() as session:
            found = queries.trip(session, who)
            return (found.kind, found.seats, found.town, found.back) if found else None

    data = answers(7, carpool=True, **about_the_car(registration_db, event, role="offer", seats=3, place="Lodève"))
    with registration_db.transaction() as session:
        who = registering.register(session, event.id, data, NOW, site=SITE).registration_id
    with registration_db.transaction() as session:
        carpool.travel(session, who, "offer", 2, "Clermont", 40, NOW, "18 h")
    change(meal=False)
    assert trip() == ("offer", 2, "Clermont", "18 h")
    change(asked={}, form_keys=[])  # a form that does not ask any more takes nothing back
    assert trip() == ("offer", 2, "Clermont", "18 h")
    change(**about_the_car(registration_db, event, role="offer", seats=4))  # nor one that asks less
    assert trip() == ("offer", 4, "Clermont", "18 h")
    change(**about_the_car(registration_db, event, role="seek", place="Lodève"))
    assert trip() == ("seek", 1, "Lodève", "18 h")
    change(**about_the_car(registration_db, event, role="none"))
    assert trip() is None


def test_a_message_carries_neither_address_nor_telephone(registration_db: Database, event: Event) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver, "À 7 h place de la Comédie ?")
    query = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.carpool.written.v1")
    with registration_db.reading() as session:
        fact = session.scalars(query).one()
    assert fact["data"]["person"]["email"] == "personne0@example.org"
    said = json.dumps(fact, ensure_ascii=False)
    assert "personne1@" not in said
    assert "0561000000" not in said
    assert "Personne1" not in said


def test_who_was_written_to_may_answer_and_who_never_agreed_cannot_be_reached(
    registration_db: Database, event: Event
) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    with pytest.raises(NotFound):
        write(registration_db, driver, id_of(registration_db, 3))
    write(registration_db, seeker, driver)
    ride(registration_db, driver, travels(registration_db, 2, "seek"))
    assert seen(registration_db, seeker) == []  # the car is full
    write(registration_db, driver, seeker, "Désolé, c’est complet.")
    write(registration_db, seeker, driver, "Merci quand même.", NOW + 20 * MINUTE)


def test_two_who_write_to_each_other_at_once_do_not_wait_for_each_other(
    registration_db: Database, event: Event
) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    with registration_db.transaction() as session:
        carpool.write(session, driver, seeker, "Je pars à 7 h.", NOW, site=SITE)
        with registration_db.transaction() as other:
            other.execute(sa.text("SET LOCAL lock_timeout = '300ms'"))
            carpool.write(other, seeker, driver, "À quelle heure ?", NOW, site=SITE)


@pytest.mark.parametrize("how", ["block", "report"])
def test_who_is_stopped_neither_writes_nor_sees(registration_db: Database, event: Event, how: str) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver)
    with registration_db.transaction() as session:
        if how == "block":
            carpool.block(session, driver, seeker, NOW)
        else:
            carpool.report(session, driver, session.scalars(sa.select(CarpoolNote.id)).one(), NOW)
    assert (seen(registration_db, driver), seen(registration_db, seeker)) == ([], [])
    with pytest.raises(NotFound):
        write(registration_db, seeker, driver, now=NOW + 20 * MINUTE)
    with registration_db.reading() as session:
        assert len(queries.reported(session, event.id)) == (how == "report")


def test_not_twice_in_ten_minutes_nor_all_day(registration_db: Database, event: Event) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver)
    with pytest.raises(RuleError) as refused:
        write(registration_db, seeker, driver, now=NOW + 9 * MINUTE)
    assert refused.value.code == "carpool-again"
    for turn in range(1, rules.PER_DAY):
        write(registration_db, seeker, driver, now=NOW + turn * 11 * MINUTE)
    with pytest.raises(RuleError) as refused:
        write(registration_db, seeker, driver, now=NOW + 5 * 60 * MINUTE)
    assert refused.value.code == "carpool-often"


def test_a_car_takes_no_more_than_its_seats_and_counts_for_the_funder(registration_db: Database, event: Event) -> None:
    driver = travels(registration_db, 0, "offer", 1)
    first, second = travels(registration_db, 1, "seek"), travels(registration_db, 2, "seek")
    ride(registration_db, driver, first)
    ride(registration_db, driver, first)
    with pytest.raises(RuleError) as refused:
        ride(registration_db, driver, second)
    assert refused.value.code == "carpool-full"
    km = rules.distance("34", "Toulouse")
    assert km is not None
    assert 230 <= km <= 265  # 242 by the motorway
    with registration_db.reading() as session:
        assert rules.avoided(queries.shared(session, [event.id]).km) == (2 * km, round(2 * km * 0.218))
    with pytest.raises(sa.exc.IntegrityError), registration_db.transaction() as session:
        session.execute(sa.insert(CarpoolRide).values(passenger_id=first, driver_id=driver, at=NOW))


@pytest.mark.parametrize(
    ("where", "town"),
    [
        ("Espace Gauche, rive gauche, 34000 Montpellier", "Montpellier"),  # « auch » is in « gauche »
        ("Centre Toulouse-Lautrec, 2 avenue de Toulouse, 81000 ALBI", "Albi"),
        ("Maison de la région, Montpellier ; Salle Verte, Toulouse", "Montpellier"),
        ("Salle des fêtes, Nîmes", "Nîmes"),
        ("En visio", ""),
    ],
)
def test_the_town_of_a_meeting_is_a_whole_word_and_the_last_of_its_first_site(where: str, town: str) -> None:
    assert rules.distance("09", where) == (rules.distance("09", town) if town else None)


@pytest.mark.parametrize("how", ["withdrawn", "unticked"])
def test_an_agreement_taken_back_anywhere_ends_the_trip(registration_db: Database, event: Event, how: str) -> None:
    driver, passenger = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    ride(registration_db, driver, passenger)
    with registration_db.transaction() as session:
        if how == "withdrawn":
            withdrawing.withdraw(session, driver, "carpool", NOW)
        else:
            told = changing.answers(session, driver) | {"carpool": False}
            changing.change(session, driver, told, NOW, site=SITE)
    with registration_db.reading() as session:
        assert queries.trip(session, driver) is None
        assert session.get(CarpoolRide, passenger) is None
    assert seen(registration_db, passenger) == []


def test_a_driver_who_cancels_leaves_the_passenger_free_for_another_car(
    registration_db: Database, event: Event
) -> None:
    driver, passenger = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    ride(registration_db, driver, passenger)
    other = travels(registration_db, 2, "offer")
    assert seen(registration_db, other) == []
    with registration_db.transaction() as session:
        changing.cancel(session, driver, NOW, site=SITE)
    assert seen(registration_db, other) == ["Prénom1"]
    ride(registration_db, other, passenger)


def test_a_passenger_who_cancels_leaves_the_seat_to_another(registration_db: Database, event: Event) -> None:
    driver, first = travels(registration_db, 0, "offer", 1), travels(registration_db, 1, "seek")
    second = travels(registration_db, 2, "seek")
    ride(registration_db, driver, first)
    with registration_db.transaction() as session:
        changing.cancel(session, first, NOW, site=SITE)
    assert seen(registration_db, second) == ["Prénom0"]
    ride(registration_db, driver, second)
    with registration_db.transaction() as session:
        changing.undo(session, first, NOW, site=SITE)
        assert session.scalars(sa.select(CarpoolRide.passenger_id)).all() == [second]  # one seat carries one


def test_a_form_that_does_not_ask_takes_no_agreement_back(
    registration_db: Database, registration_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, kind="training")
        for number in range(2):
            registering.register(session, made.id, answers(number), NOW, site=SITE)
    driver, passenger = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    ride(registration_db, driver, passenger)
    with registration_db.transaction() as session:
        page = f"/i/{links.issue(session, driver, 'test', NOW)}/modifier"
        old = session.get_one(Registration, driver)
        typed = {name: getattr(old, name) for name in ("first_name", "last_name", "email", "actor_type", "department")}
    typed |= {"email_checked": typed["email"], "phone": "0561000001", "confirm": "1"}
    assert registration_client.post(page, data=typed).status_code == 303
    with registration_db.reading() as session:
        assert session.get_one(Registration, driver).phone == "0561000001"
        assert session.get(CarpoolRide, passenger) is not None
        given = sa.select(Consent.given).where(Consent.registration_id == driver, Consent.purpose == "carpool")
        assert session.scalars(given).all() == [True]


def test_an_erased_person_leaves_neither_trip_nor_words(registration_db: Database, event: Event) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver)
    with registration_db.transaction() as session:
        gone = erasing.anonymise(session, [seeker])
        assert (gone["trips"], gone["notes"]) == (1, 1)
    assert seen(registration_db, driver) == []


def test_on_the_page(
    registration_db: Database, registration_client: Any, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    pages = []
    for number in range(2):
        with registration_db.transaction() as session:
            pages.append(f"/i/{links.issue(session, id_of(registration_db, number), 'test', NOW)}/covoiturage")
    page = registration_client
    assert page.get(pages[0]).status_code == 200
    offer = {"kind": "offer", "seats": "1"}
    for nonsense in ({}, {"kind": "x", "seats": "²"}, offer | {"seats": "9"}, offer | {"km": "-"}):
        assert page.post(f"{pages[0]}/trajet", data=nonsense).status_code == 422
    wrong = page.post(f"{pages[0]}/trajet", data=offer | {"back": "25:99"})
    assert (wrong.status_code, "Cette heure n’existe pas" in wrong.text) == (422, True)
    assert 'value="25:99"' in wrong.text
    page.post(f"{pages[0]}/trajet", data={"kind": "offer", "seats": "2", "back": "vers <18>"})
    page.post(f"{pages[1]}/trajet", data={"kind": "seek", "seats": "1"})
    to = id_of(registration_db, 0)
    assert page.post(f"{pages[1]}/ecrire/{to}", data={"text": " "}).status_code == 422
    assert page.post(f"{pages[1]}/ecrire/{to}", data={"text": "<b>À 7 h</b>"}).status_code == 303
    assert "Retour : vers &lt;18&gt;" in page.get(pages[1]).text.replace("\u202f", " ").replace("\xa0", " ")
    assert "&lt;b&gt;À 7 h" in page.get(pages[0]).text
    assert "personne1@" not in page.get(pages[0]).text
    assert page.post(f"{pages[1]}/ecrire/{uuid.uuid4()}", data={"text": "x"}).status_code == 404


def answer(db: Database, by: uuid.UUID, text: str, now: dt.datetime = NOW, read: str = "words") -> None:
    """By mail, to the last message that this person had."""
    with db.transaction() as session:
        last = (
            sa.select(CarpoolNote.id)
            .where(CarpoolNote.to_id == by)
            .order_by(CarpoolNote.at.desc(), CarpoolNote.id.desc())
        )
        note = session.scalars(last).first() or uuid.uuid4()
        fact = {
            "note_id": note,
            "registration_id": by,
            "answer_id": uuid.uuid4(),
            "read": read,
            "text": text,
            "at": now,
        }
        carpool.answered(session, fact, site=SITE)


def told(db: Database, type: str) -> list[dict[str, Any]]:
    with db.reading() as session:
        facts = session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == type).order_by(outbox.c.id)).all()
    return [fact["data"] for fact in facts]


def refusals(db: Database) -> list[tuple[str, str, str]]:
    found = told(db, "registration.carpool.refused.v1")
    return [(one["person"]["email"], one["to_name"], one["reason"]) for one in found]


def test_an_answer_by_mail_is_one_more_message(registration_db: Database, event: Event) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver)
    answer(registration_db, driver, "Sept heures me va.")
    answer(registration_db, seeker, "Parfait.", NOW + 11 * MINUTE)
    last = told(registration_db, "registration.carpool.written.v1")
    assert [(one["person"]["email"], one["from_name"], one["text"]) for one in last[1:]] == [
        ("personne1@example.org", "Prénom0", "Sept heures me va."),
        ("personne0@example.org", "Prénom1", "Parfait."),
    ]
    assert refusals(registration_db) == []


def test_an_answer_by_mail_is_under_the_limits_of_the_page_and_who_wrote_it_is_told(
    registration_db: Database, event: Event
) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    write(registration_db, seeker, driver)
    link = f"{SITE}/i/{'x' * 43}/covoiturage"
    for text in ("x" * (rules.LONGEST + 1), f"Voici ma page : {link}", " "):
        answer(registration_db, driver, text)
    for read in ("empty", "long", "quoted"):
        answer(registration_db, driver, "", read=read)
    answer(registration_db, driver, "Oui")
    answer(registration_db, driver, "Encore", NOW + 9 * MINUTE)
    for turn in range(1, rules.PER_DAY):
        answer(registration_db, driver, "Et puis", NOW + turn * 11 * MINUTE)
    answer(registration_db, driver, "Et encore", NOW + 5 * 60 * MINUTE)
    reasons = ["long", "link", "empty", "empty", "long", "quoted", "again", "often"]
    assert refusals(registration_db) == [("personne0@example.org", "Prénom1", f"carpool-{one}") for one in reasons]
    assert len(told(registration_db, "registration.carpool.written.v1")) == 1 + rules.PER_DAY


@pytest.mark.parametrize("since", ["stopped", "blocked", "cancelled", "agreement", "over", "own seat", "nobody"])
def test_an_answer_by_mail_reaches_nobody_who_left_meanwhile(
    registration_db: Database, event: Event, since: str
) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    if since != "nobody":
        write(registration_db, seeker, driver)
    now, name, reason = NOW, "Prénom1", "carpool-unknown"
    with registration_db.transaction() as session:
        if since == "stopped":
            carpool.stop(session, seeker, NOW)
        elif since == "blocked":
            carpool.block(session, seeker, driver, NOW)
        elif since == "cancelled":
            changing.cancel(session, seeker, NOW, site=SITE)
        elif since == "agreement":
            carpool.stop(session, driver, NOW)
            reason = "carpool-no-trip"
        elif since == "own seat":
            changing.cancel(session, driver, NOW, site=SITE)
            reason = "carpool-uncertain"
        elif since == "over":
            now, reason = event.ends_at, "event-over"
        else:
            name = ""
    answer(registration_db, driver, "Toujours là ?", now)
    assert refusals(registration_db) == [("personne0@example.org", name, reason)]
    assert len(told(registration_db, "registration.carpool.written.v1")) == (since != "nobody")


def test_nobody_answers_a_message_to_somebody_else_and_who_was_erased_is_told_nothing(
    registration_db: Database, event: Event
) -> None:
    driver, seeker = travels(registration_db, 0, "offer"), travels(registration_db, 1, "seek")
    third = travels(registration_db, 2, "seek")
    write(registration_db, seeker, driver)
    with registration_db.transaction() as session:
        note = session.scalars(sa.select(CarpoolNote.id)).one()
        fact = {"note_id": note, "answer_id": uuid.uuid4(), "read": "words", "text": "Bonjour", "at": NOW}
        carpool.answered(session, fact | {"registration_id": third}, site=SITE)
        erasing.anonymise(session, [driver])
    answer(registration_db, driver, "Bonjour")
    assert refusals(registration_db) == [("personne2@example.org", "", "carpool-unknown")]
    assert len(told(registration_db, "registration.carpool.written.v1")) == 1
