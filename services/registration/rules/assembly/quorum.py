"""Step 3 of nine: whether a vote may be held now. Next: rules/assembly/motions.py."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from services.registration.rules.assembly.attendance import Attendance, Voter
from services.registration.rules.assembly.statutes import College, Statutes


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

    Each college asks for its share where the statutes say so, and where it has a quorum of its own.
    A second session on the same agenda, after a new notice, needs no quorum. A college without voters asks nothing.
    """
    there = attendance.represented(proxies=statutes.quorum_counts_proxies and not present_only)

    def share(college: College | None = None) -> Share:
        listed = [one for one in voters if college is None or one.college == college.key]
        asked = Fraction(0) if second_session else statutes.quorum_share(college)
        key, label = (college.key, college.label) if college else ("", "")
        return Share(key, label, len(listed), sum(one.id in there for one in listed), math.ceil(asked * len(listed)))

    whole, colleges = share(), tuple(share(college) for college in statutes.colleges)
    found = Quorum(whole, colleges, False, second_session)
    return replace(found, reached=not lacking(statutes, found))


def asked(statutes: Statutes, *, second_session: bool = False) -> bool:
    """Whether there is a quorum to reach at all: where there is none, no page says that it was."""
    return not second_session and (statutes.asks_together or bool(statutes.asking))


def lacking(statutes: Statutes, quorum: Quorum) -> list[Share]:
    """The whole assembly, then the colleges, that the statutes ask for a quorum and that miss voters for it."""
    asking = {college.key for college in statutes.asking}
    asked = [quorum.whole] if statutes.asks_together else []
    return [one for one in (*asked, *(each for each in quorum.colleges if each.key in asking)) if not one.reached]
