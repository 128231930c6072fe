"""Step 2 of nine: voters are proposed from the members, and put on the list. Next: rules/assembly/voters.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter
from services.registration.queries import members as queries
from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.voters import Member, Proposal, propose
from services.registration.rules.people import fold
from services.registration.use_cases import assemblies
from services.registration.use_cases.assemblies import VoterDraft
from shared import audit
from shared.clock import PARIS


@dataclass(frozen=True)
class Roll:
    """proposed: members that are not on the list. moved: voters whose college on the day is another, with its key.

    strangers: voters that are no member on the day. Both stay as the staff wrote them.
    """

    proposed: list[Proposal]
    moved: list[tuple[AssemblyVoter, str]]
    strangers: list[AssemblyVoter]
    listed: int


def roll(session: Session, assembly: Assembly) -> Roll:
    """The members of the day of the assembly beside its list."""
    held_on = assembly.held_at.astimezone(PARIS).date()
    rows = queries.members(session, held_on, held_on)
    members = [
        Member(
            str(row.structure.id),
            row.structure.name,
            row.actor_type,
            row.membership.representative,
            row.membership.email,
            row.membership.paid_until,
        )
        for row in rows
    ]
    found = propose(statutes.from_json(assembly.statutes), members, held_on)
    by_id = _by_structure(session, assembly)
    by_name = {fold(voter.structure): voter for voter in assembly.voters}
    proposed, moved, known = [], [], set()
    for one in found:
        voter = by_id.get(uuid.UUID(one.member.id)) or by_name.get(fold(one.member.name))
        if voter is None:
            proposed.append(one)
            continue
        known.add(voter.id)
        if one.college and voter.college != one.college:
            moved.append((voter, one.college))
    strangers = [voter for voter in assembly.voters if voter.id not in known]
    return Roll(proposed, moved, strangers, len(assembly.voters))


def _by_structure(session: Session, assembly: Assembly) -> dict[uuid.UUID, AssemblyVoter]:
    """The voters under the structure of today: one that was merged since is the one it leads to."""
    proposed = {voter: voter.structure_id for voter in assembly.voters if voter.structure_id}
    leads = queries.leads(session, proposed.values())
    return {leads[structure]: voter for voter, structure in proposed.items()}


def add(session: Session, assembly_id: uuid.UUID, drafts: Sequence[VoterDraft], now: dt.datetime, *, who: str) -> int:
    """Put these on the list of a draft; who is on it already stays as they are. Returns how many are new.

    Raises RuleError when the assembly was convened, or a draft names a college that its statutes do not have.
    """
    assembly = assemblies.still_draft(session, assembly_id, lock=True)
    ids = _by_structure(session, assembly)
    names = {fold(voter.structure) for voter in assembly.voters}
    new = [one for one in drafts if one.structure_id not in ids and fold(one.structure) not in names]
    assemblies.refuse_list(new, {college["key"] for college in assembly.statutes["colleges"]})
    assembly.voters = [*assembly.voters, *(assemblies.voter_of(None, one) for one in new)]
    session.flush()
    if new:
        audit.record(
            session,
            who=who,
            what="voters added",
            thing="assembly",
            thing_id=assembly.id,
            before=None,
            after={"voters": len(new)},
            now=now,
        )
    return len(new)


def expire(session: Session, long_ago: dt.datetime, *, dry_run: bool = False) -> int:
    """The addresses of voters go once their assembly was held before `long_ago`, or are counted. Returns how many.

    The list itself stays, as the minutes have it: structures and who represented them."""
    old = sa.select(Assembly.id).where(Assembly.held_at < long_ago)
    query = sa.select(AssemblyVoter).where(AssemblyVoter.assembly_id.in_(old), AssemblyVoter.email != "")
    found = list(session.scalars(query))
    if not dry_run:
        for one in found:
            one.email = ""
        session.flush()
    return len(found)
