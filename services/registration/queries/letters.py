"""Who is called to an assembly by letter."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.queries.mails import FATES
from services.registration.rules.people import email_key


def by_letter(session: Session, assembly: Assembly) -> Sequence[AssemblyVoter | StruckVoter]:
    """Voters that no mail reaches: without an address, or whose notice came back and nobody settled it yet. Of an
    assembly that was called off: to whom neither its notice nor this was brought by mail, struck since or not."""
    if assembly.state == "called_off":
        at = assembly.calling_off.leaves_at if assembly.calling_off else assembly.held_at
        gone = _struck(session, assembly, at)
        everybody: list[AssemblyVoter | StruckVoter] = [*assembly.voters]
        everybody += gone
        back = FATES.returned(session, _voters(assembly), "assembly_called_off")
        back |= FATES.returned(session, _struck_voters(assembly), "assembly_called_off")
        keys = {email_key(one.email) for one in everybody if one.id in back}  # one mail spoke of all of them
        lost = {one.id for one in everybody if one.email and email_key(one.email) in keys}
        return [
            *(one for one in by_letter_again(session, assembly) if one.id not in lost),
            *(one for one in assembly.voters if one.id in lost),
            *(one for one in gone if not one.email or one.id in lost),
        ]
    returned = FATES.waiting(session, _voters(assembly))
    return [voter for voter in assembly.voters if not voter.email or voter.id in returned]


def by_letter_again(session: Session, assembly: Assembly) -> list[AssemblyVoter]:
    """Those whom another notice by mail would not reach either: also who was called by letter after the last one came
    back."""
    returned = unreachable(session, assembly)
    return [voter for voter in assembly.voters if not voter.email or voter.id in returned]


def struck(session: Session, assembly: Assembly, at: dt.datetime) -> list[StruckVoter]:
    """Who was called by letter and is no longer on the list, while the day that it said is ahead of `at`."""
    return [one for one in _struck(session, assembly, at) if not one.email]


def _struck(session: Session, assembly: Assembly, at: dt.datetime) -> list[StruckVoter]:
    query = sa.select(StruckVoter).where(StruckVoter.assembly_id == assembly.id, StruckVoter.held_at > at)
    return list(session.scalars(query.order_by(StruckVoter.structure, StruckVoter.id)))


def unreachable(session: Session, assembly: Assembly) -> set[uuid.UUID]:
    """The voters whose last notice by mail came back."""
    return FATES.returned(session, _voters(assembly), "assembly_notice")


def _voters(assembly: Assembly) -> sa.Select[uuid.UUID]:
    return sa.select(AssemblyVoter.id).where(AssemblyVoter.assembly_id == assembly.id)


def _struck_voters(assembly: Assembly) -> sa.Select[uuid.UUID]:
    return sa.select(StruckVoter.id).where(StruckVoter.assembly_id == assembly.id)
