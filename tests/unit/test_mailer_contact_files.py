"""Contact files: three encodings, three separators, and what is not a list is refused with a reason."""

from __future__ import annotations

import codecs
import random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from services.mailer.contact_files import (
    OUTCOMES,
    FileRefused,
    count,
    guess_mapping,
    other_addresses,
    plan,
    read,
    split_topics,
)

TEXT = "Courriel;Prénom;Nom;Structure;Sujets\nzoe@asso.example;Zoé;L’Hôte;Eau;santé, eau\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
def test_encoding(encoding: str) -> None:
    sheet = read(TEXT.encode(encoding))
    assert sheet.titles == ("Courriel", "Prénom", "Nom", "Structure", "Sujets")
    assert [row.cells for row in sheet.rows] == [("zoe@asso.example", "Zoé", "L’Hôte", "Eau", "santé, eau")]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_delimiter(delimiter: str) -> None:
    rows = ["mail{0}nom", '"zoe@asso.example"{0}"Hôte; {0} fille"', "paul@asso.example{0}Paul"]
    text = "\n".join(rows).format(delimiter)
    sheet = read(text.encode())
    assert sheet.delimiter == delimiter
    assert sheet.rows[0].cells[0] == "zoe@asso.example"
    assert sheet.width == 2


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (
            "E-mail;PRÉNOM;nom de famille;Organisme;Thématiques",
            {"email": 0, "first_name": 1, "last_name": 2, "structure": 3, "topics": 4},
        ),
        ("Nom,Adresse électronique,First name", {"last_name": 0, "email": 1, "first_name": 2}),
        ("x;y", {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_title(titles: str, expected: dict[str, int]) -> None:
    sheet = read((titles + "\n" + "a;b;c;d;e\n").encode())
    assert guess_mapping(sheet) == expected


def test_addresses_are_found_without_titles() -> None:
    sheet = read(b"Paul;Eau;paul@asso.example\nZoe;Sel;zoe@asso.example\n")
    assert (sheet.titles, guess_mapping(sheet)) == ((), {"email": 2})


def test_a_column_called_adresse_that_holds_streets_is_not_taken_for_addresses() -> None:
    sheet = read(b"Adresse;Contact\n3 rue Haute;zoe@asso.example\n")
    assert guess_mapping(sheet) == {"email": 1}


def test_titles_are_found_below_a_heading() -> None:
    sheet = read(
        "Adhérents 2016;;\n\nCoordonnées;;Structure\nCourriel;Prénom;Pays\nzoe@asso.example;Zoé;Mali\n".encode()
    )
    assert (sheet.title_line, sheet.titles, len(sheet.rows)) == (4, ("Courriel", "Prénom", "Pays"), 1)
    assert guess_mapping(sheet) == {"email": 0, "first_name": 1, "zones": 2}


def test_nobody_without_an_address_is_taken_for_a_heading() -> None:
    sheet = read("Nom;Où écrire\nPaul;\nMail;\nZoé;zoe@asso.example\nCourriel;\n".encode())
    assert (sheet.title_line, [row.line for row in sheet.rows]) == (3, [4, 5])
    sheet = read("Nom;Où écrire\nPaul;\nZoé;zoe@asso.example\nCourriel;\n".encode())
    assert (sheet.title_line, [row.line for row in sheet.rows]) == (0, [2, 3, 4])


def test_a_second_column_of_addresses_is_told() -> None:
    sheet = read(b"Courriel;Nom;Courriel 2;Compte\nzoe@asso.example;Zoe;zoe@perso.example;@zoe\n")
    assert other_addresses(sheet, guess_mapping(sheet)) == [2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "empty"),
        (b"mail;nom\n", "only-titles"),
        (b"PK\x03\x04 rest of a workbook", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 old workbook", "spreadsheet"),
        (b"%PDF-1.7", "pdf"),
        (b"\x89PNG\r\n", "picture"),
        (b"mail\nzoe@asso.example\x00\n", "binary"),
        (b"mail\n\x01\x02\x03", "binary"),
        (bytes(range(256)) * 20, "binary"),
        (b"mail\n\x81\x8d\x8f", "encoding"),
        (codecs.BOM_UTF8 + b"\xff\xfe", "encoding"),
        (b'mail\n"' + b"x" * 200_000, "cell-too-long"),
        (b";".join([b"a@b.example"] * 90), "too-many-columns"),
        (b"x" * 5_000_001, "too-large"),
        (b"a@b.example\n" * 50_002, "too-many-rows"),
    ],
)
def test_what_is_not_a_list_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(content)
    assert refusal.value.reason == reason


def test_outcomes_of_lines() -> None:
    text = (
        "mail;nom;structure\n"
        "Zoe@Asso.example;Hôte;\n"
        " ZOE@asso.EXAMPLE ;;Eau\n"
        "connu@asso.example;Connu;\n"
        "parti@asso.example;Parti;\n"
        "sans-arobase;Perdu;\n"
    )
    sheet = read(text.encode())
    lines = plan(sheet, guess_mapping(sheet), known={"connu@asso.example"}, suppressed={"parti@asso.example"})
    assert [(line.line, line.outcome, line.reason, line.of) for line in lines] == [
        (2, "new", "", 0),
        (3, "duplicate", "", 2),
        (4, "known", "", 0),
        (5, "suppressed", "", 0),
        (6, "invalid", "no-at", 0),
    ]
    assert (lines[0].values["last_name"], lines[0].values["structure"]) == ("Hôte", "Eau")


@given(st.data())
def test_repeating_and_shouting_adds_nobody(data: st.DataObject) -> None:
    people = data.draw(st.lists(st.from_regex(r"[a-z]{1,6}@[a-z]{2,5}\.fr", fullmatch=True), min_size=1, unique=True))
    repeats = data.draw(st.lists(st.sampled_from(people), max_size=10))
    rows = people + [person.upper() for person in repeats]
    random.Random(len(rows)).shuffle(rows)
    sheet = read(("mail\n" + "\n".join(f"  {row} " for row in rows)).encode())
    lines = plan(sheet, guess_mapping(sheet), known=people[:1], suppressed=people[1:2])
    counts = count(lines)
    assert sum(counts.values()) == len(rows)
    assert set(counts) == set(OUTCOMES)
    assert counts["new"] + counts["known"] + counts["suppressed"] == len(people)
    assert {line.key for line in lines} == set(people)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        sheet = read(content)
    except FileRefused as refusal:
        event(refusal.reason)
        return
    lines = plan(sheet, guess_mapping(sheet), known=(), suppressed=())
    assert len(lines) == len(sheet.rows)


def test_topics() -> None:
    assert split_topics(" eau ; santé/eau|  l’école  rurale,,") == ("eau", "santé", "l’école rurale")
