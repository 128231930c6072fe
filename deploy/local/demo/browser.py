"""A person at a keyboard, without the pictures: opens pages, fills in the forms that are there, sends them.

The demo goes through the same pages as everybody: hidden fields, CSRF tokens and redirects included.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import urljoin

import requests

TIMEOUT = 30  # seconds
PATIENCE = (1, 2, 4, 8, 0)  # seconds between tries while a machine is overloaded


class Unexpected(Exception):
    """A page is not what a person would expect here."""


@dataclass
class Form:
    """One form of a page: where it goes, what it already holds, and what may be chosen."""

    action: str
    method: str
    values: list[tuple[str, str]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)
    id: str = ""
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._select: str | None = None
        self._textarea: tuple[str, list[str]] | None = None
        self._chosen = False
        self._mute = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        have = {name: value or "" for name, value in attributes}
        name = have.get("name", "")
        if tag in ("script", "style"):
            self._mute += 1
        elif tag == "a" and "href" in have:
            self.links.append(have["href"])
        elif tag == "form":
            self.forms.append(Form(have.get("action", ""), have.get("method", "get").lower(), id=have.get("id", "")))
        elif not self.forms:
            return
        elif tag == "input" and name:
            self._input(self.forms[-1], name, have)
        elif tag == "button" and name:
            self.forms[-1].buttons.append((name, have.get("value", "")))
        elif tag == "textarea" and name:
            self.forms[-1].names.add(name)
            self._textarea = (name, [])
        elif tag == "select" and name:
            self.forms[-1].names.add(name)
            self._select, self._chosen = name, False
        elif tag == "option" and self._select:
            self._option(self.forms[-1], self._select, have)

    def _input(self, form: Form, name: str, have: dict[str, str]) -> None:
        kind = have.get("type", "text").lower()
        form.names.add(name)
        if kind in ("radio", "checkbox"):
            form.choices.setdefault(name, []).append(have.get("value", "on"))
            if "checked" in have:
                form.values.append((name, have.get("value", "on")))
        elif kind in ("submit", "button", "image"):
            form.buttons.append((name, have.get("value", "")))
        elif kind != "file":
            form.values.append((name, have.get("value", "")))

    def _option(self, form: Form, name: str, have: dict[str, str]) -> None:
        value = have.get("value", "")
        form.choices.setdefault(name, []).append(value)
        if "selected" in have or not self._chosen:
            form.values = [pair for pair in form.values if pair[0] != name]
            form.values.append((name, value))
            self._chosen = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._mute -= 1
        elif tag == "textarea" and self._textarea:
            name, parts = self._textarea
            self.forms[-1].values.append((name, "".join(parts).removeprefix("\n")))
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self._textarea[1].append(data)
        elif not self._mute:
            self.text.append(data)


@dataclass(frozen=True)
class Page:
    """What came back. links: absolute."""

    url: str
    status: int
    body: str
    forms: list[Form]
    links: list[str]
    text: str

    def form(self, *fields: str, action: str = "") -> Form:
        """The form that has all these fields and whose action ends or contains so. Raises Unexpected."""
        for form in self.forms:
            names = form.names | {name for name, _ in form.buttons}
            if set(fields) <= names and action in form.action:
                return form
        raise Unexpected(f"{self.url} ({self.status}) has no form with {fields} to {action!r}: {self.text[:300]}")

    def link(self, part: str) -> str:
        """The first link that contains `part`. Raises Unexpected."""
        for href in self.links:
            if part in href:
                return href
        raise Unexpected(f"{self.url} ({self.status}) has no link with {part!r}: {self.text[:300]}")


class Browser:
    """One person's browser: cookies, and nothing else, are kept between pages."""

    def __init__(self, *, address: str = "", language: str = "fr") -> None:
        self._session = requests.Session()
        self._session.headers["Accept-Language"] = language
        if address:
            # Locally no proxy adds it; so that 330 people are not one.
            self._session.headers["X-Forwarded-For"] = address
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=2))

    def open(self, url: str, *, expect: int = 200) -> Page:
        return self._page(self._session.get(url, timeout=TIMEOUT), expect)

    def submit(
        self,
        page: Page,
        form: Form,
        values: dict[str, Any] | None = None,
        *,
        files: dict[str, Any] | None = None,
        expect: int = 200,
    ) -> Page:
        """Fill in and send. A value may be a list (several boxes); None clears the field."""
        values = values or {}
        if strangers := set(values) - form.names - {name for name, _ in form.buttons}:
            raise Unexpected(f"{page.url}: the form has no field {sorted(strangers)}; it has {sorted(form.names)}")
        sent = [pair for pair in form.values if pair[0] not in values]
        for name, value in values.items():
            if value is not None:
                sent += [(name, item) for item in (value if isinstance(value, list) else [value])]
        url = urljoin(page.url, form.action or page.url)
        if form.method == "post":
            for pause in PATIENCE:
                answer = self._session.post(url, data=sent, files=files, timeout=TIMEOUT, headers={"Referer": page.url})
                if answer.status_code != 503:
                    break
                # « Beaucoup de personnes s’inscrivent en ce moment »: one waits a little and sends again.
                time.sleep(pause)
        else:
            answer = self._session.get(url, params=sent, timeout=TIMEOUT)
        return self._page(answer, expect)

    def download(self, url: str) -> bytes:
        """The bytes at `url`. Raises Unexpected unless it answers 200."""
        answer = self._session.get(url, timeout=TIMEOUT)
        if answer.status_code != 200:
            raise Unexpected(f"{url} answered {answer.status_code}")
        return answer.content

    def cookies(self) -> list[Cookie]:
        """What the pages left in this browser."""
        return [cookie for cookie in self._session.cookies]  # noqa: C416  (typed as a mapping, iterates over cookies)

    def json(self, url: str) -> Any:
        """The JSON at `url`."""
        return json.loads(self.download(url))

    @staticmethod
    def _page(answer: requests.Response, expect: int) -> Page:
        reader = _Reader()
        reader.feed(answer.text)
        text = " ".join(" ".join(reader.text).split())
        if answer.status_code != expect:
            raise Unexpected(f"{answer.request.method} {answer.url} answered {answer.status_code}: {text[:400]}")
        links = [urljoin(answer.url, href) for href in reader.links]
        return Page(answer.url, answer.status_code, answer.text, reader.forms, links, text)


class Mailbox:
    """The mail catcher, through the part of Mailpit's API that both it and Mailpit serve."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session = requests.Session()

    def refuses(self, domain: str) -> bool:
        """Whether mails to `domain` are answered with 550: ours says so on its page, Mailpit takes everything."""
        return f"*@{domain}" in self._session.get(self.url, timeout=TIMEOUT).text

    def total(self) -> int:
        return int(self._get("/api/v1/messages", limit=1)["total"])

    def to(self, address: str, *, subject: str = "", wait: float = 30) -> dict[str, Any]:
        """The newest mail to `address` whose subject contains `subject`; waits for it. Raises Unexpected."""
        ends = time.monotonic() + wait
        while True:
            for summary in self._get("/api/v1/search", query=f'to:"{address}"', limit=20)["messages"]:
                if subject.lower() in summary["Subject"].lower():
                    return dict(self._get(f"/api/v1/message/{summary['ID']}"))
            if time.monotonic() > ends:
                raise Unexpected(f"no mail « {subject} » to {address} after {wait:.0f} s")
            time.sleep(0.2)

    def with_subject(self, words: str) -> dict[str, Any]:
        """The newest mail with these words in its subject. Raises Unexpected."""
        for summary in self._with(words)["messages"]:
            return dict(self._get(f"/api/v1/message/{summary['ID']}"))
        raise Unexpected(f"no mail « {words} »")

    def count(self, words: str) -> int:
        """How many mails have these words in their subject."""
        return int(self._with(words)["messages_count"])

    def count_to(self, address: str) -> int:
        """How many mails went to `address`."""
        return int(self._get("/api/v1/search", query=f'to:"{address}"', limit=1)["messages_count"])

    def _with(self, words: str) -> dict[str, Any]:
        return dict(self._get("/api/v1/search", query=f'subject:"{words}"', limit=1))

    def clock(self) -> dt.datetime:
        """The time that the services live at, by the newest mail."""
        newest = self._get("/api/v1/messages", limit=1)["messages"][0]
        return parsedate_to_datetime(self.headers(newest["ID"])["Date"][0])

    def headers(self, mail_id: str) -> dict[str, list[str]]:
        """The headers of one mail, each with its values."""
        return dict(self._get(f"/api/v1/message/{mail_id}/headers"))

    def empty(self) -> None:
        self._session.delete(f"{self.url}/api/v1/messages", timeout=TIMEOUT).raise_for_status()

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._session.get(self.url + path, params=query, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json()
