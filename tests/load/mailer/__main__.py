"""`python -m tests.load.mailer`: the ceiling, then our sender, and one line per mark.

CPU per mail is the figure to trust: clock rates move with whatever else the machine does, so they stand beside
the ceiling of the same run.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from services.mailer import campaigns
from shared import clock, tracing
from tests.load.mailer import ceiling, fuzz, house, letters
from tests.load.mailer.house import House
from tests.load.marks import Marks, p95
from tests.mailer_people import campaign, counts, readers, run

CONNECTIONS = 8  # of each sender
PROCESSES = 2  # one per core of the machine that the marks are made for


@dataclass(frozen=True)
class Run:
    """A finished campaign. The CPU is in seconds."""

    mails: int
    seconds: float
    sender_cpu: float
    database_cpu: float
    peak: float
    first_memory: float

    @property
    def per_mail(self) -> float:
        return (self.sender_cpu + self.database_cpu) / self.mails * 1000

    @property
    def split(self) -> str:
        each = 1000 / self.mails
        return f"{self.sender_cpu * each:.2f} ms sender, {self.database_cpu * each:.2f} ms database"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load.mailer")
    parser.add_argument("--mails", type=int, default=3000, help="recipients of the measured campaigns")
    parser.add_argument("--large", type=int, default=20_000, help="recipients of the campaign that memory is read on")
    parser.add_argument("--crowd", type=int, default=30_000, help="recipients of the campaign that confirmations pass")
    parser.add_argument("--confirmations", type=int, default=60)
    parser.add_argument("--fuzzed", type=int, default=10_000, help="hostile names, and as many contributions")
    chosen = parser.parse_args()
    marks = Marks()
    source, sink = ceiling.programs()
    with tempfile.TemporaryDirectory(prefix="agora-load-") as name, house.house(Path(name)) as home:
        Path(name).chmod(0o755)
        with ceiling.sink(home.processes, sink, Path(name)) as port:
            _equality(marks)
            _fuzzed(marks, chosen.fuzzed)
            _ceiling(source, port)
            _sizes(marks, home, port, chosen.mails)
            _large(marks, home, port, chosen.large)
            _confirmations(marks, home, port, chosen.crowd, chosen.confirmations)
    print("\n".join(marks.lines))
    return 1 if marks.short else 0


def _equality(marks: Marks) -> None:
    names = ["Zoé", "Jeanne", "Élodie & <Co>", "Ngoc-Lan", "", "O’Brien = 'x'", "ž" * 40] * 10
    for title, (text, rich) in (("static", letters.static()), ("personal", letters.personal_everywhere())):
        wrong, octets = letters.differing(text, rich, names)
        print(f"{title} letter: {octets} octets")
        marks.exactly(f"{title}-letters-unlike-the-standard-library", wrong, 0)


def _fuzzed(marks: Marks, count: int) -> None:
    """Names and contributions that nobody types in good faith are read back as they were typed."""
    for what, lost in (("names", fuzz.names), ("contributions", fuzz.contributions)):
        began = time.monotonic()
        wrong = lost(count)
        print(f"fuzzed {what}: {count} in {time.monotonic() - began:.0f} s", *wrong[:3], sep="\n  ")
        marks.exactly(f"fuzzed-{what}-of-{count}-not-read-back", len(wrong), 0)


def _ceiling(source: Path, port: int) -> None:
    rates = [ceiling.source_rate(source, port, 48_000, 3000, CONNECTIONS) for _ in range(3)]
    clock_rate, cpu_rate = ceiling.signatures()
    print(f"ceiling: smtp-source to smtp-sink {max(rates):.0f}/s (three runs: {', '.join(f'{r:.0f}' for r in rates)})")
    print(f"ceiling: RSA-2048 {clock_rate:.0f}/s on this core now, {cpu_rate:.0f} per second of CPU", flush=True)


def _signature() -> float:
    """Milliseconds of CPU that one signature costs now."""
    return 1000 / ceiling.signatures()[1]


def _sizes(marks: Marks, home: House, port: int, mails: int) -> None:
    for name, letter, goal in (
        ("static", letters.static(), 2.0),
        ("whatever-template", letters.personal_everywhere(), 3.3),
    ):
        before, done, after = _signature(), _campaign(home, port, mails, letter), _signature()
        if done is None:
            marks.failed(f"{name}-cpu-per-mail", f"<{goal}ms", "the campaign did not finish")
            continue
        print(
            f"{name}: {done.mails} mails in {done.seconds:.1f} s, {done.mails / done.seconds:.0f}/s; CPU a mail "
            f"{done.split}; as much as {done.per_mail * 2 / (before + after):.1f} signatures "
            f"({before:.2f} ms before, {after:.2f} ms after)"
        )
        marks.below(f"{name}-cpu-per-mail", done.per_mail, goal, "ms")
        if name == "static":
            marks.below(f"{mails}-mails", done.seconds, 10.0 * mails / 3000, "s")


def _large(marks: Marks, home: House, port: int, mails: int) -> None:
    done = _campaign(home, port, mails, letters.static())
    if done is None:
        marks.failed(f"sender-memory-at-{mails}", "<150MB", "the campaign did not finish")
        return
    print(
        f"large: {mails} mails in {done.seconds:.0f} s, {done.mails / done.seconds:.0f}/s; CPU a mail "
        f"{done.split}; a sender held {done.first_memory:.0f} MB at a tenth, {done.peak:.0f} MB at most"
    )
    marks.below(f"sender-memory-at-{mails}", done.peak, 150, "MB")


def _campaign(home: House, port: int, mails: int, letter: tuple[str, str]) -> Run | None:
    """Send `letter` to `mails` readers with the senders waiting beforehand; None when it did not finish."""
    _forget(home)
    readers(home.mailer, mails)
    made = campaign(home.mailer, started=False, text=letter[0], html=letter[1])
    run(home.mailer, "ANALYZE contacts, consents")
    with home.senders(PROCESSES, port, CONNECTIONS) as senders:
        time.sleep(1.5)  # what a start costs is no mail's cost
        before, began = home.cpu(senders), time.perf_counter()
        _start(home, made)
        early = house.wait_for(lambda: _accepted(home, made) >= mails // 10, 60 + mails / 20, "a tenth")
        first = max(house.memory(child) for child in senders) if early else 0.0
        if not house.wait_for(lambda: _accepted(home, made) >= mails, 60 + mails / 20, "the campaign"):
            print(f"  {counts(home.mailer, made)}\n{senders[0].last_lines()}")
            return None
        seconds, after = _last_accepted(home, made), home.cpu(senders)
        print(f"  (clock of this script: {time.perf_counter() - began:.1f} s)")
        pids = {child.pid for child in senders}
        ours = house.spent(before, after, pids)
        peak = max(house.peak_memory(child) for child in senders)
        return Run(mails, seconds, ours, house.spent(before, after) - ours, peak, first)


def _confirmations(marks: Marks, home: House, port: int, crowd: int, count: int) -> None:
    """From the fact in registration's outbox to the relay's 250, while a campaign runs."""
    goal = "event-to-accepted-p95"
    _forget(home)
    readers(home.mailer, crowd)
    text, rich = letters.static()
    made = campaign(home.mailer, started=False, text=text, html=rich)
    workers = [home.start("registration", "worker"), home.start("mailer", "worker")]
    with home.senders(PROCESSES, port, CONNECTIONS):
        _start(home, made)
        house.wait_for(lambda: _accepted(home, made) > 100, 60, "the campaign's first hundred")
        home.confirm(0)
        if not house.wait_for(lambda: _singles(home) == 1, 60, "the first confirmation"):
            marks.failed(goal, "<5s", workers[1].last_lines())
            return
        for number in range(1, count + 1):
            home.confirm(number)
            time.sleep(0.2)
        all_there = house.wait_for(lambda: _singles(home) == count + 1, 60, "the confirmations")
        left = crowd - _accepted(home, made)
        with home.mailer.transaction() as session:
            campaigns.cancel(session, made, clock.now())
        print(f"confirmations: {count} among a campaign to {crowd}, {left} of which were still to go at the end")
        if not all_there or left <= 0:
            marks.failed(goal, "<5s", "some never came" if left > 0 else "the campaign was over before them")
            return
        marks.below(goal, p95(_delays(home)), 5.0, "s")


def _delays(home: House) -> list[float]:
    """Seconds from the outbox's row to the ledger's `accepted`, both by the database's clock."""
    query = "SELECT event_id, extract(epoch FROM {column}) AS at FROM {table}"
    born = {
        row.event_id: float(row.at) for row in run(home.registration, query.format(column="created_at", table="outbox"))
    }
    taken = run(home.mailer, query.format(column="changed_at", table="messages") + " WHERE lane = 'transactional'")
    return [float(row.at) - born[row.event_id] for row in taken]


def _start(home: House, made: uuid.UUID) -> None:
    with tracing.thread_of(), home.mailer.transaction() as session:  # as a page starts it
        campaigns.start(session, made, clock.now())


def _accepted(home: House, made: uuid.UUID) -> int:
    return counts(home.mailer, made).get("accepted", 0)


def _singles(home: House) -> int:
    query = "SELECT count(*) AS n FROM messages WHERE lane = 'transactional' AND state = 'accepted'"
    return int(run(home.mailer, query)[0].n)


def _last_accepted(home: House, made: uuid.UUID) -> float:
    query = "SELECT extract(epoch FROM max(changed_at) - min(created_at)) AS s FROM messages WHERE campaign_id = :id"
    return float(run(home.mailer, query, id=made)[0].s)


def _forget(home: House) -> None:
    run(home.mailer, "TRUNCATE messages, attempts, campaigns, consents, contacts CASCADE")


if __name__ == "__main__":
    raise SystemExit(main())
