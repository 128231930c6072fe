"""`docs/asyncapi.json` is what the code says, is valid AsyncAPI 3.0, and describes what is really published."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from deploy.local import packages
from deploy.local.processes import VAR, LocalError
from shared.contracts import asyncapi, registry

ROOT = Path(__file__).parents[2]
SAMPLES = Path(__file__).parent / "samples"
TYPES = sorted(registry.contracts())

# The official JSON Schema, as the AsyncAPI initiative publishes it.
SPECS = "@asyncapi/specs@6.11.1"
SPECS_SHA256 = "01af8744dc33c0c7eb2e908f6a955319ee58b70ecadc9387d1aeb16c0cd28928"
SCHEMA = "package/schemas/3.0.0-without-$id.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return asyncapi.document(asyncapi.handled())


@pytest.fixture(scope="module")
def official_schema() -> dict[str, Any]:
    """The schema out of the npm package, which is kept in var/cache once fetched."""
    kept = VAR / "cache" / "asyncapi-specs-6.11.1.tgz"
    if not kept.exists():
        try:
            packages.ensure("npm", present=lambda: shutil.which("npm") is not None)
        except LocalError as error:
            pytest.fail(f"the official schema comes from npm. {error}")
        kept.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", SPECS], cwd=kept.parent, check=True, timeout=120)
    content = kept.read_bytes()
    if hashlib.sha256(content).hexdigest() != SPECS_SHA256:
        kept.unlink()
        pytest.fail(f"{SPECS} is not the package it was")
    with tarfile.open(fileobj=io.BytesIO(content)) as package:
        member = package.extractfile(SCHEMA)
        assert member is not None
        schema = json.load(member)
    assert isinstance(schema, dict)
    return schema


def test_the_document_is_up_to_date() -> None:
    written = (ROOT / "docs" / "asyncapi.json").read_text(encoding="utf-8")
    assert written == asyncapi.text(), "run: python -m shared.contracts.asyncapi > docs/asyncapi.json"


def test_the_document_is_valid(document: dict[str, Any], official_schema: dict[str, Any]) -> None:
    validator = jsonschema.Draft7Validator(official_schema)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)] == []


def test_the_official_schema_refuses_a_wrong_document(
    document: dict[str, Any], official_schema: dict[str, Any]
) -> None:
    wrong = document | {"operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/none"}}}}
    assert not jsonschema.Draft7Validator(official_schema).is_valid(wrong)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [found for inner in value.values() for found in references(inner)]
        return [found for inner in value for found in references(inner)] if isinstance(value, list) else []

    found = references(document)
    assert len(found) > len(TYPES)
    for reference in found:
        target: Any = document
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_someone_is_told_of_every_fact_that_a_mail_depends_on(document: dict[str, Any]) -> None:
    told = {name.split(".receives.", 1)[1] for name in document["operations"] if name.startswith("mailer.receives.")}
    owed = {type for type in TYPES if type.startswith(("registration.registration.", "registration.link."))}
    assert owed | {"jury.result.published.v1", "registration.newsletter.consented.v1"} <= told


@pytest.mark.parametrize("type", TYPES)
def test_what_is_published_matches_what_is_described(document: dict[str, Any], type: str) -> None:
    schema = {
        "$ref": f"#/components/messages/{type}/payload",
        "components": document["components"],
    }
    body = json.loads((SAMPLES / f"{type}.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    assert [error.message for error in validator.iter_errors(body)] == []
    assert not validator.is_valid(body | {"type": "someone.else.did_it.v1"})
    assert not validator.is_valid(body | {"data": {}})
