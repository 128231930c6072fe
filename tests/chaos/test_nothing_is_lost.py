"""Facts and a campaign, while processes are killed and the broker and the database go away and come back.

Real processes, real servers, SIGKILL at random, seeded instants. At the end: no fact lost, no effect repeated,
the order of facts about one thing kept; no mail missing, none twice, and no more open outcomes than there were
SMTP connections when something died. `AGORA_CHAOS=long` plays 1,000 facts and 3,000 recipients; `AGORA_CHAOS_SEED`
chooses another course.
"""

from __future__ import annotations

import copy
import json
import os
import random
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deploy.local.processes import free_port
from deploy.local.stack import Stack, running
from services.mailer import campaigns, contacts, marks
from services.mailer.models.contacts import ECHO
from shared import clock
from shared.contracts import registry
from shared.db import Database
from shared.messaging import outbox
from shared.messaging.tables import inbox

pytestmark = [pytest.mark.chaos, pytest.mark.slow]

LONG = os.environ.get("AGORA_CHAOS") == "long"
SEED = int(os.environ.get("AGORA_CHAOS_SEED", "34"))
FACTS, RECIPIENTS, BLOWS = (1000, 3000, 40) if LONG else (200, 500, 8)
LIFE = ["confirmed", "changed", "changed", "cancelled"]  # the facts of one registration, in this order
SAMPLES = Path(__file__).parents[1] / "contracts" / "samples"
KILLED = ["registration worker", "mailer worker", "mailer sender", "mailer sender 2"]


@dataclass
class Course:
    """What was announced and what was done to the house meanwhile."""

    announced: dict[uuid.UUID, tuple[str, int]] = field(default_factory=dict)
    blows: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    fast = {"AGORA_MAIL_CLAIM_LEASE": "15", "AGORA_WEB_PROCESSES": "1"}
    with running("test", fresh=True, ours=True, extra=fast) as house:
        _second_sender(house)
        yield house


@pytest.fixture(scope="module")
def connections(stack: Stack) -> int:
    """SMTP connections that one sender may have open."""
    from services.mailer.settings import Settings

    settings = Settings.read(stack.environments["mailer"])
    return settings.bulk_connections + settings.transactional_connections


def _second_sender(house: Stack) -> None:
    first = house.parts["mailer sender"]
    bind = f"127.0.0.1:{free_port()}"
    second = replace(
        first,
        name=KILLED[-1],
        env=first.env | {"AGORA_METRICS_BIND": bind},
        ready_url=f"http://{bind}/readyz",
        child=None,
    )
    house.parts[second.name] = second
    house.start_part(second.name)
    house.wait_for(second.name)


def test_nothing_is_lost_and_nobody_is_written_to_twice(stack: Stack, connections: int) -> None:
    began = time.monotonic()
    registration = Database(stack.environments["registration"]["AGORA_DATABASE_URL"])
    mailer = Database(stack.environments["mailer"]["AGORA_DATABASE_URL"])
    marks.use(stack.environments["mailer"]["AGORA_SECRET_KEY"])
    campaign_id = _start_campaign(mailer)
    course = Course()
    announcing = threading.Thread(target=_announce, args=[registration, course])
    announcing.start()
    _strike(stack, course, random.Random(SEED), until=lambda: not announcing.is_alive())
    announcing.join()
    _wait_until_quiet(registration, mailer, campaign_id)

    facts = _facts_received(mailer)
    lost = set(course.announced) - set(facts)
    arrived: dict[str, list[int]] = {}
    for event_id in facts:
        thing, number = course.announced[event_id]
        arrived.setdefault(thing, []).append(number)
    out_of_order = [thing for thing, numbers in arrived.items() if numbers != sorted(numbers)]

    caught = _caught(stack.home / "mails.sqlite")
    ledger = _ledger(mailer)
    states = Counter(row.state for row in ledger)
    missing = [row.id for row in ledger if row.state == "accepted" and not caught[row.message_id]]
    repeated = [identity for identity, times in caught.items() if times > 1]
    strangers = set(caught) - {row.message_id for row in ledger}
    # A killed sender leaves its own connections open; a lost database those of both senders.
    blows = course.blows
    most_unknown = connections * (blows["mailer sender"] + blows["mailer sender 2"] + 2 * blows["database"])

    print(
        f"\nseed {SEED}: {dict(course.blows)} in {time.monotonic() - began:.0f} s\n"
        f"facts announced {len(course.announced)}, lost {len(lost)}, repeated {len(facts) - len(set(facts))}, "
        f"things out of order {len(out_of_order)}\n"
        f"mails {len(ledger)} {dict(states)}, missing {len(missing)}, repeated {len(repeated)}, "
        f"unknown {states['unknown']} (open SMTP connections when something died: at most {most_unknown})"
    )
    assert (len(course.announced), lost, out_of_order) == (FACTS, set(), [])
    assert len(facts) == len(set(facts)) == FACTS
    assert len(ledger) == FACTS + RECIPIENTS
    assert set(states) <= {"accepted", "unknown"}
    assert (missing, repeated, strangers) == ([], [], set())
    assert states["unknown"] <= most_unknown
    registration.dispose()
    mailer.dispose()


def _start_campaign(mailer: Database) -> uuid.UUID:
    page = "<!doctype html><html lang='fr'><title>Écho</title><p>Bonjour {{first_name}}</p>"
    with mailer.transaction() as session:
        for number in range(RECIPIENTS):
            person = contacts.Person(f"lecteur{number}@chaos.example", f"Prénom{number}")
            contacts.subscribe(session, person, ECHO, "test", "Je m’abonne.", "1", clock.now())
        campaign = campaigns.create(
            session,
            list=ECHO,
            title="L’Écho du Réseau n° 34",
            subject="L’Écho du Réseau n° 34",
            from_name="L’Écho du Réseau",
            from_email="echo@agora.example",
            html=page + "<p>é" * 400 + '<a href="{{unsubscribe_url}}">Se désinscrire</a></html>',
            text="Bonjour {{first_name}}\n\nSe désinscrire : {{unsubscribe_url}}\n",
        )
        campaigns.start(session, campaign.id, clock.now())
        return campaign.id


def _announce(registration: Database, course: Course) -> None:
    """FACTS facts about FACTS/4 registrations, each in a transaction of its own, tried until it is certain."""
    samples = {
        fact: json.loads((SAMPLES / f"registration.registration.{fact}.v1.json").read_text()) for fact in set(LIFE)
    }
    things = [uuid.UUID(int=0x7000 << 64 | number) for number in range(FACTS // len(LIFE))]
    for number, fact in enumerate(LIFE, 1):
        for thing in things:
            type = f"registration.registration.{fact}.v1"
            data = registry.load(type, _about(thing, samples[fact]))
            event_id = _announce_one(registration, type, data, thing)
            course.announced[event_id] = (str(thing), number)
            time.sleep(0.01)


def _about(thing: uuid.UUID, sample: dict[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(sample.get("data", sample))
    data["registration_id"] = str(thing)
    data["person"]["email"] = f"personne{thing.int & 0xFFFF}@chaos.example"
    return data


def _announce_one(registration: Database, type: str, data: dict[str, Any], thing: uuid.UUID) -> uuid.UUID:
    event_id: uuid.UUID | None = None
    while True:
        try:
            with registration.transaction() as session:
                # A commit that was cut off may have happened: look before trying again.
                if event_id and session.scalar(sa.text("SELECT 1 FROM outbox WHERE event_id = :id"), {"id": event_id}):
                    return event_id
                event_id = outbox.add(session, type, data, thing=thing)
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            time.sleep(0.2)
        else:
            return event_id


def _strike(stack: Stack, course: Course, dice: random.Random, until: Callable[[], bool]) -> None:
    """BLOWS blows, at least as long as facts are announced: mostly kills, now and then a server goes away."""
    while sum(course.blows.values()) < BLOWS or not until():
        time.sleep(dice.uniform(0.2, 1.5))
        target = dice.choices([*KILLED, "broker", "database"], weights=[4, 4, 4, 4, 1, 1])[0]
        if sum(course.blows.values()) == BLOWS // 2:
            target = "broker"  # in every course, however short
        elif sum(course.blows.values()) == BLOWS // 2 + 1:
            target = "database"
        course.blows[target] += 1
        assert stack.backends is not None
        if target == "broker":
            stack.backends.rabbitmq.kill()
            time.sleep(dice.uniform(0, 1))
            stack.backends.rabbitmq.start()
        elif target == "database":
            stack.backends.postgres.kill()
            time.sleep(dice.uniform(0, 1))
            stack.backends.postgres.start()
        else:
            _kill(stack, target)
            stack.start_part(target)


def _kill(stack: Stack, name: str) -> None:
    """SIGKILL one process; the supervisor, which would wait before starting it again, is not told."""
    part = stack.parts[name]
    child, part.child = part.child, None
    assert child is not None
    child.kill()


def _wait_until_quiet(registration: Database, mailer: Database, campaign_id: uuid.UUID) -> None:
    """Everything announced has been received, and nothing more will be sent."""
    ends = time.monotonic() + 240
    while time.monotonic() < ends:
        try:
            with registration.reading() as session:
                waiting, _ = outbox.waiting(session)
            with mailer.reading() as session:
                received = session.scalar(sa.select(sa.func.count()).select_from(inbox))
                open_rows = session.scalar(
                    sa.text("SELECT count(*) FROM messages WHERE state NOT IN ('accepted', 'unknown')")
                )
        except sa.exc.OperationalError:
            waiting, received, open_rows = 1, 0, 1
        if not waiting and received == FACTS and not open_rows:
            return
        time.sleep(0.5)
    pytest.fail(f"not quiet after four minutes: outbox {waiting}, inbox {received} of {FACTS}, open mails {open_rows}")


def _facts_received(mailer: Database) -> list[uuid.UUID]:
    with mailer.reading() as session:
        return list(session.scalars(sa.select(inbox.c.event_id).order_by(inbox.c.received_at)))


def _ledger(mailer: Database) -> list[Any]:
    with mailer.reading() as session:
        rows = session.execute(sa.text("SELECT id, state, trim('<>' FROM message_id) AS message_id FROM messages"))
        return list(rows)


def _caught(store: Path) -> Counter[str]:
    with sqlite3.connect(store) as connection:
        rows = connection.execute("SELECT headers FROM mails").fetchall()
    connection.close()
    return Counter(json.loads(headers)["Message-ID"] for (headers,) in rows)
