"""Exports: what a person typed never becomes a formula in somebody's spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.mailer.exports import csv_bytes, safe


@pytest.mark.parametrize("cell", ["=1+1", "+33 5", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "＝1"])
def test_formulas_become_text(cell: str) -> None:
    assert safe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["Zoé", "l’eau = la vie", "a@b.fr", "", 12])
def test_words_stay(cell: object) -> None:
    assert safe(cell) == str(cell)


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2, max_size=2)))
def test_no_cell_begins_a_formula(rows: list[list[str]]) -> None:
    content = csv_bytes(["=titre", "b"], rows).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))
    assert len(read) == len(rows) + 1
    assert not [cell for row in read for cell in row if cell.lstrip(" ")[:1] in tuple("=+-@\t\r") and cell.strip(" ")]
