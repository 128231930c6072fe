"""Compute once per change what many look at: fifty viewers of the board cost one rendering."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable


class Once:
    """The newest `keep` results, by a key that names everything they depend on. For threads of one process."""

    def __init__(self, *, keep: int) -> None:
        self.keep = keep
        self._results: OrderedDict[Hashable, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], str]) -> str:
        """The result for `key`; while one thread computes, others wait for it instead of computing too."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
            result = compute()
            self._results[key] = result
            while len(self._results) > self.keep:
                self._results.popitem(last=False)
            return result
