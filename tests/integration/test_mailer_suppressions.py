"""An address that nobody writes to: barred by a bounce or by hand, lifted by who may, and told on the person's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.mailer import transactional
from services.mailer.marks import mark
from shared.db import Database, new_id
from tests.mailer_people import campaign, counts, readers, run

ADDRESS = "lecteur1@lecteurs.test"


@pytest.fixture
def page(mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]) -> str:
    """The page of the first of two readers, with an editor before it."""
    readers(mailer_db, 2)
    sign_in(mailer_client, "editor")
    (first,) = run(mailer_db, "SELECT id FROM contacts WHERE email_key = :key", key=ADDRESS)
    return f"/contacts/{first.id}"


def bar(db: Database, reason: str, evidence: str = "") -> None:
    statement = "INSERT INTO suppressions (email_key, scope, reason, evidence) VALUES (:key, 'bulk', :reason, :said)"
    run(db, statement, key=ADDRESS, reason=reason, said=evidence)


def test_an_address_barred_by_hand_gets_no_letter_until_it_is_lifted(
    mailer_client: Any, mailer_db: Database, page: str
) -> None:
    for _twice in range(2):
        assert mailer_client.post(page + "/ecarter", data={"note": "boîte fermée"}).status_code == 303
    assert run(mailer_db, "SELECT scope, reason, evidence FROM suppressions") == [("bulk", "hand", "boîte fermée")]
    shown = mailer_client.get(page).text
    assert "Adresse écartée par l’équipe" in shown
    assert "boîte fermée" in shown
    assert counts(mailer_db, campaign(mailer_db)) == {"pending": 1}

    refused = mailer_client.post(page + "/retablir", data={"note": "oui"})
    assert (refused.status_code, 'value="oui"' in refused.text) == (422, True)
    assert 'href="#f-note">' in refused.text  # said at the top too: on a phone the field is far below
    assert "Dites comment vous savez" in refused.text
    mailer_client.post(page + "/retablir", data={"note": "elle a téléphoné"})
    assert run(mailer_db, "SELECT * FROM suppressions") == []
    assert "Adresse rétablie par l’équipe" in mailer_client.get(page).text
    assert counts(mailer_db, campaign(mailer_db, title="L’Écho n° 35")) == {"pending": 2}


def test_what_a_server_said_can_be_lifted_and_no_fingerprint_is_shown(
    mailer_client: Any, mailer_db: Database, page: str
) -> None:
    bar(mailer_db, "absent", f"5.1.1 absent {'0a' * 32}")
    shown = mailer_client.get(page).text
    assert "le serveur dit que l’adresse n’existe pas" in shown
    assert "0a0a" not in shown
    mailer_client.post(page + "/retablir", data={"note": "elle a répondu"})
    assert run(mailer_db, "SELECT * FROM suppressions") == []


@pytest.mark.parametrize("reason", ["complaint", "erased"])
def test_what_the_person_said_is_taken_back_by_nobody_else(
    mailer_client: Any, mailer_db: Database, page: str, reason: str
) -> None:
    bar(mailer_db, reason)
    shown = mailer_client.get(page).text
    assert "elle seule peut revenir" in shown
    assert "/retablir" not in shown
    assert mailer_client.post(page + "/retablir", data={"note": "elle a téléphoné"}).status_code == 422
    assert len(run(mailer_db, "SELECT * FROM suppressions")) == 1


def test_what_is_lifted_does_not_come_back_from_before_an_erasure(
    mailer_client: Any, mailer_db: Database, page: str
) -> None:
    """The person was erased while barred, and came back themselves: their address brought the bar with it."""
    bar(mailer_db, "absent")
    run(mailer_db, "UPDATE suppressions SET email_key = :mark", mark=mark(ADDRESS))
    again(mailer_db)
    assert len(run(mailer_db, "SELECT * FROM suppressions WHERE email_key = :key", key=ADDRESS)) == 1
    mailer_client.post(page + "/retablir", data={"note": "elle a téléphoné"})
    again(mailer_db)
    assert run(mailer_db, "SELECT * FROM suppressions WHERE email_key = :key", key=ADDRESS) == []


def again(db: Database) -> None:
    """A mail that they ask for."""
    person = {"first_name": "Zoé", "last_name": "", "locale": "fr"}
    with db.transaction() as session:
        transactional.send(
            session, template="own_data_link", to=ADDRESS, data={"person": person}, business_key=(str(new_id()), "1")
        )


def test_a_bar_whose_time_is_over_is_shown_no_more(mailer_client: Any, mailer_db: Database, page: str) -> None:
    bar(mailer_db, "absent")
    run(mailer_db, "UPDATE suppressions SET until = now() - interval '1 day'")
    assert "Nous n’écrivons plus" not in mailer_client.get(page).text
