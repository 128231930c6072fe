"""Somebody asks by telephone or letter to be erased: the staff see what goes and what stays, and hold the receipt."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import erasure
from services.mailer.models.contacts import Contact
from services.mailer.models.ledger import Message
from services.registration.models import PeopleFileLine, Registration
from services.registration.models.structures import Membership
from services.registration.queries.directory import reached_at
from services.registration.use_cases import directory, importing, links, members, registering, structures
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_erasure import ZOE, everything, published
from tests.mailer_people import run

PAGE = "/equipe/effacement/"
ASKED = {"email": ZOE.upper(), "first_name": "zoe", "last_name": "Rakotondrainibe", "how": "phone"}


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def shared_address(registration_db: Database) -> None:
    """Zoé and Tom share an address; each has a seat."""
    with registration_db.transaction() as session:
        event = an_event(session, capacity=5).id
    for n, first in enumerate(("Zoé", "Tom"), start=1):
        who = {"first_name": first, "last_name": "Rakotondrainibé", "email": ZOE}
        with registration_db.transaction() as session:
            registering.register(session, event, answers(n, **who), NOW, site=SITE)


def first_names(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Registration.first_name).order_by(Registration.id)))


@pytest.mark.usefixtures("shared_address")
def test_what_goes_and_stays_is_shown_then_erased_with_a_receipt_for_the_three_services(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(registration_client, "staff")
    shown = registration_client.post(PAGE, data=ASKED | {"act": "look"}).text
    assert ("Zoé Rakotondrainibé" in shown, "à un autre nom" in shown) == (True, True)
    sure = ASKED | {"act": "erase", "sure": "yes", "announced": "1"}
    for wrong, status in (({"sure": ""}, 422), ({"announced": "2"}, 409), ({"how": "x"}, 422), ({"email": "x"}, 422)):
        answer = registration_client.post(PAGE, data=sure | wrong)
        assert (answer.status_code, first_names(registration_db)) == (status, ["Zoé", "Tom"]), wrong
    receipt = registration_client.get(registration_client.post(PAGE, data=sure).location).text
    assert first_names(registration_db) == ["", "Tom"]
    assert (receipt.count("En cours"), "Zoé" in receipt) == (2, False), "jury and mailer have not answered yet"
    (told,) = published(registration_db, "registration.person.erased.v1")
    assert told["email"].lower() == ZOE
    (line,) = run(registration_db, "SELECT who, after FROM audit_entries WHERE thing = 'erasure' AND what = 'asked'")
    assert ("@" in line.who, line.after) == (True, {"how": "phone"})


@pytest.mark.usefixtures("shared_address")
def test_who_is_erased_is_registered_anew_by_no_file_that_waits(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        other = an_event(session, slug="agora-2017").id
        people = [answers(n, first_name=first, last_name="Rakotondrainibé", email=ZOE.upper()) for n, first in
                  enumerate(("Zoé", "Tom"), start=1)]  # fmt: skip
        lines = [importing.Line(n, one["first_name"], one) for n, one in enumerate(people, start=2)]
        file_id = importing.keep(session, other, "liste.csv", lines, NOW, who="x")
        importing.confirm(session, other, file_id, NOW, who="x")
    sign_in(registration_client, "staff")
    sure = ASKED | {"act": "erase", "sure": "yes", "announced": "1"}
    assert registration_client.post(PAGE, data=sure).status_code == 303
    with registration_db.transaction() as session:
        assert [one["email"] for one in session.scalars(sa.select(PeopleFileLine.answers))] == [people[1]["email"]]
        while importing.register_some(session, file_id, NOW, site=SITE):
            pass
    assert first_names(registration_db) == ["", "Tom", "Tom"]


@pytest.mark.usefixtures("shared_address")
def test_without_a_name_the_whole_address_goes_and_only_the_staff_may(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    sure = {"email": ZOE, "how": "letter", "act": "erase", "sure": "yes", "announced": "2"}
    for role in ("desk", "auditor"):
        sign_in(registration_client, role)
        assert registration_client.post(PAGE, data=sure).status_code == 403
    sign_in(registration_client, "staff")
    assert registration_client.post(PAGE, data=sure).status_code == 303
    assert first_names(registration_db) == ["", ""]


def test_the_mailer_counts_what_would_go_and_touches_nothing(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    now = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
    with mailer_db.transaction() as session:
        contact = Contact(email=ZOE, email_key=ZOE, first_name="Zoé", search=ZOE, created_at=now, updated_at=now)
        session.add(contact)
        session.flush()
        number: uuid.UUID = contact.id
        row = {"kind": "k", "template": "registration_link", "email": ZOE, "email_key": ZOE, "domain_group": "other",
               "thing": "x", "thing_version": "1", "data": {"person": {"first_name": "Zoé"}}}  # fmt: skip
        session.execute(sa.insert(Message).values(lane="transactional", **row))
    before = everything(mailer_db)
    sign_in(mailer_client, "editor")
    assert mailer_client.get(f"/contacts/{number}/effacer").status_code == 403
    sign_in(mailer_client, "staff")
    page = " ".join(mailer_client.get(f"/contacts/{number}/effacer").text.replace("\u202f", " ").split())
    assert ("fiches : 1" in page, "courriers envoyés ou en attente : 1" in page, ZOE in page) == (True, True, True)
    assert everything(mailer_db) == before
    run(mailer_db, "UPDATE messages SET state = 'claimed', lease_owner = 's', lease_until = now() + interval '1 hour'")
    assert "en train de partir" in mailer_client.get(f"/contacts/{number}/effacer").text
    with pytest.raises(erasure.StillSending), mailer_db.transaction() as session:
        erasure.forget(session, ZOE, now)
    assert run(mailer_db, "SELECT count(*) AS n FROM contacts")[0].n == 1, "no half of it"


@pytest.mark.usefixtures("shared_address")
def test_who_represents_a_structure_under_the_same_address_and_another_name_stays(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        for structure, representative in (("Oasis", "Zoé R."), ("Semences", "Awa Ndiaye")):
            members.enter(session, [members.Line(structure, representative=representative, email=ZOE)], NOW, who="x")
    sign_in(registration_client, "staff")
    shown = registration_client.post(PAGE, data=ASKED | {"act": "look"}).text
    assert ("représentant·e de Oasis" in shown, "Awa" in shown) == (True, False)
    registration_client.post(PAGE, data=ASKED | {"act": "erase", "sure": "yes", "announced": "1"})
    with registration_db.reading() as session:
        kept = session.scalars(sa.select(Membership.representative).order_by(Membership.representative)).all()
    assert kept == ["", "Awa Ndiaye"]


def test_who_speaks_for_a_member_reads_it_and_sees_it_go(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        members.enter(session, [members.Line("Oasis", representative="Zoé R.", email=ZOE.upper())], NOW, who="x")
        members.enter(session, [members.Line("Sans adresse")], NOW, who="x")
        event = an_event(session, capacity=5).id
    with registration_db.transaction() as session:
        named = {"first_name": "Zoé", "last_name": "Rakotondrainibé", "email": ZOE}
        made = registering.register(session, event, answers(1, **named), NOW, site=SITE)
        token = links.issue(session, made.registration_id, "resend", NOW)
    kept = registration_client.get(f"/i/{token}/mes-donnees").text
    assert ("Oasis" in kept, "Sans adresse" in kept) == (True, False)
    assert "Oasis" in registration_client.get(f"/i/{token}/mes-donnees.json").text
    sign_in(registration_client, "staff")
    shown = registration_client.post(PAGE, data=ASKED | {"first_name": "", "last_name": "", "act": "look"}).text
    assert "représentant·e de Oasis" in shown
    assert "Sans adresse" not in shown


def test_the_address_in_the_directory_is_told_before_and_goes(
    registration_client: Any, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    with registration_db.transaction() as session:
        oasis = structures.settle(session, "Oasis", "association", NOW)
        assert oasis
        directory.write(session, oasis, directory.Draft(email=ZOE.upper()), NOW, who="x")
        event = an_event(session, capacity=5).id
        made = registering.register(session, event, answers(1, email=ZOE), NOW, site=SITE)
        token = links.issue(session, made.registration_id, "resend", NOW)
    assert "Oasis" in registration_client.get(f"/i/{token}/mes-donnees").text
    told = registration_client.get(f"/i/{token}/mes-donnees.json").get_json()
    assert told["directory"] == [{"structure": "Oasis", "email": ZOE}]
    sign_in(registration_client, "staff")
    look = {"first_name": "", "last_name": "", "act": "look"}
    assert "l’adresse de Oasis" in registration_client.post(PAGE, data=ASKED | look).text
    erase = {"act": "erase", "sure": "yes", "announced": "1"}
    assert registration_client.post(PAGE, data=ASKED | look | erase).status_code == 303
    with registration_db.reading() as session:
        assert reached_at(session, ZOE) == []
