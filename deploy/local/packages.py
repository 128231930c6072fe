"""Programs from the operating system's packages: found, or installed with apt-get when that is permitted."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy.local.processes import VAR, LocalError

POLICY = Path("/usr/sbin/policy-rc.d")
HEADLESS = "chromium-headless-shell"


def ensure(*packages: str, present: Callable[[], bool], say: Callable[[str], None] | None = None) -> None:
    """Make sure that `present()` holds, installing the Debian packages if need be.

    Needs root and apt-get; else raises LocalError saying what to do. The packages' own services are kept from
    starting.
    """
    if present():
        return
    command = f"apt-get install --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise LocalError(f"Missing: {', '.join(packages)}. As root, run: {command}")
    (say or _say)(f"installing {', '.join(packages)} with apt-get")
    began = time.monotonic()
    VAR.mkdir(exist_ok=True)
    with (VAR / "apt.lock").open("w") as guard, _no_services():
        fcntl.flock(guard, fcntl.LOCK_EX)
        # The lists of a fresh image are empty; those of an old machine may name versions that are gone.
        if present() or (_lists_exist() and _apt("install", *packages)):
            pass
        elif not (_apt("update") and _apt("install", *packages)):
            raise LocalError(f"apt-get could not install them; see {VAR / 'apt.log'}. By hand: {command}")
    if not present():
        raise LocalError(f"{', '.join(packages)} installed, and yet the program is not found.")
    (say or _say)(f"installed in {time.monotonic() - began:.0f} s")


def find(*names: str, folders: tuple[str, ...] = ()) -> Path | None:
    """The first of these programs, on the PATH or in folders given as glob patterns (newest version first)."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
        for pattern in folders:
            matches = [path for path in Path("/").glob(pattern.lstrip("/") + "/" + name) if os.access(path, os.X_OK)]
            if matches:
                return max(matches, key=_version)
    return None


def chromium(say: Callable[[str], None] | None = None) -> Path:
    """The browser of the tests: Chromium without the windows around its pages, which take a third of its time.

    Where that may not be installed, the whole Chromium, if it is there. Raises LocalError when neither can be had.
    libatomic1 is for Playwright's own node, which a minimal Debian cannot start.
    """
    try:
        ensure(HEADLESS, "libatomic1", present=lambda: _loads("libatomic.so.1") and find(HEADLESS) is not None, say=say)
    except LocalError:
        if not (find("chromium", "chromium-browser") and _loads("libatomic.so.1")):
            raise
    found = find(HEADLESS, "chromium", "chromium-browser")
    assert found is not None
    return found


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _version(path: Path) -> list[int]:
    return [int(digits) for digits in "".join(c if c.isdigit() else " " for c in str(path)).split()]


def _lists_exist() -> bool:
    return any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def _apt(verb: str, *packages: str) -> bool:
    options = ["-y", "-q", "-o", "DPkg::Lock::Timeout=120"]
    if verb == "install":
        options += ["--no-install-recommends"]
    with (VAR / "apt.log").open("ab") as log:
        done = subprocess.run(
            ["apt-get", verb, *options, *packages],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    return done.returncode == 0


@contextlib.contextmanager
def _no_services() -> Iterator[None]:
    """Debian asks policy-rc.d before it starts a freshly installed service; 101 means: do not."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink(missing_ok=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
