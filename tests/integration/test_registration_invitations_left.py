"""The way out of invitations holds for as long as their mails are kept, long after the invitations are erased."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models import Event, Invitation
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import InvitationStop
from services.registration.models.orm import HASHED
from services.registration.models.registrations import Registration
from services.registration.queries import invitations as queries
from services.registration.queries import not_invited
from services.registration.rules.people import email_hash
from services.registration.use_cases import invitations_leaving as leaving
from services.registration.use_cases import inviting, registering
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, answers
from tests.integration.test_registration_invitations import (
    FILE,
    LATER,
    event,  # noqa: F401
    facts,
    guest,
    invite,
    states,
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


def test_the_team_notes_it_for_who_asks_by_telephone_sees_who_is_stopped_and_undoes_it(
    registration_client: Any,
    registration_db: Database,
    event: Event,  # noqa: F811
    sign_in: Any,
) -> None:
    invite(registration_db, event, guest(0))
    with registration_db.transaction() as session:
        mine = registering.register(session, event.id, answers(5), NOW, site=SITE).registration_id
        theirs = session.scalars(sa.select(Invitation.id)).one()
    sign_in(registration_client, "staff")

    def words(answer: Any) -> str:
        return " ".join(html.unescape(re.sub("<[^>]+>", " ", answer.text)).split())

    def send(path: str, **form: str) -> str:
        return words(registration_client.post(f"/equipe{path}", data=form, follow_redirects=True))

    page = "/evenements/agora-2016/ne-plus-inviter"
    assert "AWA0@example.org ne sera plus invitée" in send(page, email=" AWA0@example.org ")
    assert states(registration_db, event) == {guest(0)["email"]: "stopped"}
    assert "personne5@example.org ne sera plus invitée" in send(f"/inscriptions/{mine}/ne-plus-inviter")
    with registration_db.reading() as session:  # with never so many rows, the indexes of the hashes lead to who it is
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for table, index in ((Registration, "ix_registrations_hashed"), (GroupMember, "ix_group_members_hashed")):
            anyhow = not_invited.named(table).order_by(None)  # few rows in order are read by their key
            query = anyhow.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
            assert index in "".join(session.scalars(sa.text(f"EXPLAIN {query}")))
        for key in ("zoé@exemple.fr", r"a\\b\x41@example.org", r"\xff@example.org"):
            there = sa.text(f"SELECT encode({HASHED}, 'hex') FROM (VALUES (:key)) AS one (email_key)")
            assert session.scalar(there, {"key": key}) == email_hash(key)
    stranger = send(page, email="pas@vue.example")
    assert "2 personnes ne veulent plus être invitées" in stranger
    assert "Awa Diop0 awa0@example.org" in stranger
    assert "1 autre adresse" in stranger
    assert "déjà noté" in send(page, email="pas@vue.example")
    assert "nom@domaine.fr" in send(page, email="pas")
    for path in (f"/inscriptions/{mine}", f"/evenements/agora-2016/invitations/personne/{theirs}"):
        read = words(registration_client.get(f"/equipe{path}"))
        assert "Peut de nouveau être invitée" in read
        assert "Noté par l’équipe : ne veut plus être invitée" in read
        assert "Ne veut plus être invitée, depuis le" in read
    send(f"/evenements/agora-2016/invitations/personne/{theirs}/ne-plus-inviter", again="1")
    send(f"/inscriptions/{mine}/ne-plus-inviter", again="1")
    assert stops(registration_db) == 1
    assert "Rien n’empêchait" in send(page, email="awa0@example.org", again="1")
    send(page, email="pas@vue.example", again="1")
    assert stops(registration_db) == 0
    assert "Noté par l’équipe : peut de nouveau être invitée" in words(
        registration_client.get("/equipe/journal/?quoi=invitation")
    )
    assert f'href="/equipe{page}"' in registration_client.get("/equipe/evenements/agora-2016/invitations").text
