"""Properties of the envelope: what goes in comes out, and no bytes at all make the reader fall over."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ContractError
from shared.messaging import envelope

SAMPLES = Path(__file__).parent / "samples"
TYPE = "mailer.contact.unsubscribed.v1"

# Text without lone surrogates, which UTF-8 cannot carry, and without NUL, which PostgreSQL cannot keep.
plain_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
instants = st.datetimes(
    dt.datetime(2000, 1, 1),  # noqa: DTZ001  (the strategy adds the zone)
    dt.datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=2)), dt.timezone(-dt.timedelta(hours=3))]),
)
correlations = st.from_regex(r"[A-Za-z0-9._-]{8,64}", fullmatch=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | plain_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(plain_text, inner, max_size=4),
    max_leaves=12,
)


def body(envelope_: dict[str, Any]) -> bytes:
    return json.dumps(envelope_, ensure_ascii=False).encode()


def valid() -> dict[str, Any]:
    return envelope.build(
        event_id=uuid.UUID("01578a5a-1c00-7000-8000-000000000001"),
        type=TYPE,
        thing="contact",
        data={"contact_id": uuid.UUID(int=1), "list": "echo", "at": dt.datetime(2016, 10, 17, tzinfo=dt.UTC)},
        time=dt.datetime(2016, 10, 17, tzinfo=dt.UTC),
        correlation_id="correlation",
        causation_id="",
        traceparent="",
    ) | {"sequence": "1"}


@given(
    event_id=st.uuids(),
    contact=st.uuids(),
    list_=plain_text,
    at=instants,
    time=instants,
    sequence=st.integers(1, 2**31 - 1),
    correlation=correlations,
)
def test_what_goes_in_comes_out(
    event_id: uuid.UUID,
    contact: uuid.UUID,
    list_: str,
    at: dt.datetime,
    time: dt.datetime,
    sequence: int,
    correlation: str,
) -> None:
    built = envelope.build(
        event_id=event_id,
        type=TYPE,
        thing=str(contact),
        data={"contact_id": contact, "list": list_, "at": at},
        time=time,
        correlation_id=correlation,
        causation_id="",
        traceparent="",
    )
    assert envelope.parse(body(built | {"sequence": str(sequence)})) == envelope.Event(
        id=event_id,
        type=TYPE,
        source="/mailer",
        thing=str(contact),
        sequence=sequence,
        time=time,
        data={"contact_id": contact, "list": list_, "at": at},
        correlation_id=correlation,
    )


def parsed_or_refused(raw: bytes) -> envelope.Event | None:
    """ContractError is the only way to say no: anything else would be retried for an hour."""
    try:
        return envelope.parse(raw)
    except ContractError:
        return None


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    assert parsed_or_refused(raw) is None


@given(json_values)
def test_any_json_is_parsed_or_refused(value: Any) -> None:
    assert parsed_or_refused(json.dumps(value).encode()) is None


@given(st.sampled_from([*valid(), "correlationid", "traceparent"]), json_values)
def test_any_one_attribute_may_be_anything(name: str, value: Any) -> None:
    event = parsed_or_refused(body(valid() | {name: value}))
    if event is not None:
        assert event.type == TYPE
        assert event.sequence > 0
        assert event.time.tzinfo is not None


@given(st.sampled_from(["contact_id", "list", "at"]), json_values)
def test_any_one_field_of_the_data_may_be_anything(name: str, value: Any) -> None:
    changed = valid()
    changed["data"] = changed["data"] | {name: value}
    event = parsed_or_refused(body(changed))
    if event is not None:
        assert isinstance(event.data["contact_id"], uuid.UUID)
        assert len(event.data["list"]) <= 60
        assert event.data["at"].tzinfo is not None


@pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type", "subject", "time", "sequence", "data"])
def test_each_attribute_is_missed(attribute: str) -> None:
    complete = valid()
    assert envelope.parse(body(complete)).thing == "contact"
    del complete[attribute]
    with pytest.raises(ContractError):
        envelope.parse(body(complete))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "mailer.contact.unsubscribed.v2"}, "unknown event type"),
        ({"type": "nobody.knows.this.v1"}, "unknown event type"),
        ({"specversion": "0.3"}, "CloudEvents 1.0"),
        ({"sequence": "0"}, "positive"),
        ({"sequence": "-3"}, "positive"),
        ({"sequence": 3}, "sequence"),
        ({"time": "2016-10-17T08:00:00"}, "offset"),
        ({"subject": "a\x00b"}, "subject"),
        ({"id": "1"}, "malformed"),
        ({"data": []}, "data"),
    ],
)
def test_the_reason_is_said(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ContractError, match=reason):
        envelope.parse(body(valid() | changes))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"specversion": "1.0"',
        "é".encode("latin-1"),
        b'{"specversion": "1.0", "data": {}, "type": "' + b"x" * 300_000 + b'"}',
    ],
)
def test_broken_bodies_are_refused(raw: bytes) -> None:
    with pytest.raises(ContractError):
        envelope.parse(raw)


def test_a_nul_character_is_refused_at_once() -> None:
    sample = (SAMPLES / "registration.registration.confirmed.v1.json").read_text(encoding="utf-8")
    envelope.parse(sample.encode())
    message = json.loads(sample)
    message["data"]["person"]["first_name"] = "Zo\x00é"
    with pytest.raises(ContractError, match="NUL"):
        envelope.parse(json.dumps(message).encode())
