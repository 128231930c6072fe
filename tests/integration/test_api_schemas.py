"""Each service's API answers as its OpenAPI document says, whatever is sent."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.registration.use_cases import desk, programs, registering, restitution
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

pytestmark = pytest.mark.slow


def check(url: str, tmp_path: Path, *options: str) -> None:
    """Fail with what schemathesis finds wrong at this address."""
    command = [Path(sys.executable).parent / "schemathesis", "run", f"{url}/api/openapi.json", "--checks", "all"]
    command += ["--max-examples", "8", "--generation-deterministic", "--no-color", "--workers", "1", *options]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    found = done.stdout[done.stdout.find("= FAILURES") :]
    assert done.returncode == 0, found + done.stderr


def test_registration(
    registration_db: Database, registration_app: Any, serve: Callable[[Any], str], tmp_path: Path
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session, capacity=2, workshops=[[3]])
        token = programs.give_token(session, "Carte", ["registrations", "people"], NOW, who="admin")
        paired, host = (
            _desk(session, event.id),
            restitution.invite(session, event.id, event.workshops[0].id, NOW, who="x"),
        )
    with registration_db.transaction() as session:
        registering.register(session, event.id, answers(1), NOW, site=SITE)
    site = serve(registration_app)
    check(site, tmp_path, "--exclude-path-regex", DEVICES, "--header", f"Authorization: Bearer {token}")
    # A device asks only what its own page does; JSON Schema cannot say everything that an operation must be.
    for path, known in (("/api/desk/", paired), ("/api/host/", host)):
        options = ("--include-path-regex", path, "--header", f"Authorization: Bearer {known}")
        check(site, tmp_path, *options, "--exclude-checks", "positive_data_acceptance")


DEVICES = "/api/(desk|host)/"


def _desk(session: Any, event_id: Any) -> str:
    """The token of a desk that is paired."""
    _row, code = desk.open_desk(session, event_id, clock.now(), who="test")
    return desk.pair(session, code, clock.now())[1]


def test_jury(jury_app: Any, serve: Callable[[Any], str], tmp_path: Path) -> None:
    # JSON Schema cannot say everything that a tablet's request must be: a whole number written 2.0, lone surrogates.
    check(serve(jury_app), tmp_path, "--exclude-checks", "positive_data_acceptance")


def test_mailer(mailer_app: Any, serve: Callable[[Any], str], tmp_path: Path) -> None:
    check(serve(mailer_app), tmp_path)
