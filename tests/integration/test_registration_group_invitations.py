"""A meeting of a group that is on invitation: the way in of who was called before, and what of the call came back."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, GroupMember, Invitation
from services.registration.models.mail_fates import MailFate
from services.registration.queries.invitations import state
from shared.db import Database, new_id
from tests.integration.registration_people import NOW
from tests.integration.test_registration_groups import BASE, october_2016, staff  # noqa: F401

SHOW = f"{BASE}/agir-a-madagascar"


@pytest.fixture
def meeting(staff: Any, registration_db: Database) -> Event:  # noqa: F811
    """Planned, not called to."""
    staff.post(f"{SHOW}/rencontres", data={"date": "mercredi 26 octobre 2016", "starts": "14 h"})
    with registration_db.reading() as session:
        return session.scalars(sa.select(Event)).one()


def only_invited(db: Database) -> None:
    with db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=True))


def test_who_was_called_before_it_was_on_invitation_is_told_the_way_in(
    staff: Any,  # noqa: F811
    registration_db: Database,
    meeting: Event,
) -> None:
    staff.post(f"{SHOW}/convier", data={"event": str(meeting.id)})
    only_invited(registration_db)
    with staff.application.test_client() as member:
        for page in (f"/e/{meeting.slug}", f"/e/{meeting.slug}/inscription"):
            said = member.get(page).text.replace("\u00a0", " ").replace("\u202f", " ")
            assert "Les membres du groupe « Agir à Madagascar » y sont conviés" in said
            assert "Pour demander une invitation, écrivez à" in said
        with registration_db.transaction() as session:
            session.execute(sa.update(Event).values(state="closed"))
        for page in (f"/e/{meeting.slug}", f"/e/{meeting.slug}/inscription"):
            assert "y sont conviés" not in member.get(page).text, "no link opens the form any more"


def test_a_meeting_that_nobody_was_called_to_names_no_group(
    staff: Any,  # noqa: F811
    registration_db: Database,
    meeting: Event,
) -> None:
    with registration_db.transaction() as session:
        session.execute(sa.update(Event).values(by_invitation=True, state="published"))
    said = staff.get(f"/e/{meeting.slug}").text
    assert ("sur invitation" in said, "y sont conviés" in said) == (True, False)


def test_a_call_that_came_back_stands_under_the_invitations_of_its_meeting(
    staff: Any,  # noqa: F811
    registration_db: Database,
    meeting: Event,
) -> None:
    only_invited(registration_db)

    def fate(member: GroupMember, seconds: int) -> None:
        more = {"template": "group_convened", "state": "bounced", "reason": "5.1.1", "verdict": "absent"}
        at = NOW + seconds * (NOW.resolution * 1_000_000)
        session.add(MailFate(message_id=new_id(), thing=member.id, at=at, **more))

    with registration_db.transaction() as session:
        awa, noe = session.scalars(sa.select(GroupMember).order_by(GroupMember.first_name))
        fate(noe, -60)  # of a call before
        fate(awa, 60)
    staff.post(f"{SHOW}/convier", data={"event": str(meeting.id)})
    with registration_db.reading() as session:
        found = dict(session.execute(sa.select(Invitation.first_name, state)).all())
        awa_id = session.scalars(sa.select(Invitation.id).where(Invitation.first_name == "Awa")).one()
    assert found == {"Awa": "back", "Noé": "silent"}
    page = staff.get(f"/equipe/evenements/{meeting.slug}/invitations/personne/{awa_id}").text
    assert ("courriel revenu" in page, "Convocation du groupe" in page) == (True, True)
