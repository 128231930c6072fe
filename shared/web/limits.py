"""How often one address may knock. Counted in memory, per process: enough to slow a robot, nothing to run."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

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

    def __init__(self) -> None:
        super().__init__()
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
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:  # as a proxy that listens to both kinds may write it
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return raw


def count(app: Flask) -> None:
    """Give `app` a memory of its own for who knocked."""
    app.extensions["knocks"] = MovingWindowRateLimiter(SweptMemory())


def limited(
    times: int, per: str = "minute", *, methods: list[str] | None = None, together: str = ""
) -> Callable[[View], View]:
    """At most `times` per `per` ("minute", "hour") from one address, times AGORA_RATE_LIMIT_FACTOR.

    methods: which methods count; POST alone by default, so that reading a form again is always possible. HEAD runs the
    view of GET and counts as one. together: a name under which several views count as one, as the ways to one thing
    do. Raises TooManyRequests.
    """
    counted = {*(methods or ["POST"])}
    counted |= {"HEAD"} if "GET" in counted else set()

    def limit(view: View) -> View:
        @wraps(view)
        def knocked(*args: Any, **values: Any) -> Any:
            if request.method in counted:
                rate = _rate(max(1, round(times * settings().rate_limit_factor)), per)
                if not current_app.extensions["knocks"].hit(rate, together or request.endpoint, client_address()):
                    raise TooManyRequests
            return view(*args, **values)

        knocked.counted = counted  # type: ignore[attr-defined]  # for the test that each limit can be reached
        return cast(View, knocked)

    return limit


@cache
def _rate(times: int, per: str) -> RateLimitItem:
    return parse(f"{times} per {per}")


def public_form(view: View) -> View:
    """The limit of a form that anyone may send, on whatever page: a class behind one address must still get through."""
    return limited(30, "minute", together="public form")(view)
