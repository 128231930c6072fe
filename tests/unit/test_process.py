"""A process whose thread dies must not look alive; the memory of one that serves pages stands in large pages."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from shared import process
from shared.process import large_pages, run_threads


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


def test_what_python_makes_stands_in_large_pages() -> None:
    if not (given := large_pages({})):
        pytest.skip("this kernel, or this C library, has none")
    many = """kept = [[] for _ in range(200_000)]
for line in open("/proc/self/smaps_rollup"):
    if line.startswith("AnonHugePages:"):
        print(line.split()[1])
"""
    command = [sys.executable, "-c", many]
    chosen = {name: value for name, value in os.environ.items() if name not in given}
    large = subprocess.run(command, env=chosen | given, check=True, capture_output=True, text=True)
    assert int(large.stdout) >= 8 * 1024  # KiB, of some 15


@pytest.mark.parametrize("chosen", [{"PYTHONMALLOC": "debug"}, {"GLIBC_TUNABLES": "glibc.malloc.check=3"}])
def test_who_chose_how_memory_is_taken_keeps_it(chosen: dict[str, str]) -> None:
    assert large_pages(chosen) == {}


def test_without_large_pages_memory_is_taken_as_python_takes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "_LARGE_PAGES", tmp_path / "enabled")
    assert large_pages({}) == {}  # a kernel that does not know them
    (tmp_path / "enabled").write_text("always madvise [never]\n")
    assert large_pages({}) == {}
