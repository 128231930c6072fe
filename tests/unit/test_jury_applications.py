"""What an application must hold, how two people's typing is merged, and what an attached file really is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury import application_rules as rules
from services.jury import budget, papers
from services.jury.funding_presets import COOPDEV
from tests.jury_applications import COMPLETE

HELD = ["statuts", "budget", "partenaire"]


def codes(change: dict[str, str], held: list[str] = HELD) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in rules.problems(COMPLETE | change, held, COOPDEV)]


def test_a_complete_application_may_be_filed_without_the_letter() -> None:
    assert codes({}) == []
    assert rules.awaited(HELD, COOPDEV) == ["lettre"]
    assert codes({}, ["statuts", "budget"]) == [("paper_partenaire", "paper")]


def test_ceilings_stop_the_filing_with_the_figure() -> None:
    over = rules.problems(
        COMPLETE | {"request_1": "5 000,01", "income_amount_1": "10 000", "expense_amount_1": "25000,01"}, HELD, COOPDEV
    )
    assert [(one.code, one.allowed, one.asked) for one in over] == [
        ("per_year", 500_000, 500_001),
        ("per_project", 1_500_000, 1_500_001),
    ]
    fourth = {"request_4": "1000", "request_1": "4000"}
    assert codes(fourth) == [("request_1", "years")]


def test_the_budget_must_balance_and_help_in_kind_stands_apart() -> None:
    assert codes({"income_amount_1": "4999,99"}) == [("expense_amount_1", "balance")]
    assert budget.of(COMPLETE).gap == 0
    assert codes({"kind_amount_1": "99999"}) == []
    assert codes({"expense_amount_2": "beaucoup"}) == [("expense_amount_2", "amount")]


words = st.sampled_from(["", "a", "b", "c"])
drafts = st.fixed_dictionaries(dict.fromkeys(("title", "need", "summary"), words))


@given(drafts, drafts, drafts)
def test_no_typing_is_lost(base: dict[str, str], theirs: dict[str, str], mine: dict[str, str]) -> None:
    merged, left = rules.merge(base, theirs, mine)
    for name in base:
        if mine[name] != base[name]:
            assert mine[name] in (merged[name], left.get(name))
        if theirs[name] != base[name]:
            assert merged[name] == theirs[name]


def packed(**files: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return data.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
ODT = {"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<o/>"}


@pytest.mark.parametrize(
    ("data", "type"),
    [
        (b"%PDF-1.7\n...\n%%EOF\n", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (packed(**ODT), "application/vnd.oasis.opendocument.text"),
        (packed(**DOCX), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_a_document_is_known_by_its_bytes(data: bytes, type: str) -> None:
    assert papers.media_type(data) == type


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MZ\x90\x00",
        b"<html><script>",
        b"%PDF-1.7 cut",
        packed(a=b"x"),
        packed(**DOCX)[:40],
        packed(**DOCX, **{"word/vbaProject.bin": b"x"}),
        packed(**DOCX, bomb=b"\0" * 30_000_000),
        b"%PDF-1.7" + b"0" * 10_000_000 + b"%%EOF",
    ],
    ids=["empty", "exe", "html", "cut pdf", "zip", "cut zip", "macros", "bomb", "too big"],
)
def test_what_is_no_document_or_could_do_harm_is_refused(data: bytes) -> None:
    with pytest.raises(papers.Refused):
        papers.media_type(data)


def test_bytes_are_kept_under_their_digest_and_names_never_lead_out(tmp_path: Path) -> None:
    digest = papers.store(tmp_path, b"hello")
    assert papers.path_of(tmp_path, digest).read_bytes() == b"hello"
    assert papers.store(tmp_path, b"hello") == digest
    assert len([p for p in tmp_path.rglob("*") if p.is_file()]) == 1
    with pytest.raises(ValueError, match="digest"):
        papers.path_of(tmp_path, "../../etc/passwd")
    assert papers.shown_name("../..\\x/sta\r\ntuts;.pdf") == "statuts.pdf"
