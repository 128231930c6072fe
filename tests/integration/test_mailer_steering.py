"""A campaign is paused, resumed and stopped from the command line and from its page, and its file is its ledger."""

from __future__ import annotations

import csv
import html
import io
import re
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from services.mailer import campaigns, commands, steering
from services.mailer.web import campaigns as campaigns_page
from shared import clock
from shared.db import Database
from shared.errors import RuleError
from tests.integration.test_mailer_sender import Sending, finished, sending, until  # noqa: F401  (a fixture)
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow  # real senders start and stop in each of them


@pytest.fixture
def command(
    mailer_db: Database,
    environment_of: Callable[[str, str], dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str, str]]:
    """`python -m services.mailer campaign …`: its status, what it prints, what it says against it."""
    for name, value in environment_of("mailer", mailer_db.url).items():
        monkeypatch.setenv(name, value)

    def act(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = commands.campaign([str(one) for one in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return act


def test_command_page_and_file_tell_the_same(
    mailer_db: Database,
    sending: Sending,  # noqa: F811
    mailer_client: Any,
    sign_in: Callable[..., Any],
    command: Callable[..., tuple[int, str, str]],
) -> None:
    readers(mailer_db, 20)
    made = campaign(mailer_db)
    page = f"/campagnes/{made}"
    sign_in(mailer_client, "editor")
    told: list[tuple[int, str, str]] = []

    def pause_at_the_third(number: int, raw: bytes) -> str:
        if number == 3:
            told.append(command("pause", made, "--because", "Une coquille au titre"))
        return ""

    with SmtpServer(on_data=pause_at_the_third) as relay, sending(relay, bulk_connections=1):
        until(lambda: relay.seen >= 3 and set(counts(mailer_db)) <= {"accepted", "deferred", "pending"})
        assert told[0][0] == 0
        assert re.search(r"paused \(Une coquille au titre\), \d+ of 20 — ", told[0][1])
        shown = mailer_client.get(page).text
        assert "Une coquille au titre" in shown
        assert shown.count("attend la fin de la pause") == 17
        assert "nouvel essai" not in shown
        assert "given up" not in shown
        assert "repris avant l’envoi" in shown

        for state in ("deferred", "pending"):
            someone = run(mailer_db, f"SELECT contact_id FROM messages WHERE state = '{state}'")[0].contact_id
            person = mailer_client.get(f"/contacts/{someone}").text
            assert "attend la fin de la pause" in person
            assert "given up" not in person
        run(mailer_db, "UPDATE messages SET next_at = now() WHERE state = 'deferred'")
        assert command("resume", made)[0] == 0
        until(finished(mailer_db, made))

    status, _, said = command("cancel", made)  # it is finished
    assert (status, "voyez où il en est" in said, "page" in said) == (1, True, False)
    with mailer_db.reading() as session:
        stands = campaigns.progress(session, made)
    # All is taken: no retry is promised until the senders say that it is finished.
    assert campaigns_page.time_left(replace(stands, state="running")) == ""
    file = list(
        csv.reader(io.StringIO(mailer_client.get(f"{page}/registre.csv").text.removeprefix("\ufeff")), delimiter=";")
    )
    assert [line[0] for line in file[1:]] == sorted(mail.recipient for mail in relay.taken)
    ledger = run(mailer_db, "SELECT email, attempts, last_code, relay, message_id FROM messages ORDER BY email_key")
    assert [(line[0], int(line[5]), int(line[6]), line[8], line[9]) for line in file[1:]] == [
        tuple(row) for row in ledger
    ]
    assert {line[3] for line in file[1:]} == {"remis"}
    journal = run(mailer_db, "SELECT who, what FROM audit_entries WHERE thing = 'campaign' ORDER BY id")
    assert [tuple(row) for row in journal] == [("command", "paused"), ("command", "resumed")]


def test_what_the_command_line_does_not_do(command: Callable[..., tuple[int, str, str]], mailer_db: Database) -> None:
    readers(mailer_db, 1)
    made = campaign(mailer_db)
    assert command("pause", uuid.uuid4())[::2] == (1, "Cet envoi n’existe pas.\n")
    assert command("resume", made)[0] == 1
    assert run(mailer_db, "SELECT state FROM campaigns")[0].state == "running"


@pytest.mark.parametrize("people", [150])
def test_two_senders_a_pause_and_a_stop_at_the_same_moment(
    mailer_db: Database,
    sending: Sending,  # noqa: F811
    mailer_client: Any,
    sign_in: Callable[..., Any],
    people: int,
) -> None:
    """Nobody twice, and nothing left half done: what the relay took is what the ledger says it took."""
    readers(mailer_db, people)
    made = campaign(mailer_db)
    sign_in(mailer_client, "editor")
    with SmtpServer(delay=0.002) as relay, ExitStack() as senders:
        for _ in range(2):
            senders.enter_context(sending(relay, bulk_connections=4))
        until(lambda: relay.seen >= people // 10)
        refused: list[str] = []

        def act(what: str) -> None:
            try:
                with mailer_db.transaction() as session:
                    if what == "pause":
                        steering.pause(session, made, "", who="test", now=clock.now())
                    else:
                        steering.cancel(session, made, who="test", now=clock.now())
            except RuleError as refusal:
                refused.append(refusal.code)

        threads = [threading.Thread(target=act, args=(what,)) for what in ("pause", "cancel")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: set(counts(mailer_db)) <= {"accepted", "cancelled", "unknown", "deferred", "rejected"})
    assert refused in ([], ["wrong-state"])  # the pause came after the stop
    told = Counter(mail.recipient for mail in relay.taken)
    assert max(told.values()) == 1
    taken = {row.email for row in run(mailer_db, "SELECT email FROM messages WHERE state = 'accepted'")}
    assert taken == set(told)
    assert counts(mailer_db) == {"accepted": len(told), "cancelled": people - len(told)}
    shown = html.unescape(mailer_client.get(f"/campagnes/{made}").text)
    assert re.search(rf"<b class=\"num\">{len(told)}</b>", shown)
