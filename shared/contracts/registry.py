"""Which schema describes which event type."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar

import marshmallow as ma

from shared.contracts import plain
from shared.errors import ContractError

_TYPE = re.compile(r"^(registration|jury|mailer)\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$")
_contracts: dict[str, type[Contract]] = {}


class Contract(ma.Schema):
    """The data of one event type. `thing` names the field that identifies what the fact is about."""

    event_type: ClassVar[str]
    thing: ClassVar[str]


def fact(event_type: str, *, thing: str) -> Callable[[type[Contract]], type[Contract]]:
    """Register a contract under its event type, `<service>.<thing>.<fact>.v<n>`."""

    def register(schema: type[Contract]) -> type[Contract]:
        if not _TYPE.match(event_type):
            raise ValueError(f"not an event type: {event_type}")
        if event_type in _contracts:
            raise ValueError(f"{event_type} is declared twice")
        schema.event_type, schema.thing = event_type, thing
        _contracts[event_type] = schema
        return schema

    return register


def contracts() -> dict[str, type[Contract]]:
    """Every event type and its contract, by type."""
    from shared.contracts import gatherings, invitations, jury, mailer, registration  # noqa: F401  (declares them)

    return dict(sorted(_contracts.items()))


@cache
def contract(event_type: str) -> Contract:
    """The contract of one event type; raises ContractError when there is none."""
    try:
        return contracts()[event_type]()
    except KeyError:
        raise ContractError(f"unknown event type {event_type!r}") from None


def dump(event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON for `data`, strictly checked at every depth: what is published. Raises ContractError."""
    schema = contract(event_type)
    try:
        return dict(_writer(event_type)(data))
    except (plain.Doubtful, ma.ValidationError):
        pass  # or marshmallow says what is wrong
    if strangers := list(_strangers(schema, data)):
        raise ContractError(f"{event_type}: unknown fields {', '.join(strangers)}")
    dumped = schema.dump(data)
    load(event_type, dumped)
    return dict(dumped)


@cache
def _writer(event_type: str) -> plain.Writer:
    return plain.writer(contract(event_type))


def load(event_type: str, received: dict[str, Any]) -> dict[str, Any]:
    """Python values of a received payload; unknown fields are dropped. Raises ContractError.

    Text that PostgreSQL cannot keep is refused here, or a handler would try in vain for an hour.
    """
    if any(plain.UNSTORABLE.search(words) for words in _texts(received)):
        raise ContractError(f"{event_type}: a text holds NUL or half a character")
    try:
        return dict(contract(event_type).load(received, unknown=ma.EXCLUDE))
    except ma.ValidationError as error:
        raise ContractError(f"{event_type}: {error.messages}") from error


def _texts(value: Any) -> Iterator[str]:
    """Every string inside plain JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _strangers(schema: ma.Schema, data: Any, path: str = "") -> Iterator[str]:
    """Paths in `data` that the schema does not know and would silently drop."""
    if not isinstance(data, dict):
        return
    for name, value in data.items():
        known = schema.fields.get(name)
        if known is None:
            yield path + name
        elif isinstance(known, ma.fields.Nested):
            yield from _strangers(known.schema, value, f"{path}{name}.")
        elif isinstance(known, ma.fields.List) and isinstance(known.inner, ma.fields.Nested):
            for item in value or []:
                yield from _strangers(known.inner.schema, item, f"{path}{name}.")
