"""Documents on the page of an event: who reads which, when, and how safely."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, EventDocument, ProgrammeItem
from services.registration.rules.attachments import ENDINGS, PUBLISHED, kind_of
from services.registration.rules.dates import at
from services.registration.use_cases import documents, events
from shared import audit, clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.registration_people import DAY, NOW, an_event

BASE = "/equipe/evenements/agora-2016"
PAGE = f"{BASE}/documents"
PUBLIC = "/e/agora-2016"
PDF = b"%PDF-1.4 un appel"


def packed(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml").replace("_bin", ".bin"), body)
    return held.getvalue()


def plain(page: str) -> str:
    return page.replace("\u202f", " ").replace("\xa0", " ")


TYPES = {"[Content_Types]_xml": b"<x/>"}
SLIDES = packed(**TYPES, ppt__presentation_xml=b"<x/>")


@pytest.fixture
def event(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> Event:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        made = an_event(session, workshops=[[5, 5]])
        made.programme.append(ProgrammeItem(starts_at=at(DAY, dt.time(9)), title="Plénière d’ouverture"))
        session.flush()
        assert (len(made.programme), len(made.workshops)) == (1, 2)
        return made


@pytest.fixture
def staff(registration_app: Any, event: Event, sign_in: Any) -> Any:
    client = registration_app.test_client()
    sign_in(client, "staff")
    return client


def send(staff: Any, path: str = PAGE, body: bytes | None = PDF, **words: str) -> Any:
    data: dict[str, Any] = {"title": "L’appel", "title_en": "The call"} | words
    if body is not None:
        data["file"] = (io.BytesIO(body), "l’appel.exe")
    return staff.post(path, data=data, content_type="multipart/form-data")


def kept(db: Database) -> list[EventDocument]:
    with db.reading() as session:
        return list(session.scalars(sa.select(EventDocument).order_by(EventDocument.position)))


def test_a_document_is_read_by_everybody_in_both_languages_and_by_programs(
    staff: Any, registration_client: Any, registration_db: Database, event: Event
) -> None:
    assert send(staff).status_code == 303
    workshop, item = event.workshops[1].id, event.programme[0].id
    assert send(staff, title="Diaporama", title_en="", line=f"atelier/{workshop}", body=SLIDES).status_code == 303
    assert send(staff, title="Discours", title_en="", line=f"moment/{item}").status_code == 303
    call, slides, speech = kept(registration_db)
    assert (call.name, slides.name, speech.item_id) == ("l’appel.pdf", "l’appel.pptx", item)

    page = registration_client.get(PUBLIC).text
    head, programme = page.split('id="programme"')
    assert f'href="{PUBLIC}/documents/{call.id}">L’appel <span class="small">(PDF, 1 ko)' in head
    assert "Diaporama" not in head
    lines = programme.split("Atelier 0.")
    assert ["Discours" in one for one in lines] == [True, False, False]
    assert ["Diaporama" in one for one in lines] == [False, False, True]
    english = registration_client.get(PUBLIC, headers={"Accept-Language": "en"}).text
    assert ("The call" in english, "Diaporama" in english) == (True, True)
    for path in ("/api/events", "/api/events/agora-2016"):
        answer = registration_client.get(path).json
        entry = answer[0] if isinstance(answer, list) else answer
        assert [(one["title"], one["workshop_id"]) for one in entry["documents"]] == [
            ("L’appel", None), ("Diaporama", str(workshop)), ("Discours", None),
        ]  # fmt: skip
        assert entry["documents"][0]["url"].endswith(f"{PUBLIC}/documents/{call.id}")

    got = registration_client.get(f"{PUBLIC}/documents/{call.id}")
    assert (got.data, got.mimetype, got.headers["X-Content-Type-Options"]) == (PDF, "application/pdf", "nosniff")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = registration_client.get(f"{PUBLIC}/documents/{call.id}", headers={"If-None-Match": got.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_before_its_time_and_of_a_draft_only_the_team_reads_it(
    staff: Any, registration_client: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(staff, title="La restitution", day="2016-10-14", hour="17 h").status_code == 303
    (row,) = kept(registration_db)
    assert row.shown_from == at(DAY, dt.time(17))
    path = f"{PUBLIC}/documents/{row.id}"
    assert "à partir du 14 octobre 2016" in plain(staff.get(PAGE).text)
    assert (staff.get(path).status_code, registration_client.get(path).status_code) == (200, 404)
    assert "La restitution" not in registration_client.get(PUBLIC).text
    assert registration_client.get("/api/events/agora-2016").json["documents"] == []
    monkeypatch.setattr(clock, "now", lambda: at(DAY, dt.time(17)))
    assert registration_client.get(path).status_code == 200
    assert "La restitution" in registration_client.get(PUBLIC).text
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        events.withdraw(session, event.id, NOW, who="test", site="")
    assert send(staff, f"{PAGE}/{row.id}", body=None, title="La restitution", day="").status_code == 303
    assert (staff.get(path).status_code, registration_client.get(path).status_code) == (200, 404)
    other = registration_client.get(f"/e/ailleurs/documents/{row.id}")
    assert other.status_code == 404


def test_a_document_is_replaced_moved_and_removed_and_the_journal_says_so(
    staff: Any, registration_client: Any, registration_db: Database, event: Event
) -> None:
    for title in ("Un", "Deux", "Trois"):
        assert send(staff, title=title).status_code == 303
    third = kept(registration_db)[2]
    one = f"{PAGE}/{third.id}"
    for _time in range(3):  # once more than there are places above it
        assert staff.post(f"{one}/monter").status_code == 303
    assert [row.title for row in kept(registration_db)] == ["Trois", "Un", "Deux"]
    assert 'value="Trois"' in staff.get(one).text
    assert send(staff, one, SLIDES, title="Trois bis").status_code == 303
    got = registration_client.get(f"{PUBLIC}/documents/{third.id}")
    assert (got.data, got.mimetype.rpartition(".")[2]) == (SLIDES, "presentation")
    assert send(staff, one, None, title="Trois bis").status_code == 303  # nothing new: nothing is noted
    assert staff.post(f"{one}/retirer").status_code == 303
    assert registration_client.get(f"{PUBLIC}/documents/{third.id}").status_code == 404
    with registration_db.reading() as session:
        told = [row.what for row in audit.history(session, "event", event.id)]
    assert told[2:] == [
        *["document put"] * 3, *["documents ordered"] * 2, "document changed", "document replaced", "document removed"
    ]  # fmt: skip
    dashboard = staff.get(BASE).text
    assert "Document remplacé par un autre fichier" in dashboard
    assert "Trois bis" in dashboard


REFUSED: tuple[tuple[bytes | None, dict[str, str], str], ...] = (
    (None, {}, "Choisissez d’abord un fichier"),
    (b"", {}, "vide"),
    (b"<html><script>alert(1)</script>", {}, "ni un PDF"),
    (packed(**TYPES, word__document_xml=b"", word__vbaProject_bin=b""), {}, "sans macros"),
    (packed(**TYPES, xl__workbook_xml=b"\0" * (61 * 1024 * 1024)), {}, "trop volumineux une fois ouvert"),
    (PDF, {"title": " "}, "Titre"),
    (PDF, {"day": "le 14"}, "Écrivez une date"),
    (PDF, {"hour": "17 h"}, "Dites aussi le jour"),
    (PDF, {"line": "atelier/7"}, "Cette ligne du programme n’existe plus"),
)


def test_what_cannot_be_put_is_refused_in_words_and_what_was_typed_stays(staff: Any, registration_db: Database) -> None:
    for body, words, why in REFUSED:
        answer = send(staff, body=body, title_en="Typed before", **words)
        assert (answer.status_code, why in plain(answer.text)) == (422, True), why
        assert 'value="Typed before"' in answer.text
    assert kept(registration_db) == []


def test_ten_megabytes_and_forty_documents_are_the_most(
    staff: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: dict[str, Any] = dict.fromkeys(documents.COLUMNS) | {"title": "Un", "title_en": ""}
    with registration_db.transaction() as session, pytest.raises(RuleError, match="dépasse 10 Mo"):
        documents.put(session, event.id, words, ("un.pdf", PDF + b"x" * documents.LARGEST), NOW, who="test")
    heavy = staff.post(PAGE, data=b"x" * 13 * 1024**2, content_type="multipart/form-data; boundary=x")
    assert (heavy.status_code, "Un document pèse 10 Mo au plus ; cet envoi en pèse 13." in plain(heavy.text)) == (
        413,
        True,
    )
    monkeypatch.setattr(documents, "MOST", 1)
    assert [send(staff).status_code for _time in range(2)] == [303, 422]
    assert 'type="file"' not in staff.get(PAGE).text


def test_slides_and_tables_are_for_the_team_alone() -> None:
    bodies = {
        "pptx": SLIDES,
        "xlsx": packed(**TYPES, xl__workbook_xml=b""),
        **{end: packed(mimetype=f"application/vnd.oasis.opendocument.{said}".encode())
           for end, said in (("odp", "presentation"), ("ods", "spreadsheet"))},
    }  # fmt: skip
    for end, body in bodies.items():
        assert PUBLISHED[kind_of(body, PUBLISHED) or ""] == end
        assert kind_of(body) is None
    assert set(PUBLISHED) - set(ENDINGS) == {kind_of(body, PUBLISHED) for body in bodies.values()}


def test_a_line_that_goes_leaves_its_documents_to_the_event(
    staff: Any, registration_client: Any, registration_db: Database, event: Event
) -> None:
    assert send(staff, line=f"creneau/{event.slots[0].id}").status_code == 303
    assert "Créneau 0" in staff.get(PAGE).text
    with registration_db.transaction() as session:
        found = session.get_one(Event, event.id)
        found.slots.clear()
    assert kept(registration_db)[0].line_id is None
    assert re.search(r'id="documents">Documents</h2><ul[^>]*><li><a[^>]*>L’appel', registration_client.get(PUBLIC).text)


def test_who_only_reads_sees_them_without_a_form(registration_app: Any, staff: Any, sign_in: Any) -> None:
    assert send(staff).status_code == 303
    reader = registration_app.test_client()
    sign_in(reader, "auditor")
    page = reader.get(PAGE)
    assert (page.status_code, "L’appel" in page.text, 'type="file"' in page.text) == (200, True, False)
    assert send(reader).status_code == 403
