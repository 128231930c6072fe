"""Step 2 of the public's vote: slips, one ballot each, counted at the closing and never before. Next: models."""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
import uuid
from collections import Counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import queries, rules, scoring
from services.jury.models import PublicBallot, PublicSlip, PublicVote
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.db import hash_token
from shared.errors import NotFound, RuleError, Sentence

MOST_SLIPS = 2000
CODE_BYTES = 8


def prepare(session: Session, round_id: uuid.UUID, data: dict[str, Any], *, who: str, now: dt.datetime) -> PublicVote:
    """data: title, choices, prize (cents). Until the vote opens everything may still change."""
    this = find_round(session, round_id, lock=True)
    vote = of_round(session, this.id)
    if vote is None:
        vote = PublicVote(round_id=this.id, created_at=now, **data)
        session.add(vote)
    elif vote.state != "draft":
        raise RuleError("vote-state", "Le vote du public est ouvert : ses règles ne changent plus.")
    for name, value in data.items():
        setattr(vote, name, value)
    session.flush()
    _note(session, vote, who, "prepared the public's vote", data, now)
    return vote


def make_slips(
    session: Session, vote_id: uuid.UUID, number: int, *, who: str, now: dt.datetime, seed: bytes = b""
) -> list[str]:
    """So many codes, shown this once: only their hashes are kept, in no order that tells anything.

    seed: secret, and of one sheet's own: whoever asks twice with it gets the same sheet again, and no second one.
    """
    vote = _find(session, vote_id, lock=True)
    if vote.state == "closed":
        raise RuleError("vote-state", "Le vote du public est clos.")
    made = session.scalar(sa.select(sa.func.count()).where(PublicSlip.vote_id == vote.id)) or 0
    seed = seed or secrets.token_bytes(32)
    codes: list[str] = [rules.code_of(hmac.digest(seed, b"%d" % one, "sha256")[:CODE_BYTES]) for one in range(number)]
    hashes = sorted(hash_token(code) for code in codes)
    if codes and session.get(PublicSlip, hash_token(codes[0])) is not None:
        return codes
    if not 1 <= number <= MOST_SLIPS - made:
        raise RuleError("slips", "Il ne peut pas y avoir plus de 2000 bulletins.")
    session.execute(sa.insert(PublicSlip), [{"code_hash": h, "vote_id": vote.id, "used": False} for h in hashes])
    _note(session, vote, who, "made slips", {"number": number}, now)
    return codes


def open_vote(session: Session, vote_id: uuid.UUID, *, who: str, now: dt.datetime) -> PublicVote:
    vote = _find(session, vote_id, lock=True)
    if vote.state != "draft":
        raise RuleError("vote-state", "Le vote du public est déjà ouvert, ou clos.")
    if not session.scalar(sa.select(sa.exists().where(PublicSlip.vote_id == vote.id))):
        raise RuleError("no-slips", "Imprimez d’abord des bulletins : sans eux personne ne peut voter.")
    vote.state, vote.opened_at = "open", now
    _note(session, vote, who, "opened the public's vote", None, now)
    return vote


def cast(session: Session, code: str, projects: list[uuid.UUID]) -> PublicVote:
    """One ballot for one slip, blank when it names nobody. The slip is used up in the same transaction."""
    vote = find_by_code(session, code)
    # The vote before the slip, as closing does: taken the other way round, the two would wait for each other.
    session.refresh(vote, with_for_update={"read": True})
    slip = session.get(PublicSlip, hash_token(rules.read_code(code)), with_for_update=True)
    if vote.state == "closed" or slip is None:
        raise RuleError("vote-closed", "Ce vote est clos : votre bulletin n’a pas été compté.")
    if vote.state == "draft":
        raise RuleError("vote-draft", "Ce vote n’est pas encore ouvert : gardez votre bulletin.")
    if slip.used:
        raise RuleError("slip-used", "Ce bulletin a déjà été déposé. Il ne compte qu’une fois.")
    this = find_round(session, vote.round_id)
    known = {project.id for project in queries.projects_in(session, this)}
    chosen = sorted(set(projects))
    if not set(chosen) <= known:
        raise RuleError(
            "choices",
            "Un projet que vous aviez choisi n’est plus dans la liste : rien n’est compté, choisissez encore.",
        )
    if len(chosen) > vote.choices:
        raise RuleError(
            "choices",
            Sentence(
                "Choisissez moins de projets : %(most)s au plus, et %(chosen)s sont cochés. Rien n’est encore compté.",
                most=vote.choices,
                chosen=len(chosen),
            ),
        )
    session.add(PublicBallot(vote_id=vote.id, projects=chosen))
    slip.used = True
    session.flush()
    return vote


def close_vote(session: Session, vote_id: uuid.UUID, *, who: str, now: dt.datetime) -> PublicVote:
    """Close, then count: the count is frozen with its hash, and equal projects are told apart by a seed drawn now."""
    vote = _find(session, vote_id, lock=True)
    if vote.state != "open":
        raise RuleError("vote-state", "Le vote du public n’est pas ouvert.")
    ballots = session.scalars(sa.select(PublicBallot.projects).where(PublicBallot.vote_id == vote.id)).all()
    voices = Counter(str(project) for chosen in ballots for project in chosen)
    slips = session.scalar(sa.select(sa.func.count()).where(PublicSlip.vote_id == vote.id)) or 0
    counts = {
        "slips": slips,
        "ballots": len(ballots),
        "blank": sum(not chosen for chosen in ballots),
        "voices": {key: voices[key] for key in sorted(voices)},
    }
    vote.seed = secrets.token_hex(16)
    vote.counts, vote.counts_hash = counts, rules.content_hash(counts | {"seed": vote.seed})
    vote.state, vote.closed_at = "closed", now
    _note(session, vote, who, "closed the public's vote", counts | {"hash": vote.counts_hash}, now)
    return vote


def standings(vote: PublicVote, projects: list[str]) -> list[tuple[int, str, int]]:
    """(rank, project, voices), most voices first; equal ones by lot. Its own ranking: no score is read for it."""
    voices = (vote.counts or {}).get("voices", {})
    order = sorted(projects, key=lambda one: (-voices.get(one, 0), scoring.draw(vote.seed or "", one), one))
    return [(rank, project, voices.get(project, 0)) for rank, project in enumerate(order, start=1)]


def of_round(session: Session, round_id: uuid.UUID) -> PublicVote | None:
    return session.scalar(sa.select(PublicVote).where(PublicVote.round_id == round_id))


def progress(session: Session, vote: PublicVote) -> tuple[int, int]:
    """(ballots, slips): how many, never for whom."""
    used = sa.func.count().filter(PublicSlip.used)
    row = session.execute(sa.select(used, sa.func.count()).where(PublicSlip.vote_id == vote.id)).one()
    return int(row[0]), int(row[1])


def find_by_code(session: Session, code: str) -> PublicVote:
    """The vote that a slip is for."""
    slip = session.get(PublicSlip, hash_token(rules.read_code(code))) if len(code) <= 64 else None
    if slip is None:
        raise NotFound("slip-unknown", "Ce code n’existe pas : relisez-le sur votre bulletin.")
    return session.get_one(PublicVote, slip.vote_id)


def is_used(session: Session, code: str) -> bool:
    slip = session.get(PublicSlip, hash_token(rules.read_code(code)))
    return slip is not None and slip.used


def _find(session: Session, vote_id: uuid.UUID, *, lock: bool = False) -> PublicVote:
    found = session.get(PublicVote, vote_id, with_for_update=True if lock else None)
    if found is None:
        raise NotFound("unknown-vote", "Ce vote n’existe pas.")
    return found


def _note(
    session: Session, vote: PublicVote, who: str, what: str, after: dict[str, Any] | None, now: dt.datetime
) -> None:
    audit.record(session, who=who, what=what, thing="public vote", thing_id=vote.id, before=None, after=after, now=now)
