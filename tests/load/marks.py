"""What was measured against what was asked, one line per mark."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field


@dataclass
class Marks:
    """Collects `MARK name value goal ok|short`."""

    lines: list[str] = field(default_factory=list)
    short: int = 0

    def __post_init__(self) -> None:
        # Builds of the same version differ by up to a tenth for the same work.
        print(f"Python {sys.version}", flush=True)

    def below(self, name: str, value: float, goal: float, unit: str) -> None:
        """The mark holds when the value is below the goal."""
        self._note(name, f"{value:.4g}{unit}", f"<{goal:g}{unit}", value < goal)

    def at_least(self, name: str, value: float, goal: float, unit: str) -> None:
        self._note(name, f"{value:.4g}{unit}", f">={goal:g}{unit}", value >= goal)

    def exactly(self, name: str, value: float, goal: float) -> None:
        self._note(name, f"{value:g}", f"={goal:g}", value == goal)

    def failed(self, name: str, goal: str, why: str) -> None:
        """It could not be measured: that is never ok."""
        print(f"  {name}: {why}", flush=True)
        self._note(name, "unmeasured", goal, False)

    def _note(self, name: str, value: str, goal: str, holds: bool) -> None:
        self.lines.append(f"MARK {name} {value} {goal} {'ok' if holds else 'short'}")
        self.short += not holds
        machine = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {stretch():.1f} times slower than alone"
        print(f"  {self.lines[-1]}  ({machine})", flush=True)


def stretch() -> float:
    """How many times longer a calculation takes just now than it would on a core of its own."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < 0.1:
        pass
    return (time.perf_counter() - wall) / (time.process_time() - cpu)


@contextlib.contextmanager
def timed(what: str) -> Iterator[list[float]]:
    """Seconds by the clock, which are the mark, in the list that it yields; printed with the processor's, which tell
    how much of it was waiting for others."""
    found: list[float] = []
    wall, cpu = time.perf_counter(), time.process_time()
    yield found
    found.append(time.perf_counter() - wall)
    print(f"  {what}: {found[0]:.3f} s by the clock, {time.process_time() - cpu:.3f} s of the processor", flush=True)


def quantile(seconds: Sequence[float], percent: int) -> float:
    """The smallest value that so many of a hundred do not exceed."""
    ordered = sorted(seconds)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def p95(seconds: Sequence[float]) -> float:
    return quantile(seconds, 95)


def p99(seconds: Sequence[float]) -> float:
    return quantile(seconds, 99)


def best_of(times: int, work: Callable[[], object]) -> float:
    """Seconds of the quickest of several runs: the one that the rest of the machine disturbed least."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return min(found)
