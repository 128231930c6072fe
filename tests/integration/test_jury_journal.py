"""What a batch writes in one statement, and what the tables hold of it with fewer foreign keys."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import CellHistory, Device, Juror, LateEntry, OperationLog, ScoreCell
from services.jury.outbox_file import Kept
from services.jury.use_cases import outbox_files, paper_sheets, rounds
from shared import clock
from tests.jury_room import WHO, Room


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


def test_an_operation_never_names_the_tablet_of_another_juror(room: Room, jury_client: Any) -> None:
    first, second = room.tablet(jury_client, 0), room.tablet(jury_client, 1)
    first.send(first.operation(room.projects[0], "comment", "Clair."))
    with room.db.reading() as session:
        foreign = session.scalars(sa.select(Device.id).where(Device.juror_id == second.juror_id)).one()
    with pytest.raises(sa.exc.IntegrityError, match="fk_operations_device_id"), room.db.transaction() as session:
        session.execute(sa.update(OperationLog).values(device_id=foreign))


def test_every_value_of_the_history_has_its_cell(room: Room, jury_client: Any) -> None:
    """Whoever wrote it: a tablet, the loser of a conflict, the secretary's paper, the late tray."""
    old = room.tablet(jury_client)
    waiting = old.operation(room.projects[0], "comment", "Trop tard pour celle-ci.")
    new = room.tablet(jury_client)
    new.send(new.operation(room.projects[0], "comment", "Avant."), new.operation(room.projects[0], "comment", "Après."))
    _hand_over(room, old.epoch, [waiting])
    with room.db.transaction() as session:
        paper_sheets.enter(
            session, room.round_id, room.jurors[1], room.projects[1], {"comment": "Papier."}, who=WHO, now=clock.now()
        )
    room.close()
    new.send(new.operation(room.projects[2], "feedback", "Après la clôture."))
    with room.db.transaction() as session:
        late = session.scalars(sa.select(LateEntry.id)).one()
        rounds.settle_late(session, room.round_id, late, accept=True, who=WHO, now=clock.now())
    key = ("round_id", "juror_id", "project_id", "field")
    same = sa.and_(*(getattr(CellHistory, name) == getattr(ScoreCell, name) for name in key))
    with room.db.reading() as session:
        found = session.execute(sa.select(CellHistory.source, ScoreCell.version).outerjoin(ScoreCell, same)).all()
    assert sorted(found) == [("file", 2), ("late", 1), ("paper", 1), ("tablet", 2), ("tablet", 2)]


def test_a_file_with_a_link_and_a_score_counts_both_in_the_jurors_version(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    before = room.get(Juror, tablet.juror_id).version
    link = {"project_id": str(room.projects[1]), "kind": "direct", "note": ""}
    _hand_over(room, tablet.epoch, [tablet.operation(room.projects[0], "comment", "Clair.")], [link])
    assert room.get(Juror, tablet.juror_id).version == before + 2


def _hand_over(room: Room, epoch: int, operations: list[Any], conflicts: list[Any] = []) -> None:  # noqa: B006
    juror = room.jurors[0]
    kept = Kept(uuid.UUID(str(juror)), room.round_id, epoch, tuple(operations), tuple(conflicts))
    with room.db.transaction() as session:
        outbox_files.take_in(session, room.round_id, kept, who=WHO, now=clock.now())


def test_the_pack_tells_what_the_chair_decided_about_late_values(room: Room, jury_client: Any) -> None:
    tablet = room.tablet(jury_client)
    room.close()
    sent = [tablet.operation(room.projects[0], field, "Trop tard.") for field in ("comment", "feedback")]
    tablet.send(*sent)
    assert tablet.pack()["decisions"] == []
    with room.db.transaction() as session:
        refused = session.scalars(sa.select(LateEntry.id).where(LateEntry.field == "feedback")).one()
        rounds.settle_late(session, room.round_id, refused, accept=False, who=WHO, now=clock.now())
    (told,) = tablet.pack()["decisions"]
    assert (told["operation_id"], told["field"], told["state"]) == (sent[1]["id"], "feedback", "refused")
