"""Whom to ask for an opinion, and why somebody else not; what an opinion must say."""

from __future__ import annotations

from services.jury import experts
from services.jury.experts import Reader, Subject

WATER = Subject(text="De l’eau à Battambang. Un puits et son comité.", country="KH", language="")


def reader(id: str = "a", **more: object) -> Reader:
    facts: dict[str, object] = {"themes": "", "countries": "", "languages": "", "waiting": 0, "most": None}
    return Reader(id, **(facts | more))  # type: ignore[arg-type]


def test_the_suggestion_says_which_theme_and_whether_the_country() -> None:
    found = experts.weigh(reader(themes="école, eau", countries="MG, Cambodge"), WATER)
    assert (found.themes, found.country, found.against) == (("eau",), True, ())


def test_who_suits_best_comes_first_then_who_has_least_to_read_and_who_may_not_comes_last() -> None:
    readers = [
        reader("busy", themes="eau", waiting=3),
        reader("stranger"),
        reader("full", themes="eau", countries="KH", waiting=2, most=2),
        reader("free", themes="eau"),
        reader("both", themes="eau", countries="KH", waiting=9),
    ]
    assert [one.reader.id for one in experts.suggested(readers, WATER)] == ["both", "free", "busy", "stranger", "full"]


def test_each_reason_not_to_ask_is_said() -> None:
    portuguese = Subject("Água", "BR", "pt", frozenset({"a"}), frozenset({"a"}), frozenset({"a"}))
    found = experts.weigh(reader(waiting=1, most=1, is_away=True), portuguese)
    assert found.against == ("away", "asked", "conflict", "read_before", "language", "load")


def test_a_project_filed_again_is_known_by_its_structure_and_its_title() -> None:
    again = experts.is_again
    assert again("De l’eau à Battambang", "Eau et Compagnie", "De l’eau à Battambang (suite)", "EAU ET COMPAGNIE")
    assert not again("De l’eau à Battambang", "Eau et Compagnie", "De l’eau à Battambang", "Une autre")
    assert not again("De l’eau à Battambang", "Eau et Compagnie", "Une école à Rosso", "Eau et Compagnie")
    assert not again("De l’eau", "", "De l’eau", "")


def test_a_choice_needs_its_reason() -> None:
    assert experts.lacking("favourable", {}) == ["strengths"]
    assert experts.lacking("reserved", {"strengths": "Bien."}) == ["weaknesses"]
    assert experts.lacking("unfavourable", {"weaknesses": "  "}) == ["weaknesses"]
    assert experts.lacking("none", {"to_check": "Auprès du maire."}) == []
