"""Who came to a training is asked once what they thought, and answers without a name."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Evaluation, EvaluationInvitation, Event
from services.registration.models.desk import Attendance
from services.registration.models.registrations import Registration
from services.registration.rules import evaluation as rules
from services.registration.rules.dates import at
from services.registration.use_cases import desk, evaluating, registering
from services.registration.web.evaluations import TONES
from shared import clock
from shared.db import Database
from shared.messaging.tables import outbox
from tests.integration.registration_people import DAY, NOW, SITE, an_event, answers

NEXT = at(DAY + dt.timedelta(days=1), dt.time(10))
ALL = dict.fromkeys(rules.QUESTIONS, "4")


def held(db: Database, kind: str = "training", came: int = 4) -> uuid.UUID:
    """A day for which five are registered; so many of them came."""
    with db.transaction() as session:
        event = an_event(session, kind=kind)
        desk_id = desk.open_desk(session, event.id, NOW, who="test")[0].id
        for number in range(5):
            registering.register(session, event.id, answers(number), NOW, site=SITE)
        people = session.scalars(sa.select(Registration).order_by(Registration.email)).all()
        for one in people[:came]:
            session.add(
                Attendance(registration_id=one.id, present=True, version=1, desk_id=desk_id, at=event.starts_at)
            )
        return event.id


def ask(db: Database, now: dt.datetime = NEXT) -> int:
    with db.transaction() as session:
        return evaluating.ask(session, now, site=SITE)


def links(db: Database) -> dict[str, str]:
    """Path of each link, by address."""
    asked = sa.select(outbox.c.envelope).where(outbox.c.type == "registration.evaluation.asked.v1")
    with db.reading() as session:
        return {
            one["data"]["person"]["email"]: one["data"]["link"].removeprefix(SITE) for one in session.scalars(asked)
        }


@pytest.fixture
def visitor(registration_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NEXT)
    return registration_client


def test_who_was_checked_in_is_asked_the_day_after_by_day_and_once(registration_db: Database) -> None:
    held(registration_db)
    days = [at(DAY, dt.time(18)), at(DAY + dt.timedelta(days=1), dt.time(8)), NEXT, NEXT + dt.timedelta(days=1)]
    assert [ask(registration_db, day) for day in days] == [0, 0, 4, 0]
    assert sorted(links(registration_db)) == [f"personne{number}@example.org" for number in range(4)]


@pytest.mark.parametrize(("days", "count"), [(4, 4), (5, 0)])
def test_a_worker_that_rested_asks_late_and_not_too_late(registration_db: Database, days: int, count: int) -> None:
    held(registration_db)
    assert ask(registration_db, at(DAY + dt.timedelta(days=days), dt.time(10))) == count


def test_only_trainings_ask(registration_db: Database) -> None:
    held(registration_db, kind="workshop_day")
    assert ask(registration_db) == 0


def test_an_answer_is_kept_once_and_no_column_ties_it_to_a_person(visitor: Any, registration_db: Database) -> None:
    held(registration_db)
    ask(registration_db)
    link = links(registration_db)["personne0@example.org"]
    page = visitor.get(link)
    assert (page.status_code, page.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert "Personne0" not in page.text
    assert "Merci pour votre avis" in visitor.post(link, data={"clear": "3", "words": "Plus de temps."}).text
    assert [visitor.get(link).status_code, visitor.post(link, data=ALL).status_code] == [410, 410]
    with registration_db.reading() as session:
        kept = session.scalars(sa.select(Evaluation)).one()
        used = session.scalars(sa.select(EvaluationInvitation.used).order_by(EvaluationInvitation.used)).all()
    assert (kept.marks, kept.words) == ({"clear": 3}, "Plus de temps.")
    assert used == [False, False, False, True]
    assert set(Evaluation.__table__.columns.keys()) == {"id", "event_id", "marks", "words", "shown"}


def test_neither_the_place_of_a_row_nor_its_transaction_tells_who_answered_what(
    visitor: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup keeps the order of rows: that of the links that were used would be that of the answers."""
    monkeypatch.setattr(evaluating.secrets.SystemRandom, "sample", lambda _self, rows, _count: list(reversed(rows)))
    held(registration_db)
    ask(registration_db)
    invited = sa.text("SELECT registration_id, xmin::text FROM evaluation_invitations ORDER BY ctid")
    with registration_db.reading() as session:
        before = [row[0] for row in session.execute(invited)]
    for number, link in enumerate(sorted(links(registration_db).values(), reverse=True)):
        visitor.post(link, data={"clear": "3", "words": str(number)})
    kept = sa.text("SELECT id, xmin::text, words FROM evaluations ORDER BY ctid")
    with registration_db.reading() as session:
        rows, answers = session.execute(invited).all(), session.execute(kept).all()
    assert [row[0] for row in rows] == before
    assert [len({row[1] for row in some}) for some in (rows, answers)] == [1, 1]
    assert [row[0] for row in answers] == sorted(row[0] for row in answers)
    assert [row[2] for row in answers] == ["3", "1", "0", "2"], "as the lots have it"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({}, "Répondez au moins à une question"),
        ({"clear": "5", "pace": "x"}, "Répondez au moins à une question"),
        ({"clear": "2", "words": "é" * 2001}, "2000 caractères au plus"),
    ],
)
def test_what_is_refused_is_shown_again(
    visitor: Any, registration_db: Database, sent: dict[str, str], said: str
) -> None:
    held(registration_db)
    ask(registration_db)
    link = links(registration_db)["personne0@example.org"]
    refused = visitor.post(link, data=sent)
    assert (refused.status_code, said in refused.text.replace("\u202f", "")) == (422, True)
    assert sent.get("words", "") in refused.text
    assert visitor.get(link).status_code == 200


def test_a_link_that_is_unknown_or_too_old_says_so(
    visitor: Any, registration_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(registration_db)
    ask(registration_db)
    link = links(registration_db)["personne0@example.org"]
    assert visitor.get("/avis/nobody").status_code == 404
    monkeypatch.setattr(clock, "now", lambda: NEXT + dt.timedelta(days=31))
    assert visitor.post(link, data=ALL).status_code == 410


def test_the_staff_see_a_picture_and_a_file_from_three_answers_on(
    visitor: Any, sign_in: Any, registration_db: Database
) -> None:
    held(registration_db)
    ask(registration_db)
    sign_in(visitor, "staff")
    path = "/equipe/evenements/agora-2016/avis"
    for number, address in enumerate(sorted(links(registration_db))[:3]):
        before = visitor.get(path).text
        assert ("à partir de 3" in before.replace("\xa0", " "), "=Un mot" in before) == (True, False)
        visitor.post(links(registration_db)[address], data=ALL | {"words": "=Un mot" if number == 0 else ""})
    page = visitor.get(path).text
    assert "=Un mot" in page
    assert "Les explications étaient claires. : Tout à fait d’accord 3" in page.replace("\u202f", " ")
    rows = list(csv.reader(io.StringIO(visitor.get(f"{path}.csv").text.lstrip("\ufeff")), delimiter=";"))
    assert sorted(rows[1:]) == sorted([["4"] * 5 + [""], ["4"] * 5 + [""], ["4"] * 5 + ["'=Un mot"]])
    assert set(TONES) == set(rules.LEVELS)


def test_who_looks_before_and_after_one_answer_reads_three_or_none(
    visitor: Any, sign_in: Any, registration_db: Database
) -> None:
    held(registration_db, came=5)
    ask(registration_db)
    with registration_db.transaction() as session:
        event_id = session.scalars(sa.select(Event.id)).one()
        session.add_all(Evaluation(event_id=event_id, marks={"clear": 4}, words="") for _each in range(2))
    sign_in(visitor, "staff")
    path, shown = "/equipe/evenements/agora-2016/avis", []
    for link in sorted(links(registration_db).values())[:4]:
        visitor.post(link, data=ALL)
        lines = visitor.get(f"{path}.csv").text.strip().splitlines()
        shown.append((len(lines) - 1, "attend d’être montrée" in visitor.get(path).text))
    assert shown == [(3, False), (3, True), (3, False), (6, False)]


def test_answers_that_come_at_once_are_counted_together(visitor: Any, registration_db: Database) -> None:
    held(registration_db, came=5)
    ask(registration_db)
    tokens = [path.rpartition("/")[2] for path in links(registration_db).values()]

    def give(token: str) -> None:
        with registration_db.transaction() as session:
            evaluating.answer(session, token, {"clear": 3}, "", NEXT)

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(give, tokens))
    with registration_db.reading() as session:
        counts = session.execute(sa.select(Evaluation.shown, sa.func.count()).group_by(Evaluation.shown)).all()
    assert {row[0]: row[1] for row in counts} == {True: 3, False: 2}
