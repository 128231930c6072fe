"""Exchanges and queues, declared by whoever connects. Works unchanged on RabbitMQ 3.10 to 4.x.

events (topic) ──bound types──▶ <svc>.inbox ──delivery limit──▶ <svc>.dead
   │ unroutable                    ▲    │ retry: a copy, by us
   ▼                               │    ▼
events.unrouted (fanout)        <svc>.retry.10s | 1m | 10m (one TTL each)

"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pika.adapters.blocking_connection import BlockingChannel

EVENTS = "events"
UNROUTED = "events.unrouted"
DELAYS = {"10s": 10_000, "1m": 60_000, "10m": 600_000}  # milliseconds


def inbox_of(service: str) -> str:
    return f"{service}.inbox"


def dead_of(service: str) -> str:
    return f"{service}.dead"


def retry_of(service: str, delay: str) -> str:
    return f"{service}.retry.{delay}"


def declare_exchanges(channel: BlockingChannel) -> None:
    """What a publisher needs: the topic, and the place where unroutable facts are kept."""
    channel.exchange_declare(UNROUTED, "fanout", durable=True)
    _queue(channel, UNROUTED, {"x-max-length": 100_000, "x-overflow": "drop-head"})
    channel.queue_bind(UNROUTED, UNROUTED)
    channel.exchange_declare(EVENTS, "topic", durable=True, arguments={"alternate-exchange": UNROUTED})


def declare_service(channel: BlockingChannel, service: str, types: Iterable[str]) -> None:
    """The queues of one service, bound to the event types it handles and no others."""
    declare_exchanges(channel)
    inbox, dead = inbox_of(service), dead_of(service)
    _queue(channel, dead, {})
    _queue(
        channel,
        inbox,
        {
            "x-single-active-consumer": True,
            "x-delivery-limit": 20,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        },
    )
    for name, ttl in DELAYS.items():
        _queue(
            channel,
            retry_of(service, name),
            {
                "x-message-ttl": ttl,
                "x-dead-letter-exchange": "",
                "x-dead-letter-routing-key": inbox,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )
    for type in types:
        channel.queue_bind(inbox, EVENTS, routing_key=type)


def release(channel: BlockingChannel, service: str, types: Iterable[str]) -> None:
    """The queue of a service gets facts of these types no more, save those that are sent to it by name."""
    for type in types:
        channel.queue_unbind(inbox_of(service), EVENTS, routing_key=type)


def _queue(channel: BlockingChannel, name: str, arguments: dict[str, Any]) -> None:
    channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"} | arguments)
