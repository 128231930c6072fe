"""Mails whose outcome nobody knows, settled by the log of a real Postfix: on the page, by the command, in the proof."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from services.mailer import log_settling
from shared.db import Database
from tests import postfix_server
from tests.integration.test_mailer_sender import Sending, sending, until  # noqa: F401
from tests.mailer_people import campaign, counts, readers, run
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.slow


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that Postfix's own user may enter: pytest's are private."""
    if why := postfix_server.may_run():
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="postfix-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_a_lost_answer_is_found_in_the_log_of_postfix(
    mailer_db: Database,
    sending: Sending,  # noqa: F811
    mailer_client: Any,
    sign_in: Callable[..., Any],
    environment_of: Callable[[str, str], dict[str, str]],
    home: Path,
) -> None:
    readers(mailer_db, 6)
    made = campaign(mailer_db)
    sign_in(mailer_client, "editor")
    cuts = {"lecteur2@lecteurs.test": "after", "lecteur3@lecteurs.test": "after", "lecteur4@lecteurs.test": "before"}

    def on_rcpt(address: str) -> str:
        return "550 5.1.1 User unknown" if address.startswith("lecteur3") else ""

    with SmtpServer(on_rcpt=on_rcpt) as inbox, postfix_server.running(home, inbox.port) as relay:
        line = postfix_server.cut_line(relay.port, cuts)
        with line as port, sending(f"smtp://127.0.0.1:{port}", bulk_connections=1):
            until(lambda: not counts(mailer_db).keys() & {"pending", "claimed", "transmitting", "deferred"})
        assert counts(mailer_db) == {"accepted": 3, "unknown": 3}
        page = mailer_client.get(f"/campagnes/{made}").text.replace("\u202f", " ")
        assert "3 messages à l’issue inconnue" in page
        assert "la connexion s’est coupée avant la réponse" in page
        assert "Disconnected" not in page
        until(lambda: relay.log.read_text().count("status=sent") >= 4 and "status=bounced" in relay.log.read_text())
        with patch.dict(os.environ, environment_of("mailer", mailer_db.url)):
            assert log_settling.main([str(relay.log)]) == 0
    # Of the one whose dot never left, the log says nothing that proves anything: it waits for a person.
    assert counts(mailer_db) == {"accepted": 4, "rejected": 1, "unknown": 1}
    assert [row.email_key for row in run(mailer_db, "SELECT email_key FROM suppressions")] == ["lecteur3@lecteurs.test"]
    page = mailer_client.get(f"/campagnes/{made}").text
    assert "Un message à l’issue inconnue" in page
    proof = mailer_client.get(f"/campagnes/{made}/registre.csv").data.decode("utf-8-sig")
    states = {
        row["Courriel"].partition("@")[0]: row["État"] for row in csv.DictReader(io.StringIO(proof), delimiter=";")
    }
    assert states == {
        "lecteur1": "remis", "lecteur2": "remis", "lecteur3": "refusé", "lecteur4": "issue inconnue",
        "lecteur5": "remis", "lecteur6": "remis",
    }  # fmt: skip
    (doubt,) = run(mailer_db, "SELECT id FROM messages WHERE state = 'unknown'")
    answer = mailer_client.post(f"/campagnes/{made}/messages/{doubt.id}", data={"how": "resend"})
    assert answer.status_code == 303
    with SmtpServer() as again, sending(again):
        until(lambda: counts(mailer_db) == {"accepted": 5, "rejected": 1})
    assert [mail.recipient for mail in again.taken] == ["lecteur4@lecteurs.test"]
