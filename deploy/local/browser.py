"""What pages get from others: the reader and writer of QR codes, fetched with npm as requirements/browser pins it."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.local import packages
from deploy.local.processes import ROOT, VAR, LocalError

PINS = ROOT / "requirements" / "browser"
WANTED = [ROOT / "services" / service / "static" / "node_modules" / "qr" for service in ("registration", "jury")]
FILES = ("decode.js", "index.js", "LICENSE-MIT")
NPM = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000"]


def fetch() -> None:
    """Make sure that the files are there, as pinned. Raises LocalError saying what to do; npm checks the hashes."""
    stamp = VAR / "cache" / "browser" / "pins"
    pins = hashlib.sha256((PINS / "package-lock.json").read_bytes()).hexdigest()
    folder = stamp.parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        there = all((folder / name).exists() for folder in WANTED for name in FILES)
        fetched = there and stamp.exists() and stamp.read_text() == pins
        if fetched:
            return
        packages.ensure("npm", present=lambda: shutil.which("npm") is not None)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, folder)
        _npm(folder)
        for wanted in WANTED:
            wanted.mkdir(parents=True, exist_ok=True)
            for name in FILES:
                # Whole or not at all: a running server may be handing it out.
                fresh = wanted / f".{name}"
                shutil.copyfile(folder / "node_modules" / "qr" / name, fresh)
                fresh.replace(wanted / name)
        stamp.write_text(pins)


def offer(say: Callable[[str], None]) -> None:
    """As `fetch`, but a stack goes without: its pages then say that they read no code."""
    try:
        fetch()
    except LocalError as error:
        say(f"no badge and no tablet's code will be read with the camera. {error}")


def _npm(folder: Path) -> None:
    try:
        done = subprocess.run(NPM, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired as error:
        raise LocalError("npm got no answer in two minutes; try again with a network.") from error
    if done.returncode:
        said = "; ".join(done.stderr.strip().splitlines()[:2])
        raise LocalError(f"npm could not fetch what requirements/browser pins: {said}")


if __name__ == "__main__":
    try:
        fetch()
    except LocalError as error:
        sys.exit(f"agora: {error}")
