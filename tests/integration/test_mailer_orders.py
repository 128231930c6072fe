"""Programs order mails: with a token, what it covers, and each order once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from services.mailer import commands, orders
from services.mailer.models.ledger import Message
from services.mailer.models.returns import Return
from shared import clock
from shared.db import Database
from tests.mailer_people import run

SAMPLE = Path(__file__).parent.parent / "contracts" / "samples" / "registration.link.requested.v1.json"
DATA: dict[str, Any] = json.loads(SAMPLE.read_text())["data"]
ORDER = {"template": "registration_link", "to": "lea@asso.example", "data": DATA}


@pytest.fixture
def token(mailer_db: Database) -> str:
    with mailer_db.transaction() as session:
        return orders.register(session, "site", ["registration_link"], who="test", now=clock.now())


def post(client: Any, token: str, body: Any = ORDER, key: str = "k1") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    return client.post("/api/mails", json=body, headers={name: value for name, value in headers.items() if value})


def test_an_order_becomes_one_mail_however_often_it_is_sent(
    mailer_client: Any, mailer_db: Database, token: str
) -> None:
    first, again = post(mailer_client, token), post(mailer_client, token)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.get_json() == again.get_json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    (row,) = run(mailer_db, "SELECT id, email, state, template, lane FROM messages")
    assert (str(row.id), row.email, row.state) == (first.get_json()["id"], "lea@asso.example", "pending")
    assert post(mailer_client, token, key="k2").get_json()["id"] != str(row.id)


def test_a_program_learns_what_became_of_its_mail(mailer_client: Any, mailer_db: Database, token: str) -> None:
    ordered = post(mailer_client, token).get_json()["id"]
    with mailer_db.transaction() as session:
        mail = session.get_one(Message, uuid.UUID(ordered))
        mail.last_code, mail.last_text = 451, "4.7.1 come back later"
        back = {"action": "suppressed", "kind": "bounce", "reason": "user-unknown", "verdict": "remove"}
        session.add(
            Return(
                hash="a" * 64,
                at=clock.now(),
                message_id=mail.id,
                email_key="",
                recipient="",
                status="5.1.1",
                said="",
                **back,
            )
        )
    bearer = {"Authorization": f"Bearer {token}"}
    told = mailer_client.get(f"/api/mails/{ordered}", headers=bearer).get_json()
    assert (told["state"], told["code"], told["answer"]) == ("pending", 451, "4.7.1 come back later")
    assert told["next_at"]
    assert [(one["status"], one["verdict"]) for one in told["returns"]] == [("5.1.1", "remove")]
    assert mailer_client.get("/api/mails?key=k1", headers=bearer).get_json() == told
    with mailer_db.transaction() as session:
        other = orders.register(session, "autre", ["registration_link"], who="test", now=clock.now())
    theirs = {"Authorization": f"Bearer {other}"}
    for path, headers, status in (
        (f"/api/mails/{ordered}", theirs, 404),
        ("/api/mails?key=k1", theirs, 404),
        ("/api/mails?key=k1", {}, 401),
        ("/api/mails", bearer, 422),
        ("/api/mails/x", bearer, 404),
    ):
        answer = mailer_client.get(path, headers=headers)
        assert answer.status_code == status
        assert answer.content_type == "application/problem+json"


def test_equal_orders_at_once_are_one(mailer_app: Any, mailer_db: Database, token: str) -> None:
    with ThreadPoolExecutor(4) as many:
        answers = list(many.map(lambda _: post(mailer_app.test_client(), token).get_json()["id"], range(8)))
    assert len(set(answers)) == 1
    assert run(mailer_db, "SELECT count(*) AS n FROM messages")[0].n == 1


def test_a_key_stands_for_one_order(mailer_client: Any, token: str) -> None:
    post(mailer_client, token)
    other = post(mailer_client, token, ORDER | {"to": "paul@asso.example"})
    assert (other.status_code, other.get_json()["code"]) == (422, "key-reused")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"template": "jury_result"}, 403, "template-not-yours"),
        ({"to": "not an address"}, 422, "address"),
        ({"data": {}}, 422, "data"),
        ({"data": DATA | {"person": {"first_name": "a\0b"}}}, 422, "data"),
        ({"data": DATA | {"person": "nobody"}}, 422, "data"),
        ({"data": DATA | {"link": "javascript:alert(1)"}}, 422, "data"),
        ({"data": DATA | {"more": "\ud800"}}, 422, "data"),
        ({"data": None}, 422, "unreadable"),
        ({"strange": 1}, 422, "unreadable"),
    ],
)
def test_what_can_never_become_a_mail_is_refused_at_once(
    mailer_client: Any, mailer_db: Database, token: str, change: dict[str, Any], status: int, code: str
) -> None:
    answer = post(mailer_client, token, ORDER | change)
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert run(mailer_db, "SELECT id FROM messages") == []
    assert post(mailer_client, token).status_code == 202  # the key is free for the corrected order


def test_only_a_living_token_opens(
    mailer_client: Any, mailer_db: Database, token: str, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "admin", "editor")
    for wrong in ("", "x", token[:-1], token + "é"):
        answer = post(mailer_client, wrong)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert token not in str(run(mailer_db, "SELECT * FROM programs"))
    with mailer_db.transaction() as session:
        orders.revoke(session, "site", who="test", now=clock.now())
    assert post(mailer_client, token).status_code == 401
    noted = run(mailer_db, "SELECT what FROM audit_entries ORDER BY id")
    assert [row.what for row in noted] == ["registered", "revoked"]


def test_an_order_needs_a_key_and_json(mailer_client: Any, token: str) -> None:
    assert post(mailer_client, token, key="").status_code == 422
    head = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
    for raw in (b"", b"{", b"[" * 100_000, b"\xff"):
        answer = mailer_client.post("/api/mails", data=raw, headers=head, content_type="application/json")
        assert answer.status_code == 400
    big = mailer_client.post("/api/mails", data=b'"' + b"a" * 300_000 + b'"', headers=head)
    assert big.status_code == 413


def test_the_command_line_gives_a_token_and_takes_it_back(
    mailer_client: Any,
    mailer_db: Database,
    environment_of: Callable[[str, str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)
    assert commands.program(["add", "site", "--template", "registration_link"]) == 0
    given = capsys.readouterr().out.strip()
    assert post(mailer_client, given).status_code == 202
    assert commands.program(["revoke", "site"]) == 0
    assert post(mailer_client, given).status_code == 401
