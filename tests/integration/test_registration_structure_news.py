"""One structure on one page: what the jury and the mailer told of it stands beside who came."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.handlers import handlers
from services.registration.models import FormAnswer, Structure, StructureNews
from services.registration.queries import forms
from services.registration.rules.structures import key
from services.registration.use_cases import registering, structures
from shared.db import Database
from shared.messaging import envelope
from tests.contracts.test_samples import as_bytes, sample
from tests.integration.registration_people import SITE, an_event, answers
from tests.integration.test_registration_year import words_of

BEFORE = dt.datetime(2016, 9, 20, 9, tzinfo=dt.UTC)
PEOPLE = [
    ("Lo Camin", "31", {"countries": "Sénégal · Madagascar", "expectations": "Un jardin"}),
    ("Eau Partagée", "82", {"countries": "Cambodia · Senegal", "themes": "6. Eau propre et assainissement"}),
    ("Oasis", "31", {}),
]
NOW = dt.datetime(2016, 11, 7, 9, tzinfo=dt.UTC)


@pytest.fixture
def told(registration_db: Database) -> Callable[..., None]:
    """A golden sample arrives, with some of its data changed."""

    def tell(name: str, sequence: int = 1, *, at: dt.datetime | None = None, **data: Any) -> None:
        body = sample(name)
        body["data"] |= data
        body |= {"sequence": str(sequence), "id": str(uuid.uuid4())}
        if at:
            body["time"] = at.isoformat()
        fact = envelope.parse(as_bytes(body))
        handler = handlers.find(fact.type)
        assert handler
        with registration_db.transaction() as session:
            handler(session, fact)

    return tell


def page_of(client: Any, db: Database, name: str) -> str:
    with db.reading() as session:
        row = session.scalars(sa.select(Structure.id).where(Structure.name_key == key(name))).one()
    return words_of(client.get(f"/equipe/structures/{row}").text)


def test_projects_their_answer_and_articles_stand_on_the_page_of_the_structure(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None]
) -> None:
    sign_in(registration_client, "staff")
    told("jury.application.filed.v1.structure", structure="Lo Camin", project_title="Un puits à Tenkodogo")
    told("jury.result.published.v1.awarded", structure="LO CAMIN ", project_title="Un puits à Tenkodogo")
    told("mailer.issue.published.v1.pieces")
    page = page_of(registration_client, registration_db, "lo camin")
    assert "1 projet déposé" in page
    assert "Un puits à Tenkodogo déposé" in page
    assert "Un puits à Tenkodogo retenu" in page
    assert "attribués par le jury" in page
    assert "Une classe ouvre à Mahajanga" in page


def test_a_sum_that_changed_after_the_results_is_the_one_that_the_structure_has(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None]
) -> None:
    sign_in(registration_client, "staff")
    told("jury.result.published.v1.awarded", structure="Lo Camin", at=NOW)
    project = sample("jury.result.published.v1.awarded")["data"]["project_id"]
    other = str(uuid.uuid4())
    for sequence, told_of, cents, reserve, words in (
        (1, other, 900, False, "3 500 € attribués"),
        (2, project, 1_000_000, False, "10 000 € attribués"),
        (3, project, 0, True, "en liste de réserve"),
        (4, project, 0, False, "non retenu"),
    ):
        change = {"project_id": told_of, "amount": {"cents": cents}, "reserve": reserve}
        told("jury.award.changed.v1.project", sequence, at=NOW + dt.timedelta(days=sequence), **change)
        assert words in page_of(registration_client, registration_db, "lo camin")
    told("jury.award.changed.v1.offered", 5, at=NOW + dt.timedelta(days=5), project_id=project)  # not accepted yet
    assert "en liste de réserve" in page_of(registration_client, registration_db, "lo camin")
    told("jury.award.opened.v1.project", 6, at=NOW + dt.timedelta(days=6), project_id=project)
    assert "15 000 € attribués" in page_of(registration_client, registration_db, "lo camin")


@pytest.mark.parametrize("late", ["result", "sum"])
def test_the_sum_that_was_told_last_holds_in_whatever_order_facts_arrive(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None], late: str
) -> None:
    sign_in(registration_client, "staff")
    project = sample("jury.result.published.v1.awarded")["data"]["project_id"]
    facts = {
        "result": lambda: told("jury.result.published.v1.awarded", structure="Lo Camin", at=NOW),
        "sum": lambda: told("jury.award.changed.v1.project", project_id=project, amount={"cents": 1_000_000},
                            reserve=False, at=NOW + dt.timedelta(days=3)),
    }  # fmt: skip
    for name in sorted(facts, key=lambda one: one == late):
        facts[name]()
    assert "10 000 € attribués" in page_of(registration_client, registration_db, "lo camin")


def test_what_is_told_twice_or_late_is_written_once(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None]
) -> None:
    sign_in(registration_client, "auditor")
    told("jury.application.filed.v1.structure", 1)
    told("jury.application.withdrawn.v1.structure", 3, application_id=sample("jury.application.filed.v1")["subject"])
    told("jury.application.filed.v1.structure", 2)  # overtaken
    for _again in range(2):
        told("mailer.issue.published.v1.pieces", 5)
    with registration_db.reading() as session:
        rows = session.scalars(sa.select(StructureNews).order_by(StructureNews.kind)).all()
    assert [(one.kind, one.state, one.withdrawn_at is not None) for one in rows] == [
        ("application", "filed", True),
        ("article", "", False),
    ]
    assert "retiré" in page_of(registration_client, registration_db, "Lo Camin")


def test_a_merged_name_brings_what_was_told_of_it_and_gives_it_back(
    registration_client: Any, registration_db: Database, sign_in: Any, told: Callable[..., None]
) -> None:
    sign_in(registration_client, "staff")
    told("jury.application.filed.v1.structure", structure="Association Lo Camin", project_title="Un puits")
    told("mailer.issue.published.v1.pieces", pieces=[{"title": "Une classe", "structure": "Lo Camin"}])
    with registration_db.transaction() as session:
        ids = {one.name: one.id for one in session.scalars(sa.select(Structure))}
        done = structures.merge(session, ids["Lo Camin"], ids["Association Lo Camin"], NOW, who="camille")
        merge_id = done.id
    page = page_of(registration_client, registration_db, "Lo Camin")
    assert "Un puits" in page
    assert "Une classe" in page
    with registration_db.transaction() as session:
        structures.undo(session, merge_id, NOW, who="camille")
    assert "Un puits" not in page_of(registration_client, registration_db, "Lo Camin")


def test_who_applies_without_a_structure_makes_none(registration_db: Database, told: Callable[..., None]) -> None:
    told("jury.application.filed.v1", 1)  # a sample of before structures were told
    told("jury.result.published.v1", structure="  ")
    with registration_db.reading() as session:
        assert not session.scalar(sa.select(sa.func.count()).select_from(Structure))
        assert not session.scalar(sa.select(sa.func.count()).select_from(StructureNews))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("madagascar", ["Lo Camin"]),
        ("MADAGASCAR camin", ["Lo Camin"]),
        ("madagascar oasis", []),
        ("senegal", ["Eau Partagée", "Lo Camin"]),
        ("cambodge", ["Eau Partagée"]),
        ("eau propre", ["Eau Partagée"]),
        ("tarn-et-garonne", ["Eau Partagée"]),
        ("classe", ["Lo Camin"]),
        ("%", []),
        ("jardin", []),
        ("amin", []),
        ("adagascar", []),
        ("(", []),
    ],
)
def test_a_country_a_theme_a_departement_or_a_project_leads_to_a_structure(
    words: str, found: list[str], registration_client: Any, registration_db: Database, sign_in: Any, told: Any
) -> None:
    sign_in(registration_client, "auditor")
    with registration_db.transaction() as session:
        event = an_event(session)
        version = forms.current(session, event.id).id
        for number, (name, department, said) in enumerate(PEOPLE):
            data = answers(number, structure=name, department=department)
            person = registering.register(session, event.id, data, BEFORE, site=SITE).registration_id
            for question, words_said in said.items():
                chosen = ["kh", "sn"] if "Cambodia" in words_said else []
                row = {"label": question, "value": chosen, "said": words_said, "sensitive": False, "given_at": BEFORE}
                session.add(FormAnswer(registration_id=person, question=question, version_id=version, **row))
        structures.settle_new(session, NOW)
    told("mailer.issue.published.v1.pieces")
    page = registration_client.get("/equipe/structures/", query_string={"q": words})
    assert sorted(re.findall(r'<th scope="row"><a [^>]*>([^<]*)<', page.text)) == found
    assert ("Cambodge, Sénégal" in page.text, "Cambodia" in page.text) == ("Eau Partagée" in found, False)
