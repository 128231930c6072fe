"""The programs' interface on a page for people, drawn from its own description. Next: services/registration/api.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template

from shared.web import settings

blueprint = Blueprint("api_page", __name__)

FOR_PARTNERS = ("api", "program_api")
METHODS = ("get", "post", "put", "patch", "delete")

Line = tuple[str, str, str]
"""Name, type, what is said of it."""


@dataclass(frozen=True)
class Operation:
    """One request: what may be asked, what comes back, and by which status it is refused."""

    method: str
    path: str
    summary: str
    token: bool
    asked: list[Line]
    given: list[Line]
    refused: list[tuple[str, str]]


@blueprint.get("/api/")
def index() -> str:
    """Public, like the description that it is drawn from."""
    (api,) = current_app.extensions["flask-smorest"]["apis"].values()
    described = api["ext_obj"].spec.to_dict()
    return render_template("programs/api.html", operations=list(operations(described)), address=settings().public_url)


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    """Those of an OpenAPI document that are meant for partners."""
    for path, item in described["paths"].items():
        for method in METHODS:
            one = item.get(method)
            if one is None or not set(one["tags"]) & set(FOR_PARTNERS):
                continue
            answers = one["responses"]
            body = next(iter(answers["200"]["content"].values()))["schema"]
            yield Operation(
                method=method.upper(),
                path=path,
                summary=one["summary"],
                token=bool(one.get("security")),
                asked=[_asked(each) for each in [*item.get("parameters", []), *one.get("parameters", [])]],
                given=list(_fields(described, body)),
                refused=[(status, answers[status]["description"]) for status in sorted(answers) if status[0] == "4"],
            )


def _asked(parameter: dict[str, Any]) -> Line:
    schema = parameter["schema"]
    default = schema.get("default")
    said = [parameter.get("description", ""), f"{default} unless said" if default not in (None, "") else ""]
    return parameter["name"], _type(schema), " ".join(filter(None, said))


def _fields(described: dict[str, Any], schema: dict[str, Any], before: str = "") -> Iterator[Line]:
    """Every field of an answer, those inside others by their path: `registrations[].person.email`."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    if schema.get("type") == "array":
        yield from _fields(described, schema["items"], f"{before}[]")
    for name, field in schema.get("properties", {}).items():
        path = f"{before}.{name}" if before else name
        inside = list(_fields(described, field, path))
        if not inside or field.get("description"):
            yield path, "" if inside else _type(field), field.get("description", "")
        yield from inside


def _type(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    said = " or ".join(kind) if isinstance(kind, list) else kind
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"] if one != "")
    if said == "array":
        return f"{_type(schema['items'])}[]"
    return str(schema.get("format", said))
