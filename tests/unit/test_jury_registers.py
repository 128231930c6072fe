"""The numbers under which France registers who applies."""

from __future__ import annotations

import pytest

from services.jury import application_rules as rules
from services.jury import registers
from services.jury.funding_presets import COOPDEV
from tests.jury_applications import COMPLETE

HELD = ["statuts", "budget", "partenaire"]


def codes(change: dict[str, str], **rulebook: bool) -> list[tuple[str, str]]:
    return [(one.field, one.code) for one in rules.problems(COMPLETE | change, HELD, COOPDEV | rulebook)]


@pytest.mark.parametrize("number", ["73282932000074", "732 829 320 00074", "732.829.320.00074", "35600000049837"])
def test_a_siret_is_read_however_it_is_spaced(number: str) -> None:
    assert registers.is_siret(number)


@pytest.mark.parametrize(
    "number", ["73282932000075", "7328293200007", "732829320000740", "0" * 14, "", "٧" * 14, "W" * 14]
)
def test_a_siret_with_a_wrong_digit_is_not_one(number: str) -> None:
    assert not registers.is_siret(number)


@pytest.mark.parametrize(
    ("number", "good"),
    [("W313012345", True), ("w 2A1 001234", True), ("W9C1001234", True), ("313012345", False), ("W31301234", False)],
)
def test_an_rna_has_a_prefecture_and_six_digits(number: str, good: bool) -> None:
    assert registers.is_rna(number) is good


def test_a_wrong_number_stops_the_filing_and_no_rna_does_not() -> None:
    assert codes({}) == []
    assert codes({"siret": "732 829 320 00075"}) == [("siret", "siret")]
    assert codes({"siret": ""}) == [("siret", "missing")]
    assert codes({"rna": "W1"}) == [("rna", "rna")]
    assert codes({"women": "1 200", "men": "beaucoup"}) == [("men", "number")]
    assert codes({"resources": "beaucoup"}) == [("resources", "amount")]


def test_an_association_commits_itself_and_an_authority_need_not() -> None:
    assert codes({"commitment": ""}) == [("commitment", "commitment")]
    assert codes({"commitment": "", "legal_form": "authority"}) == []
    assert codes({"commitment": ""}, commitment=False) == [], "a private funder does not ask for it"


def test_of_a_blind_round_nothing_new_says_who_bears_the_project() -> None:
    told = {"people": "40 adhérents", "resources": "80 000", "past_support": "Région, 2016", "risks": "La pluie."}
    content = COMPLETE | told | {"representative": "Anne Roux", "authority_contact": "M. Keo"}
    assert {"representative", "siret", "authority_contact"}.isdisjoint(rules.read_by_jurors(content, blind=False))
    shown = rules.read_by_jurors(content, blind=True)
    assert {"people", "resources", "past_support"}.isdisjoint(shown)
    assert shown["risks"] == "La pluie."
