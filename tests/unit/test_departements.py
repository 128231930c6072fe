"""The départements that people choose from, in the three services."""

from __future__ import annotations

from services.mailer import contact_words
from services.registration.rules.choices import DEPARTMENTS
from shared.departements import FRANCE, REGION


def test_all_of_france_is_there_the_region_first() -> None:
    assert (len(FRANCE), len(set(FRANCE.values()))) == (101, 101)
    assert list(FRANCE)[: len(REGION)] == list(REGION)
    elsewhere = list(FRANCE)[len(REGION) :]
    assert elsewhere == sorted(elsewhere, key=lambda code: code.replace("A", ".1").replace("B", ".2"))
    assert all(contact_words.DEPARTEMENT.match(code) for code in FRANCE)
    assert list(DEPARTMENTS) == [*FRANCE, "other"]
    assert contact_words.named("2A") == "2A Corse-du-Sud"
