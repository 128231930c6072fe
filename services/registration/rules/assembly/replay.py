"""Step 3 of nine: minutes computed again from what they quote. Next: services/registration/minutes_replay.py.

The statutes, the list of voters, the log of the room and the counts of each vote are in the minutes; attendance,
proxies, quorum, voices and decisions follow from them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from services.registration.rules.assembly import attendance, elections, motions, quorum, statutes, voices
from shared.errors import RuleError


def faults(minutes: dict[str, Any]) -> list[str]:
    """What the minutes say otherwise than they quote, a line each; empty when all follows.

    Raises KeyError, TypeError, ValueError or RuleError for what are no minutes.
    """
    rules = statutes.from_json(minutes["statutes"])
    voters = {one.id: one for one in _voters(minutes)}
    log = _log(minutes)
    found: list[str] = []
    for motion in minutes["agenda"]:
        if motion["decision"] is None:
            continue
        there = attendance.at(rules, list(voters.values()), log, _instant(motion["opened_at"]))
        present_only = motion["present_only"]
        reached = quorum.count(
            rules, list(voters.values()), there, present_only=present_only, second_session=minutes["second_session"]
        )
        could = voices.electorate(
            rules,
            voters,
            there,
            present_only=present_only,
            college=motion["college"],
            secret=motion["secret"] and voices.TOGETHER in motion["voices"],
            election=motion["kind"] == "election",
        )
        said = {"quorum": motion["quorum"], "voices": motion["voices"], "decision": motion["decision"]}
        again = {"quorum": plain(asdict(reached)), "voices": could, "decision": _decision(rules, motion)}
        found += [
            f"{motion['position']}. {motion['title']}: {name} {said[name]}, computed again {again[name]}"
            for name in said
            if said[name] != again[name]
        ]
        if not reached.reached:
            found.append(f"{motion['position']}. {motion['title']}: voted without its quorum")
    found += _suspensions(minutes, rules, list(voters.values()), log)
    found += [fault for motion in minutes["agenda"] if (fault := _round(minutes, motion))]
    return found + [fault for motion in minutes["agenda"] if (fault := _draw(motion))]


def best(minutes: dict[str, Any], *, present_only: bool = False) -> tuple[dt.datetime, quorum.Quorum]:
    """The room at its fullest, and when; empty at the end where nobody came. What a meeting without votes is minuted
    with: that its quorum was never there. present_only: as for a vote of members present."""
    rules = statutes.from_json(minutes["statutes"])
    voters = _voters(minutes)
    log = _log(minutes)

    def count(when: dt.datetime) -> quorum.Quorum:
        there = attendance.at(rules, voters, log, when)
        return quorum.count(rules, voters, there, present_only=present_only, second_session=minutes["second_session"])

    counted = [(when, count(when)) for when in ({one.at for one in log} or {_instant(minutes["closed_at"])})]
    return max(counted, key=lambda one: (one[1].reached, one[1].whole.represented, -one[0].timestamp()))


def _suspensions(
    minutes: dict[str, Any], rules: statutes.Statutes, voters: list[attendance.Voter], log: list[attendance.Entry]
) -> list[str]:
    """A suspension leaves an empty room, and ends with the first arrival after it. Old minutes say none."""
    found: list[str] = []
    came = [one.at for one in log if one.what == attendance.ARRIVED]
    for one in minutes.get("suspensions", ()):
        said = attendance.Suspension(_instant(one["at"]), _instant(one["resumed_at"]) if one["resumed_at"] else None)
        again = attendance.suspension(said.at, came)
        if said != again:
            found.append(f"suspended {one['at']}: resumed {one['resumed_at']}, computed again {again.resumed_at}")
        if there := attendance.at(rules, voters, log, said.at).present:
            found.append(f"suspended {one['at']}: {len(there)} still in the room")
    return found


def _round(minutes: dict[str, Any], motion: dict[str, Any]) -> str:
    """Why a later round is not between those whom the one before it left level, for the seats it left; "" if it is."""
    if not motion.get("round_after"):
        return ""
    before = next(one for one in minutes["agenda"] if one["position"] == motion["round_after"])
    level, standing = before["decision"]["tied"], [one["id"] for one in motion["candidates"]]
    if set(standing) <= set(level) and motion["seats"] == before["decision"]["contested"]:
        return ""
    return (
        f"{motion['position']}. {motion['title']}: a round between {standing} for {motion['seats']} seats, where "
        f"{level} were level for {before['decision']['contested']}"
    )


def _draw(motion: dict[str, Any]) -> str:
    """Why a lot was not drawn from the secret that was committed to before the count; "" if it was, or where minutes
    are older than commitments."""
    committed, seed = motion.get("draw_commitment"), (motion["decision"] or {}).get("seed")
    if not committed or not seed or elections.kept_its_word(seed, committed):
        return ""
    return f"{motion['position']}. {motion['title']}: drawn with {seed!r}, which is not what {committed} was told of"


def votes(minutes: dict[str, Any]) -> Iterator[tuple[int, str, int, str]]:
    """Each vote: its place on the agenda, its title, how many voices, and what came of it."""
    for motion in minutes["agenda"]:
        if decision := motion["decision"]:
            if motion["kind"] == "election":
                names = {one["id"]: one["name"] for one in motion["candidates"]}
                outcome = ", ".join(names[one] for one in decision["elected"]) or "nobody"
            else:
                outcome = "adopted" if decision["adopted"] else "rejected"
            yield motion["position"], motion["title"], sum(motion["voices"].values()), outcome


def weights(minutes: dict[str, Any], position: int) -> list[str]:
    """Where colleges weigh, how a motion's result comes of what each said, a line each; empty for any other vote."""
    motion = next(one for one in minutes["agenda"] if one["position"] == position)
    rules = statutes.from_json(minutes["statutes"])
    if motion["kind"] != "motion" or not motion["decision"] or not rules.weighted_colleges:
        return []
    counts = {key: motions.Count(**count) for key, count in motion["counts"].items()}
    return [
        f"{one.key}: {one.yes} of {one.base}, times {one.carries} of the result"
        for one in motions.weighed(rules, counts, motion["majority"])
    ] + [f"together {motion['decision']['share']}"]


def plain(data: Any) -> Any:
    """As it is read back from JSON."""
    return json.loads(json.dumps(data))


def _decision(rules: statutes.Statutes, motion: dict[str, Any]) -> Any:
    said = motion["decision"]
    try:
        if motion["kind"] == "election":
            counts = dict(motion["counts"])
            others = {name: counts.pop(name) for name in ("blank", "void", "abstained")}
            voters = sum(motion["voices"].values()) - others.pop("abstained")
            elections.refuse_miscount(counts, **others, voters=voters, choices=motion["seats"])
            people = [elections.read(one) for one in motion["candidates"]]
            outcome = elections.elect(people, counts, motion["seats"], tie=rules.election_tie, seed=said["seed"])
            return plain(asdict(outcome)) | {"seed": said["seed"]}
        counts = {key: motions.Count(**count) for key, count in motion["counts"].items()}
        chair = said["adopted"] if said["by_chair"] else None
        return motions.decide(
            rules, counts, motion["voices"], majority=motion["majority"], chair_says_yes=chair
        ).to_json()
    except RuleError as error:
        return error.code


def _voters(minutes: dict[str, Any]) -> list[attendance.Voter]:
    return [attendance.Voter(one["id"], one["structure"], one["college"]) for one in minutes["voters"]]


def _log(minutes: dict[str, Any]) -> list[attendance.Entry]:
    return [
        attendance.Entry(
            _instant(one["at"]), one["what"], one["voter"], one["holder"] or "", blank=one.get("blank", False)
        )
        for one in minutes["log"]
    ]


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
