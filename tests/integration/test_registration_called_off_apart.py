"""An assembly and its event that are called off apart: who hears of the second reads that the first is known."""

from __future__ import annotations

import uuid

import pytest

from services.mailer import render
from services.registration.models import Event
from services.registration.rules.messages import WINDOW
from services.registration.use_cases import assembly_calling_off
from shared.db import Database
from tests.integration.test_registration_assembly import WHO
from tests.integration.test_registration_assembly_called_off import (
    AFTER,
    CALLED,
    LATER,
    NOW,
    PAUL,
    WHY,
    ZOE,
    announced,
    assembly,
    by_address,
    by_their_group,
    call_off,
    call_off_event,
    facts,
    leave,
)
from tests.integration.test_registration_assembly_papers import one
from tests.integration.test_registration_invitations import guest, invite
from tests.integration.test_registration_invitations import leave as send

__all__ = ["assembly"]  # a fixture


def test_who_heard_of_the_assembly_reads_so_in_the_later_mail_of_the_event(
    registration_db: Database, assembly: uuid.UUID
) -> None:
    event = announced(registration_db, ("paul@lac.example", "fr", PAUL), ("zoe@ailleurs.example", "fr", ZOE))
    call_off(registration_db, assembly, 2)
    leave(registration_db)
    call_off_event(registration_db, event, LATER)
    leave(registration_db, LATER + WINDOW)
    mails = by_address(facts(registration_db, "registration.registration.called_off.v1"))
    both = ("paul@lac.example", "zoe@ailleurs.example")
    known, new = (one(render.render("event_called_off", mails[email]).text) for email in both)
    assert "Vous savez déjà que l’assemblée « Assemblée générale 2017 » n’a pas lieu" in known
    assert "Vous savez déjà" not in new


def test_who_heard_of_the_event_reads_so_in_the_later_mail_of_the_assembly(
    registration_db: Database, assembly: uuid.UUID
) -> None:
    event = announced(registration_db, ("paul@lac.example", "en", PAUL), ("eloise@commune.example", "fr", ZOE))
    call_off_event(registration_db, event, NOW)
    leave(registration_db)
    with registration_db.transaction() as session:
        assembly_calling_off.call_off(session, assembly, LATER, **WHY, who=WHO, told=2, with_event=False)
    leave(registration_db, LATER + WINDOW)
    told = by_address(facts(registration_db))
    known, new = told["paul@lac.example"], told["eloise@commune.example"]
    assert "You know already that “Journée d’essai” will not take place" in one(
        render.render("assembly_called_off", known).text
    )
    assert len(known["calendar"]) == 1  # the other mail withdrew the entries of the event
    assert "Vous savez déjà" not in one(render.render("assembly_called_off", new).text)  # Zoé is, Éloïse is not


@pytest.mark.parametrize("assembly_first", [True, False])
def test_so_does_who_was_invited_or_called_by_a_group(
    registration_db: Database, assembly: uuid.UUID, assembly_first: bool
) -> None:
    event = announced(registration_db)
    with registration_db.reading() as session:
        announcing = session.get_one(Event, event)
    invite(
        registration_db, announcing, guest(1, first_name="Paul", last_name="Rey", email="paul@lac.example"), guest(2)
    )
    send(registration_db)
    by_their_group(registration_db, event, *CALLED)
    if assembly_first:
        call_off(registration_db, assembly, 2)
        leave(registration_db)
        call_off_event(registration_db, event, LATER, 4)
        leave(registration_db, LATER + WINDOW)
        send(registration_db, LATER + WINDOW)
        kinds = ("invitation_called_off", "group_called_off")
        known = "Vous savez déjà que l’assemblée « Assemblée générale 2017 » n’a pas lieu"
    else:
        call_off_event(registration_db, event, NOW, 4)
        leave(registration_db)
        send(registration_db, AFTER)
        with registration_db.transaction() as session:
            assembly_calling_off.call_off(session, assembly, LATER, **WHY, who=WHO, told=2, with_event=False)
        leave(registration_db, LATER + WINDOW)
        kinds = ("assembly_called_off",)
        known = "Vous savez déjà que la rencontre « Journée d’essai » n’a pas lieu"
    told = set()
    for kind in kinds:
        for email, fact in by_address(facts(registration_db, f"registration.{kind.replace('_', '.', 1)}.v1")).items():
            told |= {email} if known in one(render.render(kind, fact).text) else set()
    assert {email.lower() for email in told} == {"paul@lac.example", "eloise@commune.example"}
