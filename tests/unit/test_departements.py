"""The départements that people choose from, in the three services, and how far one is from a meeting."""

from __future__ import annotations

import pytest

from services.mailer import contact_words
from services.registration.rules.carpool import distance
from services.registration.rules.choices import DEPARTMENTS
from services.registration.settings import Settings
from shared.departements import DEPARTEMENTS, FRANCE, REGIONS
from shared.settings import SettingsError
from tests.unit.test_settings import ENOUGH


def test_all_of_france_is_there_in_the_order_of_the_codes() -> None:
    assert (len(FRANCE), len(set(FRANCE.values())), len({one.town for one in DEPARTEMENTS.values()})) == (101, 101, 101)
    assert list(FRANCE) == sorted(FRANCE, key=lambda code: (len(code), code.replace("A", ".1").replace("B", ".2")))
    assert all(contact_words.DEPARTEMENT.match(code) for code in FRANCE)
    assert list(DEPARTMENTS) == [*FRANCE, "other"]
    assert contact_words.named("2A") == "2A Corse-du-Sud"


def test_the_regions_share_out_the_departements() -> None:
    assert len(REGIONS) == 18
    assert sorted(code for codes in REGIONS.values() for code in codes) == sorted(FRANCE)
    assert REGIONS["Occitanie"] == tuple("09 11 12 30 31 32 34 46 48 65 66 81 82".split())
    assert REGIONS["Bretagne"] == ("22", "29", "35", "56")


def test_a_region_that_is_none_stops_the_process() -> None:
    assert Settings.read(ENOUGH | {"AGORA_REGION": "Bretagne"}).region == "Bretagne"
    with pytest.raises(SettingsError, match="AGORA_REGION must be one of Auvergne"):
        Settings.read(ENOUGH | {"AGORA_REGION": "Septimanie"})


@pytest.mark.parametrize(
    ("department", "where", "between"),
    [
        ("29", "Maison des associations, Rennes", (220, 270)),  # 217 by road
        ("59", "Palais des congrès, 13001 Marseille", (980, 1110)),  # 1,003
        ("2B", "Salle du port, 20000 Ajaccio", (120, 170)),  # 153
        ("85", "Le Mans", (180, 260)),  # 192
    ],
)
def test_a_distance_anywhere_in_france_is_near_that_of_the_road(
    department: str, where: str, between: tuple[int, int]
) -> None:
    found = distance(department, where)
    assert found is not None
    assert between[0] <= found <= between[1]


@pytest.mark.parametrize(
    ("department", "where"),
    [
        ("31", "Salle des fêtes, rue de Toulouse, 31600 Muret"),
        ("75", "Bourse du travail, 93200 Saint-Denis"),  # another one than that of La Réunion
        ("13", "Ajaccio"),
        ("974", "Paris"),
        ("other", "Toulouse"),
    ],
)
def test_no_distance_is_told_to_a_town_that_is_no_prefecture_nor_across_the_sea(department: str, where: str) -> None:
    assert distance(department, where) is None


def test_a_prefecture_that_is_a_part_of_the_address_counts_before_a_word_that_is_one_too() -> None:
    assert distance("09", "Toulouse, salle des Tours") == distance("09", "Toulouse")
