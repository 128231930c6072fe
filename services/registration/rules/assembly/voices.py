"""Step 3 of nine: how many voices a vote has, by college or together. Next: rules/assembly/motions.py."""

from __future__ import annotations

from collections.abc import Mapping

from services.registration.rules.assembly.attendance import Attendance, Voter
from services.registration.rules.assembly.statutes import Statutes

TOGETHER = ""
"""The key of voices and counts that no college is told apart in."""


def by_college(
    statutes: Statutes, voters: Mapping[str, Voter], there: Attendance, *, proxies: bool = True
) -> dict[str, int]:
    """A voice belongs to the college of whoever gave it. voters: by id."""
    counted = there.represented(proxies=proxies)
    return {college.key: sum(voters[one].college == college.key for one in counted) for college in statutes.colleges}


def electorate(
    statutes: Statutes,
    voters: Mapping[str, Voter],
    there: Attendance,
    *,
    present_only: bool = False,
    college: str = "",
    secret: bool = False,
    election: bool = False,
) -> dict[str, int]:
    """The voices of one vote. college: of an election, "" where all vote: then a voice is a voice, also where colleges
    weigh.

    A secret ballot is not told by college where the result does not need it: the voice of a college's only member in
    the room would be known.
    """
    voices = by_college(statutes, voters, there, proxies=not present_only)
    if college:
        return {college: voices.get(college, 0)}
    if election or (secret and not statutes.weighted_colleges and len(voices) > 1):
        return {TOGETHER: sum(voices.values())}
    return voices
