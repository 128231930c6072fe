"""What nobody should send, to every form of a service: a clear answer, never a crash, nothing injected.

What may stand in an address is said by a world of the service's tests; a new address without it fails the test.
"""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

Ids = Mapping[str, tuple[Any, ...]]
"""Place of an address → what may stand there; "page.place" for one page alone."""

HOSTILE = {
    "nothing": "",
    "long": "x" * 30_000,
    "nul": "a\x00b",
    "controls": "Zoé\r\nBcc: tous@reseau.example\r\n\r\n\x01\x1b[31m\u2028\u202e",
    "lone surrogate": "\ud800",
    "template": "{{ 7*7 }}{% for x in y %}%(name)s{0}",
    "markup": "<script>alert(1)</script>",
    "huge number": "9" * 400,
    "number": "2147483648",
    "negative": "-1",
    "other digits": "²٣",
    "no date": "0000-13-45",
    "far date": "31/12/9999",
    "unknown id": str(uuid.UUID(int=7)),
}
ENDINGS = ("abandonner", "effacer", "retirer", "supprimer")
"""Addresses that take something away: what stands there is wanted by the others first."""

Fields = list[tuple[str, str]]


class Forms(HTMLParser):
    """The forms of a page, by the address they are sent to, as a browser would fill them."""

    def __init__(self, page: str, address: str) -> None:
        super().__init__()
        self.found: dict[str, list[list[str]]] = {}
        self.here: list[list[str]] = []
        self.address, self.writing = address, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.here = self.found.setdefault(has.get("action") or self.address, [])
        elif tag == "option" and self.here and (not self.here[-1][1] or "selected" in has):
            self.here[-1][1] = has.get("value", "")
        elif tag in ("input", "button", "textarea", "select") and has.get("name", "csrf_token") != "csrf_token":
            self.here.append([has["name"], has.get("value", "")])
            self.writing = tag == "textarea"

    def handle_endtag(self, tag: str) -> None:
        self.writing = self.writing and tag != "textarea"

    def handle_data(self, data: str) -> None:
        if self.writing:
            self.here[-1][1] += data


def addresses(app: Any, ids: Ids, method: str) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of all that takes this method, once for each thing that may stand in the address."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or "static" in rule.endpoint or rule.endpoint == "accounts.sign_out":
            continue
        page = {"g": "groups", "effacement": "erasure"}.get(rule.rule.split("/")[1], rule.endpoint.split(".")[0])
        names = sorted(rule.arguments)
        choices = [ids.get(f"{page}.{name}", ids.get(name, ())) for name in names]
        assert all(choices) or method == "GET", f"say in the world of the tests what may stand in {rule.rule}"
        for values in itertools.product(*choices):
            yield rule.endpoint, adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method)


def filled(client: Any, app: Any, ids: Ids, good: Mapping[str, str]) -> dict[str, Fields]:
    """The fullest form that a page sends to each address, with `good` in what it leaves empty, so that one bad answer
    among good ones goes as far as it can. One page of a kind is read."""
    found: dict[str, Fields] = {}
    for _endpoint, address in dict(reversed([*addresses(app, ids, "GET")])).items():
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            for action, fields in Forms(answer.text, address).found.items():
                if len(fields) >= len(found.get(action, [])):
                    found[action] = [(name, value or good.get(_kind(name), "")) for name, value in fields]
        answer.close()
    return found


def send(client: Any, address: str, body: str | bytes, kind: str = "application/x-www-form-urlencoded") -> None:
    answer = client.post(address, data=body, content_type=kind)
    assert answer.status_code < 500, (address, body[:2000])
    assert b"<script>alert" not in answer.data, address
    assert answer.status_code != 401, address
    answer.close()


def a_few_bad_answers_among_good_ones(client: Any, app: Any, ids: Ids, forms: dict[str, Fields], shift: int = 0) -> int:
    """Each question of each form once, six at a time, so that what is checked late is reached too; how many. shift:
    which wrong answer comes first."""
    endpoints = {address: endpoint for endpoint, address in addresses(app, ids, "POST")}
    bad, seen = itertools.islice(itertools.cycle(HOSTILE.values()), shift, None), set()
    for action, fields in sorted(forms.items(), key=lambda one: -len(one[1])):
        endpoint = endpoints.get(re.split("[?#]", action)[0])
        fresh = [at for at, (name, _value) in enumerate(fields) if endpoint and (endpoint, _kind(name)) not in seen]
        seen |= {(endpoint, _kind(fields[at][0])) for at in fresh}
        for start in range(0, len(fresh), 6):
            wrong = {at: next(bad) for at in fresh[start : start + 6]}
            send(client, action, _body([(name, wrong.get(at, value)) for at, (name, value) in enumerate(fields)]))
    return len(seen)


def all_that_any_form_asks_sent_everywhere(client: Any, app: Any, ids: Ids, forms: dict[str, Fields]) -> None:
    names = sorted({name for fields in forms.values() for name, _value in fields})
    bad = itertools.cycle(("nul", "huge number", "unknown id", "far date", "nothing"))
    for address in sorted(dict(addresses(app, ids, "POST")).values(), key=lambda one: one.endswith(ENDINGS)):
        send(client, address, _body([(name, HOSTILE[next(bad)]) for name in names]))


def another_shape_for_what_does_not_exist(client: Any, app: Any, ids: Ids) -> None:
    shapes = itertools.cycle(
        [
            (b"", "text/plain"),
            (b'["a", {"b": 1e400}]', "application/json"),
            (b"--x\r\n", "multipart/form-data; boundary=x"),
        ]
    )
    other = {**ids} | {name: (uuid.UUID(int=7),) for name in ids if name.endswith("_id") or name in ("note", "other")}
    other |= {name: ("n" * 300,) for name in ids if name.split(".")[-1] in ("slug", "token", "key", "purpose")}
    for address in dict(addresses(app, other, "POST")).values():
        send(client, address, *next(shapes))


def _kind(name: str) -> str:
    """point3_title and point12_title are the same question."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "", name)


def _body(fields: Fields) -> str:
    escaped = [[quote(text.encode("utf-8", "surrogatepass"), safe="") for text in pair] for pair in fields]
    return "&".join("=".join(pair) for pair in escaped)
