"""A paper goes out of an application: by its bearer as long as it may change, by the staff afterwards with a reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.jury import queries
from services.jury.models import Application
from services.jury.object_store import Bucket
from services.jury.papers import Folder
from services.jury.use_cases import paper_bytes, reviews
from shared import audit, clock
from tests.jury_applications import COMPLETE
from tests.jury_dossiers import SITE, WHO, open_call

PDF = b"%PDF-1.7\nhello\n%%EOF\n"
NEEDED = ("statuts", "budget", "partenaire")


@pytest.fixture
def path(jury_app: Any, jury_client: Any, jury_db: Any, tmp_path: Path) -> str:
    """A draft with its papers."""
    jury_app.extensions["settings"] = dataclasses.replace(jury_app.extensions["settings"], attachments=tmp_path)
    who = {"first_name": "Léa", "last_name": "Bories", "email": "lea@eau.example"}
    where = str(jury_client.post(f"/appels/{open_call(jury_db)}/deposer", data=who).location)
    jury_client.post(where, data=COMPLETE | {"version": "1"})
    for paper in NEEDED:
        send(jury_client, where, paper)
    return where


def send(client: Any, path: str, paper: str) -> None:
    sent = {f"file_{paper}": (BytesIO(PDF), f"{paper}.pdf")}
    assert client.post(f"{path}/pieces/{paper}", data=sent).status_code == 303


def papers(db: Any) -> dict[str, uuid.UUID]:
    with db.reading() as session:
        application = session.scalars(sa.select(Application)).one()
        return {one.paper: one.id for one in queries.attachments_of(session, application.id)}


def removals(db: Any) -> list[tuple[str, str]]:
    entries = audit.audit_entries
    with db.reading() as session:
        query = sa.select(entries.c.who, entries.c.after).where(entries.c.what == "removed a paper")
        return [(who, after["why"]) for who, after in session.execute(query)]


def test_the_bearer_takes_a_paper_out_of_a_draft(path: str, jury_client: Any, jury_db: Any) -> None:
    paper = papers(jury_db)["statuts"]
    assert jury_client.post(f"{path}/pieces/{paper}/retirer").status_code == 303
    assert set(papers(jury_db)) == {"budget", "partenaire"}
    assert jury_client.get(f"{path}/pieces/{paper}").status_code == 404
    assert jury_client.post(f"{path}/pieces/{paper}/retirer").status_code == 404
    jury_client.post(f"{path}/deposer")
    with jury_db.reading() as session:
        assert session.scalars(sa.select(Application.state)).one() == "draft", "what is missing stops the filing"
    assert removals(jury_db) == [("applicant", "")]


def test_what_was_filed_stays_until_the_staff_says_why_it_goes(
    path: str, jury_client: Any, jury_db: Any, sign_in: Any
) -> None:
    jury_client.post(f"{path}/deposer")
    paper = papers(jury_db)["statuts"]
    jury_client.post(f"{path}/pieces/{paper}/retirer")
    assert "statuts" in papers(jury_db)
    with jury_db.reading() as session:
        filed = session.scalars(sa.select(Application)).one()
    where = f"/equipe/dossiers/{filed.id}/pieces/{paper}/retirer"
    sign_in(jury_client, "auditor")
    assert jury_client.post(where, data={"why": "x"}).status_code == 403
    sign_in(jury_client, "secretary")
    assert "« statuts.pdf »" in jury_client.get(where).text.replace("\u202f", " ")
    assert jury_client.post(where, data={"why": " "}).status_code == 422
    jury_client.post(where, data={"why": "Statuts d’une autre association"})
    assert "statuts" not in papers(jury_db)
    assert removals(jury_db) == [("camille.roux@agora.example", "Statuts d’une autre association")]
    for page in (path, f"/equipe/dossiers/{filed.id}"):
        assert "Statuts d’une autre association" in jury_client.get(page).text
    assert "statuts.pdf" in jury_client.get(f"{path}/copie").text, "the filed copy still names it"


def asked(db: Any) -> None:
    """The staff asks for a letter, within five days."""
    with db.transaction() as session:
        application = session.scalars(sa.select(Application)).one()
        until = (clock.now() + dt.timedelta(days=5)).date()
        reviews.ask_more(session, application.id, "La lettre manque", until, site=SITE, who=WHO, now=clock.now())


def test_in_what_is_completed_only_what_came_after_can_be_taken_back(path: str, jury_client: Any, jury_db: Any) -> None:
    jury_client.post(f"{path}/deposer")
    asked(jury_db)
    late = next(key for key in re.findall(r'id="piece-([^"]+)"', jury_client.get(path).text) if key not in NEEDED)
    send(jury_client, path, late)
    for paper in papers(jury_db).values():
        jury_client.post(f"{path}/pieces/{paper}/retirer")
    assert set(papers(jury_db)) == set(NEEDED)


def test_bytes_go_once_no_paper_has_them_any_more(path: str, jury_client: Any, jury_db: Any, tmp_path: Path) -> None:
    store = Folder(tmp_path)
    digest = hashlib.sha256(PDF).hexdigest()
    later = clock.now() + dt.timedelta(days=2)
    for paper in NEEDED:  # three papers, one file
        assert paper_bytes.sweep(jury_db, store, now=later) == paper_bytes.Swept(0, 0)
        assert store.read(digest) == PDF
        jury_client.post(f"{path}/pieces/{papers(jury_db)[paper]}/retirer")
    assert paper_bytes.sweep(jury_db, store, now=clock.now()) == paper_bytes.Swept(0, 0)  # a paper may be on its way
    assert paper_bytes.sweep(jury_db, store, now=later, dry_run=True) == paper_bytes.Swept(1, 0)
    assert store.read(digest) == PDF
    assert paper_bytes.sweep(jury_db, store, now=later) == paper_bytes.Swept(1, 0)
    assert store.read(digest) is None
    assert paper_bytes.sweep(jury_db, store, now=later) == paper_bytes.Swept(0, 0)
    send(jury_client, path, "statuts")  # the same file again: it is there again
    assert jury_client.get(f"{path}/pieces/{papers(jury_db)['statuts']}").data == PDF


def test_what_was_filed_stays_readable_when_another_takes_its_place(
    path: str, jury_client: Any, jury_db: Any, tmp_path: Path, sign_in: Any
) -> None:
    jury_client.post(f"{path}/deposer")
    filed = papers(jury_db)["statuts"]
    asked(jury_db)
    better = {"file_statuts": (BytesIO(PDF + b"better\n%%EOF\n"), "better.pdf")}
    for paper in ("budget", "partenaire"):  # nothing else stands on the same bytes
        with jury_db.transaction() as session:
            application = session.scalars(sa.select(Application)).one()
            reviews.remove_paper(session, application.id, papers(jury_db)[paper], "x", who=WHO, now=clock.now())
    jury_client.post(f"{path}/pieces/statuts", data=better)
    later = clock.now() + dt.timedelta(days=2)
    paper_bytes.sweep(jury_db, Folder(tmp_path), now=later)
    sign_in(jury_client, "secretary")
    where = f"/equipe/dossiers/{application.id}"
    assert "better.pdf" in jury_client.get(where).text
    assert f"{where}/pieces/{filed}" in jury_client.get(where).text
    assert jury_client.get(f"{where}/pieces/{filed}").data == PDF
    with jury_db.transaction() as session:
        reviews.remove_paper(session, application.id, papers(jury_db)["statuts"], "x", who=WHO, now=clock.now())
    assert paper_bytes.sweep(jury_db, Folder(tmp_path), now=later).gone == 1, "what the staff takes out goes"
    # Also what had been replaced: it may have been the papers of somebody else.
    assert "« statuts.pdf »" in jury_client.get(f"{where}/pieces/{filed}/retirer").text.replace("\u202f", " ")
    jury_client.post(f"{where}/pieces/{filed}/retirer", data={"why": "Bulletin de santé"})
    assert jury_client.get(f"{where}/pieces/{filed}").status_code == 404
    assert "Bulletin de santé" in jury_client.get(path).text
    assert paper_bytes.sweep(jury_db, Folder(tmp_path), now=later).gone == 1


def test_bytes_that_come_while_they_are_swept_stay(path: str, jury_client: Any, jury_db: Any, tmp_path: Path) -> None:
    """The sweep waits in the middle of removing; the same file comes; it is written after, not before."""
    for paper in papers(jury_db).values():
        jury_client.post(f"{path}/pieces/{paper}/retirer")
    removing, go_on = threading.Event(), threading.Event()

    class Slow(Folder):
        def drop(self, digest: str) -> None:
            removing.set()
            assert go_on.wait(10)
            super().drop(digest)

    later = clock.now() + dt.timedelta(days=2)
    with ThreadPoolExecutor() as two:
        swept = two.submit(paper_bytes.sweep, jury_db, Slow(tmp_path), now=later)
        assert removing.wait(10)
        came = two.submit(paper_bytes.keep, jury_db, Folder(tmp_path), PDF, now=later)
        with pytest.raises(TimeoutError):
            came.result(0.3)
        go_on.set()
        assert swept.result(10).gone == 1
        assert Folder(tmp_path).read(came.result(10)) == PDF


def test_a_store_that_is_away_keeps_the_bytes_for_the_next_hour(path: str, jury_client: Any, jury_db: Any) -> None:
    for paper in papers(jury_db).values():
        jury_client.post(f"{path}/pieces/{paper}/retirer")
    later = clock.now() + dt.timedelta(days=2)
    away = Bucket("http://127.0.0.1:9/papers", "r", "k", "s")
    assert paper_bytes.sweep(jury_db, away, now=later) == paper_bytes.Swept(0, 1)
    assert paper_bytes.sweep(jury_db, away, now=later, dry_run=True) == paper_bytes.Swept(1, 0)


def pressed(page: str, name: str) -> str:
    """Where a button of the draft sends its form."""
    found = re.search(rf'form="dossier" formaction="([^"]+)">{name}<', page)
    assert found, page
    return found[1]


@pytest.mark.parametrize("name", ["Joindre", "Retirer"])
def test_what_is_being_typed_is_saved_when_a_paper_comes_or_goes(name: str, path: str, jury_client: Any) -> None:
    typed = COMPLETE | {"version": "2", "need": "Un puits de plus, écrit à l’instant."}
    answer = jury_client.post(pressed(jury_client.get(path).text, name), data=typed)
    assert answer.status_code == 303
    assert "Un puits de plus, écrit à l’instant." in jury_client.get(path).text


@pytest.mark.parametrize("where", ["", "/pieces/statuts"])
def test_each_file_that_was_chosen_comes_whichever_button_is_pressed(where: str, path: str, jury_client: Any) -> None:
    files = {f"file_{paper}": (BytesIO(PDF), f"new {paper}.pdf") for paper in NEEDED}
    assert jury_client.post(path + where, data=COMPLETE | {"version": "2"} | files).status_code == 303
    page = jury_client.get(path).text
    assert [paper for paper in NEEDED if f"new {paper}.pdf" in page] == list(NEEDED)


def test_a_file_that_is_refused_keeps_back_no_other(path: str, jury_client: Any) -> None:
    files = {"file_statuts": (BytesIO(b"MZ"), "bad.pdf"), "file_budget": (BytesIO(PDF), "good.pdf")}
    answer = jury_client.post(f"{path}/pieces/budget", data=files)
    assert answer.location.endswith("#piece-statuts")
    page = jury_client.get(path).text
    beside = page.partition('id="piece-statuts"')[2].partition('id="piece-')[0]
    assert (page.count("ni un PDF"), beside.count("ni un PDF")) == (1, 1), "said where one is, not a long way above"
    assert "statuts.pdf" in page
    assert "good.pdf" in page


@pytest.mark.parametrize("name", ["Joindre", "Retirer"])
def test_an_answer_to_the_staff_is_kept_when_a_paper_comes_or_goes(
    name: str, path: str, jury_client: Any, jury_db: Any
) -> None:
    jury_client.post(f"{path}/deposer")
    asked(jury_db)
    late = next(key for key in re.findall(r'id="piece-([^"]+)"', jury_client.get(path).text) if key not in NEEDED)
    send(jury_client, path, late)
    where = pressed(jury_client.get(path).text, name)
    assert "Voici la lettre." in jury_client.post(where, data={"supplement": "Voici la lettre."}).text


def test_an_answer_leaves_with_the_file_that_was_chosen_and_waits_for_a_better_one(
    path: str, jury_client: Any, jury_db: Any
) -> None:
    jury_client.post(f"{path}/deposer")
    asked(jury_db)
    for data, state in ((b"MZ", "to_complete"), (PDF, "filed")):
        sent = {"supplement": "Voici la lettre.", "file_lettre": (BytesIO(data), "lettre.pdf")}
        answer = jury_client.post(f"{path}/completer", data=sent)
        assert ("Voici la lettre." in answer.text) is (state == "to_complete")
        with jury_db.reading() as session:
            assert session.scalars(sa.select(Application.state)).one() == state
    assert "lettre" in papers(jury_db)


def test_what_two_people_typed_is_shown_when_a_paper_comes(path: str, jury_client: Any) -> None:
    jury_client.post(path, data=COMPLETE | {"version": "2", "need": "Le besoin, dit par Léa."})
    typed = COMPLETE | {"version": "2", "need": "Le besoin, dit par Paul."}
    answer = jury_client.post(f"{path}/pieces/statuts", data=typed | {"file_statuts": (BytesIO(PDF), "statuts.pdf")})
    assert answer.status_code == 409
    assert "Le besoin, dit par Léa." in answer.text
    assert "Le besoin, dit par Paul." in answer.text
