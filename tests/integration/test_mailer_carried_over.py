"""What is handed in, corrected or answered while its number leaves is in the next one: nothing stays in a sent one."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import contributions, issues, publishing
from services.mailer.models.issues import Contribution, Contributor, Issue
from services.mailer.publishing import House
from shared.db import Database
from shared.errors import RuleError
from tests.mailer_people import readers, until_waiting

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO, OTHER = "ines@agora.example", "sacha@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
ITEM = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit. " * 10}


@pytest.fixture
def leaving(mailer_db: Database) -> uuid.UUID:
    """Number 34, which can leave, and number 35 after it."""
    readers(mailer_db, 1)
    with mailer_db.transaction() as session:
        for number, day in ((34, 15), (35, 30)):
            head = {"number": number, "title": "Ici", "planned_on": dt.date(2016, 11, day)}
            issues.create(session, head | {"contributions_on": dt.date(2016, 11, day)}, who=WHO, now=NOW)
        first = session.scalars(sa.select(Issue.id).where(Issue.number == 34)).one()
        issues.add_item(session, first, ITEM | {"title": "Déjà là"}, who=WHO, now=NOW)
        contributions.invite(session, structure="Lo Camin", name="Inès", email="i@camin.example", who=WHO, now=NOW)
    return first


def hand_in(session: Any) -> Contribution:
    return contributions.submit(session, session.scalars(sa.select(Contributor)).one(), ITEM, now=NOW)


def meanwhile(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def number_of(db: Database) -> int:
    with db.reading() as session:
        return session.scalars(sa.select(Issue.number).join(Contribution)).one()


def test_what_its_author_corrects_while_the_number_leaves(mailer_db: Database, leaving: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        handed_in = hand_in(session).id

    def send() -> None:
        with mailer_db.transaction() as session:
            publishing.send(session, leaving, HOUSE, who=OTHER, now=NOW)

    with mailer_db.transaction() as session:
        author = session.scalars(sa.select(Contributor)).one()
        contributions.change(session, author, handed_in, ITEM | {"title": "Deux classes"}, now=NOW)
        sending = meanwhile(send)
        until_waiting(mailer_db)
    sending.join()
    assert number_of(mailer_db) == 35


def test_what_is_handed_in_while_the_number_leaves(mailer_db: Database, leaving: uuid.UUID) -> None:
    def write() -> None:
        with mailer_db.transaction() as session:
            hand_in(session)

    with mailer_db.transaction() as session:
        publishing.send(session, leaving, HOUSE, who=OTHER, now=NOW)
        writing = meanwhile(write)
        until_waiting(mailer_db)
    writing.join()
    assert number_of(mailer_db) == 35


def test_what_is_accepted_while_the_number_leaves_is_told_and_waits(mailer_db: Database, leaving: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        handed_in = hand_in(session).id
    told: list[str] = []

    def accept() -> None:
        try:
            with mailer_db.transaction() as session:
                contributions.accept(session, handed_in, ITEM, who=WHO, now=NOW)
        except RuleError as refusal:
            told.append(refusal.code)

    with mailer_db.transaction() as session:
        issues.get(session, leaving, lock=True)
        accepting = meanwhile(accept)
        until_waiting(mailer_db)
        publishing.send(session, leaving, HOUSE, who=OTHER, now=NOW)
    accepting.join()
    assert (told, number_of(mailer_db)) == ([], 35)
