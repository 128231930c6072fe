"""A slow line between a browser and a service, for a walk that must not depend on a fast one: `make test-slow`.

AGORA_SLOW=scripts: every script comes late, on every page. AGORA_SLOW=answers: whatever is no file of the page comes up
to a second late, half of it before the service works and half after.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

LATE = 0.6  # seconds
WAYS = ("scripts", "answers")

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


def slowed(app: Application) -> Application:
    """The application behind the line that the environment asks for; itself when it asks for none."""
    way = os.environ.get("AGORA_SLOW")
    if way is None:
        return app
    if way not in WAYS:
        raise ValueError(f"AGORA_SLOW is {way!r}, not one of {WAYS}")

    def behind(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if way == "scripts" and path.endswith(".js"):
            time.sleep(LATE)
            return app(environ, _fresh(start))
        if way == "answers" and not path.startswith("/static/"):
            time.sleep(random.uniform(0, LATE))
            answer = app(environ, start)
            time.sleep(random.uniform(0, LATE))
            return answer
        return app(environ, start)

    return behind


def _fresh(start: StartResponse) -> StartResponse:
    """A script that no browser keeps: it is as late on the next page."""

    def begin(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        kept = [(name, value) for name, value in headers if name.lower() != "cache-control"]
        return start(status, [*kept, ("Cache-Control", "no-store")], *error)

    return begin
