"""Names of before are compared as names are now: docs/decisions/0692."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import command

from services.registration.models import Registration
from services.registration.models.structures import Structure
from services.registration.queries import selection
from services.registration.use_cases import registering
from shared import migrations
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers


def test_what_was_stored_with_its_own_letters_is_found_by_those_of_a_keyboard(
    registration_db: Database, environment_of: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with registration_db.transaction() as session:
        event = an_event(session)
        registering.register(session, event.id, answers(1, first_name="Łukasz", last_name="Żółć"), NOW, site=SITE)
        before = {"name_key": "zołc łukasz", "search": "zołc łukasz øst"}
        session.execute(sa.update(Registration).values(before))
        for name, key in (("Łódź", "łodz"), ("Lodz", "lodz"), ("Østfold", "østfold")):
            session.add(Structure(name=name, name_key=key, made_at=NOW))
    for name, value in environment_of("registration", registration_db.url).items():
        monkeypatch.setenv(name, value)
    try:
        command.downgrade(migrations.config("registration", registration_db.url), "reg_0691_senders")
    finally:
        migrations.upgrade("registration", registration_db.url)
        registration_db.engine.dispose()
    with registration_db.reading() as session:
        found = session.scalars(sa.select(Registration.name_key).where(*selection.saying("luk zolc ost"))).all()
        keys = set(session.scalars(sa.select(Structure.name_key)))
    assert found == ["zolc lukasz"]
    assert {"łodz", "lodz", "ostfold"} <= keys  # two structures that are there stay two
