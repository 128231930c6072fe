"""A CSV of projects: what people send, and what nobody should."""

from __future__ import annotations

import csv as csv_module
import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury import csv_tables, juror_import, portfolio_files
from services.jury.project_import import LIMIT_BYTES, Unreadable, read
from shared.contracts.parts import Person

HEAD = "Numéro;Titre du projet;Structure;Prénom;Nom;Courriel;Pays;Département;Résumé"


def csv(*lines: str, head: str = HEAD, encoding: str = "utf-8") -> bytes:
    return "\n".join([head, *lines]).encode(encoding)


def test_french_headings_semicolons_and_utf8() -> None:
    preview = read(csv("3;Mil de Casamance;Asso Mil;Léa;Bories;lea@mil.example;SN;9;Une filière."))
    (row,) = preview.rows
    assert row.number == 3
    assert row.fields == {
        "title": "Mil de Casamance",
        "structure": "Asso Mil",
        "bearer_first_name": "Léa",
        "bearer_last_name": "Bories",
        "bearer_email": "lea@mil.example",
        "country": "SN",
        "department": "09",
        "summary": "Une filière.",
    }
    assert (preview.encoding, preview.separator) == ("UTF-8", ";")


@pytest.mark.parametrize(
    ("encoding", "told"), [("cp1252", "Windows-1252"), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16")]
)
def test_other_encodings(encoding: str, told: str) -> None:
    preview = read(csv("1;Énergie à Thiès;A;É;B;a@b.example;sn;31;", encoding=encoding))
    assert preview.encoding == told
    assert preview.rows[0].fields["title"] == "Énergie à Thiès"
    assert preview.rows[0].fields["country"] == "SN"


def test_commas_quotes_columns_in_any_order_and_unknown_ones() -> None:
    preview = read(b'Couleur,EMAIL,titre,Association\nbleu,a@b.example,"Eau, puits",A\n')
    assert preview.separator == ","
    assert preview.ignored == ("Couleur",)
    assert preview.rows[0].number is None
    assert preview.rows[0].fields["title"] == "Eau, puits"
    assert "country" not in preview.rows[0].fields


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("1;;A;;;a@b.example;;;", "titre : manque"),
        ("1;T;;;;a@b.example;;;", "structure : manque"),
        ("1;T;A;;;nobody;;;", "courriel : adresse incomplète"),
        ("1;T;A;;;a@b.example;Sénégal;;", "pays"),
        ("1;T;A;;;a@b.example;;99;", "département"),
        ("0;T;A;;;a@b.example;;;", "numéro"),
        ("dix;T;A;;;a@b.example;;;", "numéro"),
        ("²;T;A;;;a@b.example;;;", "numéro"),
        ("1;" + "T" * 10_000 + ";A;;;a@b.example;;;", "titre : plus de 200 caractères"),
        ("1;T\x07;A;;;a@b.example;;;", "caractère invisible"),
        ('1;"T\nBcc: x@y.example";A;;;a@b.example;;;', "retour à la ligne"),
        ("1;T;A;;;a@b.\x0bexample;;;", "courriel"),
        ("1;T;A;;;a@b.example;;;;;", "séparateur"),
    ],
)
def test_a_line_is_refused_with_its_reason_and_the_others_stay(line: str, problem: str) -> None:
    preview = read(csv(line, "2;Bon;A;;;a@b.example;;;"))
    assert [row.fields["title"] for row in preview.rows] == ["Bon"]
    (refused,) = preview.refused
    assert any(problem in words for words in refused.problems)


def test_a_number_twice_is_refused_the_second_time() -> None:
    preview = read(csv("1;A;A;;;a@b.example;;;", "1;B;B;;;b@b.example;;;"))
    assert [line.at for line in preview.refused] == [3]


def test_a_sheet_region_is_a_zone() -> None:
    assert read(csv("1;T;A;;;a@b.example;CN-SC;;")).rows[0].fields["country"] == "CN-SC"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "vide"),
        (b"   \n", "vide"),
        (b"PK\x03\x04rest", "classeur"),
        (b"\xd0\xcf\x11\xe0rest", "classeur"),
        (b"%PDF-1.7", "pas un texte"),
        (b"a\x00b", "pas un texte"),
        (b"\xff\xfea", "encodage"),
        (b"x\x81;\x8d", "encodage"),
        (b"x" * (LIMIT_BYTES + 1), "dépasse"),
        (b"Titre;Structure\nT;S\n", "courriel"),
        (HEAD.encode(), "aucune ligne"),
        (csv(*["1;T;A;;;a@b.example;;;"] * 1001), "1000 lignes"),
        (HEAD.encode() + b'\n1;"' + b"x" * 140_000, "guillemets"),
    ],
)
def test_a_file_that_is_no_such_file_is_refused_in_words(data: bytes, word: str) -> None:
    with pytest.raises(Unreadable, match=word):
        read(data)


@pytest.mark.parametrize(
    ("read", "titles"),
    [
        (read, HEAD),
        (juror_import.read, "prenom;nom"),
        (portfolio_files.read, "annee;titre;structure"),
        (lambda data: csv_tables.read(data, ("project", "juror")), "project;juror"),
    ],
)
def test_hundreds_of_columns_are_refused_before_anybody_looks_at_them(
    read: Callable[[bytes], object], titles: str
) -> None:
    wide = (titles + ";titre" * 20_000 + "\n").encode()
    with pytest.raises((Unreadable, csv_tables.Unreadable), match=r"a plus de .* colonnes"):
        read(wide + wide)


TYPED = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


@given(st.one_of(st.emails(), st.text(TYPED, max_size=40).map(lambda text: text + "@b.example")))
def test_an_address_that_is_taken_can_be_announced(email: str) -> None:
    content = io.StringIO()
    csv_module.writer(content).writerows([["Titre", "Structure", "Courriel"], ["T", "S", email]])
    for row in read(content.getvalue().encode()).rows:
        Person().load({"first_name": "", "last_name": "", "email": row.fields["bearer_email"]})


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for candidate in (data, HEAD.encode() + b"\n" + data):
        try:
            preview = read(candidate)
        except Unreadable:
            continue
        assert len(preview.rows) + len(preview.refused) == len(preview.lines)


@pytest.mark.parametrize(("typed", "code"), [("portugais", "pt"), ("EN", "en"), ("", "")])
def test_a_language_is_read_by_its_name_or_code(typed: str, code: str) -> None:
    (row,) = read(csv(f"Mil;Asso;l@mil.example;{typed}", head="Titre;Structure;Courriel;Langue")).rows
    assert row.fields["language"] == code


@pytest.mark.parametrize("typed", ["klingon", "français et anglais"])
def test_what_is_not_one_language_is_refused(typed: str) -> None:
    (line,) = read(csv(f"Mil;Asso;l@mil.example;{typed}", head="Titre;Structure;Courriel;Langue")).refused
    assert line.problems == ("langue : une seule est attendue, comme français ou pt",)
