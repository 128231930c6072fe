"""What the worker does by the clock, in a thread of its own."""

from __future__ import annotations

import threading

import structlog

from services.mailer import imports
from shared import clock
from shared.db import Database
from shared.settings import Settings

log = structlog.get_logger(__name__)


def run(db: Database, _settings: Settings, stop: threading.Event) -> None:
    """Every second until `stop`. A round that fails is said, and tried again the next time."""
    while not stop.wait(1):
        try:
            bring_in(db)
        except Exception:
            log.exception("chore failed")


def bring_in(db: Database) -> None:
    """Long files of contacts, one after the other, until none waits."""
    try:
        while imports.work(db, clock.now()):
            log.info("contact file worked on")
    except imports.Overtaken:
        log.info("contact file dropped while it was read")
