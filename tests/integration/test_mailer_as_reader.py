"""The preview as a contact is the mail that leaves, octet for octet."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from services.mailer import contacts, issues, ledger, letter_sending, letters, mime, publishing, segments
from services.mailer.audience import Filter
from services.mailer.compose import Composer
from services.mailer.models.contacts import ECHO
from services.mailer.models.ledger import Message
from services.mailer.publishing import House
from shared import clock

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
PIECE = {"section": "members", "title": "Une classe « ouvre »", "text": "Voir https://exemple.fr/x?a=1&b=2 " * 5}


def test_the_preview_is_what_leaves(
    mailer_client: Any, mailer_app: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    settings = mailer_app.extensions["settings"]
    with mailer_db.transaction() as session:
        person = contacts.Person("Zoe.Dupont@asso.example", "Zoé", "Dupont")
        contact = contacts.subscribe(session, person, ECHO, "test", "oui", "1", NOW)
        gone = contacts.subscribe(session, contacts.Person("part@asso.example"), ECHO, "test", "oui", "1", NOW)
        contacts.withdraw(session, gone, ECHO, "lien", "Me désabonner", "1", NOW)
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17), "editorial": "Bonjour."}
        issue = issues.create(session, head, who="a@b.fr", now=NOW)
        issues.add_item(session, issue, PIECE, who="a@b.fr", now=NOW)
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    address = f"/numeros/{issue}/apercu"
    found = mailer_client.get(f"{address}?q=dupont").text
    assert f"contact={contact}" in found
    assert f'contact={gone}#apercu">part@asso.example</a>' in mailer_client.get(f"{address}?q=part").text
    page = mailer_client.get(f"{address}?contact={contact}").text
    assert "Zoe.Dupont@asso.example" in page
    assert "ne le recevra pas" not in page
    assert "ne le recevra pas" in mailer_client.get(f"{address}?contact={gone}").text
    before = mailer_client.get(f"{address}/source?contact={contact}").data
    frame = mailer_client.get(f"{address}/message?contact={contact}&sans-images=1")
    assert "img-src 'none'" in frame.headers["Content-Security-Policy"]
    assert "/unsubscribe/" in frame.text

    with mailer_db.transaction() as session:
        publishing.send(session, issue, House.of(settings), who="sacha@agora.example", now=NOW)
    with mailer_db.transaction() as session:
        row = session.scalars(sa.select(Message)).one()
        allowed = {"other": 10}
        claimed = ledger.claim(session, lane="bulk", relay="r", owner="1", allowances=allowed, limit=1, lease=60)[0]
    assert claimed.id == row.id
    sent = Composer(mailer_db, settings).compose(claimed).on_the_wire
    assert sent.partition(b"\r\n\r\n")[2] == mime.stuffed(before)
    assert mailer_client.get(f"{address}/source?contact={contact}").data == before


def test_the_preview_of_a_letter_is_what_leaves(
    mailer_client: Any, mailer_app: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    settings = mailer_app.extensions["settings"]
    typed = {"list_key": ECHO, "title": "Un mot", "text": "Voir https://exemple.fr/x?a=1&b=2 " * 9, "public": False,
             "embargo_until": None}  # fmt: skip
    with mailer_db.transaction() as session:
        person = contacts.Person("Zoe.Dupont@asso.example", "Zoé", "Dupont")
        contact = contacts.subscribe(session, person, ECHO, "test", "oui", "1", NOW)
        letter = letters.write(session, None, typed, who="a@b.fr", now=NOW).id
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    address = f"/lettres/{letter}"
    assert f"contact={contact}" in mailer_client.get(f"{address}?q=dupont").text
    assert "Zoe.Dupont@asso.example" in mailer_client.get(f"{address}?contact={contact}").text
    before = mailer_client.get(f"{address}/source?contact={contact}").data
    assert "/unsubscribe/" in mailer_client.get(f"{address}/message?contact={contact}&sans-images=1").text
    with mailer_db.transaction() as session:
        letter_sending.send(session, letter, House.of(settings), who="sacha@agora.example", now=clock.now())
    with mailer_db.transaction() as session:
        allowed = {"other": 10}
        claimed = ledger.claim(session, lane="bulk", relay="r", owner="1", allowances=allowed, limit=1, lease=60)[0]
    sent = Composer(mailer_db, settings).compose(claimed).on_the_wire
    assert sent.partition(b"\r\n\r\n")[2] == mime.stuffed(before)


def test_looking_at_a_letter_as_somebody_keeps_the_chosen_segment(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    typed = {"list_key": ECHO, "title": "Un mot", "text": "Texte", "public": False, "embargo_until": None}
    with mailer_db.transaction() as session:
        contacts.subscribe(session, contacts.Person("z@asso.example", "Zoé", "Dupont"), ECHO, "test", "oui", "1", NOW)
        letter = letters.write(session, None, typed, who="a@b.fr", now=NOW).id
        segment = segments.save(session, None, "Hérault", Filter(zones=("Montpellier",)), who="a@b.fr", now=NOW).id
    sign_in(mailer_client, "editor", email="sacha@agora.example")
    page = mailer_client.get(f"/lettres/{letter}?segment={segment}&q=dupont").text
    search = page[page.index('id="apercu"') :].partition("</form>")[0]
    assert f'<input type="hidden" name="segment" value="{segment}">' in search
    (found,) = re.findall(r'href="([^"]*contact=[^"]*)"', page)
    assert f"segment={segment}" in found
    back = mailer_client.get(html.unescape(found)).text
    assert re.search(f'<option value="{segment}" selected', back)


def test_only_those_who_write_to_contacts_see_one(
    mailer_client: Any, mailer_db: Any, sign_in: Callable[..., Any]
) -> None:
    with mailer_db.transaction() as session:
        contact = contacts.subscribe(session, contacts.Person("z@asso.example"), ECHO, "test", "oui", "1", NOW)
        head = {"number": 34, "title": "L’Agora", "planned_on": dt.date(2016, 10, 17)}
        issue = issues.create(session, head, who="a@b.fr", now=NOW)
    sign_in(mailer_client, "auditor")
    assert mailer_client.get(f"/numeros/{issue}/apercu").status_code == 200
    assert mailer_client.get(f"/numeros/{issue}/apercu?contact={contact}").status_code == 404
    assert mailer_client.get(f"/numeros/{issue}/apercu/source?contact={contact}").status_code == 403
    sign_in(mailer_client, "editor")
    assert mailer_client.get(f"/numeros/{issue}/apercu?contact={uuid.uuid4()}").status_code == 404
