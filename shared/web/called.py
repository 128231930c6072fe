"""What the network is called today, for the head of public pages; and days that the hints of forms name."""

from __future__ import annotations

import contextlib
import datetime as dt
import time

import sqlalchemy as sa
from flask import current_app

from shared import clock, network
from shared.web import db, settings

KEPT = 60.0
"""Seconds for which a process takes the name as it read it: every page says it, and it changes once in years."""


def network_name() -> str:
    """The name of today; that of the settings while none is kept, and while the database cannot be asked."""
    day = clock.now().astimezone(clock.PARIS).date()
    read_on, until, name = current_app.extensions.get("called", (dt.date.min, 0.0, ""))
    if read_on != day or until < time.monotonic():
        # Without a database the page that says so stands under the name known so far.
        with contextlib.suppress(sa.exc.SQLAlchemyError), db().reading() as session:
            name = network.name_on(session, day)
        current_app.extensions["called"] = day, time.monotonic() + KEPT, name
    return name or settings().organisation


def this_year() -> int:
    return clock.now().astimezone(clock.PARIS).year
