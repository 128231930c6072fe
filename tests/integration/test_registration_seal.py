"""What the form of an event carries in place of a cookie."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from services.registration.models import Event
from services.registration.web import seal
from shared import clock
from shared.db import Database
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
    assert [answer.headers.get("Set-Cookie") for answer in (form, wrong, done, page)] == [None] * 4


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
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
