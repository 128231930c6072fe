"""Who organises hears by mail who registered: little, once, and never more in an hour than somebody reads."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer.handlers import handlers
from services.registration import accounts
from services.registration.models import Event, MailFate, Notice, Registration, StaffAccount
from services.registration.rules.dates import at
from services.registration.rules.desk import WalkIn
from services.registration.use_cases import changing, erasing, notices, registering, transferring, walk_ins
from services.registration.use_cases import desk as desks
from shared.db import Database, new_id
from shared.messaging import envelope
from shared.messaging.tables import outbox
from shared.web import settings
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_events import staff
from tests.mailer_people import run

__all__ = ["staff"]  # the fixture

KEY = "not a secret"
MINUTE = dt.timedelta(minutes=1)
TYPE = "registration.organiser.told.v1"


@pytest.fixture
def event(registration_db: Database) -> uuid.UUID:
    with registration_db.transaction() as session:
        return an_event(session, capacity=3, workshops=[[1]]).id


def add(db: Database, event: uuid.UUID, how: str, **whom: Any) -> None:
    with db.transaction() as session:
        notices.keep(session, event, how, NOW, who="test", **(whom or {"email": "awa@asso.example"}))


def tell(db: Database, now: dt.datetime) -> int:
    """As the chore does; the mails that left."""
    mails, sent = 0, 1
    while sent:
        with db.transaction() as session:
            sent = notices.tell(session, now, site=SITE, key=KEY)
        mails += max(0, sent - 1)
    return mails


def register(db: Database, event: uuid.UUID, numbers: list[int], now: dt.datetime, **more: Any) -> list[uuid.UUID]:
    """One form of all of them."""
    with db.transaction() as session:
        party = [answers(number, **more) for number in numbers]
        return [one.registration_id for one in registering.register_party(session, event, party, now, site=SITE)]


def facts(db: Database) -> list[dict[str, Any]]:
    with db.reading() as session:
        query = sa.select(outbox.c.envelope).where(outbox.c.type == TYPE).order_by(outbox.c.id)
        return [row["data"] for row in session.scalars(query)]


def test_nobody_is_told_unasked_and_registering_writes_nothing_for_it(
    registration_db: Database, event: uuid.UUID
) -> None:
    register(registration_db, event, [1], NOW)
    assert tell(registration_db, NOW + 5 * MINUTE) == 0
    add(registration_db, event, "each")
    assert tell(registration_db, NOW + 5 * MINUTE) == 0, "what came before is not news"
    register(registration_db, event, [2], NOW + 6 * MINUTE)
    assert facts(registration_db) == []


def test_one_mail_a_form_says_little_and_says_it_once(registration_db: Database, event: uuid.UUID) -> None:
    add(registration_db, event, "each")
    with registration_db.reading() as session:
        workshop = session.get_one(Event, event).workshops[0].id
    sensitive = {"diet": "vegan", "diet_note": "sans noix", "access": "fauteuil", "phone": "0561000000"}
    register(registration_db, event, [1], NOW + 1.5 * MINUTE, workshops=[workshop], **sensitive)
    register(registration_db, event, [2, 3], NOW + 2 * MINUTE, workshops=[workshop])
    register(registration_db, event, [4], NOW + 2 * MINUTE, structure="", actor_type="person")
    assert tell(registration_db, NOW + 2 * MINUTE) == 0, "not yet settled"
    assert [tell(registration_db, NOW + 4 * MINUTE) for _ in range(2)] == [3, 0]
    first, party, last = facts(registration_db)
    assert [[one["name"] for one in fact["arrivals"]] for fact in (first, party, last)] == [
        ["Noé Personne1"],
        ["Noé Personne2", "Noé Personne3"],
        ["Noé Personne4"],
    ]
    assert [(one["certain"], one["waits_for"]) for fact in (first, party, last) for one in fact["arrivals"]] == [
        (True, []),
        (True, ["Atelier 0.0"]),
        (True, ["Atelier 0.0"]),
        (False, []),
    ]
    assert (last["places_left"], last["waiting"], last["how"], last["arrivals"][0]["structure"]) == (0, 1, "each", "")
    assert last["page"].startswith(f"{SITE}/equipe/inscriptions/")
    assert party["page"] == f"{SITE}/equipe/evenements/agora-2016/inscriptions"
    said = json.dumps([first, party, last], ensure_ascii=False)
    assert [word for word in ("vegan", "noix", "fauteuil", "0561000000", "example.org") if word in said] == []


def test_who_is_let_in_at_the_door_is_no_news_whenever_the_device_tells_it(
    registration_db: Database, event: uuid.UUID
) -> None:
    add(registration_db, event, "each")
    register(registration_db, event, [1], NOW + 2 * MINUTE)
    with registration_db.transaction() as session:
        desk, _code = desks.open_desk(session, event, NOW, who="test")
        walk_ins.admit(session, desk, new_id(), WalkIn("Awa", "Diop", ""), NOW + 2 * MINUTE)
    assert tell(registration_db, NOW + 5 * MINUTE) == 1
    assert [one["name"] for fact in facts(registration_db) for one in fact["arrivals"]] == ["Noé Personne1"]


def test_a_rush_is_gathered_and_says_when_it_goes_on(registration_db: Database, event: uuid.UUID) -> None:
    add(registration_db, event, "each")
    for number in range(14):
        register(registration_db, event, [number], NOW + MINUTE)
    assert tell(registration_db, NOW + 3 * MINUTE) == 10
    for number in (20, 21):
        register(registration_db, event, [number], NOW + 4 * MINUTE)
    assert [tell(registration_db, NOW + later * MINUTE) for later in (7, 40, 62, 64, 66)] == [0, 0, 0, 1, 0]
    told = facts(registration_db)
    assert [len(one["arrivals"]) for one in told] == [1] * 9 + [5, 2]
    assert [one["how"] for one in told] == ["each"] * 9 + ["gathered"] * 2
    assert [dt.datetime.fromisoformat(one["resumes_at"]) for one in told if "resumes_at" in one] == [NOW + 63 * MINUTE]


def test_each_morning_with_cancellations_and_nothing_of_an_empty_day(
    registration_db: Database, event: uuid.UUID
) -> None:
    add(registration_db, event, "daily")
    one, two, three = (register(registration_db, event, [number], NOW + MINUTE)[0] for number in (1, 2, 3))
    taker = {"first_name": "Léa", "last_name": "Rivière", "email": "lea@example.org"}
    with registration_db.transaction() as session:
        changing.cancel(session, two, NOW + 2 * MINUTE, site=SITE)
    with registration_db.transaction() as session:
        transferring.transfer(session, three, taker, NOW + 3 * MINUTE, site=SITE)
    morning = at(dt.date(2016, 10, 4), dt.time(8))
    days = [morning - MINUTE, morning + MINUTE, morning + 5 * MINUTE, morning + dt.timedelta(days=1, minutes=1)]
    assert [tell(registration_db, now) for now in days] == [0, 1, 0, 0]
    (fact,) = facts(registration_db)
    assert [who["name"] for who in fact["arrivals"]] == ["Noé Personne1", "Léa Rivière"]
    gone = [(who["name"], who["held"], who.get("passed_on")) for who in fact["departures"]]
    assert gone == [("Noé Personne2", True, None), ("Noé Personne3", True, True)]
    assert one != two


def test_who_left_the_waiting_list_for_a_place_is_told_at_once_and_each_morning(
    registration_db: Database, event: uuid.UUID
) -> None:
    """Three seats and one in the workshop: a cancellation moves one person into each."""
    with registration_db.reading() as session:
        workshop = session.get_one(Event, event).workshops[0].id
    wished: dict[str, Any] = {"workshops": [workshop]}
    first, second, third = (register(registration_db, event, [one], NOW - MINUTE, **wished)[0] for one in (1, 2, 3))
    register(registration_db, event, [4], NOW - MINUTE)
    add(registration_db, event, "each")
    add(registration_db, event, "daily", email="zoe@asso.example")
    with registration_db.transaction() as session:
        changing.cancel(session, first, NOW + MINUTE, site=SITE)
    register(registration_db, event, [5], NOW + 2 * MINUTE)
    assert tell(registration_db, NOW + 4 * MINUTE) == 2, "the form, and who was waiting"
    with registration_db.transaction() as session:
        changing.cancel(session, third, NOW + 5 * MINUTE, site=SITE)
    with registration_db.transaction() as session:
        changing.cancel(session, second, NOW + 6 * MINUTE, site=SITE)
    assert tell(registration_db, NOW + 8 * MINUTE) == 1
    assert tell(registration_db, at(dt.date(2016, 10, 4), dt.time(9))) == 1
    form, waited, fifth, morning = facts(registration_db)
    assert (form["promotions"], [one["name"] for one in form["arrivals"]]) == ([], ["Noé Personne5"])
    assert waited["arrivals"] == []
    assert [(one["name"], one["event"], one["workshops"]) for one in waited["promotions"]] == [
        ("Noé Personne2", False, ["Atelier 0.0"]),
        ("Noé Personne4", True, []),
    ]
    assert waited["page"].endswith("/inscriptions")
    assert [one["name"] for one in fifth["promotions"]] == ["Noé Personne5"]
    assert fifth["page"].startswith(f"{SITE}/equipe/inscriptions/")
    assert [one["name"] for one in morning["promotions"]] == ["Noé Personne4"], "who gave up since only went"
    assert [one["name"] for one in morning["arrivals"]] == ["Noé Personne5"], "who came since only came"
    assert len(morning["departures"]) == 3


def test_the_staff_set_it_and_each_may_stop_it_by_the_link(
    staff: Any, registration_db: Database, registration_client: Any, event: uuid.UUID, registration_app: Any
) -> None:
    page = "/equipe/evenements/agora-2016/avis-par-courriel"
    with registration_db.transaction() as session:
        camille = accounts.create(
            session, email="c@agora.example", name="Camille", roles=["staff"], password="quatre mots sans rapport",
            who="test", now=NOW,
        ).id  # fmt: skip
    assert "Personne n’est averti" in staff.get(page).text
    for fields in ({"whom": "other", "email": "nulle part", "how": "each"}, {"whom": "x", "how": "each"}, {"whom": ""}):
        assert staff.post(page, data=fields).status_code == 422
    for fields in (
        {"whom": "other", "email": "Awa@asso.example", "how": "each", "locale": "en"},
        {"whom": "other", "email": "awa@ASSO.example", "how": "daily", "locale": "en"},
        {"whom": str(camille), "how": "each"},
    ):
        assert staff.post(page, data=fields).status_code == 303
    with registration_db.reading() as session:
        rows = session.scalars(sa.select(Notice).order_by(Notice.email.desc())).all()
        assert [(one.email, one.how, one.staff_id) for one in rows] == [
            ("Awa@asso.example", "daily", None),
            ("", "each", camille),
        ]
    with registration_app.app_context():
        key = settings().secret_key
    with registration_db.transaction() as session:
        fate = {"template": "registrations_told", "reason": "no-such-address", "verdict": "remove", "at": NOW}
        session.add(MailFate(message_id=new_id(), thing=rows[0].id, state="bounced", **fate))
    assert "non arrivé" in staff.get(page).text
    link = notices.stop_address("", key, rows[0].id)
    assert "Arrêter ces courriels" in registration_client.get(link).text
    assert registration_client.post(link).status_code == 303
    assert "C’est arrêté" in registration_client.get(link).text
    assert registration_client.post(link).status_code == 303
    for forged in (link[:-2], link + "x", "/avis-par-courriel/x"):
        assert registration_client.get(forged).status_code == 404
    assert staff.post(f"{page}/{rows[1].id}/arreter").status_code == 303
    assert "Personne n’est averti" in staff.get(page).text


def test_a_closed_account_is_told_of_nothing_and_who_is_erased_neither(
    registration_db: Database, event: uuid.UUID
) -> None:
    with registration_db.transaction() as session:
        account = accounts.create(
            session, email="c@agora.example", name="Camille", roles=["staff"], password="quatre mots sans rapport",
            who="test", now=NOW,
        ).id  # fmt: skip
    add(registration_db, event, "each", staff_id=account)
    add(registration_db, event, "each", email="personne1@example.org")
    with registration_db.transaction() as session:
        session.get_one(StaffAccount, account).active = False
    (one,) = register(registration_db, event, [1], NOW + MINUTE)
    register(registration_db, event, [2], NOW + MINUTE)
    with registration_db.transaction() as session:
        person = session.get_one(Registration, one)
        asked = erasing.Asker(person.email, person.email_key, person.name_key)
        erasing.by_staff(session, asked, announced=1, how="phone", who="test", now=NOW + 2 * MINUTE, site=SITE)
    assert tell(registration_db, NOW + 5 * MINUTE) == 0
    with registration_db.reading() as session:
        assert session.scalars(sa.select(Notice.staff_id)).all() == [account]


def test_an_erasure_takes_the_name_out_of_the_mails_to_who_organises(
    registration_db: Database, event: uuid.UUID, mailer_db: Database
) -> None:
    first = register(registration_db, event, [1, 2, 3], NOW)[0]
    (gone,) = register(registration_db, event, [4], NOW)
    add(registration_db, event, "daily")
    with registration_db.transaction() as session:
        changing.cancel(session, first, NOW + MINUTE, site=SITE)
    register(registration_db, event, [5], NOW + MINUTE)
    tell(registration_db, at(dt.date(2016, 10, 4), dt.time(9)))

    def deliver(type: str) -> None:
        with registration_db.reading() as session:
            (body,) = session.scalars(sa.select(outbox.c.envelope).where(outbox.c.type == type))
        fact = envelope.parse(json.dumps(body).encode())
        handler = handlers.find(type)
        assert handler
        for _again in range(2):
            with mailer_db.transaction() as session:
                handler(session, fact)

    deliver(TYPE)
    with registration_db.transaction() as session:
        session.execute(sa.update(outbox).values(published_at=NOW))
        person = session.get_one(Registration, gone)
        asked = erasing.Asker(person.email, person.email_key, person.name_key)
        erasing.by_staff(session, asked, announced=1, how="phone", who="test", now=NOW, site=SITE)
    assert facts(registration_db) == [], "the fact that named them is not kept either"
    deliver("registration.person.erased.v1")
    (mail,) = run(mailer_db, "SELECT state, data FROM messages WHERE template = 'registrations_told'")
    assert mail.state == "pending"
    lists = ("arrivals", "promotions", "departures")
    assert [[one["name"] for one in mail.data[name]] for name in lists] == [["Noé Personne5"], [""], ["Noé Personne1"]]
    assert not re.search("Personne4", json.dumps(mail.data))


def test_a_month_after_the_event_nobody_is_kept_to_be_told_and_nothing_is_told_before_it_is_on(
    registration_db: Database, event: uuid.UUID
) -> None:
    add(registration_db, event, "each")
    register(registration_db, event, [1], NOW + MINUTE)
    with registration_db.transaction() as session:
        session.get_one(Event, event).state = "archived"
    assert tell(registration_db, NOW + 5 * MINUTE) == 0
    over = at(dt.date(2016, 10, 14), dt.time(17))
    kept = []
    for days in (30, 31):
        with registration_db.transaction() as session:
            erasing.retain(session, over + dt.timedelta(days=days))
            kept.append(session.scalar(sa.select(sa.func.count(Notice.id))))
    assert kept == [1, 0]
