"""The secretary's list of applications: what the address keeps, and how much is asked of the database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from tests.jury_dossiers import add_filed, open_call


@pytest.fixture
def staff(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def titles(page: str) -> list[str]:
    return re.findall(r'<th scope="row"><div><a [^>]*>([^<]*)</a>', page)


@contextmanager
def statements(db: Any) -> Iterator[list[str]]:
    """What is sent to the database inside the block."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)


def test_the_address_keeps_the_search_and_every_filter(staff: Any, jury_db: Any) -> None:
    call_id = open_call(jury_db)
    add_filed(
        jury_db,
        call_id,
        {"title": "Un puits", "place": "SN", "goal_1": "6", "theme": "Eau"},
        {"title": "Un second puits", "place": "SN", "goal_1": "6", "theme": "Eau", "state": "to_complete"},
        {"title": "Une école", "place": "CN-SC", "goal_2": "4", "theme": "École", "state": "not_eligible"},
    )
    where = f"/equipe/appels/{call_id}/dossiers"
    assert len(titles(staff.get(where).text)) == 3
    page = staff.get(where, query_string={"q": "ecole", "zone": "CN", "odd": "4", "theme": "ecole"}).text
    assert titles(page) == ["Une école"]
    page = staff.get(where, query_string={"etat": "to_complete", "odd": "6"}).text
    assert titles(page) == ["Un second puits"]
    assert "6. Eau propre et assainissement (1)" in page
    assert f"{where}?etat=filed&amp;odd=6" in page, "another state keeps the other filters"
    assert "Tout montrer" in staff.get(where, query_string={"q": "rien de tel"}).text


def test_an_address_that_nobody_made_shows_a_page(staff: Any, jury_db: Any) -> None:
    call_id = open_call(jury_db)
    add_filed(jury_db, call_id, {})
    for odd in (
        {"page": "x"},
        {"page": "-3"},
        {"page": "9" * 30},
        {"sort": "id", "direction": "up"},
        {"q": "%'<b>"},
    ):
        assert staff.get(f"/equipe/appels/{call_id}/dossiers", query_string=odd).status_code == 200


def test_three_hundred_cost_as_few_statements_as_three(staff: Any, jury_db: Any) -> None:
    few, many = open_call(jury_db), open_call(jury_db)
    add_filed(jury_db, few, {}, {}, {})
    add_filed(jury_db, many, *({"reference": f"M{at:06}", "goal_1": str(at % 17 + 1)} for at in range(300)))
    sent = {}
    for call_id in (few, many):
        with statements(jury_db) as sent[call_id]:
            page = staff.get(f"/equipe/appels/{call_id}/dossiers", query_string={"page": "6"}).text
    assert len(titles(page)) == 50
    assert len(sent[many]) == len(sent[few]) <= 6
    assert not any("applications.filed," in one for one in sent[many]), "the whole dossiers stay where they are"
