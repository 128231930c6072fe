"""`python -m services.<name> migrate|dead`: the database's shape, and the messages that were parked."""

from __future__ import annotations

import argparse
import os
import uuid

from shared import clock, logs, migrations
from shared.db import Database
from shared.messaging import deadletters
from shared.process import Service


def migrate(service: Service, rest: list[str]) -> int:
    """Upgrade the database; with --new "message", write a revision from what the models changed."""
    parser = argparse.ArgumentParser(prog="migrate")
    parser.add_argument("--new", metavar="MESSAGE")
    chosen = parser.parse_args(rest)
    settings = service.load_settings()
    logs.configure(service.name, form=settings.log_format)
    if chosen.new:
        migrations.new_revision(service.name, settings.database_url, chosen.new)
    else:
        migrations.upgrade(service.name, settings.database_url)
    return 0


def dead(service: Service, rest: list[str]) -> int:
    """Parked messages: list, replay ID… | --all, drop ID…."""
    parser = argparse.ArgumentParser(prog="dead")
    parser.add_argument("action", choices=["list", "replay", "drop"])
    parser.add_argument("ids", nargs="*", type=uuid.UUID)
    parser.add_argument("--all", action="store_true", help="every parked message")
    chosen = parser.parse_args(rest)
    settings = service.load_settings()
    db = Database(settings.database_url, pool_size=1)
    who = f"command:{os.environ.get('USER', '?')}"
    with db.transaction() as session:
        letters = deadletters.parked(session, limit=10_000)
        if chosen.action == "list":
            for letter in letters:
                print(f"{letter.id}  {letter.parked_at:%Y-%m-%d %H:%M:%S}  {letter.type}  {letter.reason}")
            print(f"{len(letters)} parked")
            return 0
        for letter_id in [letter.id for letter in letters] if chosen.all else chosen.ids:
            if chosen.action == "replay":
                deadletters.replay(session, service.name, letter_id, who=who, now=clock.now())
            else:
                deadletters.drop(session, letter_id, who=who, now=clock.now())
            print(f"{letter_id}  {chosen.action}")
    return 0
