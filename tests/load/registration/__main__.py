"""`make load-registration [ARGS="rush lists"]`: all parts, or those named. Exit status 0 when every mark holds."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.load.marks import Marks
from tests.load.registration import house, phone, rush, staff, submissions

PARTS: dict[str, Callable[[house.House, Marks], None]] = {
    "throughput": submissions.throughput,
    "bare": submissions.beside_its_sql,
    "calm": submissions.calm,
    "rush": rush.rush,
    "lists": staff.lists,
    "weight": staff.weight,
    "lighthouse": phone.lighthouse,
}


def main(chosen: list[str]) -> int:
    if unknown := set(chosen) - PARTS.keys():
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    marks = Marks()
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before the start", flush=True)
    with tempfile.TemporaryDirectory(prefix="agora-load-") as folder, house.registration(Path(folder)) as served:
        for name, part in PARTS.items():
            if chosen and name not in chosen:
                continue
            print(name, flush=True)
            try:
                part(served, marks)
            except Exception:  # noqa: BLE001  (the other marks are still worth having)
                traceback.print_exc()
                marks.failed(f"registration-{name}", "measured", "stopped by the error above")
    print("\n".join(["", *marks.lines]))
    return 1 if marks.short else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
