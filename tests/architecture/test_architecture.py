"""What the house promises about its own shape."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from deploy.local import databases
from shared import migrations
from tests import backends as back

ROOT = Path(__file__).resolve().parents[2]
LONGEST, LONGEST_TEST = 400, 600  # lines
NOT_OURS = {".git", ".venv", "var", "node_modules", "__pycache__", ".hypothesis"}

# One fact from a form to a mailbox: step, where it stands (a module, or a folder when there are two subjects),
# and the start of the name of the next step's file.
STEPS = [
    (1, "services/registration/web/public", "use_cases"),
    (2, "services/registration/use_cases", "rules"),
    (3, "services/registration/rules", "models"),
    (4, "services/registration/models", "announce"),
    (5, "services/registration/announce", "outbox"),
    (6, "shared/messaging/outbox", "relay"),
    (6, "shared/messaging/relay", "consumer"),
    (7, "shared/messaging/consumer", "handlers"),
    (8, "services/mailer/handlers", "sender"),
    (9, "services/mailer/sender", None),
]


def ours(*suffixes: str) -> list[Path]:
    """The project's own files (with these suffixes). Walked, not asked from git, which a bare machine may lack."""
    found = []
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if name not in NOT_OURS and not name.endswith((".egg-info", "_cache"))]
        found += [Path(folder) / name for name in files if name.endswith(suffixes or ("",)) and name != ".env"]
    return found


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(lint), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("step", "place", "following"), STEPS, ids=[f"{step}-{place}" for step, place, _ in STEPS])
def test_each_step_says_its_number_and_the_next_file(step: int, place: str, following: str | None) -> None:
    found = [path for path in (ROOT / f"{place}.py", ROOT / place / "__init__.py") if path.exists()]
    assert found, f"step {step} has no file: {place}"
    head = "\n".join(found[0].read_text().splitlines()[:12])
    assert re.search(rf"\bstep {step}\b", head, re.IGNORECASE), f"{found[0]} does not say that it is step {step}"
    if following:
        assert following in head, f"{found[0]} does not name the next file, {following}"


def test_no_file_names_where_packages_come_from() -> None:
    hosts = re.compile(
        "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs", "docker" + r"\.io"])
    )
    named = []
    for path in ours():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        named += [f"{path.relative_to(ROOT)}: {found[0]}" for found in hosts.finditer(text)]
    assert named == []
    for lock in ours(".lock"):
        assert "://" not in lock.read_text(), f"{lock.name} names an address"


def test_modules_have_one_subject() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in ours(".py")
        if (lines := path.read_text().count("\n")) > (LONGEST_TEST if path.is_relative_to(ROOT / "tests") else LONGEST)
    }
    assert long == {}


def test_browser_tests_wait_for_what_they_expect() -> None:
    """A click returns before the page it leads to is read: what looks once looks too early on a busy machine."""
    at_once = re.compile(r"assert .*\.(is_visible|is_hidden|count|all_inner_texts)\(\)")
    hasty = [
        f"{path.name}:{number}"
        for path in sorted((ROOT / "tests" / "browser").glob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if at_once.search(line)
    ]
    assert hasty == [], "use expect(…)"


def test_no_module_is_named_for_its_kind() -> None:
    kinds = {"utils.py", "helpers.py", "base.py", "manager.py"}
    assert [str(path.relative_to(ROOT)) for path in ours(".py") if path.name in kinds] == []


@pytest.mark.parametrize("service", back.SERVICES)
def test_migrations_make_what_the_models_say(addresses: back.Addresses, worker: str, service: str) -> None:
    name = back.database_name(addresses, f"drift_{service}", worker)
    url = databases.create(addresses.postgres, name)
    try:
        migrations.upgrade(service, url)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            differences: list[Any] = list(compare_metadata(_context(connection), migrations.metadata_of(service)))
        engine.dispose()
    finally:
        databases.drop(addresses.postgres, name)
    assert differences == []


def _context(connection: sa.Connection) -> MigrationContext:
    return MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
