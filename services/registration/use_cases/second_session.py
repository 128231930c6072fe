"""Step 2 of nine: the second session, after one that found no quorum. Next: use_cases/assemblies.py."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, Motion
from services.registration.rules.assembly import replay, statutes
from services.registration.rules.choices import N_
from services.registration.use_cases import assembly_room
from services.registration.use_cases.assemblies import AssemblyDraft, VoterDraft, again, create
from shared.clock import PARIS
from shared.errors import RuleError


def prepare(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> Assembly:
    """A draft with the same agenda, statutes and voters, on the first day that the notice leaves possible, at the same
    hour; it asks for no quorum. While it is a draft, asked again it is the same. Raises RuleError where it would not be
    one: see `wanting`."""
    first = assembly_room.load(session, assembly_id, lock=True)
    if not wanting(first):
        raise RuleError(
            "no-second-session",
            N_("Une seconde séance suit une assemblée levée sans que son quorum ait jamais été atteint."),
        )
    if made := after(session, first):
        if made.state == "draft":
            return made
        raise RuleError("second-session-made", N_("La seconde séance de cette assemblée est déjà convoquée."))
    rules = statutes.from_json(first.statutes)
    day = now.astimezone(PARIS).date() + dt.timedelta(days=rules.notice_days + 1)
    draft = AssemblyDraft(
        title=first.title,
        held_at=dt.datetime.combine(day, first.held_at.astimezone(PARIS).time(), PARIS),
        place=first.place,
        organiser_name=first.organiser_name,
        organiser_email=first.organiser_email,
        statutes=rules,
        statutes_id=first.statutes_id,
        second_session=True,
        voters=[
            VoterDraft(one.structure, one.representative, one.college, one.email, one.structure_id)
            for one in first.voters
        ],
        points=[again(one, _candidates(one)) for one in first.motions],
    )
    return create(session, draft, now, who=who)


def _candidates(motion: Motion) -> tuple[tuple[str, dt.date | None], ...]:
    born = [dt.date.fromisoformat(one["born"]) if one["born"] else None for one in motion.candidates]
    return tuple(zip((one["name"] for one in motion.candidates), born, strict=True))


def wanting(first: Assembly) -> bool:
    """Whether this meeting was closed without its quorum at any moment. One that had it and voted nothing, or that
    asked for none, dispenses no other from it; where something was voted, the agenda would be another."""
    votes = [motion for motion in first.motions if motion.kind != "point"]
    if first.minutes is None or first.rehearsal or not votes or any(motion.decision for motion in votes):
        return False
    _when, fullest = replay.best(first.minutes, present_only=all(motion.present_only for motion in votes))
    return not fullest.reached


def after(session: Session, first: Assembly) -> Assembly | None:
    """The second session of a meeting: on its agenda, whatever its title and its day became."""
    later = sa.select(Assembly).where(
        Assembly.second_session,
        ~Assembly.rehearsal,
        Assembly.state != "called_off",
        Assembly.held_at > first.held_at,
        Assembly.id != first.id,
    )
    found = session.scalars(later.order_by(Assembly.held_at))
    return next((one for one in found if _agenda(one) == _agenda(first)), None)


def _agenda(assembly: Assembly) -> list[tuple[str, str]]:
    return [(motion.kind, motion.title) for motion in assembly.motions if not motion.round_after_id]
