"""Alembic for the three services: one environment, a branch for the shared tables, a branch per service.

`upgrade` brings a database to the newest revision of both branches; it is safe to run twice or from two
processes at once.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from shared.db import shared_metadata

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent


def metadata_of(service: str) -> list[sa.MetaData]:
    """Every table of a service's database: the shared ones and its own."""
    import shared.audit
    import shared.identity
    import shared.messaging.tables  # noqa: F401  (each declares its tables)

    models = importlib.import_module(f"services.{service}.models")
    return [shared_metadata, models.Base.metadata]


def config(service: str, url: str) -> Config:
    """Alembic's configuration, made here instead of in an .ini file."""
    made = Config()
    made.set_main_option("script_location", str(_HERE))
    made.set_main_option("path_separator", "os")
    made.set_main_option("version_locations", f"{_HERE / 'versions'}:{versions_of(service)}")
    made.attributes["url"] = url
    made.attributes["service"] = service
    return made


def versions_of(service: str) -> Path:
    return _ROOT / "services" / service / "migrations" / "versions"


def upgrade(service: str, url: str) -> None:
    """Bring the database at `url` to the newest revisions."""
    command.upgrade(config(service, url), "heads")


def is_current(service: str, url: str) -> bool:
    """Whether the database has every revision: what a service checks before it serves."""
    wanted = set(ScriptDirectory.from_config(config(service, url)).get_heads())
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            return set(MigrationContext.configure(connection).get_current_heads()) == wanted
    finally:
        engine.dispose()


def new_revision(service: str, url: str, message: str) -> None:
    """Write a revision from the difference between the models and an upgraded scratch database at `url`."""
    made = config(service, url)
    command.upgrade(made, "heads")
    heads = [
        s for s in ScriptDirectory.from_config(made).get_revisions("heads") if s is not None and service in str(s.path)
    ]
    command.revision(
        made,
        message,
        autogenerate=True,
        head=heads[0].revision if heads else "base",
        version_path=str(versions_of(service)),
    )
