"""The members of the network, and the voters of an assembly proposed from them."""

from __future__ import annotations

import datetime as dt
import html
import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services.registration.models.assembly import Assembly, AssemblyVoter, RoomEntry
from services.registration.models.structures import Membership, Structure
from services.registration.rules.assembly.statutes import TWO_COLLEGES
from services.registration.use_cases import assemblies, assembly_room, convening, members, structures
from services.registration.use_cases.assemblies import AssemblyDraft
from services.registration.use_cases.members import Draft, Line
from shared import clock
from shared.db import Database
from tests.integration.test_registration_assembly import HELD, NOW, WHO, draft

TODAY = NOW.date()
PAID = dt.date(2017, 12, 31)
LIST = "/equipe/adherents/"


@pytest.fixture
def staff(registration_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    sign_in(registration_client, "staff")
    return registration_client


def enter(db: Database, *lines: Line, now: dt.datetime = NOW) -> members.Entered:
    with db.transaction() as session:
        return members.enter(session, lines, now, who=WHO)


def structure(db: Database, name: str) -> uuid.UUID:
    with db.reading() as session:
        return session.scalars(sa.select(Structure.id).where(Structure.name == name)).one()


def assembly(db: Database, **more: Any) -> Assembly:
    with db.transaction() as session:
        asked = {"voters": [], "statutes": replace(TWO_COLLEGES, fees_days=0)} | more
        return assemblies.create(session, draft(**asked), NOW, who=WHO)


def page_of(made: Assembly) -> str:
    return f"/equipe/assemblees/{made.id}/votants"


def plain(text: str) -> str:
    return html.unescape(text).replace("\u202f", " ").replace("\xa0", " ")


def ticks(text: str) -> dict[str, bool]:
    """By structure, whether it is ticked."""
    parts = re.findall(r'name="add" value="[^"]*"( checked)?><span><b>(.*?)</b>', text)
    return {html.unescape(name): bool(checked) for checked, name in parts}


def posted(text: str) -> dict[str, Any]:
    """What a browser posts of the page as it stands."""
    form = text.split('<div class="proposals">', 1)[1]
    fields = dict(re.findall(r'<input[^>]*?name="([0-9a-f-]{36}_\w+)"[^>]*?value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]*?name="([0-9a-f-]{36}_\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)"[^>]* selected', options)
        fields[name] = chosen[1] if chosen else ""
    added = re.findall(r'name="add" value="([^"]+)" checked', form)
    return {name: html.unescape(value) for name, value in fields.items()} | {"add": added}


def voters(db: Database) -> list[tuple[str, str, str, str]]:
    with db.reading() as session:
        rows = session.scalars(sa.select(AssemblyVoter).order_by(AssemblyVoter.structure)).all()
        return [(one.structure, one.representative, one.college, one.email) for one in rows]


COMMUNE = Line("Commune de Foix", "authority", "Awa Ba", "awa@foix.example", PAID)
FOUNDRY = Line("Fonderie du Lac", "business", "Bruno Petit", "", PAID)


def test_the_members_of_the_day_are_proposed_in_their_college_and_added_once(
    staff: Any, registration_db: Database
) -> None:
    enter(registration_db, COMMUNE, FOUNDRY)
    made = assembly(registration_db)
    page = staff.get(page_of(made)).text
    assert ticks(page) == {"Commune de Foix": True, "Fonderie du Lac": True}
    form = posted(page)
    assert staff.post(page_of(made), data=form).status_code == 303
    once = voters(registration_db)
    assert once == [
        ("Commune de Foix", "Awa Ba", "public", "awa@foix.example"),
        ("Fonderie du Lac", "Bruno Petit", "economic", ""),
    ]
    assert staff.post(page_of(made), data=form).status_code == 303  # a second click, an old tab
    assert voters(registration_db) == once
    assert "Aucun autre adhérent ce jour-là" in staff.get(page_of(made)).text


def test_what_speaks_against_a_member_is_said_and_it_is_not_ticked(staff: Any, registration_db: Database) -> None:
    enter(
        registration_db,
        replace(COMMUNE, paid_until=dt.date(2017, 2, 2)),
        replace(FOUNDRY, representative=""),
        Line("Amis du Sahel", "association", "Chloé Roy", "chloe@amis.example", PAID),
        Line("Sans type", "", "Denis Sy", "denis@rien.example", PAID),
    )
    page = plain(staff.get(page_of(assembly(registration_db))).text)
    assert set(ticks(page).values()) == {False}
    for said in (
        "Payée jusqu’au 2 février 2017.",
        "Personne n’est nommé pour la représenter.",
        "dans aucun collège de ces statuts",
        "n’est pas connu à cette date",
        "convocation par lettre",
    ):
        assert said in page


def test_the_college_is_that_of_the_day_of_the_assembly(staff: Any, registration_db: Database) -> None:
    enter(registration_db, COMMUNE, FOUNDRY)
    with registration_db.transaction() as session:
        changed = structure(registration_db, "Fonderie du Lac"), structure(registration_db, "Commune de Foix")
        structures.set_type(session, changed[0], "public_body", HELD.date(), NOW, who=WHO)
        structures.set_type(session, changed[1], "business", HELD.date() + dt.timedelta(days=1), NOW, who=WHO)
    made = assembly(registration_db)
    staff.post(page_of(made), data=posted(staff.get(page_of(made)).text))
    assert {one[0]: one[2] for one in voters(registration_db)} == {
        "Commune de Foix": "public",
        "Fonderie du Lac": "public",
    }


def test_who_joined_later_or_left_before_is_not_proposed(staff: Any, registration_db: Database) -> None:
    day = HELD.date()
    enter(registration_db, COMMUNE, FOUNDRY, replace(COMMUNE, structure="Commune de Pamiers"))
    with registration_db.transaction() as session:
        for name, since, until in (
            ("Commune de Foix", TODAY, day),
            ("Fonderie du Lac", day + dt.timedelta(days=1), None),
            ("Commune de Pamiers", TODAY, day + dt.timedelta(days=1)),
        ):
            dated = Draft(since, until, PAID, "X", "")
            members.write(session, structure(registration_db, name), dated, NOW, who=WHO)
    assert set(ticks(staff.get(page_of(assembly(registration_db))).text)) == {"Commune de Pamiers"}


def test_who_votes_already_or_holds_proxies_stays_and_what_differs_is_said(
    staff: Any, registration_db: Database
) -> None:
    listed = draft().voters  # two communes and a cooperative, none of them a member
    made = assembly(registration_db, voters=listed)
    enter(registration_db, COMMUNE, Line("coopérative des causses", "authority", "Une autre personne", "", PAID))
    with registration_db.transaction() as session:
        giver, holder = (one.id for one in session.get_one(Assembly, made.id).voters if one.college == "public")
        assembly_room.give_proxy(session, made.id, giver, holder, NOW, who=WHO)
    before = voters(registration_db)
    page = staff.get(page_of(made)).text
    assert set(ticks(page)) == {"Commune de Foix"}
    assert "inscrite en « Acteurs économiques », mais en « Acteurs publics »" in plain(page)
    assert plain(page).count("pas adhérente ce jour-là") == 2
    staff.post(page_of(made), data=posted(page))
    assert [one for one in voters(registration_db) if one[0] != "Commune de Foix"] == before
    with registration_db.reading() as session:
        assert len(session.scalars(sa.select(RoomEntry)).all()) == 1


def test_a_structure_that_was_renamed_or_merged_since_is_still_the_same_voter(
    staff: Any, registration_db: Database
) -> None:
    enter(registration_db, COMMUNE, replace(COMMUNE, structure="Mairie de Foix", representative="Personne d’autre"))
    made = assembly(registration_db)
    kept, gone = structure(registration_db, "Commune de Foix"), structure(registration_db, "Mairie de Foix")
    with registration_db.transaction() as session:
        merged = structures.merge(session, kept, gone, NOW, who=WHO)
    staff.post(page_of(made), data=posted(staff.get(page_of(made)).text))
    assert [one[:2] for one in voters(registration_db)] == [("Commune de Foix", "Awa Ba")]
    with registration_db.transaction() as session:
        structures.rename(session, kept, "Ville de Foix", True, NOW, who=WHO)
    assert ticks(staff.get(page_of(made)).text) == {}
    with registration_db.transaction() as session:
        structures.undo(session, merged.id, NOW, who=WHO)
    assert set(ticks(staff.get(page_of(made)).text)) == {"Mairie de Foix"}


def test_a_voter_whose_structure_was_merged_afterwards_is_not_proposed_under_the_name_kept(
    staff: Any, registration_db: Database
) -> None:
    enter(registration_db, COMMUNE)
    made = assembly(registration_db)
    page = staff.get(page_of(made)).text
    staff.post(page_of(made), data=posted(page))
    gone = structure(registration_db, "Commune de Foix")
    enter(registration_db, Line("Ville de Foix", "authority"))
    with registration_db.transaction() as session:
        structures.merge(session, structure(registration_db, "Ville de Foix"), gone, NOW, who=WHO)
    after = staff.get(page_of(made)).text
    assert ticks(after) == {}, "one structure has one vote"
    assert "pas adhérente ce jour-là" not in plain(after)
    staff.post(page_of(made), data=posted(page))
    assert [one[:2] for one in voters(registration_db)] == [("Commune de Foix", "Awa Ba")]


def test_a_structure_has_the_membership_of_the_one_that_was_merged_into_it(
    staff: Any, registration_db: Database
) -> None:
    enter(registration_db, COMMUNE, now=NOW - dt.timedelta(days=300))
    gone = structure(registration_db, "Commune de Foix")
    with registration_db.transaction() as session:
        lead = structures.settle(session, "Ville de Foix", "authority", NOW)
        assert lead
        merged = structures.merge(session, lead, gone, NOW, who=WHO)
    assert "Pas adhérente" not in staff.get(f"/equipe/structures/{lead}").text
    assert 'value="Awa Ba"' in staff.get(f"{LIST}{lead}").text
    same = enter(registration_db, Line("Ville de Foix"))
    assert (same.new, same.changed, same.same) == (0, 0, 1)
    with registration_db.transaction() as session:
        structures.undo(session, merged.id, NOW, who=WHO)
    assert "Pas adhérente" in staff.get(f"/equipe/structures/{lead}").text, "nothing was copied"


def test_a_tick_is_corrected_on_the_spot_and_a_wrong_line_keeps_what_was_typed(
    staff: Any, registration_db: Database
) -> None:
    enter(registration_db, COMMUNE, replace(FOUNDRY, representative="", paid_until=None))
    made, foundry = assembly(registration_db), structure(registration_db, "Fonderie du Lac")
    form = posted(staff.get(page_of(made)).text)
    form["add"].append(str(foundry))
    answer = staff.post(page_of(made), data=form | {f"{foundry}_email": "pas une adresse"})
    assert (answer.status_code, f'href="#f-{foundry}_representative"' in answer.text) == (422, True)
    assert 'value="pas une adresse"' in answer.text
    assert ticks(answer.text) == {"Commune de Foix": True, "Fonderie du Lac": True}
    assert voters(registration_db) == []
    right = {f"{foundry}_representative": "Denis Sy", f"{foundry}_email": "", f"{foundry}_college": "public"}
    assert staff.post(page_of(made), data=form | right).status_code == 303
    assert ("Fonderie du Lac", "Denis Sy", "public", "") in voters(registration_db)


def test_strange_posts_add_nobody(staff: Any, registration_db: Database) -> None:
    enter(registration_db, COMMUNE)
    made, commune = assembly(registration_db), structure(registration_db, "Commune de Foix")
    for form in (
        {},
        {"add": ["x", "\ufffd", "9" * 4000, str(uuid.uuid4())]},
        {"add": str(commune)},
        {"add": str(commune), f"{commune}_representative": "A\nB", f"{commune}_college": "public"},
        {"add": str(commune), f"{commune}_representative": "A" * 201, f"{commune}_college": "nowhere"},
    ):
        assert staff.post(page_of(made), data=form).status_code in (303, 422)
        assert voters(registration_db) == []


def test_nobody_is_added_once_the_meeting_is_open(staff: Any, registration_db: Database) -> None:
    made = assembly(registration_db, voters=draft().voters)
    enter(registration_db, COMMUNE)
    form = posted(staff.get(page_of(made)).text)
    with registration_db.transaction() as session:
        convening.convene(session, made.id, NOW, who=WHO)
        assemblies.open_session(session, made.id, HELD, who=WHO)
    assert staff.post(page_of(made), data=form).status_code == 409
    assert len(voters(registration_db)) == 3


def test_an_assembly_may_begin_without_a_voter_and_is_not_convened_so(staff: Any, registration_db: Database) -> None:
    made: AssemblyDraft = draft(voters=[])
    with registration_db.transaction() as session:
        row = assemblies.create(session, made, NOW, who=WHO)
    answer = staff.get(f"/equipe/assemblees/{row.id}/convoquer")
    assert "Il faut un ordre du jour et une liste de votants" in answer.text


PASTED = (
    "Commune de Foix ; Collectivité territoriale ; Awa Ba ; awa@foix.example ; 31/12/2017\n"
    "\n"
    "Fonderie du Lac\tbusiness\tBruno Petit\n"
)


def kept(db: Database) -> list[tuple[str, str, str, dt.date | None]]:
    with db.reading() as session:
        query = sa.select(Structure.name, Membership).join(Membership, Membership.structure_id == Structure.id)
        rows = session.execute(query.order_by(Structure.name)).all()
        return [(name, one.representative, one.email, one.paid_until) for name, one in rows]


def test_a_list_of_members_is_pasted_and_pasted_again_changes_nothing(staff: Any, registration_db: Database) -> None:
    text = PASTED.replace("Collectivité territoriale", _authority())
    assert staff.post(LIST, data={"lines": text}).status_code == 303
    once = kept(registration_db)
    assert once == [
        ("Commune de Foix", "Awa Ba", "awa@foix.example", PAID),
        ("Fonderie du Lac", "Bruno Petit", "", None),
    ]
    page = staff.post(LIST, data={"lines": text}, follow_redirects=True).text
    page = plain(page)
    assert "0 adhérent ajouté, 0 corrigé, 2 déjà tels" in page
    assert kept(registration_db) == once
    staff.post(LIST, data={"lines": "fonderie du lac ; association ; ; bruno@lac.example ; 2018-12-31"})
    assert kept(registration_db)[1] == ("Fonderie du Lac", "Bruno Petit", "bruno@lac.example", dt.date(2018, 12, 31))
    assert "n’a pas changé : fonderie du lac" in plain(staff.get(LIST).text)  # its type


def test_who_had_left_and_is_on_the_list_again_is_named(staff: Any, registration_db: Database) -> None:
    enter(registration_db, COMMUNE)
    with registration_db.transaction() as session:
        left = Draft(TODAY - dt.timedelta(days=900), TODAY - dt.timedelta(days=30), representative="Awa Ba")
        members.write(session, structure(registration_db, "Commune de Foix"), left, NOW, who=WHO)
    page = staff.post(LIST, data={"lines": "Commune de Foix;authority"}, follow_redirects=True).text
    assert "N’est plus adhérente : Commune de Foix" in plain(page)
    assert kept(registration_db)[0][0] == "Commune de Foix"


def _authority() -> str:
    from services.registration.rules.choices import ACTOR_TYPES

    return ACTOR_TYPES["authority"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "Collez entre une et"),
        ("Commune ; planète", "le type d’acteur n’est pas connu"),
        ("Commune ; ; A ; rien", "l’adresse électronique n’en est pas une"),
        ("Commune ; ; ; ; demain", "la date de cotisation"),
        (" ; authority ; A", "il manque le nom"),
        ("\tauthority\tA", "il manque le nom"),
        ("\u0301 ; authority", "il manque le nom"),
        ("C" * 201, "il manque le nom"),
        ("C ; ; " + "A" * 201, "le nom est trop long"),
        ("C\x00\x07", "il manque le nom"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_nothing_is_entered(
    staff: Any, registration_db: Database, lines: str, said: str
) -> None:
    answer = staff.post(LIST, data={"lines": f"Bonne ligne ; business\n{lines}" if lines else ""})
    assert (answer.status_code, said in plain(answer.text)) == (422, True)
    assert (lines[:1].strip() or "Bonne ligne" * bool(lines)) in plain(answer.text)
    assert kept(registration_db) == []


def test_one_membership_is_corrected_on_the_page_of_its_structure(staff: Any, registration_db: Database) -> None:
    enter(registration_db, COMMUNE)
    commune = structure(registration_db, "Commune de Foix")
    path = f"/equipe/adherents/{commune}"
    assert 'value="2017-12-31"' in staff.get(path).text
    form = {"since": "2016-01-01", "until": "2015-01-01", "representative": "Éva Sol"}
    wrong = staff.post(path, data=form)
    assert (wrong.status_code, 'href="#f-until"' in wrong.text, 'value="Éva Sol"' in wrong.text) == (422, True, True)
    assert staff.post(path, data=form | {"until": "", "since": "pas une date"}).status_code == 422
    assert staff.post(path, data=form | {"until": ""}).status_code == 303
    assert kept(registration_db) == [("Commune de Foix", "Éva Sol", "", None)]
    assert "Éva Sol" in staff.get(f"/equipe/structures/{commune}").text
    assert staff.get(f"/equipe/adherents/{uuid.uuid4()}").status_code == 404


def test_the_journal_keeps_no_name_of_who_speaks_for_a_member(staff: Any, registration_db: Database) -> None:
    from shared import audit

    enter(registration_db, COMMUNE)
    with registration_db.reading() as session:
        rows = audit.history(session, "structure", structure(registration_db, "Commune de Foix"))
    assert [row.what for row in rows] == ["membership written"]
    assert "Awa" not in str(rows[0])


def test_a_member_structure_outlives_the_registrations_that_named_it(registration_db: Database) -> None:
    enter(registration_db, COMMUNE)
    commune = structure(registration_db, "Commune de Foix")
    with registration_db.transaction() as session:
        structures.rename(session, commune, "Commune de Foix", False, NOW, who=WHO)
        structures.forget(session, {commune})
        assert members.forget(session, "AWA@foix.example") == 1
    assert kept(registration_db) == [("Commune de Foix", "", "", PAID)]
