"""Two contacts that are one person, and an address that changed: the stricter word holds, and nothing is lost."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import audience, contacts, directory, erasure, same_person, unsubscribe
from services.mailer.audience import EVERYBODY
from services.mailer.models.contacts import ECHO, GIVEN, WITHDRAWN, Contact
from shared.db import Database
from shared.errors import RuleError
from tests.mailer_people import campaign, run, suppress, until_waiting

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
EARLIER = NOW - dt.timedelta(days=90)
KEPT, GONE = "zoe@asso.example", "zoe@perso.example"
WHO = "camille.roux@agora.example"


@pytest.fixture
def two(mailer_db: Database) -> tuple[uuid.UUID, uuid.UUID]:
    """Zoé twice, known and nothing said."""
    with mailer_db.transaction() as session:
        people = [
            contacts.Person(KEPT, "Zoé", topics=("eau",)),
            contacts.Person(GONE, "Zo", "L’Hôte", "Rizières", topics=("santé",)),
        ]
        ids = contacts.save(session, people, EARLIER)
    return ids[KEPT], ids[GONE]


def say(session: Any, email: str, status: str, list: str = ECHO) -> None:
    who = contacts.subscribe(session, contacts.Person(email), list, "formulaire", f"oui {email}", "1", EARLIER)
    if status == WITHDRAWN:
        contacts.withdraw(session, who, list, "lien", "Me désabonner", "1", EARLIER)


def merged(db: Database, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    with db.transaction() as session:
        seen = same_person.plan(session, *two).seen
        same_person.merge(session, *two, seen=seen, who=WHO, now=NOW)


def moved(db: Database, contact: uuid.UUID, email: str = "zoe@neuve.example") -> None:
    with db.transaction() as session:
        same_person.change_address(session, contact, email, note="elle a appelé", who=WHO, now=NOW)


def facts(db: Database) -> list[str]:
    return [row.type for row in run(db, "SELECT type FROM outbox ORDER BY id")]


@pytest.mark.parametrize(
    ("kept", "gone", "ends"),
    [
        ("", GIVEN, GIVEN),
        ("", WITHDRAWN, WITHDRAWN),
        (GIVEN, WITHDRAWN, WITHDRAWN),
        (WITHDRAWN, GIVEN, WITHDRAWN),
        (GIVEN, GIVEN, GIVEN),
        (GIVEN, "", GIVEN),
    ],
)
def test_of_two_words_about_a_list_the_stricter_holds(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], kept: str, gone: str, ends: str
) -> None:
    with mailer_db.transaction() as session:
        for email, status in (KEPT, kept), (GONE, gone):
            if status:
                say(session, email, status)
    told = len(facts(mailer_db))
    merged(mailer_db, two)
    with mailer_db.reading() as session:
        assert contacts.status(session, two[0], ECHO) == ends
        assert audience.count(session, EVERYBODY) == (ends == GIVEN)
    left = ["mailer.contact.unsubscribed.v1"] if (kept, gone) == (GIVEN, WITHDRAWN) else []
    assert facts(mailer_db)[told:] == left, "the other services hear of who leaves"


def test_a_consent_keeps_the_proof_that_was_given_at_the_other_address(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)
    merged(mailer_db, two)
    with mailer_db.reading() as session:
        (said,) = directory.consents(session, two[0])
        kept = session.get_one(Contact, two[0])
        assert (said.wording, said.at) == (f"oui {GONE}", EARLIER)
        assert (kept.first_name, kept.last_name, kept.structure, kept.topics) == (
            "Zoé", "L’Hôte", "Rizières", ["eau", "santé"]
        )  # fmt: skip
        assert directory.find(session, directory.Search("zo")).total == 1


@pytest.mark.parametrize(("reason", "follows"), [("complaint", True), ("hand", True), ("absent", False)])
def test_what_a_person_said_follows_them_and_what_a_server_said_stays_with_the_address(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], reason: str, follows: bool
) -> None:
    suppress(mailer_db, GONE, "bulk")
    run(mailer_db, "UPDATE suppressions SET reason = :reason", reason=reason)
    merged(mailer_db, two)
    held = {row.email_key for row in run(mailer_db, "SELECT email_key FROM suppressions")}
    assert held == ({GONE, KEPT} if follows else {GONE})


def test_a_campaign_under_way_reaches_the_person_once(mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)
    only_gone = campaign(mailer_db)
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
    both = campaign(mailer_db)
    merged(mailer_db, two)
    rows = run(mailer_db, "SELECT campaign_id, email, contact_id FROM messages WHERE state = 'pending'")
    assert sorted(map(tuple, rows)) == sorted([(only_gone, KEPT, two[0]), (both, KEPT, two[0])])


def test_a_link_in_a_mail_to_the_other_address_still_lets_the_person_leave(
    mailer_app: Any, mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)
    token = unsubscribe.token(two[1], ECHO, secret=mailer_app.extensions["settings"].secret_key)
    merged(mailer_db, two)
    assert mailer_client.post(f"/unsubscribe/{token}").status_code == 200
    with mailer_db.reading() as session:
        assert contacts.status(session, two[0], ECHO) == WITHDRAWN


def test_a_no_under_a_former_address_counts_and_a_yes_there_is_its_own(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
    merged(mailer_db, two)
    later = NOW + dt.timedelta(days=1)
    with mailer_db.transaction() as session:
        contacts.take_back(session, GONE, ECHO, "registration", "non", "1", later, "fait")
        assert contacts.status(session, two[0], ECHO) == WITHDRAWN
        later += dt.timedelta(days=1)
        contacts.subscribe(session, contacts.Person(GONE), ECHO, "registration", "oui", "1", later)
        assert contacts.status(session, two[0], ECHO) == WITHDRAWN
        assert audience.count(session, EVERYBODY) == 1
        assert session.get_one(Contact, two[1]).status == "active"


def test_a_file_with_a_former_address_makes_nobody(mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]) -> None:
    moved(mailer_db, two[0])
    with mailer_db.transaction() as session:
        assert contacts.save(session, [contacts.Person(KEPT)], NOW) == {KEPT: two[0]}


@pytest.mark.parametrize("asked", [KEPT, GONE, "zoe@neuve.example"])
def test_an_erasure_takes_all_addresses_of_a_person(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], asked: str
) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)
    campaign(mailer_db)
    run(mailer_db, "UPDATE messages SET state = 'cancelled'")
    merged(mailer_db, two)
    moved(mailer_db, two[0])
    with mailer_db.transaction() as session:
        assert erasure.forget(session, asked, NOW)["contacts"] == 3
    for table in ("contacts", "consents", "messages", "suppressions", "audit_entries"):
        left = str([tuple(row) for row in run(mailer_db, f"SELECT {table}::text FROM {table}")])
        assert [one for one in (KEPT, GONE, "zoe@neuve.example") if one in left] == [], table


def test_a_new_address_keeps_what_was_said_and_waits_for_the_campaign(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
    campaign(mailer_db)
    moved(mailer_db, two[0], "Zoe@Neuve.example")
    (row,) = run(mailer_db, "SELECT email, email_key, contact_id FROM messages")
    assert tuple(row) == ("Zoe@neuve.example", "zoe@neuve.example", two[0])
    moved(mailer_db, two[0], KEPT)  # and back
    with mailer_db.reading() as session:
        assert session.get_one(Contact, two[0]).email_key == KEPT
        assert [one.email_key for one in directory.former(session, two[0])] == ["zoe@neuve.example"]
        assert audience.count(session, EVERYBODY) == 1


@pytest.mark.parametrize(
    ("email", "note", "code"),
    [("zoe", "elle a appelé", "address"), (GONE, "elle a appelé", "address-taken"), ("n@x.example", "oui", "no-note"),
     (KEPT, "elle a appelé", "address-same")],
)  # fmt: skip
def test_an_address_that_is_none_or_not_free_is_refused(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], email: str, note: str, code: str
) -> None:
    with pytest.raises(RuleError) as refused, mailer_db.transaction() as session:
        same_person.change_address(session, two[0], email, note=note, who=WHO, now=NOW)
    assert refused.value.code == code


def test_through_the_pages(
    mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email=WHO)
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
        say(session, GONE, WITHDRAWN)
    page = f"/contacts/{two[0]}"
    assert GONE in mailer_client.get(f"{page}/reunir?q=perso").text
    confirm = f"{page}/reunir/{two[1]}"
    shown = mailer_client.get(confirm).text
    assert "elle l’a quitté à l’autre adresse" in shown
    seen = shown.partition('name="seen" value="')[2].partition('"')[0]
    run(mailer_db, "INSERT INTO suppressions (email_key, scope, reason) VALUES (:key, 'bulk', 'complaint')", key=GONE)
    changed = mailer_client.post(confirm, data={"seen": seen})
    assert (changed.status_code, "relisez" in changed.text) == (409, True)
    seen = changed.text.partition('name="seen" value="')[2].partition('"')[0]
    done = mailer_client.post(confirm, data={"seen": seen}, follow_redirects=True)
    assert "Deux fiches réunies" in done.text
    assert mailer_client.get(f"/contacts/{two[1]}").location == page
    refused = mailer_client.post(f"{page}/adresse", data={"email": "zoe", "note": "elle a appelé"})
    assert (refused.status_code, 'value="elle a appelé"' in refused.text) == (422, True)
    moving = {"email": "zoe@neuve.example", "note": "elle a appelé"}
    assert "Adresse changée" in mailer_client.post(f"{page}/adresse", data=moving, follow_redirects=True).text
    told = run(mailer_db, "SELECT what, who FROM audit_entries WHERE thing_id = :id ORDER BY id", id=str(two[0]))
    assert [tuple(row) for row in told] == [("merged", WHO), ("moved", WHO)]


def test_who_is_on_the_letter_is_shown_so_after_leaving_another_list(
    mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
        say(session, KEPT, WITHDRAWN, "agenda")
    assert "La désabonner de L’Écho" in mailer_client.get(f"/contacts/{two[0]}").text


def test_back_to_the_address_of_a_merged_contact_loses_neither_its_words_nor_its_links(
    mailer_app: Any, mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, KEPT, GIVEN)
        say(session, GONE, GIVEN)
    token = unsubscribe.token(two[1], ECHO, secret=mailer_app.extensions["settings"].secret_key)
    merged(mailer_db, two)
    moved(mailer_db, two[0], GONE)
    with mailer_db.reading() as session:
        assert [one.email_key for one in directory.former(session, two[0])] == [KEPT]
        said = directory.consents(session, two[0], *(one.id for one in directory.former(session, two[0])))
        assert {one.wording for one in said} == {f"oui {KEPT}", f"oui {GONE}"}
    assert mailer_client.post(f"/unsubscribe/{token}").status_code == 200
    with mailer_db.reading() as session:
        assert contacts.status(session, two[0], ECHO) == WITHDRAWN


def test_who_subscribes_again_under_a_former_address_is_found_by_it(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    merged(mailer_db, two)
    with mailer_db.transaction() as session:
        later = NOW + dt.timedelta(days=1)
        contacts.subscribe(session, contacts.Person(GONE), ECHO, "registration", "oui", "1", later)
        assert directory.find(session, directory.Search("perso.example")).total == 1


@pytest.mark.parametrize("by", ["link", "fact"])
def test_who_leaves_while_the_team_merges_has_left(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], by: str
) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)

    def leave() -> None:
        with mailer_db.transaction() as session:
            if by == "link":
                contacts.withdraw(session, two[1], ECHO, "lien", "Me désabonner", "1", NOW)
            else:
                contacts.take_back(session, GONE, ECHO, "registration", "non", "1", NOW, "fait")

    with mailer_db.transaction() as session:
        seen = same_person.plan(session, *two).seen
        same_person.merge(session, *two, seen=seen, who=WHO, now=NOW)
        leaving = threading.Thread(target=leave)
        leaving.start()
        until_waiting(mailer_db)
    leaving.join()
    with mailer_db.reading() as session:
        assert contacts.status(session, two[0], ECHO) == WITHDRAWN


def test_an_address_that_somebody_takes_at_the_same_instant_is_refused_in_words(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    refused: list[RuleError] = []

    def change() -> None:
        try:
            moved(mailer_db, two[0], "zoe@neuve.example")
        except RuleError as error:
            refused.append(error)

    with mailer_db.transaction() as session:
        contacts.save(session, [contacts.Person("zoe@neuve.example")], NOW)
        changing = threading.Thread(target=change)
        changing.start()
        until_waiting(mailer_db)
    changing.join()
    assert [one.code for one in refused] == ["address-taken"]


def test_who_subscribes_to_another_list_under_a_former_address_gets_the_letter_at_one(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    with mailer_db.transaction() as session:
        say(session, GONE, GIVEN)
    merged(mailer_db, two)
    with mailer_db.transaction() as session:
        later = NOW + dt.timedelta(days=1)
        own = contacts.subscribe(session, contacts.Person(GONE), "agenda", "registration", "oui", "1", later)
        assert own == two[1]
        assert contacts.status(session, own, "agenda") == GIVEN
        assert contacts.status(session, two[0], ECHO) == GIVEN
        assert audience.count(session, EVERYBODY) == 1


def test_a_correction_of_a_contact_that_was_merged_meanwhile_is_refused_and_not_lost(
    mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    merged(mailer_db, two)
    refused = mailer_client.post(f"/contacts/{two[1]}", data={"first_name": "Zoé-Lou", "locale": "fr"})
    assert (refused.status_code, "réunie à une autre" in refused.text, "Zoé-Lou" in refused.text) == (409, True, True)


def test_the_pages_say_that_the_kept_address_is_barred_and_tell_what_the_team_did_with_the_other(
    mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    mailer_client.post(f"/contacts/{two[0]}/ecarter", data={"note": "la boîte est fermée"})
    said = "L’adresse gardée est écartée, et le reste"
    assert said in mailer_client.get(f"/contacts/{two[0]}/reunir/{two[1]}").text
    assert said not in mailer_client.get(f"/contacts/{two[1]}/reunir/{two[0]}").text
    merged(mailer_db, (two[1], two[0]))
    assert "Adresse écartée par l’équipe" in mailer_client.get(f"/contacts/{two[1]}").text
