"""Files that a form asks for: known by their bytes, kept while the form comes back, erased with the rest."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, FormAnswer, FormFile, KeptForm, Registration
from services.registration.rules import attachments as rules
from services.registration.rules.attachments import LARGEST, is_swollen, kind_of, safe_name
from services.registration.rules.forms import SENSITIVE, Question, Words
from services.registration.use_cases import attaching, erasing, keeping
from shared import audit, clock
from shared.db import Database, hash_token
from shared.errors import RuleError
from tests.integration.registration_people import NOW, an_event
from tests.integration.test_registration_form import PERSON, found, opened
from tests.integration.test_registration_questions import FORM, publish

PDF = b"%PDF-1.4 une lettre"
LETTER = Question("letter", "file", Words("Votre lettre", "Your letter"), protection=SENSITIVE, required=True)


def archive(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), body)
    return held.getvalue()


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, capacity=20)
    publish(registration_db, made, LETTER)
    return made


def send(client: Any, body: bytes | None = PDF, name: str = "../l’été.exe", **more: Any) -> Any:
    fields = PERSON | opened(client) | more
    file = {"q-letter": (io.BytesIO(body), name)} if body is not None else {}
    return client.post(FORM, data=fields | file, content_type="multipart/form-data")


def test_bytes_say_what_a_file_is() -> None:
    word = archive(**{"[Content_Types]_xml": b"<x/>", "word__document_xml": b"<x/>"})
    assert kind_of(PDF) == "application/pdf"
    assert str(kind_of(word)).endswith("wordprocessingml.document")
    assert (
        kind_of(archive(**{"[Content_Types]_xml": b"", "word__document_xml": b"", "word__vbaProject_bin": b""})) is None
    )
    bomb = archive(**{"[Content_Types]_xml": b"", "word__document_xml": b"\0" * (61 * 1024 * 1024)})
    assert len(bomb) < LARGEST
    assert [is_swollen(one) for one in (bomb, word, PDF, word[:40])] == [True, False, False, False]
    assert [kind_of(one) for one in (bomb, b"<html>", b"MZ", b"", b"PK\x03\x04", word[:40])] == [None] * 6
    assert safe_name("../../etc/pass\x00wd.php", "application/pdf") == "pass-wd.pdf"


@pytest.mark.parametrize(
    ("body", "said"),
    [(b"MZ program", "ni un PDF"), (b"", "vide"), (None, "Répondez")],
)
def test_what_is_no_document_is_refused_in_words(
    registration_client: Any, event: Event, body: bytes | None, said: str
) -> None:
    answer = send(registration_client, body)
    assert answer.status_code == 422
    assert said in answer.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert 'value="Bélières"' in answer.text


def test_a_file_over_five_megabytes_is_refused(registration_db: Database, event: Event) -> None:
    about: dict[str, Any] = {"sensitive": False, "name": "grand.pdf", "now": NOW}
    with registration_db.transaction() as session, pytest.raises(RuleError, match="dépasse 5 Mo"):
        attaching.keep(session, event.id, "letter", body=PDF + b"x" * LARGEST, **about, sender="@one")


def test_a_file_waits_as_long_as_the_form_that_is_kept_for_later(
    registration_client: Any, registration_db: Database, event: Event
) -> None:
    assert send(registration_client, keep="1").status_code == 303
    days = NOW + keeping.KEPT_FOR - dt.timedelta(seconds=1)
    with registration_db.transaction() as session:
        session.execute(sa.update(KeptForm).values(token_hash=hash_token("t")))
        assert (erasing.retain(session, days).unsent, attaching.end_doubted(session, days)) == (0, 0)
    page = registration_client.get("/brouillon/t").text
    again = {name: found(page, name) for name in ("q-letter", "kept", "seal")}
    assert "l’été.pdf" in page
    assert registration_client.post(FORM, data=PERSON | again).status_code == 303
    assert send(registration_client, email="autre@example.org", keep="1").status_code == 303
    with registration_db.transaction() as session:
        assert attaching.end_doubted(session, NOW + keeping.KEPT_FOR) == 1  # that of the form which nobody finished
        assert session.scalars(sa.select(FormFile.registration_id)).one()
    assert send(registration_client, email="autre@example.org", keep="1").status_code == 303
    with registration_db.transaction() as session:
        keeping.forget(session, "autre@example.org")
        assert session.scalars(sa.select(FormFile.registration_id)).one()


def test_what_nobody_registers_with_fills_no_database(
    registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(number: int, size: int = 20, sender: str = "@one") -> str:
        body = PDF.ljust(size)
        about: dict[str, Any] = {"sensitive": False, "name": f"{number}.pdf", "body": body, "sender": sender}
        with registration_db.transaction() as session:
            sent = NOW + dt.timedelta(seconds=number)
            return str(attaching.keep(session, event.id, "letter", **about, now=sent)["handle"])

    def left() -> list[str]:
        with registration_db.transaction() as session:
            attaching.end_beyond(session)
            return list(session.scalars(sa.select(FormFile.name).order_by(FormFile.sent_at)))

    monkeypatch.setattr(rules, "MOST_WAITING", 3)
    with registration_db.transaction() as session:
        attaching.hold(session, event.id, [kept(0)], NOW + dt.timedelta(days=7))
    for number in range(1, 6):
        kept(number)
    assert left() == ["0.pdf", "3.pdf", "4.pdf", "5.pdf"], "a form that was kept for later loses nothing by it"
    monkeypatch.setattr(rules, "MOST_BYTES", 100)
    kept(6, 70)
    assert left() == ["0.pdf", "5.pdf", "6.pdf"]
    kept(7, sender="@two")
    for number in range(8, 12):
        kept(number)
    assert left() == ["0.pdf", "7.pdf", "10.pdf", "11.pdf"], "who sends many ends their own"


def test_a_file_survives_an_error_and_belongs_to_one_person(
    registration_client: Any, registration_app: Any, registration_db: Database, event: Event, sign_in: Any
) -> None:
    wrong = send(registration_client, email="pas une adresse")
    assert wrong.status_code == 422
    kept = re.search(r'name="q-letter" value="(new:[^"]+)"', wrong.text)
    assert kept
    assert "l’été.pdf" in wrong.text
    form = PERSON | opened(registration_client) | {"q-letter": kept[1]}
    done, again = (registration_client.post(FORM, data=form) for _ in range(2))  # a double click
    assert (done.status_code, again.status_code, again.location.split("?")[1]) == (303, 303, "merci=1")
    link = done.location.split("?")[0]
    other = send(registration_client, None, email="autre@example.org", **{"q-letter": kept[1]})
    assert other.status_code == 422  # it is somebody's by now

    page = registration_client.get(f"{link}/mes-donnees").text
    path = re.search(r'href="(/i/[^"]+/fichier/[^"]+)"', page)
    assert path
    mine = registration_client.get(path[1])
    assert (mine.data, mine.headers["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert mine.headers["Content-Disposition"].startswith("attachment")
    with registration_db.reading() as session:
        person = session.scalars(sa.select(Registration.id)).one()
        file = session.scalars(sa.select(FormFile.id)).one()
    for role, status in (("staff", 200), ("auditor", 404)):
        client = registration_app.test_client()
        sign_in(client, role)
        assert client.get(f"/equipe/inscriptions/{person}/fichier/{file}").status_code == status
    with registration_db.reading() as session:
        assert [row.what for row in audit.history(session, "registration", person)].count("file read") == 1

    edit = registration_client.get(f"{link}/modifier").text
    assert f'value="file:{file}"' in edit
    for protection, status in (("ordinary", 200), (SENSITIVE, 404)):
        publish(registration_db, event, replace(LETTER, protection=protection))
        auditor = registration_app.test_client()
        sign_in(auditor, "auditor")
        assert auditor.get(f"/equipe/inscriptions/{person}/fichier/{file}").status_code == status
    again = PERSON | {"q-letter": f"file:{file}", "last_name": "Bélières-Roy", "confirm": "1"}
    assert registration_client.post(f"{link}/modifier", data=again).status_code == 303
    with registration_db.transaction() as session:
        assert session.execute(sa.select(FormFile.id, FormFile.sensitive)).one() == (file, True)
        assert session.scalars(sa.select(FormAnswer.sensitive)).all() == [True]
        assert erasing.anonymise(session, [person])["files"] == 1
    assert registration_client.get(path[1]).status_code == 404


def test_a_file_that_ends_while_its_form_is_read_is_asked_for_again(
    registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = send(registration_client).location.split("?")[0]
    named = attaching.named

    def ended(session: Any, *about: Any, **more: Any) -> Any:
        """As the worker does, after this transaction and before that of the registration."""
        found = named(session, *about, **more)
        session.execute(sa.delete(FormFile).where(FormFile.registration_id.is_(None)))
        return found

    monkeypatch.setattr(attaching, "named", ended)
    fields = PERSON | {"q-letter": (io.BytesIO(PDF), "lettre.pdf"), "confirm": "1"}
    answers = [
        send(registration_client, email="autre@example.org"),
        registration_client.post(f"{link}/modifier", data=fields, content_type="multipart/form-data"),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert "Ce fichier n’est plus là\u202f: envoyez-le de nouveau." in answer.text
        assert ('value="Bélières"' in answer.text, 'value="new:' in answer.text) == (True, False)
    with registration_db.reading() as session:
        file = session.scalars(sa.select(FormFile.id)).one()
        assert session.scalars(sa.select(FormAnswer.value["id"].astext)).all() == [str(file)]
