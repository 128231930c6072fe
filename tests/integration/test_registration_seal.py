"""What the form of an event carries in place of a cookie."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, KeptForm, Registration
from services.registration.web import seal
from shared import clock
from shared.db import Database, hash_token
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_form import PERSON, found, opened


@pytest.fixture(autouse=True)
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        return an_event(session, capacity=2)


def test_who_registers_is_given_no_cookie(registration_app: Any) -> None:
    registration_app.config["WTF_CSRF_ENABLED"] = True
    stranger = registration_app.test_client(use_cookies=False)
    form = stranger.get("/e/agora-2016/inscription")
    hidden = {"seal": found(form.text, "seal")}
    wrong = stranger.post("/e/agora-2016/inscription", data=PERSON | hidden | {"email": "pas une adresse"})
    done = stranger.post("/e/agora-2016/inscription", data=PERSON | {"seal": found(wrong.text, "seal")})
    page = stranger.get(done.location)
    assert [answer.status_code for answer in (form, wrong, done, page)] == [200, 422, 303, 200]
    # A page that says what went wrong gives the answers back, to send once more: no cookie for that either.
    broken = stranger.post("/e/agora%002016/inscription", data=PERSON | hidden)
    assert (broken.status_code, 'value="Eau Partagée"' in broken.text) == (400, True)
    given = [answer.headers.get("Set-Cookie") for answer in (form, wrong, done, page, broken)]
    assert given == [None] * 5


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Origin": "http://localhost"}, True),
        ({"Origin": "https://ailleurs.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_what_another_site_sends_comes_back_under_a_key_that_it_does_not_know(
    registration_client: Any, headers: dict[str, str], kept: bool
) -> None:
    """Whoever chose the key of a form that somebody else finishes would be shown that person's page."""
    theirs = opened(registration_client)
    half = {"structure": "Eau Partagée"} | theirs
    shown = registration_client.post("/e/agora-2016/inscription", data=half, headers=headers)
    assert shown.status_code == 422
    finished = PERSON | {"seal": found(shown.text, "seal")}
    assert registration_client.post("/e/agora-2016/inscription", data=finished).location.startswith("/i/")
    theirs_sent = registration_client.post("/e/agora-2016/inscription", data=PERSON | theirs)
    assert theirs_sent.location.startswith("/i/") is kept


FORM, FRAME = "/e/agora-2016/inscription", "/e/agora-2016/cadre"
EVIL = {"Origin": "https://ailleurs.example"}


@pytest.mark.parametrize(
    ("where", "headers", "taken"),
    [
        (FORM, {"Sec-Fetch-Site": "cross-site"}, ""),
        (FORM, {"Sec-Fetch-Site": "same-site"}, ""),
        (FORM, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}, ""),
        (FRAME, {"Sec-Fetch-Site": "cross-site"} | EVIL, ""),
        (FRAME, {"Sec-Fetch-Site": "same-site"} | EVIL, ""),
        # Browsers that do not say it: before 2023, or where nothing is encrypted.
        (FORM, EVIL, ""),
        (FRAME, EVIL, ""),
        (FORM, {"Referer": "https://ailleurs.example/page"}, ""),
        (FORM, {"Origin": "http://localhost"}, "everybody"),
        (FORM, {"Referer": "http://localhost/e/agora-2016/inscription"}, "everybody"),
        (FORM, {"Origin": "as the network calls it, whatever a proxy says"}, "everybody"),
        (FORM, {}, "everybody"),
        # A page that hides where it comes from, or a frame kept apart: it is ours where it was shown.
        (FORM, {"Origin": "null"}, "where it was given out"),
        (FRAME, {"Origin": "null"}, "where it was given out"),
        (FRAME, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}, "where it was given out"),
        (FRAME, {"Origin": "null", "Referer": f"http://localhost{FRAME}"}, "where it was given out"),
        (FRAME, {"Origin": "null", "Referer": "https://ailleurs.example/"}, ""),
    ],
)
def test_no_page_of_another_site_takes_seats_through_its_readers(
    registration_client: Any, registration_db: Database, event: Event, where: str, headers: dict[str, str], taken: str
) -> None:
    """Each would come from an address of its own: no limit would hold them."""
    with registration_db.transaction() as session:
        session.get_one(Event, event.id).framed_by = ["https://www.laregion.example"]
    if "proxy" in headers.get("Origin", ""):
        headers = {"Origin": registration_client.application.extensions["settings"].public_url}
    sent = PERSON | {"seal": found(registration_client.get(where).text, "seal")}
    reader = {"REMOTE_ADDR": "192.0.2.7"}
    shown = registration_client.post(where, data=sent, headers=headers, environ_base=reader)
    assert (shown.status_code == 422) is (taken != "everybody")
    with registration_db.reading() as session:
        assert len(session.scalars(sa.select(Registration)).all()) == (taken == "everybody")
    if taken != "everybody":
        assert 'value="Eau Partagée"' in shown.text
        assert registration_client.post(where, data=sent, headers=headers).status_code == (
            422 if not taken else 200 if where == FRAME else 303
        )
    if taken == "where it was given out":  # and who was elsewhere for a moment sends once more, from there
        again = PERSON | {"seal": found(shown.text, "seal"), "email": "autre@example.org"}
        assert registration_client.post(where, data=again, headers=headers, environ_base=reader).status_code < 400


@pytest.mark.parametrize("key", ["celle-d-un-autre", "x 9e9", "a b"])
def test_a_form_kept_by_the_version_before_opens_under_a_new_key(
    registration_client: Any, registration_db: Database, event: Event, key: str
) -> None:
    """It held the key, as it was posted: whatever is sealed is ours."""
    with registration_db.transaction() as session:
        until = NOW + dt.timedelta(days=7)
        row = {"email_key": "a@example.org", "kept_at": NOW, "mailed_at": NOW, "expires_at": until}
        session.add(KeptForm(event_id=event.id, token_hash=hash_token("t"), values={"form_key": key} | PERSON, **row))
    page = registration_client.get("/brouillon/t").text
    assert 'value="Eau Partagée"' in page
    given = found(page, "seal")
    assert key.split(" ")[0] not in given.split(" ")
    sent = registration_client.post("/e/agora-2016/inscription", data=PERSON | {"seal": given})
    assert sent.location.startswith("/i/")


def test_who_takes_no_cookie_reads_that_other_answers_changed_nothing(registration_app: Any) -> None:
    stranger = registration_app.test_client(use_cookies=False)
    form = PERSON | opened(stranger)
    pages = [
        stranger.get(stranger.post("/e/agora-2016/inscription", data=form | more).location).text
        for more in ({}, {}, {"department": "09"})
    ]
    assert ["n’ont rien changé" in page for page in pages] == [False, False, True]


def test_no_form_is_given_out_at_a_time_to_come(registration_app: Any) -> None:
    for _ in range(50):
        with registration_app.test_request_context():
            given = seal.of(uuid.uuid4())
        with registration_app.test_request_context(method="POST", data={"seal": given}):
            assert seal.posted().since <= time.time()  # type: ignore[union-attr]
