"""What the jury does without a browser: its commands, and the facts it receives."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from services.jury.handlers import handlers
from services.jury.models import Call, Juror, Project
from shared import clock
from shared.messaging.envelope import Event


def test_seed_makes_a_tribune_once(jury_db: Any, environment_of: Callable[[str, str], dict[str, str]]) -> None:
    environment = os.environ | environment_of("jury", jury_db.url)
    command = [sys.executable, "-m", "services.jury", "seed"]
    first = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "/equipe/appels/" in first.stdout
    second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert "nothing was added" in second.stdout
    with jury_db.reading() as session:
        counts = [session.scalar(sa.select(sa.func.count()).select_from(m)) for m in (Call, Project, Juror)]
        state = session.scalars(sa.select(Call.state)).one()
    assert counts == [1, 4, 3]
    assert state == "open"


def test_a_revoked_session_opens_nothing_here(jury_db: Any, jury_client: Any, sign_in: Callable[..., Any]) -> None:
    staff = sign_in(jury_client, "secretary")
    assert jury_client.get("/equipe/").status_code == 200
    handler = handlers.find("registration.staff.revoked.v1")
    assert handler is not None
    event = Event(
        id=uuid.uuid4(),
        type="registration.staff.revoked.v1",
        source="agora/registration",
        thing=str(staff.id),
        sequence=1,
        time=clock.now(),
        data={"staff_id": staff.id, "not_before": clock.now() + dt.timedelta(seconds=1)},
        correlation_id="test",
        causation_id=None,
        traceparent=None,
    )
    with jury_db.transaction() as session:
        handler(session, event)
    assert jury_client.get("/equipe/").status_code == 303
