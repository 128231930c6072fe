"""Whoever is registered at a workshop's door, taken back and admitted again, before or after it was sent."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright._impl._driver import compute_driver_executable

from services.registration.models import Attendance, Registration, WorkshopAttendance
from services.registration.queries.workshop_attendance import slots
from services.registration.rules.dates import at
from services.registration.use_cases import desk
from shared import clock
from shared.db import Database
from tests.integration.registration_people import DAY, an_event

ROOT = Path(__file__).parents[2]
NOON = at(DAY, dt.time(12))
ROWS = " e eE eD d dD deE e!D !eD e!E !e Fe F!e FefE n !Ne".split(" ")
"""What each letter is says desk_gestures.js."""


def meant(gestures: str) -> tuple[bool, bool]:
    """(in the building, seen in the workshop) after somebody was registered at its door and these gestures."""
    first = seen = True
    second = False
    for one in gestures:
        first = {"D": True, "E": True, "e": False}.get(one, first)
        second = {"F": True, "f": False}.get(one, second)
        seen = {"D": True, "d": False, "e": False}.get(one, seen)
    return first or second, seen


def test_a_newcomer_is_where_the_last_gestures_say_whatever_was_sent_in_between(
    registration_app: Any, registration_db: Database, serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    with registration_db.transaction() as session:
        event = an_event(session, workshops=[[5]])
        event.ends_at += dt.timedelta(days=1)
        room = event.workshops[0].id
        token = desk.pair(session, desk.open_desk(session, event.id, NOON, who="test")[1], NOON)[1]
        days = json.dumps([f"{DAY}", f"{DAY + dt.timedelta(days=1)}"])
        told = json.dumps(slots(session, event.id), default=str)
    shutil.copytree(ROOT / "services/registration/static/desk", tmp_path / "desk")
    shutil.copytree(ROOT / "shared/web/static/outbox", tmp_path / "shared/outbox")
    shutil.copy(Path(__file__).with_name("desk_gestures.js"), tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    node, _cli = compute_driver_executable()
    ran = subprocess.run(
        [node, tmp_path / "desk_gestures.js", serve(registration_app), token, days, told, str(room), *ROWS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    played = json.loads(ran.stdout)
    with registration_db.reading() as session:
        inside = set(session.scalars(sa.select(Attendance.registration_id).where(Attendance.present)))
        where = WorkshopAttendance.workshop_id == room
        seen = set(session.scalars(sa.select(WorkshopAttendance.registration_id).where(where)))
        kept = set(session.scalars(sa.select(Registration.id).where(Registration.status == "confirmed")))
    found, wanted = {}, {}
    for one in played:
        who, gestures = uuid.UUID(one["person"]), one["gestures"]
        found[gestures] = (who in inside, who in seen, who in kept, one["waiting"], one["told"])
        wanted[gestures] = (*meant(gestures), meant(gestures)[0], 0, [])
    assert found == wanted
