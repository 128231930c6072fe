"""What a juror knows is met whether it was typed as a name or as a code."""

from __future__ import annotations

import pytest

from services.jury.affinity import affinity
from services.jury.place_names import codes


@pytest.mark.parametrize(
    ("known", "place", "found"),
    [
        ("KH", "KH", 0.5),
        ("Cambodge, sénégal", "KH", 0.5),
        ("Brazil; Sichuan", "CN-SC", 0.5),
        ("chine", "CN-SC", 0.5),
        ("Sichuan", "CN-YN", 0.0),
        ("Atlantide", "KH", 0.0),
        ("", "KH", 0.0),
    ],
)
def test_a_country_is_met_by_its_name_or_its_code(known: str, place: str, found: float) -> None:
    assert affinity("", known, "Des puits", place) == found


def test_half_for_the_country_and_half_for_a_theme() -> None:
    assert affinity("eau, écoles", "Cambodge", "De l’eau à Battambang", "KH") == 1.0
    assert codes("Sénégal, MG") == {"SN", "MG"}
