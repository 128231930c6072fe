"""The portfolio's files as people keep them in a spreadsheet: titles above, dates, names of countries, notes beside."""

from __future__ import annotations

import html
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape

import pytest

from services.jury import portfolio_files, queries
from services.jury.models import Award, Call, Pot
from services.jury.project_import import Unreadable
from services.jury.use_cases import reviews
from shared import clock
from tests.jury_dossiers import SITE, WHO, add_filed, open_call

HEAD = "Année;Titre;Structure;Zone;Montant;Statut\n"
WHERE = "/equipe/portefeuille/"


@pytest.fixture
def staff(jury_client: Any, sign_in: Callable[..., Any]) -> Any:
    sign_in(jury_client, "secretary")
    return jury_client


def send(client: Any, data: bytes, name: str = "2015.csv") -> str:
    answer = client.post(f"{WHERE}import", data={"file": (io.BytesIO(data), name)}, follow_redirects=True)
    assert answer.status_code == 200
    return html.unescape(answer.text).replace("\u202f", " ").replace("\xa0", " ")


def workbook(rows: dict[int, Sequence[str]]) -> bytes:
    """As a spreadsheet writes it: empty rows are not there; cells are XML, or texts."""

    def cell(at: int, column: int, value: str) -> str:
        where = f"{'ABCDEFGH'[column]}{at}"
        inline = f'<c r="{where}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        return value.replace("<c", f'<c r="{where}"', 1) if value.startswith("<c") else inline if value else ""

    lines = (
        f'<row r="{at}">{"".join(cell(at, column, value) for column, value in enumerate(values))}</row>'
        for at, values in rows.items()
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        sheet = f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>'
        archive.writestr("xl/worksheets/sheet1.xml", sheet)
    return data.getvalue()


def number(value: str) -> str:
    return f"<c><v>{value}</v></c>"


def formula(value: str) -> str:
    return f"<c><f>B4+1</f><v>{value}</v></c>"


HEADINGS = ("Année", "Titre du projet", "Projet", "Association", "Pays", "Montant accordé")


def test_a_workbook_with_a_title_dates_formulas_and_empty_rows_is_read() -> None:
    data = workbook(
        {
            1: ["Nos projets soutenus, 2014–2016"],
            3: HEADINGS,
            4: [number("42005"), "", "Eau  à Battambang", "Coop d’Oc", "Cambodge", number("5000.1")],
            7: [number("2016"), "", unicodedata.normalize("NFD", "Écoles\nd’Antsirabe"), "X", "mg", formula("1500.5")],
            8: ["01/09/2014", "", "Mil", "Y", "Chine – Sichuan", ""],
            9: ["", "", "", "", "", ""],
            10: ["<c t='d'><v>2013-09-01T00:00:00</v></c>", "", "Lumière", "Z", "", ""],
        }
    )
    read = portfolio_files.read(data)
    assert read.problems == []
    assert [(one["year"], one["title"], one["place"], one["cents"]) for one in read.rows] == [
        (2015, "Eau  à Battambang", "KH", 500_010),
        (2016, "Écoles d’Antsirabe", "MG", 150_050),
        (2014, "Mil", "CN-SC", None),
        (2013, "Lumière", "", None),
    ]


def test_what_is_wrong_is_told_by_the_numbers_that_the_spreadsheet_shows() -> None:
    long = "x" * 301
    data = workbook(
        {
            2: HEADINGS,
            5: ["l’an dernier", "", "A", "B", "Atlantide", "cinq mille"],
            6: [number("2015"), "", "", long, "Sénégal, Mali", number("-5")],
            9: [number("2015"), "", "A_x0000_B", "C", "", number("333.333333")],
        }
    )
    assert [(at, str(why).partition(" :")[0]) for at, why in portfolio_files.read(data).problems] == [
        *((5, name) for name in ("année", "zone", "montant")),
        *((6, name) for name in ("titre", "structure", "zone", "montant")),
        *((9, name) for name in ("titre", "montant")),
    ]


def test_a_character_that_no_database_keeps_is_refused_and_no_fault(staff: Any) -> None:
    for name, data in (
        ("NUL.xlsx", workbook({1: HEADINGS, 2: [number("2015"), "", "A_x0000_", "B", "", ""]})),
        ("NUL.csv", (HEAD + "2015;A\x00;B;;;\n").encode("utf-16")),
        ("half.xlsx", workbook({1: HEADINGS, 2: [number("2015"), "", "A_xD800_", "B", "", ""]})),
    ):
        assert "Rien n’est importé. Lignes à corriger : 2 (titre :" in send(staff, data, name), name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "est vide"),
        (b"%PDF-1.7\n", "pas un texte"),
        (b"\x89PNG\r\n\x1a\n\x00", "pas un texte"),
        (b"PK\x03\x04 no archive", "ni un CSV"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "classeur"),
        (b"a;b\n1;2\n", "au moins les colonnes"),
        (b'Ann\xc3\xa9e;Titre;Structure\n2015;"' + b"x" * 200_000, "ni un CSV"),
        (HEAD.encode() + b"2015;x;y;;;\n" * 10_001, "plus de 10000 lignes"),
        (HEAD.encode() + b"2015;x;y;;;\n" * 10_020 + b'2015;"' + b"not read " * 20_000, "plus de 10000 lignes"),
        (b"x" * 2_000_001, "dépasse 2000 Ko"),
    ],
)
def test_a_wrong_file_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        portfolio_files.read(data)


def test_a_status_is_read_as_people_write_it_and_an_unknown_one_is_asked_about(staff: Any) -> None:
    told = send(
        staff, (HEAD + "2015;A;X;;;Soutenu\n2015;B;X;;;Non retenu\n2015;C;X;;;\n2015;D;X;;;SOUTENU \n").encode()
    )
    assert "3 projets importés. 1 ligne laissée : son statut n’est pas « soutenu »." in told
    assert "2 (statut : soutenu, demandé" in send(staff, (HEAD + "2015;A;X;;;en cours\n").encode())


def test_a_line_that_stands_twice_or_is_shifted_is_shown(staff: Any) -> None:
    told = send(staff, (HEAD + "2015;A;X;;100;\n2015;A;X;;200;\n2015;Eau ; école;Y;SN;5;soutenu;\n").encode())
    assert "3 (la même année, le même titre et la même structure qu’à la ligne 2)" in told
    shifted = send(staff, (HEAD + "2015;Eau ; école;Y;SN;5;soutenu\n").encode())
    assert "un séparateur se trouve dans un texte sans guillemets" in shifted
    assert "Aucun projet ici" in shifted


def supported(db: Any) -> None:
    """A call of this house that helped one project and refused another."""
    call_id = open_call(db)
    one, other = add_filed(db, call_id, {"title": "Puits de Kayes"}, {"title": "Autre"})
    with db.transaction() as session:
        projects = [reviews.accept(session, it.id, site=SITE, who=WHO, now=clock.now()) for it in (one, other)]
        this, now = queries.newest_round(session, call_id), clock.now()
        envelope = session.get_one(Call, call_id).rulebook["envelopes"][0]["id"]
        pot = Pot(round_id=this.id, envelope_id=envelope, envelope=800_000, created_at=now, decided_at=now)
        session.add(pot)
        session.flush()
        for rank, (project, cents) in enumerate(zip(projects, (500_000, 0), strict=True), start=1):
            state = "awarded" if cents else "refused"
            held = {"amount": cents, "year_1": cents, "year_2": 0, "year_3": 0, "changed_at": now}
            session.add(Award(pot_id=pot.id, project_id=project.id, asked=500_000, rank=rank, state=state, **held))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_was_exported_comes_back_unchanged_calls_of_this_house_included(
    staff: Any, jury_db: Any, kind: str
) -> None:
    supported(jury_db)
    send(staff, (HEAD + "2015;Mil de Casamance;X;SN;5000,50;\n2015;'=1+1;« Y » ;CN-SC;;\n").encode())
    before = staff.get(f"{WHERE}export.{kind}").data
    told = send(staff, before, f"portefeuille.{kind}")
    assert "2 projets importés. 1 projet d’un appel d’ici reste tel qu’il est. 1 ligne laissée" in told
    assert staff.get(f"{WHERE}export.{kind}").data == before


def test_two_thousand_lines_are_read_and_shown(staff: Any) -> None:
    lines = "".join(f"{2000 + n % 17};Projet {n};Association {n % 90};Sénégal;{n},50;soutenu\n" for n in range(2000))
    assert "2000 projets importés" in send(staff, (HEAD + lines).encode())
    assert len(staff.get(f"{WHERE}export.csv").data.splitlines()) == 2001
    first, last, beyond = (staff.get(WHERE, query_string={"page": page}).text for page in ("", 20, "9" * 30))
    assert [page.count('<th scope="row">') for page in (first, last, beyond)] == [100, 100, 100]
    assert "Page 20 sur 20" in last
    titles = [re.findall(r'<th scope="row"><div>([^<]*)', page) for page in (first, last, beyond)]
    assert titles[0] != titles[1] == titles[2]
