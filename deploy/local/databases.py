"""One database and one role per service on a given server, and an empty broker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pika
import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from deploy.local.keys import secret
from shared.messaging import topology


def ensure(
    superuser_url: str, purpose: str, services: Sequence[str], secrets_folder: Path, *, fresh: bool
) -> dict[str, str]:
    """SQLAlchemy URL by service. Each role owns its database and can connect to no other.

    The names begin with `agora_<purpose>_`, so that a server that others use too is safe. fresh: drop them first.
    """
    address = urlsplit(superuser_url)
    place = f"{address.hostname}:{address.port or 5432}"
    urls = {}
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for service in services:
            name = f"agora_{purpose}_{service}"
            password = secret(secrets_folder, f"{service}-database")
            one = sql.Identifier(name)
            if fresh:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(one))
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", name):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(one))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(one, sql.Literal(password)))
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", name):
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(one, one))
                connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(one))
            urls[service] = f"postgresql+psycopg://{name}:{password}@{place}/{name}"
    return urls


def create(superuser_url: str, name: str) -> str:
    """An empty database for a moment, dropped first if it is there; its SQLAlchemy URL, the superuser's."""
    drop(superuser_url, name)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = make_url(superuser_url).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def drop(superuser_url: str, name: str) -> None:
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def clear_broker(url: str, services: Sequence[str] = ("registration", "jury", "mailer")) -> None:
    """Delete the queues and exchanges that the services declare; they declare them again when they connect."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    for service in services:
        retries = [topology.retry_of(service, delay) for delay in topology.DELAYS]
        for queue in [topology.inbox_of(service), topology.dead_of(service), *retries]:
            channel.queue_delete(queue)
    channel.exchange_delete(topology.EVENTS)
    channel.exchange_delete(topology.UNROUTED)
    channel.queue_delete(topology.UNROUTED)
    connection.close()
