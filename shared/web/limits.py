"""How often one address may knock. Counted in memory, per process: enough to slow a robot, nothing to run."""

from __future__ import annotations

import ipaddress
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Flask, request
from werkzeug.exceptions import TooManyRequests

from shared.web import settings

View = TypeVar("View", bound=Callable[..., Any])

_SECONDS = {"minute": 60, "hour": 3600}
_SWEPT_AT = 10_000  # addresses


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


@dataclass(frozen=True)
class Limit:
    """At most `times` in any `seconds` from one address, times AGORA_RATE_LIMIT_FACTOR."""

    times: int
    seconds: int
    methods: tuple[str, ...]


@dataclass
class Knocks:
    """When each address knocked where, as long as it counts."""

    _kept: dict[Hashable, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, key: Hashable, times: int, seconds: int) -> int:
        """Count one knock; 0, or the seconds until the next one is allowed: then this one is not counted."""
        now = time.monotonic()
        with self._lock:
            if key not in self._kept and len(self._kept) >= _SWEPT_AT:
                self._sweep(now)
            mine = self._kept.setdefault(key, deque())
            while mine and mine[0] <= now - seconds:
                mine.popleft()
            if len(mine) >= times:
                return math.ceil(mine[0] + seconds - now)
            mine.append(now)
            return 0

    def forget(self) -> None:
        """Nobody knocked yet."""
        with self._lock:
            self._kept.clear()

    def _sweep(self, now: float) -> None:
        old = now - max(_SECONDS.values())
        self._kept = {key: times for key, times in self._kept.items() if times and times[-1] > old}


def count(app: Flask) -> None:
    """Refuse what knocks too often at a view with a limit, before anything of it is read."""
    knocks = app.extensions["knocks"] = Knocks()

    @app.before_request
    def knock() -> None:
        limit: Limit | None = getattr(app.view_functions.get(request.endpoint or ""), "limit", None)
        if limit is None or request.method not in limit.methods:
            return
        times = max(1, round(limit.times * settings().rate_limit_factor))
        if wait := knocks.wait((request.endpoint, client_address()), times, limit.seconds):
            raise TooManyRequests(retry_after=wait)


def limited(times: int, per: str = "minute", *, methods: list[str] | None = None) -> Callable[[View], View]:
    """At most `times` per `per` ("minute", "hour") from one address.

    methods: which methods count; POST alone by default, so that reading a form again is always possible.
    """

    def mark(view: View) -> View:
        view.limit = Limit(times, _SECONDS[per], tuple(methods or ["POST"]))  # type: ignore[attr-defined]
        return view

    return mark


def public_form(view: View) -> View:
    """The limit of a form that anyone may send: a class behind one address must still get through."""
    return limited(30, "minute")(view)
