"""What the mailer tells of a mail, as its facts."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

from shared.db import Database, new_id
from shared.messaging import consumer, envelope
from shared.messaging.handlers import Handlers


def tell(
    db: Database,
    handlers: Handlers,
    state: str,
    about: uuid.UUID | str,
    template: str,
    *,
    at: dt.datetime,
    message: uuid.UUID | None = None,
    asked: bool = True,
    **more: Any,
) -> str:
    """Hand the fact over as the broker does; what came of it. message: one mail, for several facts about it.
    asked: whether a fact of another service asked for the mail, and not a letter or a program."""
    if state in ("refused", "bounced"):
        more = {"status": "5.1.1", "reason": "user-unknown", "verdict": "remove"} | more
    message = message or new_id()
    data = {
        "message_id": message,
        "template": template,
        "event_id": uuid.uuid4() if asked else None,
        "about": str(about),
        "at": at,
    }
    told = envelope.build(
        event_id=uuid.uuid4(),
        type=f"mailer.message.{state}.v1",
        thing=str(message),
        data=data | more,
        time=at,
        correlation_id="",
        causation_id="",
        traceparent="",
    )
    return consumer.receive(db, handlers, json.dumps(told | {"sequence": "1"}).encode())
