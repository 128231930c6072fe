"""Who works at the same place: only among those who agreed, the closest first, until they stop."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from services.registration.models import Consent, Event, FormAnswer, Registration
from services.registration.models.matchmaking import MatchProfile
from services.registration.queries import forms
from services.registration.rules import matchmaking as rules
from services.registration.use_cases import changing, links, registering
from shared import clock
from shared.audit import audit_entries
from shared.db import Database
from tests.integration.registration_people import NOW, SITE, an_event, answers


@pytest.fixture
def pages(registration_db: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages of four people: two associations, a town, and one who never agrees."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    with registration_db.transaction() as session:
        event: Event = an_event(session)
    found = []
    for number in range(4):
        with registration_db.transaction() as session:
            type = "authority" if number == 2 else "association"
            data = answers(number, actor_type=type, first_name=f"Prénom{number}")
            made = registering.register(session, event.id, data, NOW, site=SITE)
            found.append(f"/i/{links.issue(session, made.registration_id, 'test', NOW)}/rencontres")
    return found


def agree(client: Any, page: str, *, agreed: bool = True, **said: Any) -> int:
    return int(client.post(page, data=said | ({"agreed": "true"} if agreed else {})).status_code)


def seen(client: Any, page: str) -> list[str]:
    text = client.get(page).text
    return [f"Prénom{number}" for number in range(4) if f"<b>Prénom{number}" in text]


def test_only_who_agreed_is_shown_and_only_to_who_agreed(
    registration_client: Any, registration_db: Database, pages: list[str]
) -> None:
    client = registration_client
    assert agree(client, pages[0], zones=["MG"], place="Vakinankaratra", agreed=False) == 422
    assert agree(client, pages[0], agreed=True) == 422  # nothing to compare
    for zone in ("SN", "MG", "MG"):
        assert agree(client, pages[0], zones=[zone], place="Vakinankaratra") == 303
    with registration_db.reading() as session:
        noted = session.scalars(sa.select(audit_entries.c.what).where(audit_entries.c.what.like("matchmaking %")))
        assert list(noted) == ["matchmaking agreed", "matchmaking changed"]
    assert agree(client, pages[1], zones=["MG"], themes=["6"], place=" VAKINANKARATRA ") == 303
    assert agree(client, pages[2], zones=["MG", "x"], themes=["6", "water"]) == 303
    assert [seen(client, page) for page in pages] == [
        ["Prénom1", "Prénom2"], ["Prénom0", "Prénom2"], ["Prénom0", "Prénom1"], [],
    ]  # fmt: skip
    assert "1 personne travaille aussi avec Vakinankaratra" in client.get(pages[0]).text
    assert seen(client, f"{pages[0]}?type=authority") == ["Prénom2"]
    client.post(f"{pages[1]}/arreter")
    assert seen(client, pages[0]) == ["Prénom2"]
    assert seen(client, pages[1]) == []
    with registration_db.reading() as session:
        query = sa.select(Consent.given).where(Consent.purpose == "matchmaking").order_by(Consent.at, Consent.id)
        assert session.scalars(query).all() == [True, True, True, False]


def test_what_was_said_on_the_form_is_proposed_and_nobody_sees_it_before_an_agreement(
    registration_client: Any, registration_db: Database, pages: list[str]
) -> None:
    with registration_db.transaction() as session:
        event = session.scalars(sa.select(Event.id)).one()
        form, people = forms.current(session, event), session.scalars(sa.select(Registration.id))
        said = {"countries": ["mg", "other"], "themes": ["6", "17"]}
        for who in people:
            session.add_all(
                FormAnswer(registration_id=who, question=name, version_id=form.id, label=name, value=value,
                           said="", sensitive=False, given_at=NOW)
                for name, value in said.items()
            )  # fmt: skip
    page = registration_client.get(pages[0]).text
    ticked = re.findall(r'name="(zones|themes)"[^>]*value="([^"]+)"[^>]* checked', page)
    assert ticked == [("zones", "MG"), ("themes", "6"), ("themes", "17")]
    assert agree(registration_client, pages[1], zones=["MG"]) == 303
    assert seen(registration_client, pages[1]) == []


def test_who_cancelled_is_not_shown(registration_client: Any, registration_db: Database, pages: list[str]) -> None:
    for page in pages[:2]:
        agree(registration_client, page, zones=["SN"])
    with registration_db.transaction() as session:
        one = session.scalars(sa.select(Registration.id).where(Registration.last_name == "Personne1")).one()
        changing.cancel(session, one, NOW, site=SITE)
    assert seen(registration_client, pages[0]) == []


def test_themes_of_an_earlier_version_are_read_as_goals_and_goals_are_written_where_it_does_not_look(
    registration_client: Any, registration_db: Database, pages: list[str]
) -> None:
    for page in pages[:2]:
        assert agree(registration_client, page, zones=["MG"], themes=["6", "17"]) == 303
    with registration_db.transaction() as session:
        rows = session.execute(sa.select(MatchProfile.themes, MatchProfile.goals))
        assert [tuple(row) for row in rows] == [([], ["6", "17"])] * 2
        first = session.scalars(sa.select(MatchProfile.registration_id)).first()
        earlier = sa.update(MatchProfile).where(MatchProfile.registration_id == first)
        session.execute(earlier.values(zones=[], themes=["water", "culture"]))  # what an earlier version writes
    assert seen(registration_client, pages[0]) == ["Prénom1"]
    with registration_db.reading() as session:
        kept = session.get_one(MatchProfile, first)
        assert (kept.every_goal, kept.themes) == (["6", "11"], ["water", "culture"])


keys = st.frozensets(st.sampled_from(["MG", "SN", "BR"]), max_size=3)
subjects = st.frozensets(st.sampled_from(["6", "3"]), max_size=2)
persons = st.builds(
    rules.Person,
    id=st.uuids(),
    name=st.just("x"),
    structure=st.just(""),
    actor_type=st.sampled_from(["association", "authority"]),
    zones=keys,
    themes=subjects,
    place=st.sampled_from(["", "Antsirabe", "ANTSIRABE", "Mahajanga"]),
)


@given(me=persons, others=st.lists(persons, max_size=8, unique_by=lambda one: one.id))
def test_everybody_with_something_in_common_is_there_once_and_nobody_else(
    me: rules.Person, others: list[rules.Person]
) -> None:
    shown = [one.id for group in rules.groups(me, others) for one in group.people]
    place = me.place.casefold()
    alike: set[uuid.UUID] = {
        one.id
        for one in others
        if one.id != me.id
        and (one.zones & me.zones or one.themes & me.themes or (place and place == one.place.casefold()))
    }
    assert len(shown) == len(set(shown))
    assert set(shown) == alike
