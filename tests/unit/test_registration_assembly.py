"""The general assembly: proxies, quorum, motions and elections, as statutes may set them."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.rules.assembly import attendance, elections, motions, quorum
from services.registration.rules.assembly.attendance import Entry, Voter
from services.registration.rules.assembly.elections import Candidate, Outcome
from services.registration.rules.assembly.motions import Count
from services.registration.rules.assembly.statutes import (
    COOPDEV_2016,
    PRESETS,
    TWO_COLLEGES,
    College,
    Statutes,
    check,
    from_json,
)
from shared.errors import RuleError

NINE = dt.datetime(2017, 2, 3, 9, tzinfo=dt.UTC)
PLAIN = Statutes(colleges=(College("members", "Membres", 12),), proxies_cap=None)
VOTERS = [Voter(letter, f"Structure {letter}", "members") for letter in "ABCDEFGH"]


def minute(minutes: int) -> dt.datetime:
    return NINE + dt.timedelta(minutes=minutes)


def room(statutes: Statutes, log: list[Entry], minutes: int = 600, voters: list[Voter] = VOTERS) -> object:
    return attendance.at(statutes, voters, log, minute(minutes))


def arrives(voter: str, minutes: int) -> Entry:
    return Entry(minute(minutes), attendance.ARRIVED, voter)


def leaves(voter: str, minutes: int) -> Entry:
    return Entry(minute(minutes), attendance.LEFT, voter)


def proxy(giver: str, holder: str, minutes: int = -60) -> Entry:
    return Entry(minute(minutes), attendance.PROXY, giver, holder)


def test_a_proxy_counts_while_its_holder_is_present_and_only_then() -> None:
    log = [proxy("B", "A"), arrives("A", 0), leaves("A", 30)]

    assert room(PLAIN, log, 10).voices("A") == 2
    assert room(PLAIN, log, 40).represented() == frozenset()
    assert room(PLAIN, log, 40).void == {"B": "holder-absent"}


def test_a_giver_who_arrives_votes_alone_and_the_proxy_does_not_come_back() -> None:
    log = [proxy("B", "A"), arrives("A", 0), arrives("B", 10), leaves("B", 20)]

    assert room(PLAIN, log, 15).voices("A") == 1
    assert room(PLAIN, log, 15).voices("B") == 1
    assert room(PLAIN, log, 25).represented() == frozenset("A")
    assert room(PLAIN, log, 25).void == {"B": "giver-present"}


def test_someone_who_leaves_may_sign_a_new_proxy() -> None:
    log = [proxy("B", "A"), arrives("A", 0), arrives("B", 0), leaves("B", 20), proxy("B", "A", 21)]

    assert room(PLAIN, log, 20).void == {"B": "giver-present"}
    assert room(PLAIN, log).proxies == {"B": "A"}
    assert room(PLAIN, log).void == {}


def test_a_proxy_that_is_taken_back_counts_no_more() -> None:
    log = [proxy("B", "A"), arrives("A", 0), Entry(minute(10), attendance.PROXY_WITHDRAWN, "B")]

    assert room(PLAIN, log, 9).voices("A") == 2
    assert room(PLAIN, log, 10).voices("A") == 1
    assert room(PLAIN, log, 10).void == {}


def test_a_proxy_that_names_another_day_is_void_until_it_is_noted_again() -> None:
    lapses = Entry(minute(5), attendance.PROXY_LAPSED, "B")
    log = [proxy("B", "A", -50), lapses, Entry(minute(5), attendance.PROXY_LAPSED, "C"), arrives("A", 6)]

    assert (room(PLAIN, log).void, room(PLAIN, log).lapsed) == ({"B": "earlier-date"}, {"B": "A"})
    assert room(PLAIN, [*log, proxy("B", "A", 7)]).proxies == {"B": "A"}
    assert room(PLAIN, [*log, arrives("B", 7)]).lapsed == {}
    assert room(PLAIN, [*log, Entry(minute(7), attendance.PROXY_WITHDRAWN, "B")]).named == {}


def test_a_later_proxy_takes_the_place_of_an_earlier_one_and_the_last_place_under_the_cap() -> None:
    statutes = replace(PLAIN, proxies_cap=1)
    signed_again = [proxy("B", "A", -50), proxy("C", "A", -40), proxy("B", "A", -30), arrives("A", 0)]
    to_nobody = [proxy("B", "A", -50), proxy("B", "Z", -30), arrives("A", 0)]

    assert room(statutes, signed_again).proxies == {"C": "A"}
    assert room(statutes, signed_again).void == {"B": "over-cap"}
    assert room(statutes, to_nobody).proxies == {}
    assert room(statutes, to_nobody).void == {"B": "not-a-voter"}


def test_one_proxy_too_many_is_said_before_its_holder_comes() -> None:
    log = [proxy("B", "A", -50), proxy("C", "A", -40)]

    assert room(replace(PLAIN, proxies_cap=1), log).void == {"B": "holder-absent", "C": "over-cap"}


def test_a_proxy_is_not_carried_on_to_a_third_person() -> None:
    log = [proxy("C", "B"), proxy("B", "A"), arrives("A", 0)]

    assert room(PLAIN, log).voices("A") == 2
    assert room(PLAIN, log).void == {"C": "holder-absent"}


def test_over_the_cap_the_first_proxies_count() -> None:
    statutes = replace(PLAIN, proxies_cap=2)
    log = [proxy("B", "A", -30), proxy("C", "A", -50), proxy("D", "A", -40), arrives("A", 0)]

    assert room(statutes, log).proxies == {"C": "A", "D": "A"}
    assert room(statutes, log).void == {"B": "over-cap"}


def test_a_place_under_the_cap_is_free_again_when_a_giver_arrives() -> None:
    statutes = replace(PLAIN, proxies_cap=1)
    log = [proxy("B", "A", -30), proxy("C", "A", -20), arrives("A", 0), arrives("B", 5)]

    assert room(statutes, log, 0).proxies == {"B": "A"}
    assert room(statutes, log, 6).proxies == {"C": "A"}


def test_a_cap_of_zero_refuses_every_proxy() -> None:
    assert room(replace(PLAIN, proxies_cap=0), [proxy("B", "A"), arrives("A", 0)]).proxies == {}


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ([proxy("B", "B")], "holder-is-giver"),
        ([proxy("Z", "A")], "not-a-voter"),
        ([proxy("B", "Z")], "not-a-voter"),
        ([arrives("B", 0), proxy("B", "A", 1)], "giver-present"),
    ],
)
def test_a_proxy_that_cannot_be_says_why(log: list[Entry], reason: str) -> None:
    found = room(PLAIN, [arrives("A", 0), *log])

    assert found.proxies == {}
    assert list(found.void.values()) == [reason]


def test_a_proxy_across_colleges_is_void_where_the_statutes_say_so() -> None:
    voters = [Voter("P", "Ville", "public"), Voter("E", "Coopérative", "economic")]
    log = [proxy("P", "E"), arrives("E", 0)]

    assert room(TWO_COLLEGES, log, voters=voters).void == {"P": "other-college"}
    assert room(replace(TWO_COLLEGES, proxies_same_college=False), log, voters=voters).proxies == {"P": "E"}


def test_a_proxy_that_names_nobody_is_for_somebody_who_is_there_where_the_statutes_take_it() -> None:
    given = Entry(minute(5), attendance.PROXY, "B", "A", blank=True)
    taking = replace(PLAIN, proxies_blank=True)

    assert room(PLAIN, [arrives("A", 0), given]).void == {"B": "blank"}
    assert room(taking, [arrives("A", 9), given]).void == {"B": "holder-not-there"}
    assert room(taking, [arrives("A", 0), given]).proxies == {"B": "A"}
    assert room(taking, [arrives("A", 0), given, arrives("B", 9)]).void == {"B": "giver-present"}


def test_someone_who_is_not_on_the_list_adds_nothing() -> None:
    assert room(PLAIN, [arrives("Z", 0)]).present == frozenset()


THIRTY_THREE = [Voter(f"p{n}", f"Public {n}", "public") for n in range(20)] + [
    Voter(f"e{n}", f"Économique {n}", "economic") for n in range(13)
]


def test_quorum_of_twenty_public_and_thirteen_economic_goes_up_and_down() -> None:
    log = [arrives(f"p{n}", n) for n in range(5)] + [arrives(f"e{n}", 10 + n) for n in range(4)] + [leaves("e0", 60)]

    def at(minutes: int) -> quorum.Quorum:
        return quorum.count(TWO_COLLEGES, THIRTY_THREE, room(TWO_COLLEGES, log, minutes, THIRTY_THREE))

    assert [(share.key, share.needed) for share in at(0).colleges] == [("public", 5), ("economic", 4)]
    assert not at(12).reached  # five public members, three economic
    assert at(13).reached
    assert not at(60).reached
    assert at(60).colleges[1].missing == 1


@pytest.mark.parametrize(
    ("cap", "share", "most"),
    [(2, "", 2), (None, "", None), (None, "1/10", 3), (2, "1/10", 2), (9, "0,1", 3), (None, "1/40", 0)],
)
def test_a_person_holds_at_most_so_many_proxies_or_such_a_share_of_the_voices(
    cap: int | None, share: str, most: int | None
) -> None:
    statutes = check(replace(TWO_COLLEGES, proxies_cap=cap, proxies_share=share))
    log = [arrives("p0", 0), *(proxy(f"p{n}", "p0") for n in range(1, 12))]
    assert statutes.most_proxies(33) == most
    assert room(statutes, log, voters=THIRTY_THREE).voices("p0") == 1 + (11 if most is None else most)


@pytest.mark.parametrize("share", ["0", "2", "-1", "beaucoup", "1/0"])
def test_a_share_that_cannot_be_is_refused(share: str) -> None:
    with pytest.raises(RuleError) as refused:
        check(replace(TWO_COLLEGES, proxies_share=share))
    assert refused.value.field == "proxies_share"


def test_a_quorum_of_the_whole_ignores_an_empty_college() -> None:
    statutes = replace(TWO_COLLEGES, quorum_per_college=False)
    there = room(statutes, [arrives(f"p{n}", 0) for n in range(9)], voters=THIRTY_THREE)

    assert quorum.count(statutes, THIRTY_THREE, there).whole.needed == 9  # a quarter of 33, rounded up
    assert quorum.count(statutes, THIRTY_THREE, there).reached


def test_colleges_with_a_quorum_each_ask_nothing_of_the_whole() -> None:
    lower = tuple(replace(college, quorum="1/4") for college in TWO_COLLEGES.colleges)
    statutes = replace(TWO_COLLEGES, colleges=lower, quorum="1/2", quorum_per_college=True)
    log = [*(arrives(f"p{n}", 0) for n in range(5)), *(arrives(f"e{n}", 0) for n in range(4))]
    there = room(statutes, log, voters=THIRTY_THREE)

    assert quorum.count(statutes, THIRTY_THREE, there).whole.missing == 8  # of 17
    assert quorum.count(statutes, THIRTY_THREE, there).reached
    assert quorum.lacking(statutes, quorum.count(statutes, THIRTY_THREE, there)) == []
    both = replace(statutes, quorum_per_college=False)
    assert not quorum.count(both, THIRTY_THREE, there).reached
    assert [(one.key, one.missing) for one in quorum.lacking(both, quorum.count(both, THIRTY_THREE, there))] == [
        ("", 8)
    ]
    nobody = quorum.count(both, THIRTY_THREE, room(both, []))
    assert [(one.key, one.missing) for one in quorum.lacking(both, nobody)] == [
        ("", 17),
        ("public", 5),
        ("economic", 4),
    ]


def test_a_vote_of_members_present_counts_no_proxy() -> None:
    log = [arrives("A", 0), proxy("B", "A")]

    assert quorum.count(PLAIN, VOTERS, room(PLAIN, log)).reached
    assert not quorum.count(PLAIN, VOTERS, room(PLAIN, log), present_only=True).reached
    assert room(PLAIN, log).voices("A", proxies=False) == 1


def test_a_second_session_needs_no_quorum() -> None:
    assert quorum.count(PLAIN, VOTERS, room(PLAIN, []), second_session=True).reached
    assert not quorum.count(PLAIN, VOTERS, room(PLAIN, [])).reached


def decide(statutes: Statutes, yes: int, no: int, **more: object) -> motions.Decision:
    count = Count(yes, no, blank=2, abstained=1)
    return motions.decide(statutes, {"members": count}, {"members": count.total}, **more)  # type: ignore[arg-type]


def test_blank_and_abstention_are_not_expressed_unless_the_statutes_say_so() -> None:
    blanks, all_there = replace(PLAIN, blanks_count=True), replace(PLAIN, abstentions_count=True)

    assert decide(PLAIN, 3, 2, majority="absolute").share == Fraction(3, 5)
    assert decide(blanks, 3, 2, majority="absolute").share == Fraction(3, 7)
    assert decide(all_there, 3, 2, majority="absolute").share == Fraction(3, 8)
    assert decide(all_there, 6, 0, majority="two_thirds").adopted  # 6 of 9 present or represented
    assert not decide(all_there, 5, 0, majority="two_thirds").adopted


@pytest.mark.parametrize("rule", ["blanks_count", "abstentions_count"])
def test_a_simple_majority_is_more_for_than_against_whoever_stays_silent(rule: str) -> None:
    found = decide(replace(PLAIN, **{rule: True}), 3, 2)
    assert (found.adopted, found.share) == (True, Fraction(3, 5))
    assert decide(replace(PLAIN, **{rule: True}), 3, 3).tied


def test_a_tie_is_rejected_or_decided_by_the_chair() -> None:
    chair = replace(PLAIN, tie="chair")

    assert (decide(PLAIN, 4, 4).adopted, decide(PLAIN, 4, 4).tied) == (False, True)
    assert decide(chair, 4, 4, chair_says_yes=True).adopted
    assert not decide(chair, 4, 4, chair_says_yes=False).adopted
    with pytest.raises(RuleError, match="présidence"):
        decide(chair, 4, 4)


def test_two_thirds_are_reached_exactly() -> None:
    assert decide(PLAIN, 4, 2, majority="two_thirds").adopted
    assert not decide(PLAIN, 5, 3, majority="two_thirds").adopted


def test_nobody_expressed_a_vote_so_nothing_is_adopted() -> None:
    assert decide(PLAIN, 0, 0) == motions.Decision(False, None, False)


def test_weighted_colleges_count_by_weight_and_an_silent_one_leaves_them_alone() -> None:
    statutes = replace(
        PLAIN, weighted_colleges=True, colleges=(College("small", "", 3, weight="3"), College("large", "", 20))
    )
    counts = {"small": Count(yes=2, no=1), "large": Count(yes=0, no=20)}
    voices = {"small": 3, "large": 20}

    assert motions.decide(statutes, counts, voices).share == Fraction(3 * 2, 3 * 4)
    silent = {"small": Count(yes=2, no=1), "large": Count(abstained=20)}
    assert motions.decide(statutes, silent, voices).share == Fraction(2, 3)


def test_a_count_that_does_not_add_up_is_refused_by_college() -> None:
    with pytest.raises(RuleError) as refused:
        motions.decide(PLAIN, {"members": Count(yes=5)}, {"members": 6})

    assert refused.value.field == "count-members"


def test_two_tellers_must_agree() -> None:
    motions.refuse_disagreement({"members": Count(3, 2)}, {"members": Count(3, 2)})
    for first, second, field in [
        ({"members": Count(3, 2)}, {"members": Count(3, 1)}, "count-members-no"),
        ({"a": 3, "b": 2}, {"a": 3, "b": 1}, "count-b"),
        ({"a": 3, "b": 2}, {"a": 3}, "count-b"),
    ]:
        with pytest.raises(RuleError, match=r"scrutateurs n’ont pas le même décompte, ici 2 et [10]") as refused:
            motions.refuse_disagreement(first, second)
        assert refused.value.field == field


CANDIDATES = [
    Candidate("a", "Awa", dt.date(1960, 5, 1)),
    Candidate("b", "Bruno", dt.date(1955, 1, 9)),
    Candidate("c", "Chloé", dt.date(1990, 7, 14)),
    Candidate("d", "Denis", dt.date(1955, 1, 9)),
]


def test_seats_that_nobody_takes_stay_vacant() -> None:
    assert elections.elect(CANDIDATES, {"a": 7, "b": 0}, 3, tie="oldest") == Outcome(("a",), (), 0, 2)


def test_the_oldest_is_elected_at_a_tie_and_the_minutes_know_it() -> None:
    found = elections.elect(CANDIDATES, {"a": 5, "b": 9, "c": 5}, 2, tie="oldest")

    assert found == Outcome(("b", "a"), (), 0, 0, by_tie_rule=("a",))


def test_born_the_same_day_goes_to_a_second_round() -> None:
    found = elections.elect(CANDIDATES, {"b": 5, "d": 5}, 1, tie="oldest")

    assert (found.elected, found.tied, found.contested) == ((), ("b", "d"), 1)


def test_a_tie_above_the_last_seat_needs_no_rule() -> None:
    found = elections.elect(CANDIDATES, {"a": 5, "b": 5, "c": 1}, 2, tie="second_round")

    assert (set(found.elected), found.tied) == ({"a", "b"}, ())


def test_age_cannot_be_used_without_dates_of_birth() -> None:
    with pytest.raises(RuleError, match="naissance"):
        elections.elect([Candidate("x", "X"), Candidate("y", "Y")], {"x": 1, "y": 1}, 1, tie="oldest")


def test_a_draw_is_repeated_by_its_seed() -> None:
    first = elections.elect(CANDIDATES, {"a": 3, "b": 3, "c": 3}, 1, tie="draw", seed="2017-02-03")
    again = elections.elect(list(reversed(CANDIDATES)), {"c": 3, "b": 3, "a": 3}, 1, tie="draw", seed="2017-02-03")
    winners = {elections.elect(CANDIDATES, {"a": 3, "b": 3}, 1, tie="draw", seed=str(n)).elected for n in range(40)}

    assert first == again
    assert winners == {("a",), ("b",)}


@given(
    votes=st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9)),
    seats=st.integers(0, 5),
    tie=st.sampled_from(["oldest", "draw", "second_round"]),
)
def test_no_one_elected_has_fewer_votes_than_someone_left_out(votes: dict[str, int], seats: int, tie: str) -> None:
    found = elections.elect(CANDIDATES, votes, seats, tie=tie, seed="s")
    out = [one for one in votes if votes[one] and one not in found.elected]

    assert len(found.elected) + found.contested + found.vacant == seats
    assert all(votes[inside] >= votes[left] for inside in found.elected for left in out)


def test_ballots_add_up_to_the_voters() -> None:
    elections.refuse_miscount({"a": 6, "b": 3}, blank=1, void=1, voters=10, choices=2)
    for wrong in ({"a": 9}, {"a": 6, "b": 12}, {"a": 6}):
        with pytest.raises(RuleError):
            elections.refuse_miscount(wrong, blank=1, void=1, voters=10, choices=2)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_survives_storage(name: str) -> None:
    statutes = PRESETS[name][1]

    assert from_json(statutes.to_json()) == statutes


def test_the_minutes_of_2016_ask_for_twenty_public_and_thirteen_economic_seats() -> None:
    assert [(college.key, college.seats) for college in COOPDEV_2016.colleges[:2]] == [("public", 20), ("economic", 13)]


@pytest.mark.parametrize(
    "wrong", [{"quorum": "3/2"}, {"quorum": "x"}, {"quorum": "1/0"}, {"tie": "coin"}, {"colleges": ()}]
)
def test_statutes_that_cannot_be_are_refused_by_field(wrong: dict[str, object]) -> None:
    with pytest.raises(RuleError) as refused:
        check(replace(PLAIN, **wrong))  # type: ignore[arg-type]

    assert refused.value.field == next(iter(wrong))
