"""The whole of Agora on one machine: three services, their workers, the sender and a mail catcher, supervised."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

from deploy.local import backends, databases
from deploy.local.keys import make_keys, secret
from deploy.local.processes import Child, LocalError, Processes, free_port, home_of, wait_until
from shared import migrations

SERVICES = ("registration", "jury", "mailer")
WEB_PORTS = {"registration": 8001, "jury": 8002, "mailer": 8003}
SMTP_PORT, MAIL_PAGE_PORT, INBOUND_PORT = 1025, 8025, 8024
ADMIN = "admin@agora.example"
# What runs besides the web process: (service, command).
BACKGROUND = (
    ("registration", "worker"),
    ("jury", "worker"),
    ("mailer", "worker"),
    ("mailer", "sender"),
    ("mailer", "inbound"),
)
PATIENCE = 45.0  # seconds for a process to become ready, on a slow machine


@dataclass
class Part:
    """One process of the stack: how it is started and how one sees that it is ready."""

    name: str
    argv: list[str]
    env: dict[str, str]
    ready_url: str
    child: Child | None = None
    failures: int = 0
    restart_at: float = 0.0


@dataclass
class Stack:
    """A running stack. urls: registration, jury, mailer, mail (the catcher's page). environments: per service."""

    purpose: str
    home: Path
    processes: Processes
    say: Callable[[str], None]
    urls: dict[str, str] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    smtp_url: str = ""
    admin_email: str = ADMIN
    admin_password: str = ""
    backends: backends.Backends | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    restarts: list[str] = field(default_factory=list)
    keep_servers: bool = False
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def way_back(self) -> str:
        """Where the mailer takes by LMTP what comes back: host:port."""
        return self.environments["mailer"]["AGORA_INBOUND_BIND"]

    def command(self, service: str, *arguments: str, stdin: str | None = None) -> str:
        """Run `python -m services.<service> …` to its end; what it printed. Raises LocalError with its output."""
        done = subprocess.run(
            [sys.executable, "-m", f"services.{service}", *arguments],
            env=self.environments[service],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise LocalError(f"services.{service} {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def start_part(self, name: str) -> None:
        """Start one process. One that was killed is started again by itself."""
        with self._lock:
            part = self.parts[name]
            log = self.home / "log" / f"{name.replace(' ', '-')}.log"
            part.child = self.processes.start(name, part.argv, log=log, env=part.env)

    def wait_for(self, name: str) -> None:
        part = self.parts[name]
        wait_until(lambda: _answers(part.ready_url), name, seconds=PATIENCE, child=part.child)

    def supervise(self, stop: threading.Event) -> None:
        """Until `stop`: start again whatever ends by itself, waiting longer each time (1 s to 30 s), and say so."""
        while not stop.wait(0.5):
            with self._lock:
                for part in self.parts.values():
                    self._look_after(part)
                if self.keep_servers:
                    self._look_after_servers()

    def _look_after_servers(self) -> None:
        """A database or broker of ours that died is started again; meanwhile facts wait in the outbox."""
        assert self.backends is not None
        for name, server in (("PostgreSQL", self.backends.postgres), ("RabbitMQ", self.backends.rabbitmq)):
            child = getattr(server, "child", None)
            if child is not None and not child.is_running():
                self.say(f"{name} ended by itself; starting it again. See {child.log}")
                self.restarts.append(name)
                with contextlib.suppress(LocalError):  # the next round tries again
                    server.start()
                    self.say(f"{name} is back")

    def _look_after(self, part: Part) -> None:
        now = time.monotonic()
        if part.child is None or part.child.is_running():
            return
        if part.restart_at == 0.0:
            status = part.child.process.returncode
            wait = min(30.0, 2.0**part.failures)
            part.failures += 1
            part.restart_at = now + wait
            self.restarts.append(part.name)
            self.say(f"{part.name} ended by itself (status {status}); again in {wait:.0f} s. See {part.child.log}")
        elif now >= part.restart_at:
            part.restart_at = 0.0
            part.child.stop(1)  # nothing of its group may be left
            self.start_part(part.name)

    def close(self) -> None:
        """Stop everything that was started, services before their backends, and nothing else."""
        with self._lock:
            running = [part.child for part in self.parts.values() if part.child and part.child.is_running()]
            self.parts.clear()
        threads = [threading.Thread(target=child.stop) for child in running]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        if self.backends:
            self.backends.close()
        self.processes.stop()


@contextmanager
def running(
    purpose: str = "demo",
    *,
    fresh: bool = False,
    clock: str = "",
    extra: dict[str, str] | None = None,
    ours: bool = False,
    say: Callable[[str], None] | None = None,
) -> Iterator[Stack]:
    """A stack, up and ready; stopped at the end, whatever happens.

    fresh: begin with empty databases, no queued messages and no caught mails. clock: AGORA_CLOCK of all services.
    extra: further environment of all services. ours: our own database and broker even where addresses are
    given, so that they can be stopped and killed (`stack.backends`).
    """
    tell = say or _say
    lock: IO[str]
    home, lock = home_of(purpose)
    stack = Stack(purpose, home, Processes(), tell)
    stop = threading.Event()
    supervisor = threading.Thread(target=stack.supervise, args=[stop], name="supervisor", daemon=True)
    try:
        _start(stack, fresh=fresh, clock=clock, extra=extra or {}, ours=ours)
        supervisor.start()
        yield stack
    finally:
        stop.set()
        if supervisor.is_alive():
            supervisor.join(60)
        stack.close()
        lock.close()


def _start(stack: Stack, *, fresh: bool, clock: str, extra: dict[str, str], ours: bool) -> None:
    began = time.monotonic()
    # Logs are of this run: what an earlier one wrote only misleads.
    shutil.rmtree(stack.home / "log", ignore_errors=True)
    (stack.home / "log").mkdir()
    make_keys(stack.home / "keys")
    stack.say("starting PostgreSQL and RabbitMQ")
    found = backends.start(stack.purpose, stack.home, stack.processes, ours=ours, fresh=fresh, say=stack.say)
    stack.backends = found
    stack.keep_servers = not ours  # who asked for servers of their own wants to stop and kill them
    if fresh:
        for old in stack.home.glob("mails.sqlite*"):
            old.unlink()
        if found.way == "given":
            databases.clear_broker(found.rabbitmq.url)
    urls = databases.ensure(found.postgres.url, stack.purpose, SERVICES, stack.home / "keys", fresh=fresh)
    _describe(stack, urls, clock, extra)
    behind = [name for name in SERVICES if not migrations.is_current(name, urls[name])]
    if behind:
        _together([partial(stack.command, name, "migrate") for name in behind])
        stack.say(f"databases migrated, {time.monotonic() - began:.1f} s after the start")
    stack.say("starting the three services")
    for name in stack.parts:
        stack.start_part(name)
    _admin(stack)
    for name in stack.parts:
        stack.wait_for(name)
    # The first page of a process reads templates and translations: nobody need wait for that.
    _together([partial(_answers, stack.urls[name]) for name in SERVICES])
    stack.say(f"everything is up, {time.monotonic() - began:.1f} s after the start")


def _describe(stack: Stack, database_urls: dict[str, str], clock: str, extra: dict[str, str]) -> None:
    """Ports, addresses and the environment of each process."""
    taken: set[int] = set()

    def port(preferred: int) -> int:
        if stack.purpose != "demo":
            preferred = 0  # nobody types it: any free one, so that stacks that start together do not meet
        while (found := free_port(preferred)) in taken:
            preferred = found + 1
        taken.add(found)
        return found

    assert stack.backends is not None
    ports = {service: port(preferred) for service, preferred in WEB_PORTS.items()}
    smtp, mail_page = port(SMTP_PORT), port(MAIL_PAGE_PORT)
    stack.smtp_url = f"smtp://127.0.0.1:{smtp}"
    stack.urls = {service: f"http://127.0.0.1:{number}" for service, number in ports.items()}
    common = {name: value for name, value in os.environ.items() if not name.startswith("AGORA_")}
    common |= {f"AGORA_{name.upper()}_URL": url for name, url in stack.urls.items()}
    common |= {
        "AGORA_AMQP_URL": stack.backends.rabbitmq.url,
        "AGORA_STAFF_PUBLIC_KEY_FILE": str(stack.home / "keys" / "staff.pub.pem"),
        "AGORA_ENV": "development",
        "PYTHONUNBUFFERED": "1",
        "TZ": "Europe/Paris",
    }
    if clock:
        common |= {"AGORA_CLOCK": clock, "AGORA_CLOCK_SET_AT": dt.datetime.now(dt.UTC).isoformat()}
    # What the person who started us set for the services counts, but not the test addresses.
    chosen = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    for service, url in database_urls.items():
        stack.environments[service] = common | {
            "AGORA_DATABASE_URL": url,
            "AGORA_SECRET_KEY": secret(stack.home / "keys", f"{service}-secret"),
            "AGORA_PUBLIC_URL": stack.urls[service],
            "AGORA_BIND": f"127.0.0.1:{ports[service]}",
        }
    stack.environments["registration"]["AGORA_STAFF_PRIVATE_KEY_FILE"] = str(stack.home / "keys" / "staff.pem")
    stack.environments["mailer"] |= {
        "AGORA_SMTP_URL": stack.smtp_url,
        "AGORA_DKIM_KEY_FILE": str(stack.home / "keys" / "dkim.pem"),
        "AGORA_DKIM_SELECTOR": "agora",
        "AGORA_BOUNCE_DOMAIN": "bounces.agora.example",
        "AGORA_INBOUND_BIND": f"127.0.0.1:{port(INBOUND_PORT)}",
    }
    for environment in stack.environments.values():
        environment.update(chosen | extra)
    mail_url = f"http://127.0.0.1:{mail_page}"
    stack.urls["mail"] = mail_url
    catcher = ["--smtp", f"127.0.0.1:{smtp}", "--web", f"127.0.0.1:{mail_page}"]
    catcher += ["--store", str(stack.home / "mails.sqlite")]
    stack.parts["mail catcher"] = Part(
        "mail catcher", [sys.executable, "-m", "deploy.local.mailcatcher", *catcher], common, f"{mail_url}/readyz"
    )
    for service in SERVICES:
        argv = [sys.executable, "-m", f"services.{service}", "web"]
        # Two processes with eight threads each are for a server; here one is enough, and starts sooner.
        environment = {"AGORA_WEB_PROCESSES": "1"} | stack.environments[service]
        stack.parts[f"{service} web"] = Part(f"{service} web", argv, environment, f"{stack.urls[service]}/readyz")
    for service, command in BACKGROUND:
        bind = f"127.0.0.1:{port(0)}"
        environment = stack.environments[service] | {"AGORA_METRICS_BIND": bind}
        argv = [sys.executable, "-m", f"services.{service}", command]
        stack.parts[f"{service} {command}"] = Part(f"{service} {command}", argv, environment, f"http://{bind}/readyz")


PASSED_ON = ("AGORA_RATE_LIMIT_FACTOR", "AGORA_LOG_FORMAT", "AGORA_ENV", "AGORA_WEB_PROCESSES", "AGORA_WEB_THREADS")


def _admin(stack: Stack) -> None:
    """The first account, with a password kept beside the keys: the same at the next start."""
    file = stack.home / "keys" / "admin-password"
    known = file.exists()
    stack.admin_password = secret(stack.home / "keys", "admin-password") if known else secrets.token_urlsafe(12)
    stack.command(
        "registration",
        *("create-admin", "--email", ADMIN, "--name", "Administration", "--password-stdin", "--reset"),
        stdin=stack.admin_password + "\n",
    )
    if not known:
        file.touch(mode=0o600)
        file.write_text(stack.admin_password)


def _together(work: list[Callable[[], object]]) -> None:
    """Run these in parallel; raise the first error."""
    errors: list[BaseException] = []

    def one(function: Callable[[], object]) -> None:
        try:
            function()
        except BaseException as error:  # noqa: BLE001  (raised again below, in the thread that can handle it)
            errors.append(error)

    threads = [threading.Thread(target=one, args=[function]) for function in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (ours)
        return bool(answer.status == 200)
    return False


def _say(text: str) -> None:
    print(f"agora: {text}", file=sys.stderr, flush=True)
