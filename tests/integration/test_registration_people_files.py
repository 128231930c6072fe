"""People of a file: seen line by line before anybody is registered, then registered once; hostile files are refused."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import re
import uuid
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registration import people_files
from services.registration.models import Consent, Event, PeopleFileLine, RankedWish, Registration, Workshop
from services.registration.rules.choices import ACTOR_TYPES
from services.registration.use_cases import allocating, changing, registering
from shared import clock, workbooks
from shared.db import Database
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.unit.test_workbooks import packed, sheet, text

LIST = "/equipe/evenements/agora-2016/inscriptions"
HEADS = "Nom;Prénom;Adresse électronique;Structure;Type d’acteur;Département;Déjeuner;Ateliers"


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Three places; one person is registered."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=3, workshops=[[5]])
    with registration_db.transaction() as session:
        registering.register(session, made.id, answers(1), NOW, site=SITE)
    return made


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def send(staff: Any, content: bytes, name: str = "liste.csv") -> Any:
    return staff.post(f"{LIST}/fichier", data={"file": (io.BytesIO(content), name)})


def outcomes(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(PeopleFileLine.outcome).order_by(PeopleFileLine.line)))


def test_each_line_is_announced_then_becomes_what_was_said(staff: Any, registration_db: Database, event: Event) -> None:
    lines = [
        HEADS,
        "Rakoto;Soa;soa@example.org;'=Lac;Collectivité territoriale;9;oui;Atelier 0.0",
        "Personne1;Noé;PERSONNE1@example.org;;;31;non;",
        "Rakoto;SOA;soa@example.org;;;31;;",
        "Sans adresse;Ali;pas-une-adresse;;;31;;",
        "Martin;Zoé;zoe@example.org;;Martien;31;;Atelier perdu",
        "Petit;Léa;lea@example.org;;;;;",
        "Grand;Luc;luc@example.org;;;;;",
    ]
    answer = send(staff, "\r\n".join(lines).encode("cp1252"))
    assert answer.status_code == 303
    assert outcomes(registration_db) == ["new", "known", "twice", "refused", "refused", "new", "new"]
    page = staff.get(answer.location).text
    assert "Inscrire 3 personnes" in page
    assert "Atelier perdu" in page
    first = re.findall(r'<th scope="row">([^<]*)</th>', page)[:3]
    assert first == ["Sans adresse Ali", "Martin Zoé", "Rakoto Soa"]  # what is to be mended stands first
    assert people(registration_db) == ["Personne1"]
    for _ in range(2):
        staff.post(f"{answer.location}/inscrire")
    assert outcomes(registration_db) == [
        "confirmed",
        "known",
        "twice",
        "refused",
        "refused",
        "confirmed",
        "wait_listed",
    ]
    assert people(registration_db) == ["Grand", "Personne1", "Petit", "Rakoto"]
    with registration_db.reading() as session:
        soa = session.scalars(sa.select(Registration).where(Registration.last_name == "Rakoto")).one()
        assert (soa.structure, soa.actor_type, soa.department, soa.meal) == ("=Lac", "authority", "09", True)
        lea = session.scalars(sa.select(Registration).where(Registration.last_name == "Petit")).one()
        told = sa.select(outbox.c.envelope["data"]).where(outbox.c.thing == str(lea.id))
        mail = session.scalars(told.where(outbox.c.type.like("%confirmed.v1"))).one()
        assert (lea.actor_type, lea.department) == ("other", "unsaid")  # said by nobody, and not taken for abroad
        assert session.scalars(sa.select(Consent)).all() == []
    assert mail["registered_by"] == "Réseau"  # they did not do it themselves, and read so
    edit = staff.get("/i/" + mail["link"].rpartition("/")[2] + "/modifier").text
    assert re.findall(r'<a href="#f-(\w+)">', edit) == ["actor_type", "department"]
    said = re.sub(r"\s+", " ", staff.get("/equipe/evenements/agora-2016/inscriptions?departement=unsaid").text)
    assert ("Petit" in said, "Rakoto" in said, ">Non précisé</td>" in said) == (True, False, True)
    assert "Ailleurs, autre pays" not in staff.get("/equipe/evenements/agora-2016/inscriptions.csv").text


def test_lunch_stays_unanswered_where_the_file_does_not_ask(
    staff: Any, registration_db: Database, event: Event
) -> None:
    lines = ["Nom;Prénom;Courriel;Déjeuner;Langue", "Oui;Ana;a@example.org;x;English", "Non;Bao;b@example.org;Non"]
    lines += ["Rien;Chloé;c@example.org;", "Mot;Dina;d@example.org;végétarien"]
    seen = send(staff, "\n".join(lines).encode())
    assert outcomes(registration_db) == ["new", "new", "new", "refused"]
    assert "Déjeuner" in staff.get(seen.location).text  # why the last one is not registered
    staff.post(f"{seen.location}/inscrire")
    heads, *rows = csv.reader(io.StringIO(staff.get(f"{LIST}.csv").text.lstrip("\ufeff")), delimiter=";")
    lunch = {row[heads.index("Nom")]: row[heads.index("Déjeuner")] for row in rows}
    assert lunch == {"Non": "non", "Oui": "oui", "Personne1": "oui", "Rien": ""}
    with registration_db.reading() as session:
        spoken = session.execute(sa.select(Registration.last_name, Registration.locale))
        assert {row[0]: row[1] for row in spoken} == {"Oui": "en", "Non": "fr", "Rien": "fr", "Personne1": "fr"}
        links = sa.select(outbox.c.envelope["data"]["person"]["last_name"].astext, outbox.c.envelope["data"]["link"])
        links = links.where(outbox.c.type.like("registration.registration.%"))
        pages = {name: "/i/" + link.rpartition("/")[2] for name, link in session.execute(links)}
    chosen = {name: "checked" in edit(staff, pages[name]) for name in ("Non", "Rien")}
    assert chosen == {"Non": True, "Rien": False}
    said = {name: re.findall(r"<dt>Déjeuner</dt><dd>(\w+)", staff.get(pages[name]).text) for name in ("Non", "Rien")}
    assert said == {"Non": ["non"], "Rien": []}


def edit(staff: Any, page: str) -> str:
    """The two answers to the question about lunch, as the page to change has them."""
    return "".join(re.findall(r'<input[^>]*name="meal"[^>]*>', staff.get(f"{page}/modifier").text))


def people(db: Database) -> list[str]:
    with db.reading() as session:
        return list(session.scalars(sa.select(Registration.last_name).order_by(Registration.last_name)))


def test_our_own_export_comes_back_as_people_who_are_there_already(
    staff: Any, registration_db: Database, event: Event
) -> None:
    for ending in ("csv", "xlsx"):
        file = staff.get(f"{LIST}.{ending}")
        assert send(staff, file.data, f"x.{ending}").status_code == 303
    assert outcomes(registration_db) == ["known", "known"]


def test_the_workbook_is_streamed_and_holds_texts_only(staff: Any, registration_db: Database, event: Event) -> None:
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(2, structure="=HYPERLINK(1)"), NOW, site=SITE)
    answer = staff.get(f"{LIST}.xlsx?q=hyperlink")
    heads, *rows = workbooks.table(answer.data)
    assert [dict(zip(heads, row, strict=False))["Structure"] for row in rows] == ["=HYPERLINK(1)"]
    sheet = zipfile.ZipFile(io.BytesIO(answer.data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    pieces = list(workbooks.streamed("x", ([uuid.uuid4()] for _ in range(5_000))))
    assert len(pieces) > 2
    assert max(map(len, pieces)) < 100_000
    assert len(workbooks.table(b"".join(pieces))) == 5_000


@pytest.mark.parametrize("language", ["fr", "en"])
def test_an_export_comes_back_whatever_it_says_of_type_place_wish_and_state(
    staff: Any, registration_db: Database, language: str
) -> None:
    with registration_db.transaction() as session:
        made = an_event(session, capacity=6, workshops=[[5]])
        room = made.workshops[0].id
    types = list(ACTOR_TYPES)
    for number, kind in enumerate([*types, types[0], types[0]]):
        with registration_db.transaction() as session:
            more = {"actor_type": kind, "department": "other" if number else "2A"}
            who = registering.register(session, made.id, answers(number, workshops=[room], **more), NOW, site=SITE)
    with registration_db.transaction() as session:
        changing.cancel(session, who.registration_id, NOW, site=SITE)
    for ending in ("csv", "xlsx"):
        file = staff.get(f"{LIST}.{ending}", headers={"Accept-Language": language})
        assert ("Annulée" if language == "fr" else "Cancelled").encode() in file.data or ending == "xlsx"
        page = staff.get(send(staff, file.data, f"x.{ending}").location).text
        assert "videz sa case « État »" in page.replace("\u202f", " ")
    assert outcomes(registration_db).count("known") == 2 * 7
    assert outcomes(registration_db).count("refused") == 2


def test_a_workbook_reads_as_its_owner_sees_it() -> None:
    heads = "".join(map(text, ("Nom", "Prénom", "Courriel", "Téléphone", "Département")))
    person = (
        text("Rakotondrainibé")
        + text("Éloïse")
        + '<c t="str"><f>LOWER(F3)</f><v>eloise@example.org</v></c><c><v>612345678</v></c>'
        + text("Haute-Garonne (31)")
    )
    rows = f'<row r="1">{heads}</row><row r="3">{person}</row>'
    other = sheet(f'<row r="1">{text("Une autre feuille")}</row>')
    (row,) = people_files.read(packed(sheet1=sheet(rows), sheet2=other))
    assert row.line == 3
    assert {name: row.values[name] for name in ("last_name", "first_name", "email", "phone", "department")} == {
        "last_name": "Rakotondrainibé",
        "first_name": "Éloïse",
        "email": "eloise@example.org",
        "phone": "0612345678",
        "department": "31",
    }


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Gers (32)", "32"),
        ("32 - Gers", "32"),
        ("9", "09"),
        ("2a", "2A"),
        ("Cote d'Or", "21"),
        ("Autre département ou autre pays", "other"),
        ("Non précisé", ""),
        ("", ""),
        ("Mars", "Mars"),
    ],
)
def test_a_departement_is_read_as_people_write_it(said: str, code: str) -> None:
    (row,) = people_files.read(f"Nom;Prénom;Courriel;Département\nA;B;c@example.org;{said}".encode())
    assert row.values["department"] == code


@pytest.mark.parametrize(
    ("said", "kept"),
    [("", "other"), ("Non précisé", "other"), ("Not said (at the door)", "other"), ("Business", "business")],
)
def test_a_type_that_the_file_does_not_say_is_not_guessed(
    staff: Any, registration_db: Database, event: Event, said: str, kept: str
) -> None:
    loaded = send(staff, f"{HEADS}\nRakoto;Soa;soa@example.org;;{said};31;;".encode())
    assert staff.post(f"{loaded.location}/inscrire").status_code == 303
    with registration_db.reading() as session:
        found = session.scalars(sa.select(Registration.actor_type).where(Registration.last_name == "Rakoto"))
        assert found.one() == kept


def test_who_cancelled_and_stands_in_a_second_file_registers_anew(
    staff: Any, registration_db: Database, event: Event
) -> None:
    for _ in range(2):
        loaded = send(staff, f"{HEADS}\nRakoto;Soa;soa@example.org;;;31;;".encode())
        assert staff.post(f"{loaded.location}/inscrire").status_code == 303
        with registration_db.transaction() as session:
            living = sa.select(Registration.id).where(
                Registration.status == "confirmed", Registration.last_name == "Rakoto"
            )
            changing.cancel(session, session.scalars(living).one(), NOW, site=SITE)
    assert outcomes(registration_db) == ["confirmed", "confirmed"]


WISHES = [
    "Nom;Prénom;Courriel;Ateliers;1er souhait;Souhait 2;Third wish",
    "Un;Soa;un@example.org;;Atelier 0.2 | Atelier 1.0;Atelier 0.0;Atelier 0.1",
    "Deux;Soa;deux@example.org;Atelier 0.1 | Atelier 1.0 | Atelier 0.0;;;",
    "Trois;Soa;trois@example.org;Atelier 0.1 (souhait 2) | Atelier 0.2 (souhait 1);;;",
    "Quatre;Soa;quatre@example.org;Atelier 0.3;Atelier 0.0;Atelier 0.1;Atelier 0.2",
    "Cinq;Soa;cinq@example.org;;;;",
]


def test_ranked_wishes_come_in_by_column_or_in_the_order_of_one_cell(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        made = an_event(session, workshops=[[1, 1, 1, 1], [5]])
        allocating.set_terms(session, made, NOW + dt.timedelta(2), NOW, who="test")
    loaded = send(staff, "\n".join(WISHES).encode()).location
    assert "Trois souhaits par créneau" in staff.get(loaded).text
    assert staff.post(f"{loaded}/inscrire").status_code == 303
    assert outcomes(registration_db) == ["confirmed", "confirmed", "confirmed", "refused", "confirmed"]
    wishes = (
        sa.select(Registration.last_name, Workshop.title)
        .join(RankedWish, RankedWish.registration_id == Registration.id)
        .join(Workshop, Workshop.id == RankedWish.workshop_id)
        .order_by(Registration.last_name, Workshop.starts_at, RankedWish.rank)
    )
    with registration_db.reading() as session:
        assert [f"{name} {title[8:]}" for name, title in session.execute(wishes)] == [
            *("Deux 0.1", "Deux 0.0", "Deux 1.0"),
            *("Trois 0.2", "Trois 0.1"),
            *("Un 0.2", "Un 0.0", "Un 0.1", "Un 1.0"),
        ]
    again = staff.get(send(staff, staff.get(f"{LIST}.csv").data).location).text
    assert again.count("déjà inscrite") == 4 + 1


def test_the_ranks_of_one_cell_are_read_in_any_order() -> None:
    [row] = people_files.read(
        "Nom;Prénom;Courriel;Ateliers\nUn;Soa;un@example.org;A (souhait 3) | B (wish 2) |C (souhait 1)".encode()
    )
    assert (row.workshops, row.ranked) == (["C", "B", "A"], True)


def test_empty_rows_between_people_take_nobody_away() -> None:
    people = [f"Un{number};Soa;un{number}@example.org\n;;" for number in range(people_files.MOST_ROWS)]
    assert len(people_files.read("\n".join(["Nom;Prénom;Courriel", *people]).encode())) == people_files.MOST_ROWS


def test_a_wish_that_no_meeting_ranks_is_refused_in_words(staff: Any, registration_db: Database) -> None:
    with registration_db.transaction() as session:
        an_event(session, workshops=[[1, 1, 1], [5]])
    page = staff.get(send(staff, "\n".join(WISHES[:2]).encode()).location).text
    assert "cette rencontre ne demande pas de souhaits classés" in page
    assert outcomes(registration_db) == ["refused"]


def bomb(size: int = 30_000_000) -> bytes:
    """A small archive whose sheet says it is far larger than any list."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return data.getvalue()


HOSTILE = {
    "nothing": b"",
    "only titles": HEADS.encode(),
    "no titles": b"Soa;Rakoto;soa@example.org",
    "a picture": b"\x89PNG\r\n" + b"x" * 50,
    "an old workbook": b"\xd0\xcf\x11\xe0" + b"x" * 50,
    "a broken archive": b"PK\x03\x04" + b"x" * 50,
    "a bomb": bomb(),
    "an entity": b"PK",
    "too many": (HEADS + "\n" + "A;B;c@example.org\n" * (people_files.MOST_ROWS + 1)).encode(),
    "too large": b"x" * (people_files.LARGEST + 1),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(RuleError) as refused:
        people_files.read(content)
    assert (refused.value.status, refused.value.field) == (422, "file")


def test_unicode_text_of_a_spreadsheet_is_read_and_what_is_too_large_is_called_so() -> None:
    text = "Nom\tPrénom\tAdresse électronique\r\nHébrard\tZoé\tzoe@example.org\r\n"
    for content in (text.encode("utf-16"), b"\xfe\xff" + text.encode("utf-16-be")):
        assert [one.values["last_name"] for one in people_files.read(content)] == ["Hébrard"]
    with pytest.raises(RuleError, match="trop grand"):
        people_files.read(bomb(50_000_000))


def test_a_cell_with_what_no_text_holds_refuses_its_line_only(staff: Any, event: Event) -> None:
    people = (("Roy_x0000_", "Zoé", "zoe@example.org"), ("Nay", "Ève", "eve@example.org"))
    rows = "".join(f"<row>{''.join(map(text, one))}</row>" for one in (("Nom", "Prénom", "Courriel"), *people))
    answer = send(staff, packed(sheet1=sheet(rows)), "x.xlsx")
    assert answer.status_code == 303
    page = staff.get(answer.location).text
    assert ("1 personne à inscrire" in page, "caractères invisibles" in page) == (True, True)


def test_the_page_says_what_is_wrong_and_keeps_nothing(staff: Any, registration_db: Database, event: Event) -> None:
    for content in (b"", HOSTILE["a broken archive"]):
        answer = send(staff, content)
        assert (answer.status_code, "à revoir" in answer.text) == (422, True)
    assert outcomes(registration_db) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: f"{HEADS}\n{text}".encode("utf-8", "replace")))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with contextlib.suppress(RuleError):
        assert people_files.read(content)
