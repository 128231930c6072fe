"""What the machine can do at most: Postfix's own source and sink, and OpenSSL's signatures."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from deploy.local import packages
from deploy.local.processes import Processes, first_user, free_port, wait_until

_FOLDERS = ("/usr/sbin", "/usr/lib/postfix/sbin")


def programs() -> tuple[Path, Path]:
    """smtp-source and smtp-sink, from the package postfix. Raises LocalError when they may not be installed."""
    packages.ensure("postfix", present=lambda: _find("smtp-source") is not None and _find("smtp-sink") is not None)
    source, sink = _find("smtp-source"), _find("smtp-sink")
    assert source is not None
    assert sink is not None
    return source, sink


def _find(name: str) -> Path | None:
    return packages.find(name, folders=_FOLDERS)


@contextlib.contextmanager
def sink(processes: Processes, program: Path, folder: Path) -> Iterator[int]:
    """smtp-sink, which takes every mail and throws it away; its port."""
    port = free_port()
    user = ["-u", first_user("nobody") or "nobody"] if os.geteuid() == 0 else []
    child = processes.start("sink", [program, *user, f"127.0.0.1:{port}", "256"], log=folder / "sink.log")
    wait_until(lambda: _answers(port), "smtp-sink", seconds=10, child=child)
    try:
        yield port
    finally:
        child.stop()


def _answers(port: int) -> bool:
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
        return probe.recv(3) == b"220"
    return False


def source_rate(program: Path, port: int, octets: int, mails: int, connections: int) -> float:
    """Mails per second from smtp-source to the sink, over connections that stay open."""
    began = time.perf_counter()
    subprocess.run(
        [program, "-d", "-s", f"{connections}", "-m", f"{mails}", "-l", f"{octets}"]
        + ["-f", "echo@agora.example", "-t", "lecteur@lecteurs.test", f"127.0.0.1:{port}"],
        check=True,
        timeout=120,
        stdout=subprocess.DEVNULL,
    )
    return mails / (time.perf_counter() - began)


def signatures(seconds: float = 1.0) -> tuple[float, float]:
    """RSA-2048 signatures on one core: per second of the clock, and per second of CPU."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    done, began, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < seconds:
        key.sign(b"what is signed is hashed first" * 30, padding.PKCS1v15(), hashes.SHA256())
        done += 1
    return done / (time.perf_counter() - began), done / (time.process_time() - cpu)
