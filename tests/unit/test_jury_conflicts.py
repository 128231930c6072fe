"""Who may have a link with which application, as the names in it say: questions, each with its reason."""

from __future__ import annotations

import pytest

from services.jury.authorities import named
from services.jury.conflicts import File, Link, Member, suggest

FILE = File(
    id="1",
    structure="Association Eau et Partage",
    bearer_last_name="Bories",
    bearer_email="lea@eau.example",
    board="Marie-Ève Dupont (présidente), Paul Œrsted, trésorier",
    people="Jean Ralison, +261 20 00 000",
    authority="Battambang",
    partners=("Les Puits du Sahel",),
    funders=("Ville de Lavaur", "Région Occitanie", "Fondation", "Dons", ""),
)


def links(where: str = "", name: str = "Aline Vidal", email: str = "a@free.fr", file: File = FILE) -> list[Link]:
    first, last = name.split(" ", 1)
    return [link for one in suggest([Member("a", first, last, email, where)], [file]) for link in one.links]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairie de Lavaur", "Commune de Lavaur"),
        ("Ville de Lavaur", "Adjointe au maire de Lavaur"),
        ("MAIRIE DE SAINT-ÉTIENNE", "conseiller municipal délégué de Saint Etienne"),
        ("Conseil départemental du Tarn", "Vice-présidente du Département du Tarn"),
        ("Toulouse Métropole", "Métropole de Toulouse"),
        ("Communauté d’agglomération du Grand Albigeois", "élu de l’agglomération du Grand Albigeois"),
        ("Région", "Conseillère régionale d’Occitanie"),
    ],
)
def test_an_authority_has_many_names(one: str, other: str) -> None:
    assert named(one)[0].is_same(named(other)[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mairie de Lavaur", "Mairie de Lavaurette"),
        ("Ville de Toulouse", "Toulouse Métropole"),
        ("Département du Tarn", "Département du Tarn-et-Garonne"),
        ("Région Occitanie", "Région Bretagne"),
    ],
)
def test_two_authorities_stay_two(one: str, other: str) -> None:
    assert not named(one)[0].is_same(named(other)[0])


def test_each_of_the_seats_in_a_function_counts() -> None:
    assert len(named("Maire de Lavaur et conseillère départementale du Tarn, retraitée de la Ville d’Albi")) == 3


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Trésorière d’EAU et partage", [Link("structure")]),
        ("Bénévole\nLes puits du Sahel", [Link("partner", "Les Puits du Sahel")]),
        ("Maire de Battambang", [Link("partner", "Battambang")]),
        ("Première adjointe, mairie de Lavaur", [Link("funds", "Ville de Lavaur")]),
        ("Conseillère régionale d’Occitanie", [Link("funds", "Région Occitanie")]),
        ("Fondation des Alizés", []),
        ("Élue", []),
        ("Ville d’Albi", []),
    ],
)
def test_where_a_juror_sits_is_compared_with_whom_the_file_names(where: str, expected: list[Link]) -> None:
    assert links(where) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Marie-Eve DUPONT", [Link("board", "Marie-Ève Dupont")]),
        ("Paul Oersted", [Link("board", "Paul Œrsted")]),
        ("Jean Ralison", [Link("partner", "Jean Ralison")]),
        ("Jeanne Dupont", []),
        ("Léa Bories", [Link("name")]),
    ],
)
def test_a_person_is_a_first_and_a_last_name(name: str, expected: list[Link]) -> None:
    assert links(name=name) == expected


def test_a_commune_that_files_is_not_any_body_of_its_name() -> None:
    filed = File("1", "Commune de Lavaur", "Roux", "roux@lavaur.example", is_authority=True)
    assert links("Maire de Lavaur", file=filed) == [Link("files", "Commune de Lavaur")]
    assert links("Club cycliste de Lavaur", file=filed) == []
    assert links("Maire de Lavaur", email="x@Lavaur.example", file=filed)[1] == Link("domain")


def test_what_is_the_jurors_own_is_direct_and_the_rest_is_not() -> None:
    jurors = [Member("a", "A", "Vidal", "", "Eau et Partage"), Member("b", "B", "Castan", "", "Ville de Lavaur")]
    assert [(one.juror, one.kind) for one in suggest(jurors, [FILE])] == [("a", "direct"), ("b", "indirect")]
