"""Fifty people look at the chair's board while sheets arrive: how old is what they see, and how often is it made?"""

from __future__ import annotations

import asyncio
import random
import re
from time import perf_counter

from services.jury import queries
from shared import clock
from tests.load.jury.hall import Hall, bearer, body, fill
from tests.load.jury.house import House
from tests.load.jury.wire import ask
from tests.load.marks import Marks

VIEWERS, CHANGES, EVERY = 50, 30, 0.5
POLL = 1.0  # seconds, as static/board.js waits between two looks


def board(house: House, marks: Marks) -> None:
    lots = random.Random(50)
    hall = fill(house.db, 30, 20)
    cookie = house.staff_cookie("secretary")
    oldest, made, seen = asyncio.run(_watch(house, hall, cookie, lots))
    print(f"  {seen} looks by {VIEWERS} viewers, {CHANGES} changes, {made} tables made", flush=True)
    marks.below(f"board_staleness_max_{VIEWERS}_viewers", oldest, 2, "s")
    marks.below("board_tables_made_per_change", made / CHANGES, 1.0001, "")


async def _watch(house: House, hall: Hall, cookie: str, lots: random.Random) -> tuple[float, int, int]:
    """(age of the oldest thing shown, tables made, looks)."""
    looks: list[tuple[int, float, int]] = []  # (viewer, when, version then shown)
    done = asyncio.Event()
    url = f"{house.url}/equipe/tours/{hall.round}/tableau"

    async def viewer(number: int) -> None:
        etag = ""
        await asyncio.sleep(lots.random() * POLL)
        while not done.is_set():
            headers = {"Cookie": cookie} | ({"If-None-Match": etag} if etag else {})
            answer = await ask(url, headers=headers, patience=30)
            assert answer.status in (200, 304), answer.body[:300]
            etag = answer.headers["ETag"]
            looks.append((number, perf_counter(), int(etag.split("-")[1])))
            await asyncio.sleep(POLL)

    viewers = [asyncio.create_task(viewer(number)) for number in range(VIEWERS)]
    await asyncio.sleep(2 * POLL)
    before = await _made(house)
    changes = await _change(house, hall, lots)
    await asyncio.sleep(4 * POLL)
    done.set()
    await asyncio.gather(*viewers)
    made = await _made(house) - before
    return max(_age(looks, number, *change) for number in range(VIEWERS) for change in changes), made, len(looks)


async def _change(house: House, hall: Hall, lots: random.Random) -> list[tuple[float, int]]:
    """A sheet every half second; (when it was received, the board's version from then on)."""
    found = []
    for number in range(CHANGES):
        seat = hall.seats[number % len(hall.seats)]
        content = body(hall.sheet(number // len(hall.seats), lots))
        answer = await ask(f"{house.url}/api/tablet/operations", "POST", headers=bearer(seat), body=content)
        assert answer.status == 200, answer.body[:300]
        received = perf_counter()
        with house.db.reading() as session:
            found.append((received, queries.board_version(session, hall.round, clock.now()) or 0))
        await asyncio.sleep(EVERY)
    return found


def _age(looks: list[tuple[int, float, int]], viewer: int, received: float, version: int) -> float:
    """How long after it was received that viewer saw the change."""
    return min((when for who, when, shown in looks if who == viewer and shown >= version), default=1e9) - received


async def _made(house: House) -> int:
    answer = await ask(f"{house.url}/metrics")
    found = re.search(rb"^agora_board_tables_made_total ([0-9.e+]+)$", answer.body, re.MULTILINE)
    assert found, "the counter is missing"
    return int(float(found[1]))
