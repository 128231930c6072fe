"""What the worker does by the clock, in a thread of its own."""

from __future__ import annotations

import threading
import time
from typing import cast

import structlog

from services.mailer import calls, imports, mailed_links, parked, reconsent, restitutions
from services.mailer.publishing import House
from services.mailer.settings import Settings
from shared import clock
from shared.db import Database
from shared.settings import Settings as AnySettings

log = structlog.get_logger(__name__)
HOUR = 3600.0


def run(db: Database, settings: AnySettings, stop: threading.Event) -> None:
    """Every second until `stop`, and the slow ones every hour. A round that fails is said, and tried again."""
    asked = -HOUR
    while not stop.wait(1):
        try:
            if time.monotonic() - asked >= HOUR:
                # First: a file that cannot be brought in must not keep the silent from being asked.
                hourly(db, cast(Settings, settings))
                asked = time.monotonic()
            let_in(db)
            bring_in(db)
        except Exception:
            log.exception("chore failed")


def hourly(db: Database, settings: Settings) -> None:
    """What nobody presses a button for: parked facts, silent contacts, late authors, what was not confirmed."""
    tell_of_parked(db, settings)
    ask_the_silent(db, settings)
    remind_authors(db, settings)
    with db.transaction() as session:
        imports.drop_old(session, clock.now())
        mailed_links.drop_old(session, clock.now())


def tell_of_parked(db: Database, settings: Settings) -> None:
    """What this service could not handle, to who may mend it."""
    with db.transaction() as session:
        if parked.tell(session, House.at(session, settings, clock.now())):
            log.info("parked facts told")


def let_in(db: Database) -> None:
    """What workshops brought back in the very instant when a number of L'Écho opened."""
    with db.transaction() as session:
        if many := restitutions.let_in(session, clock.now()):
            log.info("restitutions replayed", facts=many)


def bring_in(db: Database) -> None:
    """Long files of contacts, one after the other, until none waits."""
    try:
        while imports.work(db, clock.now()):
            log.info("contact file worked on")
    except imports.Overtaken:
        log.info("contact file dropped while it was read")


def remind_authors(db: Database, settings: Settings) -> None:
    """A week before the last day: whoever was called to write and handed in nothing."""
    with db.transaction() as session:
        if reminded := calls.remind(session, House.at(session, settings, clock.now()), clock.now()):
            log.info("authors reminded", mails=reminded)


def ask_the_silent(db: Database, settings: Settings, *, dry_run: bool = False) -> reconsent.Round:
    """Three years without a sign: ask once, and forget who does not answer."""
    with db.transaction() as session:
        house = House.at(session, settings, clock.now())
        done = reconsent.turn(
            session,
            clock.now(),
            organiser={"name": house.organiser, "email": house.reply_to},
            public_url=settings.public_url,
            secret=settings.secret_key,
            dry_run=dry_run,
        )
    if done != reconsent.Round() and not dry_run:
        log.info("silent contacts", asked=done.asked, unreachable=done.unreachable, unanswered=done.unanswered)
    return done
