"""Every form of registration, sent with what nobody should send: a clear answer, never a crash, nothing injected."""

from __future__ import annotations

import itertools
import re
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest

from shared import clock
from tests.integration.registration_people import NOW
from tests.integration.registration_world import WHO, Ids, world

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
GOOD = {
    "first_name": "Zoé", "last_name": "Roy", "email": "zoe@example.org", "actor_type": "association",
    "department": "31", "date": "vendredi 14 octobre 2016", "day": "14/10/2016", "starts": "9 h 30", "ends": "11 h",
    "title": "Titre", "name": "Nom", "place": "Pau", "capacity": "20", "kind": "point", "text": "Bonjour", "km": "10",
    "organiser_name": "Le réseau", "organiser_email": "reseau@agora.example", "minutes": "60", "label": "Salle",
    "voters": "Un ; Awa ; public", "point_title": "Bilan", "point_kind": "motion", "reason": "Neige", "agreed": "true",
    "every_months": "3", "week": "4", "weekday": "2", "url": "https://site.example/faits",
}  # fmt: skip
"""What fills the fields that a page leaves empty, so that one bad answer among good ones goes as far as it can."""

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


@pytest.fixture
def ids(registration_db: Any, monkeypatch: pytest.MonkeyPatch) -> Ids:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return world(registration_db)


@pytest.fixture
def staff(registration_app: Any, ids: Ids, sign_in: Any) -> Any:
    client = registration_app.test_client()
    sign_in(client, "admin", "staff", id=ids["me"][0], email=WHO)
    return client


def addresses(app: Any, ids: Ids, method: str) -> Iterator[tuple[str, str]]:
    """(endpoint, address) of all that takes this method, once for each thing that may stand in the address."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or "static" in rule.endpoint or rule.endpoint == "accounts.sign_out":
            continue
        page = {"g": "groups", "effacement": "erasure"}.get(rule.rule.split("/")[1], rule.endpoint.split(".")[0])
        names = sorted(rule.arguments)
        choices = [ids.get(f"{page}.{name}", ids.get(name, ())) for name in names]
        assert all(choices) or method == "GET", f"say in registration_world.py what may stand in {rule.rule}"
        for values in itertools.product(*choices):
            yield rule.endpoint, adapter.build(rule.endpoint, dict(zip(names, values, strict=True)), method)


def filled(client: Any, app: Any, ids: Ids) -> dict[str, Fields]:
    """The fullest form that a page sends to each address. One page of a kind is read."""
    found: dict[str, Fields] = {}
    for _endpoint, address in dict(reversed([*addresses(app, ids, "GET")])).items():
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.mimetype == "text/html":
            for action, fields in Forms(answer.text, address).found.items():
                if len(fields) >= len(found.get(action, [])):
                    found[action] = [(name, value or GOOD.get(_kind(name), "")) for name, value in fields]
        answer.close()
    return found


def send(client: Any, address: str, body: str | bytes, kind: str = "application/x-www-form-urlencoded") -> None:
    answer = client.post(address, data=body, content_type=kind)
    assert answer.status_code < 500, (address, body[:2000])
    assert b"<script>alert" not in answer.data, address
    assert "/connexion?next=" not in answer.headers.get("Location", ""), address
    answer.close()


@pytest.mark.slow
def test_no_form_crashes(staff: Any, registration_app: Any, ids: Ids) -> None:
    what_no_device_sends(registration_app.test_client(), ids)
    forms = filled(staff, registration_app, ids)
    a_few_bad_answers_among_good_ones(staff, registration_app, ids, forms)
    all_that_any_form_asks_sent_everywhere(staff, registration_app, ids, forms)
    another_shape_for_what_does_not_exist(staff, registration_app, ids)


def a_few_bad_answers_among_good_ones(client: Any, app: Any, ids: Ids, forms: dict[str, Fields]) -> None:
    """Each question of each form once, six at a time, so that what is checked late is reached too."""
    endpoints = {address: endpoint for endpoint, address in addresses(app, ids, "POST")}
    bad, seen = itertools.cycle(HOSTILE.values()), set()
    for action, fields in sorted(forms.items(), key=lambda one: -len(one[1])):
        endpoint = endpoints.get(re.split("[?#]", action)[0])
        fresh = [at for at, (name, _value) in enumerate(fields) if endpoint and (endpoint, _kind(name)) not in seen]
        seen |= {(endpoint, _kind(fields[at][0])) for at in fresh}
        for start in range(0, len(fresh), 6):
            wrong = {at: next(bad) for at in fresh[start : start + 6]}
            send(client, action, _body([(name, wrong.get(at, value)) for at, (name, value) in enumerate(fields)]))
    assert len(seen) > 300


def all_that_any_form_asks_sent_everywhere(client: Any, app: Any, ids: Ids, forms: dict[str, Fields]) -> None:
    names = sorted({name for fields in forms.values() for name, _value in fields})
    bad = itertools.cycle(("nul", "huge number", "unknown id", "far date", "nothing"))
    for address in dict(addresses(app, ids, "POST")).values():
        send(client, address, _body([(name, HOSTILE[next(bad)]) for name in names]))


def another_shape_for_what_does_not_exist(client: Any, app: Any, ids: Ids) -> None:
    shapes = itertools.cycle(
        [
            (b"", "text/plain"),
            (b'["a", {"b": 1e400}]', "application/json"),
            (b"--x\r\n", "multipart/form-data; boundary=x"),
        ]
    )
    other = ids | {name: (uuid.UUID(int=7),) for name in ids if name.endswith("_id") or name in ("note", "other")}
    other |= {name: ("n" * 300,) for name in ids if name.split(".")[-1] in ("slug", "token", "key", "purpose")}
    for address in dict(addresses(app, other, "POST")).values():
        send(client, address, *next(shapes))


def what_no_device_sends(client: Any, ids: Ids) -> None:
    """One wrong thing at a time in an operation of the door and of a host, from a device that may send."""
    door = client.post("/api/desk/pair", json={"code": ids["door"][0]}).json["token"]
    tap = {"registration_id": str(ids["registration_id"][0]), "value": 1, "walk_in": {"last_name": "Roy"}}
    word = {"part": "findings", "value": "Un constat"}
    for path, token, about in (("desk", door, tap), ("host", ids["host"][0], word)):
        whole = {"base_version": 0, "counter": 1, "client_time": "2016-10-14"} | about
        odd: tuple[Any, ...] = (*HOSTILE.values(), None, [], {}, 10**30, 1.5)
        bad = [{"id": str(uuid.uuid4())} | whole | {name: wrong} for name in ("id", *whole) for wrong in odd]
        batches: list[Any] = [None, [], {}, "x", {"operations": "x"}, {"operations": [None, 7, "x", []]}]
        batches += [{"operations": bad[start : start + 10]} for start in range(0, len(bad), 10)]
        for batch in batches:
            answer = client.post(f"/api/{path}/operations", json=batch, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in (200, 422), (path, batch)


def _kind(name: str) -> str:
    """point3_title and point12_title are the same question."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "", name)


def _body(fields: Fields) -> str:
    escaped = [[quote(text.encode("utf-8", "surrogatepass"), safe="") for text in pair] for pair in fields]
    return "&".join("=".join(pair) for pair in escaped)
