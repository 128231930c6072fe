"""How often one address may knock. Counted in memory, per process: enough to slow a robot, nothing to run."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import request
from flask_limiter import Limiter
from limits.storage import MemoryStorage

from shared.web import settings

View = TypeVar("View", bound=Callable[..., Any])

SWEPT_EVERY = 60.0  # seconds


class _Sweep(threading.Timer):
    """A timer that comes back."""

    def run(self) -> None:
        while not self.finished.wait(self.interval):
            self.function()


class SweptMemory(MemoryStorage):
    """What the library keeps in memory, with one thread that sweeps what is over.

    The library starts a thread with each knock to do so. That costs more than counting, and of two people who knock
    at once one may be answered by an error: the thread was started already (alisaifee/limits#26).
    """

    STORAGE_SCHEME = ["swept-memory"]  # noqa: RUF012  (as the library declares it)

    def __init__(self, uri: str | None = None, **options: Any) -> None:
        super().__init__(uri, **options)
        self.timer = _Sweep(SWEPT_EVERY, self.timer.function)
        self.timer.daemon = True
        self.timer.start()


def client_address() -> str:
    """The visitor's address; an IPv6 visitor counts as the /64 that a provider gives to one home."""
    raw = request.remote_addr or "unknown"
    try:
        address = ipaddress.ip_address(raw)
    except ValueError:
        return raw
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return raw


limiter = Limiter(key_func=client_address, storage_uri="swept-memory://", strategy="moving-window")


def limited(times: int, per: str = "minute", *, methods: list[str] | None = None) -> Callable[[View], View]:
    """At most `times` per `per` ("minute", "hour") from one address, times AGORA_RATE_LIMIT_FACTOR.

    methods: which methods count; POST alone by default, so that reading a form again is always possible.
    """

    def rate() -> str:
        return f"{max(1, round(times * settings().rate_limit_factor))} per {per}"

    return cast(Callable[[View], View], limiter.limit(rate, methods=methods or ["POST"]))


def public_form(view: View) -> View:
    """The limit of a form that anyone may send: a class behind one address must still get through."""
    return limited(30, "minute")(view)
