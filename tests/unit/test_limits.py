"""How knocks are counted: `tests/unit/test_web_app.py` tells what the visitor reads."""

from __future__ import annotations

import threading
import time

import pytest
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from shared.web import limits
from shared.web.limits import SweptMemory


def test_a_knock_starts_no_thread() -> None:
    door = MovingWindowRateLimiter(SweptMemory())
    time.sleep(0.05)  # the library's own thread has ended
    before = set(threading.enumerate())
    assert door.hit(parse("2 per minute"), "192.0.2.1")
    assert set(threading.enumerate()) <= before


def test_what_is_over_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SWEPT_EVERY", 0.05)
    kept = SweptMemory()
    door, rate = MovingWindowRateLimiter(kept), parse("1 per second")
    for _ in range(2):
        assert door.hit(rate, "192.0.2.1")
        assert not door.hit(rate, "192.0.2.1")
        time.sleep(1.2)
        assert list(kept.events.values()) == [[]]
