"""A vote by show of hands: the recused count nowhere, the quorum is that of the question, ties need the chair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jury.running import Standing
from services.jury.votes import Body, Hand, Hands, Outcome, body, outcome, refuse
from shared.errors import RuleError


def jury(present: int, absent: int) -> dict[int, Standing]:
    states: list[Standing] = (
        ["present"] * present + ["excused", "left", "expected"][:absent] + ["excused"] * (absent - 3)
    )
    return dict(enumerate(states))


@pytest.mark.parametrize(
    ("present", "absent", "recused", "percent", "expected"),
    [
        # members, present, needed
        (9, 0, [], 50, (9, 9, 5)),
        (5, 4, [], 50, (9, 5, 5)),
        (4, 5, [], 50, (9, 4, 5)),  # one goes, and it is lost
        (4, 5, [8], 50, (8, 4, 4)),  # an absent one is recused for this project: it is reached again
        (5, 4, [0, 1], 50, (7, 3, 4)),  # two of those present go out for it: lost for this project alone
        (12, 0, [0, 1, 2], 67, (9, 9, 7)),
        (3, 0, [0, 1, 2], 50, (0, 0, 0)),  # nobody is left: no hands can be counted
        (0, 4, [], 0, (4, 0, 0)),
    ],
)
def test_who_is_recused_is_neither_a_member_nor_there(
    present: int, absent: int, recused: list[int], percent: int, expected: tuple[int, int, int]
) -> None:
    found = body(jury(present, absent), recused, percent)
    assert (found.quorum.members, found.present, found.quorum.needed) == expected
    assert found.recused == len(recused)


@pytest.mark.parametrize(
    ("yes", "no", "abstained", "casting", "expected"),
    [
        (5, 3, 0, "", "adopted"),
        (3, 5, 1, "", "rejected"),
        (2, 1, 6, "", "adopted"),  # abstentions are no votes
        (4, 4, 1, "", "tied"),
        (4, 4, 0, "yes", "adopted"),
        (4, 4, 0, "no", "rejected"),
        (5, 4, 0, "no", "adopted"),  # the chair's hand decides nothing when hands are not equal
        (0, 0, 7, "", "tied"),
    ],
)
def test_more_hands_for_than_against_carry_it(
    yes: int, no: int, abstained: int, casting: Hand, expected: Outcome
) -> None:
    assert outcome(Hands(yes, no, abstained, casting)) == expected


SEVEN = body(jury(7, 2), [], 50)


@pytest.mark.parametrize(
    ("hands", "voters", "casting_vote", "chair_votes", "code"),
    [
        (Hands(4, 3, 0), SEVEN, False, True, ""),
        (Hands(3, 3, 1, "yes"), SEVEN, True, True, ""),
        (Hands(4, 3, 1), SEVEN, False, True, "too-many-hands"),
        (Hands(0, 0, 0), SEVEN, False, True, "no-hands"),
        (Hands(3, 1, 0), body(jury(4, 5), [], 50), False, True, "no-quorum"),
        (Hands(3, 3, 1, "yes"), SEVEN, False, True, "no-casting"),
        (Hands(3, 3, 1, "yes"), SEVEN, True, False, "chair-out"),
        (Hands(0, 0, 7, "yes"), SEVEN, True, True, "chair-hand"),
        (Hands(2, 0, 0, "no"), SEVEN, True, True, "chair-hand"),
        (Hands(1, 0, 0), body(jury(3, 0), [0, 1, 2], 50), False, False, "too-many-hands"),
    ],
)
def test_a_vote_that_cannot_stand_is_refused_with_its_reason(
    hands: Hands, voters: Body, casting_vote: bool, chair_votes: bool, code: str
) -> None:
    if not code:
        refuse(hands, voters, casting_vote=casting_vote, chair_votes=chair_votes)
        return
    with pytest.raises(RuleError) as refused:
        refuse(hands, voters, casting_vote=casting_vote, chair_votes=chair_votes)
    assert refused.value.code == code


@given(
    states=st.lists(st.sampled_from(["present", "excused", "left", "expected"]), max_size=15),
    recused=st.sets(st.integers(0, 14)),
    percent=st.integers(0, 100),
)
def test_a_recusal_is_as_if_the_member_were_not_of_the_jury(
    states: list[Standing], recused: set[int], percent: int
) -> None:
    whole = dict(enumerate(states))
    without = {member: state for member, state in whole.items() if member not in recused}
    assert body(whole, recused, percent).quorum == body(without, [], percent).quorum
