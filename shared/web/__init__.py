"""What the three services' web processes have in common: frames, forms, errors, headers, language, health."""

from __future__ import annotations

import datetime as dt
from typing import cast

from flask import current_app, g

from shared.db import Database
from shared.settings import Settings


def db() -> Database:
    """The current application's database."""
    return cast(Database, current_app.extensions["db"])


def settings() -> Settings:
    """The current application's settings; a service that needs its own fields casts to its own class."""
    return cast(Settings, current_app.extensions["settings"])


def arrived() -> dt.datetime:
    """When this request began to arrive: its head was here, its body was not read yet. What counts for a deadline."""
    return cast(dt.datetime, g.arrived)
