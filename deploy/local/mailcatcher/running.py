"""Both sides running in threads of this process: for the command and for tests."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from typing import Self

from werkzeug.serving import make_server

from deploy.local.mailcatcher.smtp import DEFERRED, REFUSED, Catcher, listen
from deploy.local.mailcatcher.store import Store
from deploy.local.mailcatcher.web import create_app


class MailCatcher:
    """A context manager. Port 0 means any free one; `smtp_url` and `web_url` say which."""

    def __init__(
        self,
        *,
        smtp: str = "127.0.0.1:0",
        web: str = "127.0.0.1:0",
        store: str = ":memory:",
        keep: int = 20_000,
        refuse: Sequence[str] = REFUSED,
        defer: Sequence[str] = DEFERRED,
    ) -> None:
        self.store = Store(store, keep=keep)
        self.catcher = Catcher(self.store, refuse, defer)
        self._smtp, self._web = smtp, web
        self._loop = asyncio.new_event_loop()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        # One line per command and per page is more than anybody wants to read.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._thread("smtp", self._loop.run_forever)
        host, _, port = self._smtp.rpartition(":")
        self._listening = asyncio.run_coroutine_threadsafe(listen(self.catcher, host, int(port)), self._loop).result(10)
        smtp_host, smtp_port = self._listening.sockets[0].getsockname()[:2]
        self.smtp_url = f"smtp://{smtp_host}:{smtp_port}"
        host, _, port = self._web.rpartition(":")
        self._pages = make_server(host, int(port), create_app(self.catcher), threaded=True)
        self.web_url = f"http://{host}:{self._pages.server_port}"
        self._thread("web", lambda: self._pages.serve_forever(poll_interval=0.1))
        return self

    def __exit__(self, *_: object) -> None:
        self._pages.shutdown()
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        for thread in self._threads:
            thread.join(10)
        self._pages.server_close()
        self._loop.close()
        self.store.close()

    async def _close(self) -> None:
        self._listening.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)

    def _thread(self, name: str, target: object) -> None:
        thread = threading.Thread(target=target, name=f"mailcatcher-{name}", daemon=True)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)
