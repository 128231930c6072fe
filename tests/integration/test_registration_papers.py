"""The papers of the day: everybody who should be on them is, nobody else, and nothing typed is code."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import uuid
from typing import Any

import pytest
import segno
import sqlalchemy as sa
from pypdf import PdfReader

from services.registration import badge_papers, papers
from services.registration.models import Attendance, Desk, Event, Registration, WorkshopAttendance
from services.registration.models.events import EventPartner
from services.registration.queries import papers as queries
from services.registration.use_cases import changing, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

TYPED = '#panic("x") *gras* $x$ <étiquette>'


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Two seats: Zoé in the workshop, Noé; Ana waits, Léo cancelled. Zoé was checked in."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=2, workshops=[[5]])
        workshop = made.workshops[0].id
    people = [
        ("Zoé", "Rakoto", [workshop], TYPED),
        ("Léo", "Parti", [], ""),
        ("Noé", "Martin", [], ""),
        ("Ana", "Attend", [], ""),
    ]
    for number, (first, last, wished, structure) in enumerate(people):
        data = answers(number, first_name=first, last_name=last, workshops=wished, structure=structure, diet="vegan")
        with registration_db.transaction() as session:
            id = registering.register(session, made.id, data, NOW, site=SITE).registration_id
        if last == "Parti":
            with registration_db.transaction() as session:
                changing.cancel(session, id, NOW, site=SITE)
    with registration_db.transaction() as session:
        zoe = session.scalars(sa.select(Registration.id).where(Registration.first_name == "Zoé")).one()
        check_in(session, made.id, zoe)
    return made


def check_in(session: Any, event_id: uuid.UUID, registration_id: uuid.UUID) -> None:
    desk = Desk(event_id=event_id, number=1, code_hash=b"x", code_expires_at=NOW, created_at=NOW)
    session.add(desk)
    session.flush()
    session.execute(sa.delete(Attendance).where(Attendance.registration_id == registration_id))
    session.add(Attendance(registration_id=registration_id, present=True, version=1, desk_id=desk.id, at=NOW))


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "desk")
    return registration_client


@pytest.mark.parametrize("paper", ["badges", "emargement", "salles", "attestations"])
def test_every_paper_opens(staff: Any, event: Event, paper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: event.starts_at)
    answer = staff.get(f"/equipe/evenements/{event.slug}/papiers/{paper}.pdf")
    assert answer.status_code == 200
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "Attestations" in staff.get(f"/equipe/evenements/{event.slug}/papiers/").text


def test_a_poster_leads_to_the_page(staff: Any, event: Event, registration_db: Database) -> None:
    papers_of = f"/equipe/evenements/{event.slug}/papiers"
    with registration_db.transaction() as session:
        kept = session.get_one(Event, event.id)
        kept.title, kept.closes_at = TYPED, dt.datetime(2016, 11, 1, 12, tzinfo=dt.UTC)
    [sheet] = PdfReader(io.BytesIO(staff.get(f"{papers_of}/affiche.pdf").data)).pages
    said = " ".join(sheet.extract_text().split())
    for words in (TYPED, papers.when(event.starts_at, event.ends_at), event.place, "jusqu’au mardi 1er novembre 2016"):
        assert " ".join(words.split()) in said
    address = f"{staff.application.extensions['settings'].public_url}/e/{event.slug}"
    assert address.partition("://")[2] in said.replace(" ", "")
    with registration_db.transaction() as session:
        kept = session.get_one(Event, event.id)
        kept.title, kept.summary = ("Rencontres " * 20)[:200], ("Partenariats " * 40)[:500]
        kept.place, kept.address, kept.organiser_name = (
            ("Halle " * 40)[:200],
            ("Avenue " * 50)[:300],
            ("Réseau " * 30)[:200],
        )
        kept.partners = [
            EventPartner(event_id=event.id, position=at, name=f"{at} " + ("Organisation " * 20)[:190])
            for at in range(8)
        ]
    [sheet] = PdfReader(io.BytesIO(staff.get(f"{papers_of}/affiche.pdf").data)).pages  # whatever is typed
    assert "Organisa." in sheet.extract_text(), "to the last letter"
    image = staff.get(f"{papers_of}/code.png")
    assert image.content_type == "image/png"
    drawn = io.BytesIO()
    segno.make(address, error="q", micro=False).save(drawn, kind="png", scale=18)
    assert image.data == drawn.getvalue()
    assert f"{papers_of}/affiche.pdf" in staff.get(f"{papers_of}/").text


@pytest.mark.parametrize("change", [{"by_invitation": True}, {"state": "draft"}, {"state": "closed"}])
def test_no_poster_for_what_not_everybody_can_join(
    staff: Any, event: Event, registration_db: Database, change: dict[str, Any]
) -> None:
    with registration_db.transaction() as session:
        for name, value in change.items():
            setattr(session.get_one(Event, event.id), name, value)
    papers_of = f"/equipe/evenements/{event.slug}/papiers"
    assert "affiche.pdf" not in staff.get(f"{papers_of}/").text
    for file in ("affiche.pdf", "code.png"):
        answer = staff.get(f"{papers_of}/{file}")
        assert answer.status_code == 404
        assert "il faut une rencontre publiée" in answer.text


def test_nobody_gets_in_without_the_role(registration_client: Any, event: Event, sign_in: Any) -> None:
    sign_in(registration_client, "editor")
    assert registration_client.get(f"/equipe/evenements/{event.slug}/papiers/badges.pdf").status_code == 403


def test_who_is_on_which_paper(registration_db: Database, event: Event) -> None:
    with registration_db.reading() as session:
        event = session.get_one(Event, event.id)
        people, came = queries.confirmed(session, event.id), queries.came(session, event.id)
        seated = [(event.workshops[0], queries.by_workshop(session, event.id)[event.workshops[0].id])]
        badges = badge_papers.badges(event, people).data
        sheets = papers.attendance_sheets(event, people, seated).data["lists"]
        rooms = papers.room_lists(event, seated).data["lists"]
        certificates = papers.certificates(event, came, NOW.date()).data["people"]

    assert [(one["first"], one["last"]) for one in badges["people"]] == [("Noé", "Martin"), ("Zoé", "Rakoto")]
    assert "vegan" not in str(badges)
    assert [[one["first"] for one in sheet["people"]] for sheet in sheets] == [["Noé", "Zoé"], ["Zoé"]]
    assert [(room["title"], [one["first"] for one in room["people"]]) for room in rooms] == [("Atelier 0.0", ["Zoé"])]
    assert [(one["name"], one["structure"], one["came"], one["workshops"]) for one in certificates] == [
        ("Zoé Rakoto", TYPED, "", [])
    ]


def test_one_badge_for_who_lost_theirs(
    registration_client: Any, sign_in: Any, registration_db: Database, event: Event
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.reading() as session:
        ids = {one.last_name: one.id for one in session.scalars(sa.select(Registration))}
    answer = registration_client.get(f"/equipe/evenements/{event.slug}/papiers/badges.pdf?personne={ids['Martin']}")
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.data)).pages)
    assert ("Martin" in text or "MARTIN" in text, "Rakoto" in text or "RAKOTO" in text) == (True, False)
    assert f"personne={ids['Martin']}" in registration_client.get(f"/equipe/inscriptions/{ids['Martin']}").text
    for nobody in (ids["Attend"], ids["Parti"], "x", ""):
        assert (
            registration_client.get(f"/equipe/evenements/{event.slug}/papiers/badges.pdf?personne={nobody}").status_code
            == 404
        )


def test_the_list_for_everybody_names_who_agreed(staff: Any, registration_db: Database, event: Event) -> None:
    page = f"/equipe/evenements/{event.slug}/papiers/participants"
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).values(participant_list=False))
    assert "Personne n’a encore accepté" in staff.get(page).text
    with registration_db.transaction() as session:
        agreed = Registration.last_name.in_(["Rakoto", "Attend", "Parti"])
        session.execute(sa.update(Registration).where(agreed).values(participant_list=True))
    told = staff.get(page).text
    assert "Rakoto" in told
    for left_out in ("Martin", "Attend", "Parti", "@"):
        assert left_out not in told


def test_a_certificate_is_for_who_came_once_the_meeting_began(
    registration_client: Any,
    registration_db: Database,
    sign_in: Any,
    event: Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tokens = {}
    for number, name in ((7, "Ida"), (8, "Max")):
        with registration_db.transaction() as session:
            session.execute(sa.text("UPDATE quotas SET capacity = 10"))
        with registration_db.transaction() as session:
            made = registering.register(session, event.id, answers(number, first_name=name), NOW, site=SITE)
        tokens[name] = made.token
        if name == "Ida":
            with registration_db.transaction() as session:
                session.execute(sa.delete(Desk).where(~sa.exists().where(Attendance.desk_id == Desk.id)))
                desk = session.scalars(sa.select(Desk.id)).one()
                session.execute(sa.delete(Attendance).where(Attendance.registration_id == made.registration_id))
                row = Attendance(registration_id=made.registration_id, present=True, version=1, desk_id=desk, at=NOW)
                session.add(row)
    printed = f"/equipe/evenements/{event.slug}/papiers/attestations.pdf"
    sign_in(registration_client, "staff")
    for early in (printed, f"/i/{tokens['Ida']}/attestation.pdf"):
        refused = registration_client.get(early)
        assert (refused.status_code, "dès que la rencontre a commencé" in refused.text) == (409, True)
    assert "Mon attestation" not in registration_client.get(f"/i/{tokens['Ida']}").text
    page = registration_client.get(printed.rpartition("/")[0] + "/").text
    assert (printed in page, "dès que la rencontre commence, vendredi 14 octobre 2016" in page) == (False, True)
    monkeypatch.setattr(clock, "now", lambda: event.starts_at)
    assert printed in registration_client.get(printed.rpartition("/")[0] + "/").text
    assert registration_client.get(f"/i/{tokens['Ida']}/attestation.pdf").data.startswith(b"%PDF-")
    assert "Mon attestation" in registration_client.get(f"/i/{tokens['Ida']}").text
    assert registration_client.get(f"/i/{tokens['Max']}/attestation.pdf").status_code == 404
    assert "Mon attestation" not in registration_client.get(f"/i/{tokens['Max']}").text


@pytest.mark.slow
def test_six_hundred_badges_take_less_than_ten_seconds(event: Event) -> None:
    who = {"first_name": "Marie-Antoinette", "last_name": "Rakotondrainibé", "structure": TYPED}
    people = [Registration(ticket=f"AGORA-{number:08}", **who) for number in range(600)]
    began = time.process_time()
    assert badge_papers.badges(event, people).pdf().startswith(b"%PDF-")
    assert time.process_time() - began < 10


def test_no_line_to_sign_is_parted_by_the_end_of_a_page(event: Event) -> None:
    structure = "Association " + "pour la coopération entre communes " * 5 + "de Castelnaudary"
    people = [Registration(first_name=f"Zoé {n}", last_name="Durand", structure=structure) for n in range(60)]
    pages = PdfReader(io.BytesIO(papers.attendance_sheets(event, people, []).pdf())).pages
    assert len(pages) > 3
    for page in pages:
        text = page.extract_text()
        assert text.count("Association") == text.count("Castelnaudary") == text.count("Durand")


def test_the_table_plan_seats_who_is_certain_and_again_the_same(
    registration_db: Database, registration_client: Any, sign_in: Any, event: Event
) -> None:
    sign_in(registration_client, "staff")
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).where(Registration.last_name == "Martin").values(actor_type="other"))
    address = "/equipe/evenements/agora-2016/papiers/tables.pdf"
    pages = [registration_client.get(f"{address}?{query}") for query in ("tirage=1", "tirage=x&places=-2&atelier=x")]
    assert [page.mimetype for page in pages] == ["application/pdf"] * 2
    said = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pages[0].data)).pages)
    assert all(name in said for name in ("Rakoto", "Martin", TYPED.split()[0]))
    assert not any(name in said for name in ("Attend", "Parti", "Non précisé"))


def test_a_meeting_of_several_days_is_signed_on_each_of_them(
    staff: Any, registration_db: Database, event: Event
) -> None:
    page = f"/equipe/evenements/{event.slug}/papiers/emargement.pdf"

    def columns() -> list[list[str]]:
        sheets = [one.extract_text() for one in PdfReader(io.BytesIO(staff.get(page).data)).pages]
        return [re.findall(r"Signature|\d+ octobre(?! 2016)", sheet) for sheet in sheets]

    assert columns() == [["Signature"], ["Signature"]]
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(ends_at=Event.ends_at + dt.timedelta(days=2)))
    assert columns() == [["14 octobre", "15 octobre", "16 octobre"], ["Signature"]]


def test_a_certificate_of_several_days_says_on_which_the_desk_saw_them(
    staff: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One day of two: nobody wrote down the other."""
    monkeypatch.setattr(clock, "now", lambda: event.ends_at)

    def said() -> str:
        answer = staff.get(f"/equipe/evenements/{event.slug}/papiers/attestations.pdf")
        return " ".join(PdfReader(io.BytesIO(answer.data)).pages[0].extract_text().split())

    assert "sa présence est notée" not in said()
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(ends_at=Event.ends_at + dt.timedelta(days=1)))
        session.execute(sa.update(Attendance).values(day=event.starts_at.date()))
    assert "du vendredi 14 octobre 2016 au samedi 15 octobre 2016" in said()
    assert "sa présence est notée le vendredi 14 octobre 2016." in said()


def test_a_certificate_speaks_the_language_of_the_registration(
    staff: Any, registration_db: Database, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: event.ends_at)
    with registration_db.transaction() as session:
        kept = session.get_one(Event, event.id)
        kept.title_en, kept.workshops[0].title_en = "Annual meeting #1", "Water *first*"
        noe = session.scalars(sa.select(Registration).where(Registration.first_name == "Noé")).one()
        noe.locale = "en"
        session.execute(sa.delete(Attendance).where(Attendance.registration_id == noe.id))
        desk = session.scalars(sa.select(Desk.id)).one()
        session.add(Attendance(registration_id=noe.id, present=True, version=1, desk_id=desk, at=NOW))
        slot = kept.workshops[0].slot_id
        seen = WorkshopAttendance(registration_id=noe.id, slot_id=slot, version=1, at=NOW)
        seen.workshop_id = kept.workshops[0].id
        session.add(seen)

    def made() -> PdfReader:
        pdf = staff.get(f"/equipe/evenements/{event.slug}/papiers/attestations.pdf?ateliers=1").data
        return PdfReader(io.BytesIO(pdf))

    def said() -> list[str]:
        return [" ".join(page.extract_text().split()) for page in made().pages]

    english, french = said()
    assert f"Certificate of attendance {event.organiser_name} certifies that Noé Martin" in english
    assert "took part in “Annual meeting #1”, on Friday 14 October 2016, from 9:00 to 17:00, " in english
    assert "Workshops attended: “Water *first*”. Issued on Friday 14 October 2016. Signature and stamp" in english
    assert ("Attestation de présence" in french, "a pris part à «" in french) == (True, True)
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(ends_at=Event.ends_at + dt.timedelta(days=1)))
        session.execute(sa.update(Attendance).values(day=event.starts_at.date()))
    assert "to Saturday 15 October 2016" in said()[0]
    assert "; their attendance is recorded on Friday 14 October 2016." in said()[0]
    assert (made().metadata or {})["/Title"] == f"Attestations de présence – {event.title}"
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).values(locale="en"))
    assert (made().metadata or {})["/Title"] == "Certificates of attendance – Annual meeting #1"
    assert "in the language of each registration" in staff.get(f"/equipe/evenements/{event.slug}/papiers/?lang=en").text
