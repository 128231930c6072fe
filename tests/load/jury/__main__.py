"""`make load-jury [ARGS="sheets board"]`: all parts, or those named. Exit status 0 when every mark holds."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.load.jury import house, tablets
from tests.load.jury.marks import Marks

HOUSED: dict[str, Callable[[house.House, Marks], None]] = {
    "sheets": tablets.sheets,
    "reconnection": tablets.reconnection,
}


def main(chosen: list[str]) -> int:
    marks = Marks()
    with tempfile.TemporaryDirectory(prefix="agora-load-") as folder, house.jury(Path(folder)) as served:
        for name, part in HOUSED.items():
            if chosen and name not in chosen:
                continue
            print(name, flush=True)
            try:
                part(served, marks)
            except Exception:  # noqa: BLE001  (the other marks are still worth having)
                traceback.print_exc()
                marks.failed(name, "measured", "stopped by the error above")
    print("\n".join(["", *marks.lines]))
    return 1 if marks.short else 0


sys.exit(main(sys.argv[1:]))
