"""What is written without marshmallow is what marshmallow would have written, and nothing it would have refused."""

from __future__ import annotations

import copy
import datetime as dt
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import marshmallow as ma
import pytest

from shared.contracts import plain, registry
from shared.errors import ContractError

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*.json"))
NAIVE = dt.datetime(2016, 10, 14, 9)  # noqa: DTZ001
ODD: list[Any] = [
    None,
    "",
    "x" * 5000,
    "a\x00b",
    "\ud800",
    "é\x00",
    b"x",
    -1,
    0,
    2**40,
    1.5,
    True,
    NAIVE,
    NAIVE.date(),
    [],
    {},
]
ODD += [[None], {"a": 1}, uuid.UUID(int=1), NAIVE.replace(tzinfo=dt.UTC), ("x",)]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_is_plainly_right(sample: Path) -> None:
    event_type, data = _data(sample)
    assert plain.writer(registry.contract(event_type))(data) == registry.contract(event_type).dump(data)


@pytest.mark.slow
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_what_marshmallow_refuses_is_never_plainly_right(sample: Path) -> None:
    event_type, data = _data(sample)
    write = plain.writer(registry.contract(event_type))
    for changed in _changed(data):
        try:
            written = write(changed)
        except (plain.Doubtful, ma.ValidationError):
            continue
        assert written == registry.contract(event_type).dump(changed)
        registry.load(event_type, written)
        assert not list(registry._strangers(registry.contract(event_type), changed))


def test_a_rule_about_a_whole_fact_is_marshmallows() -> None:
    class Pair(ma.Schema):
        least = ma.fields.Integer()

        @ma.validates_schema
        def never(self, *_given: Any, **_more: Any) -> None:
            raise ma.ValidationError("never")

    with pytest.raises(plain.Doubtful):
        plain.writer(Pair())({"least": 1})


def test_what_is_wrong_is_said_by_marshmallow() -> None:
    event_type, data = _data(SAMPLES[0])
    with pytest.raises(ContractError, match="unknown fields surprise"):
        registry.dump(event_type, data | {"surprise": 1})


def _data(sample: Path) -> tuple[str, dict[str, Any]]:
    event = json.loads(sample.read_text(encoding="utf-8"))
    return event["type"], registry.load(event["type"], event["data"])


def _changed(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same with one value changed, one missing or one too many."""
    for path in _paths(data):
        for odd in [*ODD, ...]:
            changed = copy.deepcopy(data)
            within: Any = changed
            for step in path[:-1]:
                within = within[step]
            if odd is not ...:
                within[path[-1]] = odd
            elif isinstance(within, dict):
                del within[path[-1]]
                yield changed
                within["surprise"] = "x"
            yield changed


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield from _paths(one, (*path, step))
