"""The staff may sign in through a directory: it says who somebody is, and Agora alone what they may do."""

from __future__ import annotations

import datetime as dt
import re
import secrets
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

from services.registration import accounts, openid
from services.registration.models.accounts import SecondFactor, StaffAccount
from services.registration.settings import Settings
from services.registration.web import openid as pages
from shared import audit
from shared.db import Database
from shared.identity import COOKIE
from shared.settings import SettingsError
from tests.openid_provider import CLIENT, SECRET, Provider

PASSWORD, EMAIL = "quatre mots sans rapport", "camille@agora.example"
LARGEST_COOKIE = 4093
"""Bytes, name and attributes included: what is larger is thrown away by some browser."""
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


@pytest.mark.parametrize(
    "email",
    ["\u212aarim@agora.example", "karim@agora.example\x00", "a" * 5000 + "@agora.example", ["karim@agora.example"]],
)
def test_an_address_that_only_looks_like_ours_opens_nothing(
    client: Any, provider: Provider, registration_db: Database, email: Any
) -> None:
    opened(registration_db, "karim@agora.example")
    provider.says |= {"sub": "66", "email": email}
    assert "ne confirme pas votre adresse" in refused(client, journey(client))


def test_an_address_that_stands_not_in_the_token_is_asked_for(client: Any, provider: Provider) -> None:
    provider.says = {"sub": "17"}
    provider.metadata = {"userinfo_endpoint": f"{provider.url}/about"}
    provider.about = {"sub": "18", "email": EMAIL, "email_verified": True}
    assert "ne répond pas comme prévu" in refused(client, journey(client))  # told of somebody else
    provider.about["sub"] = "17"
    journey(client)
    assert client.get_cookie(COOKIE)


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
    assert client.get("/compte").status_code == 303  # who came in by the tie is out
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


def test_an_account_that_was_taken_over_is_untied_by_the_command_that_takes_it_back(
    client: Any, registration_db: Database, account: StaffAccount
) -> None:
    journey(client)
    with registration_db.transaction() as session:
        accounts.create_admin(
            session, email=EMAIL, name="", password="cinq mots sans aucun rapport", reset=True, now=NOW
        )
    assert tied(registration_db, account.id) is None
    assert client.get("/compte").status_code == 303


def test_who_was_untied_gives_no_code(client: Any, registration_db: Database, account: StaffAccount) -> None:
    with registration_db.transaction() as session:
        session.add(SecondFactor(staff_id=account.id, secret=b"sealed", confirmed_at=NOW))
    half = re.findall(r'name="half" value="([^"]+)"', journey(client).text)[0]
    with registration_db.transaction() as session:
        openid.untie(session, account.id, who="test", now=NOW)
    said = client.post("/connexion/code", data={"half": half, "code": "123456"})
    assert "ce compte a changé entre-temps" in said.text


def test_who_leaves_a_shared_computer_is_told_to_leave_the_directory_too(client: Any) -> None:
    journey(client)
    assert "déconnectez-vous aussi de Nextcloud" in client.post("/deconnexion", follow_redirects=True).text


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
        {"aud": "another client", "azp": CLIENT},
        {"aud": ["another client"], "azp": CLIENT},
        {"nonce": "of another journey"},
        {"nonce": None},
        {"exp": 1},
        {"sub": None},
        {"sub": ""},
        {"sub": "1\x007"},
        {"sub": "1" * 256},
        {"sub": "１７"},
        {"sub": ["17"]},
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


def test_each_tab_comes_back_to_its_own_page(client: Any) -> None:
    left = [client.get(f"/connexion/annuaire?next={after}").location for after in ("/equipe/comptes", "/compte")]
    for address, after in zip(left, ("/equipe/comptes", "/compte"), strict=True):
        back = urlsplit(requests.get(address, allow_redirects=False, timeout=5).headers["Location"])
        assert client.get(f"{back.path}?{back.query}").location == after


def test_who_starts_twenty_times_still_arrives(client: Any) -> None:
    longest = f"/equipe?{secrets.token_urlsafe(440)}"
    for _start in range(19):
        began = client.get("/connexion/annuaire", query_string={"next": longest})
        assert len(began.headers["Set-Cookie"]) < LARGEST_COOKIE
    assert journey(client, longest).location == longest


def test_letters_beyond_ascii_count_for_what_they_take_in_the_cookie(client: Any) -> None:
    """A search for « Rakotondrainibé » in another script: few letters, many bytes."""
    for number in range(4):
        wanted = "/equipe?" + "".join(chr(0x4E00 + (number * 7919 + place * 104729) % 20000) for place in range(580))
        began = client.get("/connexion/annuaire", query_string={"next": wanted})
        assert len(began.headers["Set-Cookie"]) < LARGEST_COOKIE
    assert urlsplit(journey(client, wanted).location).path == "/equipe/"


def test_an_address_too_long_for_a_cookie_leads_to_where_one_works(client: Any) -> None:
    back = journey(client, f"/equipe?{secrets.token_urlsafe(1400)}")
    assert urlsplit(back.location).path == "/equipe/"


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


@pytest.mark.parametrize(
    "broken",
    [
        {"authorization_endpoint": None},
        {"authorization_endpoint": ""},
        {"authorization_endpoint": 5},
        {"token_endpoint": "javascript:alert(1)"},
        {"token_endpoint": "ftp://agora.example/"},
        {"issuer": "https://another.example"},
        {"jwks_uri": ["x"]},
    ],
)
def test_a_directory_that_answers_nonsense_leaves_the_password(
    client: Any, provider: Provider, broken: dict[str, Any]
) -> None:
    provider.metadata = broken
    assert "mot de passe Agora" in refused(client, client.get("/connexion/annuaire"))
    provider.metadata = {}
    assert journey(client).status_code == 303
    assert client.get_cookie(COOKIE)  # once it answers sense, no restart is needed


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize("answer", [None, 5, "x", [], [1], {}, {"keys": [1]}, {"keys": []}, {"id_token": 5}])
def test_an_answer_of_any_kind_is_no_error_of_ours(client: Any, provider: Provider, path: str, answer: Any) -> None:
    provider.instead = {path: answer}
    back = client.get("/connexion/annuaire") if "well-known" in path else journey(client)
    assert "mot de passe Agora" in refused(client, back)
    provider.instead = {}
    journey(client)
    assert client.get_cookie(COOKIE)


def test_what_a_directory_says_of_itself_sets_not_how_it_is_asked(client: Any, provider: Provider) -> None:
    nowhere = {"http": "http://127.0.0.1:9"}
    provider.metadata = {"proxies": nowhere, "verify": False, "scope": "all", "code_challenge_method": "plain"}
    journey(client)
    assert client.get_cookie(COOKIE)


def test_a_slow_directory_takes_some_threads_and_not_all(
    client: Any, registration_app: Any, provider: Provider
) -> None:
    arrived, answer = threading.Semaphore(0), threading.Event()

    def wait() -> None:
        arrived.release()
        answer.wait(10)

    provider.app.before_request(wait)
    waiting = [
        threading.Thread(target=registration_app.test_client().get, args=["/connexion/annuaire"])
        for _thread in range(pages.AT_ONCE)
    ]
    for thread in waiting:
        thread.start()
    for _thread in waiting:
        assert arrived.acquire(timeout=5)
    assert "mot de passe Agora" in refused(client, client.get("/connexion/annuaire"))
    assert not arrived.acquire(blocking=False)
    answer.set()
    for thread in waiting:
        thread.join(10)
    journey(client)
    assert client.get_cookie(COOKIE)


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
