"""What is plainly right becomes JSON without marshmallow, which stays the judge of everything else.

A fact is checked as it is written, while somebody waits for a page and others wait for the lock of an event. Of a
contract's fields most hold a text that is short enough, an id, an instant: to see that takes a tenth of the time that
marshmallow takes (docs/decisions/0482). Whatever is not plainly right, or of a kind that is not told here, is Doubtful.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What PostgreSQL cannot keep: NUL, and half a character."""

Writer = Callable[[Any], Any]


class Doubtful(Exception):
    """Not plainly right: marshmallow has to look at it."""


def writer(schema: ma.Schema) -> Writer:
    """Makes of what `schema` describes the JSON that its `dump` makes, if its `load` would take that.

    Raises Doubtful, or what a validator raises.
    """
    if any(schema._hooks.values()):
        return _doubt
    parts = [(name, field.required, _checked(field)) for name, field in schema.fields.items()]
    names = schema.fields.keys()

    def write(data: Any) -> dict[str, Any]:
        if type(data) is not dict or not data.keys() <= names:
            raise Doubtful
        plain = {}
        for name, required, part in parts:
            if name in data:
                plain[name] = part(data[name])
            elif required:
                raise Doubtful
        return plain

    return write


def _checked(field: fields.Field[Any]) -> Writer:
    special = (field.data_key, field.attribute, field.pre_load, field.post_load, field.load_only, field.dump_only)
    checks = tuple(field.validators)
    if any(special) or field.dump_default is not ma.missing or type(field) not in _KINDS:
        return _doubt
    if not all(isinstance(check, validate.Validator) for check in checks):
        return _doubt
    write, may_be_none = _KINDS[type(field)](field), field.allow_none

    def checked(value: Any) -> Any:
        if value is None and may_be_none:
            return None
        plain = write(value)
        for check in checks:
            check(value)
        return plain

    return checked


def _doubt(_value: Any) -> Any:
    raise Doubtful


def _text(value: Any) -> str:
    if type(value) is not str or ("\x00" in value if value.isascii() else UNSTORABLE.search(value)):
        raise Doubtful
    return value


def _same(kind: type) -> Writer:
    def write(value: Any) -> Any:
        if type(value) is not kind:
            raise Doubtful
        return value

    return write


def _identifier(value: Any) -> str:
    if type(value) is not uuid.UUID:
        raise Doubtful
    return str(value)


def _instant(value: Any) -> str:
    if type(value) is not dt.datetime or value.tzinfo is None:
        raise Doubtful
    return value.isoformat()


def _date(value: Any) -> str:
    if type(value) is not dt.date:
        raise Doubtful
    return value.isoformat()


def _iso(write: Writer) -> Callable[[Any], Writer]:
    return lambda field: write if field.format in (None, "iso") else _doubt


def _nested(field: fields.Nested) -> Writer:
    return _doubt if field.many or field.only or field.exclude else writer(field.schema)


def _list(field: fields.List[Any]) -> Writer:
    part = _checked(field.inner)

    def write(value: Any) -> list[Any]:
        if type(value) is not list:
            raise Doubtful
        return [part(one) for one in value]

    return write


_KINDS: dict[type, Callable[[Any], Writer]] = {
    fields.String: lambda _field: _text,
    fields.Email: lambda _field: _text,
    fields.Boolean: lambda _field: _same(bool),
    fields.Integer: lambda _field: _same(int),
    fields.UUID: lambda _field: _identifier,
    fields.AwareDateTime: _iso(_instant),
    fields.Date: _iso(_date),
    fields.Nested: _nested,
    fields.List: _list,
}
