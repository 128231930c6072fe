"""Whatever opens something by its address alone is in no index, and tells its address to no other page."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.integration.test_staff_doors import _address


@pytest.mark.parametrize("service", ["registration", "jury", "mailer"])
def test_a_page_behind_a_secret_keeps_it_found_or_not(service: str, request: pytest.FixtureRequest) -> None:
    app: Flask = request.getfixturevalue(f"{service}_app")
    client, shown = app.test_client(), {}
    for rule in app.url_map.iter_rules():
        if rule.arguments & {"token", "code"} and "GET" in (rule.methods or ()):
            answer = client.get(_address(app, rule))
            shown[rule.endpoint] = [answer.headers.get(name) for name in ("X-Robots-Tag", "Referrer-Policy")]
    assert len(shown) > 5
    assert {name: headers for name, headers in shown.items() if headers != ["noindex", "no-referrer"]} == {}
