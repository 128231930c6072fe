"""Somebody of whom the mailer holds much is erased: nothing names them, and nothing of theirs is sent any more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import (
    addresses,
    chores,
    contacts,
    contributions,
    erasure,
    imports,
    issues,
    ledger,
    lists,
    mailed_links,
    suppressions,
)
from services.mailer.marks import mark
from services.mailer.models.contacts import ECHO, Contact, ContactImport
from services.mailer.models.ledger import Message
from services.mailer.models.lists import MailedLink
from services.mailer.models.returns import Return
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_erasure import ZOE, erased_fact, everything, published
from tests.mailer_people import campaign, counts, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
FILE = f"Courriel;Prénom;Nom\n{ZOE};Zoé;Rakotondrainibé\nnoe@asso.example;Noé;R\n".encode()


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def much(mailer_db: Database) -> uuid.UUID:
    """Two lists, a contribution, a mail that came back, a bar by hand, a file that waits and one that was dropped, a
    letter and a confirmation of which nobody knows whether they came. Returns the file that waits."""
    with mailer_db.transaction() as session:
        words = {"name": "Groupe Sahel", "name_en": "", "description": "x", "description_en": "", "open": True}
        other = lists.create(session, words, who="a@b.fr", now=NOW).key
        person = contacts.Person(ZOE, "Zoé", "Rakotondrainibé")
        for key in (ECHO, other):
            contact = contacts.subscribe(session, person, key, "formulaire", "Je veux L’Écho", "1", NOW)
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2016, 10, 15)}  # fmt: skip
        issues.create(session, head, who="a@b.fr", now=NOW)
        who = {"structure": "Rizières", "name": "Zoé Rakotondrainibé", "email": ZOE}
        contributor, _token = contributions.invite(session, **who, who="a@b.fr", now=NOW)
        item = {"section": "members", "title": "Zoé raconte", "text": "Texte de Zoé"}
        contributions.submit(session, contributor, item, now=NOW)
        back = {"kind": "bounce", "status": "5.2.2", "reason": "full", "verdict": "keep", "action": "none"}
        session.add(Return(hash="0" * 64, at=NOW, email_key=ZOE, recipient=ZOE, said=f"<{ZOE}> full", **back))
        files = [imports.begin(session, filename="l.csv", content=FILE, who="a@b.fr", now=NOW) for _ in range(2)]
        imports.drop(session, files[0])
    campaign(mailer_db)
    with mailer_db.transaction() as session:
        row = {"kind": "k", "template": "registration_link", "email": ZOE, "email_key": ZOE, "domain_group": "other",
               "thing": "x", "thing_version": "1", "data": {"person": {"first_name": "Zoé"}}}  # fmt: skip
        session.execute(sa.insert(Message).values(lane="transactional", **row))
        id = sa.cast(Message.id, sa.Text)
        for state, until in (("claimed", NOW), ("transmitting", NOW), ("unknown", None)):
            session.execute(sa.update(Message).values(state=state, lease_owner="s", lease_until=until, message_id=id))
        suppressions.bar_by_staff(session, contact, note="Zoé a déménagé", who="a@b.fr", now=NOW)
    return files[1]


def test_nothing_names_them_and_nothing_is_sent_again(mailer_db: Database, much: uuid.UUID) -> None:
    assert counts(mailer_db) == {"unknown": 2}
    with mailer_db.transaction() as session:
        erasure.on_person_erased(session, erased_fact(uuid.uuid4()))
    left = everything(mailer_db)
    assert [word for word in ("Zoé", ZOE, "Rakoto") if word in left] == []
    assert counts(mailer_db) == {"cancelled": 2}
    (receipt,) = published(mailer_db, "mailer.person.erased.v1")
    assert {one["what"]: one["count"] for one in receipt["erased"]} == {
        "contacts": 1, "messages": 2, "returns": 1, "import_lines": 1, "contributions": 1,
    }  # fmt: skip
    bars = run(mailer_db, "SELECT email_key, scope, reason FROM suppressions")
    assert bars == [(mark(ZOE), "bulk", "hand")]


def test_what_nobody_knows_the_outcome_of_does_not_leave_without_an_address(
    mailer_db: Database, much: uuid.UUID
) -> None:
    with mailer_db.transaction() as session:
        ids = list(session.scalars(sa.select(Message.id)))
        erasure.on_person_erased(session, erased_fact(uuid.uuid4()))
    run(mailer_db, "UPDATE messages SET changed_at = now() - interval '1 hour'")
    with mailer_db.transaction() as session:
        assert ledger.resend_unknown(session) == 0
    for one in ids:
        with pytest.raises(RuleError), mailer_db.transaction() as session:
            ledger.resolve_unknown(session, one, "resend", who="a@b.fr", now=NOW)


def test_a_file_that_waited_brings_them_in_no_more(mailer_db: Database, much: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        erasure.on_person_erased(session, erased_fact(uuid.uuid4()))
    with mailer_db.transaction() as session:
        done = imports.confirm(session, much, source="adhésions", wording="J’accepte", who="a@b.fr", now=NOW)
        assert done.counts == {"new": 1, "known": 0, "duplicate": 0, "suppressed": 1, "invalid": 0}
        assert list(session.scalars(sa.select(Contact.email_key))) == ["noe@asso.example"]


def test_what_nobody_confirms_goes_by_itself(
    mailer_db: Database, much: uuid.UUID, settings_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + imports.PENDING_LASTS + dt.timedelta(hours=1))
    with mailer_db.transaction() as session:
        old = NOW - dt.timedelta(days=30)
        mailed_links.make(session, "subscribe", addresses.parse("zoe@asso.example"), {"first_name": "Zoé"}, old)
        mailed_links.make(session, "subscribe", addresses.parse("noe@asso.example"), {"first_name": "Noé"}, NOW)
    chores.hourly(mailer_db, settings_of("mailer", mailer_db.url))
    with mailer_db.reading() as session:
        assert list(session.scalars(sa.select(MailedLink.email_key))) == ["noe@asso.example"]
        waited = session.get_one(ContactImport, much)
        assert (waited.state, waited.content, waited.preview) == ("dropped", None, {})
