"""The minutes are read before they are signed; they hold amounts, remarks and drawn signatures."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Minutes, Round, Signature
from services.jury.use_cases import deliberation, rounds
from shared import clock
from shared.db import Database
from tests.jury_room import WHO, Room, sign

NAMES = {"chair": "Aline Vidal", "secretary": "Camille Roux"}
DRAWN = "M1 1L90 90"


@pytest.fixture
def room(jury_db: Any) -> Room:
    room = Room(jury_db)
    room.recuse(1, 2)
    return room


@pytest.fixture
def staff(jury_app: Any, sign_in: Any) -> Any:
    client = jury_app.test_client()
    sign_in(client, "secretary")
    return client


def test_the_draft_is_read_before_signing_and_not_before_closing(room: Room, staff: Any) -> None:
    this = f"/equipe/tours/{room.round_id}"
    assert "Pas encore signé" in staff.get(f"{this}/proces-verbal").text
    room.close()
    for path in ("proces-verbal", "signer"):
        text = staff.get(f"{this}/{path}").text
        assert "Bruno Castan, projet 3" in text
        assert "Mil de Casamance" in text


def test_late_values_of_one_sheet_that_were_accepted_are_one_line(room: Room, staff: Any) -> None:
    tablet = room.tablet(staff)
    criteria = [one["id"] for one in tablet.pack()["grid"]["criteria"]]
    room.close()
    tablet.send(*(tablet.operation(room.projects[0], one, 3) for one in criteria))
    this = f"/equipe/tours/{room.round_id}"
    with room.db.reading() as session:
        waiting = [one.entry.id for one in queries.late_tray(session, room.round_id)]
    assert len(waiting) == len(criteria) == 8
    for entry in waiting[:7]:
        staff.post(f"{this}/tardives/{entry}", data={"decision": "accept"})
    with room.db.transaction() as session:
        chair = f"juror:{room.jurors[0]}"
        rounds.settle_late(session, room.round_id, waiting[7], accept=False, who=chair, now=clock.now())
    text = html.unescape(staff.get(f"{this}/signer").text)
    assert re.findall(r"projet 1 : (\d saisies? \w+)", text.replace("\N{NARROW NO-BREAK SPACE}", " ")) == [
        "7 saisies acceptées",
        "1 saisie refusée",
    ]
    sign(staff, room.round_id)
    printed = pypdf.PdfReader(io.BytesIO(staff.get(f"{this}/proces-verbal.pdf").data))
    words = " ".join("".join(page.extract_text() for page in printed.pages).split())
    assert "7 saisies acceptées par le secrétariat." in words
    assert "1 saisie refusée par la présidence." in words
    with room.db.reading() as session:
        signed = session.scalars(sa.select(Minutes.content)).one()
    assert {one["by"] for one in signed["late"]} == {"secretary", "chair"}
    (after,) = tablet.send(tablet.operation(room.projects[1], criteria[0], 3))
    assert (after["outcome"], "n’y change plus rien" in after["reason"]) == ("late", True)
    tray = staff.get(f"{this}/tardives").text
    assert ("Arrivée après la signature" in tray, "En attente" in tray) == (True, False)
    # Minutes that were signed before name an account there: their page shows it no more.
    late = [one | {"by": WHO if one["by"] == "secretary" else f"juror:{room.jurors[0]}"} for one in signed["late"]]
    before = Database(room.db.url, pool_size=1)  # what changes a table goes by a connection of its own
    with before.transaction() as session:
        session.execute(sa.text("ALTER TABLE minutes DISABLE TRIGGER USER"))
        session.execute(sa.update(Minutes).values(content=signed | {"late": late}))
        session.execute(sa.text("ALTER TABLE minutes ENABLE TRIGGER USER"))
    before.dispose()
    page = html.unescape(staff.get(f"{this}/proces-verbal").text).partition("<main")[2]
    assert ("par le secrétariat" in page, "par la présidence" in page, "@" in page) == (True, True, False)


def test_amounts_remarks_and_drawn_signatures_are_signed_and_printed(room: Room, staff: Any) -> None:
    tablet = room.tablet(staff)
    tablet.score(room.projects[0], [4] * 8)
    room.close()
    this = f"/equipe/tours/{room.round_id}"
    asked = {f"asked_{project}": "5000" for project in room.projects}
    staff.post(f"{this}/aides/enveloppe", data={"envelope": "8000", "years": "2", **asked})
    staff.post(f"{this}/aides/decider", data={"outcome": "stop"})
    drawn = "M10 20L300 80L590 20"
    more = {"chair_drawn": drawn, "remarks": "Le wifi a manqué une heure.\nPersonne n’a rien perdu."}
    assert sign(staff, room.round_id, **more).status_code == 303
    with room.db.reading() as session:
        signed = session.scalars(sa.select(Minutes)).one()
        assert set(session.scalars(sa.select(Signature.drawn))) == {drawn, ""}
    (envelope,) = signed.content["envelopes"]
    assert (envelope["envelope"], envelope["committed"], envelope["lines"][0]["years"]) == (
        800_000,
        500_000,
        [250_000, 250_000],
    )
    assert (len(signed.content["present"]), signed.content["quorum"]["present"]) == (1, 1)
    page = staff.get(f"{this}/proces-verbal").text
    assert drawn in page
    assert "Le wifi a manqué" in page
    said = re.sub(r"\s+", " ", html.unescape(page))  # \s: no-break spaces too
    for words in ("À la ligne : on s’arrête.", "2 500 € + 2 500 €", "lien direct, noté par le secrétariat"):
        assert words in said
    pdf = staff.get(f"{this}/proces-verbal.pdf").data
    text = "\n".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    for words in ("5 000 €", "accordée", "Le wifi a manqué", "Personne n’a rien perdu"):
        assert words in text.replace("\u202f", " ").replace("\xa0", " ")


def test_the_page_says_the_rule_and_how_equal_projects_were_placed(room: Room, staff: Any) -> None:
    for juror, levels in ((0, (4, 4, 2, 2)), (2, (4, 4, 2, 3))):
        tablet = room.tablet(staff, juror)
        for project, level in zip(room.projects, levels, strict=True):
            tablet.score(project, [level] * 8)
    room.close()
    with room.db.transaction() as session:
        deliberation.draw_lots(session, room.round_id, "Rien ne les sépare.", who=WHO, now=clock.now())
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        exact = [this.seed, this.frozen_hash]
    page = re.sub(r"\s+", " ", html.unescape(staff.get(f"/equipe/tours/{room.round_id}/proces-verbal").text))
    assert page.count("À égalité : départagé par tirage au sort.") == 2
    assert [one for one in exact if str(one) not in page] == []
    assert re.search(r"Besoin et pertinence</th><td[^>]*>15</td><td[^>]*>0–5</td>", page)
    assert "8,00 à 12,00" in page


def test_a_refused_signing_keeps_what_was_typed_and_drawn(room: Room, staff: Any) -> None:
    tablet = room.tablet(staff)
    room.close()
    tablet.send(tablet.operation(room.projects[0], "comment", "trop tard"))
    this = f"/equipe/tours/{room.round_id}"
    answer = staff.post(f"{this}/signer", data=NAMES | {"remarks": "À noter.", "secretary_drawn": DRAWN})
    assert answer.status_code == 409
    for words in ("tranchez-les avant de signer", "À noter.", DRAWN, "Camille Roux"):
        assert words in answer.text


@pytest.mark.parametrize("path", ['M1 1"/><script>', "M1 1 C 2 2", "M1 1" + "L2 2" * 4500, "x", "M١ ١L٩٠ ٩٠"])
def test_what_is_no_drawing_is_refused_in_words(room: Room, staff: Any, path: str) -> None:
    room.close()
    answer = staff.post(f"/equipe/tours/{room.round_id}/signer", data=NAMES | {"chair_drawn": path})
    assert answer.status_code == 422
    assert "signature dessinée ne se lit pas" in answer.text
    assert 'd="M1 1"/><script>' not in answer.text


def test_a_tap_is_no_signature(room: Room, staff: Any) -> None:
    room.close()
    answer = staff.post(f"/equipe/tours/{room.round_id}/signer", data=NAMES | {"chair_drawn": "M10 10M300 80L310 84"})
    assert answer.status_code == 422
    assert "trop court pour une signature" in answer.text


def test_what_changed_between_reading_and_signing_is_said_and_not_signed(room: Room, staff: Any) -> None:
    """A rank is moved while the page lies open; what was typed and drawn stays for the second reading."""
    for juror in (0, 2):
        tablet = room.tablet(staff, juror)
        for project, level in zip(room.projects, (5, 4, 3, 2), strict=True):
            tablet.score(project, [level] * 8)
    room.close()
    this = f"/equipe/tours/{room.round_id}"
    read = read_on(staff.get(f"{this}/signer").text)
    with room.db.transaction() as session:
        deliberation.move(
            session, room.round_id, room.projects[2], 1, "La seule commune sans eau du tout.", who=WHO, now=clock.now()
        )
    typed = NAMES | {"read": read, "remarks": "À noter.", "chair_drawn": DRAWN}
    answer = staff.post(f"{this}/signer", data=typed)
    assert answer.status_code == 409
    said = answer.text.partition("rien n’est signé")[2].partition("</ul>")[0]
    assert re.findall(r"<li>([^<]*)</li>", said) == ["Classement", "Rangs déplacés"]
    for words in ("La seule commune sans eau", "À noter.", DRAWN, "Camille Roux"):
        assert words in answer.text
    assert room.count(Minutes) == 0
    assert staff.post(f"{this}/signer", data=typed | {"read": read_on(answer.text)}).status_code == 303


def read_on(page: str) -> str:
    found: list[str] = re.findall(r'name="read" value="([^"]*)"', page)
    return found[0]
