"""One thread through all services: a correlation id and a W3C trace context.

The web layer opens a trace per request, the outbox copies it into the envelope, the consumer restores it, and
the mailer keeps it with each message: one search of the logs follows a form to the relay's answer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

_correlation: ContextVar[str] = ContextVar("correlation", default="")
_causation: ContextVar[str] = ContextVar("causation", default="")
_traceparent: ContextVar[str] = ContextVar("traceparent", default="")

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_CORRELATION = re.compile(r"[A-Za-z0-9._-]{8,64}")


def correlation_id() -> str:
    """The id of the current thread of events, or the empty string."""
    return _correlation.get()


def causation_id() -> str:
    """The id of the event being handled, or the empty string."""
    return _causation.get()


def current_traceparent() -> str:
    """The current W3C `traceparent`, or the empty string."""
    return _traceparent.get()


def child_of(traceparent: str) -> str:
    """A new span in the same trace; a new trace when `traceparent` is absent or malformed."""
    found = _TRACEPARENT.fullmatch(traceparent or "")
    if found and set(found[1]) != {"0"} and set(found[2]) != {"0"}:
        return f"00-{found[1]}-{_random_hex(8)}-{found[3]}"
    return f"00-{_random_hex(16)}-{_random_hex(8)}-01"


def _random_hex(octets: int) -> str:
    """Of an id that need not be secret: no system call for each mail. Never all zeros, which W3C forbids."""
    return f"{random.getrandbits(octets * 8) or 1:0{octets * 2}x}"


@contextmanager
def thread_of(correlation: str = "", traceparent: str = "", causation: str = "") -> Iterator[str]:
    """Work inside a thread of events; yields the correlation id. What is malformed is replaced."""
    correlation = correlation if _CORRELATION.fullmatch(correlation or "") else _random_hex(16)
    span = child_of(traceparent)
    tokens = (_correlation.set(correlation), _causation.set(causation), _traceparent.set(span))
    with structlog.contextvars.bound_contextvars(correlation_id=correlation, trace_id=span[3:35]):
        try:
            yield correlation
        finally:
            _correlation.reset(tokens[0])
            _causation.reset(tokens[1])
            _traceparent.reset(tokens[2])
