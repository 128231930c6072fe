"""Everything that was started is stopped, and nothing else, however the end comes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START_BACKENDS = """
import time
from deploy.local import backends
from deploy.local.processes import Processes, home_of
home, lock = home_of("test")
found = backends.start("test", home, Processes(), ours=True)
print(found.postgres.url, found.rabbitmq.url, flush=True)
time.sleep(600)
"""


def below(pid: int) -> set[int]:
    """Every living descendant of a process, by its number."""
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, *_ = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if state not in "ZX":
            parents[int(stat.parent.name)] = int(parent)
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def living(pids: set[int]) -> set[int]:
    alive = set()
    for pid in pids:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                alive.add(pid)
        except OSError:
            continue
    return alive


def start(*arguments: str, until: str) -> tuple[subprocess.Popen[str], str]:
    """A Python process of ours, and what it printed up to the line that holds `until`."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "AGORA_BACKENDS": "packages"},
    )
    return process, read(process, until)


def read(process: subprocess.Popen[str], until: str) -> str:
    """What it prints, up to the line that holds `until`."""
    assert process.stdout
    printed = ""
    while until not in printed:
        line = process.stdout.readline()
        assert line, printed
        printed += line
    return printed


def server(started: set[int], program: str) -> int:
    """The process whose command line begins with `…/<program>`."""
    for pid in sorted(started):
        if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].endswith(f"/{program}".encode()):
            return pid
    raise AssertionError(f"no {program} among {started}")


@pytest.mark.slow
def test_a_killed_run_leaves_no_server_behind() -> None:
    process, printed = start("-c", START_BACKENDS, until="amqp://")
    started = below(process.pid)
    assert len(started) >= 4, "guard, PostgreSQL, epmd, RabbitMQ"
    ports = [int(part.split("/")[0]) for part in printed.replace("@127.0.0.1:", "\n").splitlines()[-2:]]
    process.kill()
    process.communicate(timeout=30)
    until = time.monotonic() + 40
    while living(started):
        assert time.monotonic() < until, living(started)
        time.sleep(0.2)
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.slow
def test_a_server_that_dies_is_started_again_and_ctrl_c_stops_the_whole_stack_and_no_one_else() -> None:
    bystander = subprocess.Popen(["sleep", "600"])
    process, printed = start("-m", "deploy.local", "run", "--name", "stack-test", "--fresh", until="Ctrl-C")
    try:
        assert "http://127.0.0.1:" in printed
        for program, name in (("postgres", "PostgreSQL"), ("beam.smp", "RabbitMQ")):
            os.kill(server(below(process.pid), program), signal.SIGKILL)
            assert f"{name} ended by itself" in read(process, f"{name} is back")
        started = below(process.pid)
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=90)
        assert "everything is stopped" in rest
        assert process.returncode == 0
        assert living(started) == set()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        process.kill()
        process.wait()
