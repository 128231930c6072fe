"""Pins the dependencies: `python -m deploy.local.lock registration jury mailer dev`.

One lock for every platform and Python version, with the hash of each file and without the address of any index,
so that it installs from whichever the machine is configured for. uv does the work, from a folder of its own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from deploy.local.processes import ROOT, VAR

OPTIONS = [
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-emit-index-url", "--no-emit-find-links", "--no-header", "--no-annotate", "--quiet"),
]


def uv() -> Path:
    """uv from the PATH, else installed with pip under var/tools."""
    if found := shutil.which("uv"):
        return Path(found)
    tools = VAR / "tools"
    if not (tools / "bin" / "uv").exists():
        venv.create(tools, with_pip=True)
        subprocess.run([tools / "bin" / "pip", "install", "--quiet", "uv"], check=True)
    return tools / "bin" / "uv"


def pip_configuration() -> dict[str, str]:
    """Where pip looks, in uv's words: uv does not read pip's configuration."""
    words = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    words |= {"cert": "SSL_CERT_FILE"}
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    found: dict[str, str] = {}
    for line in said.splitlines():
        name, _, value = line.partition("=")
        if variable := words.get(name.rpartition(".")[2]):
            found[variable] = value.strip("'\"")
    # pip takes the best version from all its indexes; uv would stop at the first that knows the name.
    return found | {"UV_INDEX_STRATEGY": "unsafe-best-match"}


def main(extras: list[str]) -> int:
    environment = pip_configuration() | dict(os.environ)
    for extra in extras:
        output = ROOT / "requirements" / f"{extra}.lock"
        command = [uv(), "pip", "compile", *OPTIONS, "--extra", extra, "pyproject.toml", "-o", output]
        done = subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False)
        if done.returncode:
            return done.returncode
        if "://" in output.read_text():
            print(f"{output.name} names an address; it must not", file=sys.stderr)
            return 1
        print(f"requirements/{output.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
