"""Where the people of a list of invitations come from, each in their language: a file, a group, members, a filter."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration import people_files
from services.registration.models import Event, GroupMember, Registration
from services.registration.models.invitations import InvitationLine
from services.registration.models.lists import SavedFilter
from services.registration.models.structures import Membership, Structure
from services.registration.use_cases import changing, groups, inviting, registering
from shared import clock
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers

ADDRESS = "/equipe/evenements/agora-2016/invitations/nouvelles"
GROUP = {"name": "Eau", "about": "", "every_months": 3, "week": 3, "weekday": 3, "starts": dt.time(14), "minutes": 60,
         "place": "Lodève", "capacity": 9, "partner_zone": "", "animator": ""}  # fmt: skip


@pytest.fixture
def staff(registration_client: Any, registration_db: Database, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Signed in. Of another event: personne1 writes English, personne2 cancelled, personne3 is from elsewhere."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        an_event(session)
        before = an_event(session, slug="agora-2015").id
        more = [{"locale": "en"}, {}, {"department": "09"}]
        made = [
            registering.register(session, before, answers(n, **one), NOW, site=SITE) for n, one in enumerate(more, 1)
        ]
        changing.cancel(session, made[1].registration_id, NOW, site=SITE)
    sign_in(registration_client, "staff")
    return registration_client


def listed(staff: Any, db: Database, source: str, **more: Any) -> list[tuple[str, str, str]]:
    """Name, address and language of who would be invited."""
    form = {"source": source} | more
    assert staff.post(ADDRESS, data=form, content_type="multipart/form-data").status_code == 303
    with db.reading() as session:
        people = [one for one in session.scalars(sa.select(InvitationLine.person).order_by(InvitationLine.line)) if one]
    return [(f"{one['first_name']} {one['last_name']}", one["email"], one["locale"]) for one in people]


def test_a_file_says_the_language_and_where_it_does_not_it_is_that_of_the_last_registration(
    staff: Any, registration_db: Database
) -> None:
    lines = ["Nom;Prénom;Courriel;Langue", "A;A;a@example.org;Anglais", "B;B;b@example.org;FR", "C;C;c@example.org;"]
    lines += ["D;D;PERSONNE1@example.org;", "E;E;personne3@example.org;en"]
    file = (io.BytesIO("\n".join(lines).encode()), "gens.csv")
    found = listed(staff, registration_db, "file", origin="les partenaires", file=file)
    assert [one[2] for one in found] == ["en", "fr", "fr", "en", "en"]


def test_the_members_of_a_group_are_invited_in_their_language_and_who_left_is_not(
    staff: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        group = groups.create(session, GROUP, NOW, who="test").id
        people = [("Awa", "Diop", "awa@example.org", "Lac"), ("Noé", "Petit", "noe@example.org", ""),
                  ("Zoé", "Sortie", "zoe@example.org", "")]  # fmt: skip
        groups.add_members(session, "eau", people, NOW, who="test")
        session.execute(sa.update(GroupMember).where(GroupMember.first_name == "Noé").values(locale="en"))
        session.execute(sa.update(GroupMember).where(GroupMember.first_name == "Zoé").values(left_at=NOW))
    found = listed(staff, registration_db, f"group:{group}")
    assert found == [("Awa Diop", "awa@example.org", "fr"), ("Noé Petit", "noe@example.org", "en")]


def test_who_represents_a_member_of_today_is_invited_in_the_language_they_registered_in(
    staff: Any, registration_db: Database
) -> None:
    today = NOW.date()
    past = today - dt.timedelta(days=400)
    rows = [("Amis", "personne1@example.org", None), ("Bois", "bois@example.org", None), ("Clos", "", None),
            ("Dune", "dune@example.org", today - dt.timedelta(days=1))]  # fmt: skip
    with registration_db.transaction() as session:
        for name, email, until in rows:
            structure = Structure(name=name, name_key=name.lower(), made_at=NOW)
            session.add(structure)
            session.flush()
            session.add(
                Membership(
                    structure_id=structure.id, since=past, until=until, representative=f"Ida {name}", email=email
                )
            )
    found = listed(staff, registration_db, "members")
    assert found == [("Ida Amis", "personne1@example.org", "en"), ("Ida Bois", "bois@example.org", "fr")]


def test_a_filter_that_the_team_keeps_invites_who_is_in_it_now_and_nobody_who_cancelled(
    staff: Any, registration_db: Database
) -> None:
    with registration_db.transaction() as session:
        other = session.scalars(sa.select(Event.id).where(Event.slug == "agora-2015")).one()
        kept = SavedFilter(event_id=other, name="Haute-Garonne", selection={"departement": "31"}, made_by="test",
                           made_at=NOW)  # fmt: skip
        session.add(kept)
        session.flush()
        source = f"filter:{kept.id}"
    assert f'value="{source}"' in staff.get(ADDRESS).text
    assert [one[1] for one in listed(staff, registration_db, source)] == ["personne1@example.org"]
    with registration_db.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).where(Registration.department == "31")) == 2


def test_a_language_that_is_none_of_ours_is_named_with_its_line_and_invites_nobody(
    staff: Any, registration_db: Database
) -> None:
    table = (
        "Nom;Prénom;Adresse électronique;Langue\nDiop;Awa;awa@example.org;Anglais\n\nRoy;Léa;lea@example.org;espagnol\n"
    )
    file = (io.BytesIO(table.encode()), "gens.csv")
    form = {"source": "file", "origin": "les partenaires", "file": file}
    page = staff.post(ADDRESS, data=form, content_type="multipart/form-data", follow_redirects=True).text
    page = page.replace("\u00a0", " ").replace("\u202f", " ")
    assert "1 personne à inviter" in page
    assert "Langue : « espagnol » ne se lit pas. Écrivez français ou anglais, ou laissez la case vide." in page
    assert '<td class="num" data-label="Ligne">4</td>' in page
    file = (io.BytesIO(table.encode()), "gens.csv")
    where = "/equipe/evenements/agora-2016/inscriptions/fichier"
    page = staff.post(where, data={"file": file}, content_type="multipart/form-data", follow_redirects=True).text
    assert "espagnol" in page, "registered from a file: the same"


def test_the_export_says_the_language_and_reads_it_back(staff: Any, registration_db: Database) -> None:
    table = "Nom;Prénom;Adresse électronique;Langue\nDiop;Awa;awa@example.org;Anglais\nRoy;Léa;lea@example.org;\n"
    listed(staff, registration_db, "file", origin="nous", file=(io.BytesIO(table.encode()), "gens.csv"))
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event).where(Event.slug == "agora-2016")).one()
        row = session.scalars(sa.select(InvitationLine.round_id)).first()
        assert row
        inviting.confirm(session, event, row, ("", ""), NOW, expected=2, who="test")
    for language, words in (("fr", ("Langue", "anglais")), ("en", ("Language", "English"))):
        exported = staff.get(ADDRESS.replace("nouvelles", "export.csv") + f"?lang={language}").data
        assert [word in exported.decode() for word in words] == [True, True]
        assert [one.locale for one in people_files.read(exported)] == ["en", "fr"]
