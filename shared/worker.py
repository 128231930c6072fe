"""`python -m services.<name> worker`: the relay and the consumer, each in a thread with a connection of its own.

When one of them ends unasked the process ends too, with status 1, and whoever supervises it starts it again.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable
from functools import partial

import structlog

from shared import logs, metrics
from shared.db import Database
from shared.messaging import deadletters, outbox
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.relay import Relay
from shared.process import Service, resolve, run_threads, stop_on_signals

log = structlog.get_logger(__name__)


def worker(service: Service, rest: list[str]) -> int:
    """Relay and consumer until SIGTERM."""
    argparse.ArgumentParser(prog="worker").parse_args(rest)
    settings = service.load_settings()
    logs.configure(service.name, form=settings.log_format)
    stop = stop_on_signals()
    size = 4 + len(service.background)
    db = Database(settings.database_url, pool_size=size, application_name=f"{service.name} worker")
    handlers = resolve(service.handlers)
    assert isinstance(handlers, Handlers)
    handlers.public_url = settings.public_url
    hourly = resolve(service.hourly) if service.hourly else None
    relay = Relay(db, settings.amqp_url, service.name, stop, handlers)
    consumer = Consumer(db, settings.amqp_url, handlers, stop)
    if settings.metrics_bind:
        metrics.serve(settings.metrics_bind, lambda: relay.is_ready and consumer.is_ready and db.is_up())
    work: dict[str, Callable[[], None]] = {
        "relay": relay.run,
        "consumer": consumer.run,
        "housekeeping": lambda: _housekeeping(db, stop, hourly),
    }
    for name, path in service.background.items():
        work[name] = partial(resolve(path), db, settings, stop)
    status = run_threads(work, stop)
    db.dispose()
    return status


def _housekeeping(db: Database, stop: threading.Event, hourly: Callable[[Database], object] | None) -> None:
    """Every few seconds the outbox's gauges; every hour what is old goes, and what the service does by itself."""
    rounds = 0
    while not stop.wait(5):
        try:
            with db.reading() as session:
                count, age = outbox.waiting(session)
                parked = deadletters.count(session)
            metrics.outbox_waiting.set(count)
            metrics.outbox_age.set(age)
            metrics.dead_letters.set(parked)
            if rounds % 720 == 0:
                with db.transaction() as session:
                    outbox.prune(session)
                    deadletters.prune(session)
                if hourly is not None:
                    hourly(db)
        except Exception as error:  # noqa: BLE001  (the database may be down: relay and consumer say so)
            log.warning("housekeeping failed", error=str(error))
        rounds += 1
