"""A process whose thread dies must not look alive."""

from __future__ import annotations

import threading

from shared.process import run_threads


def test_threads_that_end_when_asked_make_a_clean_end() -> None:
    stop = threading.Event()
    threading.Timer(0.05, stop.set).start()
    assert run_threads({"one": lambda: stop.wait() and None, "two": lambda: stop.wait() and None}, stop) == 0


def test_a_thread_that_raises_ends_the_process_with_status_1() -> None:
    stop = threading.Event()

    def fail() -> None:
        raise ZeroDivisionError

    assert run_threads({"fails": fail, "waits": lambda: stop.wait() and None}, stop) == 1


def test_a_thread_that_returns_unasked_counts_as_failed() -> None:
    stop = threading.Event()
    assert run_threads({"returns": lambda: None, "waits": lambda: stop.wait() and None}, stop) == 1
