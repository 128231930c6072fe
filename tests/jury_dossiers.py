"""A call for projects and many filed applications, written at once."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from services.jury.models import Application
from services.jury.use_cases import calls, rulebooks
from shared import clock
from tests.jury_applications import COMPLETE

WHO = "secretaire@agora.example"
SITE = "https://agora.example"


CALL = {
    "preset": "coopdev-2016",
    "title": "Appel à projets 2017",
    "organiser_name": "Réseau Coop d’Oc",
    "organiser_email": "appel@agora.example",
    "funder": "Région d’exemple",
    "cents": 32_000_000,
    "closes_on": dt.date(2030, 3, 31),
}
"""A call of the preset of 2016."""


def open_call(db: Any) -> uuid.UUID:
    with db.transaction() as session:
        call = rulebooks.create_funding(session, CALL, who=WHO, now=clock.now())
        calls.open_call(session, call.id, url=SITE, who=WHO, now=clock.now())
        return call.id


def add_filed(db: Any, call_id: uuid.UUID, *changes: dict[str, str]) -> list[Application]:
    """One filed application per set of changes to COMPLETE, a minute apart. "reference" and "state" are not texts."""
    made = []
    now = clock.now() - dt.timedelta(days=1)
    with db.transaction() as session:
        for at, change in enumerate(changes):
            content = COMPLETE | {key: text for key, text in change.items() if key not in ("reference", "state")}
            state = change.get("state", "filed")
            one = Application(
                call_id=call_id,
                reference=change.get("reference", f"R{at:06}"),
                state=state,
                content=content,
                rulebook_version=1,
                filed={"content": content, "papers": [], "reference": "x", "filed_at": now.isoformat()},
                filed_hash="0" * 64,
                filed_at=now + dt.timedelta(minutes=at),
                complete_until=now + dt.timedelta(days=9) if state == "to_complete" else None,
                article="1" if state == "not_eligible" else "",
                created_at=now,
                updated_at=now,
            )
            session.add(one)
            made.append(one)
    return made
