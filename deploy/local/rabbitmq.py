"""A private RabbitMQ (3.10 to 4.x) from the system's packages, beside any other that runs on this machine.

It shares nothing with a system broker: own home and cookie, own node name, own AMQP and distribution ports, and
its own epmd (Erlang's name server), which we run as a child so that it ends with us.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from deploy.local import packages
from deploy.local.guard import end_group
from deploy.local.postgres import answers, give, reachable_folder
from deploy.local.processes import Child, LocalError, Processes, first_user, free_port, wait_until

# The wrapper in /usr/sbin insists on root or the package's user; the script behind it does not.
BINARIES = ("/usr/lib/rabbitmq/bin", "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin", "/opt/rabbitmq/sbin")
HELLO = b"AMQP\x00\x00\x09\x01"


def program() -> Path | None:
    for pattern in BINARIES:
        if found := sorted(Path("/").glob(pattern.lstrip("/") + "/rabbitmq-server")):
            return found[-1]
    return packages.find("rabbitmq-server")


def is_installed() -> bool:
    return program() is not None


class RabbitMQ:
    """One broker. `url` stays the same through stop, kill and start."""

    def __init__(self, processes: Processes, home: Path, *, fresh: bool, vhosts: Sequence[str] = ()) -> None:
        """fresh starts from an empty folder. vhosts: made beside "/"."""
        found = program()
        if found is None:
            raise LocalError("RabbitMQ is not installed.")
        self.program = found
        self.processes = processes
        self.log = home / "log" / "rabbitmq.log"
        self.user = first_user("rabbitmq")
        self.folder = reachable_folder(home, "rabbitmq", self.user)
        self.port, self.distribution_port, self.epmd_port = free_port(), free_port(), free_port()
        self.vhosts = ["/", *vhosts]
        self.password = ""
        self.child: Child | None = None
        self.epmd: Child | None = None
        self._end_orphans()
        if fresh:
            for entry in self.folder.iterdir():
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        self._configure()
        self.url = self.vhost_url("/")

    def vhost_url(self, name: str) -> str:
        """The address of one of the virtual hosts that were asked for at the start."""
        path = "" if name == "/" else quote(name, safe="")
        return f"amqp://agora:{self.password}@127.0.0.1:{self.port}/{path}"

    def begin(self) -> None:
        """Start without waiting."""
        environment = self._environment()
        if self.epmd is None or not self.epmd.is_running():
            epmd = packages.find("epmd", folders=("/usr/lib/erlang/erts-*/bin",))
            if epmd is None:
                raise LocalError("Erlang's epmd is not installed.")
            self.epmd = self.processes.start(
                "epmd",
                [epmd, "-port", str(self.epmd_port), "-address", "127.0.0.1"],
                log=self.log.with_name("epmd.log"),
                env=environment,
                user=self.user,
                cwd=Path("/"),
            )
            wait_until(lambda: answers(self.epmd_port), "epmd", seconds=10, child=self.epmd)
        self.child = self.processes.start(
            "rabbitmq", [self.program], log=self.log, env=environment, user=self.user, cwd=Path("/")
        )

    def wait(self) -> None:
        wait_until(self.is_up, "RabbitMQ", seconds=90, child=self.child)

    def start(self) -> None:
        self.begin()
        self.wait()

    def stop(self) -> None:
        """The broker closes its connections and its files; its epmd stays until the whole stack ends."""
        if self.child:
            self.child.stop(40)

    def kill(self) -> None:
        """SIGKILL to the whole group."""
        if self.child:
            self.child.kill()

    def is_up(self) -> bool:
        """Whether it answers the first AMQP frame; it listens only once it has booted."""
        return answers(self.port, HELLO, expects=8)

    def _end_orphans(self) -> None:
        """Broker and epmd left by a run that was killed, guard and all: their home is this folder, which we own."""
        mark = f"HOME={self.folder}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    end_group(os.getpgid(int(process.name)))

    def _configure(self) -> None:
        secret = self.folder / "password"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_hex(16))
        self.password = secret.read_text()
        cookie = self.folder / ".erlang.cookie"
        if not cookie.exists():
            cookie.touch(mode=0o600)
            cookie.write_text(secrets.token_hex(20))
            cookie.chmod(0o400)
        definitions = {
            "users": [
                {"name": "agora", "password_hash": _hash(self.password), "tags": ["administrator"]}
                | {"hashing_algorithm": "rabbit_password_hashing_sha256"}
            ],
            "vhosts": [{"name": name} for name in self.vhosts],
            "permissions": [
                {"user": "agora", "vhost": name, "configure": ".*", "write": ".*", "read": ".*"} for name in self.vhosts
            ],
        }
        (self.folder / "definitions.json").write_text(json.dumps(definitions))
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\n"
            f"load_definitions = {self.folder / 'definitions.json'}\n"
            "disk_free_limit.absolute = 100MB\n"
            "log.console = true\n"
            "log.console.level = info\n"
        )
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq-env.conf").write_text("")
        for path in [*self.folder.iterdir()]:
            if path.is_file():
                path.chmod(0o400 if path.name == ".erlang.cookie" else 0o600)
                give(path, self.user)

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "agora@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
            "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        }


def _hash(password: str) -> str:
    """RabbitMQ's salted SHA-256: base64 of four salt bytes and the digest."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
