"""The year of L'Écho: six issues, whose turn it is, and a web page that is put right after the sending."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa

from services.mailer import contributions, issues, planning, publishing, rotation
from services.mailer.models.issues import Issue, Item
from services.mailer.publishing import House
from shared import clock
from tests.mailer_people import readers, run

NOW = dt.datetime(2016, 10, 10, 9, tzinfo=dt.UTC)
WHO, OTHER = "ines@agora.example", "sacha@agora.example"
HOUSE = House("Réseau", "", "L’Écho", "echo@agora.example", "echo@agora.example", "http://127.0.0.1")
TEXT = "Un texte assez long pour partir. " * 10


@pytest.fixture(autouse=True)
def _in_october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def editor(mailer_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(mailer_client, "editor", email=WHO)
    return mailer_client


def sent(db: Any, number: int, *structures: str) -> uuid.UUID:
    """An issue that left, with an item of each structure."""
    with db.transaction() as session:
        head = {"number": number, "title": f"Thème {number}", "planned_on": dt.date(2016, 10, 11)}
        issue = issues.create(session, head, who=WHO, now=NOW)
        for structure in structures:
            item = {"section": "members", "title": f"De {structure}", "text": TEXT, "structure": structure}
            issues.add_item(session, issue, item, who=WHO, now=NOW)
    with db.transaction() as session:
        publishing.send(session, issue, HOUSE, who=OTHER, now=NOW)
    return issue


def test_six_a_year_on_second_tuesdays(editor: Any, mailer_db: Any) -> None:
    with mailer_db.reading() as session:
        slots = planning.year(session, 2017, NOW.date())
    assert [slot.planned_on.isoformat() for slot in slots] == [
        "2017-02-14", "2017-04-11", "2017-06-13", "2017-08-08", "2017-10-10", "2017-12-12",
    ]  # fmt: skip
    assert slots[0].contributions_on == dt.date(2017, 1, 31)
    page = editor.get("/numeros/plan?annee=2017")
    assert page.text.count('name="title-') == 6
    rows = {"title-1": "Eau", "number-1": "36", "planned_on-1": "2017-04-11", "contributions_on-1": "2017-03-28",
            "title-4": "Rentrée", "number-4": "39", "planned_on-4": "2017-10-10"}  # fmt: skip
    wrong = editor.post("/numeros/plan?annee=2017", data=rows | {"planned_on-4": "jamais"})
    assert wrong.status_code == 422
    assert "Rentrée" in wrong.text
    assert editor.post("/numeros/plan?annee=2017", data={}).status_code == 422
    assert run(mailer_db, "SELECT count(*) AS n FROM issues")[0].n == 0
    assert editor.post("/numeros/plan?annee=2017", data=rows).status_code == 303
    with mailer_db.reading() as session:
        again = planning.year(session, 2017, NOW.date())
        assert [slot.theme for slot in again] == ["", "Eau", "", "", "Rentrée", ""]
        # What waits keeps its number, between those that were opened.
        assert [slot.number for slot in again] == [40, 36, 37, 38, 39, 41]
        deadline = again[1].contributions_on
    assert deadline == dt.date(2017, 3, 28)
    taken = editor.post("/numeros/plan?annee=2017", data=rows)
    assert taken.status_code == 422
    assert "Ce numéro existe déjà" in taken.text


def test_no_call_is_proposed_that_ended_before_it_began(mailer_db: Any) -> None:
    with mailer_db.reading() as session:
        (last,) = planning.year(session, 2016, dt.date(2016, 12, 6))
    assert (last.planned_on, last.contributions_on) == (dt.date(2016, 12, 13), dt.date(2016, 12, 9))


def test_whoever_waits_longest_comes_first(editor: Any, mailer_db: Any) -> None:
    readers(mailer_db, 1)
    for number in range(30, 37):
        sent(mailer_db, number, *(["Lo Camin"] if number == 30 else []), "Eau Partagée", "Relais 31")
    with mailer_db.transaction() as session:
        head = {"number": 37, "title": "x", "planned_on": dt.date(2016, 12, 13),
                "contributions_on": dt.date(2016, 12, 1)}  # fmt: skip
        issue = issues.create(session, head, who=WHO, now=NOW)
        for structure in ("Mada Toulouse", "eau  partagée"):
            author = contributions.invite(
                session, structure=structure, name="x", email=f"{structure[0]}@a.example", who=WHO, now=NOW
            )[0]
            item = {"section": "members", "title": "T", "text": "x"}
            contributions.submit(session, author, item, now=NOW)
    with mailer_db.reading() as session:
        found = rotation.rotation(session)
    assert found.numbers == [31, 32, 33, 34, 35, 36]
    assert [(one.structure, one.had, one.last, one.waiting) for one in found.turns] == [
        ("Mada Toulouse", 0, None, 1),
        ("Lo Camin", 0, 30, 0),
        ("eau  partagée", 6, 36, 1),
        ("Relais 31", 6, 36, 0),
    ]
    page = editor.get("/contributeurs/rotation").text
    assert "jamais encore" in page
    assert "publiée dans 6 des 6 derniers numéros" in page
    assert "dans aucun des derniers numéros" in editor.get(f"/numeros/{issue}").text


def test_what_nobody_answered_waits_for_the_next_number(editor: Any, mailer_app: Any, mailer_db: Any) -> None:
    readers(mailer_db, 1)
    with mailer_db.transaction() as session:
        head = {"number": 34, "title": "Ici", "planned_on": dt.date(2016, 10, 11),
                "contributions_on": dt.date(2016, 10, 15)}  # fmt: skip
        first = issues.create(session, head, who=WHO, now=NOW)
        for section in ("agenda", "headline"):
            issues.add_item(session, first, {"section": section, "title": section, "text": TEXT}, who=WHO, now=NOW)
        author, token = contributions.invite(
            session, structure="Lo Camin", name="Inès", email="ines@camin.example", who=WHO, now=NOW
        )
        item = {"section": "members", "title": "Une classe ouvre", "text": TEXT}
        handed_in = contributions.submit(session, author, item, now=NOW).id
    assert "elle attendra le prochain numéro" in editor.get(f"/numeros/{first}/envoyer").text
    with mailer_db.transaction() as session:
        publishing.send(session, first, HOUSE, who=OTHER, now=NOW)
    plan = {"number": "35", "title": "Là", "planned_on": "2016-12-13", "contributions_on": "2016-11-29"}
    assert editor.post("/numeros/", data=plan).status_code == 303
    with mailer_db.reading() as session:
        second = session.scalars(sa.select(Issue.id).where(Issue.number == 35)).one()
    assert "<description>headline · agenda</description>" in editor.get("/echo/flux.xml").text
    assert "Une classe ouvre" in editor.get(f"/numeros/{second}").text
    mine = mailer_app.test_client()
    assert "reçu pour le nº 35, en attente de réponse" in mine.get(f"/contribuer/{token}").text
    assert mine.post(f"/contribuer/{token}/{handed_in}", data=item | {"title": "Deux classes"}).status_code == 303
    accepted = editor.post(f"/contributions/{handed_in}/accepter", data=item)
    assert accepted.headers["Location"].startswith(f"/numeros/{second}#i-")


def test_the_web_is_corrected_and_the_mail_stays(editor: Any, mailer_app: Any, mailer_db: Any) -> None:
    readers(mailer_db, 1)
    issue = sent(mailer_db, 34, "Lo Camin")
    with mailer_db.reading() as session:
        item = session.scalars(sa.select(Item)).one().id
        mail = session.get_one(Issue, issue).html
    desk = editor.get(f"/numeros/{issue}").text
    assert '/echo/34">Lire sur le web</a>' in desk
    assert "Rien dans cette rubrique" not in desk
    address = f"/numeros/{issue}/articles/{item}/corriger"
    assert editor.get(address).status_code == 200
    new = {"title": "De Lo Camin", "text": "La réunion est à 18 h.", "note": "L’heure : 18 h, et non 17 h."}
    assert editor.post(address, data=new | {"note": ""}).status_code == 422
    assert editor.post(address, data=new).status_code == 303
    assert editor.post(address, data=new).status_code == 422
    page = mailer_app.test_client().get("/echo/34").text.replace("\u202f", " ").replace("\xa0", " ")
    assert "La réunion est à 18 h." in page
    assert "lundi 10 octobre 2016" in page
    assert "L’heure : 18 h, et non 17 h." in page
    with mailer_db.reading() as session:
        kept = session.get_one(Issue, issue).html
    assert kept == mail
    assert "18 h" not in str(kept)
    with pytest.raises(sa.exc.IntegrityError, match="does not change"):
        run(mailer_db, "UPDATE issues SET html = 'autre' WHERE id = :id", id=issue)
    assert run(mailer_db, "SELECT what FROM audit_entries ORDER BY id DESC LIMIT 1")[0].what == "corrected"


def test_the_title_and_the_editorial_are_corrected_on_the_web(editor: Any, mailer_app: Any, mailer_db: Any) -> None:
    readers(mailer_db, 1)
    issue = sent(mailer_db, 34, "Lo Camin")
    with mailer_db.reading() as session:
        mail = session.get_one(Issue, issue).html
    address = f"/numeros/{issue}/corriger"
    assert f'href="{address}"' in editor.get(f"/numeros/{issue}").text
    seen = re.search(r'name="seen" value="([^"]+)"', editor.get(address).text)
    assert seen
    new = {"title": "L’eau", "editorial": "Bienvenue à tous.", "seen": seen[1]}
    missing = editor.post(address, data=new | {"note": ""})
    assert (missing.status_code, "Bienvenue à tous." in missing.text) == (422, True)
    noted = new | {"note": "Le titre disait « L’aue »."}
    assert editor.post(address, data=noted).status_code == 303
    beside = editor.post(address, data=noted | {"title": "L’air"})  # over what the first one saved
    assert (beside.status_code, "L’air" in beside.text) == (409, True)
    page = mailer_app.test_client().get("/echo/34").text.replace("\u202f", " ").replace("\xa0", " ")
    assert '<h1 class="echo-title">L’eau</h1>' in page
    assert "Bienvenue à tous." in page
    assert "Titre ou éditorial : Le titre disait « L’aue »." in page
    with mailer_db.reading() as session:
        assert session.get_one(Issue, issue).html == mail


def test_a_number_that_has_not_left_is_not_corrected(editor: Any, mailer_db: Any) -> None:
    head = {"number": 36, "title": "x", "planned_on": dt.date(2016, 12, 13)}
    with mailer_db.transaction() as session:
        issue = issues.create(session, head, who=WHO, now=NOW)
    new = {"title": "y", "editorial": "", "note": "Une coquille."}
    assert editor.get(f"/numeros/{issue}/corriger").status_code == 404
    assert editor.post(f"/numeros/{issue}/corriger", data=new).status_code == 409


def test_the_feed_lists_what_was_sent(mailer_client: Any, mailer_db: Any) -> None:
    readers(mailer_db, 1)
    sent(mailer_db, 33, "Lo Camin & Cie")
    sent(mailer_db, 34, "Eau <Partagée>")
    answer = mailer_client.get("/echo/flux.xml")
    assert answer.mimetype == "application/rss+xml"
    items = ElementTree.fromstring(answer.data).findall("./channel/item")  # noqa: S314  (ours)
    assert [item.findtext("title") for item in items] == ["Nº 34 – Thème 34", "Nº 33 – Thème 33"]
    assert items[1].findtext("description") == "De Lo Camin & Cie"
    assert items[0].findtext("pubDate") == "Mon, 10 Oct 2016 09:00:00 +0000"
    assert str(items[0].findtext("link")).endswith("/echo/34")
