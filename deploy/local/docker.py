"""PostgreSQL and RabbitMQ as containers, when a Docker engine answers. The images are the ones of production."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from deploy.local.postgres import IN_FRENCH, answers
from deploy.local.processes import ROOT, LocalError, Processes, free_port, wait_until
from deploy.local.rabbitmq import HELLO

POSTGRES_IMAGE = "postgres:17"
RABBITMQ_IMAGE = "rabbitmq:4-management"


def why_not(say: Callable[[str], None]) -> str | None:
    """None when an engine answers and has both images or could pull them; else the reason. Never hangs."""
    if not shutil.which("docker"):
        return "no docker client"
    if not _docker("version", "--format", "{{.Server.Version}}", seconds=5):
        return "the docker client is here, but no engine answers"
    for image in (POSTGRES_IMAGE, RABBITMQ_IMAGE):
        if not _docker("image", "inspect", image, seconds=10):
            say(f"pulling {image}")
            if not _docker("pull", "--quiet", image, seconds=180):
                return f"the image {image} is not here and could not be pulled"
    return None


def _docker(*arguments: str, seconds: float) -> bool:
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


class _Container:
    """One container with a fixed host port, so that its address survives stop and start."""

    def __init__(self, processes: Processes, home: Path, kind: str, image: str) -> None:
        # Its reaper is one more image to pull; our guard removes the containers of a run that died.
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
        from testcontainers.core.container import DockerContainer

        mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        self.processes = processes
        self.name = f"agora-{mark}-{home.name}-{kind}"
        self.volume = f"{self.name}-data"
        self.port = free_port()
        self.password = _password(home / f"{kind}-password")
        _docker("rm", "--force", self.name, seconds=30)
        self.container: Any = DockerContainer(image).with_name(self.name)
        self._made = False

    def begin(self) -> None:
        """Start without waiting."""
        if self._made:
            self.container.get_wrapped_container().start()
        else:
            self.processes.hold(self.name, ["run", "docker", "rm", "--force", "--volumes", self.name])
            self.container.start()
            self._made = True

    def wait(self) -> None:
        wait_until(self.is_up, self.name, seconds=90)

    def start(self) -> None:
        self.begin()
        self.wait()

    def stop(self) -> None:
        self.container.get_wrapped_container().stop(timeout=30)

    def kill(self) -> None:
        self.container.get_wrapped_container().kill()

    def remove(self) -> None:
        """The container goes; a named volume stays."""
        with contextlib.suppress(Exception):
            self.container.stop()
        self.processes.drop(self.name)

    def is_up(self) -> bool:
        raise LocalError("each kind knows its own sign of life")


class DockerPostgres(_Container):
    """PostgreSQL in a container."""

    def __init__(self, processes: Processes, home: Path, *, durable: bool) -> None:
        super().__init__(processes, home, "postgres", POSTGRES_IMAGE)
        self.container.with_env("POSTGRES_PASSWORD", self.password)
        # Set directly: with_bind_ports knows no address, and would publish to the whole network.
        self.container.ports[5432] = ("127.0.0.1", self.port)
        command = "postgres -c max_connections=300"
        if durable:  # whom somebody looks at: their names in the order of docker-compose.yml
            self.container.with_env("POSTGRES_INITDB_ARGS", f"--encoding=UTF8 {' '.join(IN_FRENCH)}")
            self.container.with_volume_mapping(self.volume, "/var/lib/postgresql/data", "rw")
        else:
            command += " -c fsync=off -c full_page_writes=off"
        self.container.with_command(command)
        self.url = f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def is_up(self) -> bool:
        import psycopg

        try:
            with psycopg.connect(self.url, connect_timeout=2) as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


class DockerRabbitMQ(_Container):
    """RabbitMQ in a container."""

    def __init__(
        self, processes: Processes, home: Path, *, durable: bool, fresh: bool, vhosts: Sequence[str] = ()
    ) -> None:
        super().__init__(processes, home, "rabbitmq", RABBITMQ_IMAGE)
        if fresh:
            _docker("volume", "rm", "--force", self.volume, seconds=30)
        self.management = free_port()
        self.vhosts = list(vhosts)
        self.container.with_env("RABBITMQ_DEFAULT_USER", "agora").with_env("RABBITMQ_DEFAULT_PASS", self.password)
        self.container.ports[5672] = ("127.0.0.1", self.port)
        self.container.ports[15672] = ("127.0.0.1", self.management)
        self.container.with_kwargs(hostname="agora")  # the data folder is named after it
        if durable:
            self.container.with_volume_mapping(self.volume, "/var/lib/rabbitmq", "rw")
        self.url = self.vhost_url("/")

    def vhost_url(self, name: str) -> str:
        path = "" if name == "/" else quote(name, safe="")
        return f"amqp://agora:{self.password}@127.0.0.1:{self.port}/{path}"

    def wait(self) -> None:
        super().wait()
        for name in self.vhosts:
            wait_until(partial(self._put, f"vhosts/{name}", {}), "RabbitMQ's management", seconds=30)
            self._put(f"permissions/{name}/agora", {"configure": ".*", "write": ".*", "read": ".*"})

    def is_up(self) -> bool:
        return answers(self.port, HELLO, expects=8)

    def _put(self, path: str, body: dict[str, str]) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management}/api/{path}", data=json.dumps(body).encode(), method="PUT"
        )
        request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", "Basic " + b64encode(f"agora:{self.password}".encode()).decode())
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  (our own container)
                return bool(answer.status < 300)
        except OSError:
            return False


def _password(file: Path) -> str:
    """Kept beside the lock: a volume that outlives its container keeps its password too."""
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex(16))
    return file.read_text()
