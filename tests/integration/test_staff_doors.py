"""No page of the staff changes anything for whoever is signed out, nor for whoever may only read."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

SERVICES = ("registration", "jury", "mailer")

# Where a stranger may send something: a public form, or an address or bearer token that is itself the proof.
OPEN = (
    "/abonnement",  # subscribing by oneself: a mailed link confirms it
    "/api/desk/",
    "/api/host/",
    "/api/mails",
    "/api/tablet/",
    "/appels/<uuid:call_id>/deposer",
    "/appels/<uuid:call_id>/retrouver",
    "/avis/<token>",  # the link went to who came
    "/avis-par-courriel/<token>",  # the link went to who organises
    "/connexion",
    "/contribuer/<token>",
    "/deconnexion",
    "/dossiers/<token>",
    "/e/<slug>/cadre",
    "/e/<slug>/inscription",
    "/expertise/<token>",  # the link went to the expert
    "/effacement/<token>",
    "/g/<token>/",
    "/i/<token>/",
    "/invitation/<token>",  # the link went to who is invited
    "/mes-donnees/<token>",  # the link went to the address itself
    "/mon-lien",
    "/presidence/quitter",  # closes what the link opened on this device
    "/presidence/<token>",  # the link is the proof; what it opens is in doors.py
    "/preferences/<token>",
    "/styleguide/",
    "/rester/<token>",  # the link went to the address itself
    "/suivi/<token>/",
    "/unsubscribe/<token>",
    "/vote",
)
OWN = ("/compte",)  # one's own password


@pytest.fixture(params=SERVICES)
def app(request: pytest.FixtureRequest) -> Flask:
    found: Flask = request.getfixturevalue(f"{request.param}_app")
    return found


def doors(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(route, method, an address of it) of everything that may change something and is not open to all."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if not rule.rule.startswith(OPEN):
                yield rule.rule, method, _address(app, rule)


def _address(app: Flask, rule: Rule) -> str:
    samples: dict[str, Any] = {"UUIDConverter": uuid.uuid4(), "IntegerConverter": 1, "UnicodeConverter": "x"}
    values = {}
    for name, converter in rule._converters.items():
        one_of = getattr(converter, "items", None)
        values[name] = next(iter(one_of)) if one_of else samples[type(converter).__name__]
    return app.url_map.bind("").build(rule.endpoint, values)


def test_signed_out_nothing_can_be_changed(app: Flask) -> None:
    found = list(doors(app))
    assert len(found) > 5
    for route, method, address in found:
        answer = app.test_client().open(address, method=method)
        assert (answer.status_code, "/connexion?next=" in answer.text) == (401, True), route


def test_who_may_only_read_changes_nothing(app: Flask, sign_in: Callable[..., Any]) -> None:
    client = app.test_client()
    sign_in(client, "auditor")
    for route, method, address in doors(app):
        if not route.startswith(OWN):
            assert client.open(address, method=method).status_code == 403, route


def test_every_limit_counts_something_that_its_page_answers(app: Flask) -> None:
    limits = [
        (rule.rule, counted, rule.methods or set())
        for rule in app.url_map.iter_rules()
        if (counted := getattr(app.view_functions[rule.endpoint], "counted", None))
    ]
    assert len(limits) > 5
    assert [route for route, counted, answered in limits if not counted & answered] == []
