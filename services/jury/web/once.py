"""Compute once per change what many look at: fifty viewers of the board cost one rendering."""

from __future__ import annotations

import fcntl
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path

from shared.web import together


class Once:
    """The newest `keep` results, by a key that names everything they depend on.

    For the threads of one process, and where gunicorn gave its processes a folder in common, for all of them.
    """

    def __init__(self, *, keep: int) -> None:
        self.keep = keep
        self._results: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], str]) -> str:
        """The result for `key`; while one computes, others wait for it instead of computing too."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            folder = together.folder()
            result = self._in_turn(folder, key, compute) if folder else compute()
            self._results[key] = result
            while len(self._results) > self.keep:
                self._results.popitem(last=False)
            return result

    def _in_turn(self, folder: Path, key: Hashable, compute: Callable[[], str]) -> str:
        """What another process left there, or what we compute and leave there."""
        file = folder / f"{hashlib.sha256(repr(key).encode()).hexdigest()}.once"
        try:
            turn = (folder / "lock").open("w")
        except OSError:  # full, or gone
            return compute()
        with turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # freed when the process dies, whatever it was doing
            if file.exists():
                return file.read_text(encoding="utf-8")
            result = compute()
            with suppress(OSError):  # full: the next process computes it again
                self._leave(file, result)
            return result

    def _leave(self, file: Path, result: str) -> None:
        kept = sorted(file.parent.glob("*.once"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[: max(0, len(kept) - self.keep + 1)]:
            old.unlink()
        part = file.with_name("part")
        part.write_text(result, encoding="utf-8")
        part.rename(file)
