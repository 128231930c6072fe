"""The way out of invitations holds for as long as their mails are kept, long after the invitations are erased."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Invitation
from services.registration.models.invitations import InvitationStop
from services.registration.queries import invitations as queries
from services.registration.use_cases import invitations_leaving as leaving
from services.registration.use_cases import inviting
from shared.db import Database
from tests.integration.registration_people import SITE
from tests.integration.test_registration_invitations import (
    FILE,
    LATER,
    event,  # noqa: F401
    facts,
    guest,
    invite,
)


@pytest.fixture
def way_out(registration_client: Any, registration_db: Database, event: Event) -> str:  # noqa: F811
    """Of a mail whose invitation has been erased since."""
    row = invite(registration_db, event, guest(0))
    key = registration_client.application.extensions["settings"].secret_key
    with registration_db.transaction() as session:
        leaving.leave(session, row, LATER, site=SITE, key=key)
    with registration_db.transaction() as session:
        session.execute(sa.delete(Invitation))
    return str(facts(registration_db)[0]["leave_link"]).removeprefix(SITE)


def stops(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(InvitationStop)) or 0


def test_the_link_of_an_erased_invitation_still_stops_them_and_can_be_undone(
    registration_client: Any,
    registration_db: Database,
    event: Event,  # noqa: F811
    way_out: str,
) -> None:
    page = registration_client.get(way_out)
    assert (page.status_code, "ce lien vaut toujours" in page.text, stops(registration_db)) == (200, True, 0)
    done = registration_client.post(way_out, data={"List-Unsubscribe": "One-Click"}, follow_redirects=True)
    assert "Aucune invitation ne part plus" in done.text.replace("\u00a0", " ")
    with registration_db.transaction() as session:
        row = inviting.keep(
            session, event, FILE, [inviting.Line(2, "Diop", guest(0)["email"], guest(0))], LATER, who="t"
        )
        assert [outcome for _line, outcome in queries.judged(session, event.id, row)] == ["stopped"]
    registration_client.post(way_out, data={"again": "1"})
    assert stops(registration_db) == 0


def test_a_link_without_its_proof_says_what_to_do_instead_and_stops_nobody(
    registration_client: Any, registration_db: Database, way_out: str
) -> None:
    bare = way_out.partition("?")[0]
    for address in (bare, f"{bare}?a=", f"{way_out}x", "/invitation/x/ne-plus-etre-invite?a=é"):
        for answer in (registration_client.get(address), registration_client.post(address)):
            assert answer.status_code == 404
            assert "écrivez à" in answer.text
    assert stops(registration_db) == 0
