"""Step 2 of nine: the list of voters, until the meeting opens. Next: rules/assembly/voters.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.announce import gatherings
from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.queries import letters
from services.registration.queries import members as queries
from services.registration.rules.assembly import statutes
from services.registration.rules.assembly.voters import Member, Proposal, propose
from services.registration.rules.choices import N_
from services.registration.rules.people import email_key, fold, may_name
from services.registration.use_cases import assemblies, assembly_room
from services.registration.use_cases.assemblies import VoterDraft
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError


@dataclass(frozen=True)
class Roll:
    """proposed: members that are not on the list. moved: voters whose college on the day is another, with its key.

    strangers: voters that are no member on the day. owing: those whose fees are not paid for it, where the statutes
    ask. All of them stay as the staff wrote them.
    """

    proposed: list[Proposal]
    moved: list[tuple[AssemblyVoter, str]]
    strangers: list[AssemblyVoter]
    owing: list[AssemblyVoter]
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
    proposed, moved, owing, known = [], [], [], set()
    for one in found:
        voter = by_id.get(uuid.UUID(one.member.id)) or by_name.get(fold(one.member.name))
        if voter is None:
            proposed.append(one)
            continue
        known.add(voter.id)
        if one.college and voter.college != one.college:
            moved.append((voter, one.college))
        if "unpaid" in one.flags:
            owing.append(voter)
    strangers = [voter for voter in assembly.voters if voter.id not in known]
    return Roll(proposed, moved, strangers, owing, len(assembly.voters))


def _by_structure(session: Session, assembly: Assembly) -> dict[uuid.UUID, AssemblyVoter]:
    """The voters under the structure of today: one that was merged since is the one it leads to."""
    proposed = {voter: voter.structure_id for voter in assembly.voters if voter.structure_id}
    leads = queries.leads(session, proposed.values())
    return {leads[structure]: voter for voter, structure in proposed.items()}


def add(session: Session, assembly_id: uuid.UUID, drafts: Sequence[VoterDraft], now: dt.datetime, *, who: str) -> int:
    """Put these on the list; who is on it already stays as they are. Returns how many are new.

    Once the notices have left, each gets theirs at once. Raises RuleError when the meeting is open, or a draft names a
    college that its statutes do not have.
    """
    assembly = unsettled(session, assembly_id, lock=True)
    ids = _by_structure(session, assembly)
    names = {fold(voter.structure) for voter in assembly.voters}
    new = [one for one in drafts if one.structure_id not in ids and fold(one.structure) not in names]
    assemblies.refuse_list(new, {college["key"] for college in assembly.statutes["colleges"]})
    added = [assemblies.voter_of(None, one) for one in new]
    assembly.voters = [*assembly.voters, *added]
    session.flush()
    if assembly.state == "convened":
        for voter in added:
            session.refresh(voter)  # the card that the notice shows
            if voter.email:
                gatherings.assembly_convened(session, assembly, voter)
            _replaced(session, assembly, voter)
    if new:
        _record(session, assembly, "voters added", {"voters": len(new)}, now, who)
    return len(new)


def strike(session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, now: dt.datetime, *, who: str) -> str:
    """Take a structure off the list, with the proxies it gave or was to carry. Returns its name.

    Nothing is written to it, for it may be put there again with another address; whom a notice reached, or who has no
    address and was called by letter, is remembered, to be told when the meeting is called off.

    Raises RuleError when the meeting is open: what was counted there was counted of this list.
    """
    assembly = unsettled(session, assembly_id, lock=True)
    voter = assembly_room.find_voter(session, assembly, voter_id)
    name = voter.structure
    if assembly.state == "convened" and voter.id not in letters.unreachable(session, assembly):
        session.add(_struck(assembly, voter))
    before = assembly_room.room(session, assembly, now).there.named
    assembly.voters.remove(voter)
    session.flush()
    assembly_room.withdraw_replaced(session, assembly, before, now, who=who)
    _record(session, assembly, "voter removed", {"structure": name}, now, who)
    return name


def _struck(assembly: Assembly, voter: AssemblyVoter) -> StruckVoter:
    kept = {name: getattr(voter, name) for name in ("id", "structure", "representative", "email")}
    said = {name: getattr(assembly, name) for name in ("title", "held_at", "place")}
    return StruckVoter(assembly_id=assembly.id, **kept, **said)


def _replaced(session: Session, assembly: Assembly, voter: AssemblyVoter) -> None:
    """The notice that a structure has again takes the place of the one it had at this address, or by letter: there is
    one reader of both, whoever represents it now."""
    query = sa.select(StruckVoter).where(StruckVoter.assembly_id == assembly.id)
    for one in session.scalars(query):
        if fold(one.structure) == fold(voter.structure) and email_key(one.email) in ("", email_key(voter.email)):
            session.delete(one)


def represent(
    session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, name: str, now: dt.datetime, *, who: str
) -> None:
    """Somebody else speaks for a structure: its voice, its college and its card stay what they are.

    Raises RuleError once the minutes say who did.
    """
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.state == "closed":
        raise RuleError("minutes-closed", N_("Le procès-verbal est arrêté : ajoutez-lui une rectification."))
    if not 0 < len(name) <= 200:
        raise RuleError(
            "representative-needed",
            N_("Écrivez qui représente cette structure, en 200 signes au plus."),
            status=422,
            field="representative",
        )
    voter = assembly_room.find_voter(session, assembly, voter_id)
    if voter.representative != name:
        voter.representative = name
        _record(session, assembly, "represented otherwise", {"structure": voter.structure}, now, who)


def unsettled(session: Session, assembly_id: uuid.UUID, *, lock: bool = False) -> Assembly:
    """The assembly while its list may change. Raises RuleError once the meeting was opened."""
    assembly = assembly_room.load(session, assembly_id, lock=lock)
    if assembly.state not in ("draft", "convened"):
        raise RuleError("list-settled", N_("La séance a été ouverte : la liste des votants ne change plus."))
    return assembly


def _record(
    session: Session, assembly: Assembly, what: str, after: dict[str, object], now: dt.datetime, who: str
) -> None:
    session.flush()
    audit.record(session, who=who, what=what, thing="assembly", thing_id=assembly.id, before=None, after=after, now=now)


def forget(session: Session, email: str, name: str = "") -> int:
    """Who was struck from a list is told nothing of it any more. Returns how many rows went.

    name: theirs, if the address may be shared."""
    query = sa.select(StruckVoter).where(sa.func.lower(StruckVoter.email) == email.lower())
    theirs = [one for one in session.scalars(query) if may_name(name, one.representative)]
    for one in theirs:
        session.delete(one)
    session.flush()
    return len(theirs)


def expire(session: Session, long_ago: dt.datetime, now: dt.datetime, *, dry_run: bool = False) -> int:
    """The addresses of voters go once their assembly was held before `long_ago`, or are counted. Returns how many.

    The list itself stays, as the minutes have it: structures and who represented them. Who was struck from it goes once
    the day that their notice said is over."""
    over = list(session.scalars(sa.select(StruckVoter).where(StruckVoter.held_at < now)))
    old = sa.select(Assembly.id).where(Assembly.held_at < long_ago)
    query = sa.select(AssemblyVoter).where(AssemblyVoter.assembly_id.in_(old), AssemblyVoter.email != "")
    found = list(session.scalars(query))
    if not dry_run:
        for one in found:
            one.email = ""
        for struck in over:
            session.delete(struck)
        session.flush()
    return len(found) + len(over)
