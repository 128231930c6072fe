"""A person's own page: one form, one button; what changed is said, and what was typed is never lost."""

from __future__ import annotations

import datetime as dt
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import contacts, directory, lists, preferences, reconsent, signup, unsubscribe
from services.mailer.models.contacts import ECHO, GIVEN, WITHDRAWN, Contact, Reconfirmation
from services.mailer.models.ledger import Message
from services.mailer.web import words
from shared import audit, clock
from shared.db import Database

NOW = dt.datetime(2016, 10, 3, 9, tzinfo=dt.UTC)
ZOE = "zoe@asso.example"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> list[dt.datetime]:
    """The hands of the clock: replace the only element to move them."""
    hands = [NOW]
    monkeypatch.setattr(clock, "now", lambda: hands[0])
    return hands


@pytest.fixture
def zoe(mailer_db: Database) -> uuid.UUID:
    with mailer_db.transaction() as session:
        for name in ("Formations", "Presse"):
            words = {"name": name, "description": f"{name}.", "name_en": "", "description_en": "", "open": True}
            lists.create(session, words, who="camille@agora.example", now=NOW)
        return contacts.subscribe(session, contacts.Person(ZOE), ECHO, "test", "oui", "1", NOW)


@pytest.fixture
def page(mailer_app: Any, zoe: uuid.UUID) -> str:
    mailer_app.config["WTF_CSRF_ENABLED"] = True  # the link is the proof: no cookie is needed
    return f"/preferences/{unsubscribe.token(zoe, ECHO, secret=mailer_app.extensions['settings'].secret_key)}"


class Form(HTMLParser):
    """What a browser sends for a page that nobody touched: its fields, and how many forms it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms = 0
        self.sent: dict[str, list[str]] = {}
        self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.forms += tag == "form"
        if tag == "select":
            self._select = of["name"] or ""
        elif tag == "option" and "selected" in of:
            self.sent[self._select] = [of["value"] or ""]
        elif tag == "input" and (of.get("type") == "hidden" or "checked" in of):
            self.sent.setdefault(of["name"] or "", []).append(of["value"] or "")


def shown(answer: Any) -> dict[str, list[str]]:
    form = Form(answer.text)
    assert form.forms == 1
    return form.sent


def plain(answer: Any) -> str:
    return str(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def on(db: Database, who: uuid.UUID) -> dict[str, str]:
    with db.reading() as session:
        return {one.list: one.status for one in reversed(directory.consents(session, who))}


def mails(db: Database) -> list[list[str]]:
    """The lists that each mail in the ledger asks about."""
    with db.reading() as session:
        return [row["lists"] for row in session.scalars(sa.select(Message.data).order_by(Message.id))]


def test_one_button_saves_everything_and_says_what_changed(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str
) -> None:
    sent = shown(mailer_client.get(page))
    assert sent == {"lists": [ECHO], "was_lists": [ECHO], "which": ["all"], "locale": ["fr"], "was_locale": ["fr"]}
    sent |= {"lists": [ECHO, "formations", "presse"], "which": ["some"], "kept_section": ["section:calls"],
             "locale": ["en"]}  # fmt: skip
    for _ in range(2):  # the same form twice, as a second press or a reload sends it
        answer = mailer_client.post(page, data=sent)
        assert answer.status_code == 200
        assert "Pour Formations, Presse, un message part à z…e@asso.example." in plain(answer)
        with mailer_db.reading() as session:
            contact = session.get_one(Contact, zoe)
            assert (contact.kept, contact.locale) == (["section:calls"], "en")
        assert on(mailer_db, zoe) == {ECHO: GIVEN}
        assert mails(mailer_db) == [["Formations", "Presse"]]

    sent = shown(mailer_client.get(page))
    assert (sent["was_kept"], sent["locale"]) == (["section:calls"], ["en"])
    answer = plain(mailer_client.post(page, data=sent | {"lists": [], "locale": ["fr"]}))
    assert "« L’Écho du Réseau » ne vous sera plus envoyé." in answer
    assert "Nous vous écrivons en français." in answer
    assert "numéros où il y a" not in answer[: answer.index("<form")]
    assert on(mailer_db, zoe) == {ECHO: WITHDRAWN}
    back = plain(mailer_client.post(page, data=shown(mailer_client.get(page)) | {"lists": [ECHO]}))
    assert "« L’Écho du Réseau » vous sera de nouveau envoyé." in back  # a slip of a moment ago


def test_a_choice_of_nothing_is_refused_and_all_that_was_typed_stands(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str
) -> None:
    typed = shown(mailer_client.get(page)) | {"lists": ["presse"], "which": ["some"], "locale": ["en"]}
    typed["lists"].append(ECHO)
    answer = mailer_client.post(page, data=typed)
    assert (answer.status_code, "Cochez au moins une chose à garder" in answer.text) == (422, True)
    again = shown(answer)
    assert (sorted(again["lists"]), again["was_lists"]) == ([ECHO, "presse"], [ECHO])
    assert (again["which"], again["locale"], again["was_locale"]) == (["some"], ["en"], ["fr"])
    assert mails(mailer_db) == []
    with mailer_db.reading() as session:
        assert session.get_one(Contact, zoe).locale == "fr"
    saved = plain(mailer_client.post(page, data=again | {"kept_section": ["section:agenda"]}))
    assert "De L’Écho, vous recevez les numéros où il y a : Agenda." in saved
    assert "Nous vous écrivons en anglais." in saved


def test_a_page_left_open_overrules_nothing_said_since(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str
) -> None:
    old = shown(mailer_client.get(page))
    mailer_client.post(page.replace("/preferences/", "/unsubscribe/"))
    assert on(mailer_db, zoe) == {ECHO: WITHDRAWN}
    answer = plain(mailer_client.post(page, data=old | {"locale": ["en"]}))
    assert "Nous vous écrivons en anglais." in answer
    assert on(mailer_db, zoe) == {ECHO: WITHDRAWN}
    assert mails(mailer_db) == []


def test_leaving_everything_leaves_closed_lists_too_and_saves_the_rest(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str
) -> None:
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person(ZOE), "formations", "test", "oui", "1", NOW)
        words = {"name": "Formations", "description": "Fermée.", "name_en": "", "description_en": "", "open": False}
        lists.change(session, "formations", words, who="camille@agora.example", now=NOW)
    sent = shown(mailer_client.get(page))
    assert sorted(sent["lists"]) == [ECHO, "formations"]
    answer = plain(mailer_client.post(page, data=sent | {"leave_all": "yes", "locale": "en"}))
    assert "« Formations » ne vous sera plus envoyé." in answer
    assert "Tout arrêter" not in answer
    assert on(mailer_db, zoe) == {ECHO: WITHDRAWN, "formations": WITHDRAWN}
    with mailer_db.reading() as session:
        assert session.get_one(Contact, zoe).locale == "en"
        assert audit.history(session, "contact", zoe)[-1].who == "contact"
    mailer_client.post(page, data={"lists": "formations"})  # closed by now
    assert on(mailer_db, zoe)["formations"] == WITHDRAWN
    assert mails(mailer_db) == []


def test_the_link_to_ones_data_loses_nothing_that_was_chosen(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str
) -> None:
    sent = shown(mailer_client.get(page)) | {"locale": "en", "own_data": "yes"}
    answer = plain(mailer_client.post(page, data=sent))
    assert "Un message arrive à z…e@asso.example dans la minute." in answer
    with mailer_db.reading() as session:
        assert session.get_one(Contact, zoe).locale == "en"
        assert session.scalars(sa.select(Message.template)).all() == ["own_data_link"]


def test_the_button_with_nothing_changed_is_a_sign_that_the_person_is_there(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str, today: list[dt.datetime]
) -> None:
    today[0] = NOW.replace(year=2019, month=10, day=4)
    asked = {"organiser": {"name": "Agora", "email": "a@agora.example"}, "public_url": "https://agora.example"}
    with mailer_db.transaction() as session:
        assert reconsent.turn(session, today[0], **asked, secret="s") == reconsent.Round(asked=1)
    answer = mailer_client.post(page, data=shown(mailer_client.get(page)))
    assert "vous gardez tout comme c’était" in answer.text
    with mailer_db.transaction() as session:
        assert session.get(Reconfirmation, zoe) is None
        assert reconsent.silent(session, reconsent.years_before(today[0] + dt.timedelta(days=90))) == []


@pytest.mark.parametrize(
    "posted",
    [
        {"lists": ["é" * 500], "was_lists": ["\0"]},
        {"which": "none", "locale": "de"},
        {"leave_all": "peut-être"},
        {"kept_topic": [f"topic:{number}" for number in range(999)], "which": "some"},
    ],
)
def test_what_no_page_sends_is_refused_and_changes_nothing(
    mailer_client: Any, mailer_db: Database, zoe: uuid.UUID, page: str, posted: dict[str, Any]
) -> None:
    assert mailer_client.post(page, data=posted).status_code == 422
    assert on(mailer_db, zoe) == {ECHO: GIVEN}
    with mailer_db.reading() as session:
        assert session.get_one(Contact, zoe).kept == []


def test_where_a_consent_comes_from_is_said_in_the_readers_language(mailer_app: Any) -> None:
    """Of our own pages, whose words are kept with it; what the staff wrote stays as it is."""
    kept = (signup.SOURCE, preferences.SOURCE, reconsent.SOURCE, "Adhésions 2016")
    with mailer_app.test_request_context("/?lang=en"):
        assert [words.proof(one, "") for one in kept] == [
            "public form, confirmed by mail",
            "preferences page",
            "confirmation asked for after three years",
            "Adhésions 2016",
        ]
