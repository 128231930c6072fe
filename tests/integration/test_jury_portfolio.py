"""The portfolio: earlier years from a file, filters, and exports that no spreadsheet runs."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from services.jury import portfolio_files
from services.jury.project_import import Unreadable
from services.jury.use_cases import reviews
from shared import clock, workbooks
from tests.jury_dossiers import SITE, WHO, add_filed, open_call

HEAD = "Année;Titre;Structure;Pays;Thème;Financeur;Montant\n"
PAST = HEAD + "".join(
    f"2015;Projet {n};Association {n};{'SN' if n % 2 else 'CN-SC'};Eau;Région;{n} 000,50\n" for n in range(1, 11)
)


@pytest.fixture
def staff(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def take(client: Any, text: str) -> str:
    sent = {"file": (io.BytesIO(text.encode()), "2015.csv")}
    answer = client.post("/equipe/portefeuille/import", data=sent, follow_redirects=True)
    return str(answer.text)


def plain(page: str) -> str:
    return html.unescape(page).replace("\u202f", " ").replace("\xa0", " ")


def count(page: str) -> int:
    return len(re.findall(r'<th scope="row">', page))


def test_ten_lines_of_2015_are_ten_projects_also_when_sent_twice(staff: Any) -> None:
    assert "10 projets importés" in take(staff, PAST).replace("\u202f", " ")
    assert count(take(staff, PAST)) == 10
    where = "/equipe/portefeuille/"
    assert count(staff.get(where, query_string={"year": 2014}).text) == 0
    assert count(staff.get(where, query_string={"place": "CN"}).text) == 5
    assert count(staff.get(where, query_string={"theme": "eau", "funder": "région", "place": "SN"}).text) == 5
    body = staff.get(where + "export.csv", query_string={"place": "CN-SC"}).data.decode("utf-8-sig")
    assert len(body.splitlines()) == 6
    assert "2 000,50" not in body
    assert "2000,50" in body


def test_a_file_without_a_column_leaves_what_that_column_said(staff: Any) -> None:
    take(staff, PAST)
    assert "1 projet importé" in take(staff, "Année;Titre;Structure;Montant\n2015;Projet 1;Association 1;7\n")
    body = staff.get("/equipe/portefeuille/export.csv").data.decode("utf-8-sig")
    assert next(line for line in body.splitlines() if "Projet 1;" in line).startswith(
        "2015;Projet 1;Association 1;SN;Eau;Région;7,00"
    )
    take(staff, HEAD + "2015;Projet 1;Association 1;;;;\n")
    emptied = staff.get("/equipe/portefeuille/export.csv").data.decode("utf-8-sig")
    assert "2015;Projet 1;Association 1;;;;;soutenu" in emptied, "an empty cell says that there is nothing"


def test_a_project_is_found_by_a_goal_that_its_application_names(staff: Any, jury_db: Any) -> None:
    take(staff, PAST)
    filed = add_filed(jury_db, open_call(jury_db), {"goal_1": "3", "goal_2": "6"}, {"goal_1": "4"})
    with jury_db.transaction() as session:
        for one in filed:
            reviews.accept(session, one.id, site=SITE, who=WHO, now=clock.now())
    where = "/equipe/portefeuille/"
    assert [count(staff.get(where, query_string={"goal": goal}).text) for goal in ("6", "4", "17", "")] == [1, 1, 0, 12]


def test_one_bad_line_and_nothing_is_written(staff: Any) -> None:
    page = take(staff, PAST + "l’an dernier;X;Y;;;;\n")
    assert "12 (année : quatre chiffres" in plain(page)
    assert count(page) == 0
    assert "12 (année : quatre chiffres" in plain(take(staff, PAST + "9" * 5000 + ";X;Y;;;;\n"))
    assert "au moins les colonnes" in take(staff, "a;b\n1;2\n")


def test_no_cell_becomes_a_formula(staff: Any) -> None:
    take(staff, HEAD + '2015;"=HYPERLINK(""http://x"")";@x;SN;+1;-2;\n')
    body = staff.get("/equipe/portefeuille/export.csv").text
    assert "'=HYPERLINK" in body
    assert all(f";'{sign}" in body for sign in "@+-")
    workbook = zipfile.ZipFile(io.BytesIO(staff.get("/equipe/portefeuille/export.xlsx").data))
    sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=HYPERLINK" in sheet
    assert workbook.testzip() is None


def test_a_workbook_comes_back_as_it_was_written(staff: Any) -> None:
    take(staff, PAST)
    first = staff.get("/equipe/portefeuille/export.xlsx").data
    sent = {"file": (io.BytesIO(first), "portefeuille.xlsx")}
    page = staff.post("/equipe/portefeuille/import", data=sent, follow_redirects=True).text
    assert "10 projets importés" in page.replace("\u202f", " ")
    assert staff.get("/equipe/portefeuille/export.xlsx").data == first


def test_a_workbook_of_a_spreadsheet_program_is_read_and_a_bad_one_refused() -> None:
    shared = "".join(f"<si><t>{text}</t></si>" for text in ("Année", "Titre", "Structure"))
    shared += "<si><r><t>De l’</t></r><r><t>eau</t></r></si>"
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = (
        '<row><c r="A1" t="s"><v>0</v></c><c r="C1" t="s"><v>1</v></c><c r="D1" t="s"><v>2</v></c></row>'
        '<row><c r="A2"><v>2015</v></c><c r="C2" t="s"><v>3</v></c><c r="D2" t="inlineStr"><is><t>X</t></is></c></row>'
    )

    def packed(sheet: str) -> bytes:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{shared}</sst>')
            archive.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}">{sheet}</worksheet>')
        return data.getvalue()

    read = portfolio_files.read(packed(f"<sheetData>{rows}</sheetData>"))
    assert [(one["year"], one["title"], one["structure"]) for one in read.rows] == [(2015, "De l’eau", "X")]
    for bad in ("<sheetData><row><c t='s'><v>9</v></c></row></sheetData>", "<sheetData>", "<!DOCTYPE x><sheetData/>"):
        with pytest.raises(Unreadable, match="ni un CSV"):
            portfolio_files.read(packed(bad))
    assert workbooks.table(workbooks.written("x", [[workbooks.Cents(500_001), 3, "=A1"]])) == [["5000.01", "3", "=A1"]]


def test_an_auditor_reads_and_imports_nothing(jury_client: Any, sign_in: Callable[..., Any]) -> None:
    sign_in(jury_client, "auditor")
    assert jury_client.get("/equipe/portefeuille/").status_code == 200
    assert jury_client.post("/equipe/portefeuille/import").status_code == 403
