"""`python -m services.registration retention [--dry-run]`, and the same every hour in the worker."""

from __future__ import annotations

import argparse

from services.registration import settings
from services.registration.use_cases import erasing, keeping
from shared import clock
from shared.db import Database


def main(arguments: list[str]) -> int:
    """Print what is past its time, and erase it unless this is a dry run."""
    parser = argparse.ArgumentParser(prog="retention", description=main.__doc__)
    parser.add_argument("--dry-run", action="store_true", help="only count")
    chosen = parser.parse_args(arguments)
    db = Database(settings.load().database_url, pool_size=1, application_name="registration retention")
    try:
        with db.transaction() as session:
            found = erasing.retain(session, clock.now(), dry_run=chosen.dry_run)
            if not chosen.dry_run:
                keeping.expire(session, clock.now())
    finally:
        db.dispose()
    verb = "would go" if chosen.dry_run else "gone"
    needs, names = f"diet and access needs of {found.sensitive} people", f"names of {found.registrations} registrations"
    print(f"{verb}: {needs}, {names}, {found.members} members of groups, notes of {found.appointments} appointments")
    return 0


def hourly(db: Database) -> int:
    """What the worker does every hour; two at once erase the same rows, which is harmless."""
    with db.transaction() as session:
        found = erasing.retain(session, clock.now())
        kept = keeping.expire(session, clock.now())
    return kept + found.sensitive + found.registrations + found.members + found.appointments
