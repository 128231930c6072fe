"""The second factor of a staff account: a code of the phone beside the password, each code once."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from base64 import b32decode
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy.orm import Session

from services.registration import accounts
from services.registration.models.accounts import SecondFactor, StaffAccount
from shared import audit, identity
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_registration_late_wishes import one_waits

PASSWORD, EMAIL = "quatre mots sans rapport", "camille@agora.example"
SECRET = "a key for tests, known to all"
NOW = dt.datetime(2016, 10, 3, 7, tzinfo=dt.UTC)
REAL = dt.datetime(2026, 5, 1, 12, 0, 7, tzinfo=dt.UTC)


class Phone:
    """An authenticator application, told its secret by hand."""

    def __init__(self, page: str) -> None:
        typed = re.search(r'class="code">([A-Z2-7 ]+)<', page)
        assert typed
        self.secret = b32decode(typed[1].replace(" ", ""))
        self.codes = TOTP(self.secret, 6, SHA1(), 30)  # noqa: S303

    def shows(self, *, later: int = 0) -> str:
        """The six digits, so many seconds later."""
        return self.codes.generate(int(REAL.timestamp()) + later).decode()


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "real_now", lambda: REAL)


@pytest.fixture
def account(registration_db: Database) -> StaffAccount:
    with registration_db.transaction() as session:
        return accounts.create_admin(session, email=EMAIL, name="Camille", password=PASSWORD, reset=False, now=NOW)


@pytest.fixture
def signed(registration_client: Any, sign_in: Any, account: StaffAccount) -> Any:
    sign_in(registration_client, "admin", id=account.id, email=EMAIL)
    return registration_client


@pytest.fixture
def phone(signed: Any) -> Phone:
    return Phone(prepare(signed).text)


@pytest.fixture
def spare(signed: Any, phone: Phone) -> list[str]:
    """The factor is on; its spare codes. The code of this half minute is used up."""
    page = signed.post("/compte/double-authentification/activer", data={"code": phone.shows()})
    return re.findall(r"<code>([a-z0-9-]+)</code>", page.text)


@pytest.fixture
def stranger(registration_app: Any) -> Any:
    return registration_app.test_client()


def prepare(client: Any, given: str = PASSWORD) -> Any:
    return client.post("/compte/double-authentification/preparer", data={"own_password": given})


def password(client: Any, given: str = PASSWORD) -> Any:
    return client.post("/connexion", data={"email": EMAIL, "password": given, "next": "/equipe/comptes"})


def code(client: Any, page: Any, given: str) -> Any:
    half = re.search(r'name="half" value="([^"]+)"', page.text)
    assert half
    return client.post("/connexion/code", data={"half": half[1], "code": given})


def is_in(client: Any) -> bool:
    return bool(client.get("/compte").status_code == 200)


def test_a_secret_that_no_phone_confirmed_asks_nobody_for_a_code(stranger: Any, phone: Phone) -> None:
    assert password(stranger).status_code == 303
    assert is_in(stranger)


def test_who_found_a_screen_left_open_puts_no_phone_of_theirs_on_the_account(
    signed: Any, registration_db: Database
) -> None:
    for given in ("", "pas le bon mot de passe", "\x00"):
        refused = prepare(signed, given)
        assert refused.status_code == 422
        assert "Ce n’est pas votre mot de passe actuel." in refused.text
    with registration_db.reading() as session:
        assert session.scalars(sa.select(SecondFactor)).all() == []


def test_the_password_alone_no_longer_opens_the_account(stranger: Any, spare: list[str]) -> None:
    assert "Le code de votre téléphone" in password(stranger).text
    assert not is_in(stranger)


def test_the_phones_code_opens_it_and_leads_where_one_wanted_to_go(
    stranger: Any, spare: list[str], phone: Phone
) -> None:
    answer = code(stranger, password(stranger), phone.shows(later=30))
    assert answer.location == "/equipe/comptes"
    assert is_in(stranger)


def test_the_step_between_offers_no_language_whose_link_would_lead_nowhere(stranger: Any, spare: list[str]) -> None:
    assert "?lang=en" in stranger.get("/connexion").text
    page = password(stranger).text
    for address in re.findall(r'href="([^"]*[?]lang=en)"', page):
        assert stranger.get(address).status_code == 200
    half = re.search(r'name="half" value="([^"]+)"', page)
    assert half
    wrong = stranger.post("/connexion/code", data={"half": half[1], "code": "000000"}).text
    for address in re.findall(r'href="([^"]*[?]lang=en)"', wrong):
        assert stranger.get(address).status_code == 200


def test_a_code_serves_once(stranger: Any, spare: list[str], phone: Phone) -> None:
    answer = code(stranger, password(stranger), phone.shows())
    assert answer.status_code == 422
    assert "a déjà servi" in answer.text
    assert not is_in(stranger)


def test_a_code_of_two_minutes_ago_or_ahead_is_wrong(stranger: Any, spare: list[str], phone: Phone) -> None:
    page = password(stranger)
    for later in (-120, 120):
        assert code(stranger, page, phone.shows(later=later)).status_code == 422


def test_a_spare_code_opens_it_once_however_it_is_typed(
    registration_app: Any, registration_db: Database, spare: list[str], account: StaffAccount
) -> None:
    first, second = registration_app.test_client(), registration_app.test_client()
    assert len(set(spare)) == 8
    assert code(first, password(first), spare[0].upper().replace("-", " ")).status_code == 303
    assert code(second, password(second), spare[0]).status_code == 422
    with registration_db.reading() as session:
        assert [row.what for row in audit.history(session, "staff", account.id)].count("spare_code_used") == 1


def test_who_has_the_password_may_try_no_more_codes_than_passwords(
    stranger: Any, spare: list[str], phone: Phone
) -> None:
    """The right password in between forgives nothing."""
    statuses = []
    for _ in range(4):
        page = password(stranger)
        statuses.append(page.status_code)
        if page.status_code == 200:
            statuses.append(code(stranger, page, "000000").status_code)
    assert 429 in statuses
    assert statuses.count(422) <= 2
    assert password(stranger).status_code == 429


def test_who_has_the_password_and_many_addresses_has_no_more_tries(
    stranger: Any, spare: list[str], phone: Phone, registration_db: Database, account: StaffAccount
) -> None:
    with registration_db.reading() as session:
        half = accounts.Halfway(account.id, accounts._proof(session.get_one(StaffAccount, account.id)))
    refused = []
    for number in range(7):
        with pytest.raises(RuleError) as error:
            accounts.finish(registration_db, half, "000000", address=f"198.51.100.{number}", secret=SECRET, now=NOW)
        refused.append(error.value.status)
    assert refused == [422] * 5 + [429] * 2


def test_who_signs_in_with_a_phone_all_morning_is_never_throttled(stranger: Any, spare: list[str]) -> None:
    for one in spare[:7]:
        assert code(stranger, password(stranger), one).status_code == 303


def test_the_step_between_dies_with_the_password_it_came_from(
    stranger: Any, registration_db: Database, account: StaffAccount, spare: list[str], phone: Phone
) -> None:
    page = password(stranger)
    with registration_db.transaction() as session:
        accounts.set_password(session, account.id, "d'autres mots sans rapport", who="test", now=NOW)
    assert code(stranger, page, phone.shows(later=30)).status_code == 422
    assert not is_in(stranger)


@pytest.mark.parametrize("half", ["", "x", "WyJhIiwiYiIsImMiXQ.aaaaaa.bbbb"])
def test_a_forged_step_between_leads_back_to_the_password(stranger: Any, half: str) -> None:
    answer = stranger.post("/connexion/code", data={"half": half, "code": "123456"})
    assert answer.status_code == 303
    assert "/connexion" in answer.location


def test_a_wrong_first_code_shows_the_same_secret_again(signed: Any, phone: Phone) -> None:
    page = signed.post("/compte/double-authentification/activer", data={"code": "abc"})
    assert page.status_code == 422
    assert Phone(page.text).shows() == phone.shows()


def test_the_secret_is_not_readable_in_the_database(
    registration_db: Database, account: StaffAccount, phone: Phone, spare: list[str]
) -> None:
    with registration_db.reading() as session:
        stored = session.get_one(SecondFactor, account.id)
        assert phone.secret not in stored.secret
        assert not any(one.replace("-", "").encode() in b"".join(stored.spare_codes) for one in spare)


def test_it_is_taken_off_with_a_code_and_not_without(
    signed: Any, stranger: Any, spare: list[str], phone: Phone
) -> None:
    refused = signed.post("/compte/double-authentification/retirer", data={"code": "000000"})
    assert refused.status_code == 422
    assert signed.post("/compte/double-authentification/retirer", data={"code": spare[3]}).status_code == 303
    assert password(stranger).status_code == 303
    assert is_in(stranger)


def test_what_the_password_alone_had_opened_elsewhere_is_closed(
    signed: Any, stranger: Any, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    password(stranger)
    assert is_in(stranger)
    monkeypatch.setattr(identity, "real_now", lambda: REAL + dt.timedelta(seconds=1))
    done = signed.post("/compte/double-authentification/activer", data={"code": phone.shows()})
    assert "codes de secours" in done.text
    assert not is_in(stranger)
    assert is_in(signed)


def test_a_role_taken_away_meanwhile_does_not_come_back_with_the_new_token(
    signed: Any, registration_db: Database, account: StaffAccount, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "real_now", lambda: REAL + dt.timedelta(seconds=1))
    with registration_db.transaction() as session:
        accounts.create_admin(session, email="ana@agora.example", name="Ana", password=PASSWORD, reset=False, now=NOW)

    def take_role_away(session: Session) -> None:
        accounts.change_roles(session, account.id, ["desk"], who="Ana", now=NOW)

    def switch_on(_session: Session) -> Any:
        return signed.post("/compte/double-authentification/activer", data={"code": phone.shows()})

    _, answer = one_waits(registration_db, take_role_away, switch_on)
    assert answer.status_code == 200
    assert signed.get("/compte").status_code == 200
    assert signed.get("/equipe/comptes").status_code == 403


def test_codes_are_not_guessed_where_it_is_taken_off(signed: Any, spare: list[str]) -> None:
    def taken_off(code: str) -> int:
        return int(signed.post("/compte/double-authentification/retirer", data={"code": code}).status_code)

    assert [taken_off(f"{guess:06}") for guess in range(6)] == [422] * 5 + [429]
    assert taken_off(spare[0]) == 429


def test_an_admin_takes_it_off_for_who_lost_the_phone(
    signed: Any, stranger: Any, registration_db: Database, account: StaffAccount, spare: list[str]
) -> None:
    assert signed.post(f"/equipe/comptes/{account.id}/double-authentification").status_code == 303
    assert password(stranger).status_code == 303
    with registration_db.reading() as session:
        assert audit.history(session, "staff", account.id)[-2].what == "second_factor_off"


def test_the_command_lets_the_last_admin_in_without_phone_or_spare_code(
    stranger: Any, registration_db: Database, spare: list[str]
) -> None:
    new = "d'autres mots sans rapport"
    with registration_db.transaction() as session:
        accounts.create_admin(session, email=EMAIL, name="Camille", password=new, reset=True, now=NOW)
    assert password(stranger, new).status_code == 303
    assert is_in(stranger)


def test_an_account_of_nobody_cannot_prepare_one(registration_client: Any, sign_in: Any) -> None:
    sign_in(registration_client, "staff", id=uuid.uuid4())
    assert prepare(registration_client).status_code == 422
