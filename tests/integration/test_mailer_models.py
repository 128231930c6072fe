"""Every single mail can be looked at before anybody gets it; a fact without its mail is parked, never dropped."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pika
import pytest

from services.mailer import handlers as mailer_handlers
from services.mailer import previews, render
from services.mailer.handlers import handlers
from shared.db import Database
from shared.messaging import connection, deadletters, topology
from shared.messaging.consumer import Consumer
from tests.integration.test_messaging import eventually, running
from tests.mailer_people import run

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "contracts" / "samples"
HANDLERS = (ROOT / "services" / "mailer" / "handlers.py").read_text()
ASKED_BY = {
    template: type
    for type, template in re.findall(
        r'@handlers\.on\("([^"]+)"\)(?:(?!@handlers)[\s\S])*?_write\(session, event, "(\w+)"\)', HANDLERS
    )
}


def test_every_mail_has_an_example_that_is_its_facts_golden_sample() -> None:
    assert len(ASKED_BY) >= 7
    for template in render.templates():
        data = previews.sample(template)
        if template in ASKED_BY:
            type = ASKED_BY[template]
            golden = [json.loads(path.read_text())["data"] for path in GOLDEN.glob(f"{type}*.json")]
            assert data in golden, f"copy the golden sample to mail_samples/{template}.json"


@pytest.mark.parametrize("template", render.templates())
def test_a_mail_is_shown_in_both_languages_as_html_and_text(
    mailer_client: Any, sign_in: Callable[..., Any], template: str
) -> None:
    sign_in(mailer_client, "editor")
    page = mailer_client.get(f"/courriers/modeles/{template}")
    assert page.status_code == 200
    for language in ("fr", "en"):
        assert f'lang="{language}">' in page.text[page.text.index("<pre") :]
        framed = mailer_client.get(f"/courriers/modeles/{template}/{language}")
        assert "sandbox" in framed.headers["Content-Security-Policy"]
        assert f'lang="{language}"' in framed.text
        assert "cid:" not in framed.text
    assert previews.preview(template, "fr").mail.text != previews.preview(template, "en").mail.text
    assert f"/courriers/modeles/{template}" in mailer_client.get("/courriers/modeles/").text


def test_only_staff_see_the_models(mailer_client: Any, sign_in: Callable[..., Any]) -> None:
    assert mailer_client.get("/courriers/modeles/").status_code == 303
    sign_in(mailer_client, "editor")
    for absent in ("nothing", "_registration", "..%2fframe", "registration_link/de"):
        assert mailer_client.get(f"/courriers/modeles/{absent}").status_code == 404


def test_the_models_stand_by_subject_in_the_order_of_what_happens(
    mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    page = mailer_client.get("/courriers/modeles/").text
    subjects = re.findall(r"<h2>(.*?)</h2>(.*?)</ul>", page, re.S)
    listed = {heading: re.findall(r"/courriers/modeles/(\w+)", part) for heading, part in subjects}
    assert list(listed) == ["Rencontres et inscriptions", "Jury, dossiers et aides", "L’Écho et les contacts"]
    assert sorted(one for part in listed.values() for one in part) == render.templates()
    assert [part[0] for part in listed.values()] == ["registration_confirmed", "jury_result", "contribution_invitation"]


def send(amqp_url: str, body: dict[str, Any]) -> None:
    broker = connection.connect(amqp_url, "test")
    channel = broker.channel()
    topology.declare_service(channel, "mailer", handlers.types)
    properties = pika.BasicProperties(delivery_mode=2, type=body["type"], message_id=body["id"])
    channel.basic_publish("", "mailer.inbox", json.dumps(body).encode(), properties)
    broker.close()


@pytest.mark.parametrize("what", ["event", "template"])
def test_a_fact_whose_event_or_template_is_unknown_is_parked_and_can_be_replayed(
    mailer_db: Database, amqp_url: str, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    body = json.loads((GOLDEN / "registration.link.requested.v1.json").read_text())
    if what == "event":
        body["type"] = "registration.link.requested.v9"
    else:
        rest = [name for name in render.templates() if name != "registration_link"]
        monkeypatch.setattr(mailer_handlers.render, "templates", lambda: rest)

    def parked() -> list[Any]:
        with mailer_db.reading() as session:
            return deadletters.parked(session)

    with running(Consumer(mailer_db, amqp_url, handlers, threading.Event())):
        send(amqp_url, body)
        eventually(lambda: len(parked()) == 1)

    letter = parked()[0]
    assert json.loads(letter.body)["id"] == body["id"]
    assert ("registration_link" if what == "template" else "registration.link.requested.v9") in letter.reason
    assert run(mailer_db, "SELECT id FROM messages") == []
    alerts = (ROOT / "deploy" / "prometheus" / "alerts.yml").read_text()
    assert "agora_dead_letters) > 0" in alerts


@pytest.mark.parametrize(("locale", "said"), [("fr", "Vous attendez à plusieurs"), ("en", "You wait with others")])
def test_who_waits_with_colleagues_reads_so(locale: str, said: str) -> None:
    for sample, expected in (("together.json", True), ("withdrawn.json", False)):
        data = json.loads((GOLDEN / f"registration.registration.wait_listed.v1.{sample}").read_text())["data"]
        data["person"]["locale"] = locale
        assert (said in render.render("registration_wait_listed", data).text) == expected


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_the_word_of_the_team_is_read_as_it_was_written(locale: str) -> None:
    data = json.loads((GOLDEN / "registration.registration.confirmed.v1.word.json").read_text())["data"]
    data["person"]["locale"] = locale
    data["occasion"]["word"] = "Par la <cour>.\nEt {{ 1 }} ?"
    made = render.render("registration_confirmed", data)
    assert [line for line in ("Par la <cour>.", "Et {{ 1 }}") if line in made.text] == ["Par la <cour>.", "Et {{ 1 }}"]
    assert "Par la &lt;cour&gt;.<br>" in made.html


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_an_invitation_says_where_the_address_comes_from_and_is_left_with_one_click(locale: str) -> None:
    data = json.loads((GOLDEN / "registration.invitation.sent.v1.reminder.json").read_text())["data"]
    data["person"]["locale"] = locale
    made = render.render("event_invitation", data)
    assert made.leave == f"{data['link']}/ne-plus-etre-invite"
    assert [one for one in (data["origin"], "Nous serions heureux") if one in " ".join(made.text.split())] == [
        data["origin"],
        "Nous serions heureux",
    ]
