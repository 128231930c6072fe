"""Every form of the mailer, sent with what nobody should send: a clear answer, never a crash, nothing injected."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import addresses as mail_addresses
from services.mailer import contacts, contributions, issues, letters, mailed_links, segments, unsubscribe
from services.mailer.audience import Filter
from services.mailer.models.contacts import ECHO
from services.mailer.models.issues import Issue
from services.mailer.models.ledger import Campaign, Message
from shared import clock

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO = "camille.roux@agora.example"
FIELDS = [
    "number", "title", "editorial", "planned_on", "contributions_on", "section", "text", "link", "structure", "credit",
    "expires_on", "name", "email", "reason", "first_name", "last_name", "topics", "locale", "state", "how", "because",
    "retry_blocked", "echo", "source", "wording", "List-Unsubscribe", "zones", "departements", "departement", "kinds",
    "kind", "segment", "version", "day", "time", "embargo_on", "embargo_at",
    "note", "title-0", "number-0", "planned_on-0", "q",
    "lists", "description", "name_en", "description_en", "open", "list_key", "public",
    "seen", "photo_name", "photo_alt", "photo_right", "photo_remove",
]  # fmt: skip
HOSTILE = {
    "long": "x" * 10_000,
    "longer than a form": "y" * 30_000,
    "header injection": "Zoé\r\nBcc: tous@reseau.example\r\n\r\nsuite",
    "nul": "a\x00b",
    "other controls": "\x01\x08\x1b[31m\x7f\u2028\u202e",
    "lone surrogate": "\ud800",
    "formula": "=cmd|' /C calc'!A0",
    "template": "{{ 7*7 }}{% for x in y %}{{unsubscribe_url}}",
    "markup": "<script>alert(1)</script><mj-raw>]]>",
    "huge number": "9" * 400,
    "negative": "-1",
    "no date": "0000-13-45",
    "far date": "9999-12-31",
    "nothing": "",
}


@pytest.fixture
def ids(mailer_app: Any, mailer_db: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    item = {"section": "members", "title": "Titre", "text": "Texte"}
    with mailer_db.transaction() as session:
        person = contacts.Person("zoe@asso.example", "Zoé")
        contact = contacts.subscribe(session, person, ECHO, "test", "Je veux L’Écho", "1", NOW)
        (other,) = contacts.save(session, [contacts.Person("noe@asso.example")], NOW).values()
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17),
                "contributions_on": dt.date(2016, 10, 15)}  # fmt: skip
        issue = issues.create(session, head, who=WHO, now=NOW)
        item_id = issues.add_item(session, issue, item, who=WHO, now=NOW)
        contributor, token = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who=WHO, now=NOW
        )
        handed_in = contributions.submit(session, contributor, item, now=NOW)
        segment = segments.save(session, None, "Haute-Garonne", Filter(departements=("31",)), who=WHO, now=NOW).id
        typed = {"list_key": "echo", "title": "Titre", "text": "Texte", "public": True, "embargo_until": None}
        letter = letters.write(session, None, typed, who=WHO, now=NOW).id
        asked = dict.fromkeys(("first_name", "last_name", "structure"), "")
        asked = asked | {"lists": ["echo"], "locale": "fr", "wording": "oui"}
        made = mailed_links.make(session, "subscribe", mail_addresses.parse("neuve@asso.example"), asked, NOW)
        assert made is not None
        signup_token = made[1]
    secret = mailer_app.extensions["settings"].secret_key
    return {
        "issue_id": issue, "item_id": item_id, "contact_id": contact, "contributor_id": contributor.id,
        "other_id": other, "contribution_id": handed_in.id,
        "import_id": issue, "campaign_id": issue, "message_id": issue,
        "segment_id": segment, "letter_id": letter, "list_key": "echo", "signup_links": signup_token,
        "contribute": token, "unsubscribe": unsubscribe.token(contact, ECHO, secret=secret),
    }  # fmt: skip


def addresses(app: Any, ids: dict[str, Any]) -> list[str]:
    """Every address of this service that takes a POST, with things that exist in it."""
    found = []
    with app.test_request_context():
        adapter = app.url_map.bind("127.0.0.1")
        for rule in app.url_map.iter_rules():
            blueprint = rule.endpoint.rsplit(".", 1)[0]
            if "POST" not in (rule.methods or ()) or not app.view_functions[rule.endpoint].__module__.startswith(
                "services.mailer.web"
            ):
                continue
            known = ids | {
                "token": ids.get(blueprint, ""),
                "way": "monter",
                "act": "leave" if blueprint == "bulk" else "pause",
            }
            found.append(adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}, method="POST"))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_form_crashes(
    mailer_app: Any, mailer_db: Any, sign_in: Callable[..., Any], ids: dict[str, Any], kind: str
) -> None:
    client = mailer_app.test_client()
    sign_in(client, "editor", email=WHO)
    paths = addresses(mailer_app, ids)
    assert len(paths) > 25
    value = _escaped(HOSTILE[kind].encode("utf-8", "surrogatepass"))
    body = b"&".join(name.encode() + b"=" + value for name in FIELDS)
    for path in sorted(paths):
        answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, (path, kind)
        assert b"<script>alert" not in answer.data, path
    with mailer_db.reading() as session:
        for mail in session.scalars(sa.select(Message)):
            assert not any(ord(character) < 32 for character in mail.email), kind
        for campaign in session.scalars(sa.select(Campaign)):
            assert campaign.html.count("{{") == 2
            assert "\r" not in campaign.subject
        for issue in session.scalars(sa.select(Issue)):
            assert "\n" not in issue.title


def _escaped(value: bytes) -> bytes:
    return b"".join(b"%%%02X" % octet for octet in value)


@pytest.mark.parametrize("kind", ["long", "other controls", "template", "markup", "huge number", "formula", "negative"])
@pytest.mark.parametrize(
    "path",
    [
        "/contacts/?q={0}&etat={0}&page={0}",
        "/contacts/export.csv?q={0}",
        "/contacts/segments/compte?topics={0}&zones={0}&departements={0}&kinds={0}",
        "/unsubscribe/{0}",
        "/preferences/{0}",
        "/contribuer/{0}",
        "/echo/{0}",
        "/vers/01578957-9180-7ef2-8c80-dba16cf563f1/{0}?u={0}",
        "/numeros/plan?annee={0}",
    ],
)
def test_no_address_crashes(
    mailer_client: Any, sign_in: Callable[..., Any], ids: dict[str, Any], path: str, kind: str
) -> None:
    from urllib.parse import quote

    sign_in(mailer_client, "editor")
    answer = mailer_client.get(path.format(quote(HOSTILE[kind], safe="")))
    assert answer.status_code < 500
    assert b"<script>alert" not in answer.data
