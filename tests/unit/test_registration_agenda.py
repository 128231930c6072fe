"""Where a meeting is, by its postcode; what it is about, each word once."""

from __future__ import annotations

import pytest

from services.registration.rules import agenda


@pytest.mark.parametrize(("address", "code"), [
    ("1 place de la Mairie, 31000 Toulouse", "31"), ("09000 Foix", "09"), ("20000 Ajaccio", "2A"),
    ("20600 Bastia", "2B"), ("97400 Saint-Denis", "974"), ("Salle 12345, 65000 Tarbes", "65"),
    ("Toulouse", ""), ("tél. 0561000000", ""), ("", ""),
])  # fmt: skip
def test_the_postcode_says_the_departement(address: str, code: str) -> None:
    assert agenda.department(address) == code


def test_a_tag_is_kept_once_however_it_is_spelt() -> None:
    assert agenda.tags(" Mobilité,eau ;; MOBILITE\n  climat  ") == ["Mobilité", "eau", "climat"]
    assert agenda.tags(" , ") == []


def test_what_is_wanted_is_both_the_place_and_the_subject() -> None:
    assert agenda.Wanted("31", "mobilite").takes(["31", "34"], ["Mobilité"])
    assert not agenda.Wanted("31", "eau").takes(["31"], ["Mobilité"])
    assert agenda.ANY.takes([], [])
