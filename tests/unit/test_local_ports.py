"""A stack whose port another program takes in between says what to do."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from deploy.local.processes import LocalError, Processes, wait_until

LISTEN = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1])))"


def test_a_port_taken_meanwhile_is_said(tmp_path: Path) -> None:
    processes = Processes()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        child = processes.start("late", [sys.executable, "-c", LISTEN, port], log=tmp_path / "late.log")
        with pytest.raises(LocalError, match="Another program took its port meanwhile: start again"):
            wait_until(lambda: False, "late", seconds=30, child=child)
    processes.stop()
