"""Projects of one call that ask for different years: each is paid over its own, as it asked."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Award, Pot, Project
from services.jury.use_cases import awards, reviews
from shared import clock
from shared.errors import RuleError
from tests.jury_dossiers import SITE, WHO, add_filed, open_call

ASKED = (
    {"structure": "A", "title": "Deux ans", "request_1": "5 000", "request_2": "3 000", "request_3": ""},
    {"structure": "B", "title": "Un an", "request_1": "4 000", "request_2": "", "request_3": ""},
    {"structure": "C", "title": "Sans rang", "request_1": "1 000", "request_2": "", "request_3": ""},
)


@pytest.fixture
def projects(jury_db: Any) -> list[uuid.UUID]:
    filed = [one.id for one in add_filed(jury_db, open_call(jury_db), *ASKED)]
    with jury_db.transaction() as session:
        return [reviews.accept(session, one, site=SITE, who=WHO, now=clock.now()).id for one in filed]


def fix(db: Any, projects: list[uuid.UUID], *asked: int, years: int) -> uuid.UUID:
    """The pot of 20,000 €, the first two ranked. Returns the round."""
    with db.transaction() as session:
        round_id = queries.rounds_of(session, session.get_one(Project, projects[0]).call_id)[0].id
        data = {"envelope": 2_000_000, "years": years}
        data |= {"wishes": {project: (cents, 1) for project, cents in zip(projects, asked, strict=True)}}
        awards.set_pot(session, round_id, data, who=WHO, now=clock.now())
        session.execute(sa.update(Pot).values(decided_at=clock.now()))
        for place, project in enumerate(projects[:2], start=1):
            session.execute(sa.update(Award).where(Award.project_id == project).values(rank=place, state="reserve"))
    return round_id


def give(db: Any, round_id: uuid.UUID, project: uuid.UUID, cents: int) -> tuple[int, int, int]:
    with db.transaction() as session:
        one = session.scalars(sa.select(Award).where(Award.project_id == project)).one()
        awards.change(session, round_id, one.id, cents, who=WHO, now=clock.now())
        return one.year_1, one.year_2, one.year_3


def test_each_award_is_paid_over_the_years_that_its_project_asked_for(jury_db: Any, projects: list[uuid.UUID]) -> None:
    round_id = fix(jury_db, projects, 800_000, 400_000, 100_000, years=2)
    assert give(jury_db, round_id, projects[0], 800_000) == (500_000, 300_000, 0)
    assert give(jury_db, round_id, projects[1], 400_000) == (400_000, 0, 0)
    assert give(jury_db, round_id, projects[0], 400_001) == (250_001, 150_000, 0), "cut in proportion"


def test_paid_in_fewer_years_than_asked_an_award_is_paid_in_equal_parts(
    jury_db: Any, projects: list[uuid.UUID]
) -> None:
    with pytest.raises(RuleError, match="plafond"):
        fix(jury_db, projects, 800_000, 400_000, 100_000, years=1)
    round_id = fix(jury_db, projects, 500_000, 400_000, 100_000, years=1)
    assert give(jury_db, round_id, projects[0], 500_000) == (500_000, 0, 0)


def test_a_year_at_a_time_the_envelope_counts_what_falls_in_the_first(jury_db: Any, projects: list[uuid.UUID]) -> None:
    round_id = fix(jury_db, projects, 800_000, 400_000, 100_000, years=2)
    with jury_db.transaction() as session:
        session.execute(sa.update(Pot).values(yearly=True, envelope=899_999))
    give(jury_db, round_id, projects[0], 800_000)
    with pytest.raises(RuleError, match="enveloppe"):
        give(jury_db, round_id, projects[1], 400_000)
    assert give(jury_db, round_id, projects[1], 399_999) == (399_999, 0, 0)
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Pot)).one().committed == 899_999


def test_the_table_of_awards_shows_each_one_s_years_and_the_unranked_last(
    jury_db: Any, projects: list[uuid.UUID], jury_client: Any, sign_in: Callable[..., Any]
) -> None:
    round_id = fix(jury_db, projects[::-1], 100_000, 400_000, 800_000, years=2)
    for project, cents in zip(projects[1:], (400_000, 100_000), strict=True):
        give(jury_db, round_id, project, cents)
    sign_in(jury_client, "secretary")
    page = jury_client.get(f"/equipe/tours/{round_id}/aides/").get_data(as_text=True)
    assert "sur 2\u00a0ans au plus" in page or "sur 2 ans au plus" in page
    at = [page.index(title) for title in ("Sans rang", "Un an", "Deux ans")]
    assert at == sorted(at)
    assert "2\u202f000,00" not in page
    assert "2\u202f000\u00a0€ + 2\u202f000" not in page
