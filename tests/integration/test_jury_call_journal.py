"""The journal of a call tells in words what was done, by whom and why, to whoever may read the call."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.jury import queries
from services.jury.queries import journal as pages
from services.jury.use_cases import members, withdrawals
from shared import clock
from tests.jury_dossiers import open_call
from tests.jury_room import WHO, Room


def lines(page: str) -> list[str]:
    """What each entry says, without its instant."""
    found = re.findall("<li><time[^>]*>[^<]*</time>(.*?)</li>", page, re.S)
    return [" ".join(re.sub("<[^>]*>", " ", one).split()) for one in found]


def test_what_was_done_is_told_in_words_newest_first(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    room.recuse(0, 1)
    with jury_db.transaction() as session:
        withdrawals.withdraw_project(session, room.projects[2], "Le partenaire renonce.", who=WHO, now=clock.now())
        members.leave(session, room.call_id, room.jurors[1], "Parti vivre ailleurs.", who=WHO, now=clock.now())
        members.leave(session, room.call_id, room.jurors[2], "", who=WHO, now=clock.now())
    sign_in(jury_client, "auditor")
    told = lines(jury_client.get(f"/equipe/appels/{room.call_id}/journal/").text)
    assert told[-1].startswith("Appel créé")
    assert any(one.startswith("Tour ouvert ·") and WHO in one for one in told)
    withdrawn = next(one for one in told if one.startswith("Candidature retirée"))
    assert "3. Écoles d’Antsirabe" in withdrawn
    assert withdrawn.endswith("Le partenaire renonce.")
    assert any("Retrait d’un membre pour un projet" in one and "Aline Vidal" in one for one in told)
    for act in ("Membre nommé par erreur effacé", "Membre nommé au jury"):
        assert any(one.startswith(f"{act} : Chloé Ferrié ·") for one in told), act
    assert not [one for one in told if re.match("[a-z]", one)], "each has French words"


def test_another_calls_journal_tells_nothing_of_this_one(jury_db: Any) -> None:
    room = Room(jury_db)
    other = open_call(jury_db)
    with jury_db.reading() as session:
        mine = {one.id for one in queries.journal_of(session, room.call_id)[0]}
        theirs = {one.id for one in queries.journal_of(session, other)[0]}
    assert mine
    assert theirs
    assert not mine & theirs


def test_a_long_journal_is_read_page_by_page(
    jury_db: Any, jury_client: Any, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room(jury_db)
    with jury_db.reading() as session:
        whole = [one.id for one in queries.journal_of(session, room.call_id)[0]]
        monkeypatch.setattr(pages, "AT_ONCE", 2)
        first, more = queries.journal_of(session, room.call_id)
        then, _more = queries.journal_of(session, room.call_id, before=first[-1].id)
    assert more
    assert [one.id for one in first + then] == whole[:4]
    sign_in(jury_client, "secretary")
    where = f"/equipe/appels/{room.call_id}/journal/"
    assert f"avant={first[-1].id}" in jury_client.get(where).text
    assert jury_client.get(f"{where}?avant=x").status_code == 200


def test_only_who_may_read_a_call_reads_its_journal(jury_db: Any, jury_client: Any, sign_in: Any) -> None:
    room = Room(jury_db)
    sign_in(jury_client, "desk")
    assert jury_client.get(f"/equipe/appels/{room.call_id}/journal/").status_code == 403
