"""One JSON line per thing that happened, on standard error, with the correlation id."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable
from typing import Any

import orjson
import structlog

# Without local variables: they hold names and addresses of people.
_tracebacks = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))

_by_module = structlog.stdlib.LoggerFactory(ignore_frame_names=[__name__])


class _Lines(structlog.BytesLogger):
    """Writes whole lines itself: records of the standard library cost thrice as much, twice on every page
    (docs/decisions/0482). As there, a line that cannot be written, on a full disk, breaks nothing of what it tells."""

    def msg(self, message: bytes) -> None:
        with contextlib.suppress(OSError):
            super().msg(message)

    log = debug = info = warning = error = critical = exception = msg


def _named(*given: str) -> _Lines:
    """Under the name of the module that asks."""
    return _Lines(sys.stderr.buffer, name=_by_module(*given).name)


def _json(event: Any, default: Callable[[Any], Any]) -> str:
    try:
        return orjson.dumps(event, default=default, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:  # half a character, or a number too large
        return json.dumps(event, default=default)


def _bytes(_logger: object, _method: str, line: Any) -> bytes:
    return str(line).encode("utf-8", "backslashreplace")


def configure(service: str, *, form: str = "json", level: int = logging.INFO) -> None:
    """Send structlog and the standard library's records down the same road.

    form: "json" for machines, "console" for people.
    """

    def say_who(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event.setdefault("service", service)
        return event

    before: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        say_who,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    end: list[structlog.typing.Processor] = (
        [_tracebacks, structlog.processors.JSONRenderer(serializer=_json)]
        if form == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    structlog.configure(
        processors=[*before, *end, _bytes],
        logger_factory=_named,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("pika", "werkzeug", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
