"""Letters that come back again and again: a person is told of them, and nobody is struck for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.mailer import coming_back, contacts
from services.mailer.models.contacts import ECHO, Contact
from shared import clock
from shared.db import Database
from tests.mailer_people import campaign, readers, run, suppress

BACK = """INSERT INTO returns (hash, at, message_id, email_key, kind, recipient, status, reason, verdict, action, said)
    SELECT :mark || id, now(), id, email_key, :kind, email, '5.2.2', :reason, :verdict, 'none', '' FROM messages
    WHERE campaign_id = :campaign AND email_key LIKE :who || '@%'"""


def letter(db: Database, number: int, **back: tuple[str, str, str]) -> None:
    """One more letter to everybody; of some it comes back: (kind, reason, verdict)."""
    made = campaign(db, title=f"Lettre {number}")
    for state in ("claimed", "transmitting", "accepted"):
        run(
            db,
            """UPDATE messages SET state = :state, message_id = '<' || id || '>', lease_owner = 'o',
            lease_until = CASE WHEN :state = 'accepted' THEN NULL ELSE now() + interval '1 minute' END,
            changed_at = now() - make_interval(days => 100 - :number) WHERE campaign_id = :campaign""",
            state=state,
            number=number,
            campaign=made,
        )
    for who, (kind, reason, verdict) in back.items():
        run(db, BACK, mark=str(number), who=who, kind=kind, reason=reason, verdict=verdict, campaign=made)


def test_who_had_none_of_the_last_three_letters_is_named(
    mailer_db: Database, mailer_client: Any, sign_in: Callable[..., Any]
) -> None:
    full, ours, late = ("bounce", "mailbox-full", "keep"), ("bounce", "blocked", "ours"), ("delay", "delayed", "keep")
    readers(mailer_db, 7)
    everybody = dict.fromkeys(("lecteur1", "lecteur2", "lecteur5", "lecteur6", "lecteur7"), full)
    letter(mailer_db, 1, **everybody | {"lecteur2": late})  # that one came in the end
    letter(mailer_db, 2, **everybody, lecteur3=ours)
    sign_in(mailer_client, "editor")
    assert "reviennent tous" not in mailer_client.get("/contacts/sans-nouvelles").text
    letter(mailer_db, 3, **everybody | {"lecteur5": ours}, lecteur4=full)
    suppress(mailer_db, "lecteur6@lecteurs.test", "bulk")
    with mailer_db.transaction() as session:  # has left: no letter goes there any more
        gone = session.query(Contact).filter_by(email_key="lecteur7@lecteurs.test").one().id
        contacts.withdraw(session, gone, ECHO, "lien", "Me désabonner", "1", clock.now())
    with mailer_db.reading() as session:
        [one] = coming_back.found(session, most=9)
    assert (one.name, one.email, one.reason) == ("Zoé 1", "lecteur1@lecteurs.test", "mailbox-full")
    page = mailer_client.get("/contacts/sans-nouvelles").text
    assert "reviennent tous" in page
    assert "La boîte est pleine" in page

    letter(mailer_db, 4)
    with mailer_db.reading() as session:
        assert coming_back.found(session, most=9) == []
