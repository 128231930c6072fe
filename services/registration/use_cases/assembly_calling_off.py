"""Step 2 of nine: an assembly that was convened does not take place. Next: services/registration/announce/.

As of an event (`calling_off`, decision 0354): its page says so from the click on, and what cannot be undone waits ten
minutes. The event that announces it may go with it, or follow before the mails left: then whoever is of both is told
once (decisions 0678, 0684).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.announce import gatherings
from services.registration.models.assembly import Assembly, AssemblyVoter, StruckVoter
from services.registration.models.calling_off import AssemblyCallingOff, CallingOff
from services.registration.models.events import Event
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation
from services.registration.models.registrations import Registration
from services.registration.queries import callings_off as queries
from services.registration.queries import groups, invitations, letters
from services.registration.queries.standing import standing
from services.registration.rules import messages
from services.registration.rules import seats as rules
from services.registration.rules.choices import N_
from services.registration.rules.english import told as told_in
from services.registration.use_cases import assembly_room, calling_off, event_editing, registering
from shared import audit
from shared.calendar import Slot
from shared.errors import NotFound, RuleError


@dataclass(frozen=True)
class Concerned:
    """Who is told. voters: addresses; struck: how many of them speak for nobody on the list any more. letters: voters
    whom no mail reaches, struck or not. proxies: how many lapse. event: what announces the assembly, None for nothing;
    others: how many are told of that one and are not voters; both: how many are; beside: another assembly of that day,
    which it may announce too. gone: what announces it and is off already, nobody being told yet."""

    voters: int
    struck: int
    letters: Sequence[AssemblyVoter | StruckVoter]
    proxies: int
    event: Event | None = None
    others: int = 0
    both: int = 0
    beside: Assembly | None = None
    gone: Event | None = None

    def all(self, *, with_event: bool) -> int:
        return self.voters + (self.others if with_event else 0)


def concerned(session: Session, assembly: Assembly, now: dt.datetime) -> Concerned:
    """Who would be told now."""
    readers = queries.readers(session, assembly, now)
    event = queries.event_of(session, assembly, now)
    others = both = 0
    if event is not None:
        heard = queries.named(readers)
        both = len(_invited(session, event, heard, now)) + len(_called(session, event, heard))
        both += sum(len(some) for some in _registered(session, event, heard).values())
        others = event_editing.concerned(session, event, now).all - both
    lying = assembly_room.standing_proxies(session, assembly, now)
    by_letter: list[AssemblyVoter | StruckVoter] = [*letters.by_letter_again(session, assembly)]
    by_letter += letters.struck(session, assembly, now)
    beside = queries.beside(session, assembly) if event is not None else None
    struck = sum(not one.voters for one in readers.values())
    gone = queries.event_off_alone(session, assembly, now)
    return Concerned(
        len(readers),
        struck,
        by_letter,
        len(lying),
        event,
        others,
        both,
        beside,
        gone[1] if gone and not event else None,
    )


def call_off(
    session: Session,
    assembly_id: uuid.UUID,
    now: dt.datetime,
    *,
    reason: str,
    reason_en: str = "",
    who: str,
    told: int,
    with_event: bool,
) -> bool:
    """The meeting does not take place; with_event: nor the event that announces it. The mails leave when the window is
    over. False when somebody called it off before.

    told: how many people the staff was shown. Raises RuleError "not-convened" or "people-to-tell": then nothing is
    written.
    """
    assembly = _locked(session, assembly_id)
    if assembly.state == "called_off":
        return False
    if assembly.state != "convened":
        raise RuleError("not-convened", N_("Une assemblée s’annule entre sa convocation et l’ouverture de la séance."))
    people = concerned(session, assembly, now)
    event = people.event if with_event else None
    if people.all(with_event=with_event) != told or (with_event and event is None):
        raise RuleError("people-to-tell", event_editing.OTHERS)
    made = AssemblyCallingOff(
        assembly_id=assembly.id,
        event_id=event.id if event else None,
        reason=reason,
        reason_en=reason_en,
        made_by=who,
        made_at=now,
        leaves_at=now + messages.WINDOW,
    )
    session.add(made)
    assembly.state = "called_off"
    _record(session, assembly, "called off", who, {"people": told, "reason": reason}, now)
    if event is not None:
        shown = event_editing.concerned(session, event, now).all
        calling_off.call_off(session, event.id, now, reason=reason, reason_en=reason_en, who=who, told=shown)
    elif people.event is None and (gone := queries.event_off_alone(session, assembly, now, lock=True)):
        _join(made, gone[0], made.leaves_at)
        session.flush()
    return True


def call_off_event(
    session: Session,
    event_id: uuid.UUID,
    now: dt.datetime,
    *,
    reason: str,
    reason_en: str = "",
    who: str,
    told: int,
) -> None:
    """An event does not take place. An assembly that it announces, called off before and not told yet, waits for it:
    both are told, and taken back, together. Raises RuleError as `calling_off.call_off` does."""
    event = registering.load_event(session, event_id)
    if event.kind == "assembly":
        # One that is called off at this instant is seen below, or sees this.
        queries.lock_beside(session, event)
    alone = queries.off_alone(session, event, now, lock=True)
    made = calling_off.call_off(session, event_id, now, reason=reason, reason_en=reason_en, who=who, told=told)
    if alone is not None:
        _join(alone[0], made, made.leaves_at)
        session.flush()


def _join(assembly: AssemblyCallingOff, event: CallingOff, leaves_at: dt.datetime) -> None:
    assembly.event_id = event.event_id
    assembly.leaves_at = event.leaves_at = leaves_at


def take_back(session: Session, assembly_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> None:
    """It takes place after all, and so does the event that went with it; again changes nothing. Raises RuleError
    "called-off-told" once people are told."""
    made = session.get(AssemblyCallingOff, assembly_id, with_for_update=True)
    if made is None:
        return
    assembly = _locked(session, assembly_id)
    if now >= made.leaves_at or made.ended_at is not None:
        raise RuleError(
            "called-off-told",
            N_("Les personnes sont prévenues : l’annulation ne se reprend plus. Convoquez une autre assemblée."),
        )
    assembly.state = "convened"
    event_id = made.event_id
    session.delete(made)
    _record(session, assembly, "called off undone", who, None, now)
    if event_id is not None:
        calling_off.take_back(session, event_id, now, who=who, site=site)


def take_back_event(session: Session, event_id: uuid.UUID, now: dt.datetime, *, who: str, site: str) -> None:
    """An event takes place after all, and so does the assembly that was called off with it."""
    # An assembly that is going with it at this instant is seen below.
    queries.lock_beside(session, registering.load_event(session, event_id))
    assembly = queries.joined(session, event_id)
    if assembly is not None:
        take_back(session, assembly.id, now, who=who, site=site)
    calling_off.take_back(session, event_id, now, who=who, site=site)


def leave(session: Session, now: dt.datetime, *, site: str) -> int:
    """Tell everybody of the next assembly that is due, and lapse its proxies; how many mails, 0 when all is done.

    All of them in one transaction: they are some dozens.
    """
    due = sa.select(AssemblyCallingOff).where(
        AssemblyCallingOff.leaves_at <= now, AssemblyCallingOff.ended_at.is_(None)
    )
    made = session.scalar(due.order_by(AssemblyCallingOff.leaves_at).limit(1).with_for_update(skip_locked=True))
    if made is None:
        return 0
    assembly = _locked(session, made.assembly_id)
    given = assembly_room.standing_proxies(session, assembly, now)
    assembly_room.lapse_proxies(session, assembly, now, who=made.made_by)
    event = session.get(Event, made.event_id) if made.event_id else None
    readers = queries.readers(session, assembly, made.leaves_at)
    heard = queries.named(readers)
    registered, invited = _registered(session, event, heard), _invited(session, event, heard, now)
    called = {one.email_key: one for one in _called(session, event, heard)}
    before = _told_before(session, made, assembly, heard)
    for key, reader in readers.items():
        theirs = _OfEvent(event, registered.get(key, []), invited.get(key), called.get(key), before.get(key))
        _tell(session, made, assembly, reader, given, theirs, site=site)
    made.ended_at = now
    session.flush()
    return max(1, len(readers))


@dataclass(frozen=True)
class _OfEvent:
    """What an address has of the event that goes with the assembly: registrations, or an invitation, or the call of a
    group; before: of one that another mail told them of, and in which language."""

    event: Event | None
    registered: Sequence[uuid.UUID]
    invited: Invitation | None
    called: GroupMember | None
    before: tuple[Event, str] | None


def _tell(
    session: Session,
    made: AssemblyCallingOff,
    assembly: Assembly,
    reader: queries.Reader,
    given: dict[str, str],
    of_event: _OfEvent,
    *,
    site: str,
) -> None:
    """One mail to one address. Its language is that of the registration, the invitation or the group, where there is
    one: a voter has none."""
    names = {str(one.id): one.structure for one in assembly.voters}
    own = {str(one.id) for one in reader.voters}
    event, before = of_event.event, of_event.before
    asked = of_event.invited or of_event.called
    places = [standing(session, one) for one in of_event.registered]
    entries: list[Slot] = []
    for place in places:
        certain = place.registration.status == rules.CONFIRMED
        entries += announce.withdrawn(place, site, certain=certain)
    spoken = [one.registration.locale for one in places] + ([before[1]] if before else [])
    locale = (*spoken, asked.locale if asked else "fr")[0]
    if event and of_event.called:
        entries.append(gatherings.meeting_entry(event, site, locale, cancelled=True))
    gatherings.assembly_called_off(
        session,
        assembly,
        reader.all,
        made.reason_in(locale),
        name=reader.name,
        locale=locale,
        proxies=[{"giver": names[giver], "holder": names[holder]} for giver, holder in given.items() if giver in own],
        carried=[names[giver] for giver, holder in given.items() if holder in own],
        event=told_in(event, "title", locale) if event and places else "",
        event_told=told_in(before[0], "title", locale) if before and not places else "",
        event_invited=told_in(event, "title", locale) if event and asked and not places else "",
        entries=entries,
    )


def _registered(session: Session, event: Event | None, heard: Mapping[str, str]) -> dict[str, list[uuid.UUID]]:
    """What the readers of the assembly are registered as for the event that goes with it, by key of their address.
    Somebody else under their address is not told by their mail."""
    found: dict[str, list[uuid.UUID]] = {}
    if event is not None:
        living = Registration.status.in_((rules.CONFIRMED, rules.WAIT_LISTED))
        query = sa.select(Registration).where(Registration.event_id == event.id, living)
        for one in session.scalars(query.where(Registration.email_key.in_(heard)).order_by(Registration.id)):
            if queries.hears(heard, one.email_key, one.full_name):
                found.setdefault(one.email_key, []).append(one.id)
    return found


def _invited(
    session: Session, event: Event | None, heard: Mapping[str, str], now: dt.datetime
) -> dict[str, Invitation]:
    """The readers of the assembly who are invited to that event and have not answered, as above."""
    if event is None:
        return {}
    waiting = Invitation.id.in_(invitations.concerned(event.id, now))
    guests = session.scalars(sa.select(Invitation).where(waiting, Invitation.email_key.in_(heard)))
    return {one.email_key: one for one in guests if queries.hears(heard, one.email_key, one.full_name)}


def _called(session: Session, event: Event | None, heard: Mapping[str, str]) -> list[GroupMember]:
    """The readers of the assembly whom their group called to that event, and who have not answered, as above."""
    members = groups.called_only(session, event.id) if event else []
    return [one for _group, one in members if queries.hears(heard, one.email_key, one.full_name)]


def _told_before(
    session: Session, made: AssemblyCallingOff, assembly: Assembly, heard: Mapping[str, str]
) -> dict[str, tuple[Event, str]]:
    """The readers who were told that the event is off, when that was called off before: it, and their language."""
    event, told = queries.event_told(session, assembly, made.event_id) or (None, [])
    mine = [one for one in told if queries.hears(heard, one.email_key, one.full_name)]
    return {one.email_key: (event, one.locale) for one in mine} if event else {}


def _locked(session: Session, assembly_id: uuid.UUID) -> Assembly:
    """Whatever its state: what is called off is refused to everybody else."""
    found = session.get(Assembly, assembly_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound("assembly-unknown", N_("Cette assemblée n’existe pas."))
    return found


def _record(
    session: Session, assembly: Assembly, what: str, who: str, after: dict[str, str | int] | None, now: dt.datetime
) -> None:
    session.flush()
    audit.record(session, who=who, what=what, thing="assembly", thing_id=assembly.id, before=None, after=after, now=now)
