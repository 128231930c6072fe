"""The commands of a service: `python -m services.<name> web|worker|migrate|dead|…`.

`web` is gunicorn. The others are in worker.py and maintenance.py, or are the service's own.
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from shared import logs
from shared.errors import Refusal
from shared.settings import Settings, SettingsError

log = structlog.get_logger(__name__)

# A command gets the service and the rest of the command line, and returns the status to exit with.
_BUILT_IN = {
    "web": "shared.process:web",
    "worker": "shared.worker:worker",
    "migrate": "shared.maintenance:migrate",
    "dead": "shared.maintenance:dead",
}


_LARGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage/enabled")


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service as its `__main__.py` declares it. The strings are `module:attribute`, imported when needed: a command
    that only reads a file starts without the web, the broker or the database.

    hourly: what the worker does with its Database every hour besides; harmless when two workers do it at once.
    """

    name: str
    create_app: str
    settings: str
    handlers: str
    background: Mapping[str, str] = field(default_factory=dict)
    """Functions (db, settings, stop) that the worker runs in threads of their own until `stop` is set."""
    commands: Mapping[str, str] = field(default_factory=dict)
    hourly: str = ""

    def load_settings(self) -> Settings:
        loaded = resolve(self.settings)()
        assert isinstance(loaded, Settings)
        return loaded


def main(service: Service, arguments: list[str] | None = None) -> None:
    """Run one command and exit with its status."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    parser.add_argument("command", choices=sorted({*_BUILT_IN, *service.commands}))
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command in _BUILT_IN:
            status = resolve(_BUILT_IN[chosen.command])(service, chosen.rest)
        else:
            logs.configure(service.name, form=os.environ.get("AGORA_LOG_FORMAT", "json"))
            status = resolve(service.commands[chosen.command])(chosen.rest)
    except SettingsError as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        status = 2
    except Refusal as error:
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
    os.execve(sys.executable, [*command, *rest, f"{module}:{factory}()"], os.environ | large_pages(os.environ))


def large_pages(environment: Mapping[str, str]) -> dict[str, str]:
    """What makes a Python that starts with it take its memory in pages of 2 MiB (docs/decisions/0648).

    Nothing where the kernel gives none, where the C library cannot ask for them, or where somebody chose already.
    """
    if {"PYTHONMALLOC", "GLIBC_TUNABLES"} & environment.keys() or not (_kernel_gives() and _library_asks()):
        return {}
    # Python itself takes 1 MiB at a time, too little for one such page, and each thread would have a heap of its own.
    return {"PYTHONMALLOC": "malloc", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.arena_max=1"}


def _kernel_gives() -> bool:
    try:
        return "[never]" not in _LARGE_PAGES.read_text()
    except OSError:
        return False


def _library_asks() -> bool:
    """glibc does since 2.35; other libraries have no such name."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except ValueError:
        return False
    return name == "glibc" and tuple(map(int, version.split("."))) >= (2, 35)


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


def resolve(path: str) -> Any:
    """What `module:attribute` names."""
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)
