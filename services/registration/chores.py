"""What the worker does by the clock, in a thread of its own."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any

import structlog

from services.registration.use_cases import (
    allocating,
    assembly_calling_off,
    attaching,
    calling_off,
    evaluating,
    forms,
    identity,
    importing,
    invitations_leaving,
    messages,
    notices,
    offers,
    reminding,
    rescheduling,
    reserves,
    structures,
)
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from shared.settings import Settings

log = structlog.get_logger(__name__)


def run(db: Database, settings: Settings, stop: threading.Event) -> None:
    """Every ten seconds until `stop`. A chore that fails is said, keeps none of the others, and is tried again."""
    while not stop.wait(10):
        for chore in (
            end_offers,
            release_reserves,
            remind,
            ask_opinions,
            tell_rescheduled,
            send_messages,
            send_invitations,
            tell_allocated,
            tell_assembly_called_off,
            end_called_off,
            settle_structures,
            protect_answers,
            end_doubted_files,
            tell_identity,
            tell_organisers,
        ):
            try:
                chore(db, settings)
            except Exception:
                log.exception("chore failed", chore=chore.__name__)


def register_files(db: Database, settings: Settings, stop: threading.Event) -> None:
    """People of long files that the staff confirmed, looked for every second until `stop`: the page is open. In a
    thread of its own, for whoever is owed a seat by the clock must not wait for a thousand people."""
    while not stop.wait(1):
        try:
            register_confirmed(db, settings, stop)
        except Exception:
            log.exception("files of people not found")


def register_confirmed(db: Database, settings: Settings, stop: threading.Event) -> None:
    """A few people a transaction, until no confirmed file is left, or `stop`. A file that fails holds up no other."""
    with db.reading() as session:
        confirmed = importing.confirmed(session)
    for file_id in confirmed:
        left = 1
        try:
            while left and not stop.is_set():
                with db.transaction() as session:
                    left = importing.register_some(session, file_id, clock.now(), site=settings.public_url)
        except RuleError as busy:
            log.warning("people of a file wait", file=str(file_id), why=busy.code)
        except Exception:
            log.exception("people of a file not registered", file=str(file_id))
        else:
            log.info("people of a file registered", file=str(file_id), left=left)


def remind(db: Database, settings: Settings) -> None:
    """Who has a place at an event that comes near."""
    _all(db, settings, reminding.remind, "reminded")


def ask_opinions(db: Database, settings: Settings) -> None:
    """Who was at a training the day before."""
    _all(db, settings, evaluating.ask, "opinions_asked")


def tell_rescheduled(db: Database, settings: Settings) -> None:
    """Who is registered for an event that moved."""
    _all(db, settings, rescheduling.leave, "rescheduling_told")


def tell_allocated(db: Database, settings: Settings) -> None:
    """Who has workshops by their wishes since an allocation."""
    _all(db, settings, allocating.tell, "allocations_told")


def _all(db: Database, settings: Settings, some: Callable[..., int], event: str) -> None:
    """A few people a transaction, until `some` finds nobody left."""
    count = 1
    while count:
        with db.transaction() as session:
            count = some(session, clock.now(), site=settings.public_url)
        if count:
            log.info(event, count=count)


def tell_assembly_called_off(db: Database, settings: Settings) -> None:
    """Who is called to an assembly that does not take place; before who is registered for the event that goes with
    it."""
    _all(db, settings, assembly_calling_off.leave, "assembly_called_off_told")


def end_called_off(db: Database, settings: Settings) -> None:
    """Who is registered for an event that does not take place."""
    _all(db, settings, calling_off.leave, "called_off_told")


def settle_structures(db: Database, _settings: Settings) -> None:
    """Which structure each new registration names; five hundred a round."""
    with db.transaction() as session:
        structures.settle_new(session, clock.now())


def protect_answers(db: Database, _settings: Settings) -> None:
    """What was answered while a form was being published."""
    with db.transaction() as session:
        if count := forms.protect_late(session, clock.now()):
            log.info("answers_protected", count=count)


def end_doubted_files(db: Database, _settings: Settings) -> None:
    """What came with forms that may be no person's, and that nobody sent again; and what there is too much of."""
    with db.transaction() as session:
        if count := attaching.end_doubted(session, clock.now()):
            log.info("doubted_files_ended", count=count)
        if count := attaching.end_beyond(session):
            log.warning("waiting_files_ended", count=count)


def tell_identity(db: Database, _settings: Settings) -> None:
    """The network's names, to services that never heard of them."""
    with db.transaction() as session:
        if identity.tell_untold(session):
            log.info("identity_told")


def tell_organisers(db: Database, settings: Settings) -> None:
    """Who organises, of who registered since; a person a transaction."""
    sent = 1
    while sent:
        with db.transaction() as session:
            sent = notices.tell(session, clock.now(), site=settings.public_url, key=settings.secret_key)
        if sent > 1:
            log.info("organisers_told", mails=sent - 1)


def end_offers(db: Database, settings: Settings) -> None:
    """Seats whose offer is over go to the next."""
    _by_event(db, settings, offers.due, offers.expire, "offers_ended")


def release_reserves(db: Database, settings: Settings) -> None:
    """What is left of a reserve whose day is over goes to who waits."""
    _by_event(db, settings, reserves.due, reserves.release_late, "reserves_released")


def _by_event(
    db: Database, settings: Settings, due: Callable[..., list[uuid.UUID]], some: Callable[..., int], said: str
) -> None:
    """`some` for each event that is `due`, one event per transaction."""
    with db.reading() as session:
        late = due(session, clock.now())
    for event_id in late:
        with db.transaction() as session:
            count = some(session, event_id, clock.now(), site=settings.public_url)
        log.info(said, event_id=str(event_id), count=count)


def send_messages(db: Database, settings: Settings) -> None:
    """What the staff wrote leaves when its window is over, a few people per transaction."""
    _leave(db, settings, messages, "message_left")


def send_invitations(db: Database, settings: Settings) -> None:
    """Who is invited, reminded, invited once more, or told that what they are invited to moved, the same way."""
    _leave(db, settings, invitations_leaving, "invitations_left", key=settings.secret_key)


def _leave(db: Database, settings: Settings, some: Any, said: str, **more: str) -> None:
    """some: a module with what is `due`, and what makes the next few mails of one such thing `leave`."""
    with db.reading() as session:
        ready = some.due(session, clock.now())
    for one in ready:
        count = 1
        while count:
            with db.transaction() as session:
                count = some.leave(session, one, clock.now(), site=settings.public_url, **more)
        log.info(said, id=str(one))
