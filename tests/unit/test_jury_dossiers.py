"""The list of applications: how words are found and what the counts of the filters say."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from services.jury.dossiers import Dossier, Wanted, ordered, search
from services.jury.texts import fold

AT = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
WATER = Dossier(
    id=uuid.UUID(int=1),
    reference="ABC2345",
    standing="filed",
    title="De l’eau à Évry",
    structure="Œuvre des puits",
    bearer="Léa Rakotondrainibé",
    place="MG",
    theme="Eau",
    goals=("6", "3"),
    requested=1_500_000,
    filed_at=AT,
)
SCHOOL = replace(WATER, id=uuid.UUID(int=2), standing="accepted", place="CN-SC", theme="École", goals=("4",))
SECOND = replace(WATER, id=uuid.UUID(int=3), theme="eau ", requested=5)


@pytest.mark.parametrize("words", ["evry", "EAU", "oeuvre puits", "rakoto", "abc23", "puits Évry", "l'eau", ""])
def test_words_are_found_without_their_accents(words: str) -> None:
    assert search([WATER], Wanted(words=words)).lines == [WATER]


@pytest.mark.parametrize("words", ["vry", "eau forage", "BC2345"])
def test_a_word_that_begins_no_word_is_not_found(words: str) -> None:
    assert search([WATER], Wanted(words=words)).lines == []


def test_a_filter_counts_what_it_would_leave_with_the_others_kept() -> None:
    found = search([WATER, SCHOOL, SECOND], Wanted(state="filed", theme="EAU"))
    assert found.lines == [WATER, SECOND]
    assert found.counts["state"] == {"filed": 2}, "with the theme kept, nothing is accepted"
    assert found.counts["theme"] == {"eau": 2}
    assert found.counts["goal"] == {"6": 2, "3": 2}
    assert search([WATER, SCHOOL, SECOND], Wanted(goal="3")).counts["goal"] == {"6": 2, "3": 2, "4": 1}


def test_a_country_holds_its_parts() -> None:
    assert search([WATER, SCHOOL], Wanted(place="CN")).lines == [SCHOOL]
    assert search([WATER, SCHOOL], Wanted()).counts["place"] == {"MG": 1, "CN": 1, "CN-SC": 1}


def test_the_largest_request_comes_first_when_asked() -> None:
    assert ordered([SECOND, WATER], "requested", descending=True) == [WATER, SECOND]


def test_signs_and_ligatures_fold() -> None:
    assert fold("L’Œuvre  d’Évry_sur-Seine, n° 2") == "l oeuvre d evry sur seine n 2"
