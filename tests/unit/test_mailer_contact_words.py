"""What spreadsheets hold, as stable words."""

from __future__ import annotations

import pytest

from services.mailer import contact_files, contact_words


@pytest.mark.parametrize(
    ("typed", "code"),
    [("31", "31"), ("9", "09"), ("09", "09"), ("31 – Haute-Garonne", "31"), ("31000", "31"), ("2a", "2A"),
     ("20090", "2A"), ("20200", "2B"), ("974", "974"), ("97410", "974"), ("", ""), ("20", ""), ("99", ""),
     ("975", ""), ("Haute-Garonne", ""), ("310", ""), ("00", ""), ("31A", "")],
)  # fmt: skip
def test_departement(typed: str, code: str) -> None:
    assert contact_words.departement(typed) == code


@pytest.mark.parametrize(
    ("typed", "kind"),
    [("Association", "association"), ("ONG", "association"), ("Collectivité territoriale", "authority"),
     ("Département", "authority"), ("Établissement public", "public"), ("Lycée agricole", "education"),
     ("acteur économique", "company"), ("person", "person"), ("Presse écrite", "media"),
     ("Médias", "media"), ("Radio associative", "media"), ("", ""), ("autre", "")],
)  # fmt: skip
def test_kind(typed: str, kind: str) -> None:
    assert contact_words.kind(typed) == kind


def test_a_file_brings_zones_departement_and_kind() -> None:
    text = "Courriel;Pays;Code postal;Type\na@b.fr;Madagascar, Sénégal;09100;mairie\nA@B.fr;Cambodge;;\n"
    sheet = contact_files.read(text.encode())
    line, twice = contact_files.plan(sheet, contact_files.guess_mapping(sheet), known=(), suppressed=())
    assert (line.values["departement"], line.values["kind"]) == ("09", "authority")
    assert line.zones == ("Madagascar", "Sénégal", "Cambodge")
    assert twice.outcome == "duplicate"
