"""The tablet's page and service worker: the same for everyone, complete, and at home below a prefix."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from services.jury.app import create_app


def kept_files(worker: str) -> list[str]:
    found = re.search(r"^const FILES = (\[.*\]);$", worker, re.MULTILINE)
    assert found
    files: list[str] = json.loads(found[1])
    return files


def test_the_page_does_not_depend_on_who_asks(jury_client: Any, sign_in: Callable[..., Any]) -> None:
    plain = jury_client.get("/tablet/")
    sign_in(jury_client, "secretary")
    other = jury_client.get("/tablet/?lang=en", headers={"Accept-Language": "en"})
    assert plain.status_code == other.status_code == 200
    assert plain.data == other.data
    assert plain.headers["Cache-Control"] == "no-cache"
    assert "Set-Cookie" not in plain.headers
    again = jury_client.get("/tablet/", headers={"If-None-Match": plain.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("prefix", ["", "/jury"])
def test_everything_the_page_needs_is_kept(prefix: str, jury_db: Any, settings_of: Callable[..., Any]) -> None:
    client = create_app(settings_of("jury", jury_db.url, url_prefix=prefix), jury_db).test_client()
    answer = client.get(f"{prefix}/tablet/sw.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == f"{prefix}/tablet/"
    files = kept_files(answer.text)
    assert f'const SHELL = "{prefix}/tablet/";' in answer.text

    page = client.get(f"{prefix}/tablet/").text
    wanted = {found.split("?")[0] for found in re.findall(r'(?:href|src)="([^"#]+)"', page)}
    assert wanted - {f"{prefix}/tablet/manifest.webmanifest"} <= set(files)
    sizes = [len(gzip.compress(client.get(f"{prefix}/tablet/").data))]
    for file in files:
        with client.get(file) as found:
            assert found.status_code == 200, file
            body = found.get_data()
        sizes.append(len(gzip.compress(body)))
        if file.endswith(".js"):
            for static, dynamic in re.findall(r'from "(\.[^"]+)"|import\("(\.[^"]+)"\)', body.decode()):
                module = resolve(file, static or dynamic)
                assert module in files or "/node_modules/" in module, (file, module)
    assert sum(sizes) < 150_000
    manifest = client.get(f"{prefix}/tablet/manifest.webmanifest").get_json(force=True)
    assert (manifest["scope"], manifest["start_url"]) == (f"{prefix}/tablet/", f"{prefix}/tablet/")


def resolve(file: str, module: str) -> str:
    parts = file.split("/")[:-1]
    for part in module.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
