"""Tablets at work: sheets at a steady pace, then a whole hall that comes back after a long cut."""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from services.jury import rules
from services.jury.models import CellHistory, OperationLog, ScoreCell
from tests.load.jury.hall import Hall, Seat, bearer, body, fill
from tests.load.jury.house import House
from tests.load.jury.wire import ask
from tests.load.marks import Marks, p99

RATE, SECONDS = 35, 20
TABLETS, PROJECTS = 2000, 9  # eight criteria: 72 operations each
WITHIN = 60
# As in shared/web/static/outbox/rules.js, in seconds: between two attempts of a tablet that failed often; how long an
# answer is waited for, at first and at most.
LONGEST, PATIENCE, MOST_PATIENCE = 30, 5, 20
OFTEN = 6  # attempts that failed one after the other, in an hour without a network at least so many


def sheets(house: House, marks: Marks) -> None:
    """35 sheets a second, each at its appointed instant, whatever became of the ones before."""
    lots = random.Random(35)
    hall = fill(house.db, 100, 12)
    posts = [(seat, body(hall.sheet(project, lots))) for project in range(12) for seat in hall.seats]
    asyncio.run(_pace(house.url, posts[: 2 * RATE]))  # the processes have loaded everything
    took = asyncio.run(_pace(house.url, posts[2 * RATE :][: RATE * SECONDS]))
    marks.below("sheet_post_p99", 1000 * p99(took), 150, "ms")


async def _pace(url: str, posts: list[tuple[Seat, bytes]]) -> list[float]:
    began = perf_counter()

    async def one(number: int, seat: Seat, sheet: bytes) -> float:
        due = began + number / RATE
        await asyncio.sleep(max(0, due - perf_counter()))
        answer = await ask(f"{url}/api/tablet/operations", "POST", headers=bearer(seat), body=sheet, patience=30)
        assert answer.status == 200, answer.body
        assert all(result["outcome"] == "applied" for result in json.loads(answer.body)["results"])
        return perf_counter() - due

    return await asyncio.gather(*(one(number, *post) for number, post in enumerate(posts)))


@dataclass
class Away:
    """A tablet with an outbox full of operations, as it is after an hour without a network."""

    seat: Seat
    operations: list[dict[str, Any]]
    outcomes: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    received: float = 0


def reconnection(house: House, marks: Marks) -> None:
    """Every tablet sends 72 operations when its own timer says so; what is not answered in time is sent again."""
    lots = random.Random(2000)
    hall = fill(house.db, TABLETS, PROJECTS)
    tablets = [Away(seat, _outbox(hall, lots)) for seat in hall.seats]
    began = perf_counter()
    asyncio.run(_all_back(house.url, tablets, lots, began))
    slowest = max(tablet.received for tablet in tablets) - began
    sent = sum(len(tablet.operations) for tablet in tablets)
    print(f"  {len(tablets)} tablets, {sent} operations, {sum(t.attempts for t in tablets)} requests", flush=True)
    marks.below(f"reconnect_{TABLETS}x{sent // len(tablets)}", slowest, WITHIN, "s")
    lost, twice, differing = _compare(house, hall, tablets)
    marks.exactly("reconnect_lost", lost, 0)
    marks.exactly("reconnect_twice", twice, 0)
    marks.exactly("reconnect_wrong_value", differing, 0)


def _outbox(hall: Hall, lots: random.Random) -> list[dict[str, Any]]:
    size = len(hall.criteria)
    return [one for project in range(PROJECTS) for one in hall.sheet(project, lots, first=1 + project * size)]


async def _all_back(url: str, tablets: list[Away], lots: random.Random, began: float) -> None:
    address = f"{url}/api/tablet/operations"

    async def back(tablet: Away) -> None:
        content, failures = body(tablet.operations), OFTEN
        # Somewhere in the wait that its last failed attempt began.
        await asyncio.sleep(lots.random() * _wait(failures, lots))
        while True:
            tablet.attempts += 1
            patience = min(MOST_PATIENCE, PATIENCE * 2**failures)
            try:
                answer = await ask(address, "POST", headers=bearer(tablet.seat), body=content, patience=patience)
                assert answer.status == 200, answer.body[:300]
                break
            except (OSError, TimeoutError):
                failures += 1
            if perf_counter() - began > 3 * WITHIN:
                raise TimeoutError("the hall never came back")
            await asyncio.sleep(_wait(failures, lots))
        tablet.received = perf_counter()
        tablet.outcomes = {result["id"]: result["outcome"] for result in json.loads(answer.body)["results"]}

    await asyncio.gather(*(back(tablet) for tablet in tablets))


def _wait(failures: int, lots: random.Random) -> float:
    return float(min(LONGEST, 2 ** max(0, failures - 1)) * (0.5 + lots.random() / 2))


def _compare(house: House, hall: Hall, tablets: list[Away]) -> tuple[int, int, int]:
    """(lost, twice, wrong value): what the tablets sent against the tables and the history."""
    sent = {one["id"]: (str(tablet.seat.juror), one) for tablet in tablets for one in tablet.operations}
    with house.db.reading() as session:
        applied = sa.select(OperationLog.id).where(
            OperationLog.round_id == hall.round, OperationLog.outcome == "applied"
        )
        known = {str(one) for one in session.scalars(applied)}
        columns = (CellHistory.juror_id, CellHistory.project_id, CellHistory.field, CellHistory.value)
        rows = session.execute(
            sa.select(*columns, CellHistory.version, CellHistory.written, CellHistory.operation_id)
            .where(CellHistory.round_id == hall.round)
            .order_by(CellHistory.id)
        )
        history = [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]
        wanted = sa.select(ScoreCell).where(ScoreCell.round_id == hall.round)
        cells = {
            (str(cell.juror_id), str(cell.project_id), cell.field): (cell.value, cell.version)
            for cell in session.scalars(wanted)
        }
    answered = {name for tablet in tablets for name, outcome in tablet.outcomes.items() if outcome in ACCEPTED}
    lost = len(sent.keys() - known) + len(sent.keys() - answered)
    written = [entry["operation_id"] for entry in history if entry["written"]]
    twice = len(written) - len(set(written))
    differing = sum(
        cells.get((juror, one["project_id"], one["field"])) != (one["value"], 1) for juror, one in sent.values()
    )
    return lost, twice, differing + (rules.history_to_cells(history) != cells)


ACCEPTED = ("applied", "duplicate")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value
