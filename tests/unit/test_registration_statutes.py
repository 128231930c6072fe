"""Statutes of one's own: colleges with seats, weights and quorums, all counted exactly."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.assembly import motions, quorum
from services.registration.rules.assembly.attendance import Attendance, Voter
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import TWO_COLLEGES, College, Statutes, check, fraction, from_json
from shared.errors import RuleError

KEYS = "abc"
weights = st.builds(Fraction, st.integers(1, 60), st.integers(1, 60))
counts = st.builds(Count, st.integers(0, 40), st.integers(0, 40), st.integers(0, 5), st.integers(0, 5))


def weighted(weights: list[Fraction]) -> Statutes:
    colleges = tuple(College(key, key, 5, weight=str(one)) for key, one in zip(KEYS, weights, strict=False))
    return Statutes(colleges=colleges, weighted_colleges=True)


def decide(statutes: Statutes, cast: dict[str, Count], **more: str) -> motions.Decision:
    return motions.decide(statutes, cast, {key: one.total for key, one in cast.items()}, **more)  # type: ignore[arg-type]


@given(weights=st.lists(weights, min_size=3, max_size=3), cast=st.lists(counts, min_size=3, max_size=3))
def test_a_weighted_result_is_the_weighted_mean_of_the_colleges_to_the_last_digit(
    weights: list[Fraction], cast: list[Count]
) -> None:
    found = decide(weighted(weights), dict(zip(KEYS, cast, strict=True)))
    spoke = [(weight, one.yes, one.yes + one.no) for weight, one in zip(weights, cast, strict=True) if one.yes + one.no]
    if not spoke:
        assert found == motions.Decision(False, None, False)
        return
    # in whole numbers, over one denominator: no division at all until the very end
    common = math.lcm(*(weight.denominator for weight, _yes, _all in spoke)) * math.lcm(*(one[2] for one in spoke))
    yes = sum(int(weight * common) * said // all_ for weight, said, all_ in spoke)
    whole = sum(int(weight * common) for weight, _said, _all in spoke)
    assert found.share == Fraction(yes, whole)
    assert (found.adopted, found.tied) == (2 * yes > whole, 2 * yes == whole)


@given(
    weights=st.lists(weights, min_size=3, max_size=3),
    cast=st.lists(counts, min_size=3, max_size=3),
    times=weights,
    majority=st.sampled_from(["simple", "absolute", "two_thirds"]),
)
def test_only_the_ratio_of_the_weights_matters(
    weights: list[Fraction], cast: list[Count], times: Fraction, majority: str
) -> None:
    votes = dict(zip(KEYS, cast, strict=True))
    once = decide(weighted(weights), votes, majority=majority)
    assert decide(weighted([one * times for one in weights]), votes, majority=majority) == once


def test_a_third_and_two_thirds_of_weight_make_two_thirds_exactly() -> None:
    """Counted in floating point, 1/3 + 1/3 of a whole is not two thirds."""
    statutes = weighted([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)])
    cast = {"a": Count(yes=1), "b": Count(yes=1), "c": Count(no=1)}

    assert decide(statutes, cast, majority="two_thirds") == motions.Decision(True, Fraction(2, 3), False)


def room(statutes: Statutes, there: dict[str, int], sizes: dict[str, int]) -> quorum.Quorum:
    voters = [Voter(f"{key}{n}", "", key) for key, size in sizes.items() for n in range(size)]
    present = frozenset(f"{key}{n}" for key, some in there.items() for n in range(min(some, sizes[key])))
    return quorum.count(statutes, voters, Attendance(present))


@given(
    shares=st.lists(st.builds(Fraction, st.integers(0, 30), st.just(30)), min_size=3, max_size=3),
    general=st.builds(Fraction, st.integers(0, 30), st.just(30)),
    sizes=st.lists(st.integers(0, 40), min_size=3, max_size=3),
    there=st.lists(st.integers(0, 40), min_size=3, max_size=3),
    per_college=st.booleans(),
)
def test_each_college_needs_the_least_whole_number_that_reaches_its_own_share(
    shares: list[Fraction], general: Fraction, sizes: list[int], there: list[int], per_college: bool
) -> None:
    own = dict(zip(KEYS, shares, strict=True))
    colleges = tuple(College(key, key, 5, quorum=str(share) if share else "") for key, share in own.items())
    statutes = Statutes(colleges=colleges, quorum=str(general), quorum_per_college=per_college)
    found = room(statutes, dict(zip(KEYS, there, strict=True)), dict(zip(KEYS, sizes, strict=True)))

    for share, size in zip(found.colleges, sizes, strict=True):
        asked = own[share.key] or general
        assert share.needed - 1 < asked * size <= share.needed
    asking = [share for share in found.colleges if per_college or own[share.key]]
    enough = all(share.represented >= share.needed for share in asking)
    assert found.reached == (enough and (per_college or found.whole.reached))


def test_twenty_public_and_thirteen_economic_seats_with_a_third_asked_of_the_thirteen() -> None:
    public, economic = TWO_COLLEGES.colleges
    statutes = replace(TWO_COLLEGES, colleges=(public, replace(economic, quorum="1/3")))
    sizes = {"public": 20, "economic": 13}

    assert [share.needed for share in room(statutes, {}, sizes).colleges] == [5, 5]
    assert not room(statutes, {"public": 20, "economic": 4}, sizes).reached
    assert room(statutes, {"public": 5, "economic": 5}, sizes).reached


@pytest.mark.parametrize(
    ("typed", "read"), [("1/4", (1, 4)), ("3", (3, 1)), ("1,5", (3, 2)), (" 0.25 ", (1, 4)), (".5", (1, 2))]
)
def test_a_fraction_is_read_as_people_write_it(typed: str, read: tuple[int, int]) -> None:
    assert fraction(typed) == Fraction(*read)


@pytest.mark.parametrize(
    "typed", ["", "x", "/2", ".", "1/0", "-1", "1e99999999", "1/2/3", "1//2", "1234567890", "٣/٤", "1_0/40"]
)
def test_what_is_no_fraction_is_refused_at_once(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        fraction(typed)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"weight": "0"}, "c1_weight"),
        ({"weight": "x"}, "c1_weight"),
        ({"seats": -1}, "c1_seats"),
        ({"alternates": -1}, "c1_seats"),
        ({"quorum": "3/2"}, "c1_quorum"),
        ({"gathers": ("authority",)}, "c1_gathers"),
    ],
)
def test_a_college_that_cannot_be_is_refused_by_its_line(wrong: dict[str, object], field: str) -> None:
    public, economic = TWO_COLLEGES.colleges
    with pytest.raises(RuleError) as refused:
        check(replace(TWO_COLLEGES, colleges=(public, replace(economic, **wrong))))  # type: ignore[arg-type]

    assert refused.value.field == field


def test_statutes_stored_with_whole_weights_are_still_read() -> None:
    stored = TWO_COLLEGES.to_json()
    plain = [{key: one[key] for key in ("key", "label", "seats")} | {"weight": 2} for one in stored["colleges"]]

    assert [one.weight for one in from_json(stored | {"colleges": plain}).colleges] == ["2", "2"]
