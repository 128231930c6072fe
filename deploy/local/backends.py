"""Finds PostgreSQL and RabbitMQ: addresses given, else a Docker engine, else the operating system's packages.

The demo and the tests both ask here. `AGORA_BACKENDS=given|docker|packages` forces one of the ways.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from deploy.local import docker, packages, postgres, rabbitmq
from deploy.local.processes import LocalError, Processes

POSTGRES_VARIABLE = "AGORA_TEST_POSTGRES_URL"
AMQP_VARIABLE = "AGORA_TEST_AMQP_URL"
WAYS = ("given", "docker", "packages")


class Server(Protocol):
    """What the ways have in common. `url` never changes while the object lives."""

    url: str

    def begin(self) -> None: ...
    def wait(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...


class Broker(Server, Protocol):
    def vhost_url(self, name: str) -> str | None:
        """The address of a virtual host asked for at the start; None where we could not make one."""


class Given:
    """A server that somebody else runs: it is used, and never started or stopped."""

    def __init__(self, url: str) -> None:
        self.url = url

    def begin(self) -> None:
        """Nothing to start."""

    wait = begin

    def vhost_url(self, name: str) -> str | None:
        return self.url if name == "/" else None

    def start(self) -> None:
        raise LocalError("This server was given by its address; it is not ours to start or stop.")

    stop = kill = start


@dataclass
class Backends:
    """Both servers, up. way: how they were found."""

    way: str
    postgres: Server
    rabbitmq: Broker
    containers: list[docker._Container] = field(default_factory=list)

    def close(self) -> None:
        """Remove containers; processes end with the `Processes` they were started in."""
        for container in self.containers:
            container.remove()


def start(
    purpose: str,
    home: Path,
    processes: Processes,
    *,
    vhosts: Sequence[str] = (),
    ours: bool = False,
    fresh: bool = False,
    say: Callable[[str], None] | None = None,
) -> Backends:
    """Both servers, found or started in parallel, for purpose "demo" or "test".

    home: the folder for data and logs. vhosts: virtual hosts to make beside "/". ours=True leaves out given
    addresses: for whoever wants to stop and kill the servers. fresh: a broker without queues; one that was given
    keeps them. Raises LocalError saying what to do.
    """
    tell = say or _say
    began = time.monotonic()
    way, reasons = choose(ours=ours, say=tell)
    durable = purpose != "test"
    database: Server
    broker: Broker
    containers: list[docker._Container] = []
    if way == "given":
        database, broker = Given(os.environ[POSTGRES_VARIABLE]), Given(os.environ[AMQP_VARIABLE])
    elif way == "docker":
        in_docker = docker.DockerPostgres(processes, home, durable=durable)
        broker_in_docker = docker.DockerRabbitMQ(processes, home, durable=durable, fresh=fresh, vhosts=vhosts)
        containers = [in_docker, broker_in_docker]
        database, broker = in_docker, broker_in_docker
    else:
        packages.ensure(
            *missing_packages(),
            present=lambda: not missing_packages(),
            say=tell,
        )
        # The broker takes seconds to boot: it begins before the database makes its folder.
        broker = rabbitmq.RabbitMQ(processes, home, fresh=fresh or not durable, vhosts=vhosts)
        broker.begin()
        database = postgres.Postgres(processes, home, durable=durable)
    if way == "docker":
        broker.begin()
    database.begin()
    database.wait()
    broker.wait()
    because = f" ({'; '.join(reasons)})" if reasons else ""
    tell(f"PostgreSQL and RabbitMQ: {_NAMES[way]}{because}, ready in {time.monotonic() - began:.1f} s")
    return Backends(way, database, broker, containers)


def choose(*, ours: bool = False, say: Callable[[str], None]) -> tuple[str, list[str]]:
    """The way to take, and why those before it were not. Raises LocalError when the forced one cannot be."""
    forced = os.environ.get("AGORA_BACKENDS", "")
    if forced and forced not in WAYS:
        raise LocalError(f"AGORA_BACKENDS={forced}: must be one of {', '.join(WAYS)}.")
    given = [name for name in (POSTGRES_VARIABLE, AMQP_VARIABLE) if os.environ.get(name)]
    if forced == "given" or (not forced and given and not ours):
        if len(given) < 2:
            lacking = {POSTGRES_VARIABLE, AMQP_VARIABLE} - set(given)
            raise LocalError(f"Give both addresses: {' and '.join(sorted(lacking))} missing.")
        return "given", []
    if forced == "packages":
        return "packages", []
    reason = docker.why_not(say)
    if reason is None:
        return "docker", []
    if forced == "docker":
        raise LocalError(f"AGORA_BACKENDS=docker, but {reason}.")
    return "packages", [reason]


def missing_packages() -> list[str]:
    """Debian packages to install for the third way."""
    wanted = {"postgresql": postgres.is_installed(), "rabbitmq-server": rabbitmq.is_installed()}
    return [name for name, is_there in wanted.items() if not is_there]


_NAMES = {
    "given": "the addresses given in the environment",
    "docker": "containers",
    "packages": "private instances from the system's packages",
}


def _say(text: str) -> None:
    print(f"agora: {text}", file=sys.stderr, flush=True)
