"""Which schema describes which event type."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import marshmallow as ma

from shared.errors import ContractError

_TYPE = re.compile(r"^(registration|jury|mailer)\.[a-z_]+\.[a-z_]+\.v[1-9][0-9]*$")
_contracts: dict[str, type[Contract]] = {}


class Contract(ma.Schema):
    """The data of one event type. `thing` names the field that identifies what the fact is about."""

    type: str
    thing: str


def fact(type: str, *, thing: str) -> Callable[[type[Contract]], type[Contract]]:
    """Register a contract under its event type, `<service>.<thing>.<fact>.v<n>`."""

    def register(schema: type[Contract]) -> type[Contract]:
        if not _TYPE.match(type):
            raise ValueError(f"not an event type: {type}")
        if type in _contracts:
            raise ValueError(f"{type} is declared twice")
        schema.type, schema.thing = type, thing
        _contracts[type] = schema
        return schema

    return register


def contracts() -> dict[str, type[Contract]]:
    """Every event type and its contract, by type."""
    from shared.contracts import jury, mailer, registration  # noqa: F401  (declares them)

    return dict(sorted(_contracts.items()))


def contract(type: str) -> type[Contract]:
    """The contract of one event type; raises ContractError when there is none."""
    try:
        return contracts()[type]
    except KeyError:
        raise ContractError(f"unknown event type {type!r}") from None


def dump(type: str, data: dict[str, Any]) -> dict[str, Any]:
    """Plain JSON for `data`, strictly checked: what is published. Raises ContractError."""
    schema = contract(type)(unknown=ma.RAISE)
    plain = schema.dump(data)
    extra = sorted(set(data) - set(schema.fields))
    if extra:
        raise ContractError(f"{type}: unknown fields {', '.join(extra)}")
    try:
        schema.load(plain)
    except ma.ValidationError as error:
        raise ContractError(f"{type}: {error.normalized_messages()}") from error
    return dict(plain)


def load(type: str, plain: dict[str, Any]) -> dict[str, Any]:
    """Python values of a received payload; unknown fields are dropped. Raises ContractError."""
    schema = contract(type)()
    try:
        return dict(schema.load(plain, unknown=ma.EXCLUDE))
    except ma.ValidationError as error:
        raise ContractError(f"{type}: {error.normalized_messages()}") from error
