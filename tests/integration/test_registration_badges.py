"""Badges say what the team chose, on the paper it chose, and never more."""

from __future__ import annotations

import html
import io
import re
import time
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from services.registration import badge_papers
from services.registration.models import Event, FormAnswer, Registration, RegistrationMark
from services.registration.queries import badges as queries
from services.registration.queries import forms
from services.registration.rules import badges as rules
from services.registration.rules.forms import SENSITIVE, Question, Words
from services.registration.use_cases import erasing, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers
from tests.integration.test_registration_events import asked
from tests.integration.test_registration_questions import publish

PAPERS = "/equipe/evenements/agora-2016/papiers"
PAGE = f"{PAPERS}/badges"
NEW = "/equipe/evenements/nouveau"
TONGUES = Question("tongues", "text", Words("Langues parlées", "Languages"))
HEALTH = Question("health", "text", Words("Votre santé"), protection=SENSITIVE)


@pytest.fixture(autouse=True)
def october_2016(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def event(registration_db: Database) -> Event:
    """Zoé has a long name, marks, a workshop, an answer of each kind; Noé has none of it."""
    with registration_db.transaction() as session:
        made = an_event(session, capacity=9, workshops=[[5]])
        workshop = made.workshops[0].id
    publish(registration_db, made, TONGUES, HEALTH)
    who = [("Zoé", "Rakotondrainibé-Andriamanantena", [workshop], "Ville d’Auch"), ("Noé", "Martin", [], "Lac")]
    for number, (first, last, wished, structure) in enumerate(who):
        data = answers(number, first_name=first, last_name=last, workshops=wished, structure=structure, diet="vegan")
        data = data if number else data | {"actor_type": "authority", "function": "Maire"}
        with registration_db.transaction() as session:
            person = registering.register(session, made.id, data, NOW, site=SITE).registration_id
            version = forms.current(session, made.id).id
            if first == "Zoé":
                for question, said in (("tongues", "malgache"), ("health", "secret")):
                    row = {"label": question, "value": said, "said": said, "given_at": NOW, "question": question}
                    row |= {"registration_id": person, "version_id": version}
                    session.add(FormAnswer(**row, sensitive=question == "health"))
                for label in ("bénévole", "à surveiller"):
                    session.add(RegistrationMark(registration_id=person, label=label))
    return made


@pytest.fixture
def staff(registration_client: Any, sign_in: Any) -> Any:
    sign_in(registration_client, "staff")
    return registration_client


def choose(staff: Any, **chosen: Any) -> None:
    assert staff.post(PAGE, data=chosen).status_code == 303


def pages(staff: Any) -> list[Any]:
    return list(PdfReader(io.BytesIO(staff.get(f"{PAPERS}/badges.pdf").data)).pages)


def said(staff: Any) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in pages(staff))


def test_as_long_as_nobody_chose_they_are_as_they_were(staff: Any, event: Event) -> None:
    text = said(staff)
    for there in ("Zoé", "Rakotondrainibé-Andriamanantena", "Ville d’Auch", event.title):
        assert there in text
    for absent in ("Maire", "Collectivité", "malgache", "BÉNÉVOLE", "Atelier", "secret", "vegan"):
        assert absent not in text
    page = html.unescape(staff.get(PAGE).text)
    assert re.findall(r'name="(?:parts|layout)" value="(\w+)"[^>]* checked', page) == ["sheet", "structure", "code"]
    assert "Rakotondrainibé-Andriamanantena" in page


def test_what_was_chosen_stands_there_and_a_mark_only_when_it_is_named(staff: Any, event: Event) -> None:
    choose(staff, layout="a6", parts=[*rules.PARTS], question="tongues", marks=["bénévole", ""])
    text = said(staff)
    for there in ("Maire", "Collectivité territoriale", "malgache", "BÉNÉVOLE", "Atelier 0.0", "10 h 00"):
        assert there in text.replace("\u202f", " "), there
    assert "SURVEILLER" not in text.upper()
    assert text.count("BÉNÉVOLE") == 1
    choose(staff, layout="label")
    text = said(staff)
    assert ("Zoé" in text, "Ville d’Auch" in text, "BÉNÉVOLE" in text) == (True, False, False)


def test_a_word_without_an_end_does_not_run_over_the_code(staff: Any, registration_db: Database, event: Event) -> None:
    long = "prenom.nom.compose.encore@cooperation.internationale.example"
    with registration_db.transaction() as session:
        session.execute(sa.update(FormAnswer).where(FormAnswer.question == "tongues").values(said=long))
    choose(staff, layout="sheet", parts=["code"], question="tongues")
    text = pages(staff)[0].extract_text()
    assert long in "".join(text.replace("\u200b", "").split())
    assert max(len(word) for word in text.replace("\u200b", "").split() if "." in word) <= 32


def test_who_has_signs_that_are_not_printed_is_named_before(
    staff: Any, registration_db: Database, event: Event
) -> None:
    assert "cases vides" not in staff.get(PAGE).text + staff.get(f"{PAPERS}/").text, "Latin letters are there"
    who = [
        ("Ольга", "Ковач", "Ελιά"),
        ("ليلى", "דגן", "Lac"),
        ("Wei", "\U0010abcd", ""),
        ("Mai", "Trần", "Ami \U0010abce"),
    ]
    for number, (first, last, structure) in enumerate(who, 5):
        with registration_db.transaction() as session:
            data = answers(number, first_name=first, last_name=last, structure=structure)
            registering.register(session, event.id, data, NOW, site=SITE)
    choose(staff, layout="sheet", parts=["code"])
    told = [html.unescape(staff.get(page).text).partition("À écrire à la main")[2] for page in (f"{PAPERS}/", PAGE)]
    assert [one.partition("<")[0].strip(" :\u202f\xa0") for one in told] == [
        "Mai Trần (Ami \U0010abce), Wei \U0010abcd.",
        "Wei \U0010abcd.",
    ]


@pytest.mark.parametrize(
    ("layout", "size", "count"),
    [("sheet", (210, 297), 1), ("folded", (210, 297), 1), ("a6", (105, 148), 2), ("label", (100, 62), 2)],
)
def test_each_paper_has_its_size(staff: Any, event: Event, layout: str, size: tuple[int, int], count: int) -> None:
    choose(staff, layout=layout, parts=["structure", "code", "type"])
    made = pages(staff)
    assert len(made) == count
    box = made[0].mediabox
    assert (round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)) == size
    assert said(staff).count("Martin") == (2 if layout == "folded" else 1)


def test_an_answer_that_became_sensitive_is_printed_no_more(
    staff: Any, registration_db: Database, event: Event
) -> None:
    choose(staff, layout="sheet", question="health")
    assert "secret" not in said(staff)
    choose(staff, layout="sheet", question="tongues")
    assert "malgache" in said(staff)
    publish(registration_db, event, Question("tongues", "text", Words("Langues"), protection=SENSITIVE), HEALTH)
    assert "malgache" not in said(staff)
    assert 'value="tongues"' not in staff.get(PAGE).text


def test_the_picture_is_of_who_has_the_longest_name(staff: Any, registration_db: Database, event: Event) -> None:
    answer = staff.get(f"{PAGE}/apercu.svg?layout=a6&parts=structure&parts=type&marks=b%C3%A9n%C3%A9vole")
    assert (answer.mimetype, answer.data[:4]) == ("image/svg+xml", b"<svg")
    width, height = map(float, re.findall(r'(?:width|height)="([\d.]+)pt"', answer.text[:400])[:2])
    assert round(width / height, 2) == round(105 / 148, 2)
    with registration_db.reading() as session:
        longest = queries.longest(session, event.id)
        assert longest is not None
        assert longest.first_name == "Zoé"
    for nonsense in ("?layout=x&parts=x&question=y&marks=z", "?parts=logo&question=health", ""):
        assert staff.get(f"{PAGE}/apercu.svg{nonsense}").status_code == 200
    with registration_db.transaction() as session:
        session.execute(sa.update(Registration).values(status="cancelled", cancelled_at=NOW))
    assert staff.get(f"{PAGE}/apercu.svg?parts=workshops").status_code == 200
    assert "Avec un nom inventé" in staff.get(PAGE).text


def test_only_the_team_chooses_and_the_desk_prints(staff: Any, event: Event, sign_in: Any) -> None:
    choose(staff, layout="a6", parts=["code"])
    assert "Badges : format ou contenu changé" in staff.get("/equipe/evenements/agora-2016").text.replace("\u202f", " ")
    sign_in(staff, "desk")
    assert [staff.get(PAGE).status_code, staff.post(PAGE, data={"layout": "sheet"}).status_code] == [403, 403]
    assert len(pages(staff)) == 2
    assert 'papiers/badges"' not in staff.get(f"{PAPERS}/").text


def test_the_copy_of_an_event_has_its_badges(staff: Any, registration_db: Database, event: Event) -> None:
    choose(staff, layout="a6", parts=["code", "type"], marks=["bénévole"])
    fields = asked(staff.get(NEW, query_string={"copie": "agora-2016"}), NEW)
    assert staff.post(NEW, data=fields | {"slug": "agora-2017"}).status_code == 303
    with registration_db.reading() as session:
        kept = session.scalars(sa.select(Event.badge).where(Event.slug == "agora-2017")).one()
    assert kept == {"layout": "a6", "parts": ["code", "type"], "question": "", "marks": ["bénévole"]}


def test_a_mark_that_names_somebody_leaves_the_badge_with_them(
    staff: Any, registration_db: Database, event: Event
) -> None:
    choose(staff, layout="a6", marks=["bénévole", "avec Noé Martin"])
    with registration_db.transaction() as session:
        one = session.scalars(sa.select(Registration).where(Registration.last_name == "Martin")).one()
        who = erasing.Asker(one.email, one.email_key, one.name_key)
        erasing.by_staff(session, who, announced=1, how="phone", who="staff", now=NOW, site=SITE)
        assert session.get_one(Event, event.id).badge["marks"] == ["bénévole"]


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["sheet", "folded"])
def test_six_hundred_badges_with_everything_take_less_than_ten_seconds(event: Event, layout: str) -> None:
    long = "Association pour la coopération entre communes de Castelnaudary et de Madagascar"
    who = {"first_name": "Marie-Antoinette", "last_name": "Rakotondrainibé", "structure": long, "function": "Maire"}
    people = [
        Registration(id=uuid.UUID(int=n), ticket=f"AGORA-{n:08}", actor_type="authority", **who) for n in range(600)
    ]
    workshop = event.workshops[0]
    more = {one.id: badge_papers.More("français, malgache", ["bénévole"], [workshop] * 2) for one in people}
    badge = rules.Badge(layout, frozenset(rules.PARTS), "tongues", ("bénévole",))
    began = time.process_time()
    assert badge_papers.badges(event, people, badge, more).pdf().startswith(b"%PDF-")
    assert time.process_time() - began < 10
