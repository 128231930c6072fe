"""The files of a hurried volunteer: two sheets, merged cells, names around addresses; and an import taken back."""

from __future__ import annotations

import io
import re
import time
import uuid
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.mailer import campaigns, contact_files, contacts, erasure, import_undoing, ledger, limits
from services.mailer.models.contacts import ECHO, Consent, Contact, ContactImport
from services.mailer.models.ledger import Message
from shared import clock, workbook_frame, workbooks
from shared.db import Database
from tests.integration.test_mailer_long_imports import PROOF, deposit
from tests.mailer_people import HTML, TEXT, run, until_waiting

HEAD = ["Courriel", "Prénom", "Nom", "Structure"]


def workbook(sheets: dict[str, list[list[str]]], merged: tuple[str, ...] = ()) -> bytes:
    """Several sheets as a spreadsheet saves them; merged cells on the first."""
    one = zipfile.ZipFile(io.BytesIO(workbooks.written("x", [])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in one.namelist():
            if name.startswith("xl/"):
                continue
            archive.writestr(name, one.read(name))
        tabs = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
        spaces = f'xmlns="{workbook_frame.MAIN}" xmlns:r="{workbook_frame.DOC}"'
        archive.writestr("xl/workbook.xml", f"<workbook {spaces}><sheets>{tabs}</sheets></workbook>")
        rels = "".join(
            f'<Relationship Id="r{n}" Type="{workbook_frame.DOC}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{workbook_frame.RELS}">{rels}</Relationships>'
        )
        for n, rows in enumerate(sheets.values(), 1):
            cells = "".join(f"<row>{''.join(map(workbooks._cell, row))}</row>" for row in rows)
            joined = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged) if n == 1 else ""
            joined = f"<mergeCells>{joined}</mergeCells>" if joined else ""
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml", f"<worksheet {spaces}><sheetData>{cells}</sheetData>{joined}</worksheet>"
            )
    return out.getvalue()


def lines(content: bytes) -> list[contact_files.Line]:
    sheet = contact_files.read(content)
    return contact_files.plan(sheet, contact_files.guess_mapping(sheet), known=(), suppressed=())


def test_a_cell_merged_over_several_people_is_said_of_each() -> None:
    rows = [HEAD, ["a@x.org", "Ana", "", "Eau partagée"], ["b@x.org", "Bo", "", ""], ["c@x.org", "", "", ""],
            ["d@x.org", "", "", ""]]  # fmt: skip
    found = lines(workbook({"Liste": rows}, ("A1:C1", "D2:D4", "Z9:Z1048576", "nonsense")))
    assert [one.values["structure"] for one in found] == ["Eau partagée"] * 3 + [""]


def test_more_merged_cells_than_any_list_has_are_refused() -> None:
    rows = [HEAD, *([f"p{n}@x.org", "", "", ""] for n in range(300))]
    with pytest.raises(contact_files.FileRefused, match="bomb"):
        contact_files.read(workbook({"Liste": rows}, ("D2:D301",) * 1000))


@pytest.mark.parametrize(
    ("typed", "email", "outcome", "name"),
    [
        ("Ana Roy <ana@x.org>", "ana@x.org", "new", "Ana Roy"),
        ('"Roy, Ana" < Ana@X.org > ; ', "Ana@x.org", "new", "Roy, Ana"),
        ("<ana@x.org>,", "ana@x.org", "new", ""),
        (" ana@x.org ; ", "ana@x.org", "new", ""),
        ("mailto:ana@x.org", "ana@x.org", "new", ""),
        ("Ana <ana@x.org>, Bo <bo@x.org>", "Ana <ana@x.org>, Bo <bo@x.org>", "invalid", ""),
        ("=1+1 <ana@x.org>", "ana@x.org", "invalid", ""),
        ("Ana <ana>", "Ana <ana>", "invalid", ""),
    ],
)
def test_an_address_as_a_mail_program_copies_it(typed: str, email: str, outcome: str, name: str) -> None:
    (found,) = lines(f'Courriel\tAutre\n"{typed.replace(chr(34), chr(34) * 2)}"\tx\n'.encode("cp1252"))
    assert (found.email, found.outcome, found.values.get("last_name", "")) == (email, outcome, name)


def test_sheets_that_are_not_read_are_named(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor")
    content = workbook({"Adhérents": [HEAD, ["a@x.org", "", "", ""]], "Feuil2": [], "Anciens": [["b@x.org"]]})
    page = deposit(mailer_client, content)
    shown = mailer_client.get(page).text.replace("\u202f", " ")
    assert "d’autres feuilles, qui ne sont pas lues : Anciens." in shown
    mailer_client.post(page + "/confirmer", data=PROOF)
    with mailer_db.reading() as session:
        assert session.scalars(sa.select(Contact.email_key)).all() == ["a@x.org"]


# --- an import taken back ---------------------------------------------------------------------------------


def brought(client: Any, rows: list[list[str]]) -> str:
    page = deposit(client, workbook({"Liste": [HEAD, *rows]}))
    assert client.post(page + "/confirmer", data=PROOF).status_code == 303
    return page


def test_an_import_is_taken_back_and_the_right_one_comes_after_it(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    with mailer_db.transaction() as session:
        contacts.save(session, [contacts.Person("known@x.org", last_name="Roy")], clock.now())
    wrong = [["new@x.org", "Eau partagée", "Ana", "Roy"], ["known@x.org", "Lo Camin", "Bo", "Vidal"]]
    page = brought(mailer_client, wrong)
    shown = plain(mailer_client.get(page + "/defaire"))
    assert re.findall(r"<li>(\d+|Sur \d+)", shown) == ["1", "1", "Sur 1", "0"]
    assert counted(mailer_db) == (2, 2)  # looking does nothing
    assert mailer_client.post(page + "/defaire").status_code == 303
    assert "Import défait" in plain(mailer_client.get(page))
    assert counted(mailer_db) == (1, 0)
    with mailer_db.reading() as session:
        left = session.scalars(sa.select(Contact)).one()
        assert (left.first_name, left.last_name, left.structure) == ("", "Roy", "")
        assert left.search == contacts.search_text(left)
    assert mailer_client.post(page + "/defaire").status_code == 409
    assert mailer_client.get(page + "/defaire").status_code == 409

    brought(mailer_client, [["new@x.org", "Ana", "Roy", "Eau partagée"], ["known@x.org", "Bo", "Vidal", "Lo Camin"]])
    with mailer_db.reading() as session:
        found = session.execute(sa.select(Contact.first_name, Contact.structure).order_by(Contact.email_key)).all()
    assert [tuple(row) for row in found] == [("Bo", "Lo Camin"), ("Ana", "Eau partagée")]
    assert counted(mailer_db) == (2, 2)


def test_who_was_written_to_or_spoke_since_stays(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    names = ("got", "waits", "left", "chose", "other", "corrected", "plain")
    page = brought(mailer_client, [[f"{name}@x.org", "", "", ""] for name in names])
    with mailer_db.transaction() as session:
        ids = {key.partition("@")[0]: one for one, key in session.execute(sa.select(Contact.id, Contact.email_key))}
        made = campaigns.create(session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho",
                                from_email="echo@reseau.example", html=HTML, text=TEXT)  # fmt: skip
        campaigns.start(session, made.id, clock.now())
        said = ("page", "non", "1", clock.now())
        contacts.withdraw(session, ids["left"], ECHO, *said)
        contacts.correct(session, ids["chose"], {"kept": ["section:calls"]}, who="contact", now=clock.now())
        contacts.subscribe(session, contacts.Person("other@x.org"), "formations", *said)
        contacts.correct(session, ids["corrected"], {"structure": "Eau"}, who="camille@x.org", now=clock.now())
    run(mailer_db, "DELETE FROM messages WHERE email_key NOT IN ('got@x.org', 'waits@x.org')")
    for state in ("claimed", "transmitting", "accepted"):
        owner = "NULL" if state == "accepted" else "'s'"
        run(
            mailer_db,
            f"""UPDATE messages SET state = '{state}', lease_owner = {owner}, message_id = '<x@x>',
            lease_until = CASE WHEN {owner} IS NULL THEN NULL ELSE now() END WHERE email_key = 'got@x.org'""",
        )
    assert mailer_client.post(page + "/defaire").status_code == 303
    with mailer_db.reading() as session:
        on = {key.partition("@")[0]: contacts.status(session, one, ECHO)
              for one, key in session.execute(sa.select(Contact.id, Contact.email_key))}  # fmt: skip
    assert on == {"got": "given", "left": "withdrawn", "waits": "", "chose": "given", "other": "",
                  "corrected": ""}  # fmt: skip
    with mailer_db.reading() as session:
        told = session.scalars(sa.select(ContactImport.preview)).one()["undone"]
    assert {name: told[name] for name in ("gone", "off", "emptied", "stay")} == {
        "gone": 1, "off": 3, "emptied": 0, "stay": 3,
    }  # fmt: skip


def test_whom_a_later_file_brought_too_stays_with_its_proof(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    """The right file came in before anybody noticed that the first was wrong; later the right one goes too."""
    sign_in(mailer_client, "editor", email="camille@agora.example")
    wrong = brought(mailer_client, [["Both@x.org", "", "Roy", ""], ["alone@x.org", "", "", ""]])
    right = deposit(
        mailer_client, workbook({"Liste": [HEAD, ["both@x.org", "", "", "Eau"], ["two@x.org", "", "", ""]]})
    )
    given = {"source": "adhésions 2017", "wording": "Oui, L’Écho"}
    assert mailer_client.post(right + "/confirmer", data=given).status_code == 303
    shown = plain(mailer_client.get(wrong + "/defaire"))
    assert re.findall(r"<li>(\d+|Sur \d+)", shown) == ["1", "0", "Sur 0", "1"]
    assert mailer_client.post(wrong + "/defaire").status_code == 303
    with mailer_db.reading() as session:
        proofs = sa.select(Contact.email_key, Consent.source, Consent.evidence).join(Consent)
        left = {key: tuple(proof) for key, *proof in session.execute(proofs)}
    assert left == {
        "both@x.org": ("adhésions 2017", "liste.xlsx, ligne 2"),
        "two@x.org": ("adhésions 2017", "liste.xlsx, ligne 3"),
    }
    assert mailer_client.post(right + "/defaire").status_code == 303
    assert counted(mailer_db) == (0, 0)


def test_what_a_later_file_says_too_is_not_emptied(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    with mailer_db.transaction() as session:
        contacts.save(session, [contacts.Person("known@x.org")], clock.now())
    wrong = brought(mailer_client, [["known@x.org", "Ana", "Roy", "Eau"]])
    later = brought(mailer_client, [["known@x.org", "Ana", "Vidal", "Eau"]])

    def known() -> tuple[str, ...]:
        with mailer_db.reading() as session:
            one = session.scalars(sa.select(Contact)).one()
            return one.first_name, one.last_name, one.structure

    assert mailer_client.post(wrong + "/defaire").status_code == 303
    assert known() == ("Ana", "", "Eau")  # of « Roy » the later file says something else
    assert mailer_client.post(later + "/defaire").status_code == 303
    assert known() == ("Ana", "", "Eau")


def test_long_files_are_taken_back_in_a_moment(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    people = [f"p{number}@x.org" for number in range(300)]
    with mailer_db.transaction() as session:
        contacts.save(session, [contacts.Person(email) for email in people], clock.now())
    first, later = (brought(mailer_client, [[email, "Ana", "", "Eau"] for email in people]) for _file in range(2))
    with mailer_db.transaction() as session:
        more = """UPDATE contact_imports SET report = report || (
            SELECT jsonb_agg(report->0 || jsonb_build_object('email', 'q' || n || '@x.org'))
            FROM generate_series(1, 20000) n) WHERE id = :id"""
        session.execute(sa.text(more), {"id": later.rpartition("/")[2]})
    began = time.process_time()
    with mailer_db.transaction() as session:
        import_undoing.undo(session, uuid.UUID(first.rpartition("/")[2]), who="x", now=clock.now())
        assert session.scalars(sa.select(Contact.structure).distinct()).all() == ["Eau"]
    assert time.process_time() - began < 1.5


def two_files(client: Any, sign_in: Callable[..., Any]) -> list[uuid.UUID]:
    """One person is in both, in each is another besides."""
    sign_in(client, "editor", email="camille@agora.example")
    files = [[["both@x.org", "", "", ""], [f"{name}@x.org", "", "", ""]] for name in ("first", "second")]
    return [uuid.UUID(brought(client, rows).rpartition("/")[2]) for rows in files]


def test_an_import_is_taken_back_after_somebody_of_a_later_file_was_erased(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    first, _second = two_files(mailer_client, sign_in)
    with mailer_db.transaction() as session:
        erasure.forget(session, "both@x.org", clock.now())
    assert mailer_client.post(f"/contacts/importer/{first}/defaire").status_code == 303
    assert [row.email_key for row in run(mailer_db, "SELECT email_key FROM contacts")] == ["second@x.org"]


def test_two_imports_that_are_taken_back_at_once_leave_nobody(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    first, second = two_files(mailer_client, sign_in)
    with ThreadPoolExecutor(1) as pool:
        with mailer_db.transaction() as session:
            import_undoing.undo(session, second, who="camille@agora.example", now=clock.now())
            undone = pool.submit(mailer_client.post, f"/contacts/importer/{first}/defaire")
            until_waiting(mailer_db)
        assert undone.result().status_code == 303
    assert counted(mailer_db) == (0, 0)


def test_no_letter_is_claimed_for_somebody_who_is_being_taken_off(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    import_id = uuid.UUID(brought(mailer_client, [["new@x.org", "", "", ""]]).rpartition("/")[2])
    with mailer_db.transaction() as session:
        made = campaigns.create(session, list=ECHO, title="nº 34", subject="nº 34", from_name="L’Écho",
                                from_email="echo@reseau.example", html=HTML, text=TEXT)  # fmt: skip
        campaigns.start(session, made.id, clock.now())
    with mailer_db.transaction() as session:
        import_undoing.undo(session, import_id, who="camille@agora.example", now=clock.now())
        with mailer_db.transaction() as sender:
            assert claimed(sender) == []
    with mailer_db.transaction() as sender:
        assert claimed(sender) == []
        assert sender.scalars(sa.select(Message.state)).all() == ["suppressed"]


def claimed(sender: Session) -> list[ledger.Claimed]:
    due = dict.fromkeys(limits.GROUPS, 9)
    return ledger.claim(sender, lane="bulk", relay="r", owner="s 1 1", allowances=due, limit=9, lease=60)


def counted(db: Database) -> tuple[int, int]:
    with db.reading() as session:
        many = [session.scalar(sa.select(sa.func.count()).select_from(one)) or 0 for one in (Contact, Consent)]
    return many[0], many[1]


def plain(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def test_what_somebody_says_while_their_import_is_taken_back_is_not_lost(
    mailer_client: Any, mailer_db: Database, sign_in: Callable[..., Any]
) -> None:
    sign_in(mailer_client, "editor", email="camille@agora.example")
    page = brought(mailer_client, [["new@x.org", "", "", ""]])
    with ThreadPoolExecutor(1) as pool:
        with mailer_db.transaction() as session:
            contacts.subscribe(session, contacts.Person("new@x.org"), "formations", "page", "oui", "1", clock.now())
            undone = pool.submit(mailer_client.post, page + "/defaire")
            until_waiting(mailer_db)
        assert undone.result().status_code == 303
    with mailer_db.reading() as session:
        said = session.execute(sa.select(Consent.list, Consent.status)).all()
    assert [tuple(row) for row in said] == [("formations", "given")]
