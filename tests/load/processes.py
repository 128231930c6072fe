"""Processes that a measurement starts and ends."""

from __future__ import annotations

import contextlib
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def process(command: Sequence[str], environment: dict[str, str], log: Path, url: str = "") -> Iterator[int]:
    """A process of ours while the block runs, ready when `url` answers; its number."""
    with log.open("wb") as out:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            if url:
                _wait(url, child, log)
            yield child.pid
        finally:
            child.terminate()
            child.wait(30)


def _wait(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2):  # noqa: S310  (our own address)
            return
        time.sleep(0.2)
    raise RuntimeError(f"it did not start:\n{log.read_text()[-3000:]}")
