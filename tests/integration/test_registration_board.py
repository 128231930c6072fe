"""The board, from the election of the whole of it to the renewal of a third, on the real database."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from services.registration.models.assembly import Assembly
from services.registration.models.board import BoardSeat
from services.registration.queries import board as queries
from services.registration.rules.assembly.board import Seat
from services.registration.rules.assembly.statutes import College, Statutes
from services.registration.use_cases import assemblies, assembly_room, assembly_votes, board, convening, statutes
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft
from shared.db import Database
from shared.errors import RuleError

WHO = "camille.roux@agora.example"
RULES = Statutes(colleges=(College("members", "Membres", 4),), quorum="0", renewal_thirds=True)


def elects(db: Database, year: int, names: tuple[str, ...], rules: Statutes = RULES, seats: int = 4) -> uuid.UUID:
    """An assembly of five that elects these, the first with most votes, and is closed."""
    held = dt.datetime(year, 2, 3, 13, tzinfo=dt.UTC)
    voters = [VoterDraft(f"Structure {one}", "Paul Rey", "members") for one in "ABCDE"]
    candidates = tuple((name, dt.date(1960, 1, 1 + at)) for at, name in enumerate(names))
    points = [PointDraft("Conseil", "election", college="members", seats=seats, candidates=candidates)]
    draft = AssemblyDraft(f"AG {year}", held, "Toulouse", "Le réseau", "agora@agora.example", rules)
    with db.transaction() as session:
        made = assemblies.create(session, replace_draft(draft, voters, points), held - dt.timedelta(days=30), who=WHO)
        convening.convene(session, made.id, held - dt.timedelta(days=20), who=WHO)
        assemblies.open_session(session, made.id, held, who=WHO)
        for one in made.voters:
            assembly_room.arrive(session, made.id, one.id, held, who=WHO)
        assembly_votes.open_vote(session, made.motions[0].id, held, who=WHO)
        count = {str(at): 6 - at for at in range(1, len(names) + 1)}
        assembly_votes.decide_election(session, made.motions[0].id, count, count, held, who=WHO)
        assemblies.close(session, made.id, held, who=WHO)
        return made.id


def replace_draft(draft: AssemblyDraft, voters: list[VoterDraft], points: list[PointDraft]) -> AssemblyDraft:
    return AssemblyDraft(**{**vars(draft), "voters": voters, "points": points})


def renew(db: Database, assembly_id: uuid.UUID, *positions: int) -> None:
    with db.transaction() as session:
        now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
        board.renew(session, assembly_id, positions or (1,), now, who=WHO, said=(31, 4))


def seats(db: Database) -> list[Seat]:
    with db.reading() as session:
        return queries.plain(queries.seats(session).get("members", []))


def test_a_board_is_elected_whole_then_by_thirds_and_who_resigned_is_replaced(registration_db: Database) -> None:
    """Four seats, three people elected; in the first year two seats end, and whoever resigned left one to finish."""
    renew(registration_db, elects(registration_db, 2017, ("Awa", "Bruno", "Chloé")))
    first = seats(registration_db)
    assert [one.name for one in first] == ["Awa", "Bruno", "Chloé", ""]
    assert sorted(one.ends for one in first) == [2018, 2018, 2019, 2020]

    with registration_db.transaction() as session:
        stays = session.scalars(sa.select(BoardSeat).where(BoardSeat.ends > 2018, BoardSeat.name != "")).all()
        gone = min(stays, key=lambda one: one.number)
        number, until = gone.number, gone.ends
        seen = board.stamp(queries.seats(session))
        board.leave(session, gone.id, dt.datetime(2017, 6, 1, tzinfo=dt.UTC), who=WHO, seen=seen)
    open_ = {one.number for one in seats(registration_db) if one.ends == 2018 or not one.name}
    renew(
        registration_db, elects(registration_db, 2018, ("Dana", "Élie", "Fanny", "Gil")[: len(open_)], seats=len(open_))
    )

    after = {one.number: one for one in seats(registration_db)}
    assert {after[one].name for one in open_} == {"Dana", "Élie", "Fanny", "Gil"} - (
        {"Gil"} if len(open_) == 3 else set()
    )
    assert after[number].ends == until
    assert sorted(one.ends for one in after.values()) == [2019, 2020, 2021, 2021]
    kept = {one.number: one for one in first if one.number not in open_}
    assert {one: after[one] for one in kept} == kept


def test_an_assembly_seats_its_elected_once_and_none_before_a_later_one(registration_db: Database) -> None:
    early, late = (elects(registration_db, year, ("Awa",)) for year in (2017, 2018))
    renew(registration_db, late)

    for one in (late, early):
        with pytest.raises(RuleError) as refused:
            renew(registration_db, one)
        assert refused.value.code == "no-renewal"


def test_more_people_than_seats_change_nothing(registration_db: Database) -> None:
    with registration_db.transaction() as session:
        held = [Seat(number, 2018 + number % 3, f"Membre {number}") for number in range(1, 5)]
        made = elects(registration_db, 2018, ("Awa", "Bruno", "Chloé"))
        board.write(session, {"members": held}, dt.datetime(2017, 6, 1, tzinfo=dt.UTC), who=WHO, seen=board.stamp({}))
    with pytest.raises(RuleError) as refused:
        renew(registration_db, made)
    assert refused.value.code == "more-elected-than-seats"
    assert seats(registration_db) == held


def test_the_draw_of_a_renewal_can_be_made_again_from_its_seed(registration_db: Database) -> None:
    """The half that is fixed was in the minutes before anybody said the numbers of the other."""
    made = elects(registration_db, 2017, ("Awa", "Bruno", "Chloé", "Dana"))
    with registration_db.reading() as session:
        committed = (session.get_one(Assembly, made).minutes or {})["terms_commitment"]
    renew(registration_db, made)
    with registration_db.reading() as session:
        seed = (session.get_one(Assembly, made).renewal or {})["seed"]
    assert seed.endswith(" 31 4")
    assert hashlib.sha256(seed.split(" ")[0].encode()).hexdigest() == committed
    order = sorted(range(1, 5), key=lambda one: hashlib.sha256(f"{seed} members\x1f{one}".encode()).digest())
    assert [one.ends for one in seats(registration_db)] == [2018 + order.index(number) % 3 for number in range(1, 5)]


def test_the_board_is_written_by_hand_corrected_and_read(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    elects(registration_db, 2017, ("Awa",))
    client = registration_app.test_client()
    sign_in(client, "staff")
    client.get("/equipe/conseil/ecrire")
    year = dt.datetime.now(dt.UTC).year
    seen = {"seen": _seen(client)}

    for lines, said in (
        ("Awa", "Écrivez nom ; année de fin."),
        (f"Awa ; {year}", "Les statuts donnent 4 sièges à ce collège, et 1 sont écrits."),
        ("\n".join([f"Awa ; {year + 4}"] * 4), f"va de {year - 3} à {year + 3}"),
        ("\n".join([f"Awa ; {year - 4}"] * 4), f"va de {year - 3} à {year + 3}"),
    ):
        answer = client.post("/equipe/conseil/ecrire", data=seen | {"c_members": lines})
        assert answer.status_code == 422
        assert said in answer.text.replace("\u00a0", " ").replace("\u202f", " ")
        assert lines.splitlines()[0] in answer.text
    typed = f"Awa ; {year}\nBruno ; {year + 1}\nChloé ; {year + 2}\n ; {year + 3}"
    assert client.post("/equipe/conseil/ecrire", data=seen | {"c_members": typed}).status_code == 303
    stale = client.post("/equipe/conseil/ecrire", data=seen | {"c_members": typed.replace("Awa", "Dana")})
    assert "pendant que vous écriviez" in stale.text

    page = client.get("/equipe/conseil/").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert f"2 sièges à pourvoir : 2 jusqu’en {year + 3}" not in page  # one ends, the other is to be finished
    assert f"1 jusqu’en {year + 3} ; 1 jusqu’en {year + 3}, pour finir un mandat" in page
    form = client.get("/equipe/assemblees/nouvelle").text
    assert 'value="Élection au conseil : Membres"' in form.replace("\u00a0", " ").replace("\u202f", " ")
    assert 'name="point3_seats" type="text" value="2"' in form


def _seen(client: Any) -> str:
    text = client.get("/equipe/conseil/ecrire").text
    return text.split('name="seen" value="', 1)[1].split('"', 1)[0]


def test_a_draft_says_where_its_election_asks_for_other_seats_than_the_board_has_to_fill(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    """Three terms to come, one that ends: an election of four is to be checked, one of a single seat is not."""
    held = [Seat(number, 2017 + number, f"Membre {number}") for number in range(1, 4)] + [Seat(4, 2018, "Membre 4")]
    elects(registration_db, 2017, ("Awa",))
    with registration_db.transaction() as session:
        board.write(session, {"members": held}, dt.datetime(2017, 6, 1, tzinfo=dt.UTC), who=WHO, seen=board.stamp({}))
    client = registration_app.test_client()
    sign_in(client, "staff")
    for asked, checked in ((4, True), (2, False)):
        point = PointDraft("Conseil", "election", college="members", seats=asked)
        draft = AssemblyDraft(
            "AG 2018", dt.datetime(2018, 2, 3, 13, tzinfo=dt.UTC), "Toulouse", "Réseau", "a@agora.example", RULES
        )
        with registration_db.transaction() as session:
            made = assemblies.create(session, replace_draft(draft, [], [point]), draft.held_at, who=WHO).id
        page = client.get(f"/equipe/assemblees/{made}").text.replace("\u00a0", " ").replace("\u202f", " ")
        assert "2 sièges à pourvoir : 2 jusqu’en 2021." in page
        assert ("À vérifier" in page) == checked


def test_a_departure_noted_on_a_page_that_is_over_takes_no_one_elses_seat(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    renew(registration_db, elects(registration_db, 2017, ("Awa", "Bruno", "Chloé", "Dana")))
    client = registration_app.test_client()
    sign_in(client, "staff")
    page = client.get("/equipe/conseil/").text
    with registration_db.reading() as session:
        over = session.scalars(sa.select(BoardSeat).where(BoardSeat.ends == 2018).order_by(BoardSeat.number)).first()
        assert over is not None
    typed = {"seat": str(over.id), "seen": page.split('name="seen" value="', 1)[1].split('"', 1)[0]}
    renew(registration_db, elects(registration_db, 2018, ("Élie", "Fanny"), seats=2))

    answer = client.post("/equipe/conseil/depart", data=typed)
    assert (answer.status_code, "relisez-le" in answer.text) == (409, True)
    assert "" not in [one.name for one in seats(registration_db)]


def test_a_college_that_the_statutes_have_no_more_keeps_its_name_until_its_seats_are_taken_out(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    both = replace(RULES, colleges=(*RULES.colleges, College("experts", "Personnes qualifiées", 1)))
    year = dt.datetime.now(dt.UTC).year
    held = {
        "members": [Seat(number, year + 1 + number % 3, f"Membre {number}") for number in range(1, 5)],
        "experts": [Seat(1, year, "Zoé")],
    }
    with registration_db.transaction() as session:
        now = dt.datetime.now(dt.UTC)
        statutes.write(session, both, "Statuts de l’an passé", now, who=WHO)
        board.write(session, held, now, who=WHO, seen=board.stamp({}))
        statutes.write(session, RULES, "Statuts", now, who=WHO)
    client = registration_app.test_client()
    sign_in(client, "staff")
    page = client.get("/equipe/conseil/").text.replace("\u00a0", " ").replace("\u202f", " ")
    assert ("Personnes qualifiées : mandats" in page, f"Élection de {year + 1}" in page) == (True, True)
    assert "Les statuts n’ont plus ce collège" in client.get("/equipe/conseil/ecrire").text

    members = "\n".join(f"{one.name} ; {one.ends}" for one in held["members"])
    for experts, left in ((f"Zoé ; {year}", True), ("", False)):
        typed = {"c_members": members, "c_experts": experts, "seen": _seen(client)}
        assert client.post("/equipe/conseil/ecrire", data=typed).status_code == 303
        assert ("Personnes qualifiées" in client.get("/equipe/conseil/").text) == left


def test_an_assembly_whose_elected_sit_already_is_passed_over_and_no_other_with_it(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    early, late = (elects(registration_db, year, ("Awa",)) for year in (2017, 2018))
    client = registration_app.test_client()
    sign_in(client, "staff")
    address = f"/equipe/conseil/renouveler/{late}"
    assert f"{address}/rien" in client.get(address).text
    assert [client.post(f"{address}/rien").status_code for _twice in range(2)] == [303, 409]

    with registration_db.reading() as session:
        assert [one.id for one in queries.waiting(session)] == [early]
        assert (queries.seats(session), list(queries.done(session))) == ({}, [])
    assert str(late) not in client.get("/equipe/conseil/").text
    renew(registration_db, early)
    assert [one.name for one in seats(registration_db)] == ["Awa", "", "", ""]


def test_the_page_asks_two_tellers_for_their_numbers_and_shows_the_seed_once_the_elected_sit(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    made = elects(registration_db, 2017, ("Awa", "Bruno", "Chloé", "Dana"))
    with registration_db.reading() as session:
        found = session.get_one(Assembly, made)
        secret, committed = found.draw_secret, (found.minutes or {})["terms_commitment"]
    client = registration_app.test_client()
    sign_in(client, "staff")
    address = f"/equipe/conseil/renouveler/{made}"
    for page in (address, f"/equipe/assemblees/{made}", f"/equipe/assemblees/{made}/proces-verbal"):
        assert (committed in client.get(page).text, secret in client.get(page).text) == (True, False), page
    for numbers, said in (
        ({}, "Le sort dit qui siège combien d’années"),
        ({"draw-a": "7"}, "écrivez l’autre"),
        ({"draw-a": "7", "draw-b": "x"}, "Un décompte s’écrit en nombres entiers"),
    ):
        refused = client.post(address, data={"election": "1"} | numbers)
        assert (refused.status_code, said in refused.text, secret in refused.text) == (422, True, False)
        assert all(f'value="{typed}"' in refused.text for typed in numbers.values())
        assert seats(registration_db) == []
    assert client.post(address, data={"election": "1", "draw-a": "7", "draw-b": "12"}).status_code == 303
    shown = client.get("/equipe/conseil/").text
    assert f"{secret} 7 12" in shown.replace("\u202f", " ").replace("\u00a0", " ")
    assert f"printf &#39;{secret}&#39; | sha256sum" in shown or f"printf '{secret}' | sha256sum" in shown


def test_where_votes_say_who_sits_longer_no_number_is_asked_for(
    registration_app: Flask, registration_db: Database, sign_in: Callable[..., Any]
) -> None:
    renew(registration_db, elects(registration_db, 2017, ("Awa", "Bruno", "Chloé", "Dana")))
    made = elects(registration_db, 2018, ("Élie", "Fanny"), seats=2)
    client = registration_app.test_client()
    sign_in(client, "staff")
    assert client.post(f"/equipe/conseil/renouveler/{made}", data={"election": "1"}).status_code == 303
    with registration_db.reading() as session:
        assert (session.get_one(Assembly, made).renewal or {}) == {"seed": "", "elections": [1]}
        assert next(one.id for one in queries.done(session)) == made
    assert "sans tirage au sort" in client.get("/equipe/conseil/").text
