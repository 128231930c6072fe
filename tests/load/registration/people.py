"""Invented people who register: the form read, filled in, sent, and the confirmation read."""

from __future__ import annotations

import itertools
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.registration.models import Event
from tests.load.registration.wire import Answer, Connection

SEAL = re.compile(rb'name="(seal)" value="([^"]*)"')
_number = itertools.count(1)


@dataclass(frozen=True)
class Person:
    """A form as it was opened, with what this person fills in."""

    path: str
    fields: dict[str, str]
    cookies: dict[str, str]


def opened(connection: Connection, event: Event, chance: random.Random) -> Person:
    """Someone new: no cookie; the form fetched and filled in, a workshop in each slot."""
    connection.cookies = {}
    path = f"/e/{event.slug}/inscription"
    page = connection.get(path)
    hidden = {name.decode(): value.decode() for name, value in SEAL.findall(page.body)}
    if page.status != 200 or len(hidden) != 1:
        raise RuntimeError(f"the form answered {page.status} with {sorted(hidden)}")
    slots = {f"slot-{slot.id}": str(chance.choice(slot.workshops).id) for slot in event.slots}
    fields = hidden | filled(f"essai{next(_number)}", slots)
    return Person(path, fields, dict(connection.cookies))


def filled(name: str, slots: dict[str, str]) -> dict[str, str]:
    """What an invented person answers."""
    return slots | {
        "first_name": "Noé",
        "last_name": f"Rakotondrainibe {name}",
        "email": f"{name}.rakoto@example.org",
        "structure": "Les Amis du Lac",
        "actor_type": "association",
        "department": "31",
        "meal": "true",
        "site_web": "",
        "participant_list": "true",
    }


def sent(connection: Connection, person: Person) -> Answer:
    connection.cookies = dict(person.cookies)
    return connection.post(person.path, person.fields)


def whole(connection: Connection, event: Event, chance: random.Random) -> None:
    """Page, submission, confirmation page."""
    answer = sent(connection, opened(connection, event, chance))
    if answer.status != 303:
        raise RuntimeError(f"the submission answered {answer.status}")
    where = answer.header("Location")
    page = connection.get(where[where.index("/i/") :])
    if page.status != 200 or b'class="ticket"' not in page.body:
        raise RuntimeError(f"the confirmation page answered {page.status}")


@dataclass
class Crowd:
    """Several connections at once. `seconds`: of each piece of work; `errors`: what went wrong."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    took: float = 0

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.took


def crowd(url: str, size: int, work: Callable[[Connection, random.Random], bool]) -> Crowd:
    """`work` again and again on each of `size` connections until it returns False."""
    found = Crowd()

    def one(number: int) -> None:
        connection, chance = Connection(url), random.Random(number)
        while True:
            began = time.perf_counter()
            try:
                if not work(connection, chance):
                    break
            except Exception as error:  # noqa: BLE001  (counted and shown; the others go on)
                found.errors.append(f"{type(error).__name__}: {error}")
                connection.close()
                if len(found.errors) > 100:
                    break
                continue
            found.seconds.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=one, args=(number,), daemon=True) for number in range(size)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found.took = time.perf_counter() - began
    return found
