"""The staff's pages, from an empty house to published results."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from services.jury import queries, recompute, rules
from services.jury.models import Call, Juror, LateEntry, Minutes, Project, Recusal, Round
from services.jury.use_cases import rounds
from shared import audit, clock
from shared.errors import RuleError
from shared.messaging.tables import outbox
from tests.jury_dossiers import add_filed, open_call
from tests.jury_room import WHO, Room, sign

CSV = """Numéro;Titre;Structure;Prénom;Nom;Courriel;Pays;Département;Résumé
1;Mil de Casamance;Mil et Cie;Léa;Bories;lea@mil.example;SN;31;Un moulin.
2;=HYPERLINK("http://x");<script>alert(1)</script>;Zoé;O’Connor;zoe@x.example;CN-SC;2A;
3;;Sans titre;A;B;c@d.example;;;
"""


@pytest.fixture
def staff(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


@pytest.fixture
def room(jury_db: Any) -> Room:
    return Room(jury_db)


@pytest.fixture
def statements(jury_db: Any) -> Iterator[list[str]]:
    """The SELECTs sent to the database since it was last cleared."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            seen.append(statement)

    sa.event.listen(jury_db.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(jury_db.engine, "before_cursor_execute", note)


def facts(db: Any, type: str) -> list[dict[str, Any]]:
    with db.reading() as session:
        rows = session.execute(sa.select(outbox.c.envelope).where(outbox.c.type == type).order_by(outbox.c.id))
        return [row[0]["data"] for row in rows]


def only(db: Any, model: Any) -> Any:
    with db.reading() as session:
        return session.scalars(sa.select(model)).one()


def pages_of(room: Room) -> list[str]:
    call, this = f"/equipe/appels/{room.call_id}", f"/equipe/tours/{room.round_id}"
    return [
        "/equipe/",
        call,
        f"{call}/projets",
        f"{call}/jury",
        *(f"{this}/{name}" for name in ("", "tableau", "ecran", "ecran/tableau", "tablettes", "tardives")),
        *(f"{this}/{name}" for name in ("classement", "proces-verbal")),
    ]


# From nothing to an open round


def test_a_tribune_is_created_filled_and_opened(staff: Any, jury_db: Any) -> None:
    assert "Aucun appel encore" in staff.get("/equipe/").text
    data = {
        "title": "Tribune 2016",
        "organiser_name": "Réseau d’Oc",
        "organiser_email": "tribune@agora.example",
        "places": "1",
        "reserve": "1",
    }
    created = staff.post("/equipe/appels/nouveau", data=data)
    assert created.status_code == 303
    call = only(jury_db, Call)
    base = f"/equipe/appels/{call.id}"
    assert created.location == base
    assert staff.get(f"/appels/{call.id}").status_code == 404
    assert staff.post(f"{base}/ouvrir").status_code == 303
    assert staff.post(f"{base}/ouvrir").status_code == 303
    assert [fact["title"] for fact in facts(jury_db, "jury.call.opened.v1")] == ["Tribune 2016"]
    assert "Co-construction" in staff.get(f"/appels/{call.id}").text

    preview = staff.post(f"{base}/projets/import", data={"file": (io.BytesIO(CSV.encode("cp1252")), "p.csv")})
    assert preview.status_code == 200
    assert "2 lignes seront importées, 1 refusée" in preview.text
    assert "Windows-1252" in preview.text
    assert "<script>alert" not in preview.text
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Project)).all() == []
    file = re.search(r'name="file" value="([^"]+)"', preview.text)
    assert file is not None
    imported = staff.post(f"{base}/projets/importer", data={"file": html.unescape(file[1])}, follow_redirects=True)
    assert "2 projets ajoutés." in imported.text
    assert "1 ligne refusée." in imported.text
    assert ">Sénégal<" in imported.text
    assert "Sichuan" in imported.text

    this = only(jury_db, Round)
    refused = staff.post(f"/equipe/tours/{this.id}/ouvrir", follow_redirects=True)
    assert "Ajoutez d’abord les membres du jury" in refused.text
    juror = {"first_name": "Aline", "last_name": "Vidal", "chairs": "true"}
    assert staff.post(f"{base}/jury", data=juror).status_code == 303
    twin = staff.post(f"{base}/jury", data=juror | {"first_name": "ALINE"})
    assert twin.status_code == 422
    assert "fait déjà partie de ce jury" in twin.text
    opened = staff.post(f"/equipe/tours/{this.id}/ouvrir", follow_redirects=True)
    assert "Le tour est ouvert" in opened.text
    this = only(jury_db, Round)
    assert this.state == "open"
    assert this.frozen_hash == rules.content_hash(this.frozen)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x00\x01", b"a;b\n1;2", b"x" * 400_000, b'"' * 1001])
def test_a_hostile_file_is_refused_in_words(staff: Any, room: Room, content: bytes) -> None:
    answer = staff.post(f"/equipe/appels/{room.call_id}/projets/import", data={"file": (io.BytesIO(content), "p.csv")})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


@pytest.mark.parametrize("file", ["", "%%%", "AAAA", "é", "UEsDBA=="])
def test_a_forged_confirmation_imports_nothing(staff: Any, room: Room, file: str) -> None:
    answer = staff.post(f"/equipe/appels/{room.call_id}/projets/importer", data={"file": file})
    assert answer.status_code == 303
    assert room.count(Project) == 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 10_000),
        ("title", "a\r\nBcc: x@y.example"),
        ("organiser_email", "nobody"),
        ("organiser_email", "a@b.example\nBcc: c@d.example"),
        ("places", "-1"),
        ("places", "9" * 50),
        ("reserve", "deux"),
        ("organiser_name", "a\x00b"),
    ],
)
def test_a_wrong_answer_is_said_and_kept(staff: Any, field: str, value: str) -> None:
    data = {"title": "T", "organiser_name": "O", "organiser_email": "o@o.example", "places": "1", "reserve": "1"}
    answer = staff.post("/equipe/appels/nouveau", data=data | {field: value})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text


# Who may


@pytest.mark.parametrize(("roles", "status"), [((), 303), (("desk",), 403), (("editor",), 403), (("auditor",), 200)])
def test_pages_are_for_the_secretariat_staff_and_auditors(
    room: Room, jury_client: Any, sign_in: Any, roles: tuple[str, ...], status: int
) -> None:
    if roles:
        sign_in(jury_client, *roles)
    assert {jury_client.get(page).status_code for page in pages_of(room)} == {status}


def test_an_auditor_changes_nothing(room: Room, jury_client: Any, sign_in: Any) -> None:
    sign_in(jury_client, "auditor")
    base, this = f"/equipe/appels/{room.call_id}", f"/equipe/tours/{room.round_id}"
    posts = [
        "/equipe/appels/nouveau",
        *(f"{base}/{name}" for name in ("ouvrir", "projets/import", "projets/importer", "jury", "retraits")),
        *(f"{this}/{name}" for name in ("ouvrir", "clore", "tablettes", "signer", "publier")),
        f"{this}/tablettes/{room.jurors[0]}",
    ]
    assert {jury_client.post(page).status_code for page in posts} == {403}
    assert room.get(Round, room.round_id).state == "open"


def test_foreign_and_unknown_ids_are_not_found(staff: Any, room: Room) -> None:
    unknown = uuid.uuid4()
    for page in pages_of(room)[1:]:
        page = page.replace(str(room.call_id), str(unknown)).replace(str(room.round_id), str(unknown))
        assert staff.get(page).status_code == 404, page
    this = f"/equipe/tours/{room.round_id}"
    assert staff.post(f"{this}/tablettes/{unknown}").status_code == 404
    assert staff.post(f"{this}/tardives/{unknown}", data={"decision": "accept"}).status_code == 404
    assert staff.get(f"{this}/proces-verbal.pdf").status_code == 404


# Tablets


def test_the_code_page_shows_a_qr_once_and_sees_the_pairing(staff: Any, room: Room) -> None:
    address = f"/equipe/tours/{room.round_id}/tablettes/{room.jurors[0]}"
    shown = staff.post(address)
    link = re.search(r'href="[^"]+/tablet/#([A-Za-z0-9]+)"', shown.text)
    assert link is not None
    assert '<svg class="qr"' in shown.text
    assert staff.get(f"{address}/etat").json == {"paired": False, "epoch": 0}
    body = {"code": link[1], "device": str(uuid.uuid4())}
    assert staff.post("/api/tablet/pair", json=body).status_code == 201
    assert staff.get(f"{address}/etat").json == {"paired": True, "epoch": 1}


def test_the_printed_sheet_has_a_code_for_each_juror_without_a_tablet(staff: Any, room: Room) -> None:
    room.tablet(staff, 1)
    sheet = staff.post(f"/equipe/tours/{room.round_id}/tablettes")
    assert sheet.text.count('<svg class="qr"') == 2
    assert "Bruno Castan" not in sheet.text


def test_no_codes_before_the_round_is_open(staff: Any, jury_db: Any) -> None:
    room = Room(jury_db, opened=False)
    answer = staff.post(f"/equipe/tours/{room.round_id}/tablettes/{room.jurors[0]}", follow_redirects=True)
    assert "On appaire les tablettes quand le tour est ouvert" in answer.text


# The board


def test_the_board_is_304_until_something_changes(staff: Any, room: Room) -> None:
    address = f"/equipe/tours/{room.round_id}/tableau"
    first = staff.get(address)
    assert first.status_code == 200
    headers = {"If-None-Match": first.headers["ETag"]}
    assert staff.get(address, headers=headers).status_code == 304
    tablet = room.tablet(staff, 0)
    tablet.score(room.projects[0], [3] * 8)
    tablet.score(room.projects[1], [3] * 8)
    staff.post("/api/tablet/heartbeat", json={"pending": 4}, headers=tablet.headers)
    room.recuse(1, 2)
    changed = staff.get(address, headers=headers)
    assert changed.status_code == 200
    assert "2 fiches complètes sur 11" in html.unescape(changed.text)
    assert changed.text.count("mark-complete") == 2
    assert changed.text.count("mark-recused") == 1
    assert re.search(r"<b>4</b><span>saisies en attente", changed.text)


def test_the_projected_screen_names_no_juror(staff: Any, room: Room) -> None:
    room.recuse(1, 2)
    text = staff.get(f"/equipe/tours/{room.round_id}/ecran").text
    assert "Mil de Casamance" in text
    main = text[text.index("<main") :]
    assert all(last not in main for _first, last in (("", "Vidal"), ("", "Castan"), ("", "Ferrié")))


def test_fifty_viewers_cost_one_rendering(staff: Any, room: Room, statements: list[str]) -> None:
    address = f"/equipe/tours/{room.round_id}/tableau"
    staff.get(address)
    statements.clear()
    for _ in range(50):
        assert staff.get(address).status_code == 200
    # The staff member's revocation and the version twice: nothing about cells or jurors is read again.
    assert len(statements) <= 50 * 3
    assert not [one for one in statements if "cells" in one]


def test_pages_ask_a_fixed_number_of_queries(staff: Any, room: Room, jury_db: Any, statements: list[str]) -> None:
    def count(page: str) -> int:
        statements.clear()
        assert staff.get(page).status_code == 200
        return len(statements)

    before = {page: count(page) for page in pages_of(room)}
    assert before["/equipe/"] == 2
    assert max(before.values()) <= 20
    with jury_db.transaction() as session:
        from services.jury.project_import import Row
        from services.jury.use_cases import calls
        from tests.jury_room import project_fields

        rows = [Row(n, project_fields(n, f"Projet {n}")) for n in range(5, 25)]
        calls.import_projects(session, room.call_id, rows, who=WHO, now=clock.now())
        for n in range(10):
            data = {"first_name": "Juré", "last_name": f"N{n}", "function": "", "email": "", "chairs": False}
            calls.add_juror(session, room.call_id, data, who=WHO, now=clock.now())
    after = {page: count(page) for page in pages_of(room)}
    assert after == before


# Recusal by the secretary


def test_a_recusal_noted_by_the_secretary_and_lifted(staff: Any, room: Room) -> None:
    tablet = room.tablet(staff, 0)
    tablet.score(room.projects[0], [5] * 8)
    base = f"/equipe/appels/{room.call_id}"
    data = {"juror": str(room.jurors[0]), "project": str(room.projects[0]), "kind": "indirect", "note": "ancien élu"}
    assert staff.post(f"{base}/retraits", data=data).status_code == 303
    assert staff.post(f"{base}/retraits", data=data).status_code == 303
    recusal = only(room.db, Recusal)
    assert (recusal.kind, recusal.declared_by) == ("indirect", "camille.roux@agora.example")
    assert tablet.pack()["projects"][0]["recused"] is True
    assert staff.post(f"{base}/retraits/{recusal.id}/lever").status_code == 303
    assert tablet.pack()["projects"][0]["recused"] is False
    assert len(tablet.pack()["cells"]) == 8
    with room.db.reading() as session:
        what = [entry.what for entry in audit.history(session, "juror", room.jurors[0])]
    assert what[-2:] == ["recused", "lifted recusal"]


@pytest.mark.parametrize("change", [{"juror": "x"}, {"juror": ""}, {"kind": "vague"}, {"note": "x" * 501}])
def test_a_recusal_with_a_hole_is_asked_again(staff: Any, room: Room, change: dict[str, str]) -> None:
    data = {"juror": str(room.jurors[0]), "project": str(room.projects[0]), "kind": "direct"} | change
    assert staff.post(f"/equipe/appels/{room.call_id}/retraits", data=data).status_code == 422
    assert room.count(Recusal) == 0


# Closing, late values, ranking, minutes, results


def scored(room: Room, client: Any) -> None:
    """Three jurors, four projects; Chloé is recused from the first, Bruno left the last one half done."""
    levels = {0: [5, 4, 4], 1: [3, 3, 3], 2: [2, 2, 2], 3: [4, None, 4]}
    for number in range(3):
        tablet = room.tablet(client, number)
        for project, given in levels.items():
            if given[number] is not None:
                tablet.score(room.projects[project], [given[number]] * 8)
            else:
                field = tablet.pack()["grid"]["criteria"][0]["id"]
                tablet.send(tablet.operation(room.projects[project], field, 0))
        tablet.send(tablet.operation(room.projects[0], "feedback", f"Un mot de {number}."))
        tablet.send(tablet.operation(room.projects[0], "comment", "entre nous"))
    room.recuse(2, 0)


def approve_words(staff: Any, room: Room) -> None:
    """What `scored` wrote for the first bearer, but for the recused juror's words."""
    for written in ("Un mot de 0.", "Un mot de 1."):
        line = f"{room.projects[0]}/{hashlib.sha256(written.encode()).hexdigest()}"
        data = {"decision": "approve", "words": written}
        assert staff.post(f"/equipe/tours/{room.round_id}/mots/{line}", data=data).status_code == 303


def test_scores_stay_hidden_until_closing(staff: Any, room: Room) -> None:
    scored(room, staff)
    page = staff.get(f"/equipe/tours/{room.round_id}/classement").text
    assert "Après la clôture" in page
    assert "18,00" not in page
    assert staff.get(f"/equipe/tours/{room.round_id}/rejeu.json").status_code == 409


@pytest.mark.slow
def test_the_ranking_on_the_page_is_the_official_one(staff: Any, room: Room) -> None:
    scored(room, staff)
    assert "Le tour est clos" in staff.post(f"/equipe/tours/{room.round_id}/clore", follow_redirects=True).text
    page = html.unescape(staff.get(f"/equipe/tours/{room.round_id}/classement").text)
    rows = re.findall(r"<tr class=.*?</tr>", page, re.DOTALL)
    assert [re.search(r"\d\. [^<]+", row)[0] for row in rows] == [  # type: ignore[index]
        "1. Mil de Casamance",
        "4. Eau à Battambang",
        "2. Lumière à Niamey",
        "3. Écoles d’Antsirabe",
    ]
    assert re.findall(r'score"[^>]*>([\d,]+)<', page) == ["18,00", "16,00", "12,00", "8,00"]
    assert ["Retenu" in row for row in rows] == [True, True, False, False]
    assert "Liste d’attente" in rows[2]


@pytest.mark.slow
def test_late_values_are_settled_one_by_one_and_before_signing(staff: Any, room: Room) -> None:
    tablet = room.tablet(staff, 0)
    tablet.score(room.projects[0], [3] * 8)
    field = tablet.pack()["grid"]["criteria"][0]["id"]
    room.close()
    tablet.send(
        tablet.operation(room.projects[0], field, 5, base=1), tablet.operation(room.projects[0], "comment", "trop tard")
    )
    this = f"/equipe/tours/{room.round_id}"
    names = {"chair": "Aline Vidal", "secretary": "Camille Roux"}
    assert "tranchez-les avant de signer" in staff.post(f"{this}/signer", data=names, follow_redirects=True).text
    with room.db.reading() as session:
        accepted, refused = session.scalars(sa.select(LateEntry).order_by(LateEntry.counter)).all()
    assert staff.post(f"{this}/tardives/{accepted.id}", data={"decision": "accept"}).status_code == 303
    assert staff.post(f"{this}/tardives/{refused.id}", data={"decision": "refuse"}).status_code == 303
    again = staff.post(f"{this}/tardives/{refused.id}", data={"decision": "accept"}, follow_redirects=True)
    assert "déjà tranchée" in again.text
    cells = room.cells()
    assert cells[str(tablet.juror_id), str(room.projects[0]), field] == (5, 2)
    assert (str(tablet.juror_id), str(room.projects[0]), "comment") not in cells
    assert rules.history_to_cells(room.history()) == cells


@pytest.mark.slow
def test_signed_minutes_say_what_was_decided_and_cannot_change(staff: Any, room: Room) -> None:
    scored(room, staff)
    room.close()
    this = f"/equipe/tours/{room.round_id}"
    before = time.monotonic()
    assert sign(staff, room.round_id, chair="Aline #Vidal", secretary="$Camille$ Roux").status_code == 303
    assert time.monotonic() - before < 5
    signed = only(room.db, Minutes)
    assert signed.content_hash == rules.content_hash(signed.content)
    ranking = [(line["rank"], line["number"], line["score"], line["outcome"]) for line in signed.content["ranking"]]
    assert ranking == [
        (1, 1, "18", "selected"),
        (2, 4, "16", "selected"),
        (3, 2, "12", "reserve"),
        (4, 3, "8", "not_selected"),
    ]
    assert [(r["juror"], r["project"]) for r in signed.content["recusals"]] == [("Chloé Ferrié", 1)]
    answer = staff.get(f"{this}/proces-verbal.pdf")
    assert answer.mimetype == "application/pdf"
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.data)).pages)
    for words in ("Mil de Casamance", "18,00", "Chloé Ferrié", "Aline #Vidal", "$Camille$ Roux", signed.content_hash):
        assert words in text
    assert rules.content_hash(json.loads(staff.get(f"{this}/proces-verbal.json").data)) == signed.content_hash
    assert signed.content_hash in staff.get(f"{this}/proces-verbal").text
    assert (
        "déjà signé" in staff.post(f"{this}/signer", data={"chair": "A", "secretary": "B"}, follow_redirects=True).text
    )
    with pytest.raises(RuleError, match="signé"):
        room.recuse(0, 0)
    (fact,) = facts(room.db, "jury.minutes.signed.v1")
    assert (fact["content_hash"], fact["projects"], fact["jurors"]) == (signed.content_hash, 4, 3)


def test_what_arrives_after_signing_is_kept_and_changes_nothing(staff: Any, room: Room) -> None:
    tablet = room.tablet(staff, 0)
    tablet.score(room.projects[0], [3] * 8)
    room.close()
    sign(staff, room.round_id)
    (result,) = tablet.send(tablet.operation(room.projects[0], "comment", "après tout"))
    assert result["outcome"] == "late"
    entry = only(room.db, LateEntry)
    with pytest.raises(RuleError, match="signé"), room.db.transaction() as session:
        rounds.settle_late(session, room.round_id, entry.id, accept=True, who=WHO, now=clock.now())


@pytest.mark.slow
def test_results_go_to_every_bearer_once(staff: Any, room: Room) -> None:
    scored(room, staff)
    this = f"/equipe/tours/{room.round_id}"
    assert "Signez d’abord" in staff.post(f"{this}/publier", follow_redirects=True).text
    room.close()
    sign(staff, room.round_id)
    # Nobody is told before the chair has decided on each line.
    assert "attendent la présidence" in staff.post(f"{this}/publier", follow_redirects=True).text
    assert facts(room.db, "jury.result.published.v1") == []
    approve_words(staff, room)
    assert "4 porteurs sont prévenus" in staff.post(f"{this}/publier", follow_redirects=True).text
    assert "déjà publiés" in staff.post(f"{this}/publier", follow_redirects=True).text
    found = facts(room.db, "jury.result.published.v1")
    assert [(f["project_title"], f["rank"], f["score"], f["outcome"], f["readings"]) for f in found] == [
        ("Mil de Casamance", 1, "18.00", "selected", 2),
        ("Eau à Battambang", 2, "16.00", "selected", 2),
        ("Lumière à Niamey", 3, "12.00", "reserve", 3),
        ("Écoles d’Antsirabe", 4, "8.00", "not_selected", 3),
    ]
    assert found[0]["person"]["email"] == "porteur1@asso.example"
    # Chloé is recused: her words are not passed on. Comments between jurors never are.
    assert found[0]["feedback"] == ["Un mot de 0.", "Un mot de 1."]
    assert [f["distance"] for f in found] == ["2.00", "0.00", "-4.00", "-8.00"]
    assert found[0]["criteria"][0] == {"title": "Besoin et pertinence", "weight": 15, "mean": "4.50", "maximum": 5}


def test_an_outsider_recomputes_the_ranking_from_the_export(staff: Any, room: Room, tmp_path: Any, capsys: Any) -> None:
    scored(room, staff)
    room.close()
    export = staff.get(f"/equipe/tours/{room.round_id}/rejeu.json")
    assert "Vidal" not in export.text
    file = tmp_path / "rejeu.json"
    file.write_bytes(export.data)
    assert recompute.rank([str(file)]) == 0
    assert "   1     1     18.00    2  Mil de Casamance" in capsys.readouterr().out
    forged = json.loads(export.data)
    next(s for s in forged["sheets"] if s["project"] == str(room.projects[2]))["values"] = {
        c["id"]: 5 for c in forged["criteria"]
    }
    file.write_text(json.dumps(forged))
    assert recompute.rank([str(file)]) == 1
    for rubbish in ("", "[]", "{}", '{"format": "agora-replay/1"}', "[" * 100_000):
        file.write_text(rubbish)
        assert recompute.rank([str(file)]) == 2


def test_a_sheet_counts_once_the_comment_that_its_level_asks_for_has_arrived(
    staff: Any, room: Room, tmp_path: Any
) -> None:
    tablet = room.tablet(staff, 0)
    assert tablet.pack()["grid"]["comments_count"] is True
    tablet.score(room.projects[0], [0, 5, 5, 5, 5, 5, 5, 5])
    tablet.score(room.projects[1], [3] * 8)
    board = html.unescape(staff.get(f"/equipe/tours/{room.round_id}/tableau").text)
    assert "1 fiches complètes sur 12" in board
    assert re.search(r"<b>1</b><span>fiche sans le commentaire demandé", board)
    closing = html.unescape(staff.get(f"/equipe/tours/{room.round_id}/clore").text)
    assert "mais sans le commentaire que demande" in closing
    assert "3 projets n’ont pas assez de fiches complètes et ne seraient pas classés" in closing
    assert "Mil de Casamance, Écoles d’Antsirabe, Eau à Battambang." in closing
    room.close()

    def score() -> Any:
        with room.db.reading() as session:
            standings = queries.ranking(session, session.get_one(Round, room.round_id))
        return next(standing.score for standing in standings if standing.project == str(room.projects[0]))

    assert score() is None
    tablet.send(
        tablet.operation(room.projects[0], "comment", "  "), tablet.operation(room.projects[1], "comment", "ok")
    )
    (late,) = tablet.send(tablet.operation(room.projects[0], "comment", "Aucun besoin décrit au dossier."))
    assert late["outcome"] == "late"
    with room.db.transaction() as session:
        for entry in queries.late_tray(session, room.round_id):
            assert score() is None
            rounds.settle_late(session, room.round_id, entry.entry.id, accept=True, who=WHO, now=clock.now())
    assert score() == 17
    export = staff.get(f"/equipe/tours/{room.round_id}/rejeu.json")
    file = tmp_path / "rejeu.json"
    file.write_bytes(export.data)
    assert recompute.rank([str(file)]) == 0
    assert "besoin décrit" not in export.text
    document = json.loads(export.data)
    file.write_text(json.dumps(document | {"sheets": [s | {"commented": False} for s in document["sheets"]]}))
    assert recompute.rank([str(file)]) == 1


def test_the_ranking_of_an_open_round_is_the_same_in_two_queries(staff: Any, room: Room) -> None:
    scored(room, staff)
    room.close()
    with room.db.reading() as session:
        this = session.get_one(Round, room.round_id)
        assert queries.ranking(session, this) == queries.ranking(session, this)


def test_english_pages_are_english(staff: Any, room: Room) -> None:
    text = staff.get(f"/equipe/appels/{room.call_id}?lang=en").text
    assert "Where things stand" in text
    assert "Où en est-on" not in text


def test_every_change_of_the_day_is_in_the_audit(staff: Any, room: Room) -> None:
    scored(room, staff)
    this = f"/equipe/tours/{room.round_id}"
    staff.post(f"{this}/clore")
    sign(staff, room.round_id)
    approve_words(staff, room)
    staff.post(f"{this}/publier")
    with room.db.reading() as session:
        what = [(entry.what, entry.who) for entry in audit.history(session, "round", room.round_id)]
    me = "camille.roux@agora.example"
    settled = [("settled feedback", me)] * 2
    assert what == [("opened", WHO), ("closed", me), ("signed", me), *settled, ("published", me)]
    assert room.get(Juror, room.jurors[0]).epoch == 1


def test_closing_tells_of_the_dossiers_that_would_be_left_out(staff: Any, jury_db: Any) -> None:
    call_id = open_call(jury_db)
    add_filed(jury_db, call_id, {}, {"state": "to_complete"}, {"state": "not_eligible"})
    with jury_db.reading() as session:
        (this,) = queries.rounds_of(session, call_id)
    told = html.unescape(staff.get(f"/equipe/tours/{this.id}/clore").text)
    assert "2 dossiers déposés attendent encore votre décision" in told
    assert "L’appel reçoit encore des dossiers, jusqu’au" in told
