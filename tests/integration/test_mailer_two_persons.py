"""Who prepared an issue is not the only one who approves it; an hour set in Paris; nothing leaves under embargo."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import approval, hours, issues, publishing, rules, scheduling
from services.mailer.models.issues import Issue
from services.mailer.models.ledger import Campaign, Message
from services.mailer.publishing import House
from shared import clock
from shared.clock import PARIS
from shared.errors import RuleError
from tests.mailer_people import readers, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
AUTHOR, OTHER = "ines@agora.example", "sacha@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
PIECE = {"section": "members", "title": "Une classe ouvre", "text": "Quarante élèves ont un toit. " * 10}
MORNING = dt.datetime(2016, 10, 17, 9, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def issue(mailer_db: Any) -> uuid.UUID:
    """Number 34, prepared by AUTHOR alone, and three readers."""
    readers(mailer_db, 3)
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        made = issues.create(session, head, who=AUTHOR, now=NOW)
        issues.add_item(session, made, PIECE, who=AUTHOR, now=NOW)
    return made


def client_of(app: Any, sign_in: Callable[..., Any], email: str) -> Any:
    client = app.test_client()
    sign_in(client, "editor", email=email)
    return client


def audited(db: Any) -> list[str]:
    return [row.what for row in run(db, "SELECT what FROM audit_entries WHERE thing = 'issue' ORDER BY id")]


@pytest.mark.parametrize(
    ("prepared", "approved", "may_leave"),
    [
        (["a"], [], False),
        (["a"], ["a"], False),
        (["a"], ["b"], True),
        (["a", "b"], ["b"], False),
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "a"], False),
        ([], ["a"], True),
    ],
)
def test_two_persons(prepared: list[str], approved: list[str], may_leave: bool, mailer_db: Any) -> None:
    """The rule and the table say the same."""
    assert rules.two_persons(prepared, approved) is may_leave
    values = {"id": uuid.uuid4(), "prepared": prepared, "approved": approved}
    statement = """INSERT INTO issues (id, number, title, planned_on, state, prepared_by, approved_by, send_at,
        schedule, created_at, updated_at) VALUES (:id, 1, 'x', '2016-10-17', 'ready', :prepared, :approved, now(), '{}',
        now(), now())"""
    if may_leave:
        run(mailer_db, statement, **values)
    else:
        with pytest.raises(sa.exc.IntegrityError, match="two_persons"):
            run(mailer_db, statement, **values)


def test_the_author_alone_sends_nothing_without_a_reason(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    author = client_of(mailer_app, sign_in, AUTHOR)
    page = author.get(f"/numeros/{issue}/envoyer").text
    assert "une autre personne doit le relire" in page
    assert "Envoyer à 3" not in page
    assert author.post(f"/numeros/{issue}/envoyer").status_code == 409
    assert author.post(f"/numeros/{issue}/seul", data={"reason": "non"}).status_code == 422
    reason = {"reason": "Sacha est en congé et l’échéance est demain."}
    assert author.post(f"/numeros/{issue}/seul", data=reason).status_code == 303
    assert author.post(f"/numeros/{issue}/envoyer").status_code == 303
    assert audited(mailer_db)[-3:] == ["approved_alone", "approved", "sent"]
    row = run(mailer_db, "SELECT after, who FROM audit_entries WHERE what = 'approved_alone'")[0]
    assert (row.after, row.who) == (reason, AUTHOR)


def test_only_a_person_whose_approval_counts_is_offered_to_approve(
    mailer_app: Any, issue: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    author, other = client_of(mailer_app, sign_in, AUTHOR), client_of(mailer_app, sign_in, OTHER)
    offered = f'action="/numeros/{issue}/approuver"'
    assert offered not in author.get(f"/numeros/{issue}").text
    assert offered in other.get(f"/numeros/{issue}").text
    other.post(f"/numeros/{issue}/articles/nouveau", data=PIECE | {"title": "La suite"})
    assert offered in author.get(f"/numeros/{issue}").text
    author.post(f"/numeros/{issue}/approuver")
    assert offered not in author.get(f"/numeros/{issue}").text


def test_an_approval_falls_with_the_text_it_was_about(mailer_db: Any, issue: uuid.UUID) -> None:
    with mailer_db.transaction() as session:
        approval.approve(session, issue, who=OTHER, now=NOW)
        assert approval.holds(issues.get(session, issue))
    with mailer_db.transaction() as session:
        issues.edit(session, issue, {"title": "Une coquille en moins"}, who=AUTHOR, now=NOW)
    with mailer_db.transaction() as session:
        assert not approval.holds(issues.get(session, issue))
        with pytest.raises(RuleError) as refusal:
            publishing.send(session, issue, HOUSE, who=AUTHOR, now=NOW)
        assert refusal.value.code == "two-person"


@pytest.mark.parametrize(
    ("day", "hour", "utc"),
    [
        ((2016, 10, 17), 9, "2016-10-17T07:00:00+00:00"),
        ((2016, 10, 29), 9, "2016-10-29T07:00:00+00:00"),  # the eve of the change
        ((2016, 10, 30), 9, "2016-10-30T08:00:00+00:00"),  # the day itself
        ((2016, 10, 30), 2, "2016-10-30T00:00:00+00:00"),  # twice that night: the first
        ((2017, 3, 26), 3, "2017-03-26T01:00:00+00:00"),
    ],
)
def test_an_hour_of_paris(day: tuple[int, int, int], hour: int, utc: str) -> None:
    assert hours.instant(dt.date(*day), dt.time(hour)).isoformat() == utc


def test_an_hour_that_no_clock_shows_is_refused() -> None:
    with pytest.raises(RuleError) as refusal:
        hours.instant(dt.date(2017, 3, 26), dt.time(2, 30))
    assert (refusal.value.code, refusal.value.field) == ("no-such-hour", "time")


def test_a_scheduled_issue_leaves_at_its_hour_once(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    other = client_of(mailer_app, sign_in, OTHER)
    asked = {"day": "2016-10-17", "time": "09:00"}
    assert other.post(f"/numeros/{issue}/programmer", data=asked | {"time": "25:00"}).status_code == 422
    assert other.post(f"/numeros/{issue}/programmer", data={"day": "2016-10-10", "time": "10:00"}).status_code == 422
    assert other.post(f"/numeros/{issue}/programmer", data=asked).status_code == 303
    page = other.get(f"/numeros/{issue}").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "lundi 17 octobre 2016 à 9 h, heure de Paris" in page
    assert other.post(f"/numeros/{issue}/articles/nouveau", data=PIECE).status_code == 409
    assert other.get("/equipe/").status_code == 200

    assert scheduling.send_due(mailer_db, HOUSE, MORNING - dt.timedelta(seconds=1)) == []
    sent: list[uuid.UUID] = []
    senders = [
        threading.Thread(target=lambda: sent.extend(scheduling.send_due(mailer_db, HOUSE, MORNING))) for _ in range(4)
    ]
    for one in senders:
        one.start()
    for one in senders:
        one.join()
    assert len(sent) == 1
    with mailer_db.reading() as session:
        gone = session.get_one(Issue, issue)
        assert (gone.state, gone.sent_at, gone.send_at) == ("sent", MORNING, None)
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 3
    assert scheduling.send_due(mailer_db, HOUSE, MORNING + dt.timedelta(days=1)) == []
    assert audited(mailer_db)[-3:] == ["approved", "scheduled", "sent"]


def test_a_cancelled_hour_passes(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    other = client_of(mailer_app, sign_in, OTHER)
    other.post(f"/numeros/{issue}/programmer", data={"day": "2016-10-17", "time": "09:00"})
    assert other.post(f"/numeros/{issue}/deprogrammer").status_code == 303
    assert other.post(f"/numeros/{issue}/deprogrammer").status_code == 409
    assert scheduling.send_due(mailer_db, HOUSE, MORNING) == []
    assert audited(mailer_db)[-1] == "unscheduled"


@pytest.mark.parametrize(("late", "reason"), [(dt.timedelta(hours=7), "late"), (dt.timedelta(0), "nobody")])
def test_an_hour_that_cannot_be_kept_says_why(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Callable[..., Any], late: dt.timedelta, reason: str
) -> None:
    other = client_of(mailer_app, sign_in, OTHER)
    other.post(f"/numeros/{issue}/programmer", data={"day": "2016-10-17", "time": "09:00"})
    if reason == "nobody":
        run(mailer_db, "UPDATE contacts SET status = 'erased'")
        reason = "preflight"
    assert scheduling.send_due(mailer_db, HOUSE, MORNING + late) == []
    with mailer_db.reading() as session:
        assert session.get_one(Issue, issue).schedule_failed == reason
        assert session.scalar(sa.select(sa.func.count()).select_from(Campaign)) == 0
    assert "Rien n’est parti." in other.get(f"/numeros/{issue}").text
    assert "n’a pas eu lieu" in other.get("/equipe/").text


def test_an_embargo_holds_the_whole_issue_back(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, sign_in: Callable[..., Any]
) -> None:
    author, other = client_of(mailer_app, sign_in, AUTHOR), client_of(mailer_app, sign_in, OTHER)
    held = PIECE | {"title": "Le nom du lauréat", "embargo_on": "2016-10-17", "embargo_at": "08:30"}
    assert author.post(f"/numeros/{issue}/articles/nouveau", data=held | {"embargo_on": ""}).status_code == 422
    assert author.post(f"/numeros/{issue}/articles/nouveau", data=held).status_code == 303
    seen = other.get(f"/numeros/{issue}").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "sous embargo jusqu’au lundi 17 octobre 2016 à 8 h 30" in seen
    page = other.get(f"/numeros/{issue}/envoyer").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "Le nom du lauréat (lundi 17 octobre 2016, 8 h 30)" in page
    assert "rien ne peut partir" in page
    assert "Le numéro porte la date du lundi 17 octobre 2016 : envoyé aujourd’hui" in page
    assert other.post(f"/numeros/{issue}/envoyer").status_code == 422
    early, late = {"day": "2016-10-17", "time": "08:29"}, {"day": "2016-10-17", "time": "08:30"}
    refused = other.post(f"/numeros/{issue}/programmer", data=early)
    assert refused.status_code == 422
    assert "Rien ne peut partir à cette heure-là." in refused.text
    assert "à cette heure-là (Le nom du lauréat (lundi 17 octobre 2016" in refused.text
    assert 'value="08:29"' in refused.text
    assert other.post(f"/numeros/{issue}/programmer", data=late).status_code == 303
    with pytest.raises(sa.exc.IntegrityError, match="embargo"):
        run(
            mailer_db,
            """UPDATE issues SET state = 'sent', campaign_id = :id, sent_at = :at, send_at = NULL, schedule = NULL
            WHERE id = :id""",
            id=issue,
            at=MORNING - dt.timedelta(hours=1),
        )
