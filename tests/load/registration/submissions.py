"""How many submissions in a second, what the POST costs beside its own SQL, and how long one takes at a calm pace."""

from __future__ import annotations

import random
import statistics
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa

from deploy.local.processes import free_port
from services.registration.models import Registration
from services.registration.models.events import Event
from tests.load.marks import Marks, p99
from tests.load.processes import ROOT, process
from tests.load.registration import bare, people
from tests.load.registration.house import House
from tests.load.registration.spent import spent
from tests.load.registration.wire import Connection

CONNECTIONS = 8
SECONDS = 10.0
ROUNDS, PIECE = 4, 200
PLENTY = 100_000


def throughput(house: House, marks: Marks) -> None:
    """Page, submission and confirmation page, by people who never came before."""
    _for_seconds(house, house.event(PLENTY, PLENTY), 3.0)  # each process has met every page
    event = house.event(PLENTY, PLENTY)
    before = spent(house)
    found = _for_seconds(house, event, SECONDS)
    _tell(found)
    print(f"  {spent(house).since(before).said(len(found.seconds))}", flush=True)
    with house.db.reading() as session:
        kept = session.scalar(sa.select(sa.func.count()).where(Registration.event_id == event.id))
    marks.exactly("registration-whole-lost", len(found.seconds) - (kept or 0), 0)
    marks.at_least("registration-whole", found.rate, 110, "/s")


def beside_its_sql(house: House, marks: Marks) -> None:
    """The POST alone and the bare endpoint take turns, so that all meet the same machine.

    The mark is against the bare endpoint that waits for each answer; how the POST stands beside one that sends its
    statements together as the POST does is printed below it.
    """
    record = house.folder / "statements"
    _record(house, record)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py")]
    command += ["--bind", f"127.0.0.1:{port}", "tests.load.registration.bare:create_app()"]
    environment = house.environment | {bare.FILE: str(record)}
    rates: dict[str, list[float]] = {}
    with process(command, environment, house.folder / "bare.log", f"{address}/ready") as web:
        for number in range(ROUNDS + 1):
            waiting = _opened(house, house.event(PLENTY, PLENTY))
            turns: dict[str, tuple[int, Callable[[], people.Crowd]]] = {
                "POST": (house.web, partial(_posts, house, waiting)),
                "bare": (web, partial(_bare, f"{address}/bare")),
                "bare, together": (web, partial(_bare, f"{address}/together")),
            }
            for name, (server, turn) in turns.items():
                before = spent(house, server)
                found = turn()
                print(f"  {name} {found.rate:.0f}/s: {spent(house, server).since(before).said(PIECE)}", flush=True)
                if found.errors:
                    _tell(found)
                    print((house.folder / "bare.log").read_text()[-1500:])
                    raise RuntimeError("a comparison needs all sides whole")
                if number:  # the first round warms all up
                    rates.setdefault(name, []).append(found.rate)
    ours, plain, together = rates.values()
    marks.at_least("registration-post-to-bare", _ratio(ours, plain), 0.7, "")
    print(f"  to the bare endpoint that sends together what the POST sends together: {_ratio(ours, together):.2f}")


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return statistics.median(our / their for our, their in zip(ours, theirs, strict=True))


def calm(house: House, marks: Marks) -> None:
    """Five people a second for a minute, each at their own time, whether or not the one before is served."""
    event = house.event(PLENTY, PLENTY)
    chance = random.Random(5)
    seconds: list[float] = []
    errors: list[str] = []

    def one() -> None:
        connection = Connection(house.url)
        began = time.perf_counter()
        try:
            people.whole(connection, event, chance)
            seconds.append(time.perf_counter() - began)
        except Exception as error:  # noqa: BLE001  (counted and shown)
            errors.append(str(error))
        connection.close()

    threads = []
    began = time.perf_counter()
    for number in range(300):
        time.sleep(max(0.0, began + number / 5 - time.perf_counter()))
        threads.append(threading.Thread(target=one, daemon=True))
        threads[-1].start()
    for thread in threads:
        thread.join()
    print(f"  {len(seconds)} served, {len(errors)} errors {errors[:2]}", flush=True)
    marks.exactly("registration-calm-errors", len(errors), 0)
    marks.below("registration-calm-p99", p99(seconds) * 1000, 500, "ms")


def _for_seconds(house: House, event: Event, seconds: float) -> people.Crowd:
    end = time.perf_counter() + seconds

    def work(connection: Connection, chance: random.Random) -> bool:
        if time.perf_counter() > end:
            return False
        people.whole(connection, event, chance)
        return True

    return people.crowd(house.url, CONNECTIONS, work)


def _opened(house: House, event: Event) -> list[people.Person]:
    """People with the form before them."""
    waiting: list[people.Person] = []

    def open_one(connection: Connection, chance: random.Random) -> bool:
        if len(waiting) >= PIECE:
            return False
        waiting.append(people.opened(connection, event, chance))
        return True

    people.crowd(house.url, CONNECTIONS, open_one)
    return waiting


def _posts(house: House, waiting: list[people.Person]) -> people.Crowd:
    def send_one(connection: Connection, _chance: random.Random) -> bool:
        try:
            person = waiting.pop()
        except IndexError:
            return False
        answer = people.sent(connection, person)
        if answer.status != 303:
            raise RuntimeError(f"the submission answered {answer.status}")
        return True

    return people.crowd(house.url, CONNECTIONS, send_one)


def _bare(url: str) -> people.Crowd:
    left = list(range(PIECE))

    def work(connection: Connection, _chance: random.Random) -> bool:
        try:
            left.pop()
        except IndexError:
            return False
        if (answer := connection.post(urlsplit(url).path, {})).status != 303:
            raise RuntimeError(f"bare answered {answer.status}")
        return True

    return people.crowd(url, CONNECTIONS, work)


def _record(house: House, path: Path) -> None:
    """Record the statements of one submission through the application itself, here, which has met the event before."""
    from unittest.mock import patch

    from services.registration import settings
    from services.registration.app import create_app

    with patch.dict("os.environ", house.environment):
        app = create_app(settings.load(), house.db)
    event = house.event(PLENTY, PLENTY)
    chosen = [str(slot.workshops[0].id) for slot in event.slots]
    for name in ("avant", "mesure"):
        client = app.test_client()
        page = client.get(f"/e/{event.slug}/inscription").text.encode()
        fields = {name.decode(): value.decode() for name, value in people.SEAL.findall(page)}
        fields |= people.filled(name, {f"slot-{s.id}": one for s, one in zip(event.slots, chosen, strict=True)})
        with bare.Recorder(house.db.engine) as recorder:
            answer = client.post(f"/e/{event.slug}/inscription", data=fields)
        if answer.status_code != 303:
            raise RuntimeError(f"the recorded submission answered {answer.status_code}")
    with house.db.reading() as session:
        mine = (Registration.event_id == event.id) & Registration.last_name.endswith("mesure")
        kept = session.scalars(sa.select(Registration).where(mine)).one()
    token = answer.headers["Location"].rpartition("/i/")[2].partition("?")[0]
    words = [kept.reference, kept.ticket, kept.email, kept.last_name, kept.name_key, token]
    bare.save(path, recorder, event, kept, sorted(words, key=len, reverse=True))
    print(f"  the POST sends {sum(sql not in ('COMMIT', 'ROLLBACK') for sql, _ in recorder.steps)} statements")


def _tell(found: people.Crowd) -> None:
    print(f"  {len(found.seconds)} in {found.took:.1f} s, {len(found.errors)} errors {found.errors[:2]}", flush=True)
