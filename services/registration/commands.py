"""Commands of this service beside those that every service has."""

from __future__ import annotations

import argparse
import datetime as dt

import sqlalchemy as sa

from services.registration import presets, queries
from services.registration.models.events import Event
from services.registration.settings import load
from services.registration.use_cases import events
from shared import clock
from shared.db import Database


def seed(arguments: list[str]) -> int:
    """`seed`: the 6th Agora of Friday 14 October 2016, from the preset, published. Running it again changes nothing."""
    parser = argparse.ArgumentParser(prog="seed")
    parser.add_argument("--edition", type=int, default=6)
    parser.add_argument("--date", type=dt.date.fromisoformat, default=dt.date(2016, 10, 14))
    parser.add_argument("--capacity", type=int, default=300)
    parser.add_argument("--draft", action="store_true", help="leave it unpublished")
    chosen = parser.parse_args(arguments)
    settings = load()
    db = Database(settings.database_url, pool_size=1, application_name="registration seed")
    draft = presets.agora(chosen.edition, chosen.date, capacity=chosen.capacity)
    try:
        with db.transaction() as session:
            if session.scalar(sa.select(Event.id).where(Event.slug == draft.slug)):
                print(f"{draft.slug}: already there")
                return 0
            event = events.create(session, draft, clock.now(), who="command:seed")
            if not chosen.draft and event.ends_at > clock.now():
                events.publish(session, event.id, clock.now(), who="command:seed", site=settings.public_url)
            print(f"{settings.public_url}/e/{event.slug}: {event.state}")
    finally:
        db.dispose()
    return 0


def announce(arguments: list[str]) -> int:
    """`announce`: tell the other services again of each event that is not over; for one that listens since today."""
    argparse.ArgumentParser(prog="announce", description=announce.__doc__).parse_args(arguments)
    settings = load()
    db = Database(settings.database_url, pool_size=1, application_name="registration announce")
    try:
        with db.transaction() as session:
            told = events.announce_again(session, clock.now(), site=settings.public_url)
    finally:
        db.dispose()
    print(f"{told} events announced again")
    return 0


def check(arguments: list[str]) -> int:
    """`check`: what must never be true, for a nightly job. Status 1 and a line per finding when it is."""
    argparse.ArgumentParser(prog="check").parse_args(arguments)
    db = Database(load().database_url, pool_size=1, application_name="registration check")
    try:
        with db.reading() as session:
            found = [
                (name, row)
                for name, query in (
                    ("oversold", queries.oversold),
                    ("idle seats", queries.idle_seats),
                    ("status drifted", queries.drifted),
                )
                for row in query(session)
            ]
    finally:
        db.dispose()
    for name, row in found:
        print(f"{name}: {tuple(row)}")
    print(f"{len(found)} findings")
    return 1 if found else 0
