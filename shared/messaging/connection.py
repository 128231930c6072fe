"""How we connect to RabbitMQ: timeouts everywhere, back-off with jitter, one thread per connection."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator

import pika
import pika.exceptions
import structlog

log = structlog.get_logger(__name__)

# What pika raises when the broker or the road to it is gone.
LOST = (pika.exceptions.AMQPError, OSError)


def connect(url: str, name: str) -> pika.BlockingConnection:
    """One connection, for the calling thread only. Raises one of LOST."""
    return pika.BlockingConnection(parameters(url, name))


def parameters(url: str, name: str) -> pika.URLParameters:
    """name: what the broker's own pages call the connection."""
    parameters = pika.URLParameters(url)
    parameters.heartbeat = 30
    parameters.blocked_connection_timeout = 30
    parameters.socket_timeout = 10
    parameters.stack_timeout = 15
    parameters.connection_attempts = 1
    parameters.client_properties = {"connection_name": name}
    return parameters


def back_off(first: float = 0.2, most: float = 15.0) -> Iterator[float]:
    """Seconds to wait before each next try: doubling, capped, with full jitter in the upper half."""
    wait = first
    while True:
        yield wait * random.uniform(0.5, 1.0)  # noqa: S311  (jitter, not a secret)
        wait = min(most, wait * 2)


def keep_trying(
    work: Callable[[], None], stop: threading.Event, what: str, errors: tuple[type[BaseException], ...]
) -> None:
    """Run `work` again whenever it raises one of `errors`, until `stop` is set.

    `work` returns only when asked to stop; back-off starts anew after it held for a minute.
    """
    waits = back_off()
    while not stop.is_set():
        began = time.monotonic()
        try:
            work()
        except errors as error:
            if time.monotonic() - began > 60:
                waits = back_off()
            wait = next(waits)
            log.warning(
                "connection lost",
                what=what,
                error=repr(error),  # of some of pika's errors str() is empty
                retry_in=round(wait, 1),
            )
            stop.wait(wait)
        else:
            if not stop.is_set():
                raise RuntimeError(f"{what} ended without being asked to")
