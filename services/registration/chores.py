"""What the worker does by the clock, in a thread of its own."""

from __future__ import annotations

import threading

import structlog

from services.registration.use_cases import allocating, messages, offers, reminding, rescheduling, structures
from shared import clock
from shared.db import Database
from shared.settings import Settings

log = structlog.get_logger(__name__)


def run(db: Database, settings: Settings, stop: threading.Event) -> None:
    """Every ten seconds until `stop`. A round that fails is said, and tried again the next time."""
    while not stop.wait(10):
        try:
            end_offers(db, settings)
            remind(db, settings)
            tell_rescheduled(db, settings)
            send_messages(db, settings)
            tell_allocated(db, settings)
            settle_structures(db)
        except Exception:
            log.exception("chore failed")


def remind(db: Database, settings: Settings) -> None:
    """Who has a place at an event that comes near, a few at a time until nobody is left."""
    count = 1
    while count:
        with db.transaction() as session:
            count = reminding.remind(session, clock.now(), site=settings.public_url)
        if count:
            log.info("reminded", count=count)


def tell_rescheduled(db: Database, settings: Settings) -> None:
    """Who is registered for an event that moved, a few at a time until everybody knows."""
    count = 1
    while count:
        with db.transaction() as session:
            count = rescheduling.leave(session, clock.now(), site=settings.public_url)
        if count:
            log.info("rescheduling_told", count=count)


def tell_allocated(db: Database, settings: Settings) -> None:
    """Who has workshops by their wishes since an allocation, a few at a time until everybody knows."""
    count = 1
    while count:
        with db.transaction() as session:
            count = allocating.tell(session, clock.now(), site=settings.public_url)
        if count:
            log.info("allocations_told", count=count)


def settle_structures(db: Database) -> None:
    """Which structure each new registration names; five hundred a round."""
    with db.transaction() as session:
        structures.settle_new(session, clock.now())


def end_offers(db: Database, settings: Settings) -> None:
    """Seats whose offer is over go to the next, one event per transaction."""
    with db.reading() as session:
        late = offers.due(session, clock.now())
    for event_id in late:
        with db.transaction() as session:
            ended = offers.expire(session, event_id, clock.now(), site=settings.public_url)
        log.info("offers_ended", event_id=str(event_id), count=ended)


def send_messages(db: Database, settings: Settings) -> None:
    """What the staff wrote leaves when its window is over, a few people per transaction."""
    with db.reading() as session:
        ready = messages.due(session, clock.now())
    for message_id in ready:
        count = 1
        while count:
            with db.transaction() as session:
                count = messages.leave(session, message_id, clock.now(), site=settings.public_url)
        log.info("message_left", message_id=str(message_id))
