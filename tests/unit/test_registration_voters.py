"""Who votes: the member structures of a day, in the college of that day, worked by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from services.registration.rules.assembly.statutes import PRESETS, TWO_COLLEGES, Statutes, check
from services.registration.rules.assembly.voters import Member, fees_day, propose
from shared.errors import RuleError

HELD = dt.date(2017, 2, 3)
ASKED = replace(TWO_COLLEGES, fees_days=30)  # paid on 4 January
FULL = Member("1", "Commune", "authority", "Awa Ba", "awa@commune.example", dt.date(2017, 12, 31))


@pytest.mark.parametrize(
    ("statutes", "member", "college", "flags"),
    [
        (ASKED, FULL, "public", ()),
        (ASKED, replace(FULL, paid_until=dt.date(2017, 1, 4)), "public", ()),
        (ASKED, replace(FULL, paid_until=dt.date(2017, 1, 3)), "public", ("unpaid",)),
        (ASKED, replace(FULL, paid_until=None), "public", ("unpaid",)),
        (TWO_COLLEGES, replace(FULL, paid_until=None), "public", ()),  # they do not ask
        (replace(ASKED, fees_days=0), replace(FULL, paid_until=HELD), "public", ()),
        (replace(ASKED, fees_days=0), replace(FULL, paid_until=dt.date(2017, 2, 2)), "public", ("unpaid",)),
        (ASKED, replace(FULL, actor_type="business"), "economic", ()),
        (ASKED, replace(FULL, actor_type="association"), "", ("no-college",)),
        (ASKED, replace(FULL, actor_type=""), "", ("no-type",)),
        (PRESETS["single"][1], replace(FULL, actor_type=""), "members", ()),  # one college gathers all
        (ASKED, replace(FULL, representative=""), "public", ("no-representative",)),
        (ASKED, replace(FULL, email=""), "public", ("no-address",)),
    ],
)
def test_a_member_votes_in_its_college_unless_something_speaks_against_it(
    statutes: Statutes, member: Member, college: str, flags: tuple[str, ...]
) -> None:
    (found,) = propose(statutes, [member], HELD)
    assert (found.college, found.flags) == (college, flags)
    assert found.votes == (set(flags) <= {"no-address"})


def test_they_come_by_college_in_the_order_of_the_statutes_then_by_name() -> None:
    members = [
        Member("a", "Zèbre", "business"),
        Member("b", "Association", "association"),
        Member("c", "écluse", "authority"),
        Member("d", "Commune", "public_body"),
    ]
    assert [one.member.id for one in propose(TWO_COLLEGES, members, HELD)] == ["d", "c", "a", "b"]


def test_fees_are_asked_for_so_many_days_before() -> None:
    assert (fees_day(ASKED, HELD), fees_day(TWO_COLLEGES, HELD)) == (dt.date(2017, 1, 4), None)
    with pytest.raises(RuleError) as refused:
        check(replace(TWO_COLLEGES, fees_days=-1))
    assert refused.value.field == "fees_days"
