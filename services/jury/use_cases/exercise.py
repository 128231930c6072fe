"""Step 2 of the calibration exercise: before its round, the jury scores two samples and looks at how far apart it is.

The exercise is a round of its own over projects of its own, so nothing that is asked of the true round can find a score
of it. Tablets are paired with the true round and carry both.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from services.jury import queries, rules
from services.jury.models import Call, Project, Round
from services.jury.samples import SAMPLES
from services.jury.use_cases.calls import find_call, find_round
from shared import audit
from shared.errors import RuleError


def begin(
    session: Session,
    round_id: uuid.UUID,
    samples: Sequence[dict[str, str]] = SAMPLES,
    *,
    who: str,
    now: dt.datetime,
) -> Round:
    """Let the jury score the samples, [{title, summary}]; one that was stopped goes on, over the same projects."""
    this = _hold(session, round_id)
    call = find_call(session, this.call_id)
    if not queries.jurors_in(session, this):
        raise RuleError("no-jurors", "Ajoutez d’abord les membres du jury : personne ne ferait l’exercice.")
    found = queries.exercise_of(session, this.id) or _prepare(session, call, this, now)
    if found.state == "open":
        raise RuleError("exercise-state", "L’exercice est déjà en cours.")
    projects = queries.projects_in(session, found)
    for project, sample in zip(projects, samples, strict=True):
        project.title, project.summary = sample["title"], sample["summary"]
    found.frozen = queries.grid_of(session, call)
    found.frozen_hash = rules.content_hash(found.frozen)
    found.state, found.opened_at = "open", now
    this.version += 1
    _note(session, this, who, "began the exercise", [sample["title"] for sample in samples], now)
    session.flush()
    return found


def stop(session: Session, round_id: uuid.UUID, *, who: str, now: dt.datetime) -> None:
    """The scores are shown to the room. One that was kept without a network still counts in the picture."""
    this = _hold(session, round_id)
    if not end(session, this, now=now):
        raise RuleError("exercise-state", "L’exercice n’est pas en cours.")
    this.version += 1
    _note(session, this, who, "stopped the exercise", [], now)


def end(session: Session, this: Round, *, now: dt.datetime) -> bool:
    """Close the exercise of a round that is held, if it goes on. Returns whether it did."""
    found = queries.exercise_of(session, this.id)
    if found is None or found.state != "open":
        return False
    # Nothing is drawn in an exercise: no seed.
    found.state, found.closed_at, found.seed = "closed", now, ""
    return True


def _hold(session: Session, round_id: uuid.UUID) -> Round:
    this = find_round(session, round_id, lock=True)
    if this.state != "draft":
        raise RuleError("round-state", "L’exercice se fait avant l’ouverture du tour.")
    return this


def _prepare(session: Session, call: Call, this: Round, now: dt.datetime) -> Round:
    holder = Call(
        kind="exercise",
        title=call.title,
        rulebook=call.rulebook,
        rulebook_hash=call.rulebook_hash,
        organiser_name=call.organiser_name,
        organiser_email=call.organiser_email,
        created_at=now,
    )
    session.add(holder)
    session.flush()
    for number in range(1, len(SAMPLES) + 1):
        session.add(_sample(holder, number, now))
    found = Round(call_id=holder.id, number=1, title=this.title, rehearses=this.id, created_at=now)
    session.add(found)
    session.flush()
    return found


def _sample(holder: Call, number: int, now: dt.datetime) -> Project:
    nobody = {"structure": "", "bearer_first_name": "", "bearer_last_name": "", "bearer_email": ""}
    return Project(call_id=holder.id, number=number, title="", created_at=now, **nobody)


def _note(session: Session, this: Round, who: str, what: str, samples: list[str], now: dt.datetime) -> None:
    audit.record(
        session, who=who, what=what, thing="round", thing_id=this.id, before=None, after={"samples": samples}, now=now
    )
