"""Every page of the jury that an address alone opens, walked in one browser: axe finds nothing, nothing sticks out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.jury_followup import awarded, opened
from tests.jury_room import Room
from tests.soundness import sound

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PARTS = ("enveloppes", "articles", "pieces", "grille")


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db, opened=False)


@pytest.fixture
def client(jury_app: Any, sign_in: Callable[..., Any]) -> Any:
    made = jury_app.test_client()
    sign_in(made, "secretary", "staff")
    return made


def addresses(app: Any, room: Room) -> Iterator[str]:
    """Of everything that can be read knowing the call, the round, a juror and a project."""
    known = {"call_id": room.call_id, "round_id": room.round_id, "juror_id": room.jurors[0], "number": 1}
    known |= {"project_id": room.projects[0]}
    with app.test_request_context():
        adapter = app.create_url_adapter(None) or app.url_map.bind("127.0.0.1")
        for rule in app.url_map.iter_rules():
            names = rule.arguments - {"name"}
            if "GET" not in rule.methods or not names <= known.keys() or rule.endpoint.startswith(("static", "tablet")):
                continue
            for part in PARTS if "name" in rule.arguments else ("",):
                values = {name: known[name] for name in names} | ({"name": part} if part else {})
                yield adapter.build(rule.endpoint, values)


def pages(app: Any, client: Any, room: Room) -> list[str]:
    """Those of the addresses that answer with a whole page now."""
    found = []
    for address in sorted(addresses(app, room)):
        answer = client.get(address)
        assert answer.status_code < 500, address
        if answer.status_code == 200 and answer.mimetype == "text/html" and b"<html" in answer.data:
            found.append(address)
    return found


def walk(page: Any, url: str, found: list[str]) -> dict[str, str]:
    """What is wrong, per address."""
    wrong = {}
    for address in found:
        page.goto(url + address)
        try:
            sound(page)
        except AssertionError as told:
            wrong[address] = str(told)
    return wrong


@pytest.mark.parametrize("state", ["draft", "open", "signed"])
def test_every_page_is_sound_on_a_phone(
    state: str,
    jury_app: Any,
    serve: Callable[[Any], str],
    client: Any,
    room: Room,
    new_context: Callable[..., Any],
    sign_in: Callable[..., Any],
) -> None:
    more: list[str] = []
    if state != "draft":
        room.open()
        room.recuse(1, 2)
    if state == "signed":
        awarded(room, jury_app.test_client())
        more = [opened(room)]
    found = pages(jury_app, client, room) + more
    if state != "draft":  # what belongs to the call alone looks as it did
        found = [address for address in found if "/appels/" not in address]
    assert len(found) > 10
    page = new_context(viewport="phone").new_page()
    sign_in(page, "secretary", "staff")
    assert walk(page, serve(jury_app), found) == {}
