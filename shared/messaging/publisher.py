"""Messages travel together and are confirmed as they arrive: none waits for the one before (docs/decisions/0676).

pika's blocking channel waits for the broker after each message. Here its loop runs for as long as somebody waits, in
their thread.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable
from typing import Any

import pika
import pika.exceptions
from pika.channel import Channel

from shared.messaging import connection

PATIENCE = 60.0  # seconds that a broker which answers otherwise may leave a message unconfirmed
GOODBYE = 2.0  # seconds that are left to it when we are asked to stop, and to say that a connection is closed
LOOK = 0.5  # seconds within which a request to stop is noticed


NOWHERE = "no such queue: the worker of its service declares it when it starts"
NO_ROOM = "a queue is full or has no leader: see rabbitmqctl list_queues name messages state, then make room in it"


class Publisher:
    """A connection and its channel, for the calling thread only. Every method raises one of `connection.LOST`; after
    that, make another. Nobody is waited for much longer once `stop` is set."""

    def __init__(self, url: str, name: str, stop: threading.Event | None = None) -> None:
        self._stop = stop
        self._leave_at = math.inf
        self._travelling: dict[int, str] = {}  # delivery tag: message id
        self._refused: dict[str, str] = {}  # message id: why
        self._sent = 0
        self._channel: Channel | None = None
        self._confirms = False
        self.patience: float | None = None  # seconds, where it is not the ordinary one
        self._error: BaseException | None = None
        self._connection = pika.SelectConnection(
            connection.parameters(url, name),
            on_open_callback=lambda opened: opened.channel(on_open_callback=self._opened),
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
        )
        self._connection.ioloop.activate_poller()
        self._wake()
        try:
            self._until(lambda: self._confirms, PATIENCE)
        except BaseException:
            self.close()
            raise

    def publish(self, exchange: str, routing_key: str, body: bytes, properties: pika.BasicProperties) -> None:
        """Put a message on its way: to every queue that is bound, or returned. It needs a message id."""
        if self._error or self._channel is None:
            raise self._error or pika.exceptions.ConnectionWrongStateError("publisher closed")
        assert properties.message_id
        self._channel.basic_publish(exchange, routing_key, body, properties, mandatory=True)
        self._sent += 1
        self._travelling[self._sent] = properties.message_id

    def settle(self) -> dict[str, str]:
        """Wait until the broker has answered for every message; returns the ids of those sent since the last time that
        it would not take, with the reason and what to do."""
        self._until(lambda: not self._travelling, self.patience or PATIENCE)
        refused, self._refused = self._refused, {}
        return refused

    def untaken(self) -> set[str]:
        """The ids of messages that the broker has not confirmed, or would not take, since it last settled."""
        return {*self._travelling.values(), *self._refused}

    def breathe(self) -> None:
        """Answer the broker's heartbeats and hear what it has to say, without waiting."""
        turned: list[bool] = []
        self._connection.ioloop.call_later(0, lambda: turned.append(True))
        self._until(lambda: bool(turned), PATIENCE)

    def close(self) -> None:
        """Say goodbye, unless the road is gone. Raises nothing."""
        with contextlib.suppress(*connection.LOST):
            self._connection.close()
            end = time.monotonic() + GOODBYE
            while not self._connection.is_closed and time.monotonic() < end:
                self._turn()
            if not self._connection.is_closed:  # pika would keep the socket of a broker that is silent
                self._connection._adapter_disconnect_stream()
                self._turn()
        self._connection.ioloop.close()

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not done():
            if self._error:
                raise self._error
            if time.monotonic() > min(end, self._leave_at):
                raise TimeoutError(f"the broker said nothing for {time.monotonic() - end + seconds:.0f} s")
            self._turn()

    def _wake(self) -> None:
        """A quiet connection would sleep for seconds."""
        if self._stop is not None and self._stop.is_set():
            self._leave_at = min(self._leave_at, time.monotonic() + GOODBYE)
        self._connection.ioloop.call_later(LOOK, self._wake)

    def _turn(self) -> None:
        self._connection.ioloop.poll()
        self._connection.ioloop.process_timeouts()

    def _opened(self, channel: Channel) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._lost)
        channel.add_on_return_callback(self._returned)
        channel.confirm_delivery(self._confirmed, callback=self._ready)

    def _ready(self, _frame: Any) -> None:
        self._confirms = True

    def _lost(self, _what: Any, error: Any) -> None:
        if self._error is None:  # what pika says of a name that nobody knows is no AMQPError
            lost = isinstance(error, connection.LOST)
            self._error = error if lost else pika.exceptions.AMQPConnectionError(error)

    def _returned(self, _channel: Channel, _method: Any, properties: pika.BasicProperties, _body: bytes) -> None:
        """No queue for it. The broker confirms it none the less, after this."""
        self._refused[str(properties.message_id)] = NOWHERE

    def _confirmed(self, frame: Any) -> None:
        """Of one message, or of all up to this one."""
        tag, took = frame.method.delivery_tag, isinstance(frame.method, pika.spec.Basic.Ack)
        for one in [number for number in self._travelling if number <= tag] if frame.method.multiple else [tag]:
            message_id = self._travelling.pop(one)
            if not took:
                self._refused.setdefault(message_id, NO_ROOM)
