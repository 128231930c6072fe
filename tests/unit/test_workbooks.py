"""Workbooks from elsewhere: read as a person would read them, and refused when they are no list."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
import zipfile
from collections.abc import Callable

import pytest

from services.mailer import contact_files, contact_sheets
from services.mailer.contact_files import FileRefused
from shared import workbooks
from shared.clock import PARIS

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def packed(**parts: str) -> bytes:
    """A workbook of these parts; `sheet1` stands for xl/worksheets/sheet1.xml, `shared` for the shared texts."""
    names = {"shared": "xl/sharedStrings.xml", "book": "xl/workbook.xml", "rels": "xl/_rels/workbook.xml.rels"}
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(names.get(name, f"xl/worksheets/{name}.xml"), content)
    return data.getvalue()


def sheet(cells: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def text(words: str) -> str:
    return f'<c t="inlineStr"><is><t>{words}</t></is></c>'


def test_first_tab_that_is_shown_with_its_shared_texts_and_line_numbers() -> None:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELS}"><sheets><sheet name="Cachée" state="hidden" r:id="a"/>'
        '<sheet name="Liste" r:id="b"/></sheets></workbook>'
    )
    rels = '<Relationships><Relationship Id="a" Target="worksheets/sheet1.xml"/>'
    rels += '<Relationship Id="b" Target="/xl/worksheets/sheet7.xml"/></Relationships>'
    rows = '<row r="4"><c r="B4" t="s"><v>1</v></c><c r="D4"><v>5000.010000000001</v></c></row>'
    texts = f'<sst xmlns="{MAIN}"><si><t>non</t></si><si><r><t>Zo</t></r><r><t>é</t></r><rPh><t></t></rPh></si></sst>'
    data = packed(sheet1=sheet("<row/>"), sheet7=sheet(rows), shared=texts, book=book, rels=rels)
    assert list(workbooks.rows(data)) == [(4, ["", "Zoé", "", "5000.01"])]


def test_a_formula_is_its_value_or_itself() -> None:
    data = packed(sheet1=sheet("<row><c><f>1+1</f><v>2</v></c></row>"))
    assert list(workbooks.rows(data)) == [(1, ["2"])]
    assert list(workbooks.rows(data, formulas=True)) == [(1, ["=1+1"])]


ENTITY = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + sheet(f"<row>{text('&b;')}</row>")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda: packed(sheet1=sheet("<row/>") + " " * 60_000_000), "bomb"),
        (lambda: packed(sheet1=sheet("<row>" + "<c/>" * 2_100_000 + "</row>")), "bomb"),
        (lambda: packed(sheet1=sheet(f"<row>{text('x' * 3000)}</row>")), "cell-too-long"),
        (lambda: packed(sheet1=sheet(f"<row>{text('a@b.example')}</row>" * 50_002)), "too-many-rows"),
        (lambda: packed(sheet1=ENTITY), "spreadsheet"),
        (lambda: packed(sheet1=ENTITY.encode("utf-16").decode("latin-1")), "spreadsheet"),
        (lambda: packed(sheet1=sheet("<row>")), "spreadsheet"),
        (lambda: packed(sheet1=sheet('<row><c t="s"><v>9</v></c></row>')), "spreadsheet"),
        (lambda: packed(sheet1=sheet('<row><c t="s"><v>x</v></c></row>')), "spreadsheet"),
        (lambda: packed(notes="<x/>").replace(b"worksheets/notes", b"documents/notes."), "spreadsheet"),
        (lambda: packed(sheet1=sheet("")), "empty"),
        (lambda: packed(sheet1=sheet(f"<row>{text('Courriel')}</row>")), "only-titles"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_list_is_refused_in_a_moment(content: Callable[[], bytes], reason: str) -> None:
    data = content()
    began = time.process_time()
    with pytest.raises(FileRefused) as refusal:
        contact_sheets.read(data)
    assert refusal.value.reason == reason
    assert time.process_time() - began < 10


def test_sums_are_written_to_the_cent() -> None:
    body = workbooks.written("x", [[workbooks.Cents(500_001)]])
    assert "<v>5000.01</v>" in zipfile.ZipFile(io.BytesIO(body)).read("xl/worksheets/sheet1.xml").decode()


def test_a_workbook_cut_anywhere_is_refused_or_read_and_never_a_fault() -> None:
    whole = workbooks.written("x", [["Courriel", "Nom"], ["zoe@asso.example", "L’Hôte"]])
    for end in range(4, len(whole), 7):
        damaged = whole[:end] + bytes([whole[end] ^ 0x55]) + whole[end + 1 :]
        for content in (whole[:end], damaged):
            try:
                contact_sheets.read(content)
            except FileRefused as refusal:
                assert refusal.reason in ("spreadsheet", "bomb", "empty", "only-titles")  # noqa: PT017


def test_formulas_and_hidden_characters_stop_their_line_only() -> None:
    rows = [
        ["Courriel", "Nom", "Note"],
        ["a@asso.example", "=HYPERLINK(1)", ""],
        ["b@asso.example", "Martin_x0007_", ""],
        ["c@asso.example", "Martin\u202egro", ""],
        ["d@asso.example", "Née _x000D_\nHôte", "=unused"],
    ]
    found = contact_files.read(workbooks.written("x", rows))
    lines = contact_files.plan(found, contact_files.guess_mapping(found), known=(), suppressed=())
    assert [(line.outcome, line.reason) for line in lines] == [
        ("invalid", "formula"), ("invalid", "hidden"), ("invalid", "hidden"), ("new", ""),
    ]  # fmt: skip
    assert lines[3].values["last_name"] == "Née Hôte"


def test_an_instant_is_a_date_that_a_spreadsheet_sorts_by_as_the_wall_shows_it() -> None:
    at = dt.datetime(2016, 10, 14, 9, 30, tzinfo=PARIS)
    data = workbooks.written("Liste", [["Inscrit le", "Jour"], [at, at.date()]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        written = archive.read("xl/worksheets/sheet1.xml").decode()
        formats = archive.read("xl/styles.xml").decode()
    assert '<c s="1"><v>42657.395833333</v></c><c s="2"><v>42657</v></c>' in written
    assert [formats.index(f'numFmtId="{one}"') > 0 for one in (22, 14)] == [True, True]


def test_the_titles_stay_in_view_and_each_column_is_as_wide_as_what_stands_in_it() -> None:
    rows = [["Nom", "Adresse électronique"], ["Li", "l@example.org"], ["x" * 90, dt.date(2016, 10, 14)]]
    archive = zipfile.ZipFile(io.BytesIO(workbooks.written("x", rows)))
    written = archive.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'<col min="(\d)" max="\d" width="(\d+)"', written) == [("1", "48"), ("2", "22")]
    assert (written.count('state="frozen"'), written.count('s="3"')) == (1, 2)
    fills = archive.read("xl/styles.xml").decode()
    assert re.findall(r"<fill>(<\w+)", fills) == ["<patternFill"] * 2  # without, some readers open nothing
    assert "<cols>" not in zipfile.ZipFile(io.BytesIO(workbooks.written("x", []))).read(_SHEET).decode()


_SHEET = "xl/worksheets/sheet1.xml"
