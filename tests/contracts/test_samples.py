"""Golden samples: a receiver of today must read every version of every fact that was ever published.

`TYPE.json` is the first of its version; `TYPE.WHAT.json` beside it has the optional fields that came later.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import registry
from shared.errors import ContractError
from shared.messaging import envelope

SAMPLES = Path(__file__).parent / "samples"
TYPES = sorted(registry.contracts())
NAMES = sorted(path.stem for path in SAMPLES.glob("*.json"))


def sample(type: str) -> dict[str, Any]:
    """By type, or by the name of a later one."""
    loaded = json.loads((SAMPLES / f"{type}.json").read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def as_bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


def with_strange_fields(value: Any) -> Any:
    """A copy in which every object has one field more, as a later producer may send it."""
    if isinstance(value, dict):
        return {name: with_strange_fields(inner) for name, inner in value.items()} | {"added_later": {"a": [1]}}
    if isinstance(value, list):
        return [with_strange_fields(inner) for inner in value]
    return value


def test_every_contract_has_a_sample_and_every_sample_a_contract() -> None:
    assert sorted({sample(name)["type"] for name in NAMES}) == TYPES
    assert set(TYPES) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_loads_and_dumps_back_equal(name: str) -> None:
    body = sample(name)
    type = body["type"]
    assert f"{name}.".startswith(f"{type}.")
    event = envelope.parse(as_bytes(body))
    assert (str(event.id), event.type, event.thing) == (body["id"], type, body["subject"])
    assert event.sequence == int(body["sequence"])
    assert event.correlation_id == body["correlationid"]
    assert event.thing == str(event.data[registry.contract(type).thing])
    assert registry.dump(type, event.data) == body["data"]


@pytest.mark.parametrize("type", TYPES)
def test_fields_of_a_later_version_are_dropped(type: str) -> None:
    body = sample(type)
    assert envelope.parse(as_bytes(with_strange_fields(body))) == envelope.parse(as_bytes(body))


@pytest.mark.parametrize("type", TYPES)
def test_a_producer_may_not_add_a_field_on_the_quiet(type: str) -> None:
    data = envelope.parse(as_bytes(sample(type))).data
    with pytest.raises(ContractError, match="added_later"):
        registry.dump(type, data | {"added_later": 1})


@pytest.mark.parametrize("type", TYPES)
def test_each_required_field_is_missed(type: str) -> None:
    required = [name for name, field in registry.contract(type).fields.items() if field.required]
    assert required
    for name in required:
        body = copy.deepcopy(sample(type))
        del body["data"][name]
        with pytest.raises(ContractError, match=name):
            envelope.parse(as_bytes(body))
