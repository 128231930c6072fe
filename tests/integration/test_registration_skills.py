"""Skills that are lent: shown to the few projects they suit, with the reasons; no day is given twice."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.registration.handlers import handlers
from services.registration.models.skills import SkillMatch, SkillNeed
from services.registration.queries import skills as queries
from services.registration.rules import skills as rules
from services.registration.rules.skills import Need, Offer, reasons
from services.registration.use_cases import skills, structures
from shared import clock
from shared.db import Database, new_id
from shared.errors import RuleError
from shared.messaging import envelope
from tests.integration.registration_people import NOW, an_event

SAMPLES = Path(__file__).parent.parent / "contracts" / "samples"
PAGE = "/equipe/competences/"
WHO = "camille@agora.example"
WATER = Offer("Hydrogéologue, forages", frozenset({"6"}), frozenset({"KH", "CN"}), 5)


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


@pytest.fixture
def company(registration_db: Database) -> uuid.UUID:
    with registration_db.transaction() as session:
        return structures.settle(session, "Eaux du Sud", "company", NOW)


def tell(db: Database, type: str = "filed", sequence: int = 1, thing: str = "", **change: Any) -> None:
    """The jury's fact of an application; need=None: it lacks nothing."""
    sample = f"jury.application.{type}.v1" + (".need" if type == "filed" else "") + ".json"
    body = json.loads((SAMPLES / sample).read_text())
    thing = thing or body["subject"]
    body |= {"id": str(new_id()), "sequence": str(sequence), "subject": thing}
    body["data"] |= {"application_id": thing} | change
    body["data"] = {name: value for name, value in body["data"].items() if value is not None}
    event = envelope.parse(json.dumps(body).encode())
    handler = handlers.find(f"jury.application.{type}.v1")
    assert handler
    with db.transaction() as session:
        handler(session, event)


def offer(db: Database, company: uuid.UUID, days: int = 5, **change: Any) -> uuid.UUID:
    given = {"skills": "Un hydrogéologue pour des forages", "goals": ["6"], "zones": ["KH"]} | change
    with db.transaction() as session:
        return skills.offer(session, company, skills.Draft(days=days, **given), NOW, who=WHO).id


def board(db: Database) -> queries.Board:
    with db.reading() as session:
        return queries.board(session, NOW.date())


@pytest.mark.parametrize(
    ("need", "why"),
    [
        (Need("Placer un forage", frozenset(), "KH", 3), ["words", "zone", "days"]),
        (Need("Former un comité", frozenset({"6"}), "CN-SC", 9), ["goal", "zone"]),
        (Need("Placer un forage", frozenset({"6"}), "SN", 3), []),
        (Need("Comptabilité", frozenset({"4"}), "KH", 1), []),
        (Need("Le toit", frozenset({"6"}), "", None), []),
    ],
    ids=["the same words", "a part of a country, too many days", "elsewhere", "nothing in common", "nobody said where"],
)
def test_an_offer_suits_what_it_is_about_where_it_can_go(need: Need, why: list[str]) -> None:
    assert reasons(WATER, need) == why


@given(st.integers(0, 400))
def test_an_offer_in_water_shows_to_a_few_projects_not_to_all(others: int) -> None:
    lacking = [(number, Need("Comptabilité", frozenset({str(number % 5 + 1)}), "KH", 1)) for number in range(others)]
    lacking += [(1000 + number, Need("Forages", frozenset({"6"}), "KH", 2)) for number in range(3)]
    assert [thing for thing, _why in rules.suited(WATER, lacking)] == [1000, 1001, 1002]


def test_what_the_jury_tells_comes_and_goes_with_the_application(registration_db: Database) -> None:
    for type, change, stands in (
        ("filed", {}, True),
        ("withdrawn", {}, False),
        ("restored", {"need": {"skills": "Un maçon", "days": None, "goals": [], "place": ""}}, True),
        ("filed", {"need": None}, False),
    ):
        sequence = {"filed": 1, "withdrawn": 2, "restored": 3}[type] if change != {"need": None} else 4
        tell(registration_db, type, sequence, "0157895b-2b60-7c11-9d53-2f7f5c3f9a10", **change)
        assert bool(board(registration_db).needs) is stands, (type, change)


def test_days_are_agreed_once_and_no_more_than_there_are(
    staff: Any, registration_db: Database, company: uuid.UUID
) -> None:
    tell(registration_db)
    other = str(uuid.uuid4())
    tell(registration_db, thing=other, project_title="Des puits")
    made = offer(registration_db, company)
    page = staff.get(PAGE).text
    assert "Des puits" in page
    assert "les mêmes mots" in page
    with registration_db.reading() as session:
        (first,) = session.scalars(sa.select(SkillNeed.application_id).where(SkillNeed.title != "Des puits"))
    assert staff.post(f"{PAGE}{made}/projets/{first}", data={"days": "6"}).status_code == 409
    assert staff.post(f"{PAGE}{made}/projets/{first}", data={"days": "0"}).status_code == 422
    assert staff.post(f"{PAGE}{made}/projets/{first}", data={"days": "beaucoup"}).status_code == 422
    assert staff.post(f"{PAGE}{made}/projets/{first}", data={"days": "4"}).status_code == 303
    assert staff.post(f"{PAGE}{made}/projets/{first}", data={"days": "1"}).status_code == 409
    with registration_db.transaction() as session, pytest.raises(RuleError, match="plus autant de jours"):
        skills.agree(session, made, uuid.UUID(other), 2, NOW, who=WHO)
    (one,) = board(registration_db).offers
    assert one.left == 1
    with registration_db.reading() as session:
        (match,) = session.scalars(sa.select(SkillMatch))
    assert staff.post(f"{PAGE}accords/{match.id}", data={"days": "5"}).status_code == 422
    assert staff.post(f"{PAGE}accords/{match.id}", data={"days": "3"}).status_code == 303
    assert staff.post(f"{PAGE}accords/{match.id}/annuler").status_code == 409
    with registration_db.reading() as session:
        assert queries.counted(session, NOW.date().replace(day=1, month=1), NOW.date().replace(year=2040)) == (4, 3)
    with registration_db.transaction() as session:
        an_event(session, capacity=20)
    year = staff.get("/equipe/bilan/").text
    assert "<b>4</b>jours de compétences convenus" in year
    assert "<b>3</b>jours de compétences faits" in year
    assert "jours de compétences faits;3;tout le réseau" in staff.get("/equipe/bilan/chiffres.csv").text


def test_what_is_undone_or_withdrawn_is_free_or_gone(staff: Any, registration_db: Database, company: uuid.UUID) -> None:
    tell(registration_db)
    made = offer(registration_db, company)
    with registration_db.transaction() as session:
        (need,) = session.scalars(sa.select(SkillNeed.application_id))
        match = skills.agree(session, made, need, 5, NOW, who=WHO).id
    assert staff.post(f"{PAGE}{made}/retirer").status_code == 303
    assert [one.left for one in board(registration_db).offers] == [0], "its days are still to be noted"
    assert staff.post(f"{PAGE}accords/{match}/annuler").status_code == 303
    made = offer(registration_db, company)
    assert board(registration_db).offers[0].left == 5
    assert staff.post(f"{PAGE}{made}/retirer").status_code == 303
    assert board(registration_db).offers == []
    assert [one.title for one in board(registration_db).alone] == ["De l’eau à Battambang"]


def test_an_offer_that_is_over_helps_nobody_any_more(registration_db: Database, company: uuid.UUID) -> None:
    tell(registration_db)
    made = offer(registration_db, company, until=NOW.date())
    with registration_db.reading() as session:
        (need,) = session.scalars(sa.select(SkillNeed.application_id))
    with registration_db.transaction() as session, pytest.raises(RuleError, match="n’est plus là"):
        skills.agree(session, made, need, 1, NOW + dt.timedelta(days=1), who=WHO)
    with registration_db.transaction() as session:
        skills.agree(session, made, need, 1, NOW, who=WHO)
    assert board(registration_db).needs == 0


def test_what_was_typed_stays_when_it_is_refused(staff: Any, company: uuid.UUID) -> None:
    typed = {"skills": "Comptabilité", "days": "3", "goals": ["4"], "zones": ["SN", "ZZ"]}
    for wrong in ({"days": "0"}, {"skills": ""}, {"until": "2001-01-01"}):
        answer = staff.post(f"{PAGE}nouvelle/{company}", data=typed | wrong)
        assert answer.status_code == 422
        assert re.search(r'value="SN"[^>]*checked', answer.text)
    assert staff.post(f"{PAGE}nouvelle/{company}", data=typed).status_code == 303
    assert "Comptabilité" in staff.get(PAGE).text
