"""`python -m services.registration retention [--dry-run]`, and the same every hour in the worker."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from services.registration import settings
from services.registration.use_cases import erasing
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
    finally:
        db.dispose()
    verb = "would go" if chosen.dry_run else "gone"
    print(f"{verb}: " + ", ".join(f"{count} {WORDS[name]}" for name, count in asdict(found).items()))
    return 0


WORDS = {
    "sensitive": "people's diet and access needs",
    "registrations": "registrations' names",
    "members": "members of groups",
    "appointments": "appointments' notes",
    "speakers": "speakers of structures that left",
    "voters": "addresses of voters",
    "needs": "skills that projects lacked",
    "notes": "messages about a car",
    "unsent": "forms and files never sent",
    "lists": "files of people to register",
    "invitations": "invitations and lists of people to invite",
    "words": "messages, filters and reasons that the team wrote",
}


def hourly(db: Database) -> int:
    """What the worker does every hour; two at once erase the same rows, which is harmless."""
    with db.transaction() as session:
        return sum(asdict(erasing.retain(session, clock.now())).values())
