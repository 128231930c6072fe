"""Writes docs/asyncapi.json and docs/openapi/<service>.json from the code; `--check` only says whether they drifted."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from deploy.local.processes import ROOT

SERVICES = ("registration", "jury", "mailer")


def documents() -> dict[Path, str]:
    """Path of each generated file, and what it must hold."""
    from shared.contracts import asyncapi

    made = {ROOT / "docs" / "asyncapi.json": asyncapi.text()}
    for service in SERVICES:
        if (text := openapi(service)) is not None:
            made[ROOT / "docs" / "openapi" / f"{service}.json"] = text
    return made


def openapi(service: str) -> str | None:
    """The OpenAPI document of a service's API; None when it has none."""
    settings = {
        "AGORA_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nothing",
        "AGORA_SECRET_KEY": "only to read the routes",
        "AGORA_PUBLIC_URL": "https://agora.example",
    }
    with patch.dict(os.environ, settings):
        app = importlib.import_module(f"services.{service}.app").create_app()
    known: dict[str, Any] = app.extensions.get("flask-smorest", {}).get("apis", {})
    for entry in known.values():
        spec = entry["ext_obj"].spec.to_dict()
        return json.dumps(spec, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    return None


def main(arguments: list[str]) -> int:
    drifted = [
        path for path, text in documents().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in arguments:
        for path in drifted:
            print(f"{path.relative_to(ROOT)} is not what the code says; run: make docs", file=sys.stderr)
        return 1 if drifted else 0
    for path, text in documents().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
