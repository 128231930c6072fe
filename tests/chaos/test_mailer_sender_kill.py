"""kill -9 in the middle of a campaign: nobody forgotten, nobody twice, every open outcome on the list.

Real sender processes against a relay that counts Message-IDs. The short run is part of `make test`; the long one
(`make chaos`) has the size of L'Écho, several processes and a relay that misbehaves on top.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.db import Database
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import DROP, SmtpServer

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).parent.parent.parent
LONG = os.environ.get("AGORA_CHAOS") == "long"
CONNECTIONS = 4  # bulk; the transactional ones are idle here
SEEDS = range(int(os.environ.get("AGORA_CHAOS_SEEDS", "4" if LONG else "1")))
RECIPIENTS = 3000 if LONG else 300
KILLS = 20 if LONG else 5
# (seed, sender processes, kills): the long run ends with two hundred kills of one campaign.
RUNS = [(seed, processes, KILLS) for seed in SEEDS for processes in ([1, 2] if LONG else [1])]
RUNS += [(200, 3, 200)] if LONG else []
# Seconds after which one run kills no more; what it did is printed.
BOUND = float(os.environ.get("AGORA_CHAOS_SECONDS", "3600"))


@dataclass
class Kills:
    """What the kills left behind, each."""

    open_outcomes: list[int]
    seconds: float


@pytest.fixture
def start_sender(
    mailer_db: Database, environment_of: Callable[[str, str], dict[str, str]], tmp_path: Path
) -> Callable[[SmtpServer], subprocess.Popen[bytes]]:
    environment = os.environ | environment_of("mailer", mailer_db.url)

    def start(relay: SmtpServer) -> subprocess.Popen[bytes]:
        with (tmp_path / "sender.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "services.mailer", "sender"],
                cwd=ROOT,
                env=environment
                | {
                    "AGORA_SMTP_URL": relay.url,
                    "AGORA_MAIL_BULK_CONNECTIONS": str(CONNECTIONS),
                    "AGORA_SMTP_TIMEOUT": "5",
                    "AGORA_SMTP_REPLY_TIMEOUT": "10",
                    "AGORA_MAIL_RETRY_FACTOR": "0.002",
                },
                stdout=log,
                stderr=log,
            )

    return start


def torment(
    db: Database,
    relay: SmtpServer,
    start: Callable[[SmtpServer], subprocess.Popen[bytes]],
    seed: int,
    processes: int,
    kills: int = KILLS,
) -> Kills:
    """Kill senders at seeded instants all along the campaign, then let them finish."""
    chance = random.Random(seed)
    between = min(20, 2 * RECIPIENTS // kills - 4)
    began = time.monotonic()
    open_outcomes = []
    running = [start(relay) for _ in range(processes)]
    try:
        for _ in range(kills):
            if time.monotonic() - began > BOUND:
                break
            progress_of(relay, running, chance.randint(1, between))
            time.sleep(chance.uniform(0, 0.15))
            victim = running.pop(0)
            victim.kill()
            victim.wait()
            open_outcomes.append(transmitting_of_the_dead(db, running))
            running.append(start(relay))
        deadline = time.monotonic() + (600 if LONG else 120)
        while run(db, "SELECT state FROM campaigns")[0].state != "finished":
            assert time.monotonic() < deadline, f"never finished: {counts(db)}"
            assert all(process.poll() is None for process in running)
            time.sleep(0.2)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            # One that has only begun to start knows no signal yet, and has nothing in hand.
            assert process.wait(30) in (0, -signal.SIGTERM)
    return Kills(open_outcomes, time.monotonic() - began)


def progress_of(relay: SmtpServer, running: list[subprocess.Popen[bytes]], more: int) -> None:
    """Wait until the relay took `more` mails, or nothing is left to take."""
    target, deadline = relay.seen + more, time.monotonic() + 15
    while relay.seen < target and time.monotonic() < deadline:
        assert all(process.poll() is None for process in running), "a sender ended by itself"
        time.sleep(0.005)


def transmitting_of_the_dead(db: Database, others: list[subprocess.Popen[bytes]]) -> int:
    """Rows that the kill left open; with other senders alive theirs are among them, so only counted alone."""
    return 0 if others else counts(db).get("transmitting", 0)


@pytest.mark.parametrize(("seed", "processes", "kills"), RUNS)
def test_a_killed_sender_forgets_nobody_and_repeats_nobody(
    mailer_db: Database,
    start_sender: Callable[[SmtpServer], subprocess.Popen[bytes]],
    seed: int,
    processes: int,
    kills: int,
) -> None:
    readers(mailer_db, RECIPIENTS)
    made = campaign(mailer_db)
    with SmtpServer(delay=0.02 if LONG else 0.04, pipelining=seed % 2 == 0) as relay:
        left = torment(mailer_db, relay, start_sender, seed, processes, kills)
        taken = Counter(mail.message_id for mail in relay.taken)
    rows = run(mailer_db, "SELECT message_id, state, lease_owner FROM messages WHERE campaign_id = :id", id=made)
    # An unknown row keeps its owner, which begins with the number of the process.
    open_of_one = Counter(row.lease_owner.split()[0] for row in rows if row.state == "unknown")
    accepted = {row.message_id for row in rows if row.state == "accepted"}
    unknown = {row.message_id for row in rows if row.state == "unknown"}
    missing = len(rows) - len(accepted) - len(unknown)
    repeated = sum(times > 1 for times in taken.values())
    print(
        f"\nseed {seed}, {processes} sender(s): {len(rows)} recipients, {len(left.open_outcomes)} of {kills} kills, "
        f"{left.seconds:.0f} s: "
        f"missing {missing}, repeated {repeated}, unknown {len(unknown)} "
        f"(of which the relay had {len(unknown & taken.keys())})"
        + f", at most {max(open_of_one.values(), default=0)} of one process"
        + (f", open per kill {left.open_outcomes}" if processes == 1 else "")
    )
    assert len(rows) == RECIPIENTS
    assert missing == 0
    assert repeated == 0
    assert accepted <= taken.keys(), "the ledger says accepted, the relay never saw it"
    assert taken.keys() <= accepted | unknown
    assert max(left.open_outcomes) <= CONNECTIONS
    assert max(open_of_one.values(), default=0) <= CONNECTIONS
    assert len(unknown) <= CONNECTIONS * kills


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_sender_and_a_moody_relay(
    mailer_db: Database, start_sender: Callable[[SmtpServer], subprocess.Popen[bytes]], seed: int
) -> None:
    """421 now and then, connections dropped after the dot, mailboxes that do not exist, "later" once."""
    mood = random.Random(seed + 1000)
    readers(mailer_db, RECIPIENTS)
    made = campaign(mailer_db)
    dropped: set[str] = set()

    def on_data(number: int, raw: bytes) -> str:
        if number % 50 == 10:
            return "421 4.3.2 come back"
        if mood.random() < 0.01:
            dropped.add(raw.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode())
            return DROP
        return "451 4.3.0 later" if mood.random() < 0.02 else ""

    def on_rcpt(address: str) -> str:
        return "550 5.1.1 no such user" if zlib.crc32(address.encode()) % 25 == 0 else ""

    with SmtpServer(delay=0.02 if LONG else 0.04, on_data=on_data, on_rcpt=on_rcpt, pipelining=seed % 2 == 1) as relay:
        kills = torment(mailer_db, relay, start_sender, seed, 1)
        taken = Counter(mail.message_id for mail in relay.taken)
    rows = run(mailer_db, "SELECT email_key, message_id, state FROM messages WHERE campaign_id = :id", id=made)
    by_state = {state: {row.message_id for row in rows if row.state == state} for state in {row.state for row in rows}}
    unknown, accepted = by_state.get("unknown", set()), by_state["accepted"]
    print(
        f"\nseed {seed}, moody relay: {dict(Counter(row.state for row in rows))}, "
        f"{len(dropped)} dropped after the dot, {KILLS} kills, {kills.seconds:.0f} s"
    )
    assert set(by_state) <= {"accepted", "unknown", "rejected"}
    assert all(times == 1 for times in taken.values())
    assert accepted <= taken.keys() <= accepted | unknown
    assert dropped <= unknown
    assert len(unknown - dropped) <= CONNECTIONS * KILLS
    absent = {row.email_key for row in rows if zlib.crc32(row.email_key.encode()) % 25 == 0}
    assert {row.email_key for row in rows if row.state == "rejected"} == absent
    assert {row.email_key for row in run(mailer_db, "SELECT email_key FROM suppressions")} == absent


if LONG:  # test_mailer_moods.py has these relays without the kills

    @pytest.mark.parametrize("seed", SEEDS)
    def test_a_killed_sender_and_the_worst_of_relays(
        mailer_db: Database, start_sender: Callable[[SmtpServer], subprocess.Popen[bytes]], seed: int
    ) -> None:
        """421 to every tenth dot, 454 in bursts, and everybody greylisted once, while senders are killed."""
        readers(mailer_db, RECIPIENTS)
        made = campaign(mailer_db)
        asked: set[str] = set()
        recipients = 0

        def on_rcpt(address: str) -> str:
            nonlocal recipients
            recipients += 1
            if recipients % 100 in (5, 6, 7):
                return "454 4.7.0 temporary failure"
            if address in asked:
                return ""
            asked.add(address)
            return "451 4.7.1 greylisted, come back later"

        def on_data(number: int, _raw: bytes) -> str:
            return "" if number % 10 else "421 4.3.2 closing"

        with SmtpServer(pipelining=True, delay=0.02 if LONG else 0.0, on_data=on_data, on_rcpt=on_rcpt) as relay:
            left = torment(mailer_db, relay, start_sender, seed, 1)
            taken = Counter(mail.message_id for mail in relay.taken)
        rows = run(mailer_db, "SELECT message_id, state FROM messages WHERE campaign_id = :id", id=made)
        by_state = {
            state: {row.message_id for row in rows if row.state == state} for state in {row.state for row in rows}
        }
        unknown, accepted = by_state.get("unknown", set()), by_state["accepted"]
        print(
            f"\nseed {seed}, the worst of relays: {len(rows)} recipients, {KILLS} kills, {left.seconds:.0f} s: "
            f"missing {len(rows) - len(accepted) - len(unknown)}, repeated {sum(n > 1 for n in taken.values())}, "
            f"unknown {len(unknown)} (of which the relay had {len(unknown & taken.keys())}), {recipients} RCPT"
        )
        assert {row.state for row in rows} <= {"accepted", "unknown"}
        assert all(times == 1 for times in taken.values())
        assert accepted <= taken.keys() <= accepted | unknown
        assert len(unknown) <= CONNECTIONS * KILLS
