"""Child processes of one stack: each leads its own session, writes its own log, and ends when the stack does."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import pwd
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from deploy.local.guard import end_group

ROOT = Path(__file__).resolve().parents[2]
VAR = ROOT / "var"


class LocalError(Exception):
    """Something on this machine is missing or in the way; the text says what to do."""


class Child:
    """One running process group."""

    def __init__(
        self,
        owner: Processes,
        name: str,
        process: subprocess.Popen[bytes],
        log: Path,
        stop_sign: signal.Signals,
    ) -> None:
        self.owner = owner
        self.stop_sign = stop_sign
        self.name = name
        self.process = process
        self.log = log

    @property
    def pid(self) -> int:
        return self.process.pid

    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self, patience: float = 15.0) -> None:
        """Ask the group to end; SIGKILL after `patience` seconds. Returns when all of it is gone."""
        self._end(patience, self.stop_sign)

    def kill(self) -> None:
        """SIGKILL to the whole group, as when the power goes."""
        self._end(10, signal.SIGKILL)

    def _end(self, patience: float, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        end_group(self.pid, patience=2, sign=sign)  # grandchildren that outlived the leader
        self.process.wait(10)
        self.owner.drop(str(self.pid))

    def last_lines(self, count: int = 15) -> str:
        """The end of its log, for a message."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


class Processes:
    """What one stack has started. `stop()` ends it all, last started first; so does the death of this process."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self._guard: subprocess.Popen[bytes] | None = None

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: Path = ROOT,
        stop_sign: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start `argv` with its output appended to `log`.

        user: whom to run as, when we are root. stop_sign: the signal that makes it end in good order.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if env is None else env),
                cwd=cwd,
                start_new_session=True,
                **as_user(user),
            )
        child = Child(self, name, process, log, stop_sign)
        self.hold(str(process.pid), ["group", process.pid, int(stop_sign)])
        self.children = [other for other in self.children if other.is_running()] + [child]
        return child

    def hold(self, key: str, what: list[object]) -> None:
        """Tell the guard about something to stop if we cannot: ["group", pid, signal] or ["run", *argv]."""
        self._tell(["hold", key, what])

    def drop(self, key: str) -> None:
        self._tell(["drop", key])

    def stop(self) -> None:
        """End everything that still runs."""
        running = [child for child in reversed(self.children) if child.is_running()]
        for child in running:
            child.stop()
        self.children = []
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()
            self._guard.wait(60)
            self._guard = None

    def _tell(self, line: list[object]) -> None:
        if self._guard is None:
            self._guard = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        assert self._guard.stdin is not None
        self._guard.stdin.write(json.dumps(line).encode() + b"\n")
        self._guard.stdin.flush()


def as_user(name: str | None) -> dict[str, Any]:
    """Arguments for subprocess that drop to another user; none when we are that user already."""
    if name is None or os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def first_user(*names: str) -> str | None:
    """The first of these users that exists, when we are root; None means: stay who we are."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in names if name in known), "nobody")


def free_port(preferred: int = 0) -> int:
    """A free loopback TCP port: the preferred one, the next free one above it, or any.

    Any is one below those that outgoing connections take, and never the same twice in one process: whoever will
    listen there may need seconds to begin. For as long as we live no other process that asks here gets it either.
    """
    ports = range(preferred, preferred + 50) if preferred else (_FIRST + next(_turn) % _PORTS for _ in range(50))
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                if _claim(port):
                    return port
    where = f"from {preferred} to {preferred + 49} " if preferred else ""
    raise LocalError(f"No free port {where}on 127.0.0.1.")


def _claim(port: int) -> bool:
    """Whether no other process has asked for this port. A name that the kernel forgets with the process says so."""
    if port not in _claimed:
        with socket.socket(socket.AF_UNIX) as mark:
            try:
                mark.bind(f"\0agora port {port}")
            except OSError:
                return False
            mark.detach()
        _claimed.add(port)
    return True


_claimed: set[int] = set()
_FIRST, _PORTS = 20_000, 12_000
_turn = itertools.count(secrets.randbelow(_PORTS))


def wait_until(check: Callable[[], bool], what: str, *, seconds: float, child: Child | None = None) -> None:
    """Poll `check` until it holds. Raises LocalError with the end of the child's log when it does not."""
    until = time.monotonic() + seconds
    while not check():
        if child and not child.is_running():
            lines = child.last_lines()
            taken = (
                "Another program took its port meanwhile: start again.\n" if "already in use" in lines.lower() else ""
            )
            raise LocalError(f"{what} ended at once (see {child.log}):\n{lines}\n{taken}".rstrip())
        if time.monotonic() > until:
            tail = f" (see {child.log}):\n{child.last_lines()}" if child else "."
            raise LocalError(f"{what} did not answer within {seconds:.0f} s{tail}")
        time.sleep(0.05)


def home_of(purpose: str) -> tuple[Path, IO[str]]:
    """The folder var/<purpose>, locked for as long as the returned file stays open.

    Tests throw their data away, so a second run beside the first takes var/test-2. The demo's data are kept, so
    a second demo is refused. Raises LocalError.
    """
    names = [purpose] if purpose != "test" else [purpose] + [f"{purpose}-{n}" for n in range(2, 20)]
    for name in names:
        folder = VAR / name
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            return folder, lock
    pid = (VAR / purpose / "lock").read_text().strip() or "?"
    raise LocalError(f"This folder's {purpose} is already running (process {pid}). Stop it first with Ctrl-C.")
