"""Step 2 of telling the running order: each bearer their slot, once, and the programme.

Next: announce_stage.py.

What was told is kept: it is what the programme shows, and a bearer is written to again only when their slot moved.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.jury import announce_stage, queries
from services.jury.models import Call, Gathering, Project, Round, Stage, ToldSlot
from services.jury.use_cases.calls import find_round
from shared import audit
from shared.errors import RuleError


def tell(session: Session, round_id: uuid.UUID, *, site: str, who: str, now: dt.datetime) -> int:
    """Write to the bearers whose slot is new or moved, and to the programme. Returns how many mails; twice: none."""
    this = find_round(session, round_id, lock=True)
    if session.get(Stage, this.id) is None:
        raise RuleError("no-plan", "Préparez d’abord l’ordre de passage.")
    gathering = session.get(Gathering, this.gathering_id) if this.gathering_id else None
    if gathering is not None and gathering.called_off:
        raise RuleError("called-off", "Cet évènement est annulé : choisissez-en un autre avant d’annoncer l’ordre.")
    call = session.get_one(Call, this.call_id)
    place = gathering.place if gathering else ""
    projects = {str(project.id): project for project in queries.projects_in(session, this)}
    sent = 0
    for turn in queries.untold(session, this, place):
        project = projects[turn.project]
        slot = session.get(ToldSlot, (this.id, project.id))
        moved = slot is not None and slot.taken_back_at is None
        if slot is None:
            slot = ToldSlot(round_id=this.id, project_id=project.id, sequence=0)
            session.add(slot)
        else:
            slot.sequence += 1
        slot.starts_at, slot.ends_at, slot.place = turn.starts, turn.ends, place
        slot.told_at, slot.taken_back_at = now, None
        session.flush()
        if project.bearer_email:
            announce_stage.slot_told(
                session,
                call,
                project,
                slot,
                event=gathering.title if gathering else "",
                moved=moved,
                locale=queries.locale_of(session, project.id),
                url=f"{site}/appels/{call.id}",
            )
            sent += 1
    _tell_programme(session, this)
    audit.record(
        session,
        who=who,
        what="told the running order",
        thing="round",
        thing_id=this.id,
        before=None,
        after={"mails": sent},
        now=now,
    )
    return sent


def take_back(session: Session, this: Round, project: Project, now: dt.datetime) -> None:
    """A project gives up: what the programme was told of it goes, and out of its bearer's calendar; the others stay
    as they were told."""
    slot = session.get(ToldSlot, (this.id, project.id))
    if slot is None or slot.taken_back_at is not None:
        return
    slot.taken_back_at, slot.sequence = now, slot.sequence + 1
    session.flush()
    _tell_programme(session, this)
    if project.bearer_email and slot.ends_at > now:
        announce_stage.slot_told(
            session,
            session.get_one(Call, this.call_id),
            project,
            slot,
            event=_event_of(session, this),
            taken_back=True,
            locale=queries.locale_of(session, project.id),
        )


def _event_of(session: Session, this: Round) -> str:
    gathering = session.get(Gathering, this.gathering_id) if this.gathering_id else None
    return gathering.title if gathering else ""


def move(session: Session, this: Round) -> None:
    """The round is held at another event: what was told goes to its programme, and out of the former one."""
    if session.scalar(sa.select(sa.exists().where(ToldSlot.round_id == this.id))):
        session.flush()
        _tell_programme(session, this)


def _tell_programme(session: Session, this: Round) -> None:
    query = (
        sa.select(ToldSlot, Project)
        .join(Project, Project.id == ToldSlot.project_id)
        .where(ToldSlot.round_id == this.id, ToldSlot.taken_back_at.is_(None))
        .order_by(ToldSlot.starts_at, Project.number)
    )
    call = session.get_one(Call, this.call_id)
    announce_stage.running_order_told(
        session, call, this, [(slot, project) for slot, project in session.execute(query)]
    )
