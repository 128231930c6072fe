"""What was measured against what was asked, one line per mark."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Marks:
    """Collects `MARK name value goal ok|short`."""

    lines: list[str] = field(default_factory=list)
    short: int = 0

    def below(self, name: str, value: float, goal: float, unit: str) -> None:
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
        print(f"  {self.lines[-1]}  (load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)", flush=True)


def p99(seconds: Sequence[float]) -> float:
    """The smallest value that 99 % do not exceed."""
    ordered = sorted(seconds)
    return ordered[max(0, -(-len(ordered) * 99 // 100) - 1)]
