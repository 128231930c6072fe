"""The ledger's instants, as the people of this installation live them.

The ledger uses the database's own clock, so that several machines agree; pages show the domain's clock. The
two differ only in a rehearsal that is played on another date.
"""

from __future__ import annotations

import datetime as dt

from flask import Blueprint

from shared import clock


def lived(instant: dt.datetime | None) -> dt.datetime | None:
    """An instant of the ledger on the domain's clock."""
    if instant is None:
        return None
    shift = clock.now() - dt.datetime.now(dt.UTC)
    return instant + shift if abs(shift) > dt.timedelta(seconds=1) else instant


def teach(blueprint: Blueprint) -> None:
    """Give the templates the filter `lived`."""
    blueprint.add_app_template_filter(lived)
