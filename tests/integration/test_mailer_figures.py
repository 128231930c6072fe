"""What is known without a pixel: counted clicks that lead only where an issue says, figures per provider."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
import sqlalchemy as sa

from services.mailer import (
    campaigns,
    clicks,
    contacts,
    erasure,
    issues,
    letter_sending,
    letters,
    publishing,
    statistics,
)
from services.mailer.handlers import handlers
from services.mailer.models.arrivals import Click, OpenCall
from services.mailer.models.contacts import ECHO, Contact
from services.mailer.models.issues import Issue, Item
from services.mailer.publishing import House
from shared import clock
from shared.db import new_id
from shared.messaging import envelope
from tests.mailer_people import readers, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO, OTHER = "ines@agora.example", "sacha@agora.example"
SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
AIM = "https://exemple.fr/x?a=1&b=é"
TEXT = f"Un texte assez long pour partir, avec {AIM} dedans. " * 3


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def house(mailer_app: Any) -> House:
    return House.of(mailer_app.extensions["settings"])


def draft(db: Any) -> uuid.UUID:
    with db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17)}
        issue = issues.create(session, head, who=WHO, now=NOW)
        item = {"section": "members", "title": "Un article", "text": TEXT, "link": "https://autre.example/"}
        issues.add_item(session, issue, item, who=WHO, now=NOW)
    return issue


def links_of(mail: str, house: House) -> list[str]:
    hrefs = [unescape(found) for found in re.findall(r'href="([^"]*)"', mail)]
    return [href for href in hrefs if href.startswith(f"{house.public_url}/vers/")]


def test_a_link_counts_per_day_and_leads_nowhere_else(mailer_client: Any, mailer_db: Any, house: House) -> None:
    readers(mailer_db, 2)
    issue = draft(mailer_db)
    with mailer_db.reading() as session:
        before = links_of(publishing.render_issue(issues.get(session, issue), house).html, house)
    assert len(before) == 4
    path = before[0].removeprefix(house.public_url)
    assert mailer_client.get(path).status_code == 302  # of a test mail: it leads there and counts nothing
    with mailer_db.transaction() as session:
        publishing.send(session, issue, house, who=OTHER, now=NOW)
    with mailer_db.reading() as session:
        sent = session.get_one(Issue, issue)
        assert links_of(str(sent.html), house) == before
        assert AIM in str(sent.text)
    answer = mailer_client.get(path)
    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (302, "no-referrer")
    assert answer.location == "https://exemple.fr/x?a=1&b=%C3%A9"
    assert "Set-Cookie" not in answer.headers or "session" not in answer.headers["Set-Cookie"]
    mailer_client.get(path)
    mailer_client.head(path)
    with mailer_db.reading() as session:
        assert [(one.url, one.day, one.count) for one in session.scalars(sa.select(Click))] == [
            (AIM, dt.date(2016, 10, 10), 2)
        ]
        assert set(Click.__table__.columns.keys()) == {"sent_id", "url", "day", "count"}

    mac = urlsplit(path).path.rsplit("/", 1)[1]
    evil = quote("https://ailleurs.example/", safe="")
    for wrong in (
        f"/vers/{issue}/{mac}?u={evil}",
        f"/vers/{uuid.uuid4()}/{mac}?u={quote(AIM, safe='')}",
        f"/vers/{issue}/{mac}",
        f"/vers/{issue}/x?u={evil}",
    ):
        assert mailer_client.get(wrong).status_code == 404, wrong


def test_a_letter_has_its_clicks_and_figures(
    mailer_client: Any, mailer_db: Any, house: House, sign_in: Callable[..., Any]
) -> None:
    readers(mailer_db, 2)
    typed = {"list_key": "echo", "title": "Un rappel", "text": TEXT, "public": False, "embargo_until": None}
    with mailer_db.transaction() as session:
        letter = letters.write(session, None, typed, who=WHO, now=NOW)
        path = links_of(letter_sending.rendered(session, letter, house, NOW).html, house)[0]
    path = path.removeprefix(house.public_url)
    assert mailer_client.get(path).status_code == 302  # before it has left: counts nothing
    sign_in(mailer_client, "editor")
    assert mailer_client.get(f"/lettres/{letter.id}/chiffres").status_code == 404
    with mailer_db.transaction() as session:
        letter_sending.send(session, letter.id, house, who=OTHER, now=NOW)
    for _time in range(4):
        assert mailer_client.get(path).status_code == 302
    page = mailer_client.get(f"/lettres/{letter.id}/chiffres").text
    assert "exemple.fr/x" in page
    with mailer_db.reading() as session:
        [link] = clicks.of(session, letters.get(session, letter.id))
    assert (link.total, link.days[0]) == (4, 4)


def test_figures_per_provider(mailer_client: Any, mailer_db: Any, house: House, sign_in: Callable[..., Any]) -> None:
    readers(mailer_db, 4, domain="gmail.com")
    readers(mailer_db, 2, domain="orange.fr", prefix="o")
    issue = draft(mailer_db)
    with mailer_db.transaction() as session:
        campaign = publishing.send(session, issue, house, who=OTHER, now=NOW)
    states = ("claimed", "transmitting", "accepted")
    for state in states:
        run(
            mailer_db,
            """UPDATE messages SET state = :state, message_id = '<' || id || '>', lease_owner = 'o',
            lease_until = CASE WHEN :state = 'accepted' THEN NULL ELSE now() + interval '1 minute' END""",
            state=state,
        )
    for kind, who in (("bounce", "lecteur1@gmail.com"), ("complaint", "o1@orange.fr"), ("delay", "o2@orange.fr")):
        run(
            mailer_db,
            """INSERT INTO returns (hash, at, message_id, email_key, kind, recipient, status, reason, verdict, action,
                said)
            SELECT :kind, now(), id, email_key, :kind, email, '', '', 'keep', 'none', '' FROM messages
            WHERE email_key = :who""",
            kind=kind,
            who=who,
        )
    run(
        mailer_db,
        """INSERT INTO consents (contact_id, list, status, source, wording, wording_version, at)
        SELECT id, 'echo', 'withdrawn', 'lien', 'x', '1', :at FROM contacts WHERE email_key LIKE 'lecteur%'
          AND email_key < 'lecteur3'""",
        at=NOW + dt.timedelta(hours=1),
    )
    with mailer_db.reading() as session:
        found = statistics.figures(session, campaign)
    assert (found.sent, found.accepted, found.bounced, found.complained, found.unsubscribed) == (6, 6, 1, 1, 2)
    gmail = found.providers["gmail"]
    assert (gmail.sent, gmail.bounced, gmail.complained, gmail.unsubscribed) == (4, 1, 0, 2)
    with mailer_db.transaction() as session:
        for who in ("lecteur1@gmail.com", "o1@orange.fr"):
            erasure.forget(session, who, NOW)
        assert campaigns.progress(session, campaign).returned == {"gmail": 1}
        found = statistics.figures(session, campaign)
    assert (found.sent, found.bounced, found.complained) == (6, 1, 1)  # their mails are counted, without who
    with mailer_db.transaction() as session:
        for _ in range(2):
            clicks.count(session, issue, "https://rare.example/", NOW)
        for hour in range(5):
            clicks.count(session, issue, AIM, NOW + dt.timedelta(days=hour))
    sign_in(mailer_client, "auditor")
    page = mailer_client.get(f"/numeros/{issue}/chiffres").text
    assert "moins de 3" in page
    assert re.findall(r'<b class="num">(\d+)</b>\s*remis sur 6', page) == ["5"]
    assert "Orange, Wanadoo" in page
    assert mailer_client.get("/numeros/chiffres").status_code == 200
    assert "trois plaintes pour mille" in mailer_client.get("/delivrabilite").text


def test_a_hundred_per_cent_is_said_of_nobody_who_refused_one(
    mailer_client: Any, mailer_db: Any, house: House, sign_in: Callable[..., Any]
) -> None:
    readers(mailer_db, 250, domain="gmail.com")
    issue = draft(mailer_db)
    with mailer_db.transaction() as session:
        publishing.send(session, issue, house, who=OTHER, now=NOW)
    for state in ("claimed", "transmitting", "accepted"):
        run(
            mailer_db,
            """UPDATE messages SET state = CASE WHEN :state = 'accepted' AND email_key LIKE 'lecteur7@%' THEN 'rejected'
                ELSE :state END, message_id = '<' || id || '>', lease_owner = 'o',
                lease_until = CASE WHEN :state = 'accepted' THEN NULL ELSE now() + interval '1 minute' END""",
            state=state,
        )
    sign_in(mailer_client, "auditor")
    page = mailer_client.get(f"/numeros/{issue}/chiffres").text
    assert re.findall(r'<b class="num">(\d+)', page[page.index("by-provider") :]) == ["99"]


def test_an_issue_that_was_stopped_and_sent_to_the_rest_has_the_figures_of_both(
    mailer_client: Any, mailer_db: Any, house: House, sign_in: Callable[..., Any]
) -> None:
    readers(mailer_db, 3)
    issue = draft(mailer_db)
    with mailer_db.transaction() as session:
        first = publishing.send(session, issue, house, who=OTHER, now=NOW)
    for state in ("claimed", "transmitting", "accepted"):
        lease = "NULL" if state == "accepted" else "now() + interval '1 minute'"
        set_to = f"state = :state, message_id = '<1@x>', lease_owner = 'o', lease_until = {lease}"
        run(mailer_db, f"UPDATE messages SET {set_to} WHERE email LIKE 'lecteur1@%'", state=state)
    with mailer_db.transaction() as session:
        campaigns.cancel(session, first, NOW)
    soon = NOW + dt.timedelta(minutes=5)
    with mailer_db.transaction() as session:
        second = publishing.send(session, issue, house, who=OTHER, now=soon)
        reader = session.scalars(sa.select(Contact.id).where(Contact.email.like("lecteur1@%"))).one()
        contacts.withdraw(session, reader, ECHO, "lien", "Me désabonner", "1", soon + dt.timedelta(hours=1))
    with mailer_db.reading() as session:
        found = statistics.figures(session, second)
        year = statistics.providers(session, NOW - dt.timedelta(days=1))
    assert (found.sent, found.accepted, found.unsubscribed) == (3, 1, 1)
    assert (year["other"].sent, year["other"].accepted) == (3, 1)
    sign_in(mailer_client, "auditor")
    assert "1 départ · 0 plainte" in mailer_client.get("/numeros/chiffres").text


# --- what arrives from the other services -----------------------------------------------------------------


def fact(db: Any, sequence: int, **data: Any) -> None:
    body = json.loads((SAMPLES / "jury.call.opened.v1.json").read_text())
    body |= {"id": str(new_id()), "sequence": str(sequence)}
    body["data"] |= data
    body["subject"] = body["data"]["call_id"]
    event = envelope.parse(json.dumps(body).encode())
    handler = handlers.find("jury.call.opened.v1")
    assert handler
    with db.transaction() as session:
        handler(session, event)


def test_one_click_brings_the_open_calls_in(mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]) -> None:
    issue = draft(mailer_db)
    fact(mailer_db, 2, closes_at="2016-11-30T23:59:59+01:00", title="Eau 2017 " * 12)
    fact(mailer_db, 1, closes_at="2016-09-01T23:59:59+02:00")  # late, and older: it changes nothing
    closed = {"call_id": str(uuid.uuid4()), "closes_at": "2016-10-17T23:59:59+02:00", "url": "https://a.example/clos"}
    fact(mailer_db, 1, **closed)
    with mailer_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(OpenCall)) == 2
    sign_in(mailer_client, "editor", email=WHO)
    assert "Le faire entrer" in mailer_client.get(f"/numeros/{issue}").text
    assert mailer_client.post(f"/numeros/{issue}/faire-entrer").status_code == 303
    with mailer_db.reading() as session:
        item = session.scalars(sa.select(Item).where(Item.section == "calls")).one()
        assert (len(item.title), item.expires_on) == (80, dt.date(2016, 11, 30))
        assert "mercredi 30 novembre 2016 à 23 h 59" in item.text.replace("\xa0", " ")
    assert mailer_client.post(f"/numeros/{issue}/faire-entrer").status_code == 409
    assert "Le faire entrer" not in mailer_client.get(f"/numeros/{issue}").text
