"""`make load-jury [ARGS="sheets board"]`: all parts, or those named. Exit status 0 when every mark holds."""

from __future__ import annotations

import functools
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.load.jury import board, figures, house, tablets, tap
from tests.load.marks import Marks

ALONE: dict[str, Callable[[Marks], None]] = {"calibrate": figures.calibrate, "assign": figures.assign}
HOUSED: dict[str, Callable[[house.House, Marks], None]] = {
    "closing": figures.closing,
    "sheets": tablets.sheets,
    "board": board.board,
    "tap": tap.tap,
    "reconnection": tablets.reconnection,
}


def main(chosen: list[str]) -> int:
    unknown = set(chosen) - ALONE.keys() - HOUSED.keys()
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join([*ALONE, *HOUSED])}", file=sys.stderr)
        return 2
    marks = Marks()
    for name, part in ALONE.items():
        if not chosen or name in chosen:
            _run(name, functools.partial(part, marks), marks)
    if not chosen or HOUSED.keys() & set(chosen):
        with tempfile.TemporaryDirectory(prefix="agora-load-") as folder, house.jury(Path(folder)) as served:
            for name, housed in HOUSED.items():
                if not chosen or name in chosen:
                    _run(name, functools.partial(housed, served, marks), marks)
    print("\n".join(["", *marks.lines]))
    return 1 if marks.short else 0


def _run(name: str, part: Callable[[], None], marks: Marks) -> None:
    print(name, flush=True)
    try:
        part()
    except Exception:  # noqa: BLE001  (the other marks are still worth having)
        traceback.print_exc()
        marks.failed(name, "measured", "stopped by the error above")


sys.exit(main(sys.argv[1:]))
