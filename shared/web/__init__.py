"""What the three services' web processes have in common: frames, forms, errors, headers, language, health."""

from __future__ import annotations

from typing import cast

from flask import current_app

from shared.db import Database
from shared.settings import Settings


def db() -> Database:
    """The current application's database."""
    return cast(Database, current_app.extensions["db"])


def settings() -> Settings:
    """The current application's settings; a service that needs its own fields casts to its own class."""
    return cast(Settings, current_app.extensions["settings"])
