"""A slow line, or a slow disk, for a walk that must not depend on a fast one: `make test-slow`.

AGORA_SLOW=scripts: every script comes late, on every page. AGORA_SLOW=answers: whatever is no file of the page comes up
to a second late, half of it before the service works and half after. AGORA_SLOW=disk: a page in Chromium hears late,
in order, that its disk has opened or kept something; within a transaction it is answered at once, as that would end.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

LATE = 0.6  # seconds
WAYS = ("scripts", "answers", "disk")
SLOW_DISK = """{
  let told = Promise.resolve();
  const late = (kind, name, applies) => {
    const own = Object.getOwnPropertyDescriptor(kind.prototype, name);
    Object.defineProperty(kind.prototype, name, { ...own, set(hear) {
      own.set.call(this, hear && applies(this) ? (event) => {
        const due = performance.now() + 50 + Math.random() * 350;
        const wait = () => new Promise((then) => setTimeout(then, due - performance.now()));
        told = told.then(wait).then(() => hear.call(this, event));
      } : hear);
    } });
  };
  late(IDBTransaction, "oncomplete", () => true);
  late(IDBRequest, "onsuccess", (asked) => asked instanceof IDBOpenDBRequest);
}"""

Application = Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]


def way() -> str | None:
    """What the environment asks to be slow."""
    asked = os.environ.get("AGORA_SLOW")
    if asked not in (None, *WAYS):
        raise ValueError(f"AGORA_SLOW is {asked!r}, not one of {WAYS}")
    return asked


def slow_disk(context: Any) -> Any:
    """The browser context, on a device whose disk is slow if the environment asks for one."""
    if way() == "disk":
        context.add_init_script(SLOW_DISK)
    return context


def slowed(app: Application) -> Application:
    """The application behind the line that the environment asks for; itself when it asks for none."""
    slow = way()
    if slow in (None, "disk"):
        return app

    def behind(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if slow == "scripts" and path.endswith(".js"):
            time.sleep(LATE)
            return app(environ, _fresh(start))
        if slow == "answers" and not path.startswith("/static/"):
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
