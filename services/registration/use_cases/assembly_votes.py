"""Step 2 of nine: votes of an assembly, from the opening to the decision. Next: rules/assembly/motions.py."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Ballot, BallotSlip, Motion
from services.registration.rules.assembly import elections, motions, statutes, voices
from services.registration.rules.assembly.quorum import lacking
from services.registration.rules.choices import N_
from services.registration.use_cases import assembly_room
from shared import audit
from shared.errors import NotFound, RuleError, Sentence

Counts = Mapping[str, motions.Count]
ANSWERS = ("yes", "no", "blank")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that looks like something else


def open_vote(session: Session, motion_id: uuid.UUID, now: dt.datetime, *, who: str) -> dict[str, list[str]]:
    """Count the quorum, fix the voices, and open. Returns the codes of a secret ballot's slips, by college.

    The codes are shown this once: only their hashes are kept. Raises RuleError without a quorum or any voice.
    """
    motion, assembly = _load(session, motion_id)
    if motion.state == "open":
        raise RuleError("vote-open", N_("Ce vote est déjà ouvert."))
    if motion.kind == "point" or motion.state != "planned":
        raise RuleError("vote-not-planned", N_("Ce point n’est pas un vote à ouvrir."))
    if assembly.state != "open":
        raise RuleError("assembly-not-open", N_("La séance n’est pas ouverte : ouvrez-la d’abord."))
    if motion.kind == "election" and not motion.candidates:
        raise RuleError("no-candidate", N_("Personne n’est candidat : écrivez les candidatures, puis ouvrez le vote."))
    running = sa.select(Motion.id).where(Motion.assembly_id == assembly.id, Motion.state == "open")
    if session.scalar(running):
        raise RuleError("another-vote-open", N_("Un autre vote est ouvert : terminez-le d’abord."))
    now = assembly_room.not_before_the_log(session, assembly, now)
    there = assembly_room.room(session, assembly, now, present_only=motion.present_only)
    if not there.quorum.reached:
        raise RuleError("no-quorum", _short_of(motion, there))
    could = electorate(there, motion)
    if not any(could.values()):
        # Where no quorum is asked: an empty room, or an election in a college of which nobody came.
        said = N_("Personne dans la salle n’a de voix pour ce vote : il ne peut pas être ouvert.")
        raise RuleError("no-voices", said)
    motion.state, motion.opened_at, motion.voices, motion.quorum = "open", now, could, asdict(there.quorum)
    codes = _slips(session, motion, could) if motion.secret else {}
    _record(session, motion, "vote opened", who, {"voices": could}, now)
    session.flush()
    return codes


def electorate(room: assembly_room.Room, motion: Motion) -> dict[str, int]:
    """The voices of a vote that would open now."""
    return voices.electorate(
        room.statutes,
        room.voters,
        room.there,
        present_only=motion.present_only,
        college=motion.college,
        secret=motion.secret,
        election=motion.kind == "election",
    )


def deposited(session: Session, motion: Motion) -> int:
    """How many ballots of a secret vote came so far."""
    used = sa.select(sa.func.count()).where(BallotSlip.motion_id == motion.id, BallotSlip.used)
    return session.scalar(used) or 0


def halt(session: Session, motion_id: uuid.UUID, now: dt.datetime, *, who: str) -> Motion:
    """A vote that was opened by mistake is to be opened again: what was cast is gone, and nothing was counted."""
    motion, _assembly = _load(session, motion_id)
    if motion.state != "open":
        raise RuleError("vote-not-open", N_("Ce vote n’est pas ouvert."))
    for table in (Ballot, BallotSlip):
        session.execute(sa.delete(table).where(table.motion_id == motion.id))
    motion.state, motion.opened_at, motion.voices, motion.quorum = "planned", None, None, None
    _record(session, motion, "vote halted", who, {}, now)
    session.flush()
    return motion


def slips_again(session: Session, motion_id: uuid.UUID, now: dt.datetime, *, who: str) -> dict[str, list[str]]:
    """Other codes for the same voices, by college: the slips did not come out of the printer. Those of before are void.

    Raises RuleError once one was used: of the others nobody knows which are in whose hand.
    """
    motion, _assembly = _load(session, motion_id)
    if motion.state != "open" or not motion.secret:
        raise RuleError("vote-not-open", N_("Ce vote n’est pas ouvert."))
    if session.scalar(sa.select(sa.exists().where(BallotSlip.motion_id == motion.id, BallotSlip.used))):
        raise RuleError("slip-used", N_("Un bulletin est déjà déposé : les bulletins distribués restent les bons."))
    session.execute(sa.delete(BallotSlip).where(BallotSlip.motion_id == motion.id))
    codes = _slips(session, motion, motion.voices or {})
    _record(session, motion, "slips made again", who, {}, now)
    session.flush()
    return codes


def _slips(session: Session, motion: Motion, could: Mapping[str, int]) -> dict[str, list[str]]:
    codes = {college: [_code() for _ in range(number)] for college, number in could.items()}
    drawn = sorted((hash_of(code), college) for college, some in codes.items() for code in some)
    session.add_all(BallotSlip(code_hash=hash, motion_id=motion.id, college=college) for hash, college in drawn)
    return codes


def cast(session: Session, code: str, choices: list[str]) -> Motion:
    """One secret ballot for one slip. The slip is used up in the same transaction; nothing else is noted."""
    motion = find_slip(session, code)
    # The vote before the slip, as closing does: taken the other way round, the two would wait for each other.
    session.refresh(motion, with_for_update={"read": True})
    slip = session.get(BallotSlip, hash_of(code), with_for_update=True, populate_existing=True)
    if motion.state != "open" or slip is None:
        raise RuleError("vote-closed", N_("Ce vote est terminé : votre bulletin n’a pas été compté."))
    if slip.used:
        raise _used_up()
    session.add(Ballot(motion_id=motion.id, college=slip.college, choices=_legal(motion, choices)))
    slip.used = True
    session.flush()
    return motion


def find_slip(session: Session, code: str) -> Motion:
    """The vote that a slip is for. Raises NotFound for a code that opens none, RuleError for one that is used up."""
    slip = session.get(BallotSlip, hash_of(code))
    if slip is None:
        # A vote that is over or was halted has no slips, nor is one kept that others replace: nobody can say which.
        said = N_(
            "Ce code n’ouvre aucun vote : relisez-le. S’il est juste, ce bulletin ne sert plus : le vote est terminé "
            "ou interrompu, ou d’autres bulletins remplacent celui-ci."
        )
        raise NotFound("slip-unknown", said)
    if slip.used:
        raise _used_up()
    return session.get_one(Motion, slip.motion_id)


def _used_up() -> RuleError:
    return RuleError("slip-used", N_("Ce bulletin a déjà été déposé. Il ne compte qu’une fois."))


def decide_motion(
    session: Session,
    motion_id: uuid.UUID,
    first: Counts,
    second: Counts,
    now: dt.datetime,
    *,
    who: str,
    chair_says_yes: bool | None = None,
    tellers: Sequence[str] = (),
) -> Motion:
    """Close a motion with the counts of two tellers, who must agree; a secret one counts itself. tellers: their names,
    for the minutes."""
    motion, assembly = _open(session, motion_id, "motion")
    rules = statutes.from_json(assembly.statutes)
    if motion.secret:
        counts: Counts = counted(session, motion)
    else:
        motions.refuse_disagreement(first, second)
        counts, motion.tellers = first, list(tellers)
    decision = motions.decide(
        rules, counts, motion.voices or {}, majority=motion.majority, chair_says_yes=chair_says_yes
    )
    return _close(session, motion, {key: asdict(count) for key, count in counts.items()}, decision.to_json(), now, who)


def decide_election(
    session: Session,
    motion_id: uuid.UUID,
    first: Mapping[str, int],
    second: Mapping[str, int],
    now: dt.datetime,
    *,
    who: str,
    births: Mapping[str, dt.date] | None = None,
    drawn: Sequence[int] = (),
    tellers: Sequence[str] = (),
) -> Motion:
    """Close an election. A count is votes by candidate, with "blank", "void" and "abstained". tellers: as above.

    births: of candidates that had none written; RuleError "birth-date-needed" asks for them, at a tie that age parts.
    drawn: the numbers that two tellers said; "draw-numbers-needed" asks for them, at a tie that the lot parts.
    """
    motion, assembly = _open(session, motion_id, "election")
    rules = statutes.from_json(assembly.statutes)
    if motion.secret:
        ballots = _ballots(session, motion)
        tally = Counter(choice for ballot in ballots for choice in ballot.choices or ["blank"])
        tally["abstained"] = sum((motion.voices or {}).values()) - len(ballots)
        count: Mapping[str, int] = tally
    else:
        motions.refuse_disagreement(first, second)
        count, motion.tellers = first, list(tellers)
    others = {name: count.get(name, 0) for name in ("blank", "void", "abstained")}
    votes = {one["id"]: count.get(one["id"], 0) for one in motion.candidates}
    elections.refuse_miscount(
        votes,
        blank=others["blank"],
        void=others["void"],
        voters=sum((motion.voices or {}).values()) - others["abstained"],
        choices=motion.seats,
    )
    known = births or {}
    dated = [
        one if one["born"] or one["id"] not in known else one | {"born": known[one["id"]].isoformat()}
        for one in motion.candidates
    ]
    people = [elections.read(one) for one in dated]
    outcome = elections.elect(people, votes, motion.seats, tie=rules.election_tie)
    seed = ""
    if rules.election_tie == "draw" and outcome.by_tie_rule:
        seed = elections.seed_of(motion.draw_secret, drawn)
        outcome = elections.elect(people, votes, motion.seats, tie="draw", seed=seed)
    # A date that parted nobody is not kept.
    level = {votes[one] for one in (*outcome.by_tie_rule, *outcome.tied) if rules.election_tie == "oldest"}
    motion.candidates = [
        new if votes[one["id"]] in level else one for one, new in zip(motion.candidates, dated, strict=True)
    ]
    plain = json.loads(json.dumps(asdict(outcome))) | {"seed": seed}
    return _close(session, motion, votes | others, plain, now, who)


def second_round(session: Session, motion_id: uuid.UUID, now: dt.datetime, *, who: str) -> Motion:
    """Put the next round of a tied election at the end of the agenda: its tied candidates, the seats they contest."""
    motion, assembly = _load(session, motion_id)
    if assembly.state != "open":
        raise RuleError("assembly-not-open", N_("La séance n’est pas ouverte : ouvrez-la d’abord."))
    tied = (motion.decision or {}).get("tied") if motion.kind == "election" else None
    if not motion.decision or not tied:
        raise RuleError("no-tie", N_("Ce vote n’attend pas de second tour."))
    if any(other.round_after_id == motion.id for other in assembly.motions):
        raise RuleError("second-round-made", N_("Ce second tour est déjà à l’ordre du jour : ouvrez-le."))
    made = Motion(
        position=max(one.position for one in assembly.motions) + 1,
        title=motion.title,
        round=motion.round + 1,
        kind="election",
        majority=motion.majority,
        present_only=motion.present_only,
        secret=motion.secret,
        college=motion.college,
        seats=motion.decision["contested"],
        candidates=[one for one in motion.candidates if one["id"] in tied],
        round_after_id=motion.id,
    )
    assembly.motions.append(made)
    session.flush()
    _record(session, made, "second round", who, {"candidates": tied, "seats": made.seats}, now)
    return made


def counted(session: Session, motion: Motion) -> dict[str, motions.Count]:
    """A secret motion's ballots by college; a slip that stayed in the hand is an abstention."""
    found: dict[str, Counter[str]] = {key: Counter() for key in motion.voices or {}}
    for ballot in _ballots(session, motion):
        found[ballot.college][ballot.choices[0]] += 1
    return {
        key: motions.Count(
            tally["yes"], tally["no"], tally["blank"], abstained=(motion.voices or {})[key] - tally.total()
        )
        for key, tally in found.items()
    }


def hash_of(code: str) -> bytes:
    """How a slip's code is kept. Spaces, hyphens and letter case do not matter. 60 random bits need no salt."""
    return hashlib.sha256("".join(code.upper().replace("-", "").split()).encode()).digest()


def _short_of(motion: Motion, there: assembly_room.Room) -> str:
    """Why a vote does not open, with who misses how many voters."""
    shares = lacking(there.statutes, there.quorum)
    each = " ; ".join(f"%(who{number})s, {one.missing}" for number, one in enumerate(shares))
    who = {f"who{number}": Sentence(one.label or N_("toute l’assemblée")) for number, one in enumerate(shares)}
    missing = Sentence(each, **who)
    if motion.present_only:
        return Sentence(
            "Sans les pouvoirs, qui ne comptent pas pour ce point, le quorum manque : le vote ne s’ouvre pas. "
            "Il manque : %(missing)s.",
            missing=missing,
        )
    return Sentence(
        "Le quorum n’est pas atteint : le vote ne peut pas être ouvert. Il manque : %(missing)s.", missing=missing
    )


def _code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return "-".join(letters[at : at + 4] for at in (0, 4, 8))


def _legal(motion: Motion, choices: list[str]) -> list[str]:
    """The choices in the order of the paper, or a RuleError that says what may be chosen."""
    if motion.kind == "motion":
        if len(choices) != 1 or choices[0] not in ANSWERS:
            raise RuleError("choose-one", N_("Choisissez pour, contre ou blanc."), status=422, field="choice")
        return choices
    known = [one["id"] for one in motion.candidates]
    if len(choices) > motion.seats or len(set(choices)) != len(choices) or set(choices) - set(known):
        said: str = N_("Choisissez un nom au plus ; aucun nom vaut bulletin blanc.")
        if motion.seats > 1:
            said = Sentence("Choisissez %(number)s noms au plus ; aucun nom vaut bulletin blanc.", number=motion.seats)
        raise RuleError("too-many-names", said, status=422, field="choice")
    return [one for one in known if one in choices]


def _ballots(session: Session, motion: Motion) -> list[Ballot]:
    return list(session.scalars(sa.select(Ballot).where(Ballot.motion_id == motion.id)))


def _mix(session: Session, motion: Motion) -> None:
    """Write the ballots again in the order of other random keys, at once: their place in the table and the transaction
    they came in told in which order they were cast, and a room sees who casts when."""
    cast = session.execute(
        sa.delete(Ballot).where(Ballot.motion_id == motion.id).returning(Ballot.college, Ballot.choices)
    ).all()
    keys = sorted(uuid.uuid4() for _ballot in cast)
    order = secrets.SystemRandom().sample(cast, len(cast))
    rows = [
        {"id": key, "motion_id": motion.id, "college": college, "choices": choices}
        for key, (college, choices) in zip(keys, order, strict=True)
    ]
    if rows:
        session.execute(sa.insert(Ballot), rows)


def _load(session: Session, motion_id: uuid.UUID) -> tuple[Motion, Assembly]:
    motion = session.get(Motion, motion_id)
    if motion is None:
        raise NotFound("vote-unknown", N_("Ce vote n’existe pas."))
    assembly = assembly_room.load(session, motion.assembly_id, lock=True)
    session.refresh(motion, with_for_update=True)
    return motion, assembly


def _open(session: Session, motion_id: uuid.UUID, kind: str) -> tuple[Motion, Assembly]:
    motion, assembly = _load(session, motion_id)
    if motion.state != "open" or motion.kind != kind:
        raise RuleError("vote-not-open", N_("Ce vote n’est pas ouvert."))
    return motion, assembly


def _close(
    session: Session, motion: Motion, counts: dict[str, Any], decision: dict[str, Any], now: dt.datetime, who: str
) -> Motion:
    motion.state, motion.counts, motion.decision, motion.decided_at = "decided", counts, decision, now
    session.execute(sa.delete(BallotSlip).where(BallotSlip.motion_id == motion.id))
    _mix(session, motion)
    _record(session, motion, "vote decided", who, {"counts": counts, "decision": decision}, now)
    session.flush()
    return motion


def _record(session: Session, motion: Motion, what: str, who: str, after: dict[str, Any], now: dt.datetime) -> None:
    after = {"motion": motion.title, "round": motion.round} | after
    audit.record(
        session, who=who, what=what, thing="assembly", thing_id=motion.assembly_id, before=None, after=after, now=now
    )
