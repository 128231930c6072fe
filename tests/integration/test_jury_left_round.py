"""A round that another one followed stands as it was, whatever its members and bearers do since."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries
from services.jury.models import Recusal, Round
from services.jury.use_cases import calls, feedback, members, next_round, signing, tablets
from shared import clock
from shared.errors import RuleError
from tests.integration.test_jury_results import publish, scored, told
from tests.integration.test_jury_second_round import exported, make, open_second, score, sign, this
from tests.jury_room import JURORS, PROJECTS, WHO, Room

MIL, LIGHT, SCHOOLS, WATER = PROJECTS


@pytest.fixture
def first(jury_db: Any, jury_client: Any) -> Room:
    """Closed; the juror of the first place scored everything."""
    return scored(Room(jury_db), jury_client)


def draft(session: Session, room: Room) -> dict[str, Any]:
    return signing.drafted(session, session.get_one(Round, room.round_id))


def test_a_member_who_goes_later_was_of_its_jury(first: Room) -> None:
    with first.db.transaction() as session:
        for juror in first.jurors:
            members_in(session, first, juror)
    make(first)
    with first.db.transaction() as session:
        before = draft(session, first)
        members.leave(session, first.call_id, first.jurors[1], "Empêché.", who=WHO, now=clock.now())
        after = draft(session, first)
    assert before["quorum"] == {"members": 3, "present": 3, "needed": 2}
    assert after["quorum"] == before["quorum"]


def members_in(session: Session, room: Room, juror: Any) -> None:
    from services.jury.use_cases import room as stage

    stage.note_presence(session, room.round_id, juror, "present", who=WHO, now=clock.now())


def test_its_minutes_tell_the_recusals_as_they_stood(first: Room) -> None:
    first.recuse(1, 0)
    first.recuse(2, 3)
    with first.db.transaction() as session:
        lifted = session.scalars(sa.select(Recusal.id).where(Recusal.juror_id == first.jurors[2])).one()
        calls.lift_recusal(session, lifted, who=WHO, now=clock.now())
    make(first)
    with first.db.transaction() as session:
        before = draft(session, first)["recusals"]
        standing = session.scalars(sa.select(Recusal.id).where(Recusal.juror_id == first.jurors[1])).one()
        calls.lift_recusal(session, standing, who=WHO, now=clock.now())
    first.recuse(0, 1)
    with first.db.reading() as session:
        after = draft(session, first)["recusals"]
    assert [(one["project"], one["lifted_at"] is None) for one in before] == [(1, True), (4, False)]
    assert after == before
