"""Workbooks, and files too long for a page: the worker reads and writes them, and the page says how far it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from services.mailer import chores, imports
from services.mailer.models.contacts import Consent, Contact, ContactImport
from shared import clock, workbooks
from shared.db import Database

HEAD = ["Courriel", "Prénom", "Nom", "Code postal", "Notes"]
PROOF = {"source": "adhésions 2016", "wording": "J’accepte de recevoir L’Écho"}


def deposit(client: Any, content: bytes, name: str = "liste.xlsx") -> str:
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    kind = "multipart/form-data; boundary=edge"
    answer = client.post("/contacts/importer/", data=head + content + b"\r\n--edge--\r\n", content_type=kind)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def long_file(people: int = 300) -> bytes:
    """Few people and long notes: what matters is how long the file is."""
    rows = [";".join(HEAD)] + [f"p{n}@asso.example;Zoé;Hôte {n};31000;{'n' * 1900}" for n in range(people)]
    return "\n".join(rows).encode()


def stand(db: Database) -> ContactImport:
    with db.reading() as session:
        return session.scalars(sa.select(ContactImport)).one()


def count(db: Database, table: Any) -> int:
    with db.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_workbook_goes_through_the_same_pages(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    rows = [HEAD, ["zoe@asso.example", "Zoé", "L’Hôte", 9000, ""], ["ravo@asso.example", "", "=1+1", "", ""]]
    page = deposit(mailer_client, workbooks.written("Liste", rows))
    shown = mailer_client.get(page).text
    assert "Importer 1 personne" in shown
    assert "une case est une formule" in shown
    answer = mailer_client.post(page + "/confirmer", data=PROOF)
    assert answer.status_code == 303
    with mailer_db.reading() as session:
        zoe = session.scalars(sa.select(Contact)).one()
        assert (zoe.last_name, zoe.departement) == ("L’Hôte", "09")
        assert session.scalars(sa.select(Consent.evidence)).one() == "liste.xlsx, ligne 2"


def test_a_long_file_is_read_and_written_by_the_worker(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    page = deposit(mailer_client, long_file(), "longue.csv")
    assert "lu ligne par ligne" in mailer_client.get(page).text
    assert mailer_client.post(page + "/confirmer", data=PROOF).status_code == 409
    assert found_again(mailer_client, page) == "en lecture"
    chores.bring_in(mailer_db)
    assert "Importer 300 personnes" in mailer_client.get(page).text.replace("\u202f", "").replace("\xa0", " ")
    assert found_again(mailer_client, page) == "attend votre confirmation"

    assert mailer_client.post(page + "/confirmer", data=PROOF).status_code == 303
    assert found_again(mailer_client, page) == "en train de s’écrire"
    assert count(mailer_db, Contact) == 0
    assert mailer_client.post(page + "/abandonner").status_code == 409
    live = mailer_client.get(page + "/progres")
    assert (live.headers["X-State"], "de l’import est écrit" in live.text) == ("confirmed", True)
    chores.bring_in(mailer_db)
    done = stand(mailer_db)
    assert (done.state, done.content, done.counts["new"], len(done.report)) == ("done", None, 300, 300)
    assert (count(mailer_db, Contact), count(mailer_db, Consent)) == (300, 300)
    assert not imports.work(mailer_db, clock.now())
    assert "Imports en cours" not in mailer_client.get("/contacts/importer/").text


def found_again(client: Any, page: str) -> str:
    """What the first page says of this file to somebody who closed its own."""
    _, _, after = client.get("/contacts/importer/").text.partition(f'href="{page}"')
    return re.sub(r"<[^>]+>", "", after.partition("</span>")[2].partition("</li>")[0]).strip()


def test_how_far_it_is_can_be_seen_meanwhile_and_a_fault_writes_nothing(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        import_id = imports.begin(session, filename="l.csv", content=long_file(), who="a@b.fr", now=clock.now())
    assert imports.work(mailer_db, clock.now())
    with mailer_db.transaction() as session:
        imports.confirm(session, import_id, **PROOF, who="a@b.fr", now=clock.now())
    seen: list[int] = []
    tell = imports._teller(mailer_db, import_id)

    def watch(part: float) -> None:
        tell(part)
        seen.append(stand(mailer_db).progress)
        if part >= 0.5:
            raise RuntimeError("the worker dies")

    with pytest.raises(RuntimeError), mailer_db.transaction() as session:
        imports.write(session, session.get_one(ContactImport, import_id), clock.now(), watch)
    assert seen[0] < seen[-1] == 50
    assert (count(mailer_db, Contact), stand(mailer_db).state) == (0, "confirmed")
    chores.bring_in(mailer_db)
    assert (count(mailer_db, Contact), stand(mailer_db).state) == (300, "done")


def test_a_file_dropped_while_it_is_read_stays_dropped(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        import_id = imports.begin(session, filename="l.csv", content=long_file(), who="a@b.fr", now=clock.now())

    def drop(_part: float) -> None:
        with mailer_db.transaction() as other:
            if imports.get(other, import_id).state == "reading":
                imports.drop(other, import_id)

    with pytest.raises(imports.Overtaken), mailer_db.transaction() as session:
        imports.read_in(session, session.get_one(ContactImport, import_id), drop)
    assert stand(mailer_db).state == "dropped"


def test_a_worker_that_comes_late_leaves_what_another_one_read(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    page = deposit(mailer_client, long_file(), "longue.csv")
    waiting = stand(mailer_db)
    chores.bring_in(mailer_db)
    with pytest.raises(imports.Overtaken):
        imports._begun(mailer_db, waiting)
    assert "Importer 300 personnes" in mailer_client.get(page).text.replace("\u202f", "").replace("\xa0", " ")


def test_a_long_file_that_cannot_be_read_says_why(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    page = deposit(mailer_client, long_file() + b'\n"' + b"x" * 200_000, "longue.csv")
    chores.bring_in(mailer_db)
    assert "un guillemet n’est sans doute pas" in mailer_client.get(page).text
    assert stand(mailer_db).content is None


_REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'nobody foresaw this'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def test_a_file_that_brings_about_a_fault_is_given_up_and_holds_nobody_back(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    page = deposit(mailer_client, long_file() + b"\nnulle-part;x;;;", "premier.csv")
    chores.bring_in(mailer_db)
    mailer_client.post(page + "/confirmer", data=PROOF)
    behind = deposit(mailer_client, long_file(301), "second.csv")
    with mailer_db.transaction() as session:
        session.execute(sa.text(_REFUSE))
    try:
        chores.bring_in(mailer_db)
    finally:
        with mailer_db.transaction() as session:
            session.execute(sa.text("DROP FUNCTION refuse() CASCADE"))
    assert "Une panne de notre côté" in mailer_client.get(page).text
    assert "nulle-part" in mailer_client.get(page + "/compte-rendu.csv").text
    assert "Importer 301 personnes" in mailer_client.get(behind).text
    assert not imports.work(mailer_db, clock.now())


def test_a_file_that_ends_its_workers_is_given_up(mailer_db: Database) -> None:
    with mailer_db.transaction() as session:
        imports.begin(session, filename="l.csv", content=long_file(), who="a@b.fr", now=clock.now())
        session.scalars(sa.select(ContactImport)).one().preview = {"tries": imports.MOST_TRIES}  # so many were killed
    chores.bring_in(mailer_db)
    assert (stand(mailer_db).state, stand(mailer_db).preview["reason"]) == ("refused", "fault")
