"""Step 2 of nine: an assembly from the statutes to the minutes. Next: rules/assembly/statutes.py."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import assembly_minutes
from services.registration.models.assembly import Assembly, AssemblyVoter, Motion
from services.registration.queries import identity
from services.registration.rules import editing
from services.registration.rules.assembly.statutes import Statutes, check, invented
from services.registration.rules.choices import N_
from services.registration.rules.people import email_key, fold
from services.registration.use_cases import assembly_room, candidates, minutes
from shared import audit
from shared.clock import PARIS
from shared.errors import RuleError, Sentence

_FIELDS = "title held_at place organiser_name organiser_email second_session".split()
_OF_A_POINT = "position title kind majority present_only secret college seats candidates".split()


@dataclass(frozen=True)
class VoterDraft:
    structure: str
    representative: str
    college: str
    email: str = ""
    structure_id: uuid.UUID | None = None


@dataclass(frozen=True)
class PointDraft:
    """One line of the agenda. college: of an election, "" for the whole assembly. candidates: names, with a date of
    birth where age may have to part them; they may come after the notice."""

    title: str
    kind: str = "point"
    majority: str = "simple"
    present_only: bool = False
    secret: bool = False
    college: str = ""
    seats: int = 0
    candidates: tuple[tuple[str, dt.date | None], ...] = ()


@dataclass(frozen=True)
class AssemblyDraft:
    """All that makes an assembly. held_at is aware. statutes_id: the version that the statutes are."""

    title: str
    held_at: dt.datetime
    place: str
    organiser_name: str
    organiser_email: str
    statutes: Statutes
    statutes_id: uuid.UUID | None = None
    second_session: bool = False
    rehearsal: bool = False
    voters: Sequence[VoterDraft] = field(default_factory=list)
    points: Sequence[PointDraft] = field(default_factory=list)


def create(session: Session, draft: AssemblyDraft, now: dt.datetime, *, who: str) -> Assembly:
    """A new assembly, as a draft. Raises RuleError when the statutes, the list or the agenda cannot be."""
    assembly = Assembly(rehearsal=draft.rehearsal)
    _write(session, assembly, draft)
    session.add(assembly)
    session.flush()
    _record(session, assembly, "created", who, now, {"title": draft.title, "voters": len(draft.voters)})
    return assembly


def correct(
    session: Session, assembly_id: uuid.UUID, draft: AssemblyDraft, now: dt.datetime, *, who: str, seen: str
) -> Assembly:
    """Make a draft what `draft` says. A structure that stays on the list keeps its proxies, on another day as after a
    notice: where the statutes let them hold. Back on the day that they name, they lie there again.

    seen: the stamp of what the form was filled with. Raises as `create` does, and RuleError "edited-meanwhile" when
    somebody corrected it since.
    """
    assembly = still_draft(session, assembly_id, lock=True)
    if stamp(assembly) != seen:
        raise RuleError("edited-meanwhile", N_("Quelqu’un a corrigé ce brouillon pendant que vous écriviez."))
    before, day, new = _summary(assembly), _day(assembly.held_at), _day(draft.held_at)
    lay = assembly_room.room(session, assembly, now).there.named
    _write(session, assembly, draft)
    session.flush()
    assembly_room.withdraw_replaced(session, assembly, lay, now, who=who)
    if new != day:
        if draft.statutes.moved_proxies != "kept":
            assembly_room.lapse_proxies(session, assembly, now, who=who)
        assembly_room.take_up_proxies(session, assembly, _left(session, assembly, new), now, who=who)
    after = _summary(assembly)
    audit.record(
        session, who=who, what="corrected", thing="assembly", thing_id=assembly.id, before=before, after=after, now=now
    )
    return assembly


def _day(instant: dt.datetime) -> dt.date:
    return instant.astimezone(PARIS).date()


def _left(session: Session, assembly: Assembly, day: dt.date) -> set[dt.datetime]:
    """When the draft was corrected from this day to another, as the journal says."""
    rows = [row for row in audit.history(session, "assembly", assembly.id) if row.what == "corrected"]
    moves = [
        (row.at, *(_day(dt.datetime.fromisoformat(said["held_at"])) for said in (row.before, row.after)))
        for row in rows
    ]
    return {at for at, was, became in moves if was == day != became}


def still_draft(session: Session, assembly_id: uuid.UUID, *, lock: bool = False) -> Assembly:
    """The assembly while nobody was told of it. Raises RuleError after: what was sent, another notice corrects."""
    assembly = assembly_room.load(session, assembly_id, lock=lock)
    if assembly.state != "draft":
        raise RuleError(
            "already-convened",
            N_(
                "Les convocations sont parties : le brouillon ne se corrige plus. Pour un autre titre, une autre date, "
                "un autre lieu ou un autre ordre du jour, corrigez la convocation depuis la page de l’assemblée."
            ),
        )
    return assembly


def stamp(assembly: Assembly) -> str:
    """Of all that the form of a draft says."""
    said = {name: getattr(assembly, name) for name in (*_FIELDS, "statutes")}
    said["voters"] = [(one.structure, one.representative, one.email, one.college) for one in assembly.voters]
    said["agenda"] = [{name: getattr(motion, name) for name in _OF_A_POINT} for motion in assembly.motions]
    return editing.stamp(said)


def _write(session: Session, assembly: Assembly, draft: AssemblyDraft) -> None:
    rules = check(draft.statutes)
    colleges = {college.key for college in rules.colleges}
    refuse_list(draft.voters, colleges)
    motions = [motion(position, point, colleges) for position, point in enumerate(draft.points, start=1)]
    for name in (*_FIELDS, "statutes_id"):
        setattr(assembly, name, getattr(draft, name))
    assembly.statutes = rules.to_json()
    assembly.voters = _voters(assembly.voters, draft.voters)
    if assembly.motions:
        assembly.motions = []
        session.flush()  # the positions are free before others take them
    assembly.motions = motions


def _voters(known: Sequence[AssemblyVoter], drafts: Sequence[VoterDraft]) -> list[AssemblyVoter]:
    """The rows of a list: by the name of the structure, and where that was put right by who represents it."""
    by_name = {fold(voter.structure): voter for voter in known}
    names = {fold(draft.structure) for draft in drafts}
    renamed = {_represents(voter): voter for name, voter in by_name.items() if name not in names}
    return [
        voter_of(by_name.get(fold(draft.structure)) or renamed.pop(_represents(draft), None), draft) for draft in drafts
    ]


def _represents(voter: AssemblyVoter | VoterDraft) -> tuple[str, str]:
    return fold(voter.representative), email_key(voter.email)


def voter_of(known: AssemblyVoter | None, draft: VoterDraft) -> AssemblyVoter:
    """The row of a voter, as the draft says it; `known` when it is on the list already."""
    voter = known or AssemblyVoter()
    voter.structure, voter.representative = draft.structure, draft.representative
    voter.email, voter.college = draft.email, draft.college
    voter.structure_id = draft.structure_id or voter.structure_id
    return voter


def _summary(assembly: Assembly) -> dict[str, Any]:
    return {
        "title": assembly.title,
        "held_at": assembly.held_at.astimezone(dt.UTC).isoformat(),
        "place": assembly.place,
        "statutes": assembly.statutes,
        "voters": len(assembly.voters),
        "agenda": [motion.title for motion in assembly.motions],
    }


def rehearse(
    session: Session,
    rules: Statutes,
    now: dt.datetime,
    *,
    who: str,
    statutes_id: uuid.UUID | None = None,
    agenda: Sequence[Motion] = (),
) -> Assembly:
    """An open assembly of invented structures under these statutes: to try everything before the day.

    agenda: of the assembly that is prepared; without one, a vote of every form."""
    voters = [
        VoterDraft(f"{college.label} {number:02}", f"Représentant·e {number:02}", college.key)
        for college in rules.colleges
        for number in range(1, invented(college) + 1)
    ]
    ours = identity.organiser(session, now)
    draft = AssemblyDraft(
        title="Répétition de l’assemblée générale",
        held_at=now,
        place="Bureau du réseau",
        organiser_name=ours["name"],
        organiser_email=ours["email"],
        statutes=rules,
        statutes_id=statutes_id,
        rehearsal=True,
        voters=voters,
        points=[_once_more(one) for one in agenda] or _every_form(rules),
    )
    assembly = create(session, draft, now, who=who)
    assembly.state = "open"
    session.flush()
    return assembly


_INVENTED = tuple((f"Candidate ou candidat {letter}", dt.date(1960 + at, 1, 1)) for at, letter in enumerate("ABCD"))


def _once_more(motion: Motion) -> PointDraft:
    """The same point, with invented candidates: nobody is elected for a trial under their own name."""
    names = tuple((f"Candidate ou candidat {number}", None) for number in range(1, motion.seats + 3))
    return again(motion, names if motion.kind == "election" else ())


def again(motion: Motion, candidates: tuple[tuple[str, dt.date | None], ...]) -> PointDraft:
    """The same point for another assembly, with these candidates."""
    kept = ("title", "kind", "majority", "present_only", "secret", "college", "seats")
    return PointDraft(**{name: getattr(motion, name) for name in kept}, candidates=candidates)


def _every_form(rules: Statutes) -> list[PointDraft]:
    first, last = rules.colleges[0], rules.colleges[-1]

    def election(title: str, seats: int, college: str = "", *, secret: bool = True) -> PointDraft:
        return PointDraft(title, "election", secret=secret, college=college, seats=seats, candidates=_INVENTED)

    points = [
        PointDraft("Rapport moral", "motion", majority=rules.majority),
        PointDraft("Changement de nom de l’association", "motion", majority="two_thirds"),
        PointDraft("Nomination d’une commission", "motion", secret=True),
        election(f"Élection : {first.label}", 2, first.key),
        election(f"Élection sur papier : {last.label}", 2, last.key, secret=False),
    ]
    return points + ([election("Élection du bureau", 3)] if rules.bureau == "assembly" else [])


def open_session(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> Assembly:
    """The meeting begins: from now on the room is written down. Only a convened assembly can begin."""
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.state != "convened":
        raise RuleError("not-convened", N_("Une assemblée s’ouvre après sa convocation."))
    assembly.state = "open"
    _record(session, assembly, "opened", who, now, None)
    session.flush()
    return assembly


def close(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> Assembly:
    """End the meeting and fix its minutes: their text is stored with its hash and never changes again."""
    assembly = assembly_room.load(session, assembly_id, lock=True)
    if assembly.state != "open":
        raise RuleError("assembly-not-open", N_("La séance n’est pas ouverte."))
    if any(motion.state == "open" for motion in assembly.motions):
        raise RuleError("vote-running", N_("Un vote est encore ouvert : terminez-le d’abord."))
    with session.no_autoflush:  # number, text and state become true together
        assembly.minutes_number = None if assembly.rehearsal else minutes.next_number(session)
        assembly.minutes = assembly_minutes.draw_up(session, assembly, now)
        assembly.minutes_hash = minutes.fingerprint(assembly.minutes)
        assembly.state = "closed"
    _record(session, assembly, "closed", who, now, {"hash": assembly.minutes_hash})
    session.flush()
    return assembly


def removable(session: Session, assembly_id: uuid.UUID, *, lock: bool = False) -> Assembly:
    """A rehearsal, or a draft that nobody was told of. Raises RuleError for a real assembly: it stays."""
    assembly = assembly_room.load(session, assembly_id, lock=lock)
    return assembly if assembly.rehearsal else still_draft(session, assembly_id)


def remove(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str) -> Assembly:
    """Remove what `removable` says, and all it left: of a rehearsal also its votes in the journal, which nobody shall
    take for real ones."""
    assembly = removable(session, assembly_id, lock=True)
    if assembly.rehearsal:
        audit.forget(session, "assembly", assembly.id)
    what = "rehearsal removed" if assembly.rehearsal else "removed"
    _record(session, assembly, what, who, now, {"title": assembly.title})
    session.execute(sa.delete(Assembly).where(Assembly.id == assembly.id))
    return assembly


def refuse_list(voters: Sequence[VoterDraft], colleges: set[str]) -> None:
    """Raises RuleError for a college that the statutes do not have, and for a structure that is there twice."""
    seen: set[str] = set()
    for voter in voters:
        if voter.college not in colleges:
            raise RuleError(
                "college-unknown",
                Sentence(
                    "« %(name)s » est dans un collège que les statuts ne connaissent pas : %(college)s.",
                    name=voter.structure,
                    college=voter.college,
                ),
                status=422,
                field="voters",
            )
        if fold(voter.structure) in seen:
            raise RuleError(
                "voter-twice",
                Sentence(
                    "« %(name)s » est deux fois sur la liste : une structure a un seul représentant.",
                    name=voter.structure,
                ),
                status=422,
                field="voters",
            )
        seen.add(fold(voter.structure))


def motion(position: int, point: PointDraft, colleges: set[str]) -> Motion:
    """A point of the agenda. Raises RuleError for an election without seats, or of a college that is not there."""
    if point.kind == "election" and (point.college not in {*colleges, ""} or point.seats < 1):
        raise RuleError(
            "election-incomplete",
            Sentence(
                "« %(title)s » : il faut des sièges, et un collège des statuts choisis ou toute l’assemblée.",
                title=point.title,
            ),
            status=422,
            field="agenda",
        )
    return Motion(
        position=position,
        title=point.title,
        kind=point.kind,
        majority=point.majority,
        present_only=point.present_only,
        secret=point.secret,
        college=point.college,
        seats=point.seats,
        candidates=candidates.listed(point.candidates),
    )


def _record(
    session: Session, assembly: Assembly, what: str, who: str, now: dt.datetime, after: dict[str, Any] | None
) -> None:
    audit.record(session, who=who, what=what, thing="assembly", thing_id=assembly.id, before=None, after=after, now=now)
