"""All that this service holds about one registration, for the person it is about: `web/personal.py` shows it."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.registration.models.carpool import CarpoolNote, CarpoolTrip
from services.registration.models.forms import FormAnswer
from services.registration.models.groups import GroupMember
from services.registration.models.invitations import Invitation
from services.registration.models.lists import RegistrationMark
from services.registration.models.mail_fates import MailFate
from services.registration.models.matchmaking import MatchProfile
from services.registration.models.registrations import Consent, PersonalLink, Registration, SensitiveAnswers
from services.registration.models.structures import Membership
from services.registration.queries.assembly_names import Kept, kept
from services.registration.queries.directory import reached_at
from services.registration.queries.forms import asked_of, given
from services.registration.queries.groups import memberships
from services.registration.queries.invitations import of_address, stopped_at
from services.registration.queries.mails import FATES
from services.registration.queries.members import spoken_for
from services.registration.queries.ranking import Explained, explained
from services.registration.queries.standing import Standing, standing
from services.registration.queries.support import Row as Supported
from services.registration.queries.support import about
from services.registration.queries.workshop_attendance import Attended, attended
from shared import audit

_KEYS = {"search", "name_key", "email_key", "submission_key", "form_version_id", "structure_id"}
"""Made from the answers, to find and compare them: they say nothing that the answers do not."""


_NOWHERE = Kept([], [], [], [])


@dataclass(frozen=True)
class Held:
    standing: Standing
    answers: dict[str, Any]
    sensitive: dict[str, Any]
    asked: set[str]
    """The questions of the form they filled in."""
    given: list[FormAnswer]
    seen: list[Attended]
    """In which workshops they were seen."""
    ranked: Explained | None
    consents: list[Consent]
    links: list[PersonalLink]
    history: list[sa.Row[Any]]
    groups: list[tuple[str, GroupMember]]
    speaks_for: list[tuple[str, Membership]]
    """Members of the network, by name."""
    in_directory: list[str]
    """Structures that the directory reaches at their address."""
    appointments: list[Supported]
    """Those of the staff with them, or whose note names them."""
    in_assemblies: Kept
    """On lists of voters; there, as a candidate or a teller; on the board, where one of those elected them."""
    invitations: list[Invitation]
    no_invitation_since: dt.datetime | None
    marks: list[str]
    profile: dict[str, Any]
    """What they show to others who work alike."""
    trip: dict[str, Any]
    notes: list[CarpoolNote]
    """Written and received, about a car."""
    mails: list[MailFate]
    """What became of the mails about it."""
    proven: bool
    """Whether a mail to the address showed the link. Else nothing is told that was not typed for this registration:
    anybody registers under any address, and groups, memberships and appointments are found by it."""

    @property
    def left_by_letter(self) -> set[dt.datetime]:
        """When they left at the mailer's: by the link of a letter, the mailbox's button or the page of preferences."""
        return {one.at for one in self.history if one.what == "consent withdrawn" and one.who == "mailer"}

    def plain(self) -> dict[str, Any]:
        """For a file that other programs read. Links are named by what they were for: their secret is not kept."""
        return {
            "event": self.standing.event.title,
            "registration": self.answers,
            "sensitive": self.sensitive,
            "questions": [
                {
                    "question": one.label,
                    "answer": one.said,
                    "value": one.value,
                    "sensitive": one.sensitive,
                    "given_at": one.given_at,
                }
                for one in self.given
            ],
            "workshops": [
                {"title": place.workshop.title, "outcome": place.outcome, "rank": place.rank}
                for place in self.standing.places
            ],
            "seen_in": [{"title": one.workshop.title, "at": one.at} for one in self.seen],
            "wishes": [
                {"slot": slot.label, "workshops": [one.title for one in workshops]}
                for slot, workshops in (self.ranked.wished if self.ranked else [])
            ],
            "lot": self.ranked.lot if self.ranked else None,
            "consents": [
                {"purpose": one.purpose, "given": one.given, "wording": one.wording, "at": one.at}
                | ({"by": "letter"} if one.at in self.left_by_letter else {})
                for one in self.consents
            ],
            "links": [
                {"issued_for": one.issued_for, "issued_at": one.issued_at, "revoked_at": one.revoked_at}
                for one in self.links
            ],
            "groups": [
                {"name": name, "joined_at": one.joined_at, "left_at": one.left_at, "structure": one.structure}
                for name, one in self.groups
            ],
            "speaks_for": [
                {"structure": name, "name": one.representative, "since": one.since, "until": one.until}
                for name, one in self.speaks_for
            ],
            "directory": [{"structure": name, "email": self.answers["email"]} for name in self.in_directory],
            # Never their words: a note may be about others too.
            "appointments": [
                {"structure": one.structure.name, "held_on": one.appointment.held_on} for one in self.appointments
            ],
            "assemblies": [
                {"assembly": one.title, "held_at": one.held_at, "structure": voter.structure}
                for one, voter in self.in_assemblies.voters
            ],
            "assemblies_left": [
                {"assembly": one.title, "held_at": voter.held_at, "structure": voter.structure}
                for one, voter in self.in_assemblies.struck
            ],
            "candidacies": [
                {"assembly": one.title, "held_at": one.held_at, "election": motion.title}
                for one, motion in self.in_assemblies.candidates
            ],
            "votes_counted": [
                {"assembly": one.title, "held_at": one.held_at, "vote": motion.title}
                for one, motion in self.in_assemblies.counted
            ],
            "board": [{"name": one.name, "until": one.ends} for one in self.in_assemblies.seats],
            "invitations": [
                {
                    "invited_at": one.invited_at,
                    "name": one.full_name,
                    "known": one.known,
                    "source": one.source,
                    "origin": one.origin,
                    "declined_at": one.declined_at,
                    "taken_back_at": one.taken_back_at,
                }
                for one in self.invitations
            ],
            "no_invitation_since": self.no_invitation_since,
            "marks": self.marks,
            "matchmaking": self.profile,
            "carpool": {
                "trip": self.trip,
                "notes": [
                    {"sent": one.from_id == self.standing.registration.id, "text": one.text, "at": one.at}
                    for one in self.notes
                ],
            },
            "mails": [
                {"about": one.template, "state": one.state, "reason": one.reason, "at": one.at} for one in self.mails
            ],
            "history": [
                {"at": row.at, "what": row.what, "before": row.before, "after": row.after} for row in self.history
            ],
        }


def held(session: Session, registration_id: uuid.UUID, *, proven: bool) -> Held:
    """proven: the link that asks came by mail. Twenty-eight statements at most.

    Raises NoResultFound when there is no such registration.
    """
    found = standing(session, registration_id)
    sensitive = session.get(SensitiveAnswers, registration_id)
    consents = sa.select(Consent).where(Consent.registration_id == registration_id).order_by(Consent.at, Consent.id)
    links = (
        sa.select(PersonalLink)
        .where(PersonalLink.registration_id == registration_id)
        .order_by(PersonalLink.issued_at, PersonalLink.token_hash)
    )
    label = RegistrationMark.label
    marks = sa.select(label).where(RegistrationMark.registration_id == registration_id).order_by(label)
    mine = (CarpoolNote.from_id == registration_id) | (CarpoolNote.to_id == registration_id)
    notes = sa.select(CarpoolNote).where(mine).order_by(CarpoolNote.at, CarpoolNote.id)
    profile = session.get(MatchProfile, registration_id)
    trip = session.get(CarpoolTrip, registration_id)
    return Held(
        found,
        _columns(found.registration, _KEYS),
        _columns(sensitive, {"registration_id"}) if sensitive else {},
        asked_of(session, found.registration),
        given(session, registration_id),
        attended(session, registration_id),
        explained(session, found),
        list(session.scalars(consents)),
        list(session.scalars(links)),
        list(audit.history(session, "registration", registration_id)),
        memberships(session, found.registration.email_key) if proven else [],
        spoken_for(session, found.registration.email, found.registration.full_name) if proven else [],
        reached_at(session, found.registration.email) if proven else [],
        about(session, found.registration.email_key, found.registration.name_key) if proven else [],
        kept(session, found.registration.email, [found.registration.full_name]).surely() if proven else _NOWHERE,
        of_address(session, found.registration.email_key) if proven else [],
        stopped_at(session, found.registration.email_key) if proven else None,
        list(session.scalars(marks)),
        _columns(profile, {"registration_id"}) if profile else {},
        _columns(trip, {"registration_id"}) if trip else {},
        list(session.scalars(notes)),
        FATES.of(session, [registration_id]),
        proven,
    )


def _columns(row: Registration | SensitiveAnswers | CarpoolTrip | MatchProfile, without: set[str]) -> dict[str, Any]:
    return {one.name: getattr(row, one.name) for one in row.__table__.columns if one.name not in without}
