"""The migrations of a service end in one: the next one then knows what it comes after."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory

from shared import migrations


@pytest.mark.parametrize("service", ["registration", "jury", "mailer"])
def test_every_service_has_one_last_migration(service: str) -> None:
    script = ScriptDirectory.from_config(migrations.config(service, "postgresql+psycopg:///unused"))
    last = [one.revision for one in script.get_revisions("heads") if one is not None and service in one.path]
    assert len(last) == 1, f"let one come after the other: {last}"
