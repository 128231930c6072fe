"""Step 2 of nine: erased on demand, and names go by themselves after three years. Next: rules/erasure.py."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration import announce
from services.registration.models.carpool import CarpoolNote, CarpoolTrip
from services.registration.models.erasures import Erasure
from services.registration.models.events import Event
from services.registration.models.forms import FormAnswer, FormFile
from services.registration.models.groups import ExchangeGroup, GroupMember
from services.registration.models.imports import PeopleFileLine
from services.registration.models.invitations import Invitation
from services.registration.models.lists import RegistrationMark
from services.registration.models.matchmaking import MatchProfile
from services.registration.models.registrations import Consent, PersonalLink, Registration, SensitiveAnswers
from services.registration.queries import assembly_names
from services.registration.queries.directory import reached_at
from services.registration.queries.mails import FATES
from services.registration.queries.members import spoken_for
from services.registration.queries.support import about
from services.registration.rules import erasure as rules
from services.registration.rules.choices import N_
from services.registration.rules.people import email_hash, fold
from services.registration.rules.seats import CANCELLED
from services.registration.use_cases import (
    answering,
    assembly_voters,
    changing,
    counting,
    directory,
    groups,
    importing,
    invited,
    keeping,
    members,
    notices,
    skills,
    staff_words,
    structures,
    support,
)
from shared import audit
from shared.db import hash_token, new_token
from shared.errors import Gone, NotFound, RuleError
from shared.messaging import deadletters, outbox


@dataclass(frozen=True)
class Retention:
    """What the rules of retention touch, or would."""

    sensitive: int
    registrations: int
    members: int
    appointments: int
    speakers: int
    """Who spoke for a structure that left the network."""
    voters: int
    """Addresses that notices of assemblies went to; who was struck from a list."""
    needs: int
    """Skills that projects lacked."""
    notes: int
    """Messages about a car."""
    unsent: int
    """Forms kept for later, and files of forms that were never sent."""
    lists: int
    """Files of people that the staff loaded."""
    invitations: int
    """Lists that nobody confirmed, and who was invited to what is over."""
    words: int
    """What the team wrote: messages, kept filters, things done to many."""


@dataclass(frozen=True)
class Asker:
    """Who asked: the address as it was written; address and name as they are compared."""

    email: str
    email_key: str
    name_key: str
    first_only: bool = False
    """A group knows some members by their first name alone."""
    any_name: bool = False
    """Somebody of the team says that the address serves nobody else."""

    @property
    def name(self) -> str:
        """To tell them from others under the address; empty when it serves nobody else."""
        return "" if self.any_name else self.name_key

    def is_(self, one: Registration) -> bool:
        """Whether a registration under this address is theirs: an association's address may serve several people."""
        return self.any_name or (fold(one.first_name) if self.first_only else one.name_key) == self.name_key


def open_request(session: Session, token: str, now: dt.datetime, *, lock: bool = False) -> Erasure:
    """The request of a mailed link. Raises NotFound, or Gone: not confirmed in time, or another link did it before."""
    query = sa.select(Erasure).where(Erasure.token_hash == hash_token(token))
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("erasure-unknown", N_("Ce lien d’effacement n’est pas valable."))
    if found.done_at is None and now >= found.expires_at:
        raise Gone("erasure-late", N_("Ce lien d’effacement n’est plus valable : demandez-en un autre sur votre page."))
    if found.done_at is None and _who(session, found) is None:
        raise Gone("erasure-done", N_("Tout est déjà effacé. Le reçu est à l’adresse du lien qui l’a confirmé."))
    return found


def found_for(session: Session, request: Erasure) -> tuple[list[Registration], list[Registration]]:
    """Every registration under the address of who asked: those under their name, and those under another."""
    asked = _who(session, request)
    return under(session, asked) if asked else ([], [])


def under(session: Session, asked: Asker) -> tuple[list[Registration], list[Registration]]:
    """Every registration under an address: those under that name, and those under another."""
    query = sa.select(Registration).where(Registration.email_key == asked.email_key).order_by(Registration.id)
    every = list(session.scalars(query))
    return [one for one in every if asked.is_(one)], [one for one in every if not asked.is_(one)]


def groups_of(session: Session, request: Erasure) -> list[str]:
    """The exchange groups that the address is in, by name."""
    asked = _who(session, request)
    return groups_under(session, asked.email_key) if asked else []


def groups_under(session: Session, email_key: str) -> list[str]:
    """The exchange groups of an address, by name."""
    names = sa.select(ExchangeGroup.name).join(GroupMember, GroupMember.group_id == ExchangeGroup.id)
    return list(session.scalars(names.where(GroupMember.email_key == email_key).order_by(ExchangeGroup.name)))


def speaks_for(session: Session, request: Erasure) -> list[str]:
    """The members of the network that the address speaks for, by name; they stay members without a representative."""
    asked = _who(session, request)
    return [name for name, _membership in spoken_for(session, asked.email, asked.name)] if asked else []


def in_directory(session: Session, request: Erasure) -> list[str]:
    """The structures that the directory reaches at the address, by name; they stay in it without one."""
    asked = _who(session, request)
    return reached_at(session, asked.email) if asked else []


def told_of(session: Session, request: Erasure) -> int:
    """How many appointments of the staff are with them or name them."""
    asked = _who(session, request)
    return len(about(session, asked.email_key, asked.name_key)) if asked else 0


def _who(session: Session, request: Erasure) -> Asker | None:
    """None once the person is erased, by this request or another."""
    if request.registration_id is not None:
        one = session.get_one(Registration, request.registration_id)
        return Asker(one.email, one.email_key, one.name_key) if one.email else None
    if request.member_id is not None:
        member = session.get_one(GroupMember, request.member_id)
        name_key = fold(f"{member.last_name} {member.first_name}")
        return Asker(member.email, member.email_key, name_key, first_only=not member.last_name)
    if request.invitation_id is not None:
        guest = session.get_one(Invitation, request.invitation_id)
        name_key = fold(f"{guest.last_name} {guest.first_name}")
        return Asker(guest.email, guest.email_key, name_key, any_name=not guest.full_name)
    return None


def confirm(session: Session, token: str, now: dt.datetime, *, site: str) -> Erasure:
    """Erase here, and tell the other services. Again changes nothing. Raises NotFound, Gone."""
    request = open_request(session, token, now, lock=True)
    if request.done_at is not None:
        return request
    asked = _who(session, request)
    assert asked is not None  # open_request has seen to it
    _erase(session, request, asked, now, site=site, who="participant")
    return request


def by_staff(session: Session, asked: Asker, *, announced: int, how: str, who: str, now: dt.datetime, site: str) -> str:
    """Erase somebody who asked by telephone or letter: the token of the receipt, which no mail takes anywhere.

    announced: their registrations, as the page counted them. how: of rules.HOW. Raises RuleError when they are others.
    """
    if len(under(session, asked)[0]) != announced:
        raise RuleError("erasure-changed", N_("Une inscription est venue ou partie entre-temps : relisez la liste."))
    token = new_token()
    request = Erasure(token_hash=hash_token(token), asked_at=now, expires_at=now + rules.CONFIRM_WITHIN, receipts={})
    session.add(request)
    session.flush()
    after = {"how": how}
    audit.record(
        session, who=who, what="asked", thing="erasure", thing_id=request.id, before=None, after=after, now=now
    )
    _erase(session, request, asked, now, site=site, who=who)
    return token


def _erase(session: Session, request: Erasure, asked: Asker, now: dt.datetime, *, site: str, who: str) -> None:
    found, others = under(session, asked)
    names = {f"{one.first_name} {one.last_name}" for one in found} | {asked.name_key}
    stays = assembly_names.kept(session, asked.email, () if asked.first_only else names).surely()
    listed = {assembly.id for assembly, _row in [*stays.voters, *stays.struck]}
    mentioned = (found, "" if others else asked.email, names, listed)
    in_words = staff_words.forget_reasons(session, *mentioned)
    living = [one.id for one in found if one.status != CANCELLED and one.event.ends_at > now]
    for registration_id in living:
        # The seat goes to whoever waits; of an event that was called off, when that is taken back.
        changing.cancel(session, registration_id, now, site=site, called_off=True)
    kept = [*stays.told(), ("others", "another-name", len(others))]
    for one in found:
        if one.newsletter_email:  # the other services erase by the address of today
            answering.withdraw_newsletter(session, one, one.newsletter_email, now)
    request.registration_id = request.member_id = request.invitation_id = None
    session.flush()
    in_groups = groups.forget(session, asked.email_key)
    theirs = {one.structure_id for one in found if one.structure_id}
    in_appointments = support.forget(session, asked.email, asked.name_key, theirs, alone=asked.any_name)
    in_words += staff_words.forget(session, *mentioned)
    erased = anonymise(session, [one.id for one in found])
    besides = {
        "words": in_words,
        "appointments": in_appointments,
        "notices": notices.forget(session, asked.email),
        "kept_forms": keeping.forget(session, asked.email),
        "import_lines": importing.forget(session, asked.email_key, asked.name),
        "invitations": invited.forget(session, asked.email_key, asked.name),
        "groups": in_groups,
        "memberships": members.forget(session, asked.email, asked.name),
        "directory": directory.forget(session, asked.email, asked.name_key),
        "struck_voters": assembly_voters.forget(session, asked.email, asked.name),
    }
    erased |= {kind: count for kind, count in besides.items() if count}
    deadletters.forget(session, asked.email)
    request.done_at = now
    request.receipts = {
        "registration": {
            "erased": [{"what": kind, "count": count} for kind, count in erased.items()],
            "kept": [{"what": what, "why": why, "count": count} for what, why, count in kept if count],
            "at": now.isoformat(),
        }
    }
    _note(session, who, "erasure", request.id, erased, now)
    announce.person_erased(session, request, email=asked.email, email_hash=email_hash(asked.email_key), now=now)


def note_receipt(session: Session, service: str, data: dict[str, Any]) -> None:
    """Another service says what it erased and kept."""
    request = session.get(Erasure, data["request_id"], with_for_update=True)
    if request is not None:
        receipt = {"erased": data["erased"], "kept": data["kept"], "at": data["at"].isoformat()}
        request.receipts = request.receipts | {service: receipt}
        if request.receipts.keys() >= set(rules.SERVICES):  # everybody has heard: no fact need name them any longer
            gone = sa.select(sa.cast(Registration.id, sa.Text)).where(Registration.email_key.startswith("erased "))
            outbox.forget(session, gone)
            outbox.forget(session, [str(request.id)])


def anonymise(session: Session, ids: list[uuid.UUID]) -> dict[str, int]:
    """Take the person out of these registrations and out of what tells of them. Returns what was erased, by kind."""
    if not ids:
        return {}
    named = sa.select(Registration.structure_id).where(Registration.id.in_(ids), Registration.structure_id.is_not(None))
    theirs = {one for one in session.scalars(named) if one}
    counting.keep_structures(session, ids)
    them: dict[tuple[str, str], uuid.UUID] = {}
    for registration_id, reference, *person in session.execute(
        sa.select(Registration.id, Registration.reference, Registration.email_key, Registration.name_key)
        .where(Registration.id.in_(ids))
        .order_by(Registration.id)
    ).all():
        values = rules.anonymous(them.setdefault((person[0], person[1]), registration_id), reference)
        session.execute(sa.update(Registration).where(Registration.id == registration_id).values(**values))
    structures.forget(session, theirs)
    FATES.forget(session, ids)
    gone = {
        "registrations": len(ids),
        "sensitive": _delete(session, SensitiveAnswers, ids),
        "answers": _delete(session, FormAnswer, ids),
        "files": _delete(session, FormFile, ids),
        "consents": _delete(session, Consent, ids),
        "links": _delete(session, PersonalLink, ids),
        "marks": _delete(session, RegistrationMark, ids),
        "profiles": _delete(session, MatchProfile, ids),
        "trips": _delete(session, CarpoolTrip, ids),
        "notes": _notes(session, CarpoolNote.from_id.in_(ids) | CarpoolNote.to_id.in_(ids)),
    }
    forgotten = sa.update(PeopleFileLine).where(PeopleFileLine.registration_id.in_(ids)).values(name="", answers=None)
    session.execute(forgotten)
    about = [str(one) for one in ids]
    entries = audit.audit_entries
    told = sa.update(entries).where(entries.c.thing == "registration", entries.c.thing_id.in_(about))
    gone["history"] = len(session.execute(told.values(before=None, after=None).returning(entries.c.id)).all())
    outbox.forget(session, about)
    outbox.forget(session, notices.naming(sa.select(Registration.id).where(Registration.id.in_(ids))))
    session.expire_all()
    return {kind: count for kind, count in gone.items() if count}


def retain(session: Session, now: dt.datetime, *, dry_run: bool = False) -> Retention:
    """What nobody needs any more goes, or is only counted; the page of retention says what and when."""
    long_ago = rules.years_before(now, rules.NAMES_KEPT_YEARS)
    past = (
        sa.select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(Event.ends_at < now - rules.SENSITIVE_KEPT)
    )
    sensitive = (
        sa.select(SensitiveAnswers.registration_id)
        .where(SensitiveAnswers.registration_id.in_(past))
        .union(
            sa.select(FormAnswer.registration_id).where(FormAnswer.sensitive, FormAnswer.registration_id.in_(past)),
            sa.select(FormFile.registration_id).where(FormFile.sensitive, FormFile.registration_id.in_(past)),
        )
    )
    old = (
        sa.select(Registration.id)
        .join(Event, Event.id == Registration.event_id)
        .where(
            Event.ends_at < long_ago,
            Registration.email_key.not_like("erased %"),
        )
    )
    people, names = list(session.scalars(sensitive)), list(session.scalars(old))
    notes = CarpoolNote.to_id.in_(past)
    abandoned = FormFile.registration_id.is_(None) & (FormFile.sent_at < now - rules.ABANDONED_AFTER)
    abandoned &= FormFile.goes_at.is_(None) | (FormFile.goes_at <= now)
    found = Retention(
        sensitive=len(people),
        registrations=len(names),
        members=groups.stale_members(session, long_ago, dry_run=dry_run),
        appointments=support.expire(session, now, dry_run=dry_run),
        speakers=members.expire(session, long_ago, dry_run=dry_run),
        voters=assembly_voters.expire(session, long_ago, now, dry_run=dry_run),
        needs=skills.expire(session, long_ago, dry_run=dry_run),
        notes=session.scalar(sa.select(sa.func.count()).select_from(CarpoolNote).where(notes)) or 0,
        unsent=(session.scalar(sa.select(sa.func.count()).select_from(FormFile).where(abandoned)) or 0)
        + keeping.expire(session, now, dry_run=dry_run),
        lists=importing.expire(session, now, dry_run=dry_run),
        invitations=invited.expire(session, now, dry_run=dry_run),
        words=staff_words.expire(session, long_ago, dry_run=dry_run),
    )
    if not dry_run:
        _delete(session, SensitiveAnswers, people)
        _notes(session, notes)
        for model in (FormAnswer, FormFile):
            session.execute(sa.delete(model).where(model.sensitive, model.registration_id.in_(people)))
        session.execute(sa.delete(FormFile).where(abandoned))
        anonymise(session, names)
        counting.forget_salts(session, long_ago)
        FATES.expire(session, now)
        notices.expire(session, now)
        if any(asdict(found).values()):
            _note(session, "retention", "retention", "", asdict(found), now)
    return found


def _note(
    session: Session, who: str, thing: str, thing_id: uuid.UUID | str, after: dict[str, int], now: dt.datetime
) -> None:
    audit.record(session, who=who, what="erased", thing=thing, thing_id=thing_id, before=None, after=after, now=now)


def _notes(session: Session, which: sa.ColumnElement[bool]) -> int:
    """What people wrote to each other about a car."""
    return len(session.execute(sa.delete(CarpoolNote).where(which).returning(CarpoolNote.id)).all())


def _delete(session: Session, model: Any, ids: list[uuid.UUID]) -> int:
    gone = sa.delete(model).where(model.registration_id.in_(ids)).returning(model.registration_id)
    return len(session.execute(gone).all()) if ids else 0
