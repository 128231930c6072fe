"""CloudEvents 1.0, structured JSON mode: what travels in the body of a message.

Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, with the documented extensions
`sequence` (a decimal string, growing per thing), `correlationid`, `causationid` and `traceparent`.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from typing import Any

from shared.contracts import registry
from shared.errors import ContractError

CONTENT_TYPE = "application/cloudevents+json"
MAX_BYTES = 256 * 1024


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact as a handler sees it. `sequence` grows with each fact about the same `thing`."""

    id: uuid.UUID
    type: str
    source: str
    thing: str
    sequence: int
    time: dt.datetime
    data: dict[str, Any]
    correlation_id: str = ""
    causation_id: str | None = None
    traceparent: str | None = None


def build(
    *,
    event_id: uuid.UUID,
    type: str,
    thing: str,
    data: dict[str, Any],
    time: dt.datetime,
    correlation_id: str,
    causation_id: str,
    traceparent: str,
) -> dict[str, Any]:
    """The envelope without its sequence, which the outbox assigns as it inserts. Raises ContractError."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"/{type.split('.', 1)[0]}",
        "type": type,
        "subject": thing,
        "time": time.isoformat(),
        "datacontenttype": "application/json",
        "data": registry.dump(type, data),
    }
    extensions = {
        "correlationid": correlation_id,
        "causationid": causation_id,
        "traceparent": traceparent,
    }
    return envelope | {name: value for name, value in extensions.items() if value}


def parse(body: bytes) -> Event:
    """The event in a message's body. Raises ContractError, saying why, for whatever else the bytes are."""
    if len(body) > MAX_BYTES:
        raise ContractError(f"the body has {len(body)} bytes, more than {MAX_BYTES}")
    try:
        envelope = json.loads(body.decode("utf-8"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ContractError(f"the body is not JSON in UTF-8: {type(error).__name__}") from error
    if not isinstance(envelope, dict):
        raise ContractError("the body is not a JSON object")
    if envelope.get("specversion") != "1.0":
        raise ContractError("not a CloudEvents 1.0 envelope")
    kind = _text(envelope, "type")
    data = envelope.get("data")
    if not isinstance(data, dict):
        raise ContractError("data is not an object")
    try:
        event_id = uuid.UUID(_text(envelope, "id"))
        time = dt.datetime.fromisoformat(_text(envelope, "time"))
        sequence = int(_text(envelope, "sequence"))
    except ValueError as error:
        raise ContractError(f"malformed attribute: {error}") from error
    if time.tzinfo is None or not 0 < sequence < 2**31:
        raise ContractError("time needs an offset and sequence a positive number")
    return Event(
        id=event_id,
        type=kind,
        source=_text(envelope, "source"),
        thing=_text(envelope, "subject"),
        sequence=sequence,
        time=time,
        data=registry.load(kind, data),
        correlation_id=_text(envelope, "correlationid", ""),
        causation_id=_text(envelope, "causationid", "") or None,
        traceparent=_text(envelope, "traceparent", "") or None,
    )


def _text(envelope: dict[str, Any], name: str, default: str | None = None) -> str:
    value = envelope.get(name, default)
    if not isinstance(value, str) or len(value) > 1000 or "\x00" in value:
        raise ContractError(f"{name} is missing or not text")
    return value
