"""The fence of a tablet, looked at again under the juror's lock."""

from __future__ import annotations

from typing import Any

import pytest

from services.jury.models import Recusal
from services.jury.use_cases import operations, tablets
from shared import clock
from shared.db import Database
from tests.jury_room import Room


def test_a_tablet_fenced_between_its_token_and_its_batch_writes_nothing(jury_db: Database, jury_client: Any) -> None:
    room = Room(jury_db)
    old = room.tablet(jury_client)
    with pytest.raises(tablets.Fenced), room.db.transaction() as session:
        device = tablets.authenticate(session, old.token)
        room.tablet(jury_client)
        operations.write(session, device, [old.operation(room.projects[0], "comment", "trop tard")], now=clock.now())
    assert room.cells() == {}


def test_a_tablet_fenced_between_its_token_and_its_links_declares_none(jury_db: Database, jury_client: Any) -> None:
    room = Room(jury_db)
    old = room.tablet(jury_client)
    link = {"project_id": room.projects[0], "kind": "direct", "note": "J’y travaille."}
    with pytest.raises(tablets.Fenced), room.db.transaction() as session:
        device = tablets.authenticate(session, old.token)
        room.tablet(jury_client)
        tablets.confirm(session, device, [link], now=clock.now())
    assert room.count(Recusal) == 0
