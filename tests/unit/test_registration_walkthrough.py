"""The hard cases of an assembly, worked by hand beside what the walk-through plays under the same statutes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.assembly import walkthrough
from services.registration.rules.assembly.statutes import (
    BUREAU,
    COOPDEV_2016,
    ELECTION_TIES,
    MAJORITIES,
    PRESETS,
    TIES,
    TWO_COLLEGES,
    College,
    Statutes,
    check,
)
from services.registration.rules.assembly.walkthrough import Case, Step
from shared.errors import Sentence

TOGETHER = replace(TWO_COLLEGES, quorum_per_college=False)
WEIGHTED = replace(TWO_COLLEGES, weighted_colleges=True)
OWN = replace(TOGETHER, colleges=(replace(TWO_COLLEGES.colleges[0], quorum="1/2"), TWO_COLLEGES.colleges[1]))


def played(statutes: Statutes, key: str) -> Case | None:
    return next((case for case in walkthrough.play(statutes) if case.key == key), None)


def steps(statutes: Statutes, key: str) -> tuple[Step, ...]:
    case = played(statutes, key)
    assert case
    return case.steps


def room(step: Step) -> str:
    """ "5+3/33, 5 and 4": represented in each college, of all voters; what each would need."""
    assert step.quorum
    there = "+".join(str(share.represented) for share in step.quorum.colleges)
    needed = "+".join(str(share.needed) for share in step.quorum.colleges)
    return f"{there} of {needed}, {step.quorum.whole.represented} of {step.quorum.whole.needed}"


# Twenty public and thirteen economic voters. A quarter: 20/4 = 5; 13/4 = 3.25, so 4; 33/4 = 8.25, so 9.
# A half of twenty is 10. Four fifths: 16; 10.4, so 11; 26.4, so 27.
HAND_WORKED = [
    pytest.param(
        TWO_COLLEGES,
        [
            ("short", "20+0 of 5+4, 20 of 9"),
            ("short", "5+3 of 5+4, 8 of 9"),
            ("reached", "5+4 of 5+4, 9 of 9"),
            ("short", "5+3 of 5+4, 8 of 9"),
            ("reached", "5+4 of 5+4, 9 of 9"),
            ("unasked", "0+0 of 0+0, 0 of 0"),
        ],
        id="a quarter of each college",
    ),
    pytest.param(
        TOGETHER,
        [
            ("short", "8+0 of 5+4, 8 of 9"),
            ("reached", "9+0 of 5+4, 9 of 9"),
            ("short", "8+0 of 5+4, 8 of 9"),
            ("reached", "9+0 of 5+4, 9 of 9"),
            ("unasked", "0+0 of 0+0, 0 of 0"),
        ],
        id="a quarter of all together",
    ),
    pytest.param(
        replace(TOGETHER, quorum="4/5"),
        [
            ("short", "20+6 of 16+11, 26 of 27"),
            ("reached", "20+7 of 16+11, 27 of 27"),
            ("short", "20+6 of 16+11, 26 of 27"),
            ("reached", "20+7 of 16+11, 27 of 27"),
            ("unasked", "0+0 of 0+0, 0 of 0"),
        ],
        id="four fifths of all together",
    ),
    pytest.param(
        OWN,
        [
            ("short", "9+0 of 10+4, 9 of 9"),
            ("reached", "10+0 of 10+4, 10 of 9"),
            ("short", "9+0 of 10+4, 9 of 9"),
            ("reached", "10+0 of 10+4, 10 of 9"),
            ("unasked", "0+0 of 0+0, 0 of 0"),
        ],
        id="a half of the public college and a quarter of all",
    ),
    pytest.param(replace(TOGETHER, quorum="0"), [("unasked", "0+0 of 0+0, 0 of 0")], id="no quorum"),
]


@pytest.mark.parametrize(("statutes", "expected"), HAND_WORKED)
def test_the_quorum_comes_goes_and_comes_back_as_worked_by_hand(
    statutes: Statutes, expected: list[tuple[str, str]]
) -> None:
    assert [(step.verdict, room(step)) for step in steps(statutes, "quorum")] == expected


def test_it_is_said_which_college_is_short_and_how_its_figure_is_found() -> None:
    second = steps(TWO_COLLEGES, "quorum")[1]
    assert second.why == (
        "Collège « Acteurs économiques » : 1/4 de 13 votants, arrondi au nombre au-dessus, font 4. Représentés : 3."
    )


# A is asked by B, then by others up to one too many: voices of A, and who is represented of the first college.
PROXIES = [
    pytest.param(
        TWO_COLLEGES,
        [
            ("void", "", 0),  # B's holder is not there
            ("counts", "2 voix", 2),
            ("void", "3 voix", 3),  # cap two: A, B and C; D's is over it
            ("void", "3 voix", 4),  # B votes, and D's takes the free place: A, C, D and B
            ("void", "", 3),  # B left, and gave no new one
            ("void", "", 0),  # with A the two others go
            ("void", "même collège", 1),
            ("void", "1 voix", 1),  # members present only
        ],
        id="two at most, of the same college, counted",
    ),
    pytest.param(
        replace(TWO_COLLEGES, proxies_cap=1, proxies_same_college=False, quorum_counts_proxies=False),
        [
            ("void", "", 0),
            ("counts", "2 voix", 1),  # the quorum counts those present
            ("void", "2 voix", 1),
            ("void", "2 voix", 2),
            ("void", "", 1),
            ("void", "", 0),
            ("counts", "Ces statuts le permettent", 1),
            ("void", "1 voix", 1),
        ],
        id="one at most, of any college, not counted",
    ),
    pytest.param(
        replace(PRESETS["single"][1], proxies_cap=None),
        [
            ("void", "", 0),
            ("counts", "2 voix", 2),
            ("counts", "4 voix", 4),
            ("void", "3 voix", 4),
            ("void", "", 3),
            ("void", "", 0),
            ("void", "1 voix", 1),
        ],
        id="without limit, one college",
    ),
    pytest.param(replace(TWO_COLLEGES, proxies_cap=0), [("void", "aucun pouvoir", 1)], id="none at all"),
]


@pytest.mark.parametrize(("statutes", "expected"), PROXIES)
def test_proxies_fall_and_come_as_worked_by_hand(statutes: Statutes, expected: list[tuple[str, str, int]]) -> None:
    found = steps(statutes, "proxies")
    assert [step.verdict for step in found] == [verdict for verdict, _words, _there in expected]
    for step, (_verdict, words, there) in zip(found, expected, strict=True):
        assert step.quorum
        assert (words in step.why, step.quorum.colleges[0].represented) == (True, there), step


def share(step: Step) -> tuple[str, str]:
    return step.verdict, getattr(step.why, "values", {}).get("share", "").__str__()


@pytest.mark.parametrize(
    ("statutes", "expected"),
    [
        (TWO_COLLEGES, [("rejected", "1/2"), ("adopted", "2/3"), ("adopted", "4/7"), ("adopted", "2/3")]),
        (
            replace(TWO_COLLEGES, blanks_count=True),
            [("rejected", "1/2"), ("adopted", "2/3"), ("rejected", "4/9"), ("adopted", "2/3")],
        ),
        (
            replace(TWO_COLLEGES, abstentions_count=True),
            [("rejected", "1/2"), ("adopted", "2/3"), ("rejected", "4/9"), ("rejected", "4/9")],
        ),
        (
            replace(WEIGHTED, tie="chair"),
            [("adopted", "1/2"), ("rejected", "1/2"), ("adopted", "2/3"), ("adopted", "4/7"), ("adopted", "2/3")],
        ),
    ],
)
def test_a_motion_at_the_limit_is_decided_as_worked_by_hand(
    statutes: Statutes, expected: list[tuple[str, str]]
) -> None:
    assert [share(step) for step in steps(statutes, "motions")] == expected


# Twenty public voters say yes and thirteen economic ones say no.
@pytest.mark.parametrize(
    ("statutes", "expected"),
    [
        (TWO_COLLEGES, [("adopted", "20/33")]),
        (WEIGHTED, [("rejected", "1/2"), ("adopted", "20/33"), ("adopted", "1")]),
        (
            replace(
                WEIGHTED,
                colleges=(
                    replace(TWO_COLLEGES.colleges[0], weight="3/2"),
                    replace(TWO_COLLEGES.colleges[1], weight="4/3"),
                ),
            ),
            [("adopted", "9/17"), ("adopted", "20/33"), ("adopted", "1")],  # 3/2 of 17/6
        ),
        (replace(COOPDEV_2016, majority="two_thirds"), [("rejected", "20/53")]),
    ],
)
def test_one_college_against_the_others_is_decided_as_worked_by_hand(
    statutes: Statutes, expected: list[tuple[str, str]]
) -> None:
    assert [share(step) for step in steps(statutes, "weights")] == expected


def test_a_single_college_has_nobody_against_it() -> None:
    assert played(PRESETS["single"][1], "weights") is None


def test_seats_that_nobody_takes_stay_vacant_in_their_own_college() -> None:
    found = [(dict(step.said.values), dict(step.why.values)) for step in steps(TWO_COLLEGES, "vacant")]  # type: ignore[attr-defined]
    assert [(said["seats"], said["people"], why["elected"], why["vacant"]) for said, why in found] == [
        (20, 16, 15, 5),
        (13, 11, 10, 3),
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("oldest", [("elected", "La personne la plus âgée est élue : Awa."), ("tied", "L’âge ne départage pas")]),
        ("second_round", [("tied", "Un second tour s’ajoute")]),
        ("draw", [("elected", "Le sort désigne ")]),
    ],
)
def test_a_tie_for_the_last_seat_goes_by_the_rule_of_the_statutes(rule: str, expected: list[tuple[str, str]]) -> None:
    found = steps(replace(TWO_COLLEGES, election_tie=rule), "tie")
    assert [
        (step.verdict, step.why[: len(words)]) for step, (_v, words) in zip(found, expected, strict=True)
    ] == expected


def test_thirds_of_twenty_and_of_thirteen_over_the_first_years() -> None:
    """20 = 7 + 7 + 6, 13 = 5 + 4 + 4; then seven terms end and one is to be finished; after a year left out, 7 + 7."""
    assert [dict(one.why.values) for one in steps(TWO_COLLEGES, "thirds") if isinstance(one.why, Sentence)] == [
        {"one": 7, "two": 7, "three": 6},
        {"one": 5, "two": 4, "three": 4},
        {"whole": 7, "rest": 1},
        {"seats": 14, "whole": 7, "rest": 7},
    ]
    assert played(replace(TWO_COLLEGES, renewal_thirds=False), "thirds") is None


@given(
    colleges=st.lists(
        st.tuples(st.integers(0, 80), st.sampled_from(["1", "3/2", "0.1"]), st.sampled_from(["", "0", "1/3", "1"])),
        min_size=1,
        max_size=4,
    ),
    quorum=st.sampled_from(["0", "1/4", "1/2", "1"]),
    cap=st.sampled_from([None, 0, 1, 2, 1000]),
    switches=st.tuples(*[st.booleans()] * 7),
    proxies_share=st.sampled_from(["", "1/10", "1/2", "1"]),
    majority=st.sampled_from(list(MAJORITIES)),
    tie=st.sampled_from(list(TIES)),
    election_tie=st.sampled_from(list(ELECTION_TIES)),
)
def test_any_statutes_can_be_played_and_a_step_says_what_its_own_room_gives(
    colleges: list[tuple[int, str, str]], quorum: str, cap: int | None, switches: tuple[bool, ...], **more: Any
) -> None:
    names = "quorum_per_college quorum_counts_proxies proxies_same_college weighted_colleges".split()
    names += ["blanks_count", "abstentions_count", "renewal_thirds"]
    flags: dict[str, Any] = dict(zip(names, switches, strict=True))
    statutes = Statutes(
        colleges=tuple(
            College(f"c{at}", f"100 % {at}", seats, weight=weight, quorum=own)
            for at, (seats, weight, own) in enumerate(colleges)
        ),
        quorum=quorum,
        proxies_cap=cap,
        bureau=next(iter(BUREAU)),
        **flags,
        **more,
    )
    found = walkthrough.play(check(statutes))
    for step in next(case for case in found if case.key == "quorum").steps:
        assert step.quorum
        assert step.quorum.reached == (step.verdict != "short")
    assert {step.verdict for case in found for step in case.steps} <= set(walkthrough.VERDICTS)
