"""What a workshop brought back waits on the contribution desk of the next number."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa

from services.mailer import contributions, issues, restitutions
from services.mailer.models.issues import TEXT_LIMIT, Contribution
from shared.clock import PARIS
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_mailer_handlers import event, handle

NOW = dt.datetime(2016, 10, 14, 12, tzinfo=PARIS)


def an_issue(db: Database, number: int, until: dt.date | None) -> None:
    data = {"number": number, "title": "L’Écho", "planned_on": dt.date(2016, 12, 1), "contributions_on": until}
    with db.transaction() as session:
        issues.create(session, data, who="test", now=NOW)


def test_a_restitution_waits_for_the_editor_under_the_organisers_name(mailer_db: Database) -> None:
    an_issue(mailer_db, 34, dt.date(2016, 10, 1))
    an_issue(mailer_db, 35, dt.date(2016, 11, 15))
    fact = event("registration.workshop.restituted.v1")
    handle(mailer_db, fact)
    with mailer_db.transaction() as session:
        (received,) = session.scalars(sa.select(Contribution)).all()
        assert (received.issue.number, received.state, received.section) == (35, "received", "members")
        assert received.contributor.structure == fact.data["organiser"]["name"]
        assert received.text.startswith("Constats\u202f: ")
        assert "Suites\u202f: " in received.text
        data = {name: getattr(received, name) for name in ("section", "title", "text", "link", "credit")}
        contributions.accept(session, received.id, data, who="editor", now=NOW)
        session.expire_all()
        (item,) = issues.get(session, received.issue_id).items
        assert (item.structure, item.credit) == (fact.data["organiser"]["name"], fact.data["host"])


def test_without_a_number_to_come_the_fact_is_kept_for_later(mailer_db: Database) -> None:
    with pytest.raises(RuleError, match="ouvrez le prochain"):
        handle(mailer_db, event("registration.workshop.restituted.v1"))


@pytest.mark.parametrize("lengths", [(3000, 3000, 3000), (10, 3000, 10), (3000, 1, 1), (100,), (600,)])
def test_no_part_is_left_out_and_all_fit_an_item(lengths: tuple[int, ...]) -> None:
    heads = ("Constats", "Propositions", "Suites")
    parts = [(head, ("mot " * length)[:length]) for head, length in zip(heads, lengths, strict=False)]
    text = restitutions.shortened(parts)
    assert TEXT_LIMIT - 60 < len(text) <= TEXT_LIMIT or sum(lengths) < TEXT_LIMIT
    assert len(text) <= TEXT_LIMIT
    assert all(head in text for head, _ in parts)
