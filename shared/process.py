"""The commands of a service: `python -m services.<name> web|worker|migrate|dead|…`.

`web` is gunicorn. `worker` runs the relay and the consumer, each in a thread with a connection of its own; when
one of them ends unasked the process ends too, with status 1, and whoever supervises it starts it again.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from shared import clock, logs, metrics, migrations
from shared.db import Database
from shared.errors import RuleError
from shared.messaging import deadletters, outbox
from shared.messaging.consumer import Consumer
from shared.messaging.handlers import Handlers
from shared.messaging.relay import Relay
from shared.settings import Settings, SettingsError

log = structlog.get_logger(__name__)

Command = Callable[[list[str]], int]


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as its `__main__.py` declares it. The strings are `module:attribute`, imported when needed."""

    name: str
    create_app: str
    settings: str
    handlers: str
    commands: Mapping[str, Command] = field(default_factory=dict)

    def load_settings(self) -> Settings:
        loaded = _resolve(self.settings)()
        assert isinstance(loaded, Settings)
        return loaded


def main(service: Service, arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status."""
    built_in: dict[str, Callable[[Service, list[str]], int]] = {
        "web": web,
        "worker": worker,
        "migrate": migrate,
        "dead": dead,
    }
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", choices=sorted({*built_in, *service.commands}))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command in built_in:
            status = built_in[chosen.command](service, chosen.rest)
        else:
            logs.configure(service.name, form=os.environ.get("AGORA_LOG_FORMAT", "json"))
            status = service.commands[chosen.command](chosen.rest)
    except SettingsError as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        status = 2
    except RuleError as error:
        print(error.message, file=sys.stderr)
        status = 1
    sys.exit(status)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set: what a long-running command waits for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def web(service: Service, rest: list[str]) -> int:
    """Replace this process by gunicorn."""
    settings = service.load_settings()
    module, _, factory = service.create_app.partition(":")
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix=f"agora-{service.name}-metrics-")
    os.environ["AGORA_SERVICE"] = service.name
    configuration = Path(__file__).parent.parent / "deploy" / "gunicorn.conf.py"
    command = [sys.executable, "-m", "gunicorn", "--bind", settings.bind, "--config", str(configuration)]
    os.execv(sys.executable, [*command, *rest, f"{module}:{factory}()"])


def worker(service: Service, rest: list[str]) -> int:
    """Relay and consumer until SIGTERM."""
    argparse.ArgumentParser(prog="worker").parse_args(rest)
    settings = service.load_settings()
    logs.configure(service.name, form=settings.log_format)
    stop = stop_on_signals()
    db = Database(settings.database_url, pool_size=4, application_name=f"{service.name} worker")
    handlers = _resolve(service.handlers)
    assert isinstance(handlers, Handlers)
    relay = Relay(db, settings.amqp_url, service.name, stop)
    consumer = Consumer(db, settings.amqp_url, handlers, stop)
    if settings.metrics_bind:
        metrics.serve(settings.metrics_bind, lambda: relay.is_ready and consumer.is_ready and db.is_up())
    status = run_threads(
        {"relay": relay.run, "consumer": consumer.run, "housekeeping": lambda: _housekeeping(db, stop)}, stop
    )
    db.dispose()
    return status


def run_threads(work: dict[str, Callable[[], None]], stop: threading.Event) -> int:
    """Run each function in a thread until `stop`; 1 when one of them raised or ended before, else 0."""
    failed = threading.Event()

    def guard(name: str, function: Callable[[], None]) -> None:
        try:
            function()
            if not stop.is_set():
                raise RuntimeError(f"{name} ended without being asked to")
        except Exception:
            log.exception("thread failed", thread=name)
            failed.set()
        finally:
            stop.set()

    threads = [threading.Thread(target=guard, args=item, name=item[0], daemon=True) for item in work.items()]
    for thread in threads:
        thread.start()
    stop.wait()
    for thread in threads:
        thread.join(timeout=20)
    return 1 if failed.is_set() else 0


def _housekeeping(db: Database, stop: threading.Event) -> None:
    """Every few seconds the outbox's gauges; now and then what is old goes."""
    rounds = 0
    while not stop.wait(5):
        try:
            with db.reading() as session:
                count, age = outbox.waiting(session)
                parked = deadletters.count(session)
            metrics.outbox_waiting.set(count)
            metrics.outbox_age.set(age)
            metrics.dead_letters.set(parked)
            if rounds % 720 == 0:
                with db.transaction() as session:
                    outbox.prune(session)
        except Exception as error:  # noqa: BLE001  (the database may be down: relay and consumer say so)
            log.warning("housekeeping failed", error=str(error))
        rounds += 1


def migrate(service: Service, rest: list[str]) -> int:
    """Upgrade the database; with --new "message", write a revision from what the models changed."""
    parser = argparse.ArgumentParser(prog="migrate")
    parser.add_argument("--new", metavar="MESSAGE")
    chosen = parser.parse_args(rest)
    settings = service.load_settings()
    logs.configure(service.name, form=settings.log_format)
    if chosen.new:
        migrations.new_revision(service.name, settings.database_url, chosen.new)
    else:
        migrations.upgrade(service.name, settings.database_url)
    return 0


def dead(service: Service, rest: list[str]) -> int:
    """Parked messages: list, replay ID… | --all, drop ID…."""
    parser = argparse.ArgumentParser(prog="dead")
    parser.add_argument("action", choices=["list", "replay", "drop"])
    parser.add_argument("ids", nargs="*", type=uuid.UUID)
    parser.add_argument("--all", action="store_true", help="every parked message")
    chosen = parser.parse_args(rest)
    settings = service.load_settings()
    db = Database(settings.database_url, pool_size=1)
    who = f"command:{os.environ.get('USER', '?')}"
    with db.transaction() as session:
        letters = deadletters.parked(session, limit=10_000)
        if chosen.action == "list":
            for letter in letters:
                print(f"{letter.id}  {letter.parked_at:%Y-%m-%d %H:%M:%S}  {letter.type}  {letter.reason}")
            print(f"{len(letters)} parked")
            return 0
        for letter_id in [letter.id for letter in letters] if chosen.all else chosen.ids:
            if chosen.action == "replay":
                deadletters.replay(session, service.name, letter_id, who=who, now=clock.now())
            else:
                deadletters.drop(session, letter_id, who=who, now=clock.now())
            print(f"{letter_id}  {chosen.action}")
    return 0


def _resolve(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
