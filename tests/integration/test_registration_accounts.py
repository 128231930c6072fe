"""Staff accounts: sign-in and its throttle, revocation in every service, roles, and who did what."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, make_response

from services.registration import accounts, first_admin, throttle
from services.registration.app import create_app
from services.registration.models.accounts import SignInAttempt, StaffAccount
from services.registration.web import accounts as pages
from shared import audit, identity
from shared.db import Database
from shared.errors import RuleError
from shared.identity import current_staff, requires
from shared.messaging.envelope import parse
from shared.messaging.tables import outbox
from shared.web.app import create_web_app

PASSWORD = "quatre mots sans rapport"
NOW = dt.datetime(2016, 10, 3, 7, tzinfo=dt.UTC)
SECRET = "a key for tests"


@pytest.fixture
def app(registration_db: Database, settings_of: Callable[..., Any]) -> Flask:
    made = create_app(settings_of("registration", registration_db.url), registration_db)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def admin(registration_db: Database) -> StaffAccount:
    with registration_db.transaction() as session:
        return accounts.create_admin(
            session, email="camille@agora.example", name="Camille Roux", password=PASSWORD, reset=False, now=NOW
        )


def try_sign_in(db: Database, password: str, *, email: str = "camille@agora.example", **more: Any) -> identity.Staff:
    arguments = {"address": "192.0.2.1", "secret": SECRET, "now": NOW} | more
    return accounts.sign_in(db, email, password, **arguments)


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(RuleError) as refusal:
        call()
    return refusal.value.code


def facts(db: Database) -> list[dict[str, Any]]:
    with db.reading() as session:
        return [row.envelope for row in session.execute(sa.select(outbox).order_by(outbox.c.id))]


def test_sign_in_by_page_opens_what_the_roles_open(app: Flask, admin: StaffAccount) -> None:
    client = app.test_client()

    first = client.get("/equipe/comptes?page=1")
    wrong = client.post("/connexion", data={"email": admin.email, "password": "pas celui-là"})
    right = client.post(
        "/connexion", data={"email": " CAMILLE@agora.example", "password": PASSWORD, "next": first.location[-1:]}
    )

    assert first.status_code == 303
    assert "/connexion?next=" in first.location
    assert wrong.status_code == 422
    assert "ne vont pas ensemble" in wrong.text
    assert 'value="camille@agora.example"' in wrong.text
    assert PASSWORD not in wrong.text
    assert right.status_code == 303
    cookie = right.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    page = client.get("/equipe/comptes")
    assert page.status_code == 200
    assert "Camille Roux" in page.text


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/equipe/comptes", "/equipe/comptes"),
        ("https://evil.example/", "/equipe/"),
        ("//evil.example/", "/equipe/"),
        ("/\\evil.example", "/equipe/"),
        ("javascript:alert(1)", "/equipe/"),
        ("{registration}/compte", "/compte"),
        ("{registration}.evil.example/", "/equipe/"),
        ("{jury}/x", "{jury}/x"),
    ],
)
def test_after_signing_in_one_stays_in_the_house(app: Flask, admin: StaffAccount, wanted: str, where: str) -> None:
    house = app.extensions["settings"]
    urls = {"registration": house.registration_url, "jury": house.jury_url}

    answer = app.test_client().post(
        "/connexion", data={"email": admin.email, "password": PASSWORD, "next": wanted.format(**urls)}
    )

    assert answer.location.removeprefix(house.public_url) == where.format(**urls)


@pytest.mark.parametrize(
    ("roles", "where"),
    [
        (["desk"], "{registration}/equipe/"),
        (["secretary"], "{jury}/equipe/"),
        (["editor"], "{mailer}/equipe/"),
        (["editor", "secretary"], "{jury}/equipe/"),
    ],
)
def test_signing_in_leads_to_where_one_may_work(
    app: Flask, registration_db: Database, roles: list[str], where: str
) -> None:
    house = app.extensions["settings"]
    with registration_db.transaction() as session:
        zoe = {"name": "Zoé Vidal", "email": "zoe@agora.example", "password": PASSWORD}
        accounts.create(session, **zoe, roles=roles, who="camille@agora.example", now=NOW)
    client = app.test_client()

    answer = client.post("/connexion", data={"email": zoe["email"], "password": PASSWORD})

    urls = {name: getattr(house, f"{name}_url") for name in ("registration", "jury", "mailer")}
    assert answer.location == where.format(**urls)
    assert client.get("/connexion").location == answer.location


def test_five_failures_close_the_door_for_a_quarter_of_an_hour(registration_db: Database, admin: StaffAccount) -> None:
    for _try in range(throttle.PER_PAIR):
        assert code_of(lambda: try_sign_in(registration_db, "faux")) == "sign-in"

    assert code_of(lambda: try_sign_in(registration_db, PASSWORD)) == "sign-in-throttled"
    assert try_sign_in(registration_db, PASSWORD, address="192.0.2.2").id == admin.id
    later = NOW + throttle.WINDOW + dt.timedelta(seconds=1)
    assert try_sign_in(registration_db, PASSWORD, now=later).id == admin.id


def test_success_forgives_the_slips_before_it(registration_db: Database, admin: StaffAccount) -> None:
    for _round in range(3):
        for _try in range(throttle.PER_PAIR - 1):
            assert code_of(lambda: try_sign_in(registration_db, "faux")) == "sign-in"
        assert try_sign_in(registration_db, PASSWORD).id == admin.id


@pytest.mark.usefixtures("admin")
def test_one_address_cannot_try_many_accounts(registration_db: Database) -> None:
    for number in range(throttle.PER_ADDRESS):
        with registration_db.transaction() as session:
            assert throttle.begin_attempt(session, f"{number}@agora.example", "192.0.2.9", secret=SECRET, now=NOW)

    assert code_of(lambda: try_sign_in(registration_db, PASSWORD, address="192.0.2.9")) == "sign-in-throttled"


@pytest.mark.usefixtures("admin")
def test_a_hundred_tries_at_once_are_a_hundred_tries(registration_db: Database) -> None:
    outcomes: list[str] = []

    def one() -> None:
        outcomes.append(code_of(lambda: try_sign_in(registration_db, "faux")))

    threads = [threading.Thread(target=one) for _n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["sign-in"] * throttle.PER_PAIR + ["sign-in-throttled"] * 7


def test_what_strangers_type_is_not_kept_readable(registration_db: Database) -> None:
    code_of(lambda: try_sign_in(registration_db, "faux", email="inconnue@example.org"))

    with registration_db.reading() as session:
        attempt = session.scalars(sa.select(SignInAttempt)).one()
    assert attempt.account == throttle.account_hash("inconnue@example.org", SECRET)
    assert len(attempt.account) == 32


def test_an_unknown_account_takes_as_long_as_a_known_one(registration_db: Database, admin: StaffAccount) -> None:
    def fastest(email: str) -> float:
        times = []
        for number in range(4):
            began = time.process_time()  # whatever else the machine does
            code_of(lambda: try_sign_in(registration_db, "faux", email=email, address=f"192.0.2.{number}"))  # noqa: B023
            times.append(time.process_time() - began)
        return min(times)

    fastest(admin.email)  # the first check makes the hash for nobody
    known, unknown = fastest(admin.email), fastest("inconnue@example.org")

    assert unknown > known / 2


def test_a_closed_account_opens_nothing_and_says_nothing_more(registration_db: Database, admin: StaffAccount) -> None:
    with registration_db.transaction() as session:
        other = accounts.create(
            session, email="paul@agora.example", name="Paul", roles=["desk"], password=PASSWORD, who="t", now=NOW
        )
    with registration_db.transaction() as session:
        accounts.deactivate(session, other.id, who=admin.email, now=NOW)

    assert code_of(lambda: try_sign_in(registration_db, PASSWORD, email=other.email)) == "sign-in"


def test_a_revocation_reaches_every_service(
    app: Flask,
    admin: StaffAccount,
    registration_db: Database,
    jury_db: Database,
    settings_of: Callable[..., Any],
    sign_in: Callable[..., Any],
) -> None:
    """The fact that registration announces, handled by the jury, refuses the old token there and lets a new one in."""
    page = Blueprint("page", __name__)

    @page.get("/who")
    @requires("secretary")
    def who() -> str:
        staff = current_staff()
        assert staff is not None
        return staff.name

    jury = create_web_app(
        __name__, settings_of("jury", jury_db.url), jury_db, name="jury", blueprints=[page]
    ).test_client()
    client = app.test_client()
    sign_in(client, "admin", id=admin.id, email=admin.email, name=admin.name)
    made = client.post(
        "/equipe/comptes", data={"name": "Ana Vidal", "email": "ana@agora.example", "roles": ["secretary"]}
    )
    assert made.status_code == 201
    with registration_db.reading() as session:
        ana = session.scalars(sa.select(StaffAccount).where(StaffAccount.email_key == "ana@agora.example")).one()
    sign_in(jury, "secretary", id=ana.id, name=ana.name)
    assert jury.get("/who").text == "Ana Vidal"

    assert client.post(f"/equipe/comptes/{ana.id}/etat", data={"active": "false"}).status_code == 303

    [envelope] = facts(registration_db)
    event = parse(json.dumps(envelope).encode())
    assert (event.type, event.thing) == ("registration.staff.revoked.v1", str(ana.id))
    with jury_db.transaction() as session:
        identity.on_staff_revoked(session, event)
    assert jury.get("/who").status_code == 303
    later = identity.Staff(ana.id, ana.name, ana.email, frozenset({"secretary"}))
    key = app.extensions["settings"].staff_private_key_file
    jury.set_cookie(identity.COOKIE, identity.sign(later, key, identity.real_now()))
    assert jury.get("/who").text == "Ana Vidal"


def test_an_account_closed_before_its_token_is_signed_opens_nothing(
    app: Flask, admin: StaffAccount, registration_db: Database
) -> None:
    """Between the check under the lock and the cookie, an admin may close the account."""
    with registration_db.transaction() as session:
        other = accounts.create(
            session, email="paul@agora.example", name="Paul", roles=["desk"], password=PASSWORD, who="t", now=NOW
        )
    let_in = try_sign_in(registration_db, PASSWORD, email=other.email)
    with registration_db.transaction() as session:
        accounts.deactivate(session, other.id, who=admin.email, now=NOW)
    with app.test_request_context():
        given = pages.hand_over(make_response(""), let_in).headers["Set-Cookie"]
    client = app.test_client()
    client.set_cookie(identity.COOKIE, given.split("=", 1)[1].split(";")[0])
    assert client.get("/equipe/").status_code == 303


def test_an_older_revocation_never_replaces_a_newer_one(registration_db: Database) -> None:
    someone = uuid.uuid4()
    for days in (5, 9, 2):
        with registration_db.transaction() as session:
            identity.revoke(session, someone, NOW + dt.timedelta(days=days))

    with registration_db.reading() as session:
        assert session.scalar(sa.select(identity.revoked_staff.c.not_before)) == NOW + dt.timedelta(days=9)


def test_without_the_role_the_page_says_so(app: Flask, sign_in: Callable[..., Any]) -> None:
    client = app.test_client()
    sign_in(client, "desk")

    answer = client.get("/equipe/comptes")

    assert answer.status_code == 403
    assert "Cette page ne vous est pas ouverte" in answer.text


def test_other_roles_end_the_session_and_the_last_admin_stays(registration_db: Database, admin: StaffAccount) -> None:
    with registration_db.transaction() as session:
        second = accounts.create(
            session, email="b@agora.example", name="B", roles=["admin"], password=PASSWORD, who="t", now=NOW
        )
    with registration_db.transaction() as session:
        accounts.change_roles(session, second.id, ["editor", "staff"], who=admin.email, now=NOW)

    def close_the_last() -> None:
        with registration_db.transaction() as session:
            accounts.deactivate(session, admin.id, who=admin.email, now=NOW)

    assert code_of(close_the_last) == "last-admin"
    with registration_db.reading() as session:
        assert accounts.one(session, admin.id).active
        assert accounts.one(session, second.id).roles == ["editor", "staff"]
        [entry] = [row for row in audit.history(session, "staff", second.id) if row.what == "roles_changed"]
    assert (entry.who, entry.before, entry.after) == (
        admin.email,
        {"roles": ["admin"]},
        {"roles": ["editor", "staff"]},
    )
    assert [fact["data"]["staff_id"] for fact in facts(registration_db)] == [str(second.id)]


def test_two_admins_cannot_close_each_other(registration_db: Database, admin: StaffAccount) -> None:
    with registration_db.transaction() as session:
        second = accounts.create(
            session, email="b@agora.example", name="B", roles=["admin"], password=PASSWORD, who="t", now=NOW
        )
    refused: list[str] = []

    def close(staff_id: uuid.UUID) -> None:
        try:
            with registration_db.transaction() as session:
                accounts.deactivate(session, staff_id, who="t", now=NOW)
        except RuleError as refusal:
            refused.append(refusal.code)

    threads = [threading.Thread(target=close, args=(one,)) for one in (admin.id, second.id)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == ["last-admin"]


def test_ones_own_password(app: Flask, admin: StaffAccount, sign_in: Callable[..., Any]) -> None:
    client = app.test_client()
    sign_in(client, "admin", id=admin.id, email=admin.email, name=admin.name)

    wrong = client.post("/compte", data={"old_password": "non", "password": "un autre assez long"})
    short = client.post("/compte", data={"old_password": PASSWORD, "password": "court"})
    done = client.post("/compte", data={"old_password": PASSWORD, "password": "un autre assez long"})

    assert (wrong.status_code, short.status_code, done.status_code) == (422, 422, 303)
    assert "Ce n’est pas votre mot de passe actuel." in wrong.text
    assert "au moins 12" in short.text
    sign_in(client, "admin", id=admin.id)
    assert client.get("/compte").status_code == 303, "a token of before the change is refused"
    assert client.post("/connexion", data={"email": admin.email, "password": PASSWORD}).status_code == 422
    assert client.post("/connexion", data={"email": admin.email, "password": "un autre assez long"}).status_code == 303


def test_one_account_per_address(registration_db: Database, admin: StaffAccount) -> None:
    def again() -> None:
        with registration_db.transaction() as session:
            accounts.create(
                session,
                email=admin.email.upper(),
                name="C",
                roles=["staff"],
                password=PASSWORD,
                who="t",
                now=NOW,
            )

    assert code_of(again) == "account-exists"


@pytest.mark.parametrize(
    "form",
    [
        {"name": "Ana\r\nBcc: x@example.org", "email": "ana@agora.example", "roles": ["desk"]},
        {"name": "", "email": "ana@agora.example", "roles": ["desk"]},
        {"name": "x" * 10_000, "email": "ana@agora.example", "roles": ["desk"]},
        {"name": "Ana", "email": "ana@agora.example\r\nBcc: x@example.org", "roles": ["desk"]},
        {"name": "Ana", "email": "pas une adresse", "roles": ["desk"]},
        {"name": "Ana", "email": "ana@agora.example", "roles": ["chef"]},
        {"name": "Ana", "email": "ana@agora.example"},
        {"name": "A\x00", "email": "ana@agora.example", "roles": ["desk"]},
    ],
)
def test_a_wrong_account_form_keeps_what_was_typed(
    app: Flask, registration_db: Database, sign_in: Callable[..., Any], form: dict[str, Any]
) -> None:
    client = app.test_client()
    sign_in(client, "admin")

    answer = client.post("/equipe/comptes", data=form)

    assert answer.status_code == 422
    assert "à revoir" in answer.text
    with registration_db.reading() as session:
        assert accounts.everyone(session) == []


def test_leaving_everywhere(app: Flask, admin: StaffAccount, sign_in: Callable[..., Any]) -> None:
    here, there = app.test_client(), app.test_client()
    for client in (here, there):
        sign_in(client, "admin", id=admin.id, email=admin.email)

    assert here.get("/deconnexion").status_code == 200
    assert here.post("/deconnexion", data={"everywhere": "true"}).status_code == 303

    assert here.get("/compte").status_code == there.get("/compte").status_code == 303


def test_the_first_admin_by_command(
    registration_db: Database,
    environment_of: Callable[[str, str], dict[str, str]],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments = ["--email", "premier@agora.example", "--name", "Premier", "--password-stdin"]

    def run(password: str, *more: str) -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
        with patch.dict(os.environ, environment_of("registration", registration_db.url)):
            return first_admin.create_admin([*arguments, *more])

    assert run(PASSWORD) == 0
    assert capsys.readouterr().out == "premier@agora.example: admin\n"
    assert code_of(lambda: run(PASSWORD)) == "account-exists"
    assert code_of(lambda: run("court", "--reset")) == "password-short"
    assert run("un autre assez long", "--reset") == 0
    assert try_sign_in(registration_db, "un autre assez long", email="premier@agora.example").roles == {"admin"}
