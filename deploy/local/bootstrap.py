"""Makes the virtual environment when it is missing or out of date, then becomes the command that was asked for.

    python3 deploy/local/bootstrap.py pytest -m "not slow"

Runs under the system's own Python with nothing installed, so it uses the standard library only. A stamp holds
the hash of the lock file: when it still matches, all this costs is starting Python.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements" / "dev.lock"
STAMP = VENV / ".agora-lock"
OLDEST, NEWEST = (3, 11), (3, 14)


def say(text: str) -> None:
    print(f"agora: {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    say(text)
    raise SystemExit(2)


def version_of(python: str) -> tuple[int, ...] | None:
    """(major, minor) of an interpreter, or None when it does not run."""
    ask = "import sys; print(*sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return tuple(int(part) for part in done.stdout.split()) if done.returncode == 0 else None


def has_venv(python: str) -> bool:
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0


def choose_python() -> str:
    """The interpreter to build on: the one running this if it fits, else the newest that fits on the PATH.

    One whose venv module is incomplete is taken when there is no other, to be completed.
    """
    running = [sys.executable] if OLDEST <= sys.version_info[:2] <= NEWEST else []
    named = [(f"python3.{minor}", minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    found = [path for name, minor in named if (path := shutil.which(name)) and version_of(path) == (3, minor)]
    if fits := running + found:
        return next((python for python in fits if has_venv(python)), fits[0])
    stop(
        "Python 3.11 to 3.14 is needed and none was found on the PATH "
        f"(this is {sys.version.split()[0]}). On Debian 12 or newer: apt-get install python3 python3-venv"
    )


def apt_get(verb: str) -> bool:
    """Install python3-venv, or update the lists; whether that worked. Only what went wrong is shown."""
    packages = ["--no-install-recommends", "python3-venv"] if verb == "install" else []
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", verb, "-y", "-qq", *packages]
    return subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0


def make_venv(python: str) -> None:
    """An empty virtual environment. Installs Debian's python3-venv when it is missing and that is permitted."""
    version = ".".join(str(part) for part in version_of(python) or ())
    say(f"making .venv with Python {version} ({python})")
    if not has_venv(python):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            stop(f"Python's venv module is incomplete. Run: sudo apt-get install python{version}-venv")
        say("installing python3-venv with apt-get")
        if not (apt_get("install") or (apt_get("update") and apt_get("install"))):
            stop("apt-get could not install python3-venv; its message stands above")
    if subprocess.run([python, "-m", "venv", "--clear", str(VENV)], stdout=sys.stderr, check=False).returncode:
        stop(f"{python} could not make {VENV}; its message stands above")


def install(wanted: str) -> None:
    """Bring .venv in line with the lock, every file checked against its hash."""
    began = time.monotonic()
    if version_of(str(VENV / "bin" / "python")) is None:
        make_venv(choose_python())
    say("installing the locked dependencies: one to three minutes, once")
    # Python compiles a module when it is first imported; to compile all of them now is a third of the whole.
    done = subprocess.run(
        [str(VENV / "bin" / "python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        + ["--no-compile", "--require-hashes", "-r", str(LOCK)],
        stdout=sys.stderr,
        check=False,
    )
    if done.returncode:
        stop("pip could not install requirements/dev.lock; its message stands above (is there a network?)")
    STAMP.write_text(wanted)
    say(f"dependencies ready in {time.monotonic() - began:.0f} s")


def main(command: list[str]) -> None:
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    try:
        is_current = STAMP.read_text() == wanted and (VENV / "bin" / "python").exists()
    except FileNotFoundError:
        is_current = False
    if not is_current:
        # Two commands started together must not build the same folder.
        (ROOT / "var").mkdir(exist_ok=True)
        with (ROOT / "var" / "bootstrap.lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            current = ""
            with contextlib.suppress(FileNotFoundError):
                current = STAMP.read_text()
            if current != wanted:
                install(wanted)
    if not command:
        return
    os.environ["VIRTUAL_ENV"] = str(VENV)
    os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.environ.pop("PYTHONHOME", None)
    os.chdir(ROOT)
    os.execvp(command[0], command)


if __name__ == "__main__":
    main(sys.argv[1:])
