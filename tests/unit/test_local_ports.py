"""Two stacks that start together never choose the same port; one whose port another program takes in between says what
to do."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.processes import ROOT, LocalError, Processes, free_port, wait_until

LISTEN = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1])))"


def test_a_port_taken_meanwhile_is_said(tmp_path: Path) -> None:
    processes = Processes()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        child = processes.start("late", [sys.executable, "-c", LISTEN, port], log=tmp_path / "late.log")
        with pytest.raises(LocalError, match="Another program took its port meanwhile: start again"):
            wait_until(lambda: False, "late", seconds=30, child=child)
    processes.stop()


def test_a_port_that_another_stack_chose_is_not_chosen_while_it_lives() -> None:
    theirs = "from deploy.local.processes import free_port; print(free_port(33000), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", theirs], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        port = int(other.stdout.readline())
        assert free_port(port) != port  # nobody listens there yet
        other.communicate("\n")
    assert free_port(port) == port
    assert free_port(port) == port  # ours may be asked for again
