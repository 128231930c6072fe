"""Step 2 of nine: the room of an assembly as its log tells it. Next: rules/assembly/attendance.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.assembly import Assembly, AssemblyVoter, RoomEntry
from services.registration.models.registrations import Registration
from services.registration.queries import suspensions
from services.registration.rules.assembly import attendance, quorum, statutes, voices
from services.registration.rules.choices import N_
from services.registration.rules.desk import codes
from services.registration.rules.people import email_key, fold, same_name
from shared import audit
from shared.errors import NotFound, RuleError, Sentence


@dataclass(frozen=True)
class Room:
    """The room at one instant: the statutes in force, the voters by id, who counts, and the quorum."""

    statutes: statutes.Statutes
    voters: dict[str, attendance.Voter]
    there: attendance.Attendance
    quorum: quorum.Quorum
    quorum_asked: bool

    def voices(self, *, proxies: bool = True) -> dict[str, int]:
        """How many votes each college can cast now. A voice belongs to the college of whoever gave it."""
        return voices.by_college(self.statutes, self.voters, self.there, proxies=proxies)


def load(session: Session, assembly_id: uuid.UUID, *, lock: bool = False) -> Assembly:
    """The assembly; with lock, nobody else changes its room or its votes until the transaction ends. Raises RuleError
    when it is locked to be changed, and was called off."""
    found = session.get(Assembly, assembly_id, with_for_update=lock or None, populate_existing=lock)
    if found is None:
        raise NotFound("assembly-unknown", N_("Cette assemblée n’existe pas."))
    if lock and found.state == "called_off":
        raise RuleError("assembly-called-off", N_("Cette assemblée est annulée."))
    return found


def room(session: Session, assembly: Assembly, when: dt.datetime, *, present_only: bool = False) -> Room:
    """Computed from the log, entries up to `when` included."""
    rules = statutes.from_json(assembly.statutes)
    voters = [
        attendance.Voter(str(one.id), one.structure, one.college)
        for one in session.scalars(sa.select(AssemblyVoter).where(AssemblyVoter.assembly_id == assembly.id))
    ]
    rows = session.scalars(sa.select(RoomEntry).where(RoomEntry.assembly_id == assembly.id).order_by(RoomEntry.id))
    entries = [
        attendance.Entry(
            row.at, row.what, str(row.voter_id), str(row.holder_id) if row.holder_id else "", blank=row.blank
        )
        for row in rows
    ]
    there = attendance.at(rules, voters, entries, when)
    count = quorum.count(rules, voters, there, present_only=present_only, second_session=assembly.second_session)
    asked = quorum.asked(rules, second_session=assembly.second_session)
    return Room(rules, {voter.id: voter for voter in voters}, there, count, asked)


def not_before_the_log(session: Session, assembly: Assembly, now: dt.datetime) -> dt.datetime:
    """When a vote opens: whoever came or went before it got the room is in its log by then."""
    last = session.scalar(sa.select(sa.func.max(RoomEntry.at)).where(RoomEntry.assembly_id == assembly.id))
    return max(now, last) if last else now


def found(assembly: Assembly, search: str) -> list[AssemblyVoter]:
    """Voters whose structure or representative has every word of `search`; accents do not count."""
    words = fold(search).split()
    return [
        one for one in assembly.voters if all(word in fold(f"{one.structure} {one.representative}") for word in words)
    ]


def arrive(session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Someone signs in. Twice is once."""
    assembly, voter = _running(session, assembly_id, voter_id)
    there = room(session, assembly, now).there.present
    if str(voter.id) in there:
        return
    suspended = not there and suspensions.standing(session, assembly)
    at = _write(session, assembly, attendance.ARRIVED, voter, now, who)
    if suspended:
        _record(session, assembly, "resumed", at, who)


@dataclass(frozen=True)
class Read:
    """Whose badge was read. again: they were in already, and nothing was written. lapsed: they had given a proxy."""

    voter: AssemblyVoter
    again: bool
    lapsed: bool


def read_badge(session: Session, assembly_id: uuid.UUID, typed: str, now: dt.datetime, *, who: str) -> Read:
    """Someone shows their card, or their badge of an event, and signs in.

    Raises RuleError "badge-unknown" for a code that is nobody's here, "badge-of-several" for the badge of somebody who
    stands for more than one structure, and "badge-of-another" for that of somebody else under a voter's address.
    """
    assembly = load(session, assembly_id, lock=True)
    voter = _whose(session, assembly, typed)
    before = room(session, assembly, now).there
    arrive(session, assembly_id, voter.id, now, who=who)
    return Read(voter, str(voter.id) in before.present, str(voter.id) in before.proxies)


def _whose(session: Session, assembly: Assembly, typed: str) -> AssemblyVoter:
    read = codes(typed)
    holders = [voter for voter in assembly.voters if voter.card in read]
    if not holders:
        badges = session.scalars(sa.select(Registration).where(Registration.ticket.in_(read))).all()
        named = {one.email_key: one.full_name for one in badges}
        holders = [voter for voter in assembly.voters if voter.email and email_key(voter.email) in named]
        _refuse_another(holders, named)
    if not holders:
        raise RuleError(
            "badge-unknown",
            N_("Ce code n’est celui d’aucun votant de cette assemblée. Cherchez la personne par son nom."),
            status=422,
            field="badge",
        )
    if len(holders) > 1:
        names = " ; ".join(voter.structure for voter in holders)
        raise RuleError(
            "badge-of-several",
            Sentence(
                "Cette personne représente plusieurs structures : %(names)s. Notez l’arrivée de chacune par le bouton.",
                names=names,
            ),
            status=422,
            field="badge",
        )
    return holders[0]


def _refuse_another(holders: Sequence[AssemblyVoter], named: Mapping[str, str]) -> None:
    """An association's address may serve several people; the badge of one is no arrival of the other.

    named: who has the badge, by address."""
    for voter in holders:
        name = named[email_key(voter.email)]
        if not same_name(name, voter.representative):
            raise RuleError(
                "badge-of-another",
                Sentence(
                    "Ce badge est celui de %(name)s ; à cette adresse, %(voter)s vote. Si c’est bien cette personne, "
                    "notez son arrivée par le bouton.",
                    name=name,
                    voter=voter.representative,
                ),
                status=422,
                field="badge",
            )


def leave(session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, now: dt.datetime, *, who: str) -> None:
    """Someone goes. The quorum may go with them."""
    assembly, voter = _running(session, assembly_id, voter_id)
    if str(voter.id) in room(session, assembly, now).there.present:
        _write(session, assembly, attendance.LEFT, voter, now, who)


def suspend(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> int:
    """The meeting goes on later, or on another day: everybody is noted as gone, and whoever comes back signs in again.
    Returns how many were there; twice is once. Raises RuleError while a vote is open."""
    assembly = load(session, assembly_id, lock=True)
    if assembly.state != "open":
        raise RuleError("assembly-not-open", N_("La séance n’est pas ouverte : ouvrez-la d’abord."))
    if any(motion.state == "open" for motion in assembly.motions):
        raise RuleError("vote-running", N_("Un vote est encore ouvert : terminez-le d’abord."))
    there = room(session, assembly, now).there.present
    gone = [voter for voter in assembly.voters if str(voter.id) in there]
    if not gone and suspensions.standing(session, assembly):
        return 0
    for voter in gone:
        _write(session, assembly, attendance.LEFT, voter, now, who)
    _record(session, assembly, "suspended", _after_the_votes(assembly, now), who)
    return len(gone)


def give_proxy(
    session: Session,
    assembly_id: uuid.UUID,
    voter_id: uuid.UUID,
    holder_id: uuid.UUID | None,
    now: dt.datetime,
    *,
    who: str,
    blank: bool = False,
) -> None:
    """A written, signed proxy is handed in; holder_id None takes it back. blank: it named nobody.

    Raises RuleError when it can never count."""
    assembly, voter = _running(session, assembly_id, voter_id, before_too=True)
    if holder_id is None:
        _write(session, assembly, attendance.PROXY_WITHDRAWN, voter, now, who)
        return
    holder = find_voter(session, assembly, holder_id)
    trial = room(session, assembly, now)
    reason = attendance.impossible(
        trial.statutes,
        trial.voters,
        attendance.Entry(now, attendance.PROXY, str(voter.id), str(holder.id), blank=blank),
        trial.there.present,
    )
    if reason:
        raise RuleError(reason, attendance.VOID[reason], status=422, field="holder")
    _write(session, assembly, attendance.PROXY, voter, now, who, holder, blank=blank)


def standing_proxies(session: Session, assembly: Assembly, now: dt.datetime) -> dict[str, str]:
    """Giver to holder, of the proxies that lie there and name the day of the meeting."""
    there = room(session, assembly, now).there
    return {giver: holder for giver, holder in there.named.items() if giver not in there.lapsed}


def lapse_proxies(session: Session, assembly: Assembly, now: dt.datetime, *, who: str) -> None:
    """The meeting moved to another day: the proxies that lie there name the old one, and count no more until they are
    noted again. Or it does not take place."""
    lying = standing_proxies(session, assembly, now)
    for voter in assembly.voters:
        if str(voter.id) in lying:
            _write(session, assembly, attendance.PROXY_LAPSED, voter, now, who)


def withdraw_replaced(
    session: Session, assembly: Assembly, before: Mapping[str, str], now: dt.datetime, *, who: str
) -> None:
    """Who carried a proxy is struck from the list, and its line of the log with them: one which that proxy had replaced
    would count again. before: giver to holder, of those that lay there."""
    named = room(session, assembly, now).there.named
    voters = {str(voter.id): voter for voter in assembly.voters}
    for giver in named:
        if before.get(giver, giver) not in voters:
            _write(session, assembly, attendance.PROXY_WITHDRAWN, voters[giver], now, who)


def take_up_proxies(
    session: Session, assembly: Assembly, left: Collection[dt.datetime], now: dt.datetime, *, who: str
) -> None:
    """A draft is back on the day that it left then: what lapsed by that, and was not noted again, names this day."""
    rows = session.scalars(sa.select(RoomEntry).where(RoomEntry.assembly_id == assembly.id).order_by(RoomEntry.id))
    papers, lapsed = dict[uuid.UUID, RoomEntry](), dict[uuid.UUID, RoomEntry]()
    for row in rows:
        lapsed.pop(row.voter_id, None)
        if row.what == attendance.PROXY:
            papers[row.voter_id] = row
        elif row.what == attendance.PROXY_LAPSED and row.at in left:
            lapsed[row.voter_id] = row
    voters = {voter.id: voter for voter in assembly.voters}
    for giver in lapsed:
        if (paper := papers.get(giver)) and paper.holder_id:
            holder = voters[paper.holder_id]
            _write(session, assembly, attendance.PROXY, voters[giver], now, who, holder, blank=paper.blank)


def _running(
    session: Session, assembly_id: uuid.UUID, voter_id: uuid.UUID, *, before_too: bool = False
) -> tuple[Assembly, AssemblyVoter]:
    assembly = load(session, assembly_id, lock=True)
    if assembly.state != "open" and not (before_too and assembly.state in ("draft", "convened")):
        raise RuleError("assembly-not-open", N_("La séance n’est pas ouverte : ouvrez-la d’abord."))
    return assembly, find_voter(session, assembly, voter_id)


def find_voter(session: Session, assembly: Assembly, voter_id: uuid.UUID) -> AssemblyVoter:
    voter = session.get(AssemblyVoter, voter_id)
    if voter is None or voter.assembly_id != assembly.id:
        raise NotFound("voter-unknown", N_("Cette structure n’est pas sur la liste des votants."))
    return voter


def _write(
    session: Session,
    assembly: Assembly,
    what: str,
    voter: AssemblyVoter,
    now: dt.datetime,
    who: str,
    holder: AssemblyVoter | None = None,
    *,
    blank: bool = False,
) -> dt.datetime:
    at = _after_the_votes(assembly, now)
    session.add(
        RoomEntry(
            assembly_id=assembly.id,
            at=at,
            what=what,
            voter_id=voter.id,
            holder_id=holder.id if holder else None,
            blank=blank,
            who=who,
        )
    )
    session.flush()
    return at


def _after_the_votes(assembly: Assembly, now: dt.datetime) -> dt.datetime:
    """While we waited for the room, a vote may have opened without this: the log must not say that it came before."""
    return max([now, *(one.opened_at + dt.timedelta(microseconds=1) for one in assembly.motions if one.opened_at)])


def _record(session: Session, assembly: Assembly, what: str, now: dt.datetime, who: str) -> None:
    audit.record(session, who=who, what=what, thing="assembly", thing_id=assembly.id, before=None, after=None, now=now)
