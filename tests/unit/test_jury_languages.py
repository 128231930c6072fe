"""Which languages somebody reads, from how they write it."""

from __future__ import annotations

import pytest

from services.jury import languages


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("français, Anglais et portugais", {"fr", "en", "pt"}),
        ("FR / en", {"fr", "en"}),
        ("Portuguese;khmer", {"pt", "km"}),
        ("malgache", {"mg"}),
        ("", set()),
    ],
)
def test_names_and_codes_are_read(text: str, codes: set[str]) -> None:
    found, unknown = languages.read(text)
    assert (set(found), unknown) == (codes, ())


def test_what_is_no_language_is_named() -> None:
    assert languages.read("anglais, klingonais") == (frozenset({"en"}), ("klingonais",))


@pytest.mark.parametrize(
    ("juror", "project", "does"),
    [("", "", True), ("", "pt", False), ("en", "", False), ("fr, pt", "pt", True), ("fr, pt", "", True)],
)
def test_who_says_nothing_reads_french(juror: str, project: str, does: bool) -> None:
    assert languages.reads(juror, project) is does


def test_every_language_that_is_offered_has_a_name() -> None:
    assert all(languages.name_of(code) != code for code in languages.OFFERED)
