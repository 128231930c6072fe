"""The staff may sign in through a directory: it says who somebody is, and Agora alone what they may do."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import sqlalchemy as sa
from joserfc import jwk
from werkzeug.serving import make_server

from services.registration import accounts
from services.registration.models.accounts import SecondFactor, StaffAccount
from services.registration.settings import Settings
from services.registration.web import openid as pages
from shared import audit
from shared.db import Database
from shared.identity import COOKIE
from shared.settings import SettingsError
from tests.openid_provider import CLIENT, SECRET, Provider

PASSWORD, EMAIL = "quatre mots sans rapport", "camille@agora.example"
NOW = dt.datetime(2016, 10, 3, 7, tzinfo=dt.UTC)


@pytest.fixture
def account(registration_db: Database) -> StaffAccount:
    return opened(registration_db, EMAIL)


def opened(db: Database, email: str) -> StaffAccount:
    with db.transaction() as session:
        return accounts.create(
            session, email=email, name="Camille", roles=["admin"], password=PASSWORD, who="test", now=NOW
        )


@pytest.fixture
def site(registration_app: Any) -> str:
    url: str = registration_app.extensions["settings"].public_url
    return url


@pytest.fixture
def provider(registration_app: Any, site: str) -> Iterator[Provider]:
    made = Provider("", f"{site}/connexion/annuaire/retour")
    server = make_server("127.0.0.1", 0, made.app, threaded=True)
    made.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join(5)
    server.server_close()


@pytest.fixture
def related(registration_app: Any, settings_of: Any, registration_db: Database) -> Callable[..., None]:
    """related(url): the application has its directory there."""

    def relate(url: str, **fields: Any) -> None:
        chosen = settings_of(
            "registration",
            registration_db.url,
            openid_issuer=url,
            openid_client_id=CLIENT,
            openid_client_secret=SECRET,
            openid_name="Nextcloud",
            **fields,
        )
        registration_app.extensions["settings"] = chosen
        pages.attach(registration_app, chosen)

    return relate


@pytest.fixture
def client(registration_app: Any, provider: Provider, related: Callable[..., None], account: StaffAccount) -> Any:
    related(provider.url)
    return registration_app.test_client()


def journey(client: Any, after: str = "", edit: Callable[[str], str] = lambda address: address) -> Any:
    """There and back, as a browser goes; edit: what somebody changes of the address that leads back."""
    left = client.get("/connexion/annuaire", query_string={"next": after} if after else {})
    answer = requests.get(left.location, allow_redirects=False, timeout=5)
    back = urlsplit(edit(answer.headers["Location"]))
    return client.get(f"{back.path}?{back.query}")


def refused(client: Any, back: Any) -> str:
    """What the sign-in page says after a refusal; nobody is signed in."""
    assert (back.status_code, urlsplit(back.location).path) == (303, "/connexion")
    assert client.get_cookie(COOKIE) is None
    return str(client.get(back.location).text)


def tied(db: Database, staff_id: uuid.UUID) -> str | None:
    with db.reading() as session:
        return session.scalar(sa.select(StaffAccount.openid).where(StaffAccount.id == staff_id))


def test_the_page_offers_the_directory_and_leads_to_where_one_was_going(
    client: Any, registration_db: Database, account: StaffAccount
) -> None:
    page = client.get("/connexion?next=/equipe/evenements/nouveau").text
    assert "Continuer avec Nextcloud" in page
    assert "/connexion/annuaire?next=" in page
    back = journey(client, "/equipe/evenements/nouveau")
    assert (back.status_code, back.location) == (303, "/equipe/evenements/nouveau")
    assert client.get("/equipe/comptes").status_code == 200
    with registration_db.reading() as session:
        history = [row.what for row in audit.history(session, "staff", account.id)]
    assert history == ["created", "openid_tied", "signed_in"]


def test_without_a_directory_nothing_is_offered(registration_client: Any) -> None:
    assert "/connexion/annuaire" not in registration_client.get("/connexion").text
    assert registration_client.get("/connexion/annuaire").status_code == 404
    assert registration_client.get("/connexion/annuaire/retour?code=x&state=y").status_code == 404


def test_the_way_back_leads_to_no_other_site(client: Any) -> None:
    assert "evil" not in journey(client, "https://evil.example/").location


def test_an_account_is_never_made_by_the_directory(client: Any, provider: Provider, registration_db: Database) -> None:
    provider.says |= {"sub": "18", "email": "inconnu@agora.example"}
    assert "Aucun compte Agora n’est ouvert pour inconnu@agora.example" in refused(client, journey(client))
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(StaffAccount)) == 1


@pytest.mark.parametrize("vouched", [False, None, "true", 1])
def test_an_address_counts_only_when_the_directory_vouches_for_it(
    client: Any, provider: Provider, vouched: Any
) -> None:
    provider.says |= {"email_verified": vouched}
    assert "ne confirme pas votre adresse" in refused(client, journey(client))


def test_a_directory_that_gives_out_its_addresses_need_not_say_so(
    client: Any, provider: Provider, related: Callable[..., None]
) -> None:
    related(provider.url, openid_addresses_trusted=True)
    provider.says |= {"email_verified": False}
    assert "ne confirme pas" in refused(client, journey(client))  # what it denies stays denied
    provider.says |= {"email_verified": None}
    assert journey(client).status_code == 303
    assert client.get_cookie(COOKIE)


def test_who_came_once_is_known_by_name_and_not_by_address(
    client: Any, provider: Provider, registration_db: Database, account: StaffAccount
) -> None:
    journey(client)
    provider.says |= {"email": "camille.roux@agora.example"}
    client.delete_cookie(COOKIE)
    journey(client)
    assert client.get_cookie(COOKIE)
    assert tied(registration_db, account.id) == f"{provider.url} 17"


def test_an_address_that_went_to_another_opens_nothing_until_an_admin_unties_it(
    client: Any, provider: Provider, account: StaffAccount, sign_in: Any, registration_db: Database
) -> None:
    journey(client)
    client.delete_cookie(COOKIE)
    provider.says |= {"sub": "99"}
    assert "est relié à une autre personne" in refused(client, journey(client))
    sign_in(client, "admin", id=account.id, email=EMAIL)
    assert "Délier de l’annuaire" in client.get(f"/equipe/comptes/{account.id}").text
    client.post(f"/equipe/comptes/{account.id}/annuaire")
    assert tied(registration_db, account.id) is None
    client.delete_cookie(COOKIE)
    journey(client)
    assert tied(registration_db, account.id) == f"{provider.url} 99"


def test_a_closed_account_stays_closed(
    client: Any, registration_db: Database, account: StaffAccount, provider: Provider
) -> None:
    other = opened(registration_db, "autre@agora.example")
    journey(client)
    client.delete_cookie(COOKIE)
    with registration_db.transaction() as session:
        accounts.deactivate(session, account.id, who="test", now=NOW)
    refused(client, journey(client))
    assert other.active


def test_the_code_of_the_phone_is_asked_for_all_the_same(
    client: Any, registration_db: Database, account: StaffAccount
) -> None:
    with registration_db.transaction() as session:
        session.add(SecondFactor(staff_id=account.id, secret=b"sealed", confirmed_at=NOW))
    back = journey(client)
    assert 'name="half"' in back.text
    assert client.get_cookie(COOKIE) is None


def test_who_says_no_in_the_directory_is_back_where_they_were(client: Any, provider: Provider) -> None:
    provider.agrees = False
    back = journey(client, "/equipe/comptes")
    assert "next=" in back.location
    assert "Vous n’avez pas donné votre accord" in refused(client, back)


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://another.example"},
        {"iss": None},
        {"aud": "another client"},
        {"nonce": "of another journey"},
        {"nonce": None},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
    ],
)
def test_a_token_that_is_not_for_this_journey_opens_nothing(
    client: Any, provider: Provider, lie: dict[str, Any]
) -> None:
    provider.says |= lie
    refused(client, journey(client))


def test_a_token_that_another_signed_opens_nothing(client: Any, provider: Provider) -> None:
    provider.signs_with = jwk.RSAKey.generate_key(2048, {"kid": "first"})
    assert "ne répond pas comme prévu" in refused(client, journey(client))


@pytest.mark.parametrize("forges", ["none", "HS256"])
@pytest.mark.parametrize("allowed", [["RS256"], ["RS256", "HS256", "none"]])
def test_a_token_that_nobody_signed_opens_nothing(
    client: Any, provider: Provider, forges: str, allowed: list[str]
) -> None:
    provider.metadata = {"id_token_signing_alg_values_supported": allowed}
    provider.forges = forges
    assert "ne répond pas comme prévu" in refused(client, journey(client))


@pytest.mark.parametrize("edit", ["state=", "code="])
def test_the_way_back_serves_whoever_left(client: Any, edit: str) -> None:
    refused(client, journey(client, edit=lambda address: address.replace(edit, f"{edit}x")))


def test_the_way_back_serves_once(client: Any) -> None:
    seen: list[str] = []
    journey(client, edit=lambda address: seen.append(address) or address)  # type: ignore[func-returns-value]
    client.delete_cookie(COOKIE)
    back = urlsplit(seen[0])
    refused(client, client.get(f"{back.path}?{back.query}"))


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?error=server_error", "?code=&state=", "?error="])
def test_a_made_up_way_back_is_no_error_of_ours(client: Any, query: str) -> None:
    assert "L’aller-retour avec l’annuaire s’est perdu" in refused(
        client, client.get(f"/connexion/annuaire/retour{query}")
    )


def test_a_key_that_changed_meanwhile_is_fetched(client: Any, provider: Provider) -> None:
    journey(client)
    client.delete_cookie(COOKIE)
    provider.key = provider.signs_with = jwk.RSAKey.generate_key(2048, {"kid": "second"})
    journey(client)
    assert client.get_cookie(COOKIE)


@pytest.mark.parametrize("broken", [{"authorization_endpoint": None}, {"authorization_endpoint": ""}])
def test_a_directory_that_answers_nonsense_leaves_the_password(
    client: Any, provider: Provider, broken: dict[str, Any]
) -> None:
    provider.metadata = broken
    assert "mot de passe Agora" in refused(client, client.get("/connexion/annuaire"))


def test_a_directory_that_is_down_leaves_the_password(registration_app: Any, related: Callable[..., None]) -> None:
    related("http://127.0.0.1:9")
    client = registration_app.test_client()
    assert "mot de passe Agora" in refused(client, client.get("/connexion/annuaire?next=/compte"))


@pytest.mark.parametrize(
    ("lacking", "word"),
    [
        ({"AGORA_OPENID_CLIENT_ID": ""}, "AGORA_OPENID_CLIENT_ID is not set"),
        ({"AGORA_OPENID_NAME": ""}, "AGORA_OPENID_NAME is not set"),
        ({"AGORA_OPENID_ISSUER": "http://plain.example"}, "must begin with https"),
    ],
)
def test_a_half_set_directory_stops_the_process(lacking: dict[str, str], word: str) -> None:
    given = {
        "AGORA_DATABASE_URL": "postgresql+psycopg://x@127.0.0.1/registration",
        "AGORA_SECRET_KEY": "a key for tests, known to all",
        "AGORA_PUBLIC_URL": "https://agora.example",
        "AGORA_OPENID_ISSUER": "https://cloud.example",
        "AGORA_OPENID_CLIENT_ID": CLIENT,
        "AGORA_OPENID_CLIENT_SECRET": SECRET,
        "AGORA_OPENID_NAME": "Nextcloud",
    }
    assert Settings.read(given).openid_name == "Nextcloud"
    with pytest.raises(SettingsError, match=word):
        Settings.read(given | lacking)
