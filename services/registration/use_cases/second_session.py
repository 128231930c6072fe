"""Step 2 of nine: the second session, after one that found no quorum. Next: use_cases/assemblies.py."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly
from services.registration.rules.assembly import statutes
from services.registration.rules.choices import N_
from services.registration.use_cases import assembly_room
from services.registration.use_cases.assemblies import AssemblyDraft, PointDraft, VoterDraft, create
from shared.clock import PARIS
from shared.errors import RuleError


def prepare(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> Assembly:
    """A draft with the same agenda, statutes and voters, on the first day that the notice leaves possible, at the same
    hour; it asks for no quorum. Raises RuleError where something was voted: then the agenda would be another."""
    first = assembly_room.load(session, assembly_id)
    if first.state != "closed" or first.rehearsal or any(motion.decision for motion in first.motions):
        raise RuleError(
            "no-second-session",
            N_("Une seconde séance suit une assemblée levée où rien n’a pu être voté, sur le même ordre du jour."),
        )
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
        points=[
            PointDraft(
                one.title,
                one.kind,
                majority=one.majority,
                present_only=one.present_only,
                secret=one.secret,
                college=one.college,
                seats=one.seats,
                candidates=tuple(
                    (each["name"], dt.date.fromisoformat(each["born"]) if each["born"] else None)
                    for each in one.candidates
                ),
            )
            for one in first.motions
        ],
    )
    return create(session, draft, now, who=who)
