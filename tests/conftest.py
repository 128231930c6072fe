"""Fixtures of all tests: real backends, one application per service, a signed-in staff member, a browser.

Services are imported only by the tests that use them.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import importlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import hypothesis
import pytest

from deploy.local import databases, packages
from deploy.local.processes import free_port
from tests import backends as back
from tests.backends import SERVICES

pytest_plugins = ["tests.chromium"]

# How long an example takes says more about the machine's other work than about us.
hypothesis.settings.register_profile("agora", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.register_profile("fast", hypothesis.settings.get_profile("agora"), max_examples=25)
hypothesis.settings.load_profile("agora")

# Services and their commands are started hundreds of times: their code is compiled once, whatever the shell says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_sessionstart(session: pytest.Session) -> None:
    """With xdist, the controller starts the servers once for all its workers."""
    workers = getattr(session.config.option, "numprocesses", None)
    if workers and not os.environ.get("PYTEST_XDIST_WORKER"):
        names = [f"gw{n}" for n in range(workers)]
        session.config.stash[_STARTING] = back.Starting(names, _loud(session.config))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if starting := session.config.stash.get(_STARTING, None):
        starting.stop()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported stays: to look through it for garbage, again and again, was a third of a worker's start."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: a run must not end with one process busy and the others done. Those that wait more
    than they work, while servers die and come back, stand between the browsers and the many small ones.
    """
    marked = {
        name: {item.path for item in items if item.get_closest_marker(name)} for name in ("slow", "browser", "chaos")
    }
    first = (marked["slow"] | marked["browser"]) - marked["chaos"]
    items.sort(key=lambda item: 0 if item.path in first else 1 if item.path in marked["chaos"] else 2)


def _loud(config: pytest.Config) -> Callable[[str], None]:
    """Say something past pytest's capture: which servers were taken is worth a line."""
    capture = config.pluginmanager.get_plugin("capturemanager")

    def say(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"agora: {text}", flush=True)

    return say


_STARTING = pytest.StashKey[back.Starting]()


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this xdist worker; "main" without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def addresses(worker: str, pytestconfig: pytest.Config) -> Iterator[back.Addresses]:
    """PostgreSQL and RabbitMQ, up."""
    if shared := back.published():
        yield shared
        return
    running = back.Running([worker], _loud(pytestconfig))
    yield running.addresses
    running.stop()


@pytest.fixture(scope="session", autouse=True)
def _compiled_templates(worker: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three hundred templates are compiled once for this run, and not by each application of each worker."""
    from flask import Flask
    from jinja2 import FileSystemBytecodeCache

    folder = tmp_path_factory.getbasetemp()
    folder = (folder if worker == "main" else folder.parent) / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(folder))}


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the keys of this run: staff.pem, staff.pub.pem, dkim.pem."""
    from deploy.local.keys import make_keys

    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder)
    return folder


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """The port that each service's public address names; `serve` listens there."""
    return {service: free_port() for service in SERVICES}


@pytest.fixture(scope="session")
def environment_of(
    keys: Path, ports: dict[str, int], addresses: back.Addresses
) -> Callable[[str, str], dict[str, str]]:
    """The variables a service reads, for a service and the URL of its database."""

    def environment(service: str, database_url: str) -> dict[str, str]:
        urls = {f"AGORA_{name.upper()}_URL": f"http://127.0.0.1:{port}" for name, port in ports.items()}
        return urls | {
            "AGORA_DATABASE_URL": database_url,
            "AGORA_AMQP_URL": addresses.amqp,
            "AGORA_SECRET_KEY": "a key for tests, known to all",
            "AGORA_PUBLIC_URL": f"http://127.0.0.1:{ports[service]}",
            "AGORA_STAFF_PUBLIC_KEY_FILE": str(keys / "staff.pub.pem"),
            "AGORA_STAFF_PRIVATE_KEY_FILE": str(keys / "staff.pem"),
            "AGORA_DKIM_KEY_FILE": str(keys / "dkim.pem"),
            "AGORA_DKIM_SELECTOR": "test",
            "AGORA_SMTP_URL": "smtp://127.0.0.1:9",
            "AGORA_RATE_LIMIT_FACTOR": "100000",  # the shortest time of a form too: a test fills it in 2 ms
            "AGORA_ENV": "development",
        }

    return environment


def _database(addresses: back.Addresses, service: str, worker: str) -> Iterator[Any]:
    from shared import migrations
    from shared.db import Database

    name = back.database_name(addresses, service, worker)
    url = databases.create(addresses.postgres, name)
    migrations.upgrade(service, url)
    db = Database(url, application_name=f"test {service}")
    yield db
    db.dispose()
    databases.drop(addresses.postgres, name)


@pytest.fixture(scope="session")
def _registration(addresses: back.Addresses, worker: str) -> Iterator[Any]:
    yield from _database(addresses, "registration", worker)


@pytest.fixture(scope="session")
def _jury(addresses: back.Addresses, worker: str) -> Iterator[Any]:
    yield from _database(addresses, "jury", worker)


@pytest.fixture(scope="session")
def _mailer(addresses: back.Addresses, worker: str, settings_of: Callable[..., Any]) -> Iterator[Any]:
    settings_of("mailer", "postgresql://nowhere")  # every process of the service begins by this
    yield from _database(addresses, "mailer", worker)


@pytest.fixture
def registration_db(_registration: Any) -> Any:
    """Registration's database, migrated and empty."""
    back.empty(_registration)
    return _registration


@pytest.fixture
def jury_db(_jury: Any) -> Any:
    """The jury's database, migrated and empty."""
    back.empty(_jury)
    return _jury


@pytest.fixture
def mailer_db(_mailer: Any) -> Any:
    """The mailer's database, migrated and empty."""
    back.empty(_mailer)
    return _mailer


@pytest.fixture(scope="session")
def settings_of(environment_of: Callable[[str, str], dict[str, str]]) -> Callable[..., Any]:
    """The Settings of a service for a database URL; keyword arguments replace fields."""

    def settings(service: str, database_url: str, **replaced: Any) -> Any:
        with patch.dict(os.environ, environment_of(service, database_url)):
            loaded = importlib.import_module(f"services.{service}.settings").load()
        return dataclasses.replace(loaded, **replaced)

    return settings


@pytest.fixture(scope="session")
def made_app(settings_of: Callable[..., Any]) -> Callable[[str, Any], Any]:
    """made_app(service, db): the application as in production, but for CSRF: `serve` turns it on for browsers.

    Made once, as its routes take longer than most tests; what a test may have turned is put back for the next one.
    """
    made: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {}

    def app_of(service: str, db: Any) -> Any:
        if service not in made:
            app = importlib.import_module(f"services.{service}.app").create_app(settings_of(service, db.url), db)
            app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
            made[service] = app, dict(app.config), dict(app.extensions)
        app, config, extensions = made[service]
        for now, then in ((app.config, config), (app.extensions, extensions)):
            now.clear()
            now.update(then)
        app.extensions["knocks"].storage.reset()
        return app

    return app_of


@pytest.fixture
def registration_app(registration_db: Any, made_app: Callable[[str, Any], Any]) -> Any:
    return made_app("registration", registration_db)


@pytest.fixture
def jury_app(jury_db: Any, made_app: Callable[[str, Any], Any]) -> Any:
    return made_app("jury", jury_db)


@pytest.fixture
def mailer_app(mailer_db: Any, made_app: Callable[[str, Any], Any]) -> Any:
    return made_app("mailer", mailer_db)


@pytest.fixture
def registration_client(registration_app: Any) -> Any:
    return registration_app.test_client()


@pytest.fixture
def jury_client(jury_app: Any) -> Any:
    return jury_app.test_client()


@pytest.fixture
def mailer_client(mailer_app: Any) -> Any:
    return mailer_app.test_client()


@pytest.fixture
def amqp_url(addresses: back.Addresses, worker: str) -> Iterator[str]:
    """A broker without our queues, for this test alone."""
    with back.clean_broker(addresses, worker) as url:
        yield url


@pytest.fixture
def sign_in(keys: Path) -> Callable[..., Any]:
    """sign_in(client, "secretary", …) signs a staff member with these roles in and returns them.

    client: a Flask test client, or a Playwright page or context. name=, email= and id= may be given.
    """
    from shared import identity

    def signed(client: Any, *roles: str, **who: Any) -> identity.Staff:
        staff = identity.Staff(
            id=who.get("id") or uuid.uuid4(),
            name=who.get("name", "Camille Roux"),
            email=who.get("email", "camille.roux@agora.example"),
            roles=frozenset(roles),
        )
        token = identity.sign(staff, keys / "staff.pem", identity.real_now() - dt.timedelta(seconds=1))
        if hasattr(client, "set_cookie"):
            client.set_cookie(identity.COOKIE, token)
        else:
            context = getattr(client, "context", client)
            context.add_cookies([{"name": identity.COOKIE, "value": token, "domain": "127.0.0.1", "path": "/"}])
        return staff

    return signed


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """serve(app) answers at the application's public address, CSRF and all; returns that address."""
    from werkzeug.serving import make_server

    from tests.slow_line import slowed

    stops: list[Callable[[], None]] = []

    def closed(answer: Any) -> Iterator[bytes]:
        """A browser that resets the connection keeps Werkzeug from closing the file that it was sending."""
        try:
            yield from answer
        finally:
            getattr(answer, "close", bool)()

    def served(app: Any) -> str:
        app.config["WTF_CSRF_ENABLED"] = True
        app.config["TESTING"] = False
        url: str = app.extensions["settings"].public_url
        behind = slowed(app)
        port = urlsplit(url).port or 0
        server = make_server("127.0.0.1", port, lambda *asked: closed(behind(*asked)), threaded=True)
        server.daemon_threads = True  # type: ignore[attr-defined]  (of the mixed-in threading server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()

        def stop() -> None:
            server.shutdown()
            thread.join(10)
            server.server_close()

        stops.append(stop)
        return url

    yield served
    for stop in stops:
        stop()


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """Chromium from the system's packages, installed when missing and permitted; else the tests fail saying so."""
    return packages.chromium()
