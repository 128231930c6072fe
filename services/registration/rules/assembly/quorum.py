"""Step 3 of nine: whether a vote may be held now. Next: rules/assembly/motions.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from services.registration.rules.assembly.attendance import Attendance, Voter
from services.registration.rules.assembly.statutes import Statutes


@dataclass(frozen=True)
class Share:
    """One college, or the whole assembly (key ""). needed: the smallest whole number that reaches the share."""

    key: str
    label: str
    voters: int
    represented: int
    needed: int

    @property
    def reached(self) -> bool:
        return self.represented >= self.needed

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.represented)


@dataclass(frozen=True)
class Quorum:
    """whole: all voters together. colleges: each one, whether or not the statutes ask for it."""

    whole: Share
    colleges: tuple[Share, ...]
    reached: bool
    second_session: bool = False


def count(
    statutes: Statutes,
    voters: Sequence[Voter],
    attendance: Attendance,
    *,
    present_only: bool = False,
    second_session: bool = False,
) -> Quorum:
    """The quorum at one instant. present_only: a vote of members present, where no proxy counts.

    A second session on the same agenda, after a new notice, needs no quorum. A college without voters asks nothing.
    """
    there = attendance.represented(proxies=statutes.quorum_counts_proxies and not present_only)
    share = Fraction(0) if second_session else statutes.quorum_share
    colleges = tuple(
        _share(college.key, college.label, [one for one in voters if one.college == college.key], there, share)
        for college in statutes.colleges
    )
    whole = _share("", "", voters, there, share)
    reached = all(one.reached for one in colleges) if statutes.quorum_per_college else whole.reached
    return Quorum(whole, colleges, reached, second_session)


def _share(key: str, label: str, voters: Sequence[Voter], there: frozenset[str], share: Fraction) -> Share:
    return Share(key, label, len(voters), sum(one.id in there for one in voters), math.ceil(share * len(voters)))
