"""Files for spreadsheets: what a person typed never becomes a formula in somebody's spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.csv_files import as_typed, safe, streamed
from shared.workbooks import Cents


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33 5", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1", "\u00a0=1"]
)
def test_formulas_become_text(cell: str) -> None:
    assert safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["Zoé", "l’eau = la vie", "a@b.fr", "3 = 3", ""])
def test_words_stay(cell: str) -> None:
    assert safe(cell) == as_typed(cell) == cell


@pytest.mark.parametrize("cell", ["=1+1", "+33 5", "'avance", "’t"])
def test_a_file_that_comes_back_says_what_was_typed(cell: str) -> None:
    assert as_typed(safe(cell)) == cell


def test_numbers_are_no_formulas_and_sums_have_their_cents() -> None:
    written = "".join(streamed([[2015, -2, Cents(500_001), None]]))
    assert written == "\ufeff2015;-2;5000,01;\r\n"


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_no_cell_begins_a_formula(rows: list[list[str]]) -> None:
    content = "".join(streamed([["=titre", "b"], *rows])).removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert len(read) == len(rows) + 1
    assert not [cell for row in read for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r") and cell.strip(" ")]
