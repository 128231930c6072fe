"""Who reads English gets the editor's texts in an English frame; nobody sends before each version has been made."""

from __future__ import annotations

import datetime as dt
import email
import uuid
from collections.abc import Callable
from email import policy
from typing import Any

import pytest

from services.mailer import contacts, issues, ledger, letter_sending, letters, publishing
from services.mailer.compose import Composer
from services.mailer.models.contacts import ECHO
from services.mailer.publishing import House
from tests.mailer_people import run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
PIECE = {"section": "calls", "title": "Un appel pour l’eau", "text": "Il est ouvert à toutes les associations. " * 5}
WHO = {"who": "a@b.fr", "now": NOW}


@pytest.fixture
def readers(mailer_db: Any) -> None:
    with mailer_db.transaction() as session:
        for address, locale in (("zoe@asso.example", "fr"), ("joe@asso.example", "en")):
            person = contacts.Person(address, address[:3].title(), locale=locale)
            contacts.subscribe(session, person, ECHO, "test", "oui", "1", NOW)


@pytest.fixture
def issue(mailer_db: Any, readers: None) -> uuid.UUID:
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        made = issues.create(session, head, **WHO)
        issues.add_item(session, made, PIECE, **WHO)
    return made


def _sent(mailer_db: Any, settings: Any) -> dict[str, tuple[str, str]]:
    """Address → HTML and text of what would leave now."""
    with mailer_db.transaction() as session:
        allowed = {"other": 10}
        rows = ledger.claim(session, lane="bulk", relay="r", owner="1", allowances=allowed, limit=9, lease=60)
    composer, found = Composer(mailer_db, settings), {}
    for row in rows:
        mail = email.message_from_bytes(composer.compose(row).on_the_wire, policy=policy.default)
        html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
        assert html
        assert text
        found[row.email] = (html.get_content(), text.get_content())
    return found


@pytest.mark.parametrize("what", ["issue", "letter"])
def test_a_reader_of_english_gets_an_english_frame_around_the_same_texts(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID, what: str
) -> None:
    settings = mailer_app.extensions["settings"]
    house = House.of(settings)
    with mailer_db.transaction() as session:
        if what == "issue":
            publishing.send(session, issue, house, who="sacha@agora.example", now=NOW)
        else:
            values = {"list_key": ECHO, "title": "Une place reste", "text": PIECE["text"], "public": True}
            letter = letters.write(session, None, values | {"embargo_until": None}, **WHO)
            letter_sending.send(session, letter.id, house, who="sacha@agora.example", now=NOW)
    sent = _sent(mailer_db, settings)
    french, english = sent["zoe@asso.example"], sent["joe@asso.example"]
    for ours, theirs in zip(french, english, strict=True):
        assert "Me désabonner" in ours
        assert "?lang=en" not in ours
        assert "Unsubscribe" in theirs
        assert "Monday 1" in theirs
        for word in ("Me désabonner", "Mes préférences", "sur le web", "Vous recevez", "Appels à projets", "lundi"):
            assert word.lower() not in theirs.lower(), word
        assert "ouvert à toutes les associations" in " ".join(theirs.split())
    assert '<p lang="en"' in english[0]


def test_an_english_mail_leads_to_english_pages(mailer_app: Any, mailer_db: Any, issue: uuid.UUID) -> None:
    settings = mailer_app.extensions["settings"]
    with mailer_db.transaction() as session:
        publishing.send(session, issue, House.of(settings), who="sacha@agora.example", now=NOW)
    text = _sent(mailer_db, settings)["joe@asso.example"][1]
    links = [word.removeprefix(settings.public_url) for word in text.split() if word.startswith(settings.public_url)]
    client = mailer_app.test_client()
    for link in links:
        assert '<html lang="en"' in client.get(link).text, link
    assert {link.split("/")[1] for link in links} == {"echo", "unsubscribe", "preferences"}


def test_what_left_in_english_stays_as_it_was_when_its_web_page_is_corrected(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID
) -> None:
    house = House.of(mailer_app.extensions["settings"])
    with mailer_db.transaction() as session:
        publishing.send(session, issue, house, who="sacha@agora.example", now=NOW)
    with mailer_db.transaction() as session:
        sent = issues.get(session, issue)
        before = publishing.render_issue(sent, house, "en").html
        sent.items[0].title = "Un autre titre"
        session.flush()
        assert publishing.render_issue(sent, house, "en").html == before
        assert "Unsubscribe" in before


def test_the_preview_is_in_both_languages(mailer_client: Any, sign_in: Callable[..., Any], issue: uuid.UUID) -> None:
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    page = mailer_client.get(f"/numeros/{issue}/apercu").text
    assert f"/numeros/{issue}/apercu?langue=en#apercu" in page
    assert "Unsubscribe" in mailer_client.get(f"/numeros/{issue}/apercu?langue=en").text
    assert "Unsubscribe" in mailer_client.get(f"/numeros/{issue}/apercu/message?langue=en").text
    assert "Unsubscribe" not in mailer_client.get(f"/numeros/{issue}/apercu/message").text


@pytest.mark.parametrize("what", ["issue", "letter"])
def test_a_test_comes_in_the_language_that_is_looked_at(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any], issue: uuid.UUID, what: str
) -> None:
    page, where = f"/numeros/{issue}/apercu", f"/numeros/{issue}/essai"
    if what == "letter":
        values = {"list_key": ECHO, "title": "Une place", "text": PIECE["text"], "public": True, "embargo_until": None}
        with mailer_db.transaction() as session:
            page = f"/lettres/{letters.write(session, None, values, **WHO).id}"
        where = f"{page}/essai"
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    assert "M’envoyer un essai</button>" in mailer_client.get(page).text
    assert "M’envoyer un essai en anglais" in mailer_client.get(f"{page}?langue=en").text
    answer = mailer_client.post(where, data={"langue": "en"})
    assert answer.headers["Location"].endswith(f"{page}?langue=en")
    mailer_client.post(where)
    english, french = run(mailer_db, "SELECT data FROM messages WHERE template = 'campaign_test' ORDER BY created_at")
    for part in ("html", "text"):
        assert "Unsubscribe" in english.data[part]
        assert "Unsubscribe" not in french.data[part]


def test_the_archive_speaks_to_an_english_reader_around_the_french_texts(
    mailer_app: Any, mailer_db: Any, issue: uuid.UUID
) -> None:
    with mailer_db.transaction() as session:
        publishing.send(session, issue, House.of(mailer_app.extensions["settings"]), who="s@agora.example", now=NOW)
    client = mailer_app.test_client()
    assert 'lang="fr">Appels à projets</h2>' in client.get("/echo/34").text
    read = client.get("/echo/34?lang=en").text
    assert '<div class="echo" lang="fr">' in read
    assert 'lang="en">Calls for projects</h2>' in read
    assert "Appels à projets" not in read
    assert "ouvert à toutes les associations" in read
    assert '<h2 lang="fr"><a href="/echo/34">' in client.get("/echo/?lang=en").text
