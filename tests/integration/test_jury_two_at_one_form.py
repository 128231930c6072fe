"""Two people, or two tabs, have one page of the jury open: nobody undoes what they have not read."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury.models import Call, Expert, Juror, RulebookVersion
from services.jury.use_cases import rulebooks
from services.jury.use_cases.calls import find_call
from shared import clock
from tests.jury_dossiers import SITE, WHO, open_call
from tests.jury_room import Room

TYPED = {"first_name": "Aline", "last_name": "Vidal", "email": "aline@jury.example", "themes": "eau", "function": ""}


def plain(answer: Any) -> str:
    return re.sub("[\u00a0\u202f]", " ", answer.text)


def seen(answer: Any) -> dict[str, str]:
    found = re.search(r'name="seen" value="([^"]*)"', answer.text)
    assert found
    return {"seen": found[1]}


def of_a_juror(db: Any, _client: Any) -> tuple[str, Callable[[], Any]]:
    room = Room(db)

    def read() -> Juror:
        return room.get(Juror, room.jurors[0])

    return f"/equipe/appels/{room.call_id}/jury/{room.jurors[0]}/", read


def of_an_expert(db: Any, client: Any) -> tuple[str, Callable[[], Any]]:
    assert client.post("/equipe/experts/nouveau", data=TYPED).status_code == 303

    def read() -> Expert:
        with db.reading() as session:
            found: Expert = session.scalars(sa.select(Expert)).one()
            return found

    return f"/equipe/experts/{read().id}", read


@pytest.mark.parametrize("made", [of_a_juror, of_an_expert])
def test_a_person_that_two_correct_keeps_what_both_wrote(
    made: Any, jury_client: Any, jury_db: Any, sign_in: Any
) -> None:
    sign_in(jury_client, "secretary")
    where, read = made(jury_db, jury_client)
    jury_client.post(where, data=TYPED)
    shown = seen(jury_client.get(where))
    first = jury_client.post(where, data=TYPED | shown | {"themes": "école", "most": "4", "away": "true"})
    assert first.status_code == 303
    # Another field in the other tab: both stay.
    assert jury_client.post(where, data=TYPED | shown | {"function": "Maire"}).status_code == 303
    kept = read()
    assert (kept.themes, kept.most, kept.function, kept.away_since is None) == ("école", 4, "Maire", False)
    # The same field: both are shown, nothing is written, also after a mistake in another field.
    wrong = jury_client.post(where, data=TYPED | shown | {"themes": "énergie", "most": "x"})
    both = jury_client.post(where, data=TYPED | seen(wrong) | {"themes": "énergie"})
    assert (both.status_code, "a enregistré ici : « école »" in plain(both)) == (409, True)
    assert ('value="énergie"' in both.text, 'value="Maire"' in both.text) == (True, True)
    assert read().themes == "école"
    # Who has read both writes theirs.
    again = TYPED | {"themes": "énergie", "function": "Maire", "most": "4", "away": "true"} | seen(both)
    assert jury_client.post(where, data=again).status_code == 303
    kept = read()
    assert (kept.themes, kept.function, kept.most, kept.away_since is None) == ("énergie", "Maire", 4, False)


@pytest.mark.parametrize("theirs", [{"quorum_percent": 60}, {"line": "skip"}])
def test_two_rules_changed_in_the_same_instant_are_two_versions(theirs: dict[str, Any], jury_db: Any) -> None:
    call_id: uuid.UUID = open_call(jury_db)

    def revise(session: Any, changes: dict[str, Any], seen: int | None) -> None:
        day = dt.date(2030, 3, 31)
        rulebooks.revise(session, call_id, changes, day, seen=seen, site=SITE, who=WHO, now=clock.now())

    with jury_db.transaction() as mine:
        held = find_call(mine, call_id)  # as the page does, before it asks for the lock
        version = held.rulebook_version
        with jury_db.transaction() as other:
            revise(other, theirs, version)
        if "quorum_percent" in theirs:
            with pytest.raises(rulebooks.ChangedMeanwhile):
                revise(mine, {"quorum_percent": 40}, version)
        else:
            revise(mine, {"quorum_percent": 40}, version)
    with jury_db.reading() as session:
        kept = session.get_one(Call, call_id).rulebook
        numbers = session.scalars(sa.select(RulebookVersion.version).where(RulebookVersion.call_id == call_id)).all()
    made = 1 if "quorum_percent" in theirs else 2
    assert sorted(numbers) == list(range(version, version + made + 1))
    assert {name: kept[name] for name in theirs} == theirs
    assert kept["quorum_percent"] == (60 if "quorum_percent" in theirs else 40)
