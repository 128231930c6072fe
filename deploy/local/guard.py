"""Stops what a stack started when the stack dies without a word (SIGKILL, a closed terminal, a crash).

The stack holds the writing end of this process's standard input and tells it, one JSON list per line, what is
running: `["hold", key, ["group", pid, signal]]`, `["hold", key, ["run", argv…]]`, `["drop", key]`. When the pipe ends,
for whatever reason, everything still held is stopped, last started first. Standard library only, so that it
starts in a few milliseconds.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def end_group(pid: int, patience: float = 10.0, sign: int = signal.SIGTERM) -> None:
    """Signal a process group, and SIGKILL what is left of it after `patience` seconds."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, sign)
        until = time.monotonic() + patience
        while is_alive(pid):
            if time.monotonic() > until:
                os.killpg(pid, signal.SIGKILL)
                return
            time.sleep(0.05)


def is_alive(group: int) -> bool:
    """Whether a process of the group still runs. One that ended and was not yet reaped does not count: in a
    container without an init that may take for ever."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # "pid (name) state parent group …"; the name may hold anything, a parenthesis too.
            state, _, its_group, *_ = stat.read_text().rpartition(")")[2].split()
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def main() -> None:
    # A Ctrl-C or a hang-up is for the stack: it tells us what it stopped, and then closes the pipe.
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    held: dict[str, list[Any]] = {}
    for line in sys.stdin:
        verb, key, *what = json.loads(line)
        if verb == "hold":
            held[key] = what[0]
        else:
            held.pop(key, None)
    for what in reversed(held.values()):
        if what[0] == "group":
            end_group(what[1], sign=what[2])
        else:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(what[1:], capture_output=True, timeout=30, check=False)


if __name__ == "__main__":
    main()
