"""A campaign that is under way when two contacts become one, or an address changes: nobody twice, nobody forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from services.mailer import campaigns, contacts, same_person, why
from services.mailer.models.contacts import ECHO, Contact
from shared.db import Database
from tests.mailer_people import campaign, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
EARLIER = NOW - dt.timedelta(days=90)
KEPT, GONE, NEW = "zoe@asso.example", "zoe@perso.example", "zoe@neuve.example"
WHO = "camille.roux@agora.example"

_STEPS = {
    "claimed": ["claimed"],
    "accepted": ["claimed", "transmitting", "accepted"],
    "unknown": ["claimed", "transmitting", "unknown"],
    "rejected": ["claimed", "rejected"],
    "deferred": ["claimed", "deferred"],
}


@pytest.fixture
def two(mailer_db: Database) -> tuple[uuid.UUID, uuid.UUID]:
    """Zoé twice, both of whom agreed to the letter."""
    with mailer_db.transaction() as session:
        return subscribed(session, KEPT), subscribed(session, GONE)


def subscribed(session: Any, email: str) -> uuid.UUID:
    return contacts.subscribe(session, contacts.Person(email, "Zoé"), ECHO, "formulaire", "oui", "1", EARLIER)


def becomes(db: Database, email: str, state: str, reason: str = "") -> None:
    """The mail to that address goes its way up to `state`."""
    for step in _STEPS[state]:
        leased = step in ("claimed", "transmitting")
        run(
            db,
            "UPDATE messages SET state = :step, message_id = id::text, reason = :reason, lease_owner = 'one 1 1',"
            " lease_until = CASE WHEN :leased THEN now() + interval '1 minute' END WHERE email_key = :email",
            step=step, email=email, leased=leased, reason=reason,
        )  # fmt: skip


def merge(db: Database, kept: uuid.UUID, gone: uuid.UUID) -> None:
    with db.transaction() as session:
        seen = same_person.plan(session, kept, gone).seen
        same_person.merge(session, kept, gone, seen=seen, who=WHO, now=NOW)


def move(db: Database, contact: uuid.UUID, email: str) -> None:
    with db.transaction() as session:
        same_person.change_address(session, contact, email, note="elle a appelé", who=WHO, now=NOW)


def mails(db: Database) -> dict[str, str]:
    """Address -> state of its mail."""
    return {row.email_key: row.state for row in run(db, "SELECT email_key, state FROM messages")}


@pytest.mark.parametrize("out", ["accepted", "unknown"])
@pytest.mark.parametrize("where", [KEPT, GONE])
def test_who_has_it_at_one_address_does_not_get_it_at_the_other(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], where: str, out: str
) -> None:
    campaign(mailer_db)
    becomes(mailer_db, where, out)
    merge(mailer_db, *two)
    assert mails(mailer_db) == {where: out, KEPT if where == GONE else GONE: "cancelled"}


def test_who_had_it_at_an_address_of_before_does_not_get_it_for_being_merged(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    campaign(mailer_db)
    becomes(mailer_db, KEPT, "accepted")
    move(mailer_db, two[0], NEW)
    merge(mailer_db, *two)
    assert mails(mailer_db) == {KEPT: "accepted", GONE: "cancelled"}


def test_who_was_not_reached_at_an_address_of_before_gets_what_waits_for_the_other(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    campaign(mailer_db)
    becomes(mailer_db, KEPT, "rejected", "absent")
    move(mailer_db, two[0], NEW)
    merge(mailer_db, *two)
    assert mails(mailer_db) == {KEPT: "rejected", NEW: "pending"}


@pytest.mark.parametrize("state", ["claimed", "deferred"])
def test_a_mail_that_is_about_to_leave_goes_to_the_address_of_today(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], state: str
) -> None:
    campaign(mailer_db)
    becomes(mailer_db, KEPT, state)
    move(mailer_db, two[0], NEW)
    assert mails(mailer_db)[NEW] == {"claimed": "pending"}.get(state, state)


@pytest.mark.parametrize("then", ["merged", "moved"])
def test_of_two_mails_on_their_way_to_one_person_the_one_that_is_put_off_does_not_go_twice(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], then: str
) -> None:
    """Both were on the wire while the two were merged; then the relay said "not now" to both."""
    campaign(mailer_db)
    run(
        mailer_db,
        "UPDATE messages SET state = 'claimed', message_id = id::text, lease_owner = 'one 1 1', lease_until = now()",
    )
    run(mailer_db, "UPDATE messages SET state = 'transmitting'")
    merge(mailer_db, *two)
    run(mailer_db, "UPDATE messages SET state = 'deferred', lease_until = NULL")
    if then == "merged":
        with mailer_db.transaction() as session:
            third = subscribed(session, NEW)
        merge(mailer_db, third, two[0])
    else:
        move(mailer_db, two[0], NEW)
    assert sorted(mails(mailer_db).values()) == ["cancelled", "deferred"]
    assert mails(mailer_db)[NEW] == "deferred"


def test_what_was_refused_for_a_fault_of_ours_is_not_sent_again_to_who_has_it_at_the_other_address(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    made = campaign(mailer_db)
    becomes(mailer_db, KEPT, "accepted")
    becomes(mailer_db, GONE, "rejected", "ours")
    merge(mailer_db, *two)
    with mailer_db.transaction() as session:
        campaigns.pause(session, made)
        campaigns.resume(session, made, retry_blocked=True)
    assert mails(mailer_db) == {KEPT: "accepted", GONE: "rejected"}


def test_what_was_refused_for_a_fault_of_ours_is_sent_again_to_the_address_of_today(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    made = campaign(mailer_db)
    becomes(mailer_db, KEPT, "rejected", "ours")
    move(mailer_db, two[0], NEW)
    with mailer_db.transaction() as session:
        campaigns.pause(session, made)
        campaigns.resume(session, made, retry_blocked=True)
    assert mails(mailer_db) == {NEW: "pending", GONE: "pending"}


def test_a_mailbox_that_had_it_as_somebody_elses_does_not_get_it_again(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID]
) -> None:
    """Merged by a slip, and subscribed again by its owner: the ledger's row stays with the other."""
    with mailer_db.transaction() as session:
        third = subscribed(session, "zoe@autre.example")
    campaign(mailer_db)
    becomes(mailer_db, GONE, "accepted")
    merge(mailer_db, *two)
    with mailer_db.transaction() as session:
        own = contacts.subscribe(
            session, contacts.Person(GONE), ECHO, "formulaire", "oui", "1", NOW + dt.timedelta(days=1)
        )
    assert own == two[1]
    merge(mailer_db, own, third)
    assert mails(mailer_db) == {KEPT: "cancelled", GONE: "accepted", "zoe@autre.example": "cancelled"}


@pytest.mark.parametrize("where", [KEPT, GONE])
def test_the_page_of_a_person_tells_of_the_mail_that_went_and_not_of_the_one_that_was_dropped(
    mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], where: str
) -> None:
    campaign(mailer_db)
    becomes(mailer_db, where, "accepted")
    merge(mailer_db, *two)
    with mailer_db.reading() as session:
        (answer,) = why.of(session, session.get_one(Contact, two[0]))
    assert answer.state == "accepted"


def test_the_page_of_a_person_tells_a_letter_from_the_newsletter(
    mailer_client: Any, mailer_db: Database, two: tuple[uuid.UUID, uuid.UUID], sign_in: Any
) -> None:
    sign_in(mailer_client, "editor")
    campaign(mailer_db, kind="letter", title="Réunion du groupe Sahel")
    page = mailer_client.get(f"/contacts/{two[0]}").text
    told = page[page.index("Ce qui s’est passé") : page.index("La fiche")]
    assert ("Lettre" in told, "Réunion du groupe Sahel" in told) == (True, True)
